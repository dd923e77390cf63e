"""The variables of a deployment: what it froze, what it was given, what the system says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.lookups import In

from ecsportal.deployments.compiled import Compiled, Given
from ecsportal.deployments.models import Deployment, RunState, StepRun, TargetRun
from ecsportal.deployments.turn_rows import read_images
from ecsportal.deployments.variables import SystemVariables
from ecsportal.infrastructure.models import AwsAccount, Feed
from ecsportal.octostache import OctostacheError, Variables
from ecsportal.projects.models import SecretValue
from ecsportal.projects.variables.preview import MASK, account_facts
from ecsportal.projects.variables.queries import frozen_variables, secret_texts
from ecsportal.projects.variables.resolution import Resolution, Tie, VariableSet
from ecsportal.projects.variables.scopes import Situation
from ecsportal.projects.variables.texts import variables_for
from ecsportal.projects.variables.values import Type, VariableValue, fold
from ecsportal.releases.models import ReleaseImage
from ecsportal.steps.contract import Image

PRINT = "OctopusPrintVariables"
PRINT_EVALUATED = "OctopusPrintEvaluatedVariables"


def _select_feeds(*slugs: Given) -> QuerySet[Feed]:
    return Feed.objects.filter(In(F("slug"), slugs)).select_related("account")


_FEEDS: Compiled[Feed] = Compiled(_select_feeds)


class DeploymentVariables:
    """Reads what all steps and targets of a deployment share once; make a new one each turn."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.system = SystemVariables(deployment)

    def forget(self) -> None:
        """Read anew what changes while the deployment runs: states and outputs of its steps."""
        self.__dict__.pop("_finished", None)
        self.system.forget()

    def on_target(self, step: StepRun, run: TargetRun) -> Variables:
        """What expressions of this step are evaluated with on this target."""
        system = self.system.on_target(
            step,
            self.steps[step.slug],
            run,
            images=self.images.get(step.slug, {}),
            feeds=self.feeds,
            finished=self._finished,
        )
        return self._variables(self.resolution(step, run), system)

    def in_deployment(self) -> Variables:
        """What is evaluated without a step and a target: conditions."""
        situation = Situation.of(
            environment=self.deployment.environment.slug,
            channel=self.deployment.release.channel.slug,
        )
        system = self.system.in_deployment(self._finished)
        return self._variables(self.values.resolve(situation), system)

    def resolution(self, step: StepRun, run: TargetRun) -> Resolution:
        """The values that count for the step on the target."""
        return self.values.resolve(
            Situation.of(
                environment=self.deployment.environment.slug,
                channel=self.deployment.release.channel.slug,
                step=step.slug,
                step_tags=self.steps[step.slug]["target_tags"],
                target=run.target_slug,
                target_tags=run.target.target_tags if run.target else (),
            )
        )

    def ties(self, pairs: Iterable[tuple[StepRun, TargetRun]]) -> list[Tie]:
        """Values that tie on any of these, each tie once."""
        found: dict[tuple[Any, ...], Tie] = {}
        for step, run in pairs:
            for tie in self.resolution(step, run).ties:
                values = (tie.winner, *tie.others)
                found.setdefault(tuple((v.source.order, v.id) for v in values), tie)
        return list(found.values())

    @cached_property
    def values(self) -> VariableSet:
        """All values that the deployment froze."""
        return frozen_variables(self.deployment.variables)

    @cached_property
    def steps(self) -> dict[str, dict[str, Any]]:
        """The frozen steps of the process by slug."""
        return {step["slug"]: step for step in self.deployment.release.process.steps}

    @cached_property
    def images(self) -> dict[str, dict[str, Image]]:
        """The frozen images by step and reference."""
        by_step: dict[str, dict[str, Image]] = {}
        for row in self._image_rows:
            feed = self.feeds.get(row.feed)
            by_step.setdefault(row.step, {})[row.reference] = Image(
                reference=row.reference,
                feed=row.feed,
                repository=row.repository,
                tag=row.tag,
                digest=row.digest,
                image=row.image,
                feed_name=feed.name if feed else row.feed,
            )
        return by_step

    @cached_property
    def _image_rows(self) -> list[ReleaseImage]:
        return read_images(self.deployment)

    @property
    def secrets(self) -> Iterator[str]:
        """Everything that must not be told: sensitive values, passwords and keys."""
        yield from self._secret_texts.values()
        yield from self._prompted_secrets.values()
        yield from (feed.password for feed in self.feeds.values())
        yield from (account.secret_access_key for account in self._accounts.values())

    def printed(self, variables: Variables, resolution: Resolution) -> list[str]:
        """The lines that OctopusPrintVariables and OctopusPrintEvaluatedVariables ask for."""
        lines = []
        sensitive = {fold(value.name) for value in resolution if value.is_sensitive}
        if variables.flag(PRINT):
            lines += ["Variables:", *self._dump(variables, sensitive, evaluated=False)]
        if variables.flag(PRINT_EVALUATED):
            lines += ["Evaluated variables:", *self._dump(variables, sensitive, evaluated=True)]
        return lines

    def _dump(self, variables: Variables, sensitive: set[str], *, evaluated: bool) -> list[str]:
        return [
            f"[{name}] = '{MASK if fold(name) in sensitive else _text(variables, name, evaluated)}'"
            for name in sorted(variables, key=str.lower)
        ]

    def _variables(self, resolution: Resolution, system: Mapping[str, str]) -> Variables:
        return variables_for(
            resolution, system, text_of=self._text_of, account_facts=self._account_facts
        )

    def _text_of(self, value: VariableValue) -> str:
        if value.prompt and fold(value.name) in self._prompted:
            return self._prompted[fold(value.name)]
        if value.is_sensitive:
            return self._secret_texts.get(value.secret or 0, "")
        return value.value or ""

    @cached_property
    def _prompted(self) -> dict[str, str]:
        return {
            fold(given["name"]): self._prompted_secrets.get(given["secret"], "")
            if given["secret"]
            else given["value"] or ""
            for given in self.deployment.prompted
        }

    @cached_property
    def _prompted_secrets(self) -> dict[int, str]:
        wanted = [given["secret"] for given in self.deployment.prompted if given["secret"]]
        if not wanted:
            return {}
        return dict(SecretValue.objects.filter(pk__in=wanted).values_list("pk", "value"))

    @cached_property
    def _secret_texts(self) -> dict[int, str]:
        return secret_texts(self.values)

    @cached_property
    def _accounts(self) -> dict[str, AwsAccount]:
        """The accounts that variables name, as they are now: accounts aren't frozen."""
        wanted = {v.value for v in self.values if v.type is Type.AWS_ACCOUNT and v.value}
        if not wanted:
            return {}
        rows = AwsAccount.objects.filter(slug__in=wanted).prefetch_related("environments")
        return {row.slug: row for row in rows}

    def _account_facts(self, slug: str) -> dict[str, str]:
        account = self._accounts.get(slug)
        if account is None or not _serves(account, self.deployment):
            return {}
        return account_facts(account, secret=account.secret_access_key)

    @cached_property
    def feeds(self) -> dict[str, Feed]:
        """The feeds of the images by slug, as they are now: feeds aren't frozen."""
        wanted = {row.feed for row in self._image_rows}
        return {feed.slug: feed for feed in _FEEDS.rows(*wanted)} if wanted else {}

    @cached_property
    def _finished(self) -> list[TargetRun]:
        """Runs whose outputs count: of this deployment, and kept from the one that it retries."""
        return [
            run
            for step in self.deployment.steps.all()
            for run in step.targets.all()
            if run.state == RunState.SUCCEEDED or run.kept_from_id
        ]


def _serves(account: AwsAccount, deployment: Deployment) -> bool:
    environments = {environment.pk for environment in account.environments.all()}
    return not environments or deployment.environment_id in environments


def _text(variables: Variables, name: str, evaluated: bool) -> str:
    if not evaluated:
        return variables.raw(name) or ""
    try:
        return variables.value(name) or ""
    except OctostacheError as error:
        return f"({error})"
