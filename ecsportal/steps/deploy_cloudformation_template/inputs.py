"""The inputs of the step."""

from __future__ import annotations

from typing import Annotated

from ecsportal.steps.fields import Flag, StepModel, Text, one_of
from ecsportal.steps.tags import Tag
from ecsportal.steps.wait_option import Wait

IAM, NAMED_IAM, AUTO_EXPAND = "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"


class ParameterValue(StepModel):
    """A value for one of the template's parameters; one left out has the template's default."""

    name: Text
    value: Text = ""


class TemplateImage(StepModel):
    """What `#{Octopus.Action.Package[reference].Image}` stands for; its tag comes by release."""

    reference: Text
    feed: Text = ""
    repository: Text = ""


class ChangeSetOption(StepModel):
    """Whether the stack changes by way of a change set; without a name it has one of its own."""

    enabled: Flag = False
    name: Text = ""
    defer: Flag = False


class DeployTemplateInputs(StepModel):
    """All inputs. The template is text as it was pasted, or stands at an address in S3."""

    stack_name: Text = ""
    template: Text = ""
    template_url: Text = ""
    parameters: list[ParameterValue] = []
    images: list[TemplateImage] = []
    capabilities: list[Annotated[str, one_of(IAM, NAMED_IAM, AUTO_EXPAND)]] = [NAMED_IAM]
    role_arn: Text = ""
    disable_rollback: Flag = False
    tags: list[Tag] = []
    wait: Wait = Wait()
    change_set: ChangeSetOption = ChangeSetOption()
