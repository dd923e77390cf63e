"""A stack of anything: when it is complete, its outputs are those of the step."""

from __future__ import annotations

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.stacks import Stack, list_resources
from ecsportal.steps.contract import Progress, Succeeded
from ecsportal.steps.stack_operation import page
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.stack_operation.services_in_use import services_in_use
from ecsportal.steps.wording import counted, duration


class AnyStackAttempt(StackAttempt):
    """An attempt that knows of its stack only what CloudFormation says."""

    @property
    def asks_code(self) -> str:
        return "CFN-STACK-STUCK" if self._holds_imports else super().asks_code

    @property
    def _holds_imports(self) -> bool:
        """What was imported was there before the stack: it may be a database that is in use."""
        return self.memory.status == "IMPORT_ROLLBACK_FAILED"

    def in_use(self) -> str:
        """The services that still run, and what was imported."""
        serves = services_in_use(self)
        if not self._holds_imports:
            return serves
        imported = "what was imported into it is deleted with it, unless its template retains that"
        return f"{imported}; {serves}" if serves else imported

    def arrived(self, stack: Stack | None) -> Progress:
        """The stack is complete: its outputs become the step's."""
        page.show_stack(self, stack)
        self._show_resources()
        if not self.memory.no_changes:
            ran = duration(self.memory.operation_seconds(self.run.now))
            status = stack.status if stack else "complete"
            self.log.highlight(f"Stack {self.stack_name} is {status} after {ran}")
        if stack and stack.outputs:
            self.log.info(f"{counted(len(stack.outputs), 'output')}: {', '.join(stack.outputs)}")
        return Succeeded(self.outputs(stack))

    def _show_resources(self) -> None:
        try:
            found = list_resources(self.cfn, self.memory.stack_id or self.stack_name)
        except AwsError as error:
            if error.code != "AWS-PERMISSION":
                raise
            self.log.warning(f"{error.message} The stack's resources can't be shown.")
            return
        page.show_resources(self, found)

    def outputs(self, stack: Stack | None) -> dict[str, str]:
        """Every output of the stack as `AwsOutputs[Name]`."""
        own = stack.outputs if stack else {}
        found = {
            "CloudFormationStackName": self.stack_name,
            "Region": self.run.target.region,
            "AwsOutputs[StackId]": stack.id if stack else self.memory.stack_id,
            "AwsOutputs[ChangesetId]": self.memory.change_set_id,
            **{f"AwsOutputs[{name}]": text for name, text in own.items()},
        }
        return {name: text for name, text in found.items() if text}
