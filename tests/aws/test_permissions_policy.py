"""The policy in the documentation allows what look-ups ask for."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ecsportal.aws.lookups import LOOKUPS
from ecsportal.aws.lookups.identity import role_exists
from ecsportal.aws.lookups.network import missing_security_groups, missing_subnets
from ecsportal.cloudformation.stacks import list_resources
from ecsportal.ecs.running_services import list_service_names, read_service
from ecsportal.sandbox import seed
from ecsportal.sandbox.server import RunningSandbox

PAGE = Path(__file__).parents[2] / "docs" / "aws-permissions.md"
OPEN_TO_EVERYBODY = "sts:GetCallerIdentity"


def allowed() -> set[str]:
    """The actions of the first policy on the page."""
    [policy, *_] = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    actions: set[str] = {OPEN_TO_EVERYBODY}
    for statement in json.loads(policy)["Statement"]:
        given = statement["Action"]
        actions |= {given} if isinstance(given, str) else set(given)
    return actions


def test_every_call_of_a_look_up_is_in_the_policy(sandbox: RunningSandbox) -> None:
    for lookups in LOOKUPS.values():
        for lookup in lookups:
            lookup.read(sandbox.client, "")
    ec2, ecs = sandbox.client("ec2"), sandbox.client("ecs")
    missing_subnets(ec2, seed.SUBNET_IDS)
    missing_security_groups(ec2, ["sg-0123abcd"])
    role_exists(sandbox.client("iam"), seed.role_arn("nobody"))
    list_service_names(ecs, "demo")
    read_service(ecs, "demo", "nothing")
    list_resources(sandbox.client("cloudformation"), "nothing")
    called = {name.replace(".", ":") for name in sandbox.calls()}
    assert {"ec2:DescribeRouteTables", "ecs:ListServices", "iam:GetRole"} <= called
    assert called <= allowed()
