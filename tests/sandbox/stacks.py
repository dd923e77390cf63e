"""The template that the product sends, in small, and what tests do with stacks of it."""

from __future__ import annotations

import copy
import json
from typing import Any

from ecsportal.sandbox.server import RunningSandbox

CONTAINER: dict[str, Any] = {
    "Name": "web",
    "Image": {"Ref": "Image"},
    "Essential": True,
    "DisableNetworking": False,
    "ReadonlyRootFilesystem": False,
    "DnsServers": [],
    "DnsSearchDomains": [],
    "ResourceRequirements": [],
    "ExtraHosts": [],
    "EnvironmentFiles": [],
    "DockerLabels": {"Com.Example.Team": "Shop"},
    "PortMappings": [{"ContainerPort": "80", "HostPort": "80", "Protocol": "tcp"}],
    "LogConfiguration": {
        "LogDriver": "awslogs",
        "Options": {
            "awslogs-group": {"Ref": "LogGroupName"},
            "awslogs-region": {"Ref": "AWS::Region"},
            "awslogs-stream-prefix": "ecs",
        },
    },
}
TEMPLATE: dict[str, Any] = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Parameters": {
        "Image": {"Type": "String"},
        "DesiredCount": {"Type": "Number", "Default": 1},
        "LogGroupName": {"Type": "String", "Default": "/ecs/web"},
    },
    "Resources": {
        "TaskExecutionRoleWeb": {
            "Type": "AWS::IAM::Role",
            "Properties": {"Path": "/", "AssumeRolePolicyDocument": {"Version": "2012-10-17"}},
        },
        "AwsLogGroupWeb": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": {"Ref": "LogGroupName"}},
        },
        "TaskDefinitionWeb": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {
                "Family": "web",
                "Cpu": "256",
                "Memory": "512",
                "NetworkMode": "awsvpc",
                "RequiresCompatibilities": ["FARGATE"],
                "ExecutionRoleArn": {"Fn::GetAtt": ["TaskExecutionRoleWeb", "Arn"]},
                "RuntimePlatform": {"OperatingSystemFamily": "LINUX", "CpuArchitecture": "X86_64"},
                "Volumes": [],
                "Tags": [{"Key": "owner", "Value": "team"}],
                "ContainerDefinitions": [CONTAINER],
            },
        },
        "ServiceWeb": {
            "Type": "AWS::ECS::Service",
            "DependsOn": "TaskDefinitionWeb",
            "Properties": {
                "Cluster": "demo",
                "LaunchType": "FARGATE",
                "TaskDefinition": {"Ref": "TaskDefinitionWeb"},
                "DesiredCount": {"Ref": "DesiredCount"},
                "EnableECSManagedTags": False,
                "DeploymentConfiguration": {"MinimumHealthyPercent": 100, "MaximumPercent": 200},
                "NetworkConfiguration": {
                    "AwsvpcConfiguration": {
                        "AssignPublicIp": "ENABLED",
                        "Subnets": ["subnet-0a1b2c3d4e5f60001"],
                        "SecurityGroups": ["sg-0a1b2c3d4e5f60001"],
                    }
                },
                "Tags": [],
            },
        },
    },
    "Outputs": {"Name": {"Value": {"Fn::GetAtt": ["ServiceWeb", "Name"]}}},
}


def template(*, breaker: bool = False, **service: Any) -> dict[str, Any]:
    """The sample template; `service` are further properties of the service."""
    made = copy.deepcopy(TEMPLATE)
    properties = made["Resources"]["ServiceWeb"]["Properties"]
    properties.update(service)
    if breaker:
        properties["DeploymentConfiguration"]["DeploymentCircuitBreaker"] = {
            "Enable": True,
            "Rollback": True,
        }
    return made


class Stacks:
    """Creates and updates stacks named "web", and looks at them."""

    def __init__(self, sandbox: RunningSandbox, region: str = "eu-west-1") -> None:
        self.sandbox = sandbox
        self.cloudformation = sandbox.client("cloudformation", region)
        self.ecs = sandbox.client("ecs", region)

    def request(
        self, image: str = "shop/web:1.6.0", deployment: str = "1", **more: Any
    ) -> dict[str, Any]:
        """Parameters of a create or update."""
        body = more.pop("template", TEMPLATE)
        parameters = {"Image": image, **more.pop("parameters", {})}
        return {
            "StackName": "web",
            "TemplateBody": json.dumps(body),
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "Tags": [{"Key": "Octopus.Deployment.Id", "Value": deployment}],
            **more,
        }

    def create(self, image: str = "shop/web:1.6.0", *, wait: float = 60, **more: Any) -> str:
        """CreateStack; returns the stack's id `wait` seconds later."""
        answer = self.cloudformation.create_stack(**self.request(image, **more))
        self.sandbox.advance(wait)
        return str(answer["StackId"])

    def update(self, image: str = "shop/web:1.6.0", *, wait: float = 60, **more: Any) -> None:
        """UpdateStack, and let `wait` seconds pass."""
        self.cloudformation.update_stack(**self.request(image, **more))
        self.sandbox.advance(wait)

    @property
    def status(self) -> str:
        """The stack's status."""
        return str(self.cloudformation.describe_stacks(StackName="web")["Stacks"][0]["StackStatus"])

    def events(self, token: str = "") -> list[tuple[str, str, str]]:
        """(logical id, status, reason) in order of time; only those of a token, if given."""
        pages = self.cloudformation.get_paginator("describe_stack_events")
        found = [each for page in pages.paginate(StackName="web") for each in page["StackEvents"]]
        return [
            (
                each["LogicalResourceId"],
                each["ResourceStatus"],
                each.get("ResourceStatusReason", ""),
            )
            for each in reversed(found)
            if not token or each.get("ClientRequestToken") == token
        ]

    def statuses(self, token: str = "") -> list[tuple[str, str]]:
        """`events` without reasons."""
        return [(logical_id, status) for logical_id, status, _ in self.events(token)]

    def reason(self, logical_id: str, status: str) -> str:
        """The reason of the newest event of this status."""
        return next(
            why for name, how, why in reversed(self.events()) if (name, how) == (logical_id, status)
        )

    @property
    def service(self) -> dict[str, Any]:
        """The one service of the cluster."""
        arns = self.ecs.list_services(cluster="demo")["serviceArns"]
        answer = self.ecs.describe_services(cluster="demo", services=arns, include=["TAGS"])
        return dict(answer["services"][0])

    def tasks(self, desired: str = "RUNNING") -> list[dict[str, Any]]:
        """The tasks of the cluster by desired status."""
        arns = self.ecs.list_tasks(cluster="demo", desiredStatus=desired)["taskArns"]
        if not arns:
            return []
        return list(self.ecs.describe_tasks(cluster="demo", tasks=arns)["tasks"])
