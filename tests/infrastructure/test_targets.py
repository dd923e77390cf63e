"""Deployment targets and their checks, against the simulated AWS."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecsportal.audit.models import AuditEvent
from ecsportal.ecs.clusters import Cluster
from ecsportal.infrastructure.checks import (
    check_target,
    check_targets,
    finding_for,
    identity_in_words,
    list_cluster_names,
)
from ecsportal.infrastructure.details import TargetDetails
from ecsportal.infrastructure.models import AwsAccount, DeploymentTarget, Environment
from ecsportal.infrastructure.targets import (
    create_target,
    delete_target,
    tidy_tags,
    update_target,
)
from ecsportal.infrastructure.uses import Use, register_use
from ecsportal.people.models import User
from ecsportal.problems import InUse, RemoteFailed, ValidationProblem
from ecsportal.sandbox.server import RunningSandbox
from tests import builders

DETAILS = TargetDetails(
    name="shop-dev",
    account="shop",
    region="eu-west-1",
    cluster="demo",
    environments=("development",),
    target_tags=("web", " jobs ", "WEB"),
)


@pytest.fixture
def account(db: None, sandbox: RunningSandbox) -> AwsAccount:
    builders.environment("Development")
    return builders.account("shop", endpoint_url=sandbox.url)


@pytest.fixture
def target(account: AwsAccount) -> DeploymentTarget:
    return builders.target(
        "shop-dev", account=account, cluster="demo", environments=Environment.objects.all()
    )


def test_a_target_is_made_with_tidy_tags(administrator: User, account: AwsAccount) -> None:
    target = create_target(DETAILS, by=administrator)
    assert (target.slug, target.target_tags) == ("shop-dev", ["web", "jobs"])
    assert AuditEvent.objects.get().after == {
        "name": "shop-dev",
        "account": "shop",
        "region": "eu-west-1",
        "cluster": "demo",
        "environments": ["development"],
        "target_tags": ["web", "jobs"],
        "disabled": False,
    }


def test_of_tags_that_differ_in_case_the_first_stays() -> None:
    assert tidy_tags(("Web", "web", " b ")) == ["Web", "b"]


def test_an_arn_is_kept_as_the_clusters_name(administrator: User, account: AwsAccount) -> None:
    arn = "arn:aws:ecs:eu-west-1:123456789012:cluster/demo"
    assert create_target(replace(DETAILS, cluster=arn), by=administrator).cluster == "demo"


@pytest.mark.parametrize(
    ("change", "path"),
    [({"account": "nobody"}, "account"), ({"environments": ("x",)}, "environments[0]")],
)
def test_what_doesnt_exist_is_named(
    administrator: User, account: AwsAccount, change: dict[str, object], path: str
) -> None:
    with pytest.raises(ValidationProblem) as refused:
        create_target(replace(DETAILS, **change), by=administrator)  # type: ignore[arg-type]
    assert [error.path for error in refused.value.errors] == [path]


def test_an_account_of_other_environments_is_refused(
    administrator: User, account: AwsAccount
) -> None:
    account.environments.add(builders.environment("Production"))
    with pytest.raises(ValidationProblem) as refused:
        create_target(DETAILS, by=administrator)
    assert "The account shop isn't for Development." in refused.value.detail


def test_a_check_finds_the_cluster(target: DeploymentTarget) -> None:
    check_target(target)
    target.refresh_from_db()
    assert (target.health, target.health_message) == ("healthy", "")
    assert target.cluster_arn == "arn:aws:ecs:eu-west-1:123456789012:cluster/demo"
    assert target.service_count == 0
    assert target.health_checked_at is not None


def test_an_unknown_cluster_is_said_with_its_place(target: DeploymentTarget) -> None:
    target.cluster = "nowhere"
    check_target(target)
    assert target.health == "unhealthy"
    assert target.health_message.startswith('There is no cluster "nowhere" in eu-west-1')


def test_a_deleted_cluster_is_unhealthy() -> None:
    cluster = Cluster(arn="arn", name="demo", status="INACTIVE")
    finding = finding_for(cluster, name="demo", region="eu-west-1", account="shop")
    assert finding.health == "unhealthy"
    assert "was deleted" in finding.message


def test_a_missing_permission_is_named(target: DeploymentTarget, sandbox: RunningSandbox) -> None:
    sandbox.faults.add(
        service="ecs",
        action="DescribeClusters",
        code="AccessDeniedException",
        message="User is not authorized",
        status=400,
    )
    check_target(target)
    assert target.health == "unhealthy"
    assert "may not call ecs:DescribeClusters in eu-west-1" in target.health_message
    assert 'AWS says: "User is not authorized"' in target.health_message


def test_who_may_not_is_said_shortly() -> None:
    role = "arn:aws:iam::418273905516:role/team/PortalDeploy"
    assert identity_in_words(role, "", "shop") == "Role PortalDeploy"
    assert identity_in_words("", "arn:aws:iam::418273905516:user/ada", "shop") == "user/ada"
    assert identity_in_words("", "", "shop") == "The account shop"


def test_all_are_checked_side_by_side(target: DeploymentTarget, account: AwsAccount) -> None:
    lost = builders.target("lost", account=account, cluster="nowhere")
    check_targets(DeploymentTarget.objects.select_related("account"))
    target.refresh_from_db()
    lost.refresh_from_db()
    assert (target.health, lost.health) == ("healthy", "unhealthy")


def test_pointing_elsewhere_forgets_the_health(
    administrator: User, target: DeploymentTarget
) -> None:
    check_target(target)
    update_target(target, replace(DETAILS, name="renamed"), by=administrator)
    assert DeploymentTarget.objects.get().health == "healthy"
    update_target(target, replace(DETAILS, cluster="other"), by=administrator)
    target = DeploymentTarget.objects.get()
    assert (target.health, target.cluster_arn, target.service_count) == ("unknown", "", None)


def test_clusters_are_suggested(account: AwsAccount, sandbox: RunningSandbox) -> None:
    assert "demo" in list_cluster_names(account, "eu-west-1")
    sandbox.faults.add(
        service="ecs", action="ListClusters", code="AccessDeniedException", status=400
    )
    with pytest.raises(RemoteFailed) as refused:
        list_cluster_names(account, "eu-west-1")
    assert refused.value.code == "AWS-PERMISSION"


def test_an_app_above_may_hold_a_target(administrator: User, target: DeploymentTarget) -> None:
    held = [Use("deployment", "90", "Deployment 90", "/deployments/90/")]
    register_use("target", lambda row: held if row.slug == "held" else [])
    target.slug = "held"
    with pytest.raises(InUse) as refused:
        delete_target(target, by=administrator)
    assert refused.value.used_by == [{"kind": "deployment", "slug": "90", "name": "Deployment 90"}]


def test_an_unused_target_goes(administrator: User, target: DeploymentTarget) -> None:
    delete_target(target, by=administrator)
    assert not DeploymentTarget.objects.exists()
