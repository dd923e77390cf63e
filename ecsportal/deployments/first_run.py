"""The five steps to the first deployment, each with the proof that it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from ecsportal.deployments.models import Deployment, State
from ecsportal.infrastructure.models import AwsAccount, DeploymentTarget, Environment, Feed
from ecsportal.people.models import User
from ecsportal.people.permissions import Permission, may
from ecsportal.projects.models import Project


@dataclass(frozen=True)
class GuideStep:
    """One step: `proof` is empty until it is done; the pages are names of URLs."""

    title: str
    proof: str
    hint: str
    list_page: str
    create_page: str
    action: str
    allowed: bool

    @property
    def done(self) -> bool:
        return bool(self.proof)


@dataclass(frozen=True)
class Guide:
    """The steps in order; the first that isn't done is the current one."""

    steps: Sequence[GuideStep]

    @property
    def current(self) -> GuideStep | None:
        return next((step for step in self.steps if not step.done), None)

    @property
    def done_count(self) -> int:
        return sum(step.done for step in self.steps)


def nothing_deployed_yet() -> bool:
    """True until some deployment has succeeded: so long the guide is offered."""
    return not Deployment.objects.filter(state=State.SUCCEEDED).exists()


def build_guide(user: User) -> Guide:
    """The guide as far as this installation has come."""
    return Guide([*_of_aws(user), *_of_projects(user)])


def _of_aws(user: User) -> list[GuideStep]:
    """Where to deploy to, and as whom."""
    return [
        GuideStep(
            "Environments",
            _listed(Environment.objects.values_list("name", flat=True), "in this order"),
            "The stages that a release goes through, in the order of promotion: Development, "
            "Staging, Production.",
            "infrastructure:environments",
            "infrastructure:environment_create",
            "Add an environment",
            may(user, Permission.ENVIRONMENT_EDIT),
        ),
        GuideStep(
            "AWS account",
            _accounts(),
            "The credentials that the portal deploys with. A test shows what they may do.",
            "infrastructure:accounts",
            "infrastructure:account_create",
            "Add an AWS account",
            may(user, Permission.ACCOUNT_EDIT),
        ),
        GuideStep(
            "Deployment targets",
            _listed(DeploymentTarget.objects.values_list("name", flat=True)),
            "The ECS clusters that services run on.",
            "infrastructure:targets",
            "infrastructure:target_create",
            "Add a target",
            may(user, Permission.MACHINE_EDIT),
        ),
    ]


def _of_projects(user: User) -> list[GuideStep]:
    """What to deploy."""
    return [
        GuideStep(
            "Image feed",
            _listed(Feed.objects.values_list("name", flat=True)),
            "Where images and their tags come from: a Docker registry, or the ECR of an account.",
            "infrastructure:feeds",
            "infrastructure:feed_create",
            "Add a feed",
            may(user, Permission.FEED_EDIT),
        ),
        GuideStep(
            "First project",
            _listed(Project.objects.values_list("name", flat=True)),
            "Describe a service in a form, or bring a step from Octopus Deploy.",
            "projects:list",
            "projects:create",
            "Create a project",
            may(user, Permission.PROJECT_CREATE),
        ),
    ]


MOST_NAMES = 4


def _listed(names: QuerySet[Any, str], note: str = "") -> str:
    """ "Development, Staging and Production, in this order."; empty for none."""
    known = list(names[: MOST_NAMES + 1])
    if not known:
        return ""
    if len(known) > MOST_NAMES:
        return f"{', '.join(known[:MOST_NAMES])} and more."
    said = " and ".join([", ".join(known[:-1]), known[-1]]) if len(known) > 1 else known[0]
    return f"{said}, {note}." if note and len(known) > 1 else f"{said}."


def _accounts() -> str:
    tested = AwsAccount.objects.exclude(account_id="").order_by("-tested_at").first()
    if tested is not None:
        return f"{tested.name} works: account {tested.account_id}."
    untested = AwsAccount.objects.order_by("name").first()
    return f"{untested.name} is there; it hasn’t been tested yet." if untested else ""
