"""Running the step on one target: execute the change set, follow the stack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ecsportal.cloudformation.change_sets import ChangeSet, describe_change_set
from ecsportal.cloudformation.events import newest_event_id
from ecsportal.cloudformation.stacks import Stack, StackRequest, describe_stack, list_resources
from ecsportal.cloudformation.states import state_of
from ecsportal.steps.apply_change_set.inputs import ApplyChangeSetInputs, check_rules, name_of
from ecsportal.steps.aws_trouble import within
from ecsportal.steps.contract import Failed, JsonDict, Progress, RunContext, Succeeded
from ecsportal.steps.modelled import fit_inputs, read_model
from ecsportal.steps.stack_operation import others, page
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.stack_operation.memory import StackMemory
from ecsportal.steps.stack_operation.run import StackRunner
from ecsportal.steps.wait_option import deadline_of
from ecsportal.steps.wording import counted, duration


@dataclass
class ChangeSetAttempt(StackAttempt):
    """One target's attempt to execute a change set."""

    run: RunContext
    memory: StackMemory
    inputs: ApplyChangeSetInputs

    @property
    def stack_name(self) -> str:
        return name_of(self.inputs.stack_id)

    @property
    def request(self) -> StackRequest:
        """Of no use here: the change set has all that is needed."""
        return StackRequest(name=self.stack_name)

    @property
    def deadline(self) -> datetime | None:
        return deadline_of(self.inputs.wait, self.run.started_at)

    @property
    def waits(self) -> bool:
        return self.inputs.wait.type != "dont_wait"

    def arrived(self, stack: Stack | None) -> Progress:
        """The stack is complete: its outputs become the step's."""
        page.show_stack(self, stack)
        page.show_resources(self, list_resources(self.cfn, self.memory.stack_id or self.stack_name))
        ran = duration(self.memory.operation_seconds(self.run.now))
        status = stack.status if stack else "complete"
        self.log.highlight(f"Stack {self.stack_name} is {status} after {ran}")
        return Succeeded(self.outputs(stack))

    def outputs(self, stack: Stack | None) -> dict[str, str]:
        """Every output of the stack as `AwsOutputs[Name]`."""
        own = stack.outputs if stack else {}
        found = {
            "CloudFormationStackName": self.stack_name,
            "Region": self.run.target.region,
            "AwsOutputs[StackId]": stack.id if stack else self.memory.stack_id,
            **{f"AwsOutputs[{name}]": text for name, text in own.items()},
        }
        return {name: text for name, text in found.items() if text}


class ApplyChangeSetRunner(StackRunner):
    """Executes a change set once, then follows the stack as any other operation."""

    def start(self, run: RunContext) -> Progress:
        """Check the inputs, then begin."""
        inputs = fit_inputs(ApplyChangeSetInputs, check_rules, run)
        if isinstance(inputs, Failed):
            return inputs
        attempt = ChangeSetAttempt(run, StackMemory(), inputs)
        page.clear(attempt)
        return within(attempt, self.begin)

    def attempt(self, run: RunContext, state: JsonDict) -> ChangeSetAttempt:
        """The attempt, its inputs read anew."""
        inputs = read_model(ApplyChangeSetInputs, run.inputs)
        return ChangeSetAttempt(run, StackMemory.load(state), inputs)

    def look(self, attempt: StackAttempt) -> Progress:
        """Find the change set; what can't be executed any more ends the step here."""
        assert isinstance(attempt, ChangeSetAttempt)  # noqa: S101 -- made by `attempt` above
        found = describe_change_set(
            attempt.cfn, attempt.inputs.change_set_id, stack=attempt.inputs.stack_id
        )
        if found is None:
            return _not_there(attempt)
        memory = attempt.memory
        memory.change_set_id, memory.stack_id = found.id, found.stack_id
        stack = describe_stack(attempt.cfn, found.stack_id)
        page.show_stack(attempt, stack)
        if found.changes_nothing:
            attempt.log.info(f"Change set {found.name} is empty: there is nothing to apply")
            memory.no_changes = True
            return Succeeded(attempt.outputs(stack))
        if found.is_pending:
            return attempt.wait()
        if found.execution != "AVAILABLE":
            return _not_executable(attempt, found)
        if stack and not state_of(stack.status).ended and stack.status != "REVIEW_IN_PROGRESS":
            return others.wait(attempt, stack)
        memory.known_events = [newest_event_id(attempt.cfn, found.stack_id)]
        attempt.log.highlight(
            f"Executing change set {found.name} of stack {attempt.stack_name}:"
            f" {counted(len(found.changes), 'change')}"
        )
        return attempt.intend("execute")


def _not_there(attempt: ChangeSetAttempt) -> Progress:
    return attempt.fail(
        "CFN-CHANGE-SET",
        f"Stack {attempt.stack_name} has no change set {attempt.inputs.change_set_id}.",
        "It was executed or deleted, or another step made it. Deploy the release again: the step"
        " that proposes it makes a new one.",
        cause="change-set-gone",
    )


def _not_executable(attempt: ChangeSetAttempt, found: ChangeSet) -> Progress:
    reason = [f"{found.status}, {found.execution}: {found.reason}".rstrip(": ")]
    done = found.execution.startswith("EXECUTE")
    return attempt.fail(
        "CFN-CHANGE-SET",
        f"Change set {found.name} of stack {attempt.stack_name} "
        + ("was executed already." if done else "can't be executed any more."),
        "The stack has changed since it was proposed. Deploy the release again: the step that"
        " proposes it makes a new one."
        if not done
        else "Look at the stack: whoever executed it may have had a reason.",
        cause="change-set-gone",
        details=reason,
    )
