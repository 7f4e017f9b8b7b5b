"""Wholeplace: a living model of a place."""
