"""Registers of a place: what stands in them, where they are read from, and what is wrong with them."""

from wholeplace.place.registers.check import check_registers
from wholeplace.place.registers.dependencies import ASSUMPTION, assumed_rows
from wholeplace.place.registers.references import full_name, references_in, references_of
from wholeplace.place.registers.register import FolderSource, Register, RegisterSource, read_register

__all__ = [
    "ASSUMPTION",
    "FolderSource",
    "Register",
    "RegisterSource",
    "assumed_rows",
    "check_registers",
    "full_name",
    "read_register",
    "references_in",
    "references_of",
]
