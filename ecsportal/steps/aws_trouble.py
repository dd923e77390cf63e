"""What AWS's errors mean for a run: wait longer, take fresh credentials, or end.

Every AWS step runs its parts through `within`. Throttling and a silent AWS are waited out for half
an hour, expired credentials are renewed once in a row, everything else that AWS refuses ends the
step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ecsportal.aws.errors import AwsError
from ecsportal.aws.sessions import known_identity
from ecsportal.steps.contract import Progress, Waiting
from ecsportal.steps.reasons import told
from ecsportal.steps.run_memory import seconds_since
from ecsportal.steps.step_attempt import StepAttempt
from ecsportal.steps.wording import duration

Attempt = TypeVar("Attempt", bound=StepAttempt)

_TOLD_AFTER = 120
"""Seconds without an answer until it is said aloud; retries are nobody's business before."""
_GIVE_UP_SECONDS = 1800
"""How long AWS may stay silent before the step ends; what runs there goes on without us."""


def within(attempt: Attempt, part: Callable[[Attempt], Progress]) -> Progress:
    """Run one part of a turn; what AWS refuses or delays is decided here, once for all."""
    memory = attempt.memory
    before = memory.trouble, memory.trouble_since
    memory.trouble, memory.trouble_since = 0, ""
    told, memory.told_trouble = memory.told_trouble, False
    try:
        progress = part(attempt)
    except AwsError as error:
        memory.trouble, memory.trouble_since = before
        memory.told_trouble = told
        return _trouble(attempt, error)
    if before[0]:
        say = attempt.log.wait if told else attempt.log.verbose
        say("AWS answers again")
    memory.renewed = False  # the next time they expire is another one
    return progress


def say_who(attempt: StepAttempt) -> None:
    """Log the AWS identity in use; whoever may not ask for it goes on without."""
    try:
        attempt.log.info(f"Running as {known_identity(attempt.run.aws.sts).arn}")
    except AwsError as error:
        if error.code != "AWS-PERMISSION" or error.operation == "AssumeRole":
            raise
        attempt.log.warning(f"{error.message} Which identity runs here stays unknown.")


def _trouble(attempt: StepAttempt, error: AwsError) -> Progress:
    memory, now = attempt.memory, attempt.run.now
    if error.expired and not memory.renewed:
        memory.renewed = True
        attempt.log.verbose(f"{error.message} Taking fresh credentials.")
        return Waiting(memory.dump(), 1.0)
    if not error.transient:
        return _ended(attempt, error, error.happened or error.message)
    memory.trouble += 1
    memory.trouble_since = memory.trouble_since or now.isoformat()
    if seconds_since(memory.trouble_since, now) > _GIVE_UP_SECONDS:
        return _ended(attempt, error, f"AWS has not answered for 30 min. {error.message}")
    if attempt.past_deadline and not memory.is_ending:
        return attempt.fail_in_time(f"AWS to answer: {error.message}", error.advice)
    silent = seconds_since(memory.trouble_since, now)
    if silent >= _TOLD_AFTER and not memory.told_trouble and error.code != "AWS-THROTTLED":
        memory.told_trouble = True
        attempt.log.wait(
            f"{error.message} {error.advice} Trying again for up to 30 min, since"
            f" {duration(silent)}"
        )
    else:
        attempt.log.verbose(f"{error.message} Trying again, more slowly.")
    return attempt.wait_longer()


def _ended(attempt: StepAttempt, error: AwsError, message: str) -> Progress:
    stays = attempt.left_running() if attempt.memory.operation_at else ""
    known = attempt.memory.failure
    if known is not None:
        # It had failed already: why stays its cause, whatever keeps us from seeing it taken back.
        attempt.log.warning(f"{message} {error.advice}".strip())
        said = [text for text in (known.get("quote", ""), stays, error.message) if text]
        return attempt.fail(
            known["code"],
            known["message"],
            known["advice"],
            cause=known["cause"],
            evidence=map(told, said),
        )
    return attempt.fail(
        error.code,
        message,
        error.advice,
        cause=error.code.lower(),
        evidence=[told(text) for text in (stays, error.aws_text if error.happened else "") if text],
    )
