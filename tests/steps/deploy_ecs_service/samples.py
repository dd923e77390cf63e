"""Documents that the tests of this step start from."""

from typing import Any

from ecsportal.steps.contract import JsonDict

ROLE = "arn:aws:iam::123456789012:role/web"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"
TARGET_GROUP = (
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0123456789abcdef"
)
LOAD_BALANCER = (
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/0123456789abcdef"
)
SUBNET = "subnet-0123456789abcdef0"
SECURITY_GROUP = "sg-0123456789abcdef0"


def container(name: str = "web", **fields: Any) -> JsonDict:
    """A container that breaks no rule; its image is `library/<name>`."""
    return {"name": name, "image": {"feed": "docker-hub", "repository": f"library/{name}"}} | fields


def document(*containers: JsonDict, **fields: Any) -> JsonDict:
    """Inputs that break no rule, with one container unless others are given."""
    return {
        "task_name": "web",
        "cpu": "256",
        "memory": "512",
        "subnet_ids": [SUBNET],
        "security_group_ids": [SECURITY_GROUP],
        "containers": list(containers) or [container()],
    } | fields
