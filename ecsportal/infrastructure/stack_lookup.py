"""Whether stacks exist where deployment targets point to; asks AWS, from `/remote/` pages only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ecsportal.aws import sessions
from ecsportal.aws.credentials import TURN_LIMITS, AwsCredentials
from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.stacks import describe_stack
from ecsportal.infrastructure.accounts import aws_credentials
from ecsportal.infrastructure.asking import ask_all
from ecsportal.infrastructure.models import DeploymentTarget

SECONDS = 12.0


@dataclass(frozen=True)
class StackLook:
    """`exists` is None where AWS didn't tell, and `problem` says why."""

    exists: bool | None
    status: str = ""
    problem: str = ""


def look_up_stacks(wanted: Sequence[tuple[DeploymentTarget, str]]) -> list[StackLook]:
    """What is known of each stack, in the order asked; takes targets with their account loaded."""
    questions = [(aws_credentials(target.account), target.region, name) for target, name in wanted]
    too_late = StackLook(None, problem="AWS does not answer in time.")
    return ask_all(lambda asked: _look(*asked), questions, too_late=too_late, seconds=SECONDS)


def _look(credentials: AwsCredentials, region: str, name: str) -> StackLook:
    try:
        client = sessions.client("cloudformation", credentials, region, limits=TURN_LIMITS)
        stack = describe_stack(client, name)
    except AwsError as error:
        return StackLook(None, problem=error.message)
    if stack is None or stack.status in ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS"):
        return StackLook(False, stack.status if stack else "")
    return StackLook(True, stack.status)
