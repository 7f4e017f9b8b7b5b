"""Settings of the documentation site (Sphinx)."""

project = "Wholeplace"
author = "The Wholeplace contributors"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "Wholeplace"
exclude_patterns = ["_build"]
myst_heading_anchors = 3
