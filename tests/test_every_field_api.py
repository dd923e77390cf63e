"""A step that uses every field is saved, deployed and exported, and AWS read back, all of it."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.sandbox import seed
from ecsportal.sandbox.server import RunningSandbox
from tests.in_process_portal import Portal, in_process_portal
from tests.steps.deploy_ecs_service.every_input import every_input

PROCESS = "/projects/web-shop/process"
REGION = "eu-west-1"
TASK_ROLE = seed.role_arn("web-shop-task-role")
EXECUTION_ROLE = seed.role_arn("ecsTaskExecutionRole")
TARGET_GROUP = seed.target_group_arn(REGION)
WEB, SUBNETS = seed.SECURITY_GROUP_IDS["web"], list(seed.SUBNET_IDS[:2])
REGISTRY = "registry.example.com"
IMAGES = [
    {"reference": "shop-web", "feed": "shop-registry", "repository": "shop/web"},
    {"reference": "fluent-bit", "feed": "shop-registry", "repository": "shop/api"},
]


@pytest.fixture
def portal(transactional_db: None, sandbox: RunningSandbox) -> Portal:
    return in_process_portal(sandbox)


def every_field(portal: Portal) -> dict[str, Any]:
    """The inputs with ids that the sandbox has."""
    (balancer,) = portal.sandbox.client("elbv2").describe_load_balancers()["LoadBalancers"]
    inputs = every_input()
    inputs |= {
        "task_role_arn": TASK_ROLE,
        "task_execution_role_arn": EXECUTION_ROLE,
        "security_group_ids": list(seed.SECURITY_GROUP_IDS.values()),
        "subnet_ids": SUBNETS,
    }
    inputs["load_balancers"][0]["target_group_arn"] = TARGET_GROUP
    inputs["volumes"][1] |= {
        "file_system_id": seed.FILE_SYSTEM_ID,
        "access_point_id": seed.ACCESS_POINT_ID,
    }
    for container, image in zip(inputs["containers"], IMAGES, strict=True):
        container["image"] = dict(image)
    inputs["beyond"]["autoscaling"]["load_balancer_arn"] = balancer["LoadBalancerArn"]
    inputs["beyond"]["service_connect"]["namespace"] = seed.NAMESPACE
    return inputs


def deployed(portal: Portal, type: str, version: int, inputs: dict[str, Any]) -> dict[str, Any]:
    """The process with this step only, deployed to development."""
    step = {
        "slug": "shop", "name": "Shop", "type": type, "version": version, "target_tags": ["web"],
        "inputs": inputs,
    }  # fmt: skip
    answer = portal.api("PUT", PROCESS, {"steps": [step]})
    assert answer.status == 200, answer.body
    deployment = portal.finish(portal.deploy(portal.release()["id"])["id"])
    assert deployment["state"] == "succeeded", portal.log_text(deployment["id"])
    return deployment


class Aws:
    """What boto3 reads of one stack."""

    def __init__(self, portal: Portal, stack: str) -> None:
        self._sandbox = portal.sandbox
        cfn, ecs = portal.sandbox.client("cloudformation"), portal.sandbox.client("ecs")
        listed = cfn.list_stack_resources(StackName=stack)["StackResourceSummaries"]
        ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in listed}
        self.types = {each["LogicalResourceId"]: each["ResourceType"] for each in listed}
        (found,) = cfn.describe_stacks(StackName=stack)["Stacks"]
        self.parameters = {p["ParameterKey"]: p["ParameterValue"] for p in found["Parameters"]}
        self.stack_tags = {tag["Key"]: tag["Value"] for tag in found["Tags"]}
        (self.service,) = ecs.describe_services(
            cluster="demo", services=[ids["Serviceshop"]], include=["TAGS"]
        )["services"]
        answer = ecs.describe_task_definition(
            taskDefinition=ids["TaskDefinitionshop"], include=["TAGS"]
        )
        self.definition = answer["taskDefinition"]
        self.definition_tags = {tag["key"]: tag["value"] for tag in answer["tags"]}

    def log_group(self) -> dict[str, Any]:
        logs = self._sandbox.client("logs")
        (group,) = logs.describe_log_groups(logGroupNamePrefix="/shop/")["logGroups"]
        return {key: group[key] for key in ("logGroupName", "retentionInDays")}

    def scaling(self) -> tuple[dict[str, Any], dict[str, Any]]:
        client = self._sandbox.client("application-autoscaling")
        (target,) = client.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
        (policy,) = client.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
        return target, policy


SECRET = "arn:aws:secretsmanager:eu-west-1:418273905516:secret:shop/db-AbCdEf"
WEB_CONTAINER: dict[str, Any] = {
    "name": "web",
    "repositoryCredentials": {"credentialsParameter": SECRET},
    "cpu": 128,
    "memory": 512,
    "memoryReservation": 256,
    "portMappings": [
        {"name": "web-8080", "containerPort": 8080, "hostPort": 8080, "protocol": "tcp"},
        {"containerPort": 8125, "hostPort": 8125, "protocol": "udp"},
    ],
    "essential": True,
    "entryPoint": ["sh", "-c"],
    "command": ["run", "the web, all of it"],
    "environment": [
        {"name": "LEVEL", "value": " info "},
        {"name": "CERTIFICATE", "value": "-----\nabc\n-----\n"},
    ],
    "environmentFiles": [{"value": "arn:aws:s3:::settings/web.env", "type": "s3"}],
    "mountPoints": [
        {"sourceVolume": "data", "containerPath": "/data", "readOnly": True},
        {"sourceVolume": "scratch", "containerPath": "/tmp", "readOnly": False},
    ],
    "volumesFrom": [{"sourceContainer": "router", "readOnly": True}],
    "secrets": [{"name": "PASSWORD", "valueFrom": SECRET}],
    "dependsOn": [{"containerName": "router", "condition": "HEALTHY"}],
    "startTimeout": 90,
    "stopTimeout": 60,
    "user": "app:app",
    "workingDirectory": "/srv",
    "disableNetworking": False,
    "readonlyRootFilesystem": True,
    "dockerLabels": {"team": "shop"},
    "ulimits": [{"name": "nofile", "softLimit": 4096, "hardLimit": 8192}],
    "logConfiguration": {
        "logDriver": "awsfirelens",
        "options": {"Name": "http"},
        "secretOptions": [{"name": "token", "valueFrom": SECRET}],
    },
    "healthCheck": {
        "command": ["CMD-SHELL", "curl -f localhost:8080 || exit 1"],
        "interval": 10,
        "timeout": 4,
        "retries": 5,
        "startPeriod": 60,
    },
}
ROUTER: dict[str, Any] = {
    "name": "router",
    "cpu": 0,  # as ECS says where none is stated
    "portMappings": [{"containerPort": 2020, "hostPort": 2020, "protocol": "tcp"}],
    "essential": False,
    "disableNetworking": False,
    "readonlyRootFilesystem": False,
    "logConfiguration": {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": "/shop/Development",
            "awslogs-region": REGION,
            "awslogs-stream-prefix": "ecs",
        },
    },
    # ECS states its own interval and timeout.
    "healthCheck": {"command": ["CMD", "/bin/check"], "interval": 30, "timeout": 5, "retries": 2},
    "firelensConfiguration": {
        "type": "fluentd",
        "options": {
            "enable-ecs-log-metadata": "false",
            "config-file-type": "file",
            "config-file-value": "/extra.conf",
        },
    },
}
DEFINITION: dict[str, Any] = {
    "family": "shop",
    "cpu": "1024",
    "memory": "3072",
    "taskRoleArn": TASK_ROLE,
    "executionRoleArn": EXECUTION_ROLE,
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
    "ephemeralStorage": {"sizeInGiB": 50},
    "volumes": [
        {"name": "scratch"},
        {
            "name": "data",
            "efsVolumeConfiguration": {
                "fileSystemId": seed.FILE_SYSTEM_ID,
                "rootDirectory": "/",
                "transitEncryption": "ENABLED",
                "authorizationConfig": {"accessPointId": seed.ACCESS_POINT_ID, "iam": "ENABLED"},
            },
        },
    ],
}
SERVICE: dict[str, Any] = {
    "status": "ACTIVE",
    "capacityProviderStrategy": [
        {"capacityProvider": "FARGATE", "weight": 1, "base": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 3, "base": 0},
    ],
    "enableECSManagedTags": True,
    "enableExecuteCommand": True,
    "healthCheckGracePeriodSeconds": 120,
    "propagateTags": "SERVICE",
    "loadBalancers": [
        {"targetGroupArn": TARGET_GROUP, "containerName": "web", "containerPort": 8080}
    ],
    "networkConfiguration": {
        "awsvpcConfiguration": {
            "subnets": SUBNETS,
            "securityGroups": list(seed.SECURITY_GROUP_IDS.values()),
            "assignPublicIp": "DISABLED",
        }
    },
}
TAGS = {"owner": "shop team", "cost-center": "4711"}


def without_empty(value: Any) -> Any:
    """Empty lists are what nobody stated: AWS says some of them and leaves others out."""
    if isinstance(value, dict):
        return {key: without_empty(each) for key, each in value.items() if each != []}
    return [without_empty(each) for each in value] if isinstance(value, list) else value


def check_definition(aws: Aws) -> None:
    web, router = without_empty(aws.definition["containerDefinitions"])
    images = [web.pop("image"), router.pop("image")]
    assert [image.partition("@")[0] for image in images] == [
        f"{REGISTRY}/shop/web", f"{REGISTRY}/shop/api",
    ]  # fmt: skip
    assert all("@sha256:" in image for image in images)
    assert web == WEB_CONTAINER
    assert router == ROUTER
    assert {key: without_empty(aws.definition[key]) for key in DEFINITION} == DEFINITION
    assert TAGS.items() <= aws.definition_tags.items()


def check_service(aws: Aws) -> None:
    assert {key: aws.service.get(key) for key in SERVICE} == SERVICE
    configuration = aws.service["deploymentConfiguration"]
    assert configuration["minimumHealthyPercent"] == 50
    assert configuration["maximumPercent"] == 150
    breaker = configuration["deploymentCircuitBreaker"]
    assert (breaker["enable"], breaker["rollback"]) == (True, False)
    assert breaker["thresholdConfiguration"] == {"type": "COUNT", "value": 7}
    assert "launchType" not in aws.service
    (rollout,) = aws.service["deployments"]
    assert rollout["serviceConnectConfiguration"] == {
        "enabled": True,
        "namespace": seed.NAMESPACE,
        "services": [{"portName": "web-8080", "clientAliases": [{"dnsName": "web", "port": 80}]}],
    }
    of_service = {tag["key"]: tag["value"] for tag in aws.service["tags"]}
    assert TAGS.items() <= of_service.items()
    assert TAGS.items() <= aws.stack_tags.items()


def check_scaling(aws: Aws) -> None:
    target, policy = aws.scaling()
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 8)
    assert target["ResourceId"] == f"service/demo/{aws.service['serviceName']}"
    tracking = policy["TargetTrackingScalingPolicyConfiguration"]
    assert tracking["TargetValue"] == 900
    metric = tracking["PredefinedMetricSpecification"]
    assert metric["PredefinedMetricType"] == "ALBRequestCountPerTarget"
    label = metric["ResourceLabel"]
    assert label.startswith("app/web/")
    assert label.endswith(TARGET_GROUP.rpartition(":")[2])


def test_what_was_typed_is_what_aws_says(portal: Portal) -> None:
    deployment = deployed(portal, "deploy-ecs-service", 2, every_field(portal))
    assert deployment["outputs"]["Shop"]["CloudFormationStackName"] == "adopted-stack"
    aws = Aws(portal, "adopted-stack")
    check_definition(aws)
    check_service(aws)
    check_scaling(aws)
    assert aws.log_group() == {"logGroupName": "/shop/Development", "retentionInDays": 30}
    assert aws.parameters == {
        "ClusterName": "demo",
        "TaskDefinitionName": "shop",
        "TaskDefinitionCPU": "1024",
        "TaskDefinitionMemory": "3072",
        "TaskRole": TASK_ROLE,
        "TaskExecutionRole": EXECUTION_ROLE,
        "MinimumHealthPercent": "50",
        "MaximumHealthPercent": "150",
        "LogGroupName": "/shop/Development",
    }


def test_its_export_makes_the_same_resources(portal: Portal) -> None:
    inputs = every_field(portal)
    inputs["beyond"]["pin_digests"] = False  # the export names images by their expressions
    deployed(portal, "deploy-ecs-service", 2, inputs)
    made = Aws(portal, "adopted-stack")
    scaled = made.scaling()[1]["TargetTrackingScalingPolicyConfiguration"]
    exported = portal.browser.get(f"{PROCESS}/shop/export/?format=yaml").content.decode()
    portal.sandbox.reset()
    template = {"stack_name": "exported", "template": exported, "images": IMAGES}
    deployed(portal, "deploy-cloudformation-template", 1, template)
    again = Aws(portal, "exported")
    assert again.types == made.types
    assert again.parameters == made.parameters
    moment = {"taskDefinitionArn", "registeredAt", "registeredBy", "revision"}
    assert {k: v for k, v in again.definition.items() if k not in moment} == {
        k: v for k, v in made.definition.items() if k not in moment
    }
    check_service_alike(again, made)
    assert again.scaling()[1]["TargetTrackingScalingPolicyConfiguration"] == scaled
    assert again.log_group() == {"logGroupName": "/shop/Development", "retentionInDays": 30}


def check_service_alike(one: Aws, other: Aws) -> None:
    for key in (*SERVICE, "deploymentConfiguration", "desiredCount"):
        assert one.service.get(key) == other.service.get(key), key
