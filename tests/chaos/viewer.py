"""A browser's view of a live stream: it reconnects with Last-Event-ID, as EventSource does."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import requests

from tests.demo.running_demo import direct_session

_LINE = re.compile(r'id="L(\d+)"')
RECONNECTS_AFTER = 0.3
SILENCE = 25.0
"""The stream writes a comment every 15 s; longer silence means that it is gone."""


@dataclass
class Event:
    """One server-sent event that arrived as a whole."""

    name: str
    data: str
    id: str


def events(lines: Iterable[str]) -> Iterator[Event]:
    """The events of a stream; one that was cut off is none, as browsers have it."""
    name, data, number = "message", [], ""
    for line in lines:
        if not line:
            if data:
                yield Event(name, "\n".join(data), number)
            name, data, number = "message", [], ""
        elif line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("id: "):
            number = line.removeprefix("id: ")
        elif line.startswith("data:"):
            data.append(line.removeprefix("data:").removeprefix(" "))


@dataclass
class Viewer:
    """Reads one deployment's stream in a thread until its `end`."""

    url: str
    deployment: int
    session: str
    seen: list[int] = field(default_factory=list)
    connections: int = 0
    ended: bool = False
    _stopped: threading.Event = field(default_factory=threading.Event)
    _last_id: str = ""

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no further; waits for the thread."""
        self._stopped.set()
        self._thread.join(SILENCE + 5)

    def _run(self) -> None:
        with direct_session() as browser:
            browser.cookies.set("sessionid", self.session)
            while not self.ended and not self._stopped.wait(RECONNECTS_AFTER):
                try:
                    self._read(browser)
                except requests.RequestException:
                    continue

    def _read(self, browser: requests.Session) -> None:
        address = f"{self.url}live/deployments/{self.deployment}"
        headers = {"Accept": "text/event-stream"}
        if self._last_id:
            headers["Last-Event-ID"] = self._last_id
        with browser.get(address, headers=headers, stream=True, timeout=(3, SILENCE)) as answer:
            if answer.status_code != 200:
                return
            self.connections += 1
            arriving = answer.iter_lines(chunk_size=None, decode_unicode=True)
            for event in events(arriving):
                self._take(event)
                if self.ended or self._stopped.is_set():
                    return

    def _take(self, event: Event) -> None:
        if event.id:
            self._last_id = event.id
        if event.name == "lines":
            self.seen += [int(number) for number in _LINE.findall(event.data)]
        elif event.name == "end":
            self.ended = True
