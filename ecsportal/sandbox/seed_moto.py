"""Fills moto's services with what the demo needs: network, roles, images, a secret..."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from ecsportal.sandbox import seed
from ecsportal.sandbox.moto_services import MotoServices

_ECS_TASKS_MAY_ASSUME = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@contextmanager
def _next_id(module: str, function: str, value: str) -> Iterator[None]:
    """Let moto's next made-up id be this one: the ids of the seed are known beforehand."""
    loaded = import_module(module)
    original = getattr(loaded, function)
    setattr(loaded, function, lambda *_, **__: value)
    try:
        yield
    finally:
        setattr(loaded, function, original)


def fill(moto: MotoServices, name: str, region: str) -> None:
    """Fill one service of one region; nothing outside the seeded regions."""
    filler = _FILLERS.get(name)
    if filler is not None and (region in seed.REGIONS or name in {"iam", "s3"}):
        filler(moto, region)


def _fill_ec2(moto: MotoServices, region: str) -> None:
    ec2 = moto.backend("ec2", region)
    with _next_id("moto.ec2.models.vpcs", "random_vpc_id", seed.VPC_ID):
        vpc = ec2.create_vpc("10.0.0.0/16")
    vpc.add_tags({"Name": "demo"})
    for index, subnet_id in enumerate(seed.SUBNET_IDS):
        with _next_id("moto.ec2.models.subnets", "random_subnet_id", subnet_id):
            zone = f"{region}{'abc'[index]}"
            subnet = ec2.create_subnet(vpc.id, f"10.0.{index}.0/24", availability_zone=zone)
        subnet.add_tags({"Name": f"demo-{zone}"})
    gateway = ec2.create_internet_gateway()
    ec2.attach_internet_gateway(gateway.id, vpc.id)
    table = ec2.create_route_table(vpc.id)
    ec2.create_route(table.id, "0.0.0.0/0", None, gateway_id=gateway.id)
    for subnet_id in seed.PUBLIC_SUBNET_IDS:
        ec2.associate_route_table(table.id, subnet_id=subnet_id)
    for name, group_id in seed.SECURITY_GROUP_IDS.items():
        with _next_id("moto.ec2.models.security_groups", "random_security_group_id", group_id):
            ec2.create_security_group(name, f"{name} traffic of the demo", vpc_id=vpc.id)


def _fill_elbv2(moto: MotoServices, region: str) -> None:
    moto.prepare("ec2", region)
    elbv2 = moto.backend("elbv2", region)
    balancer = elbv2.create_load_balancer(
        seed.LOAD_BALANCER,
        [seed.SECURITY_GROUP_IDS["web"]],
        list(seed.SUBNET_IDS[:2]),
        subnet_mappings=[],
    )
    group_id = seed.target_group_arn(region).rpartition("/")[2]
    random = import_module("moto.elbv2.models").mock_random
    original = random.get_random_hex
    random.get_random_hex = lambda *_, **__: group_id
    try:
        group = elbv2.create_target_group(
            seed.TARGET_GROUP,
            protocol="HTTP",
            port=80,
            vpc_id=seed.VPC_ID,
            target_type="ip",
        )
    finally:
        random.get_random_hex = original
    forward = {"Type": "forward", "TargetGroupArn": group.arn}
    elbv2.create_listener(balancer.arn, "HTTP", 80, None, None, [forward], [], [])


def _fill_ecr(moto: MotoServices, region: str) -> None:
    ecr = moto.backend("ecr", region)
    for repository, tags in seed.ECR_REPOSITORIES.items():
        ecr.create_repository(
            repository_name=repository,
            registry_id=None,
            encryption_config=None,
            image_scan_config=None,
            image_tag_mutability=None,
            tags=[],
        )
        for tag in tags:
            image = seed.manifest(repository, tag)
            pushed = ecr.put_image(
                repository, image.body.decode(), tag, image.media_type, image.digest
            )
            pushed.image_pushed_at -= 86_400 * seed.age_in_days(tags, tag)


def _fill_iam(moto: MotoServices, region: str) -> None:
    iam = moto.backend("iam", region)
    for name in seed.ROLES:
        iam.create_role(name, _ECS_TASKS_MAY_ASSUME, "/", None, "", [], "3600")


def _fill_secretsmanager(moto: MotoServices, region: str) -> None:
    value = json.dumps({"username": "shop", "password": "correct-horse"})
    moto.backend("secretsmanager", region).create_secret(
        name=seed.SECRET_NAME,
        secret_string=value,
        secret_binary=None,
        description="Database of the demo",
        tags=[],
        kms_key_id=None,
        client_request_token=None,
        replica_regions=[],
        force_overwrite=False,
    )


def _fill_ssm(moto: MotoServices, region: str) -> None:
    moto.backend("ssm", region).put_parameter(
        name=seed.PARAMETER_NAME,
        description="",
        value="Hello",
        parameter_type="String",
        allowed_pattern="",
        keyid="",
        overwrite=False,
        tags=[],
        data_type="text",
        tier="Standard",
        policies=None,
    )


def _fill_efs(moto: MotoServices, region: str) -> None:
    efs = moto.backend("efs", region)
    system = efs.create_file_system(
        creation_token="demo",  # noqa: S106 -- an idempotency token
        performance_mode="generalPurpose",
        encrypted=True,
        kms_key_id=None,
        throughput_mode="bursting",
        provisioned_throughput_in_mibps=0,
        availability_zone_name="",
        backup=False,
        tags=[],
    )
    systems = efs.file_systems_by_id
    systems[seed.FILE_SYSTEM_ID] = systems.pop(system.file_system_id)
    system.file_system_id = seed.FILE_SYSTEM_ID
    efs.tag_resource(seed.FILE_SYSTEM_ID, {"Name": "demo"})
    path = {"Path": "/web-shop"}
    point = efs.create_access_point("demo", [], seed.FILE_SYSTEM_ID, None, path)
    points = efs.access_points
    points[seed.ACCESS_POINT_ID] = points.pop(point.access_point_id)
    point.access_point_id = seed.ACCESS_POINT_ID
    efs.tag_resource(seed.ACCESS_POINT_ID, {"Name": "web-shop"})


def _fill_s3(moto: MotoServices, region: str) -> None:
    moto.backend("s3", region).create_bucket(seed.BUCKET, "us-east-1")


def _fill_servicediscovery(moto: MotoServices, region: str) -> None:
    moto.backend("servicediscovery", region).create_http_namespace(
        name=seed.NAMESPACE, creator_request_id="demo", description="Services of the demo", tags=[]
    )


_FILLERS: dict[str, Callable[[MotoServices, str], Any]] = {
    "ec2": _fill_ec2,
    "elbv2": _fill_elbv2,
    "ecr": _fill_ecr,
    "iam": _fill_iam,
    "secretsmanager": _fill_secretsmanager,
    "ssm": _fill_ssm,
    "efs": _fill_efs,
    "servicediscovery": _fill_servicediscovery,
    "s3": _fill_s3,
}
