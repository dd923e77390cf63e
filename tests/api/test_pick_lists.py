"""`/projects/{slug}/pick-lists/{kind}`."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from ecsportal.asgi import is_remote
from ecsportal.people.models import Role
from ecsportal.sandbox import seed
from ecsportal.sandbox.server import RunningSandbox
from tests import builders
from tests.sandbox_fixture import warm_up

pytestmark = pytest.mark.django_db
URL = "/api/v1/projects/web-shop/pick-lists/"


def test_lists_come_by_account_with_what_was_refused(sandbox: RunningSandbox) -> None:
    cache.clear()
    warm_up(sandbox, "secretsmanager", "ssm")
    account = builders.account("shop", endpoint_url=sandbox.url)
    builders.target("Main", account=account, environments=[builders.environment("Production")])
    builders.project("Web shop")
    sandbox.faults.add(service="ssm", action="*", code="AccessDeniedException", message="no")
    client = builders.api_client(builders.user_with_role(Role.LEAD))

    [listed] = client.get(f"{URL}secrets?target_tags=web,api").json()

    assert [offer["name"] for offer in listed.pop("offers")] == [seed.SECRET_NAME]
    assert listed == {
        "account": "shop",
        "region": "eu-west-1",
        "environments": ["Production"],
        "refusals": [
            "Couldn't read parameters: AccessDenied on ssm:DescribeParameters. Type the ARN."
        ],
        "old_since": None,
    }
    assert client.get(f"{URL}secrets").json() == []
    assert client.get(f"{URL}planets").status_code == 404


def test_they_are_read_where_nothing_slow_holds_a_page() -> None:
    assert is_remote("GET", f"{URL}subnets")
    assert is_remote("GET", "/remote/projects/web-shop/picks/subnets/")
