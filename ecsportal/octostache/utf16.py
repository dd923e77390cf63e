"""Positions and lengths in UTF-16 units, as the reference engine counts them.

A character outside the basic plane counts twice, and may be cut in half.
"""


def _is_basic(text: str) -> bool:
    return text.isascii() or max(text) <= "\uffff"


def length(text: str) -> int:
    """The number of units."""
    return len(text) if _is_basic(text) else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, start: int, end: int) -> str:
    """The units from `start` to before `end`."""
    if _is_basic(text):
        return text[start:end]
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * start : 2 * end].decode("utf-16-le", "surrogatepass")


def units(text: str) -> list[int]:
    """The numbers of all units."""
    data = text.encode("utf-16-le", "surrogatepass")
    return [data[at] | data[at + 1] << 8 for at in range(0, len(data), 2)]


def utf8(text: str) -> bytes:
    """UTF-8, with U+FFFD for half characters."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return whole.encode()
