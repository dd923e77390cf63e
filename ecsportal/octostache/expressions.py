"""What stands between `#{` and `}`: paths, filter chains, conditions."""

import re
from typing import NamedTuple

from ecsportal.octostache import filters
from ecsportal.octostache.characters import WORD
from ecsportal.octostache.nodes import Call, Expression, Filtered, Node, Symbol
from ecsportal.octostache.reader import Outcome, Reader
from ecsportal.octostache.symbols import symbol
from ecsportal.octostache.trampoline import Work

_WORD = re.compile(f"{WORD}++")
_QUOTED = re.compile(r'"([^"#]*+)"')
_ESCAPE_QUOTED = re.compile(r'\\"(.*?)\\"', re.DOTALL)


class Condition(NamedTuple):
    """`left operator right`; operator "" where the left side stands alone."""

    left: Expression
    operator: str
    right: Expression | str


def expression(reader: Reader, position: int) -> Work[tuple[Expression, int] | None]:
    """A filter chain or a path; blanks after a path are left for the caller."""
    start = reader.skip_blanks(position)
    found: tuple[Symbol, int] | None = yield symbol(reader, start)
    source: Symbol | None = None
    bar = start
    if found is not None:
        source, after = found
        bar = reader.skip_blanks(after)
    calls: list[Call] = []
    end = bar
    while reader.source.startswith("|", end):
        call = yield _call(reader, end + 1)
        if call is None:
            break
        calls.append(call[0])
        end = call[1]
    reader.fail(end)
    if calls:
        return Filtered(source, tuple(calls), position), end
    return found


def _call(reader: Reader, position: int) -> Work[tuple[Call, int] | None]:
    name_at = reader.skip_blanks(position)
    name = _WORD.match(reader.source, name_at)
    if name is None:
        reader.fail(name_at)
        return None
    end = reader.skip_blanks(name.end())
    arguments: list[Node] = []
    while True:
        if reader.source.startswith("#{", end):
            nested = yield reader.token(end)
            if nested is None:
                break
            arguments.append(nested[0])
            end = nested[1]
            continue
        literal = _argument(reader, end)
        if literal is None:
            break
        arguments.append(literal[0])
        end = literal[1]
    return Call(name.group(), tuple(arguments), filters.find(name.group())), end


def _argument(reader: Reader, position: int) -> tuple[str, int] | None:
    start = reader.skip_blanks(position)
    word = _WORD.match(reader.source, start)
    if word is not None:
        return word.group(), reader.skip_blanks(word.end())
    quoted = quotation(reader, start)
    return None if quoted is None else (quoted[0], reader.skip_blanks(quoted[1]))


def quotation(reader: Reader, position: int) -> tuple[str, int] | None:
    """A text in quotes, or between backslash-quotes."""
    source = reader.source
    if source.startswith('"', position):
        match = _QUOTED.match(source, position)
        if match is None:
            stops = [at for at in (source.find("#", position), len(source)) if at >= 0]
            reader.fail(min(stops))
            return None
        return match.group(1), match.end()
    if source.startswith('\\"', position):
        match = _ESCAPE_QUOTED.match(source, position)
        if match is None:
            reader.fail(len(source))
            return None
        return match.group(1), match.end()
    reader.fail(position)
    return None


def condition(reader: Reader, position: int) -> Work[tuple[Condition, int] | None]:
    """A comparison with at most one literal, or an expression alone."""
    start = reader.skip_blanks(position)
    literal = quotation(reader, start)
    if literal is not None:
        compared = _operator(reader, literal[1])
        if compared is None:
            return None
        right = yield expression(reader, compared[1])
        return None if right is None else (Condition(right[0], compared[0], literal[0]), right[1])
    left = yield expression(reader, start)
    if left is None:
        return None
    compared = _operator(reader, left[1])
    if compared is None:
        return Condition(left[0], "", ""), left[1]
    right = yield expression(reader, compared[1])
    if right is not None:
        return Condition(left[0], compared[0], right[0]), right[1]
    literal = quotation(reader, compared[1])
    if literal is not None:
        return Condition(left[0], compared[0], literal[0]), literal[1]
    return Condition(left[0], "", ""), left[1]


def _operator(reader: Reader, position: int) -> tuple[str, int] | None:
    start = reader.skip_blanks(position)
    for operator in ("==", "!="):
        if reader.source.startswith(operator, start):
            return operator, reader.skip_blanks(start + 2)
    reader.fail(start)
    return None


def substitution(reader: Reader, position: int) -> Work[Outcome]:
    """`#{expression}`."""
    if not reader.opens(position):
        return None
    found = yield expression(reader, position + 2)
    if found is None:
        return None
    inner, end = found
    close = reader.expect("}", reader.skip_blanks(end))
    if close < 0:
        return None
    return inner, close
