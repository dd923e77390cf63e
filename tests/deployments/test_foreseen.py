"""What the deploy page learns from AWS in the background."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ecsportal.deployments.models import StackBinding
from ecsportal.infrastructure.models import AwsAccount, Environment
from ecsportal.people.models import Role
from ecsportal.projects.models import Project
from ecsportal.sandbox import seed
from ecsportal.sandbox.server import RunningSandbox
from tests import builders
from tests.sandbox_fixture import warm_up

pytestmark = pytest.mark.django_db

STACK = "cf-ecs-demo-serviceweb-production-untenanted"
PLACE = {
    "subnet_ids": [seed.SUBNET_IDS[0]],
    "security_group_ids": [seed.SECURITY_GROUP_IDS["web"]],
}


@pytest.fixture
def account(sandbox: RunningSandbox) -> AwsAccount:
    warm_up(sandbox, "ec2", "iam", "logs")
    return builders.account("shop", endpoint_url=sandbox.url)


@pytest.fixture
def production(account: AwsAccount) -> Environment:
    environment = builders.environment("Production")
    builders.target("Main", account=account, cluster="demo", environments=[environment])
    return environment


@pytest.fixture
def deployer(production: Environment) -> Client:
    return builders.signed_in(builders.user_with_role(Role.DEPLOYER))


def looked(client: Client, *variables: dict[str, Any], **inputs: Any) -> str:
    """The fragment for a release of one step with these inputs."""
    project = builders.project("Web shop", steps=[builders.web_step(inputs=PLACE | inputs)])
    if variables:
        builders.variables(project, *variables)
    builders.release(project, "1.0.0")
    return asked(client)


def asked(client: Client, query: str = "") -> str:
    url = "/remote/projects/web-shop/releases/1.0.0/deploy/production/foreseen/"
    answer = client.get(url + query)
    assert answer.status_code == 200
    return answer.content.decode()


def words(fragment: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", fragment).split())


def make_group(sandbox: RunningSandbox, name: str) -> None:
    sandbox.client("logs").create_log_group(logGroupName=name)


def make_stack(sandbox: RunningSandbox, name: str, group: str) -> None:
    properties = {"LogGroupName": group}
    template = {"Resources": {"G": {"Type": "AWS::Logs::LogGroup", "Properties": properties}}}
    sandbox.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))
    sandbox.advance(60)


def test_nothing_in_the_way_is_one_line_and_leaves_the_button_alone(deployer: Client) -> None:
    fragment = looked(deployer)
    assert words(fragment) == "Nothing in AWS stands in the way"
    assert "hx-swap-oob" not in fragment


def test_a_log_group_of_somebody_else_is_named_and_turns_the_button_off(
    deployer: Client, sandbox: RunningSandbox
) -> None:
    make_group(sandbox, "/ecs/web")
    fragment = looked(deployer)
    assert f"/ecs/web exists and isn't part of stack {STACK}: the deployment would fail" in words(
        fragment.replace("&#x27;", "'")
    )
    assert 'id="cta" hx-swap-oob="true"' in fragment
    assert "disabled" in fragment


def test_the_stack_s_own_log_group_is_in_order(deployer: Client, sandbox: RunningSandbox) -> None:
    make_stack(sandbox, STACK, "/ecs/web")
    assert words(looked(deployer)) == "Nothing in AWS stands in the way"


def test_the_stack_is_the_one_that_was_fixed_at_the_first_deployment(
    deployer: Client, sandbox: RunningSandbox, production: Environment
) -> None:
    make_stack(sandbox, "as-it-was", "/ecs/web")
    assert "/ecs/web exists" in looked(deployer)
    StackBinding.objects.create(
        project=Project.objects.get(),
        environment=production,
        step="deploy-web",
        target="main",
        stack_name="as-it-was",
    )
    assert words(asked(deployer)) == "Nothing in AWS stands in the way"


def test_a_group_of_a_like_name_or_another_logging_is_nobody_s_concern(
    deployer: Client, sandbox: RunningSandbox
) -> None:
    make_group(sandbox, "/ecs/web-api")
    make_group(sandbox, "/ecs/web")
    step = builders.web_step(inputs=PLACE)
    [container] = step["inputs"]["containers"]
    shown = looked(deployer, containers=[container | {"logging": {"type": "manual"}}])
    assert words(shown) == "Nothing in AWS stands in the way"


def test_names_from_variables_count_with_their_values_here(
    deployer: Client, sandbox: RunningSandbox
) -> None:
    make_group(sandbox, "/ecs/from-variable")
    shown = looked(deployer, {"name": "Task", "value": "from-variable"}, task_name="#{Task}")
    assert "/ecs/from-variable exists" in shown


def test_what_is_known_only_later_or_is_secret_is_not_looked_for(deployer: Client) -> None:
    secret = {"name": "Role", "value": "arn:aws:iam::123456789012:role/x", "type": "sensitive"}
    shown = looked(deployer, secret, task_role_arn="#{Role}", subnet_ids=["#{Later}"])
    assert words(shown) == "Nothing in AWS stands in the way"


def test_missing_roles_subnets_and_groups_are_named(deployer: Client) -> None:
    shown = words(
        looked(
            deployer,
            task_role_arn=seed.role_arn("nobody"),
            task_execution_role_arn=seed.role_arn("ecsTaskExecutionRole"),
            subnet_ids=[seed.SUBNET_IDS[0], "subnet-0123456789abcdef0"],
            security_group_ids=["sg-0123456789abcdef0"],
        )
    ).replace("&#x27;", "'")
    assert "Task role nobody doesn't exist" in shown
    assert "Execution role" not in shown
    assert "Subnet subnet-0123456789abcdef0 doesn't exist in this account and region" in shown
    assert "Security group sg-0123456789abcdef0 doesn't exist" in shown
    assert seed.SUBNET_IDS[0] not in shown


def test_what_may_not_be_looked_up_is_told_and_stands_in_nobody_s_way(
    deployer: Client, sandbox: RunningSandbox
) -> None:
    sandbox.faults.add(service="ec2", action="*", code="UnauthorizedOperation", message="no")
    fragment = looked(deployer)
    shown = words(fragment).replace("&#x27;", "'")
    assert "Couldn't look up the subnets" in shown
    assert "AWS refuses DescribeSubnets" in shown
    assert "hx-swap-oob" not in fragment


def test_skipped_steps_are_not_looked_at(deployer: Client, sandbox: RunningSandbox) -> None:
    make_group(sandbox, "/ecs/web")
    looked(deployer)
    shown = asked(deployer, "?skip_steps=deploy-web")
    assert words(shown) == "Nothing in AWS stands in the way"


def test_several_targets_are_named_and_take_no_more_queries(
    deployer: Client,
    sandbox: RunningSandbox,
    account: AwsAccount,
    production: Environment,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_group(sandbox, "/ecs/web")
    assert "on Main" not in words(looked(deployer))
    with django_assert_num_queries(QUERIES):
        asked(deployer)
    us = builders.target("Spare", account=account, region="us-east-1", environments=[production])
    assert "on Main" in words(asked(deployer))
    assert us.name not in words(asked(deployer)).split("Deploy web on Main")[0]
    with django_assert_num_queries(QUERIES):
        asked(deployer)


QUERIES = 20


def test_the_page_asks_in_the_background(deployer: Client) -> None:
    looked(deployer)
    page = deployer.get("/projects/web-shop/releases/1.0.0/deploy/production/").content.decode()
    assert "/remote/projects/web-shop/releases/1.0.0/deploy/production/foreseen/" in page
    assert "Asking AWS for log groups, roles and subnets…" in page
