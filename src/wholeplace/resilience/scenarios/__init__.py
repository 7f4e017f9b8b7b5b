"""What may happen to a place: scenario files, what they strike, and where."""
