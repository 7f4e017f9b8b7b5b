"""Numbers as people and accounting systems write them, read exactly: money is summed in Decimal, never in floats."""

from __future__ import annotations

import re
from decimal import Decimal

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
#: Thousands in commas, a pound sign; a credit by a minus before or behind, or in brackets.
_DRESSED = re.compile(r"£?(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?")


def as_decimal(text: str) -> Decimal | None:
    """The exact value of a number as it is written; None where it is none.

    >>> [str(as_decimal(text)) for text in ("£1,234.50", "(12.00)", "12.00-", "-£5", "n/a")]
    ['1234.50', '-12.00', '-12.00', '-5', 'None']
    """
    text = text.strip().replace(" ", "")
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    credit = False
    if text.startswith("(") and text.endswith(")"):
        credit, text = True, text[1:-1]
    elif text.startswith("-"):
        credit, text = True, text[1:]
    elif text.endswith("-"):
        credit, text = True, text[:-1]
    elif text.startswith("£-"):
        credit, text = True, text[2:]
    match = _DRESSED.fullmatch(text)
    if match is None:
        return None
    amount = Decimal(match[1].replace(",", "") + (match[2] or ""))
    return -amount if credit else amount


def undressed(text: str) -> str:
    """A number without its commas and pound sign; text that is plain already, or no number, as it is."""
    if not text or _PLAIN.fullmatch(text):
        return text
    amount = as_decimal(text)
    return text if amount is None else f"{amount:f}"


def money_text(amount: Decimal) -> str:
    """An amount with its pence; more decimals are kept where it has them.

    >>> money_text(Decimal("12.5")), money_text(Decimal("0.125")), money_text(Decimal("3E+2"))
    ('12.50', '0.125', '300.00')
    """
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -2:
        trimmed = f"{amount:f}".rstrip("0")
        return trimmed if len(trimmed.partition(".")[2]) >= 2 else f"{amount:.2f}"
    return f"{amount:.2f}"
