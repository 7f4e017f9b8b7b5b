"""The process that works with decision diagrams: `python -m wholeplace.resilience.exact`, started by `exact` alone.

It reads one question from standard input and writes answers to standard output, each as soon as it is known.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import sys
from pathlib import Path

from wholeplace.resilience.exact.question import Question, answers


def main() -> None:
    """Answer; None in place of an answer says that the nodes did not suffice."""
    question: Question
    question, time_limit_s = pickle.load(sys.stdin.buffer)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        # Whoever started this process ends it in time; should they be gone, it ends by itself.
        faulthandler.dump_traceback_later(2 * time_limit_s + 1, exit=True, file=nowhere)
        try:
            for answer in answers(question):
                _tell(answer)
        except MemoryError:
            _tell(None)


def _tell(answer: object) -> None:
    sys.stdout.buffer.write(pickle.dumps(answer))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
