"""The fragment behind the editor's menus."""

from __future__ import annotations

import html
import re

import pytest
from django.core.cache import cache
from django.test import Client

from ecsportal.infrastructure.pick_lists import PICK_KINDS
from ecsportal.people.models import Role
from ecsportal.projects.views import pick_lists
from ecsportal.sandbox import seed
from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps import catalogue
from tests import builders
from tests.sandbox_fixture import warm_up

pytestmark = pytest.mark.django_db
URL = "/remote/projects/web-shop/picks/"


@pytest.fixture
def lead(sandbox: RunningSandbox) -> Client:
    cache.clear()
    warm_up(sandbox, "ec2", "efs")
    account = builders.account("shop", endpoint_url=sandbox.url)
    builders.target("Main", account=account, environments=[builders.environment("Production")])
    builders.project("Web shop")
    return builders.signed_in(builders.user_with_role(Role.LEAD))


def text(client: Client, kind: str, **query: str) -> str:
    answer = client.get(f"{URL}{kind}/", {"target_tags": "web", **query})
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_options_carry_value_name_and_facts_under_their_place(lead: Client) -> None:
    shown = text(lead, "subnets")
    assert "Production · shop · eu-west-1" in shown
    assert f'data-value="{seed.SUBNET_IDS[0]}"' in shown
    assert "eu-west-1a · public · 10.0.0.0/24" in shown


def test_every_typed_word_has_to_be_found(lead: Client) -> None:
    shown = text(lead, "subnets", search="West-1B demo-")
    assert seed.SUBNET_IDS[1] in shown
    assert seed.SUBNET_IDS[0] not in shown
    assert 'No subnets here with "nothing".' in text(lead, "subnets", search="nothing")


def test_a_long_list_is_cut_and_says_how_to_find_the_rest(
    lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pick_lists, "SHOWN", 2)
    shown = text(lead, "subnets", search="demo")
    assert seed.SUBNET_IDS[1] in shown
    assert seed.SUBNET_IDS[2] not in shown
    assert "and 1 more: type a part of the name to find it." in shown


def test_access_points_are_those_of_the_file_system(lead: Client) -> None:
    assert seed.ACCESS_POINT_ID in text(lead, "access-points", within=seed.FILE_SYSTEM_ID)
    assert "No access points here." in text(lead, "access-points", within="fs-00000000")


def test_without_a_tag_or_a_target_there_is_no_account_to_ask(lead: Client) -> None:
    assert "Name a target tag first" in text(lead, "subnets", target_tags="")
    assert "No deployment target carries jobs" in text(lead, "subnets", target_tags="jobs")


def test_a_refusal_stands_in_the_list(lead: Client, sandbox: RunningSandbox) -> None:
    sandbox.faults.add(
        service="ec2", action="DescribeSubnets", code="UnauthorizedOperation", message="no"
    )
    assert "AccessDenied on ec2:DescribeSubnets. Type the ids." in text(lead, "subnets")


def test_every_field_that_opens_a_menu_asks_for_a_list_that_there_is(lead: Client) -> None:
    asked = set()
    for step_type in catalogue.all():
        page = lead.get(f"/projects/web-shop/process/new/{step_type.slug}/")
        asked |= set(re.findall(r'data-pick="([^"]+)"', page.content.decode()))
    assert {"roles", "subnets", "security-groups"} <= asked
    assert asked - {"log-options"} <= set(PICK_KINDS)


def test_an_unknown_kind_is_not_found(lead: Client) -> None:
    assert lead.get(f"{URL}planets/").status_code == 404


def test_who_may_not_edit_the_process_gets_no_list(lead: Client) -> None:
    deployer = builders.signed_in(builders.user_with_role(Role.DEPLOYER))
    assert deployer.get(f"{URL}subnets/?target_tags=web").status_code == 403


def test_targets_of_environments_out_of_sight_are_not_asked(
    lead: Client, sandbox: RunningSandbox
) -> None:
    other = builders.environment("Test")
    limited = builders.signed_in(builders.user_with_role(Role.LEAD, environments=[other]))
    assert "No deployment target carries web" in text(limited, "subnets")
    assert "ec2.DescribeSubnets" not in sandbox.calls()
