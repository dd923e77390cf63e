"""uvicorn's HTTP protocol, which also takes a piece of an answer's body without a turn of a task.

An ASGI application can only `await send(...)`, which costs a thousand open streams twice as much
as all else that is done for them. Any other server will do as well, without this saving.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

WriteAtOnce = Callable[[bytes], bool]
_EXTENSION = "ecsportal.at_once"


class Protocol(HttpToolsProtocol):
    """Offers `write_at_once` to the application, as an extension of the request's scope."""

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["extensions"] = {_EXTENSION: {"write": self._write_at_once}}

    def _write_at_once(self, body: bytes) -> bool:
        if self.flow.write_paused or self.transport.is_closing():
            return False
        self.transport.write(_chunk(body))
        return True


@lru_cache(maxsize=8)  # the same goes to nearly all viewers
def _chunk(body: bytes) -> bytes:
    """RFC 9112, section 7.1: how uvicorn frames the body of an answer without a length."""
    return b"%x\r\n%b\r\n" % (len(body), body)


def write_at_once(scope: dict[str, Any]) -> WriteAtOnce | None:
    """Writes a piece of the begun answer's body, unless the reader is too slow; whether it did.

    None where the server doesn't offer it.
    """
    offered: WriteAtOnce | None = scope.get("extensions", {}).get(_EXTENSION, {}).get("write")
    return offered
