"""Which function answers which ECS operation."""

from __future__ import annotations

from collections.abc import Callable

from ecsportal.sandbox.ecs import clusters, rollouts, services, tagging, task_definitions, tasks
from ecsportal.sandbox.ecs.state import EcsRegion, Wire

Operation = Callable[[EcsRegion, Wire], Wire]

OPERATIONS: dict[str, Operation] = {
    "CreateCluster": clusters.create_cluster,
    "DeleteCluster": clusters.delete_cluster,
    "DescribeClusters": clusters.describe_clusters,
    "ListClusters": clusters.list_clusters,
    "UpdateClusterSettings": clusters.update_cluster_settings,
    "PutClusterCapacityProviders": clusters.put_cluster_capacity_providers,
    "PutAccountSetting": clusters.put_account_setting,
    "PutAccountSettingDefault": clusters.put_account_setting,
    "ListAccountSettings": clusters.list_account_settings,
    "RegisterTaskDefinition": task_definitions.register_task_definition,
    "DeregisterTaskDefinition": task_definitions.deregister_task_definition,
    "DescribeTaskDefinition": task_definitions.describe_task_definition,
    "ListTaskDefinitions": task_definitions.list_task_definitions,
    "ListTaskDefinitionFamilies": task_definitions.list_task_definition_families,
    "CreateService": services.create_service,
    "UpdateService": services.update_service,
    "DeleteService": services.delete_service,
    "DescribeServices": services.describe_services,
    "ListServices": services.list_services,
    "ListServiceDeployments": rollouts.list_service_deployments,
    "DescribeServiceDeployments": rollouts.describe_service_deployments,
    "DescribeServiceRevisions": rollouts.describe_service_revisions,
    "RunTask": tasks.run_task,
    "StopTask": tasks.stop_task,
    "DescribeTasks": tasks.describe_tasks,
    "ListTasks": tasks.list_tasks,
    "ListTagsForResource": tagging.list_tags_for_resource,
    "TagResource": tagging.tag_resource,
    "UntagResource": tagging.untag_resource,
}


def begins_something(region: EcsRegion, operation: str, params: Wire) -> bool:
    """True if a successful call changes something: no read, no repeat of a client token."""
    if operation.startswith(("Describe", "List")):
        return False
    token = params.get("clientToken") or params.get("clientRequestToken") or ""
    return not token or (operation, token) not in region.tokens
