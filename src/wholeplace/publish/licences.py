"""Which licences count as open, and the address of each."""

from __future__ import annotations

import re

#: What a licence text may start with, in small letters -> the address of the licence.
OPEN = {
    "open government licence v3.0": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    "open government licence 3.0": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    "open government licence": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    "ogl v3.0": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    "ogl-uk-3.0": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    "cc0 1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "cc0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "cc-by-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "cc by 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "cc-by-sa-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "cc by-sa 4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "creative commons attribution 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "odbl 1.0": "https://opendatacommons.org/licenses/odbl/1-0/",
    "odbl": "https://opendatacommons.org/licenses/odbl/1-0/",
    "odc-by 1.0": "https://opendatacommons.org/licenses/by/1-0/",
    "pddl 1.0": "https://opendatacommons.org/licenses/pddl/1-0/",
    "dl-de/by-2-0": "https://www.govdata.de/dl-de/by-2-0",
    "dl-de/zero-2-0": "https://www.govdata.de/dl-de/zero-2-0",
}
#: Words after an open licence's name that make it another one.
_CLOSED = re.compile(r"\b(nc|nd|non-?commercial|no ?deriv\w*|except|only|not)\b")


def licence_address(text: str) -> str:
    """The address of an open licence, or "" when the text names none that is known to be open."""
    plain = re.sub(r"\s+", " ", text.strip().lower())
    if _CLOSED.search(plain):
        return ""
    for name, address in OPEN.items():
        if plain == name or re.match(re.escape(name) + r"(?![\w.-])", plain):
            return address
    return ""
