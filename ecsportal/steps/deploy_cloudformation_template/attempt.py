"""The stack of a template, as a stack operation sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from ecsportal.cloudformation.stacks import Stack, StackRequest, list_resources
from ecsportal.steps.contract import Progress, RunContext, Succeeded
from ecsportal.steps.deploy_cloudformation_template.inputs import DeployTemplateInputs
from ecsportal.steps.stack_operation import page
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.stack_operation.memory import StackMemory
from ecsportal.steps.tags import stack_tags
from ecsportal.steps.wait_option import deadline_of
from ecsportal.steps.wording import counted, duration


@dataclass
class TemplateAttempt(StackAttempt):
    """One target's attempt to bring a stack to what its template says."""

    run: RunContext
    memory: StackMemory
    inputs: DeployTemplateInputs

    @property
    def stack_name(self) -> str:
        """The name fixed at the first deployment, else the given one."""
        return self.run.stack_name or self.inputs.stack_name

    @cached_property
    def request(self) -> StackRequest:
        inputs = self.inputs
        return StackRequest(
            name=self.stack_name,
            template_body=inputs.template,
            template_url=inputs.template_url,
            parameters={given.name: given.value for given in inputs.parameters if given.value},
            tags=stack_tags(self.run.deployment, self.run.target, inputs.tags),
            capabilities=tuple(inputs.capabilities),
            role_arn=inputs.role_arn,
            disable_rollback=self.disables_rollback,
        )

    @property
    def deadline(self) -> datetime | None:
        return deadline_of(self.inputs.wait, self.run.started_at)

    @property
    def waits(self) -> bool:
        return self.inputs.wait.type != "dont_wait"

    @property
    def disables_rollback(self) -> bool:
        return self.inputs.disable_rollback is True

    @property
    def change_set_name(self) -> str:
        if self.inputs.change_set.enabled is not True:
            return ""
        return self.inputs.change_set.name or self.run.token("propose")

    @property
    def defers(self) -> bool:
        return self.inputs.change_set.defer is True

    def arrived(self, stack: Stack | None) -> Progress:
        """The stack is complete: its outputs become the step's."""
        page.show_stack(self, stack)
        page.show_resources(self, list_resources(self.cfn, self.memory.stack_id or self.stack_name))
        outputs = self.outputs(stack)
        if not self.memory.no_changes:
            ran = duration(self.memory.operation_seconds(self.run.now))
            status = stack.status if stack else "complete"
            self.log.highlight(f"Stack {self.stack_name} is {status} after {ran}")
        shown = stack.outputs if stack else {}
        if shown:
            self.log.info(f"{counted(len(shown), 'output')}: {', '.join(shown)}")
        return Succeeded(outputs)

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
