"""What a step of a build hands over: files by name, each with what writes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

#: File name -> what writes the file to a path.
Files = dict[str, Callable[[Path], object]]


def parquet(frame: pl.DataFrame) -> Callable[[Path], object]:
    """A table as a Parquet file."""
    return frame.write_parquet


def json_text(content: object) -> Callable[[Path], object]:
    """Anything plain as a JSON file."""
    text = json.dumps(content, ensure_ascii=False, indent=1, default=_plain)
    return lambda path: path.write_text(text, encoding="utf-8")


def _plain(value: object) -> object:
    """Numbers of numpy as JSON writes them."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no JSON form")
