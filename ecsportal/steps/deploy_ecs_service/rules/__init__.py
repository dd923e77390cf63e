"""What AWS would refuse, found before it is asked. Bound fields are taken on trust.

Sources: the ECS, CloudFormation and IAM API References, and the ECS Developer Guide for Fargate.
"""

from __future__ import annotations

from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs
from ecsportal.steps.deploy_ecs_service.rules.findings import Findings
from ecsportal.steps.problems import Problem


def check_rules(inputs: DeployEcsServiceInputs) -> list[Problem]:
    """Every broken rule, in the order of the document."""
    return Findings().problems
