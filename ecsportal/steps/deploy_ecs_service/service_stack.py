"""The stack of a service: what this step adds to the operation of any stack."""

from __future__ import annotations

from ecsportal.aws.causes import Cause
from ecsportal.cloudformation.events import StackEvent
from ecsportal.cloudformation.stacks import Stack
from ecsportal.ecs.failures import most_telling
from ecsportal.steps.contract import Progress
from ecsportal.steps.deploy_ecs_service import service_before, verify
from ecsportal.steps.deploy_ecs_service.attempt import Attempt
from ecsportal.steps.deploy_ecs_service.cluster import without_cluster
from ecsportal.steps.reasons import Evidence
from ecsportal.steps.service_rollout import evidence, watch
from ecsportal.steps.time_limit import seen_tasks
from ecsportal.steps.wording import counted


class ServiceStack(Attempt):
    """Watches cluster, service and rollout while CloudFormation works on the stack."""

    def cannot_create(self) -> Progress | None:
        return without_cluster(self)

    def remember(self, stack: Stack) -> str:
        return service_before.remember(self, stack)

    def left_behind(self, stack: Stack) -> str:
        if not service_before.is_our_broken_create(self, stack):
            return ""
        return (
            "was begun by an earlier deployment of this step whose tasks fail, and nothing runs"
            " there: deleting it and creating it anew"
        )

    def retry_of_create(self) -> str:
        deletes = "deletes it, as long as none of its tasks runs, and creates it anew"
        if self.memory.failed_count:
            return deletes
        return f"{super().retry_of_create()}; once tasks of it have failed Retry {deletes}"

    def in_use(self) -> str:
        return service_before.in_use(self)

    def learn(self, event: StackEvent) -> None:
        """Service and task definition are in the events before they are anywhere else."""
        memory = self.memory
        if event.type == "AWS::ECS::Service":
            memory.service_logical = event.logical_id
            memory.service = event.physical_id or memory.service
            memory.service_busy = event.status.endswith("_IN_PROGRESS")
        made = event.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE") and not memory.going_back
        if made and event.logical_id == self.names.task_definition:
            memory.task_definition = event.physical_id
        if event.status == "CREATE_COMPLETE" and event.logical_id in self.names_verified:
            memory.created.append(event.logical_id)

    def busy(self) -> bool:
        return self.memory.service_busy

    def watch(self) -> bool:
        return watch.watch(self)

    def hopeless(self) -> Cause | None:
        return watch.early_end(self) if self.memory.service_busy else None

    def keep_what_waits(self) -> None:
        if self.memory.service_busy:
            watch.keep_what_waits(self)

    def runs_so_far(self) -> str:
        return seen_tasks(self.run, self.memory.task_definition.rpartition("/")[2])

    def tally(self) -> str:
        failed = self.memory.failed_count
        return f"{counted(failed, 'task')} failed" if failed else ""

    def arrived(self, stack: Stack | None) -> Progress:
        return verify.verify(self, stack)

    def outputs(self, stack: Stack | None) -> dict[str, str]:
        return verify.outputs(self, stack, None)

    def cause(self) -> Cause | None:
        return most_telling(watch.causes(self))

    def what_runs(self) -> str:
        return evidence.what_runs(self)

    def still_serving(self) -> str:
        return evidence.still_serving(self)

    def evidence(self) -> list[Evidence]:
        return evidence.said(self)

    def goes_back_to(self) -> str:
        return evidence.before_revision(self)
