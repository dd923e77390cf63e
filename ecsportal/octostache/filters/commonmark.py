"""Markdown to HTML: CommonMark with tables, strike-through, sub- and superscript, autolinks."""

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

_MARKS = {"~": "sub", "^": "sup"}
_ADDRESS = re.compile(r"(?:https?://|ftp://|mailto:|tel:|www\.)[^\s<]+")
_AFTER = re.compile(r"[\s*_~(]")
_TRAILING = "?!.,:*_~'\";"


def _script(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 -- the library's signature
    """`~sub~` and `^sup^`: no blanks inside, and no doubled marks (those strike through)."""
    start, source = state.pos, state.src
    mark = source[start]
    tag = _MARKS.get(mark)
    if tag is None or source.startswith(mark * 2, start):
        return False
    end = source.find(mark, start + 1, state.posMax)
    inner = source[start + 1 : end]
    if end < 0 or not inner or any(character.isspace() for character in inner):
        return False
    if not silent:
        state.push(f"{tag}_open", tag, 1)
        state.pos, state.posMax, limit = start + 1, end, state.posMax
        state.md.inline.tokenize(state)
        state.posMax = limit
        state.push(f"{tag}_close", tag, -1)
    state.pos = end + 1
    return True


def _autolink(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 -- the library's signature
    """An address standing in the text, without what ends the sentence around it."""
    start, source = state.pos, state.src
    if start and not _AFTER.match(source, start - 1):
        return False
    match = _ADDRESS.match(source, start, state.posMax)
    if match is None or state.linkLevel:
        return False
    address = _without_end(match.group())
    if address.endswith(("/", ":")) and address.rstrip("/:") in ("http", "https", "ftp", "mailto"):
        return False
    if not silent:
        target = f"http://{address}" if address.startswith("www.") else address
        link = state.push("link_open", "a", 1)
        link.attrs = {"href": state.md.normalizeLink(target)}
        state.push("text", "", 0).content = address.removeprefix("mailto:").removeprefix("tel:")
        state.push("link_close", "a", -1)
    state.pos = start + len(address)
    return True


def _without_end(address: str) -> str:
    """The address without what ends the sentence; a bracket opened in it is closed in it."""
    address = address.rstrip(_TRAILING)
    while address.endswith(")") and address.count(")") > address.count("("):
        address = address[:-1].rstrip(_TRAILING)
    return address


def _stops_text(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 -- the library's signature
    """As the library's own rule for text, but stopping before addresses and `^` as well."""
    match = _PLAIN.match(state.src, state.pos, state.posMax)
    if match is None or match.end() == state.pos:
        return False
    if not silent:
        state.pending += match.group()
    state.pos = match.end()
    return True


_PLAIN = re.compile(
    r"(?:(?!(?<![A-Za-z0-9])(?:https?://|ftp://|mailto:|tel:|www\.))"
    r"[^\n!#$%&*+\-:<=>@\[\\\]^_`{}~])+"
)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.inline.ruler.at("text", _stops_text)
    parser.inline.ruler.before("emphasis", "script", _script)
    parser.inline.ruler.before("emphasis", "address", _autolink)
    parser.core.ruler.push("tags", _reference_tags)
    return parser


def _reference_tags(state: StateCore) -> None:
    """`<del>` where the library writes `<s>`, and the alignment of cells as a whole declaration."""
    for block in state.tokens:
        style = block.attrGet("style") if block.type in ("th_open", "td_open") else None
        if style:
            block.attrSet("style", f"{style};".replace(":", ": "))
        for token in block.children or ():
            if token.tag == "s":
                token.tag = "del"


def to_html(text: str) -> str:
    """The HTML with its own line feed at the end."""
    return str(_parser().render(text))
