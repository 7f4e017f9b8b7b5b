"""The unit in which scenarios count time."""

#: Time is counted in whole microseconds, so that times meant to be equal are equal.
TICKS_PER_H = 3_600_000_000
