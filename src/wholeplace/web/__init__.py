"""Pages and the API of places: the only Django code. Pages show what a build holds and compute no figures."""
