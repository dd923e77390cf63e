"""lodash's `camelCase`, exactly: generated names must not move when a project moves here.

Behaviour of lodash 4.17 (`deburr`, `words`, `camelCase`): accents and apostrophes go, the text is
split at case changes, digits and punctuation, ordinals (`2nd`) stay whole.
"""

from __future__ import annotations

import re
import unicodedata

# Letters of Latin-1 and Latin Extended-A that lodash spells out and Unicode does not decompose.
_SPELT_OUT = {
    "Æ": "Ae", "æ": "ae", "Ð": "D", "ð": "d", "Ø": "O", "ø": "o", "Þ": "Th", "þ": "th", "ß": "ss",
    "Đ": "D", "đ": "d", "Ħ": "H", "ħ": "h", "ı": "i", "Ĳ": "IJ", "ĳ": "ij", "ĸ": "k", "Ŀ": "L",
    "ŀ": "l", "Ł": "L", "ł": "l", "ŉ": "'n", "Ŋ": "N", "ŋ": "n", "Œ": "Oe", "œ": "oe", "Ŧ": "T",
    "ŧ": "t", "ſ": "s",
}  # fmt: skip
_LATIN = re.compile("[\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u017f]")
_COMBINING = re.compile("[\u0300-\u036f\ufe20-\ufe2f\u20d0-\u20ff]")
_APOSTROPHES = re.compile("['\u2019]")

_ASTRAL = "\U00010000-\U0010ffff"
_LOWER_RANGE = "a-z\xdf-\xf6\xf8-\xff"
_UPPER_RANGE = "A-Z\xc0-\xd6\xd8-\xde"
_SPACES = " \\t\x0b\f\xa0\ufeff\\n\\r\u2028\u2029\u1680\u180e\u2000-\u200a\u202f\u205f\u3000"
_BREAK_RANGE = (
    "\xac\xb1\xd7\xf7"
    + r"\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\xbf"
    + "\u2000-\u206f"
    + _SPACES
)  # fmt: skip
_DINGBATS = "\u2700-\u27bf"
_BREAK = f"[{_BREAK_RANGE}]"
_LOWER = f"[{_LOWER_RANGE}]"
_UPPER = f"[{_UPPER_RANGE}]"
_MISC = f"[^{_ASTRAL}{_BREAK_RANGE}0-9{_DINGBATS}{_LOWER_RANGE}{_UPPER_RANGE}]"
_MISC_LOWER = f"(?:{_LOWER}|{_MISC})"
_MISC_UPPER = f"(?:{_UPPER}|{_MISC})"
_MODIFIER = "[\u0300-\u036f\ufe20-\ufe2f\u20d0-\u20ff\U0001f3fb-\U0001f3ff]?"
_VARIANT = "[\ufe0e\ufe0f]?"
_REGIONAL = "[\U0001f1e6-\U0001f1ff]{2}"
_EMOJI = (
    f"(?:[{_DINGBATS}]|{_REGIONAL}|[{_ASTRAL}]){_VARIANT}{_MODIFIER}"
    f"(?:\u200d(?:[^{_ASTRAL}]|{_REGIONAL}|[{_ASTRAL}]){_VARIANT}{_MODIFIER})*"
)
# `\b` and `\d` mean ASCII in JavaScript; apostrophes are gone before words are looked for.
_UNICODE_WORDS = re.compile(
    "|".join(
        [
            rf"{_UPPER}?{_LOWER}+(?={_BREAK}|{_UPPER}|\Z)",
            rf"{_MISC_UPPER}+(?={_BREAK}|{_UPPER}{_MISC_LOWER}|\Z)",
            rf"{_UPPER}?{_MISC_LOWER}+",
            rf"{_UPPER}+",
            r"\d*(?:1ST|2ND|3RD|(?![123])\dTH)(?=\b|[a-z_])",
            r"\d*(?:1st|2nd|3rd|(?![123])\dth)(?=\b|[A-Z_])",
            r"\d+",
            _EMOJI,
        ]
    ),
    re.ASCII,
)
_ASCII_WORDS = re.compile(r"[^\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+")
_NEEDS_UNICODE_WORDS = re.compile(
    "[a-z][A-Z]|[A-Z]{2}[a-z]|[0-9][a-zA-Z]|[a-zA-Z][0-9]|[^a-zA-Z0-9 ]"
)


def camel_case(text: str) -> str:
    """`testBigCfTemplate` from `test-big-cf-template`."""
    plain = _APOSTROPHES.sub("", _without_accents(text))
    pattern = _UNICODE_WORDS if _NEEDS_UNICODE_WORDS.search(plain) else _ASCII_WORDS
    words = [word.lower() for word in pattern.findall(plain)]
    return "".join([*words[:1], *(word[:1].upper() + word[1:] for word in words[1:])])


def _without_accents(text: str) -> str:
    return _COMBINING.sub("", _LATIN.sub(_plain_letter, text))


def _plain_letter(match: re.Match[str]) -> str:
    letter = match[0]
    return _SPELT_OUT.get(letter) or unicodedata.normalize("NFD", letter)[0]
