from __future__ import annotations

from tests.chaos.viewer import Event, events


def test_events_are_read_with_their_ids() -> None:
    lines = [": open", "", "event: lines", "id: 2", "data: <li>", "data: </li>", "",
             "event: end", "data: ", ""]  # fmt: skip
    assert list(events(lines)) == [Event("lines", "<li>\n</li>", "2"), Event("end", "", "")]


def test_an_event_that_was_cut_off_is_none() -> None:
    assert list(events(["event: lines", "id: 2", "data: <li>"])) == []
