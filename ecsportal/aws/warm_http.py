"""Calls over connections that are already open, without the price of a general HTTP client.

Of the processor time of a small AWS call a third is urllib3's and http.client's: they take a
request apart and put an answer together for every kind of server. On an open connection an AWS call
is one write and one read, and that is all this does. Whatever is out of the ordinary stays with
botocore: opening a connection (address guard, TLS, proxies, time-outs), any request but a POST to
`/` (all of the query and JSON services), and on the way back any answer that doesn't say its
length, which http.client reads.

botocore's `before-send` event is the door: what a handler returns takes the place of sending.
"""

from __future__ import annotations

import io
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError, SSLError
from urllib3.exceptions import ClosedPoolError

_CHUNK = 65_536
_MOST_OF_HEAD = 65_536
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def send_over_warm(manager: Any) -> Callable[..., AWSResponse | None]:
    """A `before-send` handler that uses the open connections of botocore's urllib3 `manager`.

    It answers None, so that botocore sends, where there is none or the request isn't ordinary.
    """
    pools: dict[str, Any] = {}

    def before_send(request: Any, **_: Any) -> AWSResponse | None:
        head = _head(request)
        if head is None:
            return None
        pool = pools.get(request.url)
        if pool is None:
            pool = pools[request.url] = manager.connection_from_url(request.url)
        try:
            connection = pool._get_conn()
        except ClosedPoolError:
            pools.pop(request.url, None)
            return None
        try:
            if connection.sock is None:  # new, or closed by the other side meanwhile
                return None
            return _exchange(connection, request, head)
        finally:
            pool._put_conn(connection)

    return before_send


def _head(request: Any) -> bytes | None:
    """Request line and headers as they go out, as http.client would; None for what isn't ours."""
    _, _, path, query, _ = parts = urlsplit(request.url)
    body, headers = request.body, request.headers
    ordinary = request.method == "POST" and path == "/" and not query
    if not ordinary or not isinstance(body, str | bytes) or request.stream_output:
        return None
    if "Expect" in headers or "Content-Length" not in headers or "read_timeout" in request.context:
        return None
    host = host_of(parts).encode()
    lines = [b"POST / HTTP/1.1", b"Host: " + host, b"Accept-Encoding: identity"]
    for name, value in headers.items():
        value = value if isinstance(value, bytes) else value.encode()
        lines.append(name.encode() + b": " + value)
    head = b"\r\n".join(lines)
    if head.count(b"\n") != len(lines) - 1 or head.count(b"\r") != len(lines) - 1:
        return None  # a line break in a value: botocore refuses it in its own words
    return head + b"\r\n\r\n"


def host_of(url: SplitResult) -> str:
    """The value of the header `Host`: in lower case, and without a port that goes without saying.

    Host and port are what is signed, too.
    """
    host = url.netloc.rpartition("@")[2].lower()
    return host.removesuffix(_DEFAULT_PORTS.get(url.scheme, ""))


def _exchange(connection: Any, request: Any, head: bytes) -> AWSResponse:
    """Send, and read the answer; errors are botocore's own. The connection is closed after one."""
    body = request.body
    kept = False
    try:
        _send(connection.sock, head + (body if isinstance(body, bytes) else body.encode()))
        status, headers, content, kept = _answer(connection.sock)
    except TimeoutError as error:
        raise ReadTimeoutError(endpoint_url=request.url, error=error) from error
    except ssl.SSLError as error:
        raise SSLError(endpoint_url=request.url, error=error) from error
    except (OSError, HTTPException) as error:
        raise ConnectionClosedError(
            error=error, request=request, endpoint_url=request.url
        ) from error
    finally:
        if not kept:
            connection.close()
    return AWSResponse(request.url, status, cast("Any", headers), _Content(content))


def _send(sock: Any, data: bytes) -> None:
    """Send all; a server may have answered and closed before it read everything."""
    with suppress(BrokenPipeError, ConnectionResetError):
        sock.sendall(data)


def _answer(sock: Any) -> tuple[int, dict[str, str], bytes, bool]:
    """Status, headers, content, and whether the connection may be used again."""
    data = _some(sock)
    while (end := data.find(b"\r\n\r\n")) < 0 and len(data) < _MOST_OF_HEAD:
        data += _some(sock)
    first, *lines = data[: max(end, 0)].decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    length, status = headers.get("content-length", ""), first[9:12]
    lengthy = length.isdecimal() and "transfer-encoding" not in headers
    plain = len(headers) == len(lines) and first.startswith("HTTP/1.1 ") and status >= "200"
    if not (plain and lengthy):
        return _by_http_client(sock, data)
    content = data[end + 4 :]
    missing = int(length) - len(content)
    if missing > 0:
        parts = [content]
        while missing > 0:
            parts.append(_some(sock))
            missing -= len(parts[-1])
        content = b"".join(parts)
    kept = missing == 0 and headers.get("connection", "").lower() != "close"
    return int(status), headers, content[: int(length)], kept


def _some(sock: Any) -> bytes:
    data: bytes = sock.recv(_CHUNK)
    if not data:
        raise ConnectionResetError("The connection was closed before the whole answer was there.")
    return data


def _by_http_client(sock: Any, data: bytes) -> tuple[int, dict[str, str], bytes, bool]:
    """An answer in chunks, or of any other kind, whose first bytes are already read."""
    response = HTTPResponse(cast("Any", _Rest(sock, data)), method="POST")
    response.begin()
    content = response.read()
    return response.status, dict(response.headers.items()), content, not response.will_close


class _Rest(io.RawIOBase):
    """A socket whose first bytes were read before."""

    def __init__(self, sock: Any, data: bytes) -> None:
        self._sock, self._data = sock, data

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._data:
            return int(self._sock.recv_into(buffer))
        size = min(len(buffer), len(self._data))
        buffer[:size], self._data = self._data[:size], self._data[size:]
        return size


class _Content:
    """What botocore reads an answer's content from."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content
