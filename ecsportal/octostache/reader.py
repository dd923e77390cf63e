"""A text being parsed: where reading failed, which brackets match, and plain text itself."""

import re
from collections.abc import Callable

from ecsportal.octostache.characters import BLANK
from ecsportal.octostache.nodes import Node
from ecsportal.octostache.trampoline import Work

Outcome = tuple[Node, int] | None
"""A node and the position after it, or None where the rule does not match."""

_BLANKS = re.compile(f"{BLANK}*+")
_HASHES = re.compile("#++")
_BRACKET = re.compile(r"[\[\]]")


class Reader:
    """The source and what is known about it.

    `furthest` is the last position at which anything was expected and not found. `token` reads a
    token at a position, remembering its outcome (expressions hold blocks and blocks expressions).
    """

    __slots__ = ("_closing", "furthest", "index_nesting", "source", "token")

    token: Callable[[int], Work[Outcome]]

    def __init__(self, source: str) -> None:
        self.source = source
        self.furthest = 0
        self.index_nesting = 0
        self._closing: dict[int, int] | None = None

    def fail(self, position: int) -> None:
        """Note that nothing fits at `position`."""
        if position > self.furthest:
            self.furthest = position

    def skip_blanks(self, position: int) -> int:
        """The first position from `position` on that holds no blank."""
        match = _BLANKS.match(self.source, position)
        return match.end() if match else position

    def expect(self, text: str, position: int) -> int:
        """The position after `text`, or -1 if something else stands at `position`."""
        if self.source.startswith(text, position):
            return position + len(text)
        self.fail(position)
        return -1

    def closing_bracket(self, position: int) -> int:
        """Where the `[` at `position` is closed, or -1."""
        if self._closing is None:
            self._closing = {}
            opened: list[int] = []
            for match in _BRACKET.finditer(self.source):
                if match.group() == "[":
                    opened.append(match.start())
                elif opened:
                    self._closing[opened.pop()] = match.start()
        return self._closing.get(position, -1)

    def opens(self, position: int) -> bool:
        """True where an expression may begin: `#{` without `/`."""
        source = self.source
        if not source.startswith("#{", position):
            self.fail(position)
            return False
        if source.startswith("/", position + 2):
            self.fail(position + 2)
            return False
        return True

    def text(self, position: int) -> Outcome:
        """Plain text up to the next expression, escapes undone (SPEC section 3)."""
        source = self.source
        brace = source.find("#{", position)
        if brace < 0:
            return (source[position:], len(source)) if position < len(source) else None
        parts: list[str] = []
        start = position
        while brace >= 0:
            # Hashes before the brace pair up; what is left over decides (SPEC section 3, 1 to 5).
            first = brace
            while first > start and source[first - 1] == "#":
                first -= 1
            hashes = brace + 1 - first
            if hashes % 2 == 0:
                parts.append(source[start : brace - 1])
                parts.append("#{")
                start = brace + 2
                brace = source.find("#{", start)
                continue
            more = len(source) > brace + 2
            parts.append(source[start : brace - 1 if hashes > 1 and more else brace])
            break
        else:
            parts.append(source[start:])
            brace = len(source)
        return ("".join(parts), brace) if brace > position else None
