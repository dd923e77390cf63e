"""Escapes and character classes of .NET's regular expressions, rewritten for `regex`."""

import regex

from ecsportal.octostache.errors import FilterError

_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b"}
_WORD = r"\p{L}\p{Mn}\p{Nd}\p{Pc}"
_SPACE = r"\f\n\r\t\x0b\x85\p{Z}"
_SETS = {
    "d": r"[\p{Nd}]", "D": r"[^\p{Nd}]",
    "w": f"[{_WORD}]", "W": f"[^{_WORD}]",
    "s": f"[{_SPACE}]", "S": f"[^{_SPACE}]",
}  # fmt: skip
_ANCHORS = {"A": r"(?:\A)", "z": r"(?:\Z)", "Z": r"(?=\n?\Z)", "b": r"(?:\b)", "B": r"(?:\B)",
            "G": r"(?:\G)"}  # fmt: skip
_CODE = regex.compile(r"x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|c([A-Za-z@\[\\\]^_])|([0-7]{1,3})")
_PROPERTY = regex.compile(r"([pP])\{([A-Za-z0-9\-]+)\}")


class PatternSource:
    """A pattern and the place reached in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    @property
    def ended(self) -> bool:
        return self.at >= len(self.text)

    def peek(self) -> str:
        """The next character, empty at the end."""
        return self.text[self.at : self.at + 1]

    def skip_free(self, character: str) -> None:
        """Skip a blank, or a comment up to the end of its line."""
        line_end = self.text.find("\n", self.at) if character == "#" else self.at
        self.at = len(self.text) if line_end < 0 else line_end + 1

    def error(self, why: str) -> FilterError:
        """The error to raise about this pattern."""
        place = f"broken at character {self.at + 1}"
        return FilterError(f"The regular expression {self.text[:80]!r} is {place}: {why}.")


def _code_point(number: int) -> str:
    return f"\\U{number:08x}"


def _numbered(source: PatternSource) -> int | None:
    """The character of `\\x41`, `\\u0041`, `\\cA` or `\\101`, read past its end."""
    match = _CODE.match(source.text, source.at + 1)
    if match is None:
        return None
    source.at = match.end()
    two, four, control, octal = match.groups()
    if control is not None:
        return ord(control.upper()) ^ 0x40
    return int(two or four, 16) if two or four else int(octal, 8) & 0xFF


def _property(source: PatternSource) -> str | None:
    """`\\p{L}` or a block as `\\p{IsCyrillic}`."""
    match = _PROPERTY.match(source.text, source.at + 1)
    if match is None:
        return None
    source.at = match.end()
    name = match.group(2)
    if name.startswith("Is"):  # a block; `regex` would take it for a script
        name = "In" + name[2:]
    return f"\\{match.group(1)}{{{name}}}"


def simple_escape(source: PatternSource) -> str:
    """What a backslash and the next character mean outside a class."""
    name = source.text[source.at + 1 : source.at + 2]
    if name in _ANCHORS and name:
        source.at += 2
        return _ANCHORS[name]
    return _shared_escape(source)


def _shared_escape(source: PatternSource) -> str:
    name = source.text[source.at + 1 : source.at + 2]
    if name in _SETS:
        source.at += 2
        return _SETS[name]
    if name in _CONTROLS:
        source.at += 2
        return _code_point(ord(_CONTROLS[name]))
    found = _property(source)
    if found is not None:
        return found
    number = _numbered(source)
    if number is not None:
        return _code_point(number)
    if not name:
        raise source.error("it ends in a backslash")
    if name.isalnum() or name == "_":
        raise source.error(f"'\\{name}' means nothing")
    source.at += 2
    return _code_point(ord(name))


def _item(source: PatternSource) -> str:
    """One member of a class."""
    character = source.peek()
    if character != "\\":
        source.at += 1
        return _code_point(ord(character))
    if source.text.startswith("\\b", source.at):
        source.at += 2
        return _code_point(8)
    return _shared_escape(source)


def character_class(source: PatternSource) -> str:
    """A whole `[...]`; .NET's subtraction `[a-z-[aeiou]]` becomes `[[a-z]--[aeiou]]`."""
    layers: list[str] = []
    while True:
        source.at += 1
        negated = source.peek() == "^"
        source.at += negated
        members: list[str] = []
        subtracts = False
        while source.peek() != "]" or not members:
            if source.ended:
                raise source.error("a [ is not closed")
            if members and source.text.startswith("-[", source.at):
                source.at += 1
                subtracts = True
                break
            members.append(_range(source))
        layers.append(f"[{'^' if negated else ''}{''.join(members)}]")
        if not subtracts:
            break
    for _ in layers:
        if source.peek() != "]":
            raise source.error("a [ is not closed")
        source.at += 1
    whole = layers.pop()
    while layers:
        whole = f"[{layers.pop()}--{whole}]"
    return whole


def _range(source: PatternSource) -> str:
    first = _item(source)
    follows = source.text[source.at : source.at + 2]
    if len(follows) < 2 or follows[0] != "-" or follows[1] in "][":  # noqa: PLR2004 -- two characters
        return first
    source.at += 1
    last = _item(source)
    if not (first.startswith("\\U") and last.startswith("\\U")) or int(first[2:], 16) > int(
        last[2:], 16
    ):
        raise source.error("a range runs backwards")
    return f"{first}-{last}"
