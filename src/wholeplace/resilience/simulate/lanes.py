"""Trials that are worked out together: each has a lane, which is a bit of the masks that say in which trials."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic

#: So many trials are worked out together; masks are whole numbers of 64 bits, of which the sign stays free.
LANES = 60


def _bits(name: str) -> Any:
    """Make the compiled function that counts bits as the processor does."""

    @intrinsic
    def counted(_: Any, mask: Any) -> Any:
        def build(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
            if name == "ctpop":
                return builder.ctpop(arguments[0])
            return builder.cttz(arguments[0], context.get_constant(types.boolean, True))

        return types.int64(types.int64), build

    return counted


#: How many bits of a mask are set, and which lane a single bit is that of.
ones, lane_of = _bits("ctpop"), _bits("cttz")
