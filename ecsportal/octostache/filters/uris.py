"""`UriPart`: a URI taken apart as .NET's `System.Uri` does."""

import ipaddress
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import quote, unquote

from ecsportal.octostache import utf16
from ecsportal.octostache.characters import to_lower, trim
from ecsportal.octostache.limits import Budget
from ecsportal.octostache.nodes import Filter

_URI = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*):"
    r"(?P<slashes>//(?:(?P<user>[^/?#@]*)@)?(?P<host>\[[^\]/?#]*\]|[^/?#:]*)(?::(?P<port>\d*))?"
    r"(?=[/?#\\]|$))?(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?P<fragment>#.*)?",
    re.DOTALL | re.ASCII,
)
_PORTS = {
    "http": 80, "https": 443, "ftp": 21, "ws": 80, "wss": 443, "ldap": 389, "telnet": 23,
    "nntp": 119, "news": 119, "gopher": 70, "net.tcp": 808, "mailto": 25,
}  # fmt: skip
_KEPT = "%:/?#[]@!$&'()*+,;="
_LARGEST_PORT = 65535
_STRAY_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")


class Uri(NamedTuple):
    """An absolute URI in canonical form; `port` is -1 where neither text nor scheme has one."""

    scheme: str
    user: str
    host: str
    port: int
    path: str
    query: str
    fragment: str
    hierarchical: bool

    @property
    def default_port(self) -> bool:
        return self.port == _PORTS.get(self.scheme, -1)

    @property
    def authority(self) -> str:
        return self.host if self.default_port else f"{self.host}:{self.port}"

    @property
    def bare_host(self) -> str:
        """Without the brackets of an IPv6 address."""
        return self.host.strip("[]")

    @property
    def absolute(self) -> str:
        user = f"{self.user}@" if self.user else ""
        slashes = f"//{user}{self.authority}" if self.hierarchical else ""
        return f"{self.scheme}:{slashes}{self.path}{self.query}{self.fragment}"


def _escaped(text: str) -> str:
    return quote(utf16.utf8(_STRAY_PERCENT.sub("%25", text)), safe=_KEPT)


def _without_dots(path: str) -> str:
    """`/a/./b/../c` as `/a/c`."""
    kept: list[str] = []
    parts = path.split("/")
    for number, part in enumerate(parts):
        if part == "..":
            if len(kept) > 1:
                kept.pop()
        elif part != ".":
            kept.append(part)
        if part in (".", "..") and number == len(parts) - 1:
            kept.append("")
    return "/".join(kept)


def read_uri(text: str) -> Uri | None:
    """The URI, or None where it is relative or none at all."""
    match = _URI.fullmatch(trim(text))
    if match is None:
        return None
    scheme = match["scheme"].lower()
    hierarchical = match["slashes"] is not None
    host = (match["host"] or "").lower()
    if hierarchical and not host and scheme != "file":
        return None
    if (scheme in _PORTS and scheme not in ("mailto", "news")) and not hierarchical:
        return None
    digits = (match["port"] or "").lstrip("0") or ("0" if match["port"] else "")
    if len(digits) > 5 or int(digits or 0) > _LARGEST_PORT:  # noqa: PLR2004 -- digits of a port
        return None
    path = match["path"]
    if hierarchical:
        path = _without_dots(path.replace("\\", "/") if scheme in _PORTS else path) or "/"
    return Uri(
        scheme=scheme,
        user=match["user"] or "",
        host=host,
        port=int(digits) if digits else _PORTS.get(scheme, -1),
        path=_escaped(path),
        query=_escaped(match["query"] or ""),
        fragment=_escaped(match["fragment"] or ""),
        hierarchical=hierarchical,
    )


def _host_type(uri: Uri) -> str:
    if not uri.host:
        return "Basic" if uri.scheme == "file" else "Unknown"
    try:
        return f"IPv{ipaddress.ip_address(uri.bare_host).version}"
    except ValueError:
        return "Dns"


def _loopback(uri: Uri) -> bool:
    if uri.bare_host in ("localhost", "loopback") or (uri.scheme == "file" and not uri.host):
        return True
    try:
        return ipaddress.ip_address(uri.bare_host).is_loopback
    except ValueError:
        return False


def _word(value: bool) -> str:  # noqa: FBT001 -- the value to be written
    return "true" if value else "false"


_PARTS: dict[str, Callable[[Uri], str]] = {
    "absolutepath": lambda uri: uri.path,
    "absoluteuri": lambda uri: uri.absolute,
    "authority": lambda uri: uri.authority,
    "dnssafehost": lambda uri: uri.bare_host,
    "fragment": lambda uri: uri.fragment,
    "host": lambda uri: uri.host,
    "hostandport": lambda uri: f"{uri.host}:{uri.port}",
    "hostnametype": _host_type,
    "isabsoluteuri": lambda uri: "true",
    "isdefaultport": lambda uri: _word(uri.default_port),
    "isfile": lambda uri: _word(uri.scheme == "file"),
    "isloopback": lambda uri: _word(_loopback(uri)),
    "isunc": lambda uri: _word(uri.scheme == "file" and bool(uri.host)),
    "path": lambda uri: unquote(uri.path),
    "pathandquery": lambda uri: uri.path + uri.query,
    "port": lambda uri: str(uri.port),
    "query": lambda uri: uri.query,
    "scheme": lambda uri: uri.scheme,
    "schemeandserver": lambda uri: f"{uri.scheme}://{uri.authority}",
    "userinfo": lambda uri: uri.user,
}


def _uri_part(text: str | None, arguments: Sequence[str], budget: Budget) -> str | None:
    """What goes wrong is said in the text, as the reference engine does."""
    if text is None:
        return None
    if not arguments:
        return "[UriPart error: no argument given]"
    wanted = arguments[0]
    pick = _PARTS.get(to_lower(wanted))
    if pick is None:
        return f"[UriPart {wanted} error: argument '{wanted}' not supported]"
    uri = read_uri(text)
    if uri is not None:
        return pick(uri)
    if to_lower(wanted) == "isabsoluteuri":
        return "false"
    return f"[UriPart {wanted} error: This operation is not supported for a relative URI.]"


FILTERS: dict[str, Filter] = {"UriPart": _uri_part}
