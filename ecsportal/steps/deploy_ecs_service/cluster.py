"""Whether the target's cluster is there, before a first stack is made for it."""

from __future__ import annotations

from ecsportal.aws.errors import AwsError
from ecsportal.ecs.clusters import is_usable
from ecsportal.steps.contract import Progress
from ecsportal.steps.deploy_ecs_service.attempt import Attempt


def without_cluster(attempt: Attempt) -> Progress | None:
    """The end where the cluster isn't there: a stack would fail and be in the next one's way.

    None where it is there, or where nobody may look: then CloudFormation tells.
    """
    try:
        usable = is_usable(attempt.ecs, attempt.cluster, now=attempt.run.now)
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
        attempt.log.warning(f"{error.message} Assuming that the cluster {attempt.cluster} exists.")
        return None
    if usable:
        return None
    return attempt.fail(
        "ECS-DEPLOY-FAILED",
        f"There is no cluster {attempt.cluster} in {attempt.run.target.region}.",
        "Correct the deployment target, or create the cluster, then retry.",
        cause="cluster-not-found",
        still=f"Nothing serves {attempt.short_name} there: it has neither cluster nor stack.",
    )
