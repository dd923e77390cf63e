"""ECS operations on tasks."""

from __future__ import annotations

from ecsportal.sandbox import scenarios
from ecsportal.sandbox.ecs import task_life
from ecsportal.sandbox.ecs.clusters import listing
from ecsportal.sandbox.ecs.describe import describe_task, failure
from ecsportal.sandbox.ecs.failures import NO_CAPACITY
from ecsportal.sandbox.ecs.services import refuse
from ecsportal.sandbox.ecs.state import EcsRegion, Tags, Task, TaskDefinition, Wire, tags_from
from ecsportal.sandbox.errors import AwsError

_EXTRAS = ("networkConfiguration", "enableExecuteCommand", "capacityProviderStrategy")
_AT_ONCE = 10
"""Tasks that one call may start."""


def run_task(region: EcsRegion, params: Wire) -> Wire:
    """RunTask; the same client token with the same parameters answers the same tasks."""
    cluster = region.cluster(params.get("cluster"))
    token = ("RunTask", params.get("clientToken") or "")
    if token[1] and token in region.tokens:
        earlier, answer = region.tokens[token]
        if earlier != params:
            raise AwsError("ConflictException", "The client token was used with other parameters.")
        found = [region.tasks[arn] for arn in answer["arns"] if arn in region.tasks]
        return {"tasks": [describe_task(region, each, with_tags=True) for each in found],
                "failures": []}  # fmt: skip
    definition = _runnable(region, params)
    count = int(params.get("count", 1))
    if not 1 <= count <= _AT_ONCE:
        raise refuse("Count must be between 1 and 10.")
    if scenarios.FULL in task_life.scenarios_in(region, definition):
        failures = [{"reason": NO_CAPACITY}] * count
        return {"tasks": [], "failures": failures}
    overrides = params.get("overrides", {})
    order = task_life.Launch(
        cluster,
        definition,
        params.get("group") or f"family:{definition.family}",
        params.get("startedBy", ""),
        {"containerOverrides": [], **overrides},
        {key: params[key] for key in _EXTRAS if key in params},
        _tags(params, definition),
    )
    tasks = [task_life.launch(region, order) for _ in range(count)]
    region.tokens[token] = (params, {"arns": [each.arn for each in tasks]})
    return {
        "tasks": [describe_task(region, each, with_tags=True) for each in tasks],
        "failures": [],
    }


def _tags(params: Wire, definition: TaskDefinition) -> Tags:
    propagated = definition.tags if params.get("propagateTags") == "TASK_DEFINITION" else {}
    managed = {"aws:ecs:clusterName": params.get("cluster", "default").rpartition("/")[2]}
    return {
        **propagated,
        **tags_from(params.get("tags")),
        **(managed if params.get("enableECSManagedTags") else {}),
    }


def _runnable(region: EcsRegion, params: Wire) -> TaskDefinition:
    try:
        definition = region.definition(params["taskDefinition"])
    except AwsError:
        raise AwsError("ClientException", "TaskDefinition not found.") from None
    if definition.status != "ACTIVE":
        raise AwsError("ClientException", "TaskDefinition is inactive")
    if definition.body.get("networkMode") == "awsvpc" and not params.get("networkConfiguration"):
        raise refuse(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        )
    overrides = params.get("overrides", {})
    names = {each["name"] for each in definition.containers}
    for each in overrides.get("containerOverrides", []):
        if each.get("name") not in names:
            raise refuse(
                "Override for container named "
                f"{each.get('name')} is not a container in the TaskDefinition."
            )
    return definition


def stop_task(region: EcsRegion, params: Wire) -> Wire:
    """StopTask."""
    region.cluster(params.get("cluster"))
    task = _find(region, params["task"])
    if task is None:
        raise refuse("The referenced task was not found.")
    task_life.stop(region, task, "UserInitiated", params.get("reason") or "Task stopped by user")
    return {"task": describe_task(region, task, with_tags=True)}


def describe_tasks(region: EcsRegion, params: Wire) -> Wire:
    """DescribeTasks, at most 100."""
    cluster = region.cluster(params.get("cluster"))
    if len(params["tasks"]) > 100:
        raise refuse("Tasks can have at most 100 items.")
    found, failures = [], []
    for reference in params["tasks"]:
        task = _find(region, reference)
        if task is None or task.cluster is not cluster:
            path = f"task/{cluster.name}/{reference.rpartition('/')[2]}"
            failures.append(failure(region.arn(path)))
        else:
            with_tags = "TAGS" in params.get("include", [])
            found.append(describe_task(region, task, with_tags=with_tags))
    return {"tasks": found, "failures": failures}


def list_tasks(region: EcsRegion, params: Wire) -> Wire:
    """ListTasks by service, family, who started them, and desired status (RUNNING by default)."""
    cluster = region.cluster(params.get("cluster"))
    if params.get("serviceName") and region.service(cluster, params["serviceName"]) is None:
        raise AwsError("ServiceNotFoundException", "Service not found.")
    arns = [
        task.arn
        for task in region.tasks.values()
        if task.cluster is cluster and _is_asked_for(task, params)
    ]
    return listing("taskArns", arns, params, 100)


def _is_asked_for(task: Task, params: Wire) -> bool:
    service = params.get("serviceName")
    if service and task.group != f"service:{service.rpartition('/')[2]}":
        return False
    if params.get("family") and task.definition.family != params["family"]:
        return False
    if params.get("startedBy") and task.started_by != params["startedBy"]:
        return False
    return bool(task.desired_status == params.get("desiredStatus", "RUNNING"))


def _find(region: EcsRegion, reference: str) -> Task | None:
    task_id = reference.rpartition("/")[2]
    return next((each for each in region.tasks.values() if each.id == task_id), None)
