"""Lists of what the targets' accounts have: kept for a while, refused by name, place by place."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from ecsportal.infrastructure import remote_cache
from ecsportal.infrastructure.models import AwsAccount, DeploymentTarget
from ecsportal.infrastructure.pick_lists import pick_lists, places_of
from ecsportal.infrastructure.queries import targets_for
from ecsportal.people.models import User
from ecsportal.sandbox import seed
from ecsportal.sandbox.server import RunningSandbox
from tests import builders
from tests.sandbox_fixture import warm_up


@pytest.fixture
def account(db: None, sandbox: RunningSandbox) -> AwsAccount:
    cache.clear()
    warm_up(sandbox, "ec2", "iam", "secretsmanager", "ssm")
    return builders.account("shop", endpoint_url=sandbox.url)


@pytest.fixture
def targets(account: AwsAccount, administrator: User) -> list[DeploymentTarget]:
    for name in ("Development", "Staging"):
        environment = builders.environment(name)
        builders.target(f"web {name}", account=account, environments=[environment])
    builders.target("us", account=account, region="us-east-1")
    return list(targets_for(administrator))


def deny(sandbox: RunningSandbox, action: str) -> None:
    sandbox.faults.add(
        service="*", action=action, code="UnauthorizedOperation", message="no", status=403
    )


def calls(sandbox: RunningSandbox, operation: str) -> int:
    return sandbox.calls().get(operation, {"count": 0})["count"]


def test_each_account_and_region_is_a_place_with_its_environments(
    targets: list[DeploymentTarget],
) -> None:
    labels = [place.label for place in places_of(targets)]
    assert sorted(labels) == ["Development, Staging · shop · eu-west-1", "shop · us-east-1"]
    assert len(places_of(targets, by_account=True)) == 1


def test_a_list_is_read_once_a_minute(
    targets: list[DeploymentTarget], sandbox: RunningSandbox
) -> None:
    first = pick_lists(targets, "subnets")
    assert [each.place.region for each in first] == ["us-east-1", "eu-west-1"]
    assert seed.SUBNET_IDS[0] in {offer.value for offer in first[0].offers}
    assert pick_lists(targets, "subnets") == first
    assert calls(sandbox, "ec2.DescribeSubnets") == 2
    pick_lists(targets, "subnets", anew=True)
    assert calls(sandbox, "ec2.DescribeSubnets") == 4


def test_a_refusal_is_a_sentence_and_is_not_asked_for_again_at_once(
    targets: list[DeploymentTarget], sandbox: RunningSandbox
) -> None:
    deny(sandbox, "DescribeSubnets")
    for _ in range(2):
        lists = pick_lists(targets, "subnets")
        assert lists[0].refusals == (
            "Couldn't read subnets: AccessDenied on ec2:DescribeSubnets. Type the ids.",
        )
        assert lists[0].offers == ()
    assert calls(sandbox, "ec2.DescribeSubnets") == 2  # one a place


def test_an_old_list_serves_with_its_age_where_aws_refuses(
    targets: list[DeploymentTarget], sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = timezone.now()
    [first, _] = pick_lists(targets, "subnets")
    monkeypatch.setattr(remote_cache, "FRESH", timedelta(0))
    deny(sandbox, "DescribeSubnets")
    [old, _] = pick_lists(targets, "subnets")
    assert old.offers == first.offers
    assert old.old_since is not None
    assert before <= old.old_since <= timezone.now()
    assert "ec2:DescribeSubnets" in old.refusals[0]


def test_what_one_service_refuses_the_other_still_offers(
    targets: list[DeploymentTarget], sandbox: RunningSandbox
) -> None:
    deny(sandbox, "ListSecrets")
    listed = pick_lists(targets, "secrets")[0]
    assert [offer.name for offer in listed.offers] == [seed.PARAMETER_NAME]
    assert listed.refusals == (
        "Couldn't read secrets: AccessDenied on secretsmanager:ListSecrets. Type the ARN.",
    )


def test_an_account_that_does_not_answer_is_told(administrator: User) -> None:
    cache.clear()
    nobody = builders.account("away", endpoint_url="http://127.0.0.1:9")
    builders.target("away", account=nobody)
    [listed] = pick_lists(targets_for(administrator), "roles")
    assert listed.refusals[0].startswith("Couldn't read roles: AWS does not answer.")


def test_an_edited_account_is_asked_anew(
    targets: list[DeploymentTarget], account: AwsAccount, sandbox: RunningSandbox
) -> None:
    before = calls(sandbox, "iam.ListRoles")
    pick_lists(targets, "roles")
    AwsAccount.objects.filter(pk=account.pk).update(revision=2)
    pick_lists(DeploymentTarget.objects.all(), "roles")
    assert calls(sandbox, "iam.ListRoles") == before + 2
