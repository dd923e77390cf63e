"""Characters as the language sees them: blanks, letters of names, and letter case.

The reference engine compares and classifies UTF-16 units one by one, so letters outside the
basic plane are not letters of a name, and a case never changes the length of a text.
"""

import re
import unicodedata
from itertools import groupby

BLANKS = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""White space; Python's own notion adds U+001C to U+001F."""

_BLANK_CLASS = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
BLANK = f"[{_BLANK_CLASS}]"
"""Regular expression for one blank."""


def _letter_ranges() -> str:
    """Categories L* and Nd of the basic plane as the inside of a character class."""
    wanted = ("Lu", "Ll", "Lt", "Lm", "Lo", "Nd")
    codes = [code for code in range(0x10000) if unicodedata.category(chr(code)) in wanted]
    ranges = []
    for _, run in groupby(enumerate(codes), key=lambda pair: pair[1] - pair[0]):
        numbers = [code for _, code in run]
        ranges.append(f"\\u{numbers[0]:04x}-\\u{numbers[-1]:04x}")
    return "".join(ranges)


WORD = f"[{_letter_ranges()}_:/~()@\\-]"
"""Regular expression for one character of a name that is not a blank."""

IDENTIFIER = f"(?:{WORD}|{BLANK}(?![|}}]|(?:in|==|!=){BLANK}))++"
"""Regular expression for a name with inner blanks (SPEC section 2, notes on identifiers)."""


def trim(text: str) -> str:
    """`text` without blanks at its ends."""
    return text.strip(BLANKS)


def _upper(character: str) -> str:
    if character == "\u0131":  # dotless i stays in the invariant culture
        return character
    upper = character.upper()
    if len(upper) == 1:
        return upper
    title = character.title()
    return title if len(title) == 1 else character


def _lower(character: str) -> str:
    lower = character.lower()
    return lower if len(lower) == 1 else character


def to_upper(text: str) -> str:
    """Upper case, character by character: `ß` stays."""
    if text.isascii():
        return text.upper()
    upper = text.upper()
    if len(upper) == len(text) and "\u0131" not in text:
        return upper
    return "".join(map(_upper, text))


def to_lower(text: str) -> str:
    """Lower case, character by character: no final sigma, `İ` stays."""
    if text.isascii():
        return text.lower()
    return "".join(map(_lower, text))


fold = to_upper
"""The form under which names are compared."""

_NON_BLANK = re.compile(f"[^{_BLANK_CLASS}]")


def is_blank(text: str) -> bool:
    """True for the empty text too."""
    return _NON_BLANK.search(text) is None
