"""The one base class of every error that Wholeplace raises on purpose."""


class WholeplaceError(Exception):
    """Something the user can mend; its text is shown as it is, without a traceback."""
