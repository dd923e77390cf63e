"""A web server that answers as a test says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Reply = tuple[int, dict[str, str], bytes]
Answering = Callable[[str, str], Reply]
"""From method and path to status, headers and body."""


class QuietServer(ThreadingHTTPServer):
    """Clients that hang up in the middle are what these tests are about."""

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@contextmanager
def served(answer: Answering) -> Iterator[str]:
    """The address of a server on loopback, without a slash at its end."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 -- http.server's name
            status, headers, body = answer(self.command, self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_POST = do_GET  # noqa: N815 -- as above

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as above
            pass

    server = QuietServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
