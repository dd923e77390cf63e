"""The stack of a template, as a stack operation sees it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ecsportal.cloudformation.stacks import StackRequest
from ecsportal.steps.contract import RunContext
from ecsportal.steps.deploy_cloudformation_template.inputs import DeployTemplateInputs
from ecsportal.steps.stack_operation.any_stack import AnyStackAttempt
from ecsportal.steps.stack_operation.memory import StackMemory
from ecsportal.steps.tags import stack_tags
from ecsportal.steps.wait_option import Wait


@dataclass
class TemplateAttempt(AnyStackAttempt):
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
    def wait_option(self) -> Wait:
        return self.inputs.wait

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
