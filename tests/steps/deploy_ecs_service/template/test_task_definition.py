from tests.steps.deploy_ecs_service.samples import container, document
from tests.steps.deploy_ecs_service.template.built import service_properties, task_properties

EFS = {"type": "efs", "name": "data", "file_system_id": "fs-0123456789abcdef0"}


def test_bind_volumes_come_first_and_efs_volumes_after() -> None:
    volumes = [EFS, {"type": "bind", "name": "scratch"}, {"type": "bind", "name": "cache"}]
    assert task_properties(document(volumes=volumes))["Volumes"] == [
        {"Name": "scratch"},
        {"Name": "cache"},
        {
            "Name": "data",
            "EFSVolumeConfiguration": {
                "FilesystemId": "fs-0123456789abcdef0",
                "TransitEncryption": "DISABLED",
                "AuthorizationConfig": {"IAM": "DISABLED"},
            },
        },
    ]


def test_an_efs_volume_carries_what_was_typed() -> None:
    volume = EFS | {
        "access_point_id": "fsap-0123456789abcdef0",
        "root_directory": "/",
        "transit_encryption": True,
        "iam_authorization": "#{Iam}",
    }
    assert task_properties(document(volumes=[volume]))["Volumes"] == [
        {
            "Name": "data",
            "EFSVolumeConfiguration": {
                "FilesystemId": "fs-0123456789abcdef0",
                "RootDirectory": "/",
                "TransitEncryption": "ENABLED",
                "AuthorizationConfig": {
                    "IAM": "#{if Iam}ENABLED#{else}DISABLED#{/if}",
                    "AccessPointId": "fsap-0123456789abcdef0",
                },
            },
        }
    ]


def test_an_imported_volume_may_say_its_empty_fields() -> None:
    [volume] = task_properties(
        document(volumes=[EFS | {"render_empty": ["root_directory", "access_point_id"]}])
    )["Volumes"]
    assert volume["EFSVolumeConfiguration"] == {
        "FilesystemId": "fs-0123456789abcdef0",
        "RootDirectory": "",
        "TransitEncryption": "DISABLED",
        "AuthorizationConfig": {"IAM": "DISABLED", "AccessPointId": ""},
    }


def test_step_tags_stand_on_task_definition_and_service_in_order() -> None:
    tags = [{"key": "b", "value": "1"}, {"key": "a", "value": ""}]
    inputs = document(tags=tags)
    expected = [{"Key": "b", "Value": "1"}, {"Key": "a", "Value": ""}]
    assert task_properties(inputs)["Tags"] == expected
    assert service_properties(inputs)["Tags"] == expected


def test_the_architecture_is_the_chosen_one() -> None:
    assert task_properties(document(cpu_architecture="ARM64"))["RuntimePlatform"] == {
        "OperatingSystemFamily": "LINUX",
        "CpuArchitecture": "ARM64",
    }


def test_load_balancers_stand_only_where_there_are_some() -> None:
    web = container("web", ports=[{"port": 80}])
    balancer = {"container": "web", "port": 80, "target_group_arn": "arn:x"}
    assert "LoadBalancers" not in service_properties(document(web))
    assert service_properties(document(web, load_balancers=[balancer]))["LoadBalancers"] == [
        {"ContainerName": "web", "ContainerPort": 80, "TargetGroupArn": "arn:x"}
    ]


def test_without_a_public_ip_the_service_says_so() -> None:
    properties = service_properties(document(assign_public_ip=False))
    assert properties["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"] == "DISABLED"
