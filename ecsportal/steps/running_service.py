"""A step from a service that runs: what a step type gets, and what it answers.

Everything that AWS tells is ticked off key by key, so that what no input holds is named.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from ecsportal.steps.contract import JsonDict

SHOWN_LENGTH = 60


@dataclass(frozen=True)
class MatchedImage:
    """An image as it runs, and the feed that it comes from; `feed` is empty where none fits."""

    image: str
    feed: str
    repository: str
    tag: str
    container: str = ""


@dataclass(frozen=True)
class StackFacts:
    """The stack that a service belongs to: physical ids by logical id, and the other types."""

    name: str
    resources: Mapping[str, str]


@dataclass(frozen=True)
class RunningImport:
    """Inputs, what they don't hold, and what runs; `adopts` says that the stack's are the step's.

    `beside` are the stack's resources that the step's own template wouldn't have: adopting the
    stack deletes them.
    """

    inputs: JsonDict
    report: tuple[str, ...]
    images: tuple[MatchedImage, ...]
    adopts: bool = False
    beside: tuple[str, ...] = ()


MatchImage = Callable[[str], MatchedImage]


@runtime_checkable
class ImportsRunningServices(Protocol):
    """A step type that can be filled from a service."""

    def from_running_service(
        self,
        service: Mapping[str, Any],
        task_definition: Mapping[str, Any],
        *,
        match_image: MatchImage,
        stack: StackFacts | None,
    ) -> RunningImport:
        """The step that would deploy this service.

        With `stack` it adopts that stack: what the stack makes itself (role, log group) is left to
        it again. The mappings are DescribeServices' and DescribeTaskDefinition's.
        """


class Facts:
    """One object of AWS's answer, read key by key."""

    def __init__(self, values: Any, path: str, report: list[str]) -> None:
        self._values: Mapping[str, Any] = values if isinstance(values, Mapping) else {}
        self._path, self.report = path, report
        self._read: set[str] = set()

    def path(self, key: str) -> str:
        """Where the key stands."""
        return f"{self._path}.{key}" if self._path else key

    def take(self, key: str, default: Any = None) -> Any:
        """The value, or the default where there is none or null."""
        self._read.add(key)
        value = self._values.get(key)
        return default if value is None else value

    def ignore(self, *keys: str) -> None:
        """Keys that say nothing about what to deploy."""
        self._read.update(keys)

    def usual(self, key: str, *values: Any) -> None:
        """A key that is reported unless it has one of these values, or none."""
        value = self.take(key)
        if value is not None and value not in values:
            self.tell(key, value)

    def object(self, key: str) -> Facts:
        """The object under the key."""
        return Facts(self.take(key), self.path(key), self.report)

    def objects(self, key: str) -> list[Facts]:
        """The objects of a list."""
        return [
            Facts(item, f"{self.path(key)}[{index}]", self.report)
            for index, item in enumerate(self.take(key, []))
        ]

    def tell(self, key: str, value: Any) -> None:
        """Report a value that no input holds."""
        shown = json.dumps(value, default=str, ensure_ascii=False)
        cut = shown if len(shown) <= SHOWN_LENGTH else f"{shown[: SHOWN_LENGTH - 1]}…"
        self.report.append(f"{self.path(key)}: {cut} has no input in this step.")

    def close(self) -> None:
        """Report every key with a value that nobody asked for."""
        for key, value in self._values.items():
            if key not in self._read and value not in (None, "", [], {}, False):
                self.tell(key, value)
