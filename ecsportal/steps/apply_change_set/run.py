"""Running the step on one target: execute the change set, follow the stack."""

from __future__ import annotations

from dataclasses import dataclass

from ecsportal.cloudformation.change_sets import ChangeSet, describe_change_set
from ecsportal.cloudformation.stacks import Stack, StackRequest
from ecsportal.cloudformation.states import Next, state_of, what_next
from ecsportal.steps.apply_change_set.inputs import ApplyChangeSetInputs, check_rules, name_of
from ecsportal.steps.contract import Progress, RunContext, Succeeded
from ecsportal.steps.problems import Problem
from ecsportal.steps.run_memory import seconds_since
from ecsportal.steps.stack_operation import look, others, page
from ecsportal.steps.stack_operation.any_stack import AnyStackAttempt
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.stack_operation.inputs_run import InputsRunner
from ecsportal.steps.stack_operation.memory import StackMemory
from ecsportal.steps.wait_option import Wait
from ecsportal.steps.wording import counted, duration

_TAKES_NONE = (Next.DELETE, Next.ROLL_BACK, Next.CONTINUE)
"""What a stack needs first that takes no change set as it is."""


@dataclass
class ChangeSetAttempt(AnyStackAttempt):
    """One target's attempt to execute a change set."""

    run: RunContext
    memory: StackMemory
    inputs: ApplyChangeSetInputs

    replaces = False  # its change set would be gone with the stack

    @property
    def stack_name(self) -> str:
        return name_of(self.inputs.stack_id)

    @property
    def request(self) -> StackRequest:
        """Of no use here: the change set has all that is needed."""
        return StackRequest(name=self.stack_name)

    @property
    def wait_option(self) -> Wait:
        return self.inputs.wait


class ApplyChangeSetRunner(InputsRunner[ApplyChangeSetInputs]):
    """Executes a change set once, then follows the stack as any other operation."""

    model = ApplyChangeSetInputs

    def rules(self, inputs: ApplyChangeSetInputs) -> list[Problem]:
        return check_rules(inputs)

    def attempt_with(
        self, run: RunContext, memory: StackMemory, inputs: ApplyChangeSetInputs
    ) -> ChangeSetAttempt:
        return ChangeSetAttempt(run, memory, inputs)

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
        stack = look.found(attempt)
        page.show_stack(attempt, stack)
        if found.changes_nothing:
            attempt.log.info(f"Change set {found.name} is empty: there is nothing to apply")
            memory.no_changes = True
            return Succeeded(attempt.outputs(stack))
        if found.is_pending:
            ran = seconds_since(attempt.run.started_at.isoformat(), attempt.run.now)
            attempt.say_waiting(
                f"Change set {found.name} is still {found.status}, {duration(ran)}", ran
            )
            return attempt.wait()
        if found.execution != "AVAILABLE":
            return _not_executable(attempt, found)
        if stack and not state_of(stack.status).ended and stack.status != "REVIEW_IN_PROGRESS":
            return others.wait(attempt, stack)
        if stack and what_next(stack.status) in _TAKES_NONE:
            return _has_to_be_mended(attempt, found, stack)
        look.mark_events(attempt)
        attempt.log.highlight(
            f"Executing change set {found.name} of stack {attempt.stack_name}:"
            f" {counted(len(found.changes), 'change')}"
        )
        return attempt.intend("execute")


def _has_to_be_mended(attempt: ChangeSetAttempt, found: ChangeSet, stack: Stack) -> Progress:
    return attempt.fail(
        "CFN-CHANGE-SET",
        f"Change set {found.name} can't be executed: stack {attempt.stack_name} is in"
        f" {stack.status}.",
        "Deploy the release again: the step that proposes the change set mends the stack first, and"
        " proposes a new one.",
        cause="change-set-gone",
    )


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
