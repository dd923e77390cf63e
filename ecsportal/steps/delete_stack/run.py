"""Running the step on one target: delete the stack, and see it gone."""

from __future__ import annotations

from dataclasses import dataclass

from ecsportal.cloudformation.stacks import Stack, StackRequest
from ecsportal.cloudformation.states import state_of
from ecsportal.steps.contract import Cancelled, Progress, RunContext, Succeeded
from ecsportal.steps.delete_stack.inputs import DeleteStackInputs, check_rules
from ecsportal.steps.problems import Problem
from ecsportal.steps.stack_operation import look, others, page, stuck
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.stack_operation.inputs_run import InputsRunner
from ecsportal.steps.stack_operation.memory import StackMemory
from ecsportal.steps.wait_option import Wait
from ecsportal.steps.wording import duration

_DELETABLE = ("CREATE_IN_PROGRESS", "REVIEW_IN_PROGRESS")


@dataclass
class DeletionAttempt(StackAttempt):
    """One target's attempt to delete a stack."""

    run: RunContext
    memory: StackMemory
    inputs: DeleteStackInputs

    failed_code = "CFN-DELETE-FAILED"
    after_deletion = ""
    ends_with = ("delete", "retain")

    @property
    def stack_name(self) -> str:
        return self.inputs.stack_name

    @property
    def request(self) -> StackRequest:
        """Of no use here: nothing is created."""
        return StackRequest(name=self.stack_name)

    @property
    def wait_option(self) -> Wait:
        return self.inputs.wait

    def deleted(self) -> Progress:
        ran = duration(self.memory.operation_seconds(self.run.now))
        if self.memory.cancelling:
            return Cancelled(f"Stack {self.stack_name} is deleted: that could not be stopped.")
        left = self.memory.left_behind
        behind = f"; left behind: {', '.join(left)}" if left else ""
        self.log.highlight(f"Stack {self.stack_name} is deleted after {ran}{behind}")
        return Succeeded(self.outputs(None), warnings=bool(left))

    def delete_failed(self, stack: Stack) -> Progress | None:
        """Leave behind what may be left; None where nothing of it is in the way."""
        if self.memory.cancelling or not self.inputs.retain_resources:
            return None
        stuck_now = [each.logical_id for each in stuck.in_the_way(self, stack)]
        named = [name for name in self.inputs.retain_resources if name in stuck_now]
        return stuck.leave_behind(self, named, ": can't be deleted") if named else None

    def arrived(self, stack: Stack | None) -> Progress:
        """There was nothing to delete."""
        return Succeeded(self.outputs(stack))

    def outputs(self, stack: Stack | None) -> dict[str, str]:
        found = {
            "CloudFormationStackName": self.stack_name,
            "Region": self.run.target.region,
            "AwsOutputs[StackId]": stack.id if stack else self.memory.stack_id,
        }
        return {name: text for name, text in found.items() if text}


class DeleteStackRunner(InputsRunner[DeleteStackInputs]):
    """Deletes the stack; one that isn't there is deleted already."""

    model = DeleteStackInputs

    def rules(self, inputs: DeleteStackInputs) -> list[Problem]:
        return check_rules(inputs)

    def attempt_with(
        self, run: RunContext, memory: StackMemory, inputs: DeleteStackInputs
    ) -> DeletionAttempt:
        return DeletionAttempt(run, memory, inputs)

    def look(self, attempt: StackAttempt) -> Progress:
        """Find the stack, and announce its deletion."""
        stack = look.found(attempt)
        page.show_stack(attempt, stack)
        if stack is None:
            attempt.log.info(f"There is no stack {attempt.stack_name}: nothing to delete")
            return Succeeded(attempt.outputs(None))
        memory = attempt.memory
        memory.status, memory.stack_id = stack.status, stack.id
        if stack.is_protected:
            return _protected(attempt)
        if stack.status == "DELETE_IN_PROGRESS":
            memory.operation = "delete"
            attempt.log.info(f"Stack {attempt.stack_name} is being deleted already, following that")
            return attempt.follow()
        # A first create may be deleted while it runs, and a change set holds nothing.
        free = state_of(stack.status).ended or stack.status in _DELETABLE
        if not free:
            return others.wait(attempt, stack)
        look.mark_events(attempt)
        seen = f" ({stack.status})" if stack.id else ""
        if stack.status == "DELETE_FAILED" and (retry := attempt.delete_failed(stack)):
            return retry
        attempt.log.highlight(f"Deleting stack {attempt.stack_name}{seen}")
        return attempt.intend("delete")


def _protected(attempt: StackAttempt) -> Progress:
    return attempt.fail(
        "CFN-DELETE-FAILED",
        f"Stack {attempt.stack_name} has termination protection.",
        "Somebody meant it to stay. Switch the protection off in AWS's console if it may go, then"
        " retry.",
        cause="termination-protection",
    )
