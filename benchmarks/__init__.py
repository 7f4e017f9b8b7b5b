"""Comparisons with other tools: side by side in one run, equal answers checked first, figures kept as JSON."""
