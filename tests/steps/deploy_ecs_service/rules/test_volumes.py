from tests.steps.deploy_ecs_service.rules.found import found
from tests.steps.deploy_ecs_service.samples import container, document

EFS = {"type": "efs", "name": "data", "file_system_id": "fs-0123456789abcdef0"}

# Rows of test_every_rule.py.
VOLUMES = [
    ([{"type": "bind", "name": ""}], "[0].name", "missing", "The volume needs a name."),
    (
        [{"type": "bind", "name": "a b"}], "[0].name", "pattern",
        'Letters, digits, "-" and "_" only: the space has to go.',
    ),
    (
        [{"type": "bind", "name": "data"}, {"type": "bind", "name": "data"}], "[1].name",
        "duplicate", "data is there already.",
    ),
    (
        [EFS | {"file_system_id": ""}], "[0].file_system_id", "missing",
        "Name the EFS file system.",
    ),
    (
        [EFS | {"file_system_id": "data"}], "[0].file_system_id", "pattern",
        '"data" is not a file system\'s id, like fs-0123456789abcdef0.',
    ),
    (
        [EFS | {"access_point_id": "ap", "transit_encryption": True}], "[0].access_point_id",
        "pattern", '"ap" is not an access point\'s id, like fsap-0123456789abcdef0.',
    ),
    (
        [EFS | {"root_directory": "data"}], "[0].root_directory", "pattern",
        '"data" has to start with "/".',
    ),
    (
        [
            EFS | {
                "access_point_id": "fsap-0123456789abcdef0", "transit_encryption": True,
                "root_directory": "/data",
            }
        ],
        "[0].root_directory", "access_point",
        'With an access point the root directory is empty or "/".',
    ),
    (
        [EFS | {"access_point_id": "fsap-0123456789abcdef0"}], "[0].transit_encryption",
        "encryption_needed", "An access point needs encryption in transit.",
    ),
    (
        [EFS | {"iam_authorization": True}], "[0].transit_encryption", "encryption_needed",
        "IAM authorization needs encryption in transit.",
    ),
]  # fmt: skip


def test_mounted_volumes_and_volumes_from_others_exist() -> None:
    web = container(
        "web",
        storage={
            "mount_points": [{"volume": "dada", "path": ""}],
            "volumes_from": [{"container": "api"}],
        },
    )
    inputs = document(web, container("api"), volumes=[{"type": "bind", "name": "data"}])
    assert found(inputs) == [
        (
            "containers[0].storage.mount_points[0].path",
            "missing",
            "State where in the container it appears.",
        ),
        (
            "containers[0].storage.mount_points[0].volume",
            "unknown_volume",
            'There is no volume "dada" in this step, only data.',
        ),
    ]
