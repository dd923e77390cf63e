"""Parts of a built template, as the tests look at them."""

from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.inputs import read_inputs
from ecsportal.steps.deploy_ecs_service.template import build_template
from tests.steps.deploy_ecs_service.samples import container, document

IMAGES = {"web": "docker.io/library/web:1", "api": "docker.io/library/api:2"}


def built(inputs: JsonDict, **options: Any) -> JsonDict:
    """The template for the cluster `main`, with an image for each container of the samples."""
    return build_template(read_inputs(inputs), **{"images": IMAGES, "cluster": "main"} | options)


def task_properties(inputs: JsonDict) -> JsonDict:
    """Properties of the task definition."""
    properties: JsonDict = built(inputs)["Resources"]["TaskDefinitionweb"]["Properties"]
    return properties


def service_properties(inputs: JsonDict) -> JsonDict:
    """Properties of the service."""
    properties: JsonDict = built(inputs)["Resources"]["Serviceweb"]["Properties"]
    return properties


def web_definition(**fields: Any) -> JsonDict:
    """The container definition of `web` with these inputs."""
    definition: JsonDict = task_properties(document(container("web", **fields)))[
        "ContainerDefinitions"
    ][0]
    return definition
