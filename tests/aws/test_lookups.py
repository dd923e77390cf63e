"""What an account offers, as the sandbox answers for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ecsportal.aws.errors import AwsError
from ecsportal.aws.lookups import LOOKUPS, offers
from ecsportal.aws.lookups.identity import trusts_ecs_tasks
from ecsportal.aws.lookups.log_groups import log_group_exists
from ecsportal.sandbox import seed
from ecsportal.sandbox.server import RunningSandbox

REGION = "eu-west-1"


def found(sandbox: RunningSandbox, kind: str, within: str = "") -> dict[str, tuple[str, ...]]:
    """Values with their name and facts."""
    return {
        offer.value: (offer.name, *offer.facts)
        for lookup in LOOKUPS[kind]
        for offer in lookup.read(lambda service: sandbox.client(service, REGION), within)
    }


def test_subnets_tell_zone_network_vpc_and_whether_they_are_public(sandbox: RunningSandbox) -> None:
    subnets = found(sandbox, "subnets")
    first, _, last = seed.SUBNET_IDS
    vpc = f"demo ({seed.VPC_ID})"
    assert subnets[first] == ("demo-eu-west-1a", "eu-west-1a", "public", "10.0.0.0/24", vpc)
    assert subnets[last] == ("demo-eu-west-1c", "eu-west-1c", "private", "10.0.2.0/24", vpc)


def test_a_subnet_without_a_table_of_its_own_follows_the_main_one(sandbox: RunningSandbox) -> None:
    ec2 = sandbox.client("ec2", REGION)
    vpc_id = {"Name": "vpc-id", "Values": [seed.VPC_ID]}
    main = {"Name": "association.main", "Values": ["true"]}
    [table] = ec2.describe_route_tables(Filters=[vpc_id, main])["RouteTables"]
    gateway = ec2.describe_internet_gateways()["InternetGateways"][0]["InternetGatewayId"]
    ec2.create_route(
        RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway
    )
    assert found(sandbox, "subnets")[seed.SUBNET_IDS[2]][2] == "public"


def test_subnets_are_offered_without_what_may_not_be_read(sandbox: RunningSandbox) -> None:
    for action in ("DescribeRouteTables", "DescribeVpcs"):
        sandbox.faults.add(
            service="ec2", action=action, code="UnauthorizedOperation", message="no", status=403
        )
    facts = found(sandbox, "subnets")[seed.SUBNET_IDS[0]]
    assert facts == ("demo-eu-west-1a", "eu-west-1a", "10.0.0.0/24", seed.VPC_ID)


def test_security_groups_have_their_names_and_vpc(sandbox: RunningSandbox) -> None:
    groups = found(sandbox, "security-groups")
    assert groups[seed.SECURITY_GROUP_IDS["web"]] == (
        "web",
        f"demo ({seed.VPC_ID})",
        "web traffic of the demo",
    )


def test_only_roles_that_ecs_tasks_can_assume_are_offered(sandbox: RunningSandbox) -> None:
    sandbox.client("iam").create_role(
        RoleName="for-lambda",
        AssumeRolePolicyDocument='{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", '
        '"Principal": {"Service": "lambda.amazonaws.com"}}}',
    )
    assert list(found(sandbox, "roles")) == [seed.role_arn(name) for name in seed.ROLES]


@pytest.mark.parametrize(
    ("statement", "trusts"),
    [
        ({"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}, True),
        ({"Effect": "Allow", "Principal": {"Service": ["x", "ecs-tasks.amazonaws.com"]}}, True),
        ({"Effect": "Deny", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}, False),
        ({"Effect": "Allow", "Principal": "*"}, False),
        ({"Effect": "Allow"}, False),
    ],
)
def test_trust_policies_come_in_several_forms(statement: dict[str, Any], trusts: bool) -> None:
    assert trusts_ecs_tasks({"Statement": [statement]}) is trusts
    assert trusts_ecs_tasks({"Statement": statement}) is trusts


def test_a_policy_that_is_none_trusts_nobody() -> None:
    assert not trusts_ecs_tasks(None)


def test_target_groups_of_type_ip_tell_what_sends_to_them(sandbox: RunningSandbox) -> None:
    elb = sandbox.client("elbv2", REGION)
    common = {"Protocol": "HTTP", "Port": 8080, "VpcId": seed.VPC_ID}
    elb.create_target_group(Name="spare", TargetType="ip", **common)
    elb.create_target_group(Name="instances", TargetType="instance", **common)
    groups = {facts[0]: facts[1:] for facts in found(sandbox, "target-groups").values()}
    assert groups == {
        "web": ("HTTP 80", "on web", seed.VPC_ID),
        "spare": ("HTTP 8080", "on no listener yet", seed.VPC_ID),
    }


def test_file_systems_and_their_access_points(sandbox: RunningSandbox) -> None:
    assert found(sandbox, "file-systems") == {seed.FILE_SYSTEM_ID: ("demo", "encrypted")}
    point = seed.ACCESS_POINT_ID
    assert found(sandbox, "access-points", seed.FILE_SYSTEM_ID) == {
        point: ("web-shop", "/web-shop")
    }
    assert found(sandbox, "access-points")[point] == ("web-shop", "/web-shop", seed.FILE_SYSTEM_ID)


def test_secrets_and_parameters_are_offered_together_by_arn(sandbox: RunningSandbox) -> None:
    kinds = {facts[0]: (value, facts[1]) for value, facts in found(sandbox, "secrets").items()}
    secret, parameter = kinds[seed.SECRET_NAME], kinds[seed.PARAMETER_NAME]
    assert secret[0].startswith(f"arn:aws:secretsmanager:{REGION}:")
    assert parameter[0].endswith(f":parameter{seed.PARAMETER_NAME}")
    assert (secret[1], parameter[1]) == ("secret", "parameter")


def test_log_groups_tell_how_long_they_keep(sandbox: RunningSandbox) -> None:
    logs = sandbox.client("logs", REGION)
    logs.create_log_group(logGroupName="/ecs/web")
    logs.create_log_group(logGroupName="/ecs/web-api")
    logs.put_retention_policy(logGroupName="/ecs/web-api", retentionInDays=30)
    assert found(sandbox, "log-groups") == {
        "/ecs/web": ("", "kept for ever"),
        "/ecs/web-api": ("", "kept for 30 days"),
    }
    assert log_group_exists(logs, "/ecs/web")
    assert not log_group_exists(logs, "/ecs/we")


def test_namespaces_are_offered_by_name(sandbox: RunningSandbox) -> None:
    [(name, facts)] = found(sandbox, "namespaces").items()
    assert (name, facts[1]) == (seed.NAMESPACE, "HTTP")


@pytest.mark.parametrize("kind", list(LOOKUPS))
def test_a_refusal_names_the_action(sandbox: RunningSandbox, kind: str) -> None:
    sandbox.faults.add(
        service="*", action="*", code="AccessDeniedException", message="no", status=403
    )
    for lookup in LOOKUPS[kind]:
        with pytest.raises(AwsError) as refused:
            lookup.read(lambda service: sandbox.client(service, REGION), "")
        assert refused.value.code == "AWS-PERMISSION"
        assert refused.value.operation


def test_what_an_account_has_too_much_of_is_read_only_so_far(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offers, "MOST", 2)
    assert len(found(sandbox, "subnets")) == 2


def test_named_offers_come_first_by_name() -> None:
    read: Callable[..., Any] = offers.by_name
    given = [offers.Offer("b"), offers.Offer("c", "Zeta"), offers.Offer("d", "alpha")]
    assert [offer.value for offer in read(given)] == ["d", "c", "b"]
