"""Health of deployment targets: is the cluster there, and may the portal see it?

A target is healthy when DescribeClusters finds its cluster and its status isn't INACTIVE
(octopus-behaviours A9). Threads only look; the caller's thread writes.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.utils import timezone

from ecsportal.aws import sessions
from ecsportal.aws.credentials import TURN_LIMITS, AwsCredentials
from ecsportal.aws.errors import AwsError
from ecsportal.ecs.clusters import Cluster, describe_cluster, list_clusters
from ecsportal.infrastructure.accounts import aws_credentials
from ecsportal.infrastructure.models import AwsAccount, DeploymentTarget
from ecsportal.problems import RemoteFailed

LOOKS_AT_ONCE = 8
WAIT_SECONDS = 25.0
"""How long a check of all targets may keep its page waiting."""


@dataclass(frozen=True)
class Finding:
    """What one look at a cluster found; `message` is empty where all is well."""

    health: DeploymentTarget.Health
    message: str = ""
    cluster: Cluster | None = None


@dataclass(frozen=True)
class _Place:
    credentials: AwsCredentials
    identity: str
    account: str
    region: str
    cluster: str


def check_target(target: DeploymentTarget) -> DeploymentTarget:
    """Look at the target's cluster and keep what was found; takes up to 20 s."""
    _keep(target, _look(_place(target)))
    return target


def check_targets(targets: Iterable[DeploymentTarget]) -> list[DeploymentTarget]:
    """Look at several targets side by side; those without an answer in time stay as they are."""
    rows = list(targets)
    pool = ThreadPoolExecutor(max_workers=LOOKS_AT_ONCE, thread_name_prefix="check")
    looks = [(row, pool.submit(_look, _place(row))) for row in rows]
    deadline = timezone.now().timestamp() + WAIT_SECONDS
    for row, look in looks:
        try:
            finding = look.result(timeout=max(0.0, deadline - timezone.now().timestamp()))
        except TimeoutError:
            continue
        _keep(row, finding)
    pool.shutdown(wait=False, cancel_futures=True)
    return rows


def list_cluster_names(account: AwsAccount, region: str) -> list[str]:
    """The account's clusters in the region, for suggestions; RemoteFailed where AWS refuses."""
    try:
        ecs = sessions.client("ecs", aws_credentials(account), region, limits=TURN_LIMITS)
        return [cluster.name for cluster in list_clusters(ecs)]
    except AwsError as error:
        raise RemoteFailed(f"{error.message} {error.advice}".strip(), code=error.code) from error


def finding_for(cluster: Cluster | None, *, name: str, region: str, account: str) -> Finding:
    """What a described cluster, or none, means for the target's health."""
    if cluster is None:
        return Finding(
            DeploymentTarget.Health.UNHEALTHY,
            f'There is no cluster "{name}" in {region} of account {account}. Check the name, the'
            " region and the account.",
        )
    if cluster.status == "INACTIVE":
        return Finding(
            DeploymentTarget.Health.UNHEALTHY,
            f'The cluster "{name}" in {region} was deleted. Choose another cluster, or delete this'
            " target.",
        )
    return Finding(DeploymentTarget.Health.HEALTHY, cluster=cluster)


def finding_for_error(error: AwsError, *, identity: str, region: str) -> Finding:
    """What a failed DescribeClusters means; a missing permission is named."""
    if error.code == "AWS-PERMISSION" and error.operation != "AssumeRole":
        said = (
            f"{identity} may not call ecs:{error.operation} in {region}. Deployments to this target"
            f' would fail. AWS says: "{error.aws_text}"'
        )
        return Finding(DeploymentTarget.Health.UNHEALTHY, said)
    return Finding(DeploymentTarget.Health.UNHEALTHY, f"{error.message} {error.advice}".strip())


def identity_in_words(role_arn: str, arn: str, account: str) -> str:
    """Who signs in, short: `Role PortalDeploy`, or the last part of the ARN that STS gave."""
    if role_arn:
        return f"Role {role_arn.rpartition('/')[2]}"
    if arn:
        return arn.rpartition(":")[2]
    return f"The account {account}"


def _place(target: DeploymentTarget) -> _Place:
    account = target.account
    return _Place(
        credentials=aws_credentials(account),
        identity=identity_in_words(account.role_arn, account.arn, account.name),
        account=account.account_id or account.name,
        region=target.region,
        cluster=target.cluster,
    )


def _look(place: _Place) -> Finding:
    """Ask ECS; needs no database, so that it may run in any thread."""
    try:
        ecs = sessions.client("ecs", place.credentials, place.region, limits=TURN_LIMITS)
        cluster = describe_cluster(ecs, place.cluster)
    except AwsError as error:
        return finding_for_error(error, identity=place.identity, region=place.region)
    return finding_for(cluster, name=place.cluster, region=place.region, account=place.account)


def _keep(target: DeploymentTarget, finding: Finding) -> None:
    """Store the finding; not an edit, so neither revision nor audit trail tells of it."""
    target.health = finding.health
    target.health_message = finding.message
    target.health_checked_at = timezone.now()
    if finding.cluster is not None:
        target.cluster_arn = finding.cluster.arn
        target.service_count = finding.cluster.services
    target.save(
        update_fields=[
            "health",
            "health_message",
            "health_checked_at",
            "cluster_arn",
            "service_count",
        ]
    )
