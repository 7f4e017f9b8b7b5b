"""Who needs whom: the graph of a place, its loops, and the estate that stands on it."""
