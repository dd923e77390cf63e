"""A wave: work on many resources, each begun once those it waits for are done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ecsportal.sandbox.clock import Clock
from ecsportal.sandbox.cloudformation.resource_type import ResourceFailure
from ecsportal.sandbox.cloudformation.resource_work import Work

_LOOKS_EVERY = 1.0
_LOOKS_SELDOM = 15.0
_PATIENCE = 300.0
_FAILURES = (ResourceFailure, KeyError, TypeError, ValueError, AttributeError)
"""The last four: a template's properties that a type cannot make anything of."""


class Wave:
    """Works through `works`, then calls `on_done`, or `on_failed` with the resources that failed.

    By default a failure cancels what is under way. With `goes_on` the rest is finished first,
    except for what waits for the failed one.
    """

    def __init__(
        self,
        clock: Clock,
        works: Sequence[Work],
        on_done: Callable[[], None],
        on_failed: Callable[[list[str]], None],
        *,
        goes_on: bool = False,
    ) -> None:
        self._clock = clock
        self._waiting = list(works)
        self._running: list[tuple[datetime, Work]] = []
        self._failed: list[str] = []
        self._on_done, self._on_failed = on_done, on_failed
        self._goes_on = goes_on
        self._is_stopped = False

    def start(self) -> None:
        """Begin what waits for nothing, and look again every second."""
        self._look()

    def stop(self) -> None:
        """Give up: what is under way is noted as cancelled, nothing is called any more."""
        self._is_stopped = True
        for _, work in self._running:
            work.cancel()
        self._running.clear()

    def abandon(self) -> None:
        """Give up without a word: nothing is noted or called any more."""
        self._is_stopped = True
        self._running.clear()

    def _look(self) -> None:
        if self._is_stopped:
            return
        self._finish_done()
        if self._failed and not self._goes_on:
            self.stop()
            self._on_failed(self._failed)
            return
        while self._begin_free():
            pass
        if self._failed and not self._goes_on:
            self.stop()
            self._on_failed(self._failed)
        elif self._running:
            self._clock.after(self._pause(), self._look)
        elif self._failed:
            self._on_failed(self._failed)
        else:
            self._on_done()

    def _pause(self) -> float:
        oldest = min(began for began, _ in self._running)
        waited = (self._clock.now() - oldest).total_seconds()
        return _LOOKS_EVERY if waited < _PATIENCE else _LOOKS_SELDOM

    def _finish_done(self) -> None:
        now = self._clock.now()
        for entry in list(self._running):
            began, work = entry
            if (now - began).total_seconds() < work.seconds:
                continue
            try:
                if not work.is_done():
                    continue
                work.finish()
            except _FAILURES as failure:
                self._fail(work, failure)
            self._running.remove(entry)

    def _begin_free(self) -> bool:
        """Begin what is free; True if that may have freed more."""
        unfinished = {work.logical_id for work in self._waiting}
        unfinished |= {work.logical_id for _, work in self._running}
        unfinished |= set(self._failed)
        freed = False
        for work in list(self._waiting):
            if work.waits_for & unfinished - {work.logical_id}:
                continue
            self._waiting.remove(work)
            try:
                if work.begin():
                    self._running.append((self._clock.now(), work))
                else:
                    freed = True
            except _FAILURES as failure:
                self._fail(work, failure)
        return freed

    def _fail(self, work: Work, failure: Exception) -> None:
        if not isinstance(failure, ResourceFailure):
            failure = ResourceFailure(f"Model validation failed ({failure!r})", "InvalidRequest")
        work.fail(failure.reason)
        self._failed.append(work.logical_id)
