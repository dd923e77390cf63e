"""Nested generators without nested Python calls.

A step of work is a generator that yields other steps and receives their results. The depth of
nesting is then bound by memory alone, not by the interpreter's recursion limit.
"""

from collections.abc import Generator
from typing import Any, TypeVar

T = TypeVar("T")
Work = Generator[Generator[Any, Any, Any], Any, T]


def run(work: Work[T]) -> T:
    """The result of `work`; what a step raises goes to the step that waits for it."""
    waiting: list[Generator[Any, Any, Any]] = [work]
    result: Any = None
    failure: BaseException | None = None
    while waiting:
        current = waiting[-1]
        try:
            if failure is None:
                waiting.append(current.send(result))
                result = None
            else:
                raised, failure = failure, None
                waiting.append(current.throw(raised))
                result = None
        except StopIteration as stop:
            waiting.pop()
            result = stop.value
        except Exception as error:  # noqa: BLE001 -- handed on to the step below, raised at the end
            waiting.pop()
            failure, result = error, None
    if failure is not None:
        raise failure
    return result  # type: ignore[no-any-return]
