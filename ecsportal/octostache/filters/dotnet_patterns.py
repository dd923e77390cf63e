"""Regular expressions of .NET, rewritten for the `regex` library.

Everything is taken apart and written anew, since a character that is plain in one dialect may have
a meaning in the other (`{e}` is a fuzzy match there, `(?R)` a recursion). Groups are renamed:
.NET numbers unnamed groups first and named ones after them.
"""

import string
from collections.abc import Callable

import regex

from ecsportal.octostache.errors import FilterError
from ecsportal.octostache.filters.dotnet_classes import (
    PatternSource,
    character_class,
    simple_escape,
)
from ecsportal.octostache.limits import MAX_PATTERN

_FLAGS = regex.compile(r"\(\?([imnsx]*)(?:-([imnsx]*))?([:)])")
_GROUP = regex.compile(r"\(\?(?:<([^<>=!'\-]+)>|'([^<>'\-]+)')")
_PLAIN_GROUP = regex.compile(r"\(\?(?::|=|!|<=|<!|>)")
_CONDITION = regex.compile(r"\(\?\((\w+)\)")
_QUANTIFIER = regex.compile(r"(?:[*+?]|\{(\d+)(?:,(\d*))?\})\??")
_REFERENCE = regex.compile(r"\\k(?:<(\w+)>|'(\w+)')|\\([1-9]\d*)")
_DOLLAR = regex.compile(r"\$(?:(\d+)|\{(\w+)\}|([$&`'+_]))")
_FREE = " \t\n\r\f\v#"
_DIGITS = 9
_MAX_SIZE = 50_000  # `regex` writes a repeated part out that often: a{1000} has size 1000
_CACHED_SIZE = 2_000
_MAX_CACHED = 256
_DEEPEST = 200

Replacement = Callable[["regex.Match[str]"], str]


class DotnetPattern:
    """A pattern ready to be used; `groups` maps .NET's names and numbers to ours."""

    def __init__(self, pattern: "regex.Pattern[str]", groups: dict[str, str]) -> None:
        self.search = pattern.search
        self.finditer = pattern.finditer
        self._groups = groups

    def replacement(self, text: str) -> Replacement:
        """What makes of a match its replacement: `$1`, `${name}`, `$$`, `$&` and the like."""
        parts: list[str | Replacement] = []
        end = 0
        for found in _DOLLAR.finditer(text):
            part = self._part(found)
            if part is not None:
                parts += [text[end : found.start()], part]
                end = found.end()
        parts.append(text[end:])
        plain = [part for part in parts if isinstance(part, str)]
        if len(plain) == len(parts):
            fixed = "".join(plain)
            return lambda match: fixed
        return lambda match: "".join(
            part if isinstance(part, str) else part(match) for part in parts
        )

    def _part(self, found: "regex.Match[str]") -> str | Replacement | None:
        """One `$...` as text or as a function of the match; None where it means nothing."""
        number, name, sign = found.groups()
        if sign == "$":
            return "$"
        if sign == "&" or (number or name) == "0":
            return lambda match: match.group()
        if sign == "`":
            return lambda match: match.string[: match.start()]
        if sign == "'":
            return lambda match: match.string[match.end() :]
        if sign == "_":
            return lambda match: match.string
        key = str(int(number)) if number and len(number) <= _DIGITS else name
        group = self._groups.get(key or "")
        if sign == "+":
            group = list(self._groups.values())[-1] if self._groups else None
        return None if group is None else lambda match: match.group(group) or ""


class _Translation:
    """One pass over a pattern; `known` are the groups that a first pass has found (then None)."""

    def __init__(self, pattern: str, known: dict[str, str] | None) -> None:
        self.source = PatternSource(pattern)
        self.known = known
        self.unnamed = 0
        self.names: list[str] = []
        self.output: list[str] = []
        self.flags: list[tuple[bool, bool]] = [(False, False)]  # explicit capture, free spacing
        self.repeatable = False
        self.sizes = [0]  # of the groups being read, innermost last
        self.last_size = 0

    def groups(self) -> dict[str, str]:
        """Groups by .NET's numbers and names."""
        found = {str(number): f"_{number}" for number in range(1, self.unnamed + 1)}
        following = self.unnamed
        for index, name in enumerate(self.names):
            if name.isdecimal():
                found[name] = f"n{index}"
                continue
            following += 1
            found[str(following)] = found[name] = f"n{index}"
        return found

    def run(self) -> str:
        """The pattern for `regex`; raises FilterError."""
        source = self.source
        while not source.ended:
            character = source.peek()
            if character == "(":
                self._open()
            elif character == ")":
                self._close()
            elif character == "|":
                self._emit("|", 1, repeatable=False)
            elif character == "[":
                self._emit(character_class(source), 0, size=2)
            elif character == "\\":
                self._escape()
            elif self.flags[-1][1] and character in _FREE:
                source.skip_free(character)
            elif not self._quantifier():
                self._emit(_plain(character), 1)
        if len(self.flags) > 1:
            raise source.error("there are more ( than )")
        return "".join(self.output)

    def _emit(self, text: str, length: int, *, repeatable: bool = True, size: int = 1) -> None:
        self.output.append(text)
        self.source.at += length
        self.repeatable = repeatable
        self.last_size = size
        self.sizes[-1] += size
        if self.sizes[-1] > _MAX_SIZE:
            raise self.source.error("it repeats too much")

    def _enter(self, text: str, length: int) -> None:
        """Begin a group; its flags are already in place."""
        self.sizes.append(0)
        self._emit(text, length, repeatable=False, size=0)

    def _quantifier(self) -> bool:
        match = _QUANTIFIER.match(self.source.text, self.source.at)
        if match is None:
            return False
        if not self.repeatable:
            raise self.source.error(f"{match.group()!r} has nothing to repeat")
        least = match.group(1) or "1"
        if max(map(len, (least, match.group(2) or ""))) > _DIGITS:
            raise self.source.error(f"{match.group()!r} repeats too often")
        again = max(int(least) - 1, 0) * self.last_size
        self._emit(match.group(), len(match.group()), repeatable=False, size=again)
        return True

    def _open(self) -> None:
        source = self.source
        text, at = source.text, source.at
        explicit, free = self.flags[-1]
        if len(self.flags) > _DEEPEST:
            raise source.error("its groups are nested too deeply")
        if text.startswith("(?#", at):
            source.at = text.find(")", at) + 1 or len(text)
        elif not text.startswith("(?", at):
            self.flags.append((explicit, free))
            if not explicit:
                self.unnamed += 1
            self._enter("(?:" if explicit else f"(?P<_{self.unnamed}>", 1)
        elif (group := _GROUP.match(text, at)) is not None:
            self.flags.append((explicit, free))
            self._enter(self._named(group.group(1) or group.group(2)), len(group.group()))
        elif (plain := _PLAIN_GROUP.match(text, at)) is not None:
            self.flags.append((explicit, free))
            self._enter(plain.group(), len(plain.group()))
        elif (flags := _FLAGS.match(text, at)) is not None:
            self._change_flags(flags)
        elif (test := _CONDITION.match(text, at)) is not None:
            self.flags.append((explicit, free))
            self._enter(f"(?({self._group(test.group(1))})", len(test.group()))
        else:
            raise source.error(f"{text[at : at + 4]!r} is not supported")

    def _close(self) -> None:
        if len(self.flags) == 1:
            raise self.source.error("there are more ) than (")
        self.flags.pop()
        self._emit(")", 1, size=self.sizes.pop())

    def _named(self, name: str) -> str:
        if name not in self.names:
            self.names.append(name)
        return f"(?P<n{self.names.index(name)}>"

    def _group(self, name: str) -> str:
        if self.known is None:
            return ""
        if name not in self.known:
            raise self.source.error(f"there is no group {name!r}")
        return self.known[name]

    def _change_flags(self, match: "regex.Match[str]") -> None:
        on, off, end = match.group(1), match.group(2) or "", match.group(3)
        explicit, free = self.flags[-1]
        changed = ("n" in on or (explicit and "n" not in off),
                   "x" in on or (free and "x" not in off))  # fmt: skip
        shown_on = "".join(sorted(set(on) & set("ims")))
        shown_off = "".join(sorted(set(off) & set("ims")))
        shown = shown_on + (f"-{shown_off}" if shown_off else "")
        if end == ":":
            self.flags.append(changed)
            self._enter(f"(?{shown}:", len(match.group()))
        else:
            self.flags[-1] = changed
            text = f"(?{shown})" if shown else ""
            self._emit(text, len(match.group()), repeatable=False, size=0)

    def _escape(self) -> None:
        source = self.source
        reference = _REFERENCE.match(source.text, source.at)
        if reference is not None:
            name = next(part for part in reference.groups() if part)
            octal = reference.group(3) is not None and len(name) > 1
            if not octal or name in (self.known or ()):
                self._emit(f"(?P={self._group(name)})", len(reference.group()))
                return
        self._emit(simple_escape(source), 0)


def _plain(character: str) -> str:
    if character in "^$":  # .NET lets them be repeated
        return f"(?:{character})"
    quoted = character in string.punctuation.replace(".", "") + " "
    return "\\" + character if quoted else character


def _compile(pattern: str) -> tuple[DotnetPattern, int]:
    """The pattern and its size, by which memory and time to compile it grow."""
    if len(pattern) > MAX_PATTERN:
        raise FilterError(f"The regular expression is over {MAX_PATTERN:,} characters long.")
    first = _Translation(pattern, None)
    first.run()
    groups = first.groups()
    second = _Translation(pattern, groups)
    text = "(?-f)" + second.run()  # no `ss` for an sharp s when case is ignored
    try:
        return DotnetPattern(regex.compile(text, regex.VERSION1), groups), second.sizes[0]
    except (regex.error, OverflowError, RecursionError, MemoryError) as error:
        raise FilterError(f"The regular expression {pattern[:80]!r} is broken: {error}.") from None


_known: dict[str, DotnetPattern] = {}


def compiled(pattern: str) -> DotnetPattern:
    """The pattern, translated; raises FilterError where .NET would refuse it."""
    known = _known.get(pattern)
    if known is None:
        known, size = _compile(pattern)
        if size <= _CACHED_SIZE:
            if len(_known) >= _MAX_CACHED:
                _known.clear()
            _known[pattern] = known
    return known
