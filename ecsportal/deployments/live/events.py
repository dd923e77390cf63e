"""Server-sent events as bytes: made once, sent to everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ecsportal.deployments.live.reading import RenderedLine

OPENED = b": open\n\n"
STILL_HERE = b": still here\n\n"


def event(name: str, data: str = "", event_id: int | None = None) -> bytes:
    """One event; `event_id` is what the browser sends back as Last-Event-ID."""
    lines = [f"event: {name}"]
    if event_id is not None:
        lines.append(f"id: {event_id}")
    lines += [f"data: {line}" for line in data.splitlines() or [""]]
    return ("\n".join(lines) + "\n\n").encode()


def lines_event(lines: Sequence[RenderedLine]) -> bytes:
    """Log lines, in order, as one event."""
    return event("lines", "\n".join(line.html for line in lines), lines[-1].seq)


@dataclass(frozen=True, eq=False)
class Lines:
    """New lines of a log, and the event that tells all of them."""

    lines: Sequence[RenderedLine]
    event: bytes

    def event_after(self, seq: int) -> bytes:
        """The event for a viewer who has the lines up to `seq`; empty where nothing is new."""
        if self.lines[0].seq > seq:
            return self.event
        fresh = [line for line in self.lines if line.seq > seq]
        return lines_event(fresh) if fresh else b""


@dataclass(frozen=True, eq=False)
class State:
    """A deployment's state as it was rendered last; with `ended` it is the final one."""

    event: bytes
    ended: bool


News = Lines | State


@lru_cache(maxsize=8)  # nearly all viewers are at the same line, and lack the same
def unsent(news: tuple[News, ...], sent: int) -> tuple[tuple[bytes, ...], int, bool]:
    """(pieces to write, last line, ended): what a viewer who has the lines up to `sent` lacks.

    Of several states only the newest, behind the lines and in one piece with the last of them.
    """
    pieces, state = [b""], None
    for each in news:
        if isinstance(each, State):
            state = each
        elif told := each.event_after(sent):
            pieces.append(told)
            sent = each.lines[-1].seq
    if state:
        pieces[-1] += state.event
    ended = state is not None and state.ended
    if ended:
        pieces[-1] += event("end")
    return tuple(piece for piece in pieces if piece), sent, ended
