"""The value of `#{calc ...}`: double arithmetic on a list, as `calculations` left it."""

import math
import operator
from collections.abc import Callable

from ecsportal.octostache.nodes import Calculation, Symbol, write
from ecsportal.octostache.numerals import read_double, write_double
from ecsportal.octostache.resolution import Resolver
from ecsportal.octostache.scopes import Scope
from ecsportal.octostache.trampoline import Work


def _divide(left: float, right: float) -> float:
    if right:
        return left / right
    if not left or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1, right)


_APPLY: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
}


def calculate(block: Calculation, resolver: Resolver, scope: Scope) -> Work[str]:
    """The result, or the normal form where an operand is no number (reported nowhere)."""
    stack: list[float] = []
    known = True
    for item in block.program:
        if isinstance(item, float):
            stack.append(item)
        elif isinstance(item, Symbol):
            text = yield resolver.value(item, scope)
            number = None if text is None else read_double(text)
            known = known and number is not None
            stack.append(0.0 if number is None else number)
        else:
            right = stack.pop()
            stack.append(_APPLY[item](stack.pop(), right))
    return write_double(stack[0]) if known else write(block)
