"""Models of what a scenario does, written apart from the engine, to check it and to time it against."""
