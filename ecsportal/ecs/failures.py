"""Why a task stopped, judged from all that AWS says of it and from its container's last words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ecsportal.aws.causes import Cause, Mend, Naming, first_cause_of, unknown_cause
from ecsportal.ecs.causes import RULES
from ecsportal.ecs.tasks import Container, Task


@dataclass(frozen=True)
class ExitCode:
    """What an exit code usually means; `slug` is the cause that it stands for."""

    slug: str
    meaning: str
    advice: str = (
        "Read the last lines of container {name} and correct what they name: in a new release, or"
        " in place and then retry."
    )
    heals: bool = True
    mend: Mend = Mend.ROLL_BACK
    at_first: Mend = Mend.STEP
    """As those of a rule."""


EXIT_CODES = {
    0: ExitCode(
        "finished",
        "it finished its work and ended; a service has to keep running",
        "Let container {name} keep running, or mark it as not essential in the step.",
    ),
    1: ExitCode("crash", "an error of the application", at_first=Mend.RELEASE),
    126: ExitCode(
        "command-not-runnable",
        "its command can't be executed",
        "Make the file executable in the image, or correct the command in the step.",
        heals=False,
    ),
    127: ExitCode(
        "command-not-found",
        "its command was not found",
        "Check command, entry point and the shell in the image.",
        heals=False,
    ),
    132: ExitCode(
        "illegal-instruction",
        "its CPU doesn't know an instruction of the program",
        "Build the image for the CPU architecture that the step names.",
    ),
    134: ExitCode("abort-signal", "it ended itself (abort)", at_first=Mend.RELEASE),
    137: ExitCode(
        "out-of-memory",
        "it was killed, most often for using too much memory",
        "Raise its memory limit, or the task's, if its log doesn't tell another reason.",
        mend=Mend.STEP,
    ),
    139: ExitCode("segmentation-fault", "it crashed (segmentation fault)", at_first=Mend.RELEASE),
    143: ExitCode("asked-to-stop", "it was asked to stop", mend=Mend.ELSEWHERE),
}
_CRASH = ExitCode("crash", "")

_ERROR_LINE = re.compile(r"fatal|error|exception|panic|cannot|could not|failed", re.IGNORECASE)
_WORDS = "zero,one,two,three,four,five,six,seven,eight,nine,ten,eleven,twelve"
_NUMBERS = _WORDS.split(",")


def explain_exit_code(code: int) -> str:
    """What an exit code usually means, or an empty text."""
    return EXIT_CODES.get(code, _CRASH).meaning


def cause_of_task(
    task: Task, naming: Naming | None = None, *, log: Sequence[str] = (), unhealthy: str = ""
) -> Cause:
    """Why the task stopped. `log` has the last lines of the container that failed, if known;
    `unhealthy` is what the load balancer said of an unhealthy target of the same service."""
    culprit = culprit_of(task)
    reasons = [task.stop_reason]
    for container in task.containers:
        if container.reason and container.reason not in task.stop_reason:
            reasons.append(f"{container.name}: {container.reason}")
    quote = "; ".join(text for text in reasons if text)
    wrong_format = next((line for line in log if "exec format error" in line), "")
    said = f"{task.stop_code} {quote} {wrong_format}"
    if unhealthy and "failed ELB health checks" in task.stop_reason:
        said += f" is unhealthy in (target-group) due to (reason {unhealthy})"
    known = first_cause_of(RULES, said, naming or Naming(), culprit.name if culprit else "")
    if known is not None:
        return replace(known, quote=quote)
    if culprit and culprit.exit_code is not None:
        return _crash(task, culprit, quote, _last_words(log))
    return unknown_cause(quote or task.stop_code)


def cause_of_text(text: str, naming: Naming | None = None) -> Cause | None:
    """The known cause behind a service event, or None."""
    return first_cause_of(RULES, text, naming or Naming())


def _last_words(log: Sequence[str]) -> str:
    """The last line that names an error, short enough for a sentence."""
    telling = [line for line in log if _ERROR_LINE.search(line)]
    return telling[-1].strip()[:200] if telling else ""


def _crash(task: Task, culprit: Container, quote: str, last_words: str) -> Cause:
    code = culprit.exit_code or 0
    lived = task.lived_seconds
    after = "" if lived is None else f" {_seconds(lived)} after it starts"
    known = EXIT_CODES.get(code, _CRASH)
    why = f": {known.meaning}." if known.meaning else "."
    if last_words and known.slug == "crash":
        why = f': "{last_words}"'
    return Cause(
        known.slug,
        f"Container {culprit.name} exits with code {code}{after}{why}",
        known.advice.format(name=culprit.name),
        known.heals,
        quote,
    )


def _seconds(count: int) -> str:
    """Few seconds in words: beside an exit code a second number would be hard to read."""
    number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    return f"{number} second" if count == 1 else f"{number} seconds"


def culprit_of(task: Task) -> Container | None:
    """The container to name: the one with a reason, else with a bad exit code, else any ended."""
    containers = task.containers
    with_reason = [c for c in containers if c.reason]
    bad = [c for c in containers if c.exit_code not in (None, 0, 143)]
    ended = [c for c in containers if c.exit_code is not None]
    return next(iter(with_reason or bad or ended or containers), None)


def no_progress(minutes: float) -> Cause:
    """A rollout that stands still."""
    return Cause(
        "no-progress",
        f"For {minutes:g} min no task became healthy and ECS reported nothing new.",
        "Look at the tasks that are pending: capacity, network and the image's size are the usual"
        " reasons.",
        False,
    )


def most_telling(causes: Sequence[Cause]) -> Cause | None:
    """The cause to show first: one that doesn't heal, else the one seen most often."""
    seen = [cause for cause in causes if cause.slug != "unknown"] or causes
    for cause in seen:
        if not cause.heals:
            return cause
    times = Counter(cause.slug for cause in seen)
    return max(seen, key=lambda cause: times[cause.slug], default=None)
