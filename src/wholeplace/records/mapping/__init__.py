"""Turn any table into a register by a mapping file that a user can write."""

from wholeplace.records.mapping.mapped import MappedTable, map_table

__all__ = ["MappedTable", "map_table"]
