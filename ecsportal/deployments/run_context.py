"""Building what a step's runner may use in one turn."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.utils import timezone

from ecsportal.aws.sessions import TargetClients
from ecsportal.deployments.masking import Masker
from ecsportal.deployments.models import (
    Deployment,
    RunState,
    StackBinding,
    State,
    StepRun,
    TargetRun,
)
from ecsportal.deployments.tasklog import TurnLog
from ecsportal.deployments.variables import system_variables
from ecsportal.infrastructure.accounts import aws_credentials
from ecsportal.infrastructure.models import AwsAccount, DeploymentTarget
from ecsportal.octostache import Variables, evaluate_document
from ecsportal.steps.catalogue import get as get_step_type
from ecsportal.steps.contract import (
    DeploymentFacts,
    Image,
    JsonDict,
    RunContext,
    StepError,
    TargetFacts,
)


class NotRunnableError(Exception):
    """The step cannot run on this target, whatever AWS says."""

    def __init__(self, error: StepError) -> None:
        self.error = error
        super().__init__(error.message)


class ContextBuilder:
    """Builds run contexts for one deployment; reads what all of them share once."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment

    def build(self, step: StepRun, run: TargetRun, *, intent_is_new: bool) -> RunContext:
        """The context of one call. Raises NotRunnableError where target or values are missing."""
        target = self._target(run)
        images = self._images.get(step.slug, {})
        inputs = self._inputs(step, run, images)
        state = run.runner_state
        return RunContext(
            inputs=inputs,
            version=step.version,
            images=images,
            target=TargetFacts(
                slug=target.slug,
                name=target.name,
                account=target.account.slug,
                region=target.region,
                cluster=target.cluster,
                target_tags=tuple(target.target_tags),
            ),
            deployment=self._facts(step),
            aws=TargetClients(
                aws_credentials(target.account),
                target.region,
                session_name=f"ecs-portal-{self.deployment.pk}",
            ),
            log=TurnLog(step.slug, run.target_slug),
            now=timezone.now(),
            started_at=run.started_at or timezone.now(),
            token_base=f"portal-{step.pk}-{run.pk}-{run.attempt}",
            stack_name=self.stack_name(step, run, target, inputs),
            intent_is_new=intent_is_new,
            answer=state.get("_answer"),
            resources=dict(run.resources),
        )

    @cached_property
    def masker(self) -> Masker:
        """Masks the secrets of every account that this deployment uses."""
        accounts = AwsAccount.objects.filter(
            targets__runs__step_run__deployment=self.deployment
        ).distinct()
        return Masker(account.secret_access_key for account in accounts)

    def stack_name(
        self, step: StepRun, run: TargetRun, target: DeploymentTarget, inputs: JsonDict
    ) -> str:
        """The stack's name, fixed at the first deployment; a changed `stack_name` moves on."""
        configured = str(inputs.get("stack_name") or "")
        binding = StackBinding.objects.filter(
            project=self.deployment.project,
            environment=self.deployment.environment,
            step=step.slug,
            target=run.target_slug,
        ).first()
        if binding and binding.configured == configured:
            return binding.stack_name
        return configured or get_step_type(step.type).stack_name(
            inputs, cluster=target.cluster, environment_id=self.deployment.environment.stack_id
        )

    def fix_stack_name(self, step: StepRun, run: TargetRun, context: RunContext) -> None:
        """Remember the stack's name; call it inside the lease's transaction."""
        if context.stack_name:
            StackBinding.objects.update_or_create(
                project=self.deployment.project,
                environment=self.deployment.environment,
                step=step.slug,
                target=run.target_slug,
                defaults={
                    "stack_name": context.stack_name,
                    "configured": str(context.inputs.get("stack_name") or ""),
                    # Whether it is there has to be looked up anew once this has ended.
                    "found": None,
                    "looked_at": None,
                },
            )

    def _target(self, run: TargetRun) -> DeploymentTarget:
        if run.target is None:
            raise NotRunnableError(
                StepError(
                    code="TARGET-DELETED",
                    message=f"The deployment target {run.target_name} was deleted "
                    "after this deployment was queued.",
                    advice="Deploy the release again: it goes to the targets that match now.",
                )
            )
        if run.target.disabled and not run.runner_state:
            raise NotRunnableError(
                StepError(
                    code="TARGET-DISABLED",
                    message=f"The deployment target {run.target_name} was disabled "
                    "after this deployment was queued.",
                    advice="Enable the target and retry, or deploy again without it.",
                )
            )
        return run.target

    @cached_property
    def _images(self) -> dict[str, dict[str, Image]]:
        by_step: dict[str, dict[str, Image]] = {}
        for row in self.deployment.release.images.all():
            by_step.setdefault(row.step, {})[row.reference] = Image(
                reference=row.reference,
                feed=row.feed,
                repository=row.repository,
                tag=row.tag,
                digest=row.digest,
                image=row.image,
            )
        return by_step

    @cached_property
    def _steps(self) -> dict[str, dict[str, Any]]:
        return {step["slug"]: step for step in self.deployment.release.process.steps}

    @cached_property
    def _previous_version(self) -> str:
        before = (
            Deployment.objects.filter(
                project=self.deployment.project,
                environment=self.deployment.environment,
                state=State.SUCCEEDED,
            )
            .exclude(pk=self.deployment.pk)
            .select_related("release")
            .order_by("-finished_at")
            .first()
        )
        return before.release.version if before else ""

    def _inputs(self, step: StepRun, run: TargetRun, images: dict[str, Image]) -> JsonDict:
        finished = TargetRun.objects.filter(
            step_run__deployment=self.deployment, state=RunState.SUCCEEDED
        ).select_related("step_run")
        values = system_variables(self.deployment, step, run, images=images, finished=finished)
        inputs: JsonDict
        inputs, missing = evaluate_document(self._steps[step.slug]["inputs"], Variables(values))
        if missing:
            raise NotRunnableError(
                StepError(
                    code="ECS-VALIDATION",
                    message=f"{len(missing)} expression{'s' if len(missing) > 1 else ''} "
                    "in the step's inputs have no value.",
                    advice="Give the variables a value, or replace the expressions.",
                    cause="unresolved-expression",
                    details=tuple(f"{path}: {token}" for path, token in missing),
                )
            )
        return inputs

    def _facts(self, step: StepRun) -> DeploymentFacts:
        deployment = self.deployment
        return DeploymentFacts(
            id=str(deployment.pk),
            name=f"Deploy to {deployment.environment.name}",
            project_id=deployment.project.slug,
            project_name=deployment.project.name,
            environment_id=deployment.environment.stack_id,
            environment_name=deployment.environment.name,
            release_version=deployment.release.version,
            channel_name=deployment.release.channel.name,
            step_id=step.slug,
            step_name=step.name,
            previous_release_version=self._previous_version,
        )
