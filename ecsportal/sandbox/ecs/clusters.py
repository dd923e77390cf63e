"""ECS operations on clusters and account settings."""

from __future__ import annotations

from ecsportal.sandbox.ecs.describe import describe_cluster, failure
from ecsportal.sandbox.ecs.state import Cluster, EcsRegion, Wire, tags_from
from ecsportal.sandbox.errors import AwsError
from ecsportal.sandbox.paging import page

BAD_TOKEN = AwsError("InvalidParameterException", "Invalid token")


def create_cluster(region: EcsRegion, params: Wire) -> Wire:
    """CreateCluster; an existing one is answered as it is."""
    name = params.get("clusterName") or "default"
    cluster = region.clusters.get(name)
    if cluster is None or cluster.status == "INACTIVE":
        cluster = Cluster(name, region.arn(f"cluster/{name}"), tags=tags_from(params.get("tags")))
        cluster.capacity_providers = list(params.get("capacityProviders", []))
        cluster.capacity_provider_strategy = list(params.get("defaultCapacityProviderStrategy", []))
        off = [{"name": "containerInsights", "value": "disabled"}]
        cluster.settings = list(params.get("settings", off))
        region.clusters[name] = cluster
    return {"cluster": describe_cluster(region, cluster)}


def delete_cluster(region: EcsRegion, params: Wire) -> Wire:
    """DeleteCluster; refused while services or tasks are in it."""
    cluster = region.cluster(params["cluster"])
    wire = describe_cluster(region, cluster)
    if wire["activeServicesCount"]:
        raise AwsError(
            "ClusterContainsServicesException",
            "The Cluster cannot be deleted while Services are active.",
        )
    if wire["runningTasksCount"] or wire["pendingTasksCount"]:
        raise AwsError(
            "ClusterContainsTasksException",
            "The Cluster cannot be deleted while Tasks are active.",
        )
    cluster.status = "INACTIVE"
    return {"cluster": describe_cluster(region, cluster)}


def describe_clusters(region: EcsRegion, params: Wire) -> Wire:
    """DescribeClusters; `include` decides on tags and settings."""
    found, failures = [], []
    include = params.get("include", [])
    for reference in params.get("clusters") or ["default"]:
        name = reference.rpartition("/")[2]
        cluster = region.clusters.get(name)
        if cluster is None:
            failures.append(failure(region.arn(f"cluster/{name}")))
            continue
        wire = describe_cluster(region, cluster)
        if "TAGS" not in include:
            wire["tags"] = []
        if "SETTINGS" not in include:
            wire["settings"] = []
        found.append(wire)
    return {"clusters": found, "failures": failures}


def list_clusters(region: EcsRegion, params: Wire) -> Wire:
    """ListClusters, at most 100 a page."""
    arns = [each.arn for each in region.clusters.values() if each.status != "INACTIVE"]
    return listing("clusterArns", arns, params, 100)


def listing(name: str, arns: list[str], params: Wire, default: int) -> Wire:
    """A page of ARNs under `name`, as every List call answers."""
    size = params.get("maxResults") or default
    shown, following = page(arns, min(size, 100), params.get("nextToken"), error=BAD_TOKEN)
    return {name: shown, "nextToken": following}


def update_cluster_settings(region: EcsRegion, params: Wire) -> Wire:
    """UpdateClusterSettings."""
    cluster = region.cluster(params["cluster"])
    cluster.settings = params["settings"]
    return {"cluster": describe_cluster(region, cluster)}


def put_cluster_capacity_providers(region: EcsRegion, params: Wire) -> Wire:
    """PutClusterCapacityProviders."""
    cluster = region.cluster(params["cluster"])
    cluster.capacity_providers = params["capacityProviders"]
    cluster.capacity_provider_strategy = params["defaultCapacityProviderStrategy"]
    return {"cluster": describe_cluster(region, cluster)}


def put_account_setting(region: EcsRegion, params: Wire) -> Wire:
    """PutAccountSetting and PutAccountSettingDefault."""
    region.account_settings[params["name"]] = params["value"]
    return {"setting": _setting(params["name"], params["value"])}


def list_account_settings(region: EcsRegion, params: Wire) -> Wire:
    """ListAccountSettings."""
    known = {"serviceLongArnFormat": "enabled", "taskLongArnFormat": "enabled"}
    known |= region.account_settings
    wanted = params.get("name")
    return {"settings": [_setting(k, v) for k, v in known.items() if wanted in (None, k)]}


def _setting(name: str, value: str) -> Wire:
    return {"name": name, "value": value, "principalArn": "arn:aws:iam::123456789012:root"}
