"""Text to templates: the grammar of SPEC section 2, with its ordered choice and no second thoughts.

The rules are generators run by `trampoline`, so nesting costs memory and not Python's stack. A
token's outcome is kept by position, since a block without an end is read again as a name with
spaces; so parsing stays linear in the length of the text.
"""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import NamedTuple

from ecsportal.octostache.blocks import Grammar
from ecsportal.octostache.errors import OctostacheError
from ecsportal.octostache.nodes import Node, Step, Template, path_key
from ecsportal.octostache.reader import Reader
from ecsportal.octostache.symbols import symbol
from ecsportal.octostache.trampoline import run

# In characters of source; a template takes some twenty bytes for each.
_CACHE_COST = 4 * 1024 * 1024
_ENTRY_COST = 256
_MAX_CACHED = 512 * 1024
_LONG = 256 * 1024  # characters


class ParseError(OctostacheError):
    """The text is no template; `position` is the character, from 0, that nothing fits."""

    def __init__(self, source: str, position: int) -> None:
        self.position = position
        super().__init__(_describe(source, position))


def _describe(source: str, position: int) -> str:
    if position >= len(source):
        found = "the text ends too early"
    elif source.startswith("#{/", position - 2) and position > 1:
        found = "nothing is open that could end here,"
    else:
        found = f"{source[position]!r} does not fit"
    line = source.count("\n", 0, position) + 1
    column = position - source.rfind("\n", 0, position)
    start = max(source.rfind("#{", 0, position + 1), 0)
    excerpt = source[start : start + 40]
    return (
        f"Character {position + 1} (line {line}, column {column}): {found} "
        f"in the expression that begins with {excerpt!r}."
    )


def parse(source: str, *, halt_on_error: bool = True) -> Template:
    """The nodes of `source`; raises ParseError, or copies what it can't read (SPEC section 10)."""
    if len(source) < _LONG:
        return _parse(source, halt_on_error=halt_on_error)
    with _nothing_collected():
        return _parse(source, halt_on_error=halt_on_error)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """While a long text is read, nothing becomes garbage that only the collector could free.

    It would walk all that is read so far again and again, the more the longer the text.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _parse(source: str, *, halt_on_error: bool) -> Template:
    grammar = Grammar(source)
    reader = grammar.reader
    nodes: list[Node] = []
    position = 0
    while position < len(source):
        reader.furthest = position
        outcome = grammar.plain(position)
        if outcome is None:
            outcome = run(grammar.token(position))
        if outcome is not None:
            nodes.append(outcome[0])
            position = outcome[1]
            grammar.passed(position)
            continue
        if halt_on_error:
            raise ParseError(source, reader.furthest)
        resume = max(reader.furthest, position + 1)
        nodes.append(source[position:resume])
        position = resume
    return Template(source, tuple(nodes))


class _Cache:
    """Parsed templates and places of errors by text, oldest out first; shared between threads."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, bool], Template | int] = {}
        self._cost = 0
        self._lock = threading.Lock()

    def get(self, source: str, *, halt_on_error: bool) -> Template:
        key = source, halt_on_error
        known = self._known.get(key)
        if known is None:
            try:
                known = parse(source, halt_on_error=halt_on_error)
            except ParseError as error:
                known = error.position
            if len(source) <= _MAX_CACHED:
                self._keep(key, known)
        if isinstance(known, int):
            raise ParseError(source, known)
        return known

    def _keep(self, key: tuple[str, bool], outcome: Template | int) -> None:
        with self._lock:
            if key in self._known:
                return
            self._known[key] = outcome
            self._cost += len(key[0]) + _ENTRY_COST
            while self._cost > _CACHE_COST:
                oldest = next(iter(self._known))
                del self._known[oldest]
                self._cost -= len(oldest[0]) + _ENTRY_COST

    def clear(self) -> None:
        with self._lock:
            self._known.clear()
            self._cost = 0


_cache = _Cache()


def parsed(source: str, *, halt_on_error: bool = True) -> Template:
    """As `parse`, from the cache where the same text was parsed lately."""
    return _cache.get(source, halt_on_error=halt_on_error)


def forget_parsed() -> None:
    """Empty the cache, as measurements need it."""
    _cache.clear()


class VariablePath(NamedTuple):
    """Where a variable belongs; `keys[n]` is the key (`nodes.path_key`) of the first n+1 steps."""

    steps: tuple[Step, ...]
    keys: tuple[str | None, ...]


@lru_cache(maxsize=16384)
def variable_path(name: str) -> VariablePath | None:
    """The path of a variable: the longest readable beginning of its name; None if there is none."""
    found = run(symbol(Reader(name), 0))
    if found is None:
        return None
    steps = found[0].steps
    keys = tuple(path_key(steps[: count + 1]) for count in range(len(steps)))
    return VariablePath(steps, keys)
