"""Paths: `Name.Part[literal index][#{Other.Path}]`."""

import re
from functools import lru_cache

from ecsportal.octostache.characters import BLANK, IDENTIFIER, trim
from ecsportal.octostache.limits import MAX_INDEX_NESTING
from ecsportal.octostache.nodes import Step, Symbol, literal_index, path_key
from ecsportal.octostache.reader import Reader
from ecsportal.octostache.trampoline import Work

# Literal indexes without a hash are read at a stroke; the others may have to be looked up.
_TAIL = rf"(?:\.{IDENTIFIER}|\[[^\[\]#]*+\])*+"
_HEAD = re.compile(IDENTIFIER + _TAIL)
_REST = re.compile(_TAIL)
_STEP = re.compile(r"\[([^\]]*)\]|([^.\[]++)")
_OPENING_BLANKS = re.compile(rf"\[{BLANK}+")
_MAX_CACHED = 200
_LOOKUP = re.compile(
    rf"#\{{(?!/){BLANK}*+(?!(?ai:if|unless|each|calc){BLANK})({IDENTIFIER}{_TAIL}){BLANK}*+\}}"
)


def _split(text: str) -> tuple[Step, ...]:
    return tuple(
        Step(trim(name), indexed=False) if name else Step(literal_index(index), indexed=True)
        for index, name in _STEP.findall(text)
    )


@lru_cache(maxsize=8192)
def _known_path(text: str) -> tuple[tuple[Step, ...], str | None]:
    steps = _split(text)
    return steps, path_key(steps)


def literal_path(text: str) -> tuple[tuple[Step, ...], str | None]:
    """Steps and key of a path in which nothing is to be looked up."""
    if len(text) <= _MAX_CACHED:
        return _known_path(text)
    steps = _split(text)
    return steps, path_key(steps)


def plain_lookup(source: str, position: int) -> tuple[Symbol, int] | None:
    """`#{path}` without anything to be looked up first: read at a stroke, as most expressions are.

    None says nothing: the grammar's own rules decide then.
    """
    match = _LOOKUP.match(source, position)
    if match is None:
        return None
    steps, key = literal_path(match.group(1))
    return Symbol(steps, match.start(1), key), match.end()


def symbol(reader: Reader, position: int) -> Work[tuple[Symbol, int] | None]:
    """The longest path that begins at `position`."""
    source = reader.source
    head = _HEAD.match(source, position)
    if head is None:
        reader.fail(position)
        return None
    end = head.end()
    steps, key = literal_path(head.group())
    if not source.startswith("[", end):
        reader.fail(end)
        return Symbol(steps, position, key), end
    found = list(steps)
    while source.startswith("[", end):
        index = yield indexer(reader, end)
        if index is None:
            break
        step, end = index
        found.append(step)
        rest = _REST.match(source, end)
        if rest is not None and rest.end() > end:
            found += literal_path(rest.group())[0]
            end = rest.end()
    reader.fail(end)
    steps = tuple(found)
    return Symbol(steps, position, path_key(steps)), end


def indexer(reader: Reader, position: int) -> Work[tuple[Step, int] | None]:
    """`[...]`: one plain `#{path}` is looked up, anything else is a literal key."""
    source = reader.source
    start = reader.skip_blanks(position + 1)
    if source.startswith("#{", start) and not source.startswith("#{/", start):
        if reader.index_nesting >= MAX_INDEX_NESTING:
            reader.fail(position)
            return None
        reader.index_nesting += 1
        inner = yield symbol(reader, reader.skip_blanks(start + 2))
        reader.index_nesting -= 1
        if inner is not None:
            end = reader.expect("}", reader.skip_blanks(inner[1]))
            if end >= 0:
                end = reader.expect("]", reader.skip_blanks(end))
                if end >= 0:
                    return Step("", indexed=True, symbol=inner[0]), end
    close = reader.closing_bracket(position)
    if close < 0:
        reader.fail(len(source))
        return None
    text = _OPENING_BLANKS.sub("[", source[position:close])[1:]
    return Step(text, indexed=True), close + 1
