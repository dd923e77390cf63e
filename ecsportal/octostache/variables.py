"""The variables of an evaluation, and the questions one asks of them (SPEC section 1)."""

import re
from collections.abc import Iterator, Mapping, MutableMapping
from typing import NamedTuple

from ecsportal.octostache.characters import fold, is_blank, to_lower, trim
from ecsportal.octostache.errors import OctostacheError
from ecsportal.octostache.evaluator import Evaluator, is_truthy
from ecsportal.octostache.nodes import Filter
from ecsportal.octostache.numerals import read_int
from ecsportal.octostache.parser import ParseError, parsed, variable_path
from ecsportal.octostache.tree import Tree


class Evaluation(NamedTuple):
    """What became of a text.

    `text` is None only where the template was, or where a `null` filter says so. `missing` are the
    tokens that found nothing, distinct and in order of discovery. With `parse_error` set the text
    is the template unchanged, and `position` the character, from 0, that did not fit.
    """

    text: str | None
    missing: tuple[str, ...] = ()
    parse_error: str | None = None
    position: int | None = None

    @property
    def error(self) -> str | None:
        """The parser's message, or the reference engine's sentence about missing tokens."""
        if self.parse_error is not None or not self.missing:
            return self.parse_error
        tokens = ", ".join(f"'{token}'" for token in self.missing)
        return f"The following tokens were unable to be evaluated: {tokens}"

    @property
    def truthy(self) -> bool:
        """True for a truthy text that came out without any error."""
        return self.error is None and is_truthy(self.text)


class Variables(MutableMapping[str, str | None]):
    """Names and values in order; names are the same in any letter case. Not for several threads."""

    def __init__(
        self, values: Mapping[str, str | None] | None = None, *, filters: Mapping[str, Filter] = {}
    ) -> None:
        self._entries: dict[str, tuple[str, str | None]] = {}
        self._tree: Tree | None = None
        self._filters = {fold(name): function for name, function in filters.items()}
        for name, value in (values or {}).items():
            self[name] = value

    def __getitem__(self, name: str) -> str | None:
        return self._entries[fold(name)][1]

    def __setitem__(self, name: str, value: str | None) -> None:
        folded = fold(name)
        known = self._entries.get(folded)
        self._entries[folded] = (name if known is None else known[0], value)
        if self._tree is not None and not (known and self._tree.change(folded, value)):
            self._tree = None

    def __delitem__(self, name: str) -> None:
        del self._entries[fold(name)]
        self._tree = None

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and fold(name) in self._entries

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def tree(self) -> Tree:
        """The tree that paths are looked up in; raises VariableNameError for an impossible name."""
        if self._tree is None:
            self._tree = Tree(self._entries.values())
        return self._tree

    def evaluate(self, text: str | None, *, halt_on_error: bool = True) -> Evaluation:
        """As `octostache.evaluate`."""
        if text is None or "#{" not in text:
            return Evaluation(text)
        try:
            template = parsed(text, halt_on_error=halt_on_error)
        except ParseError as error:
            return Evaluation(text, (), str(error), error.position)
        evaluator = Evaluator(self.tree, self._filters)
        result = evaluator.evaluate(template)
        return Evaluation(result, tuple(evaluator.missing.tokens))

    def value(self, name: str, default: str | None = None) -> str | None:
        """The evaluated value of the variable of just this name (no path)."""
        raw = self.raw(name)
        return default if raw is None else self.evaluate(raw).text

    def raw(self, name: str) -> str | None:
        """The value as it was stored, None if there is none."""
        entry = self._entries.get(fold(name))
        return None if entry is None else entry[1]

    def truthy(self, text: str | None) -> bool:
        """True if `text` evaluates without any error to something truthy."""
        return self.evaluate(text).truthy

    def flag(self, name: str, *, default: bool = False) -> bool:
        """True or false as the value says, else `default`."""
        word = to_lower(trim(self.value(name) or ""))
        return word == "true" if word in ("true", "false") else default

    def integer(self, name: str) -> int | None:
        """The value as a 32-bit integer, None if it is none."""
        text = self.value(name)
        return None if text is None else read_int(text)

    def strings(self, name: str, separators: str = ",") -> list[str]:
        """The value split at any of the separators; trimmed, without empty parts."""
        parts = re.split(f"[{re.escape(separators)}]", self.value(name) or "")
        return [part for part in map(trim, parts) if part]

    def paths(self, name: str) -> list[str]:
        """The lines of a value, trimmed, without empty ones."""
        return self.strings(name, "\r\n")

    def require(self, name: str) -> str:
        """The evaluated value; raises if it is null or empty."""
        text = self.value(name)
        if not text:
            raise OctostacheError(f"The variable {name!r} has no value.")
        return text

    def indexes(self, path: str) -> list[str]:
        """The index names below a collection: `A`, `B` for `Package[A].Name`, `Package[B].Name`."""
        if is_blank(path):
            raise OctostacheError("Indexes are asked of a collection; its name is missing.")
        place = variable_path(path)
        node = self.tree.root if place is not None else None
        for step in place.steps if place is not None else ():
            node = node.child(step) if node is not None else None
        return [] if node is None else list(node.index_names)


def evaluate(
    template: str | None, variables: Variables | Mapping[str, str | None], *,
    halt_on_error: bool = True,
) -> Evaluation:  # fmt: skip
    """The text that `template` stands for.

    A broken template comes back unchanged with `parse_error`; what cannot be found stays as it is
    and is listed in `missing`. Raises OctostacheError for cycles, filters that cannot work with
    their input, and evaluations over the limits.
    """
    known = variables if isinstance(variables, Variables) else Variables(variables)
    return known.evaluate(template, halt_on_error=halt_on_error)


def is_bound(text: str) -> bool:
    """True if `text` holds an expression, or would have to be evaluated to know."""
    return "#{" in text
