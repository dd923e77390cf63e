"""What AWS would refuse, found before it is asked. Bound fields are taken on trust.

Sources: the ECS, CloudFormation and IAM API References, and the ECS Developer Guide for Fargate.
"""

from __future__ import annotations

from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs
from ecsportal.steps.deploy_ecs_service.rules.beyond import check_beyond
from ecsportal.steps.deploy_ecs_service.rules.containers import check_containers
from ecsportal.steps.deploy_ecs_service.rules.service import check_service
from ecsportal.steps.deploy_ecs_service.rules.task import check_shares, check_task
from ecsportal.steps.deploy_ecs_service.rules.volumes import check_volumes
from ecsportal.steps.findings import Findings
from ecsportal.steps.problems import Problem

VALIDATION_ERROR = "ECS Deploy Validation Error"
"""What a deployment calls broken rules; Octopus Deploy's word."""


def check_rules(inputs: DeployEcsServiceInputs) -> list[Problem]:
    """Every broken rule, in the order of the document."""
    findings = Findings()
    check_task(findings, inputs)
    check_service(findings, inputs)
    check_volumes(findings, inputs.volumes)
    check_containers(findings, inputs)
    check_shares(findings, inputs)
    check_beyond(findings, inputs)
    return findings.problems
