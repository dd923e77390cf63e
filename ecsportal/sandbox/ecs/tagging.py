"""ECS operations on tags."""

from __future__ import annotations

from ecsportal.sandbox.ecs.state import EcsRegion, Tags, Wire, tags_from, tags_to
from ecsportal.sandbox.errors import AwsError


def list_tags_for_resource(region: EcsRegion, params: Wire) -> Wire:
    """ListTagsForResource."""
    return {"tags": tags_to(_tags_of(region, params["resourceArn"]))}


def tag_resource(region: EcsRegion, params: Wire) -> Wire:
    """TagResource: a key that is there already gets the new value."""
    _tags_of(region, params["resourceArn"]).update(tags_from(params["tags"]))
    return {}


def untag_resource(region: EcsRegion, params: Wire) -> Wire:
    """UntagResource; keys that aren't there are no error."""
    tags = _tags_of(region, params["resourceArn"])
    for key in params["tagKeys"]:
        tags.pop(key, None)
    return {}


def _tags_of(region: EcsRegion, arn: str) -> Tags:
    for cluster in region.clusters.values():
        if cluster.arn == arn:
            return cluster.tags
    for service in region.services.values():
        if service.arn == arn and service.status != "INACTIVE":
            return service.tags
    for revisions in region.families.values():
        for definition in revisions:
            if definition.arn == arn:
                return definition.tags
    if arn in region.tasks:
        return region.tasks[arn].tags
    raise AwsError("InvalidParameterException", "The specified resource was not found.")
