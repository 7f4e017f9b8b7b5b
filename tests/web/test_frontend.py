"""What the pages load: where it comes from, under which licence, and that no host is written into the lock file."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
VENDOR = ROOT / "src" / "wholeplace" / "web" / "static" / "vendor"


def test_the_lock_file_names_no_host_to_fetch_from() -> None:
    packages = json.loads((ROOT / "frontend" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert packages
    for about in packages.values():
        assert "resolved" not in about
        about.pop("funding", None)  # who to thank; nothing is fetched from there
        assert "://" not in json.dumps(about)


def test_templates_ask_for_nothing_from_other_hosts_and_have_no_inline_style_or_script() -> None:
    for file in (ROOT / "src" / "wholeplace" / "web" / "templates").glob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r'(?:src|href)="https?://', text), file.name
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script>", text), file.name


def test_what_is_shipped_has_its_licences_and_no_font_of_government() -> None:
    licences = (VENDOR / "LICENCES.txt").read_text(encoding="utf-8")
    assert "govuk-frontend 6.3.0 (MIT)" in licences
    assert re.search(r"maplibre-gl 6\.[\d.]+ \(BSD-3-Clause\)", licences)
    assert "\nsass " not in licences  # a build tool, not shipped
    sheet = (VENDOR / "wholeplace.css").read_text(encoding="utf-8")
    assert "GDS Transport" not in sheet
    assert "crest" not in sheet
