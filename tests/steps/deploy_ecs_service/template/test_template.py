import json
from typing import Any

import pytest

from ecsportal.cloudformation.documents import parse, to_yaml
from ecsportal.steps.deploy_ecs_service.inputs import read_inputs, write_inputs
from ecsportal.steps.deploy_ecs_service.template import (
    MissingImageError,
    build_template,
    template_parameters,
)
from tests.steps.deploy_ecs_service.samples import ROLE, SECURITY_GROUP, SUBNET, container, document
from tests.steps.deploy_ecs_service.template.built import IMAGES, built, service_properties

SMALLEST = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Parameters": {
        "ClusterName": {"Type": "String", "Default": "main"},
        "TaskDefinitionName": {"Type": "String", "Default": "test-big-cf-template"},
        "TaskDefinitionCPU": {"Type": "String", "Default": "256"},
        "TaskDefinitionMemory": {"Type": "String", "Default": "512"},
        "LogGroupName": {"Type": "String", "Default": "/ecs/test-big-cf-template"},
        "AmazonECSTaskExecutionRolePolicyArn": {
            "Type": "String",
            "Default": "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
        },
    },
    "Resources": {
        "TaskExecutionRoletestBigCfTemplate": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "Path": "/",
                "ManagedPolicyArns": [{"Ref": "AmazonECSTaskExecutionRolePolicyArn"}],
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
        },
        "AwsLogGrouptestBigCfTemplate": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": {"Ref": "LogGroupName"}},
        },
        "TaskDefinitiontestBigCfTemplate": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {
                "ContainerDefinitions": [
                    {
                        "Name": "web",
                        "Image": "docker.io/library/web:1",
                        "Essential": True,
                        "DisableNetworking": False,
                        "ReadonlyRootFilesystem": False,
                        "DnsServers": [],
                        "DnsSearchDomains": [],
                        "ResourceRequirements": [],
                        "PortMappings": [],
                        "ExtraHosts": [],
                        "EnvironmentFiles": [],
                        "LogConfiguration": {
                            "LogDriver": "awslogs",
                            "Options": {
                                "awslogs-group": {"Ref": "LogGroupName"},
                                "awslogs-region": {"Ref": "AWS::Region"},
                                "awslogs-stream-prefix": "ecs",
                            },
                        },
                    }
                ],
                "Family": {"Ref": "TaskDefinitionName"},
                "Cpu": {"Ref": "TaskDefinitionCPU"},
                "Memory": {"Ref": "TaskDefinitionMemory"},
                "ExecutionRoleArn": {"Fn::GetAtt": ["TaskExecutionRoletestBigCfTemplate", "Arn"]},
                "RequiresCompatibilities": ["FARGATE"],
                "NetworkMode": "awsvpc",
                "RuntimePlatform": {
                    "OperatingSystemFamily": "LINUX",
                    "CpuArchitecture": "X86_64",
                },
                "Volumes": [],
                "Tags": [],
            },
        },
        "ServicetestBigCfTemplate": {
            "Type": "AWS::ECS::Service",
            "DependsOn": "TaskDefinitiontestBigCfTemplate",
            "Properties": {
                "Cluster": {"Ref": "ClusterName"},
                "LaunchType": "FARGATE",
                "TaskDefinition": {"Ref": "TaskDefinitiontestBigCfTemplate"},
                "DesiredCount": 1,
                "EnableECSManagedTags": False,
                "DeploymentConfiguration": {"MinimumHealthyPercent": 100, "MaximumPercent": 200},
                "NetworkConfiguration": {
                    "AwsvpcConfiguration": {
                        "AssignPublicIp": "ENABLED",
                        "Subnets": [SUBNET],
                        "SecurityGroups": [SECURITY_GROUP],
                    }
                },
                "Tags": [],
            },
        },
    },
}


def test_the_smallest_step_gives_exactly_this_template() -> None:
    template = built(document(task_name="test-big-cf-template"))
    # As text, so that the order of keys counts as well.
    assert json.dumps(template) == json.dumps(SMALLEST)


def test_stating_every_default_changes_no_byte() -> None:
    inputs = document(container("web", ports=[{"port": 80}]))
    stated = write_inputs(read_inputs(inputs))
    assert json.dumps(built(stated)) == json.dumps(built(inputs))


def test_the_template_is_the_same_after_a_trip_through_yaml() -> None:
    template = built(document())
    assert parse(to_yaml(template)) == template


ALL_PARAMETERS: dict[str, dict[str, Any]] = {
    "ClusterName": {"Type": "String", "Default": "main"},
    "TaskDefinitionName": {"Type": "String", "Default": "web"},
    "TaskDefinitionCPU": {"Type": "String", "Default": "512"},
    "TaskDefinitionMemory": {"Type": "String", "Default": "1024"},
    "TaskRole": {"Type": "String", "Default": ROLE},
    "TaskExecutionRole": {"Type": "String", "Default": ROLE},
    "DesiredCount": {"Type": "Number", "Default": 3},
    "MinimumHealthPercent": {"Type": "Number", "Default": 50},
    "MaximumHealthPercent": {"Type": "Number", "Default": 150},
    "LogGroupName": {"Type": "String", "Default": "/ecs/web"},
}


def everything_stated() -> dict[str, Any]:
    return document(
        cpu="0.5 vCPU",
        memory="1 GB",
        task_role_arn=ROLE,
        task_execution_role_arn=ROLE,
        desired_count=3,
        minimum_healthy_percent=50,
        maximum_percent=150,
    )


def test_parameters_stand_in_the_reference_s_order() -> None:
    assert list(built(everything_stated())["Parameters"].items()) == list(ALL_PARAMETERS.items())


def test_a_given_execution_role_is_referred_to_and_none_is_made() -> None:
    resources = built(everything_stated())["Resources"]
    task = resources["TaskDefinitionweb"]["Properties"]
    assert list(resources) == ["AwsLogGroupweb", "TaskDefinitionweb", "Serviceweb"]
    assert task["ExecutionRoleArn"] == {"Ref": "TaskExecutionRole"}
    assert task["TaskRoleArn"] == {"Ref": "TaskRole"}


def test_numbers_with_a_parameter_are_referred_to() -> None:
    service = service_properties(everything_stated())
    assert service["DesiredCount"] == {"Ref": "DesiredCount"}
    assert service["DeploymentConfiguration"] == {
        "MinimumHealthyPercent": {"Ref": "MinimumHealthPercent"},
        "MaximumPercent": {"Ref": "MaximumHealthPercent"},
    }


def test_a_count_of_zero_is_not_the_default() -> None:
    parameters = built(document(desired_count=0))["Parameters"]
    assert parameters["DesiredCount"] == {"Type": "Number", "Default": 0}


def test_without_automatic_logging_there_is_no_log_group() -> None:
    template = built(document(container("web", logging={"type": "manual"})))
    assert "LogGroupName" not in template["Parameters"]
    assert "AwsLogGroupweb" not in template["Resources"]


def test_one_container_that_logs_automatically_is_enough_for_a_log_group() -> None:
    silent = container("web", logging={"type": "manual"})
    assert "AwsLogGroupweb" in built(document(silent, container("api")))["Resources"]


def test_the_policy_lies_in_the_region_s_partition() -> None:
    parameters = built(document(), partition="aws-cn")["Parameters"]
    assert parameters["AmazonECSTaskExecutionRolePolicyArn"]["Default"] == (
        "arn:aws-cn:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    )


def test_a_deployment_passes_all_but_the_policy_as_text() -> None:
    assert template_parameters(read_inputs(everything_stated()), cluster="main") == {
        name: str(parameter["Default"]) for name, parameter in ALL_PARAMETERS.items()
    }
    assert list(template_parameters(read_inputs(document()), cluster="other").items()) == [
        ("ClusterName", "other"),
        ("TaskDefinitionName", "web"),
        ("TaskDefinitionCPU", "256"),
        ("TaskDefinitionMemory", "512"),
        ("LogGroupName", "/ecs/web"),
    ]


def test_an_export_names_each_image_by_its_expression() -> None:
    image = {"feed": "hub", "repository": "shop/api", "reference": "backend"}
    template = built(document(container("web"), container("api", image=image)), images=None)
    definitions = template["Resources"]["TaskDefinitionweb"]["Properties"]["ContainerDefinitions"]
    assert [definition["Image"] for definition in definitions] == [
        "#{Octopus.Action.Package[web].Image}",
        "#{Octopus.Action.Package[backend].Image}",
    ]


def test_a_missing_image_is_named() -> None:
    with pytest.raises(MissingImageError) as missing:
        build_template(read_inputs(document(container("worker"))), images=IMAGES, cluster="main")
    assert missing.value.reference == "worker"


def test_bound_values_stay_expressions_and_count_as_not_the_default() -> None:
    template = built(
        document(
            cpu="#{Cpu}",
            desired_count="#{Count}",
            minimum_healthy_percent="#{Min}",
            task_role_arn="#{Role}",
            task_execution_role_arn="#{ExecutionRole}",
            enable_ecs_managed_tags="#{Managed}",
            subnet_ids=["#{Subnet}"],
        ),
        images=None,
        cluster="#{Cluster}",
    )
    assert {name: each["Default"] for name, each in template["Parameters"].items()} == {
        "ClusterName": "#{Cluster}",
        "TaskDefinitionName": "web",
        "TaskDefinitionCPU": "#{Cpu}",
        "TaskDefinitionMemory": "512",
        "TaskRole": "#{Role}",
        "TaskExecutionRole": "#{ExecutionRole}",
        "DesiredCount": "#{Count}",
        "MinimumHealthPercent": "#{Min}",
        "LogGroupName": "/ecs/web",
    }
    service = template["Resources"]["Serviceweb"]["Properties"]
    assert service["EnableECSManagedTags"] == "#{Managed}"
    assert service["NetworkConfiguration"]["AwsvpcConfiguration"]["Subnets"] == ["#{Subnet}"]


def test_a_bound_switch_becomes_an_expression_that_yields_aws_s_words() -> None:
    service = service_properties(document(assign_public_ip="#{Public}"))
    assert service["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"] == (
        "#{if Public}ENABLED#{else}DISABLED#{/if}"
    )
