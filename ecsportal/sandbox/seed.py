"""What exists in the sandbox from the start: fixed ids, so that a sample project can name them.

The network ids are the same in every region, which AWS would never do: one step without variables
can then be deployed to an environment in each region.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass

from ecsportal.sandbox.identifiers import arn

CLUSTER = "demo"
CLUSTER_TAGS = {
    "eu-west-1": {},
    "eu-central-1": {},
    "us-east-1": {"ecsportal:environment": "production", "ecsportal:target-tags": "web"},
}
REGIONS = tuple(CLUSTER_TAGS)

VPC_ID = "vpc-0a1b2c3d4e5f60001"
SUBNET_IDS = ("subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002", "subnet-0a1b2c3d4e5f60003")
PUBLIC_SUBNET_IDS = SUBNET_IDS[:2]
SECURITY_GROUP_IDS = {"web": "sg-0a1b2c3d4e5f60001", "internal": "sg-0a1b2c3d4e5f60002"}
TARGET_GROUP = "web"
LOAD_BALANCER = "web"
FILE_SYSTEM_ID = "fs-0a1b2c3d4e5f60001"
ACCESS_POINT_ID = "fsap-0a1b2c3d4e5f60001"
NAMESPACE = "demo.local"
SECRET_NAME = "web-shop/database"  # noqa: S105 -- the name of a secret, not a secret
PARAMETER_NAME = "/web-shop/greeting"
ROLES = ("ecsTaskExecutionRole", "web-shop-task-role")
BUCKET = "web-shop-templates"

GOOD_VERSIONS = ("1.2.0", "1.3.0", "1.3.1", "1.4.0", "1.5.0", "1.6.0")
SCENARIO_TAGS = (
    "1.4.1-missing",
    "1.4.2-crash",
    "1.4.3-stuck",
    "1.4.4-oom",
    "1.4.5-unhealthy",
    "1.4.6-denied",
    "1.4.7-arch",
)
"""All below the newest version: a release that takes the newest tags deploys well."""


@dataclass(frozen=True)
class Manifest:
    """One image: its manifest as bytes, and the digest of just these bytes."""

    media_type: str
    body: bytes

    @property
    def digest(self) -> str:
        """The content's own name, as registries compute it."""
        return f"sha256:{hashlib.sha256(self.body).hexdigest()}"


def manifest(repository: str, tag: str) -> Manifest:
    """The manifest of a seeded tag: the same in every run, different for each tag."""
    media_type = "application/vnd.docker.distribution.manifest.v2+json"
    layer = hashlib.sha256(f"{repository}:{tag}".encode()).hexdigest()
    content = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": {
            "mediaType": "application/vnd.docker.container.image.v1+json",
            "size": 1470,
            "digest": f"sha256:{layer}",
        },
        "layers": [
            {
                "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                "size": 3_402_422,
                "digest": f"sha256:{layer[::-1]}",
            }
        ],
    }
    return Manifest(media_type, json.dumps(content).encode())


_JOB_TAGS = ("1.4.0", "1.4.1-exit3", "1.4.2-slow", "1.5.0", "1.6.0")
"""Of an image for tasks that run once."""
_SHOP_TAGS = (*GOOD_VERSIONS, *SCENARIO_TAGS)
DOCKER_REPOSITORIES: dict[str, tuple[str, ...]] = {
    "shop/web": (*_SHOP_TAGS, "latest"),
    "shop/api": (*_SHOP_TAGS, "latest"),
    "shop/log-router": ("2.31.0", "2.32.0", "2.32.2"),
    "shop/worker": tuple(f"0.{minor}.{patch}" for minor in range(1, 13) for patch in range(10)),
    "shop/migrate": _JOB_TAGS,
    "library/nginx": ("1.27", "1.27.5", "1.28", "1.28.0", "1.29", "1.29.0", "stable", "latest"),
    "library/redis": ("7.2.5", "7.4.0", "8.0.1"),
}
ECR_REPOSITORIES: dict[str, tuple[str, ...]] = {
    "shop/web": _SHOP_TAGS,
    "shop/api": _SHOP_TAGS,
    "shop/log-router": ("2.31.0", "2.32.0", "2.32.2"),
    "shop/migrate": _JOB_TAGS,
}


def age_in_days(tags: tuple[str, ...], tag: str) -> int:
    """How long ago a tag was pushed: a day for each newer version."""
    by_version = sorted(tags, key=lambda each: [int(part) for part in re.findall(r"\d+", each)])
    return len(tags) - 1 - by_version.index(tag)


def role_arn(name: str) -> str:
    """The ARN of a seeded role."""
    return arn("iam", "", f"role/{name}")


def target_group_arn(region: str) -> str:
    """The ARN of the seeded target group of a region."""
    return arn("elasticloadbalancing", region, f"targetgroup/{TARGET_GROUP}/50dc6c495c0c9188")
