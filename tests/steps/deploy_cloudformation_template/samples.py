"""Templates and runs for the tests of the step."""

from __future__ import annotations

from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_cloudformation_template.run import DeployTemplateRunner
from tests.steps.driven_run import Driven

LOGS = """\
Parameters:
  Group: {Type: String, Description: Where lines go}
  Days: {Type: Number, Default: 3, AllowedValues: [1, 3, 7]}
Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Ref Group, RetentionInDays: !Ref Days}
Outputs:
  Name: {Value: !Ref Logs}
  Arn: {Value: !GetAtt Logs.Arn}
"""
GIVEN = [{"name": "Group", "value": "/shop/web"}, {"name": "Days", "value": ""}]


def inputs(**changes: Any) -> JsonDict:
    """Inputs that deploy: a log group."""
    return {
        "stack_name": "shop-logs",
        "template": LOGS,
        "parameters": GIVEN,
        "capabilities": [],
    } | changes


class TemplateRun(Driven):
    """One attempt of the step."""

    runner = DeployTemplateRunner()
    defaults = inputs()
    version = 1
