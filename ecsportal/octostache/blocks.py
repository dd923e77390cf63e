"""Tokens, and the blocks that hold further tokens: `if`, `unless`, `each`."""

import re

from ecsportal.octostache.calculations import calculation
from ecsportal.octostache.characters import BLANK, IDENTIFIER, trim
from ecsportal.octostache.expressions import Condition, condition, substitution
from ecsportal.octostache.nodes import Conditional, Loop, Node
from ecsportal.octostache.reader import Outcome, Reader
from ecsportal.octostache.symbols import plain_lookup, symbol
from ecsportal.octostache.trampoline import Work

# What may end a sequence of tokens, besides the first place where no token fits.
TEMPLATE, IF_BODY, UNLESS_BODY = range(3)

_KEYWORD = re.compile(f"{BLANK}*+(?ai:(if|unless)|(each)|(calc)){BLANK}")
_ELSEIF = re.compile(f"#\\{{elseif{BLANK}")
_IN = re.compile(f"{BLANK}*+in{BLANK}*+")
_NAME = re.compile(IDENTIFIER)
_ELSE = "#{else}"
_CLAUSE = "#{elseif"


class Grammar:
    """Reads one source. Outcomes of tokens, and where sequences end, are kept by position."""

    __slots__ = ("_ends", "_reach", "_tokens", "reader")

    def __init__(self, source: str) -> None:
        self.reader = Reader(source)
        self.reader.token = self.token
        self._tokens: dict[int, tuple[Outcome, int]] = {}
        self._ends: tuple[dict[int, tuple[int, int]], ...] = ({}, {}, {})
        self._reach = 0  # nothing is kept for positions from here on

    def token(self, position: int) -> Work[Outcome]:
        """A block, an expression or text; None where none of them fits."""
        reader = self.reader
        known = self._tokens.get(position)
        if known is not None:
            reader.fail(known[1])
            return known[0]
        before, reader.furthest = reader.furthest, position
        outcome = self.plain(position)
        if outcome is None and reader.opens(position):
            keyword = _KEYWORD.match(reader.source, position + 2)
            if keyword is not None:
                if keyword.group(1):
                    kind = keyword.group(1).lower()
                    outcome = yield self._conditional(kind, keyword.end(), position)
                elif keyword.group(2):
                    outcome = yield self._loop(keyword.end())
                else:
                    outcome = yield calculation(reader, position)
            if outcome is None:
                outcome = yield substitution(reader, position)
        self._tokens[position] = outcome, reader.furthest
        self._reach = max(self._reach, position + 1)
        reader.fail(before)
        return outcome

    def plain(self, position: int) -> Outcome:
        """Text or the plainest of expressions; None where that takes the other rules."""
        source = self.reader.source
        if source.startswith("#{", position):
            return plain_lookup(source, position)
        return self.reader.text(position)

    def passed(self, position: int) -> None:
        """Forget what is known once nothing before `position` will be read again."""
        if self._tokens and position >= self._reach:
            self._tokens.clear()
            for ends in self._ends:
                ends.clear()

    def _sequence(self, position: int, stop: int) -> Work[int]:
        """Where the tokens from `position` on end. Read again only where never read before."""
        reader = self.reader
        ends = self._ends[stop]
        passed: list[int] = []
        here = position
        while True:
            known = ends.get(here)
            if known is not None:
                break
            passed.append(here)
            if stop != TEMPLATE and self._stops(here, stop):
                known = here, here
                break
            outcome = yield self.token(here)
            if outcome is None:
                known = here, here
                break
            here = outcome[1]
        end, furthest = known
        for start in reversed(passed):
            furthest = max(furthest, self._tokens[start][1] if start in self._tokens else start)
            ends[start] = end, furthest
        reader.fail(furthest)
        return end

    def _stops(self, position: int, stop: int) -> bool:
        source = self.reader.source
        if source.startswith(_ELSE, position):
            return True
        return stop == IF_BODY and _ELSEIF.match(source, position) is not None

    def _nodes(self, start: int, end: int) -> tuple[Node, ...]:
        """The tokens already read between two positions."""
        nodes: list[Node] = []
        while start < end:
            outcome = self._tokens[start][0]
            if outcome is None:
                break
            nodes.append(outcome[0])
            start = outcome[1]
        return tuple(nodes)

    def _conditional(self, kind: str, position: int, start: int) -> Work[Outcome]:
        reader = self.reader
        stop = IF_BODY if kind == "if" else UNLESS_BODY
        clauses: list[tuple[Condition, int, int]] = []
        while True:
            found = yield condition(reader, position)
            if found is None:
                return None
            begin = reader.expect("}", reader.skip_blanks(found[1]))
            if begin < 0:
                return None
            end = yield self._sequence(begin, stop)
            clauses.append((found[0], begin, end))
            if stop != IF_BODY or _ELSEIF.match(reader.source, end) is None:
                break
            position = end + len(_CLAUSE) + 1
        rest: tuple[int, int] | None = None
        if reader.source.startswith(_ELSE, end):
            begin = end + len(_ELSE)
            end = yield self._sequence(begin, TEMPLATE)
            rest = begin, end
        close = self._closing(("#{/if}", "#{/unless}"), end)
        if close < 0:
            return None
        otherwise = self._nodes(*rest) if rest is not None else ()
        for test, begin, stopped in reversed(clauses):
            body = self._nodes(begin, stopped)
            branches = (body, otherwise) if kind == "if" else (otherwise, body)
            otherwise = (Conditional(test, *branches),)
        return otherwise[0], close

    def _closing(self, tags: tuple[str, ...], position: int) -> int:
        for tag in tags:
            if self.reader.source.startswith(tag, position):
                return position + len(tag)
        self.reader.fail(position)
        return -1

    def _loop(self, position: int) -> Work[Outcome]:
        reader = self.reader
        name = _NAME.match(reader.source, reader.skip_blanks(position))
        if name is None:
            reader.fail(position)
            return None
        word = _IN.match(reader.source, name.end())
        if word is None:
            reader.fail(name.end())
            return None
        collection = yield symbol(reader, word.end())
        if collection is None:
            return None
        begin = reader.expect("}", reader.skip_blanks(collection[1]))
        if begin < 0:
            return None
        end = yield self._sequence(begin, TEMPLATE)
        close = self._closing(("#{/each}",), end)
        if close < 0:
            return None
        body = self._nodes(begin, end)
        return Loop(trim(name.group()), collection[0], body), close
