"""A reader of the portal's live streams: server-sent events as they arrive."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

_LINE = re.compile(r'id="L(\d+)"')


def arriving_lines(
    url: str, deployment: int, session: str, *, after: int = 0
) -> Iterator[tuple[int, float]]:
    """(number, time.monotonic() of its arrival) of each log line, until the stream ends.

    Yields (0, time) first, once the stream is open. Raises TimeoutError after 20 silent seconds.
    """
    address = urlsplit(url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=20)
    connection.request(
        "GET",
        f"/live/deployments/{deployment}?after={after}",
        headers={"Accept": "text/event-stream", "Cookie": f"sessionid={session}"},
    )
    response = connection.getresponse()
    if response.status != 200:
        raise RuntimeError(f"The stream answers {response.status}.")
    yield 0, time.monotonic()
    event = ""
    try:
        while line := response.readline():
            text = line.decode()
            if text.startswith("event: "):
                event = text.removeprefix("event: ").strip()
            elif event == "lines" and text.startswith("data: "):
                for number in _LINE.findall(text):
                    yield int(number), time.monotonic()
    finally:
        connection.close()
