"""The ten steps of making an index, filled in with what is known of one."""

from wholeplace.measure.checklist.people import people_counted
from wholeplace.measure.checklist.steps import Checklist, checklist
from wholeplace.measure.checklist.words import Step

__all__ = ["Checklist", "Step", "checklist", "people_counted"]
