"""Running the step: one question a turn, until the answer is right or the attempts are used up."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from ecsportal.steps.contract import (
    Cancelled,
    Failed,
    JsonDict,
    Progress,
    RunContext,
    StepError,
    Succeeded,
    Waiting,
)
from ecsportal.steps.http_check.inputs import HttpCheckInputs, check_rules
from ecsportal.steps.http_check.probe import Answer, NoAnswerError, ask
from ecsportal.steps.modelled import fit_inputs, read_model

_SHOWN = 500
_TIMES = ("once", "twice", "three times", "four times", "five times", "six times", "seven times",
          "eight times", "nine times", "ten times", "eleven times", "twelve times")  # fmt: skip


class HttpCheckRunner:
    """Asks the address. Holds nothing: the attempts so far are in the state it returns."""

    def start(self, run: RunContext) -> Progress:
        """Check the inputs, then ask for the first time."""
        inputs = fit_inputs(HttpCheckInputs, check_rules, run)
        if isinstance(inputs, Failed):
            return inputs
        run.log.info(f"{inputs.method} {inputs.url}, expecting {_expected(inputs)}")
        return _attempt(run, inputs, {"attempt": 1})

    def poll(self, run: RunContext, state: JsonDict) -> Progress:
        """Ask again."""
        return _attempt(run, read_model(HttpCheckInputs, run.inputs), state)

    def cancel(self, run: RunContext, state: JsonDict) -> Progress:
        """Ask no more."""
        return Cancelled()


def _attempt(run: RunContext, inputs: HttpCheckInputs, state: JsonDict) -> Progress:
    number, attempts = int(state["attempt"]), int(inputs.attempts)
    began = time.monotonic()
    final, answer = False, None
    try:
        answer = ask(inputs.method, inputs.url, expected=int(inputs.status), allow=_remote_allow())
        found = _found(inputs, answer)
    except NoAnswerError as error:
        found, final = str(error), error.is_final
    took = time.monotonic() - began
    said = answer.words if answer and found else found
    run.log.verbose(f"Attempt {number} of {attempts}: {said or 'as expected'}, {took:.1f} s")
    if answer and not found:
        return _succeeded(run, inputs, answer, number)
    same = found == state.get("found", found) and state.get("same", True)
    if final or number >= attempts:
        return _failed(run, inputs, found, answer, times=number if same else 0)
    kept = {**state, "attempt": number + 1, "found": found, "same": same}
    return Waiting(kept, float(inputs.interval_seconds))


def _remote_allow() -> tuple[str, ...]:
    from django.conf import settings  # noqa: PLC0415 -- only a run needs the installation's settings

    return tuple(settings.REMOTE_ALLOW)


def _found(inputs: HttpCheckInputs, answer: Answer) -> str:
    """What is wrong with the answer, as the end of a sentence; empty where it is right."""
    if answer.status != int(inputs.status):
        return f"answered {answer.status}"
    if inputs.body_contains and inputs.body_contains not in answer.body:
        return f"answered {answer.status} without the expected text"
    return ""


def _expected(inputs: HttpCheckInputs) -> str:
    text = f' with "{inputs.body_contains}" in the body' if inputs.body_contains else ""
    return f"{inputs.status}{text}"


def _seconds(run: RunContext) -> int:
    return round((run.now - run.started_at).total_seconds())


def _succeeded(run: RunContext, inputs: HttpCheckInputs, answer: Answer, number: int) -> Succeeded:
    after = f" at attempt {number}, after {_seconds(run)} s" if number > 1 else ""
    run.log.highlight(f"{_path(inputs.url)} answers {_expected(inputs)}{after}")
    return Succeeded({"Status": str(answer.status), "Attempts": str(number)})


def _failed(
    run: RunContext,
    inputs: HttpCheckInputs,
    found: str,
    answer: Answer | None,
    *,
    times: int,
) -> Failed:
    """`times` is how often the same came back; 0 where it differed from time to time."""
    path, expected = _path(inputs.url), _expected(inputs)
    said = found if answer else f"can't be asked: {found}"
    if answer is None:
        tried = f", {_times(times)} in {_seconds(run)} s" if times > 1 else ""
        message = f"{path} {said}{tried}."
    elif times:
        over = f" in {_seconds(run)} s" if times > 1 else ""
        message = f"{path} {said} {_times(times)}{over}; expected {expected}."
    else:
        message = f"{path} {said} at the last of {inputs.attempts} attempts; expected {expected}."
    details = [f"{inputs.method} {inputs.url}"]
    if answer is not None:
        details += [f"The last answer: {answer.words}", *_shown(answer.body)]
    return Failed(
        StepError(
            code="HTTP-CHECK-FAILED",
            message=message,
            advice="Read what the service logs at that address, or correct the step's address, "
            "expectation or number of attempts, then retry.",
            cause="http-check",
            details=tuple(details),
        )
    )


def _path(url: str) -> str:
    """What sentences call the address: its path, or its host where it has none."""
    parts = urlsplit(url)
    return parts.path if len(parts.path) > 1 else parts.netloc


def _times(count: int) -> str:
    return _TIMES[count - 1] if count <= len(_TIMES) else f"{count} times"


def _shown(body: str) -> list[str]:
    """The body's beginning. Cut between words: half a secret would pass the masking."""
    text = "".join(letter for letter in body if letter.isprintable() or letter == "\n")
    if len(text) > _SHOWN:
        head = text[:_SHOWN]
        text = head[: max(head.rfind(" "), head.rfind("\n"), 0)]
    return [line for line in text.splitlines() if line.strip()]
