"""Set what the makers of an index wrote of its steps beside what the program found."""

from __future__ import annotations

from dataclasses import replace

from wholeplace.measure.checklist.words import Step
from wholeplace.measure.index_spec import ReasonsSection

#: The key under [reasons] that answers a step; theory has keys of its own.
KEYS = {
    2: "selection",
    3: "missing_data",
    4: "multivariate",
    5: "normalisation",
    6: "weighting",
    7: "robustness",
    8: "back_to_data",
    9: "links",
    10: "presentation",
}
#: What no program can know: these steps are open until somebody has written of them.
MUST_BE_WRITTEN = {
    2: "why these indicators and no others",
    6: "why the weights are what they are",
}


def answered(step: Step, reasons: ReasonsSection) -> Step:
    """A step with what was written of it: words settle what was to be looked at; words that must be there and are
    not leave it open.

    Whether the words are good, or still true of newer figures, is for a reader to judge.
    """
    key = KEYS.get(step.number)
    if key is None:
        return step
    said = getattr(reasons, key).strip()
    if said:
        return replace(step, said=said, state="done", do="") if step.state != "open" else replace(step, said=said)
    if step.number in MUST_BE_WRITTEN:
        write = f"Write {MUST_BE_WRITTEN[step.number]}: “{key}” under [reasons] in the index file."
        return replace(step, state="open", do=f"{step.do} {write}".strip())
    if step.state == "look":
        write = f"Then write what you make of it: “{key}” under [reasons] in the index file."
        return replace(step, do=f"{step.do} {write}".strip())
    return step
