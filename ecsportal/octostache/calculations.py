"""`#{calc ...}`: the sum is read into postfix order with a list of pending operators."""

import re

from ecsportal.octostache.characters import BLANK
from ecsportal.octostache.nodes import Calculation, Symbol
from ecsportal.octostache.numerals import write_double
from ecsportal.octostache.reader import Outcome, Reader
from ecsportal.octostache.symbols import symbol
from ecsportal.octostache.trampoline import Work

_CALC = re.compile(f"(?ai:calc){BLANK}++")
_NUMBER = re.compile(r"\d++(?:\.\d++)?|\.\d++", re.ASCII)
_STRENGTH = {"(": 0, "+": 1, "-": 1, "*": 2, "/": 2}


class _Sum:
    """What is read of a sum so far."""

    __slots__ = ("parts", "pending", "program")

    def __init__(self) -> None:
        self.program: list[float | str | Symbol] = []
        self.parts: list[str | Symbol] = []
        self.pending: list[str] = []

    def operator(self, sign: str) -> None:
        """Left-associative: equally strong operators before this one apply first."""
        while self.pending and _STRENGTH[self.pending[-1]] >= _STRENGTH[sign]:
            self.program.append(self.pending.pop())
        self.pending.append(sign)
        self.parts.append(sign)

    def close(self) -> bool:
        """Apply what is pending since the last `(`; False if none is open."""
        while self.pending:
            sign = self.pending.pop()
            if sign == "(":
                return True
            self.program.append(sign)
        return False


def calculation(reader: Reader, position: int) -> Work[Outcome]:
    """A whole `#{calc sum}`."""
    head = _CALC.match(reader.source, reader.skip_blanks(position + 2))
    if head is None:
        return None
    total = _Sum()
    opened = 0
    end = head.end()
    while True:
        end = reader.skip_blanks(end)
        while reader.source.startswith("(", end):
            total.pending.append("(")
            opened += 1
            end = reader.skip_blanks(end + 1)
        operand = yield _operand(reader, end)
        if operand is None:
            return None
        _add(total, operand[0])
        end = reader.skip_blanks(operand[1])
        while opened and reader.source.startswith(")", end):
            total.close()
            opened -= 1
            end = reader.skip_blanks(end + 1)
        sign = reader.source[end : end + 1]
        if not sign or sign not in "+-*/":
            break
        total.operator(sign)
        end += 1
    if opened:
        reader.fail(end)
        return None
    close = reader.expect("}", end)
    if close < 0:
        return None
    total.close()
    return Calculation(tuple(total.program), tuple(total.parts)), close


def _add(total: _Sum, operand: float | Symbol) -> None:
    total.program.append(operand)
    total.parts.append(operand if isinstance(operand, Symbol) else write_double(operand))


def _operand(reader: Reader, position: int) -> Work[tuple[float | Symbol, int] | None]:
    number = _NUMBER.match(reader.source, position)
    if number is not None:
        return float(number.group()), number.end()
    if not reader.source.startswith("{", position):
        name: tuple[Symbol, int] | None = yield symbol(reader, position)
        return name
    found = yield symbol(reader, reader.skip_blanks(position + 1))
    if found is None:
        return None
    close = reader.expect("}", reader.skip_blanks(found[1]))
    return None if close < 0 else (found[0], close)
