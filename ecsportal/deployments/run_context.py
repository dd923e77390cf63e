"""Building what a step's runner may use in one turn."""

from __future__ import annotations

from functools import cached_property

from django.db.models import QuerySet
from django.utils import timezone

from ecsportal.aws.sessions import TargetClients
from ecsportal.deployments import prepared_runs
from ecsportal.deployments.compiled import Compiled, Given
from ecsportal.deployments.evaluation import DeploymentVariables
from ecsportal.deployments.masking import Masker
from ecsportal.deployments.models import (
    Deployment,
    StackBinding,
    StepRun,
    TargetRun,
)
from ecsportal.deployments.preflight import Fault, error_of
from ecsportal.deployments.row_writes import upsert_row
from ecsportal.deployments.tasklog import TurnLog
from ecsportal.infrastructure.accounts import aws_credentials
from ecsportal.infrastructure.models import AwsAccount, DeploymentTarget
from ecsportal.octostache import OctostacheError, evaluate_document
from ecsportal.projects.step_outputs import StepOutputs
from ecsportal.steps.catalogue import get as get_step_type
from ecsportal.steps.contract import (
    NO_AWS,
    NO_TARGET,
    TOKEN_PREFIX,
    DeploymentFacts,
    JsonDict,
    OtherStep,
    RunContext,
    StepError,
    TargetFacts,
)
from ecsportal.steps.step_type import ReadsSteps


class NotRunnableError(Exception):
    """The step cannot run on this target, whatever AWS says."""

    def __init__(self, error: StepError) -> None:
        self.error = error
        super().__init__(error.message)


def _facts_of(target: DeploymentTarget) -> TargetFacts:
    return TargetFacts(
        slug=target.slug,
        name=target.name,
        account=target.account.slug,
        region=target.region,
        cluster=target.cluster,
        target_tags=tuple(target.target_tags),
        template_bucket=target.account.template_bucket,
    )


def _select_accounts(deployment: Given) -> QuerySet[AwsAccount]:
    return AwsAccount.objects.filter(targets__runs__step_run__deployment=deployment).distinct()


def _select_binding(
    project: Given, environment: Given, step: Given, target: Given
) -> QuerySet[StackBinding]:
    return StackBinding.objects.filter(
        project=project, environment=environment, step=step, target=target
    )


_ACCOUNTS: Compiled[AwsAccount] = Compiled(_select_accounts)
_BINDING: Compiled[StackBinding] = Compiled(_select_binding)


class ContextBuilder:
    """Builds run contexts for one deployment; reads what all of them share once."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.variables = DeploymentVariables(deployment)

    def build(self, step: StepRun, run: TargetRun, *, intent_is_new: bool) -> RunContext:
        """The context of one call. Raises NotRunnableError where target or values are missing."""
        if run.runner_state and not run.answer:
            # Nothing that it was begun with changes within an attempt.
            prepared = prepared_runs.prepared_run(run, prepared_runs.place_of(run))
            if prepared is not None:
                return prepared_runs.next_context(prepared, run, intent_is_new=intent_is_new)
        context = self._built(step, run, intent_is_new=intent_is_new)
        prepared_runs.keep(step, run, context, self.masker)
        return context

    def _built(self, step: StepRun, run: TargetRun, *, intent_is_new: bool) -> RunContext:
        target = self._target(run) if run.target_slug else None
        log = TurnLog(step.slug, run.target_slug, masker=self.masker)
        inputs = self._inputs(step, run, log)
        answer = run.answer or {}
        return RunContext(
            inputs=inputs,
            version=step.version,
            images=self.variables.images.get(step.slug, {}),
            target=_facts_of(target) if target else NO_TARGET,
            deployment=self._facts(step),
            aws=self._clients_of(target) if target else NO_AWS,
            log=log,
            now=timezone.now(),
            started_at=run.started_at or timezone.now(),
            token_base=f"{TOKEN_PREFIX}{step.pk}-{run.pk}-{run.attempt}",
            step_name=step.name,
            stack_name=self.stack_name(step, run, target, inputs) if target else "",
            intent_is_new=intent_is_new,
            answer=answer.get("answer"),
            answer_note=answer.get("note", ""),
            answered_by=answer.get("by", ""),
            resources=dict(run.resources),
            other_steps=self._other_steps(step, run, inputs),
        )

    def _other_steps(self, step: StepRun, run: TargetRun, inputs: JsonDict) -> dict[str, OtherStep]:
        """The steps that this one builds on, as they are on the same target."""
        kind = get_step_type(step.type)
        wanted = kind.reads_steps(inputs) if isinstance(kind, ReadsSteps) else []
        if not wanted:
            return {}
        found = {}
        for other in self.deployment.steps.filter(slug__in=wanted).prefetch_related("targets"):
            evaluated, fault = self.checked(other, run)
            if fault.details:
                raise NotRunnableError(error_of(fault))
            ended = [r for r in other.targets.all() if r.target_slug == run.target_slug]
            found[other.slug] = OtherStep(
                slug=other.slug,
                name=other.name,
                type=other.type,
                version=other.version,
                inputs=evaluated,
                images=self.variables.images.get(other.slug, {}),
                outputs=ended[0].given_outputs if ended else {},
            )
        return found

    @cached_property
    def masker(self) -> Masker:
        """Masks all secrets of this deployment: of its variables, its feeds, its accounts."""
        keys = [account.secret_access_key for account in _ACCOUNTS.rows(self.deployment.pk)]
        return Masker([*keys, *self.variables.secrets])

    def stack_name(
        self, step: StepRun, run: TargetRun, target: DeploymentTarget, inputs: JsonDict
    ) -> str:
        """The stack's name, fixed at the first deployment; a changed `stack_name` moves on.

        Empty for a step that makes none.
        """
        configured = str(inputs.get("stack_name") or "")
        named = get_step_type(step.type).stack_name(
            inputs, cluster=target.cluster, environment_id=self.deployment.environment.stack_id
        )
        if not named:
            return ""  # the step makes no stack of its own
        binding = _BINDING.first(
            self.deployment.project_id, self.deployment.environment_id, step.slug, run.target_slug
        )
        if binding and binding.configured == configured:
            return binding.stack_name
        return configured or named

    def fix_stack_name(self, step: StepRun, run: TargetRun, context: RunContext) -> None:
        """Remember the stack's name; call it inside the lease's transaction."""
        if context.stack_name:
            binding = StackBinding(
                project_id=self.deployment.project_id,
                environment_id=self.deployment.environment_id,
                step=step.slug,
                target=run.target_slug,
                stack_name=context.stack_name,
                configured=str(context.inputs.get("stack_name") or ""),
                # Whether it is there has to be looked up anew once this has ended.
                found=None,
                looked_at=None,
            )
            upsert_row(binding, unique=("project", "environment", "step", "target"))

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

    def _clients_of(self, target: DeploymentTarget) -> TargetClients:
        """The AWS clients of a target; the deployment shows in CloudTrail."""
        return TargetClients(
            aws_credentials(target.account),
            target.region,
            session_name=f"ecs-portal-{self.deployment.pk}",
        )

    def checked(
        self, step: StepRun, run: TargetRun, *, outputs: StepOutputs | None = None
    ) -> tuple[JsonDict, Fault]:
        """The evaluated inputs, and what is wrong with them.

        Before the deployment's first step `outputs` are given: those that can still come aren't
        missed yet, and the step type's rules are asked too.
        """
        document = self.variables.steps[step.slug]["inputs"]
        try:
            inputs, missing = evaluate_document(document, self.variables.on_target(step, run))
        except OctostacheError as error:
            path, _, words = str(error).partition(": ")
            return {}, Fault(step, run, unresolved=((path, words),))
        if outputs is not None:
            missing = [
                (path, f"{token} {outputs.why_never(token, step.slug)}".rstrip())
                for path, token in missing
                if not outputs.can_come(token, step.slug)
            ]
        if missing or outputs is None:
            return inputs, Fault(step, run, unresolved=tuple(missing))
        problems = get_step_type(step.type).check(inputs, step.version)
        return inputs, Fault(step, run, broken=tuple((p.path, p.message) for p in problems))

    def _inputs(self, step: StepRun, run: TargetRun, log: TurnLog) -> JsonDict:
        inputs, fault = self.checked(step, run)
        if fault.details:
            raise NotRunnableError(error_of(fault))
        if not run.runner_state and run.attempt == 1:
            resolution = self.variables.resolution(step, run)
            for line in self.variables.printed(self.variables.on_target(step, run), resolution):
                log.verbose(line)
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
            previous_release_version=self.variables.system.previous_version,
        )
