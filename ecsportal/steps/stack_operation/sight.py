"""Looking at a stack past every shared look: before something is undone or done once more."""

from __future__ import annotations

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.events import stack_of_events
from ecsportal.cloudformation.stacks import Stack, describe_stack
from ecsportal.steps.stack_operation.attempt import StackAttempt


def stack_now(attempt: StackAttempt, name: str) -> Stack | None:
    """The stack by name or id, None where there is none.

    Whoever may not describe it is told its state by its own events.
    """
    try:
        return describe_stack(attempt.cfn, name)
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
        return stack_of_events(attempt.cfn, name)
