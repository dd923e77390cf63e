"""The AWS pages that fields link to."""

from __future__ import annotations

GUIDE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"
PARAMETERS = f"{GUIDE}task_definition_parameters.html"
SERVICE = f"{GUIDE}service_definition_parameters.html"
CONTAINER = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"
HEALTH_CHECK = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html"
STACKS = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
SECRETS = f"{GUIDE}specifying-sensitive-data.html"
LOG_GROUPS = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams"
    ".html"
)
SCALING = f"{GUIDE}service-autoscaling-targettracking.html"
SERVICE_CONNECT = f"{GUIDE}service-connect.html"
EFS = f"{GUIDE}specify-efs-config.html"
