"""A step that uses every input, each with another value than its default."""

from __future__ import annotations

import copy

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.form.step_form import with_defaults

_SECRET = "arn:aws:secretsmanager:eu-west-1:418273905516:secret:shop/db-AbCdEf"
_ROLE = "arn:aws:iam::418273905516:role/shop"
_BALANCING = "arn:aws:elasticloadbalancing:eu-west-1:418273905516"

_WEB: JsonDict = {
    "name": "web",
    "image": {"reference": "shop-web", "feed": "ecr", "repository": "shop/web"},
    "repository_authentication": {"type": "secrets_manager", "secret_arn": _SECRET},
    "memory_reservation": 256,
    "memory": 512,
    "cpu": 128,
    "essential": True,
    "ports": [{"port": 8080, "protocol": "tcp"}, {"port": 8125, "protocol": "udp"}],
    "health_check": {
        "command": ["CMD-SHELL", "curl -f localhost:8080 || exit 1"],
        "interval": 10,
        "timeout": 4,
        "retries": 5,
        "start_period": 60,
    },
    "entry_point": "sh,-c",
    "command": "run web",
    "command_list": ["run", "the web, all of it"],
    "working_directory": "/srv",
    "user": "app:app",
    "start_timeout": 90,
    "stop_timeout": 60,
    "environment_files": ["arn:aws:s3:::settings/web.env"],
    "environment": [
        {"name": "LEVEL", "value": " info ", "type": "plain"},
        {"name": "PASSWORD", "value": _SECRET, "type": "secret"},
        {"name": "CERTIFICATE", "value": "-----\nabc\n-----\n", "type": "plain"},
    ],
    "storage": {
        "read_only_root_filesystem": True,
        "mount_points": [
            {"volume": "data", "path": "/data", "read_only": True},
            {"volume": "scratch", "path": "/tmp", "read_only": False},
        ],
        "volumes_from": [{"container": "router", "read_only": True}],
    },
    "logging": {
        "type": "manual",
        "driver": "awsfirelens",
        "options": [
            {"name": "Name", "value": "http", "type": "plain"},
            {"name": "token", "value": _SECRET, "type": "secret"},
        ],
    },
    "docker_labels": [{"key": "team", "value": "shop"}],
    "depends_on": [{"container": "router", "condition": "HEALTHY"}],
    "ulimits": [{"name": "nofile", "soft": 4096, "hard": 8192}],
}

_ROUTER: JsonDict = {
    "name": "router",
    "image": {"reference": "fluent-bit", "feed": "docker-hub", "repository": "fluent/fluent-bit"},
    "essential": False,
    "ports": [{"port": 2020, "protocol": "tcp"}],
    "health_check": {"command": ["CMD", "/bin/check"], "retries": 2},
    "firelens": {
        "enabled": True,
        "type": "fluentd",
        "enable_ecs_log_metadata": False,
        "config": {"type": "file", "value": "/extra.conf"},
    },
}

_EVERY: JsonDict = {
    "task_name": "shop",
    "stack_name": "adopted-stack",
    "task_role_arn": f"{_ROLE}-task",
    "task_execution_role_arn": f"{_ROLE}-execution",
    "cpu": "1024",
    "memory": "3072",
    "cpu_architecture": "ARM64",
    "desired_count": 3,
    "security_group_ids": ["sg-0a1b2c3d", "sg-1a1b2c3d"],
    "subnet_ids": ["subnet-0a1b2c3d", "subnet-1a1b2c3d"],
    "assign_public_ip": False,
    "enable_ecs_managed_tags": True,
    "tags": [{"key": "owner", "value": "shop team"}, {"key": "cost-center", "value": "4711"}],
    "minimum_healthy_percent": 50,
    "maximum_percent": 150,
    "wait": {"type": "with_timeout", "timeout_minutes": 20},
    "load_balancers": [
        {
            "container": "web",
            "port": 8080,
            "target_group_arn": f"{_BALANCING}:targetgroup/shop/0123456789abcdef",
        }
    ],
    "volumes": [
        {"type": "bind", "name": "scratch"},
        {
            "type": "efs",
            "name": "data",
            "file_system_id": "fs-0123456789abcdef0",
            "access_point_id": "fsap-0123456789abcdef0",
            "root_directory": "/",
            "transit_encryption": True,
            "iam_authorization": True,
        },
    ],
    "containers": [_WEB, _ROUTER],
    "on_update_rollback_failed": "delete",
    "delete_stack_with_running_service": True,
    "fail_after_stopped_tasks": 5,
    "no_progress_minutes": 30,
    "cancel_on_failure": False,
    "beyond": {
        "circuit_breaker": {"enabled": True, "rollback": False, "threshold": 7},
        "capacity_providers": [
            {"provider": "FARGATE", "weight": 1, "base": 1},
            {"provider": "FARGATE_SPOT", "weight": 3, "base": 0},
        ],
        "execute_command": True,
        "health_check_grace_period": 120,
        "ephemeral_storage_gib": 50,
        "propagate_tags": "service",
        "service_connect": {
            "namespace": "shop.local",
            "services": [{"container": "web", "port": 8080, "alias": "web", "alias_port": 80}],
        },
        "autoscaling": {
            "min": 2,
            "max": 8,
            "metric": "requests",
            "target": 900,
            "load_balancer_arn": f"{_BALANCING}:loadbalancer/app/shop/0123456789abcdef",
        },
        "pin_digests": True,
        "log_group_name": "/shop/#{Octopus.Environment.Name}",
        "log_retention_days": 30,
    },
}


def every_input() -> JsonDict:
    """The document, with the defaults of what Fargate refuses."""
    return with_defaults(copy.deepcopy(_EVERY), 2)
