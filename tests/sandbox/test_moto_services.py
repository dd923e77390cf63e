"""The services behind moto, with what the demo needs in them."""

from __future__ import annotations

import pytest

from ecsportal.sandbox import seed
from ecsportal.sandbox.server import RunningSandbox
from tests.sandbox.stacks import Stacks


def test_sts_tells_the_account_and_assumes_roles(sandbox: RunningSandbox) -> None:
    sts = sandbox.client("sts")
    assert sts.get_caller_identity()["Account"] == "123456789012"
    arn = "arn:aws:iam::123456789012:role/deployer"
    answer = sts.assume_role(RoleArn=arn, RoleSessionName="portal", DurationSeconds=900)
    assert answer["AssumedRoleUser"]["Arn"].endswith("assumed-role/deployer/portal")


@pytest.mark.parametrize("region", seed.REGIONS)
def test_the_network_has_the_same_ids_in_every_seeded_region(
    sandbox: RunningSandbox, region: str
) -> None:
    ec2 = sandbox.client("ec2", region)
    wanted = {"Name": "vpc-id", "Values": [seed.VPC_ID]}
    subnets = ec2.describe_subnets(Filters=[wanted])["Subnets"]
    assert [each["SubnetId"] for each in subnets] == list(seed.SUBNET_IDS)
    groups = ec2.describe_security_groups(Filters=[wanted])["SecurityGroups"]
    assert set(seed.SECURITY_GROUP_IDS.values()) <= {each["GroupId"] for each in groups}


def test_the_target_group_hangs_on_a_listener(sandbox: RunningSandbox) -> None:
    (group,) = sandbox.client("elbv2").describe_target_groups()["TargetGroups"]
    assert group["TargetGroupArn"] == seed.target_group_arn("eu-west-1")
    assert (group["TargetType"], len(group["LoadBalancerArns"])) == ("ip", 1)


def test_ecr_has_scenario_tags_below_the_newest_version(sandbox: RunningSandbox) -> None:
    ecr = sandbox.client("ecr")
    names = {each["repositoryName"] for each in ecr.describe_repositories()["repositories"]}
    assert names == set(seed.ECR_REPOSITORIES)
    images = ecr.describe_images(repositoryName="shop/web")["imageDetails"]
    newest = max(images, key=lambda each: each["imagePushedAt"])
    assert newest["imageTags"] == ["1.6.0"]
    assert newest["imageDigest"] == seed.manifest("shop/web", "1.6.0").digest
    tags = {tag for each in images for tag in each["imageTags"]}
    assert set(seed.SCENARIO_TAGS) <= tags


def test_the_rest_of_the_seed_is_there(sandbox: RunningSandbox) -> None:
    roles = {each["RoleName"] for each in sandbox.client("iam").list_roles()["Roles"]}
    assert set(seed.ROLES) <= roles
    systems = sandbox.client("efs").describe_file_systems()["FileSystems"]
    assert [each["FileSystemId"] for each in systems] == [seed.FILE_SYSTEM_ID]
    secrets = sandbox.client("secretsmanager").list_secrets()["SecretList"]
    assert [each["Name"] for each in secrets] == [seed.SECRET_NAME]
    parameter = sandbox.client("ssm").get_parameter(Name=seed.PARAMETER_NAME)["Parameter"]
    assert parameter["Value"] == "Hello"
    buckets = sandbox.client("s3").list_buckets()["Buckets"]
    assert [each["Name"] for each in buckets] == [seed.BUCKET]


def test_reset_empties_the_services_behind_moto_too(sandbox: RunningSandbox) -> None:
    logs = sandbox.client("logs")
    logs.create_log_group(logGroupName="/mine")
    sandbox.reset()
    assert logs.describe_log_groups()["logGroups"] == []


def test_containers_write_to_their_log_stream(stacks: Stacks) -> None:
    stacks.create("shop/web:1.4.2-crash", wait=30)
    logs = stacks.sandbox.client("logs")
    task = stacks.tasks("STOPPED")[0]["taskArn"].rpartition("/")[2]
    events = logs.get_log_events(
        logGroupName="/ecs/web", logStreamName=f"ecs/web/{task}", startFromHead=True
    )["events"]
    texts = [each["message"] for each in events]
    assert texts[0] == "Starting web (shop/web:1.4.2-crash)"
    assert "FATAL: required environment variable DATABASE_URL is not set" in texts


def test_stack_tags_reach_the_log_group(stacks: Stacks) -> None:
    stacks.create(deployment="1")
    stacks.update(deployment="2")
    logs = stacks.sandbox.client("logs")
    (group,) = logs.describe_log_groups()["logGroups"]
    tags = logs.list_tags_for_resource(resourceArn=group["logGroupArn"])["tags"]
    assert tags["Octopus.Deployment.Id"] == "2"


def test_a_stacks_role_is_seen_in_iam_whenever_one_looks(stacks: Stacks) -> None:
    stacks.create()
    resources = stacks.cloudformation.describe_stack_resources(StackName="web")["StackResources"]
    (name,) = [
        each["PhysicalResourceId"] for each in resources if each["ResourceType"] == "AWS::IAM::Role"
    ]
    iam = stacks.sandbox.client("iam")
    assert iam.get_role(RoleName=name)["Role"]["Path"] == "/"
    stacks.cloudformation.delete_stack(StackName="web")
    stacks.sandbox.advance(60)
    assert name not in {each["RoleName"] for each in iam.list_roles()["Roles"]}
