"""Base64 and digests."""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence

from ecsportal.octostache import utf16
from ecsportal.octostache.characters import to_lower
from ecsportal.octostache.errors import FilterError
from ecsportal.octostache.limits import Budget
from ecsportal.octostache.nodes import Filter
from ecsportal.octostache.numerals import read_int

_UTF8 = ("utf8", "utf-8")
_BASE64_BLANKS = re.compile("[ \t\r\n]+")
_MOST_OPTIONS = 2


def _bytes(text: str, encoding: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass") if encoding == "unicode" else utf16.utf8(text)


def _encoding(arguments: Sequence[str]) -> str | None:
    """`utf8`, `unicode`, or None for anything else."""
    if not arguments:
        return "utf8"
    name = to_lower(arguments[0])
    if len(arguments) > 1 or name not in (*_UTF8, "unicode"):
        return None
    return "utf8" if name in _UTF8 else name


def _decoded(text: str) -> bytes | None:
    """The bytes of base64 text, in which blanks do not count; None if it is none."""
    try:
        return base64.b64decode(_BASE64_BLANKS.sub("", text).encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        return None


def _to_base64(text: str | None, arguments: Sequence[str], budget: Budget) -> str | None:
    encoding = _encoding(arguments)
    if text is None or encoding is None:
        return None
    return base64.b64encode(_bytes(text, encoding)).decode()


def _from_base64(text: str | None, arguments: Sequence[str], budget: Budget) -> str | None:
    encoding = _encoding(arguments)
    if text is None or encoding is None:
        return None
    data = _decoded(text)
    if data is None:
        raise FilterError("The value of FromBase64 is no base64 text.")
    return data.decode("utf-16-le" if encoding == "unicode" else "utf-8", "replace")


def _digest(algorithm: str) -> Filter:
    def apply(text: str | None, arguments: Sequence[str], budget: Budget) -> str | None:
        if text is None or len(arguments) > _MOST_OPTIONS:
            return None
        encoding, size = "", 0
        for argument in arguments:
            number = read_int(argument)
            if number is None and not encoding:
                encoding = to_lower(argument)
            elif number is not None and number > 0 and not size:
                size = number
            else:
                return None
        if encoding == "base64":
            data = _decoded(text)
        elif encoding in ("", "unicode", *_UTF8):
            data = _bytes(text, encoding)
        else:
            return None
        if data is None:
            return None
        digest = hashlib.new(algorithm, data, usedforsecurity=False).digest()
        return digest[: size or len(digest)].hex()

    return apply


FILTERS: dict[str, Filter] = {
    "ToBase64": _to_base64,
    "FromBase64": _from_base64,
    "Md5": _digest("md5"),
    "Sha1": _digest("sha1"),
    "Sha256": _digest("sha256"),
    "Sha384": _digest("sha384"),
    "Sha512": _digest("sha512"),
}
