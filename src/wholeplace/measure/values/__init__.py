"""Values of public-health practice with their intervals, comparisons, changes and inequalities."""

from wholeplace.measure.values.benchmark import Standing, compare_with
from wholeplace.measure.values.by_age import ByAge, read_by_age
from wholeplace.measure.values.change import Change, change
from wholeplace.measure.values.changes import changes_between
from wholeplace.measure.values.crude import mean, proportion, rate
from wholeplace.measure.values.estimate import Estimate, Interval, ValuesError
from wholeplace.measure.values.from_values import NotThereError, estimates
from wholeplace.measure.values.funnel import Funnel, proportion_funnel, rate_funnel
from wholeplace.measure.values.funnel_of_place import funnel_of_areas
from wholeplace.measure.values.inequality import Inequality, quantile_groups, slope_index
from wholeplace.measure.values.life import LIFE_TABLE_AGES, LifeTable, life_table
from wholeplace.measure.values.of_place import (
    InequalityResult,
    Values,
    change_of_areas,
    compare_areas,
    inequality_of,
)
from wholeplace.measure.values.standardised import (
    FIVE_YEAR_BANDS,
    european_standard_population,
    expected_events,
    standardised_rate,
    standardised_ratio,
)

__all__ = [
    "FIVE_YEAR_BANDS",
    "LIFE_TABLE_AGES",
    "ByAge",
    "Change",
    "Estimate",
    "Funnel",
    "Inequality",
    "InequalityResult",
    "Interval",
    "LifeTable",
    "NotThereError",
    "Standing",
    "Values",
    "ValuesError",
    "change",
    "change_of_areas",
    "changes_between",
    "compare_areas",
    "compare_with",
    "estimates",
    "european_standard_population",
    "expected_events",
    "funnel_of_areas",
    "inequality_of",
    "life_table",
    "mean",
    "proportion",
    "proportion_funnel",
    "quantile_groups",
    "rate",
    "rate_funnel",
    "read_by_age",
    "slope_index",
    "standardised_rate",
    "standardised_ratio",
]
