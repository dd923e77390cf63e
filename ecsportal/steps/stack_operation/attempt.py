"""One target's attempt at a stack operation: what a step type says about its stack.

A step type derives its own and answers the questions below; what it leaves alone is the behaviour
of any stack. So the parts of this package never ask which step they serve.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from ecsportal.aws.causes import Cause, Naming
from ecsportal.cloudformation.events import StackEvent, newest_event_id
from ecsportal.cloudformation.shared_look import is_crowded
from ecsportal.cloudformation.stacks import Stack, StackRequest
from ecsportal.steps.contract import Cancelled, Intends, Progress, Waiting
from ecsportal.steps.reasons import Evidence
from ecsportal.steps.stack_operation.memory import StackMemory
from ecsportal.steps.step_attempt import SHORTEST_WAIT, StepAttempt
from ecsportal.steps.wait_option import Wait, deadline_of

_CROWDED_WAIT = 3.5
"""Seconds; the shortest wait in an account and region where many stacks are followed."""
_BEAT = 4.0
"""Seconds between the looks at all stacks of such an account and region."""


@dataclass
class StackAttempt(StepAttempt, ABC):
    """What the parts of a stack operation work on."""

    memory: StackMemory

    failed_code: ClassVar[str] = "CFN-DEPLOY-FAILED"
    contents: ClassVar[str] = "all that it holds"
    """What a deletion takes away, as the question to a person names it."""
    after_deletion: ClassVar[str] = ", and creates it anew"
    """What follows on a deletion, as the question to a person names it."""
    replaces: ClassVar[bool] = True
    """False for a step that can't create the stack anew once it is deleted."""
    ends_with: ClassVar[tuple[str, ...]] = ("create", "update", "execute")
    """The writes whose acceptance is the end of a step that doesn't wait."""

    @property
    def asks_code(self) -> str:
        """The code of the question whether a stack may be deleted that something uses."""
        return "ECS-STACK-HOLDS-SERVICE"

    @property
    def cfn(self) -> Any:
        return self.run.aws.cloudformation

    @property
    @abstractmethod
    def stack_name(self) -> str:
        """The stack's name."""

    @property
    @abstractmethod
    def request(self) -> StackRequest:
        """What create and update send: the same inputs give the same bytes."""

    @property
    def shortest_wait(self) -> float:
        """Where many stacks are followed, each is looked at a little less often."""
        return _CROWDED_WAIT if is_crowded(self.run.aws.place) else SHORTEST_WAIT

    def wait(self, *, changed: bool = False) -> Waiting:
        """Where many stacks are followed they are looked at together, so that one call tells all.

        Each account and region has its beat at another time.
        """
        waiting = super().wait(changed=changed)
        place, now = self.run.aws.place, self.run.now.timestamp()
        if not is_crowded(place):
            return waiting
        phase = hash(place) % 1000 / 1000 * _BEAT
        beats = math.ceil((now - phase + waiting.after - _BEAT / 2) / _BEAT)
        return replace(waiting, after=max(0.0, phase + beats * _BEAT - now))

    @property
    def naming(self) -> Naming:
        """What sentences about failures may name."""
        return Naming(cluster=self.run.target.cluster, region=self.run.target.region)

    @property
    def mends_rollback(self) -> bool:
        """True to continue a rollback that broke off, False to delete the stack at once."""
        return True

    @property
    def cancels_on_failure(self) -> bool:
        """True to stop an update that has no time left, so that the stack goes back."""
        return True

    @property
    def wait_option(self) -> Wait:
        """How long the step follows its stack."""
        return Wait()

    @property
    def deadline(self) -> datetime | None:
        return deadline_of(self.wait_option, self.run.started_at)

    @property
    def waits(self) -> bool:
        """False to end as soon as AWS has accepted the operation."""
        return self.wait_option.type != "dont_wait"

    @property
    def change_set_name(self) -> str:
        """The change set by way of which the stack changes, or empty for none."""
        return ""

    @property
    def defers(self) -> bool:
        """True to end with the change set, which another step executes."""
        return False

    @property
    def disables_rollback(self) -> bool:
        """True to leave what a failed operation made, to be looked at."""
        return False

    @property
    def token_prefix(self) -> str:
        """Begins every token of this attempt, and of no other."""
        return f"{self.run.token_base}-"

    def left_running(self) -> str:
        """The stack's state when it was last seen."""
        return (
            f"Stack {self.stack_name} was in {self.memory.status or 'an unknown state'} when it"
            " was last seen; what CloudFormation has begun goes on."
        )

    def intend(self, operation: str) -> Intends:
        """Announce a write; the second of its kind in an attempt has a token of its own.

        With the first one's AWS would take it for the same request, and begin nothing.
        """
        written = self.memory.written
        written[operation] = written.get(operation, 0) + 1
        self.memory.busy_with = self.memory.busy_status = ""
        self.memory.phase, self.memory.operation = "intent", operation
        return Intends(operation, self.token(operation), self.memory.dump())

    def token(self, operation: str) -> str:
        """The token of the write last announced under this name."""
        count = self.memory.written.get(operation, 1)
        return self.run.token(operation if count == 1 else f"{operation}-{count}")

    def follow(self) -> Waiting:
        """The write is accepted: follow it from its first event on."""
        self.memory.told_status = ""
        return super().follow()

    def look_again(self, after: float = 0.5) -> Waiting:
        """Look at the stack anew soon: what was found no longer holds."""
        self.memory.phase = "look"
        return Waiting(self.memory.dump(), after)

    def write(self, operation: str) -> Intends:
        """Announce the create or the update, or the change set by way of which it comes."""
        if not self.change_set_name:
            return self.intend(operation)
        self.memory.change_set_of = operation
        return self.intend("propose")

    # Before a write

    def cannot_create(self) -> Progress | None:
        """The end where a first stack could not come up; None where it may."""
        return None

    def remember(self, stack: Stack) -> str:
        """Remember how things stand before an update; returns what the update does, in words."""
        self.memory.known_events = [newest_event_id(self.cfn, stack.id)]
        return "updating it"

    def left_behind(self, stack: Stack) -> str:
        """Why a first create that still runs may be deleted at once, or empty."""
        return ""

    def retry_of_create(self) -> str:
        """What another attempt does about a first create that this one leaves to CloudFormation."""
        return (
            "waits for that end (and asks after 30 min whether to delete the stack), then updates"
            " the stack, or creates it anew where it failed"
        )

    def in_use(self) -> str:
        """What still runs in a stack that has to be deleted (`its service ...`), or empty."""
        return ""

    # While an operation runs

    def deleted(self) -> Progress:
        """The stack is gone: create it anew, unless its end was what the step is for."""
        if self.memory.cancelling:
            return Cancelled(f"Stack {self.stack_name} is deleted and not created anew.")
        self.memory.operation_at = ""
        self.memory.failed_events.clear()
        self.memory.stuck.clear()
        self.memory.left_behind.clear()
        return self.look_again()

    def delete_failed(self, stack: Stack) -> Progress | None:
        """What the step's inputs have tried after a deletion that broke off; None to ask."""
        return None

    def learn(self, event: StackEvent) -> None:
        """Take from a new event what the step needs to know."""

    def busy(self) -> bool:
        """True while CloudFormation waits for something that `watch` can see."""
        return False

    def watch(self) -> bool:
        """Look at what CloudFormation waits for; True when something has changed."""
        return False

    def hopeless(self) -> Cause | None:
        """Why the operation cannot succeed any more, or None while it may."""
        return None

    def keep_what_waits(self) -> None:
        """Keep what an operation without any time left still waits for: its end takes it away."""

    def runs_so_far(self) -> str:
        """How far what CloudFormation waits for has come (`1 of 4 tasks of web:3 running`), or
        empty."""
        return ""

    def tally(self) -> str:
        """What has been counted against the operation (`3 tasks failed`), or empty."""
        return ""

    # At the end

    @abstractmethod
    def arrived(self, stack: Stack | None) -> Progress:
        """The stack is in place: verify, and end with outputs; also after `no updates`."""

    @abstractmethod
    def outputs(self, stack: Stack | None) -> dict[str, str]:
        """The step's output variables; what isn't known yet is left out."""

    def cause(self) -> Cause | None:
        """Why the operation failed where the step knows better than the stack's events."""
        return None

    def what_runs(self) -> str:
        """What is left after a bad end (`web:57 runs 4 of 4 tasks`), or empty."""
        return ""

    def still_serving(self) -> str:
        """What still serves users, in a sentence; empty where that is not known."""
        return ""

    def evidence(self) -> list[Evidence]:
        """What AWS said besides the stack's failed events."""
        return []

    def goes_back_to(self) -> str:
        """What a cancelled update returns to (`web:57`), or empty."""
        return ""
