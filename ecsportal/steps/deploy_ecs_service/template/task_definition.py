"""The task definition and what it needs: volumes, tags, execution role, log group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs
from ecsportal.steps.deploy_ecs_service.inputs.storage import Volume
from ecsportal.steps.deploy_ecs_service.names import LogicalIds
from ecsportal.steps.deploy_ecs_service.template.container import container_definition
from ecsportal.steps.deploy_ecs_service.template.expressions import ref, switch
from ecsportal.steps.deploy_ecs_service.template.parameters import POLICY_PARAMETER
from ecsportal.steps.deploy_ecs_service.template.service_connect import named_ports
from ecsportal.steps.tags import Tag


def execution_role() -> JsonDict:
    """The role that ECS uses to pull images and write logs, where the step names none."""
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "Path": "/",
            "ManagedPolicyArns": [ref(POLICY_PARAMETER)],
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": ["ecs-tasks.amazonaws.com"]},
                        "Action": ["sts:AssumeRole"],
                    }
                ],
            },
        },
    }


def log_group(retention_days: int | str | None) -> JsonDict:
    """The log group of all containers that log automatically."""
    properties: JsonDict = {"LogGroupName": ref("LogGroupName")}
    if retention_days is not None:
        properties["RetentionInDays"] = retention_days
    return {"Type": "AWS::Logs::LogGroup", "Properties": properties}


def task_definition(
    inputs: DeployEcsServiceInputs, ids: LogicalIds, images: Mapping[str, str] | None
) -> JsonDict:
    """The AWS::ECS::TaskDefinition."""
    ports = named_ports(inputs.beyond.service_connect)
    properties: JsonDict = {
        "ContainerDefinitions": [
            container_definition(container, images=images, named_ports=ports)
            for container in inputs.containers
        ],
        "Family": ref("TaskDefinitionName"),
        "Cpu": ref("TaskDefinitionCPU"),
        "Memory": ref("TaskDefinitionMemory"),
        "ExecutionRoleArn": _execution_role_arn(inputs, ids),
    }
    if inputs.task_role_arn:
        properties["TaskRoleArn"] = ref("TaskRole")
    properties["RequiresCompatibilities"] = ["FARGATE"]
    properties["NetworkMode"] = "awsvpc"
    properties["RuntimePlatform"] = {
        "OperatingSystemFamily": "LINUX",
        "CpuArchitecture": inputs.cpu_architecture,
    }
    if inputs.beyond.ephemeral_storage_gib is not None:
        properties["EphemeralStorage"] = {"SizeInGiB": inputs.beyond.ephemeral_storage_gib}
    properties["Volumes"] = volumes(inputs.volumes)
    properties["Tags"] = resource_tags(inputs.tags)
    return {"Type": "AWS::ECS::TaskDefinition", "Properties": properties}


def resource_tags(tags: Iterable[Tag]) -> list[JsonDict]:
    """The step's tags as typed, in order."""
    return [{"Key": tag.key, "Value": tag.value} for tag in tags]


def volumes(declared: list[Volume]) -> list[JsonDict]:
    """Bind volumes first, then EFS, each in the order typed; no value is changed."""
    bind = [{"Name": volume.name} for volume in declared if volume.type != "efs"]
    return bind + [_efs_volume(volume) for volume in declared if volume.type == "efs"]


def _efs_volume(volume: Volume) -> JsonDict:
    configuration: JsonDict = {"FilesystemId": volume.file_system_id}
    if volume.root_directory or "root_directory" in volume.render_empty:
        configuration["RootDirectory"] = volume.root_directory
    configuration["TransitEncryption"] = switch(volume.transit_encryption)
    authorization = {"IAM": switch(volume.iam_authorization)}
    if volume.access_point_id or "access_point_id" in volume.render_empty:
        authorization["AccessPointId"] = volume.access_point_id
    configuration["AuthorizationConfig"] = authorization
    return {"Name": volume.name, "EFSVolumeConfiguration": configuration}


def _execution_role_arn(inputs: DeployEcsServiceInputs, ids: LogicalIds) -> JsonDict:
    if inputs.task_execution_role_arn:
        return ref("TaskExecutionRole")
    # The reference says Ref here, which yields the role's name and not its ARN.
    return {"Fn::GetAtt": [ids.execution_role, "Arn"]}
