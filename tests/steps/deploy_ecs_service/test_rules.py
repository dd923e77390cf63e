"""One line per rule: the change that breaks it, where it is told, its code and its words."""

from typing import Any

import pytest

from ecsportal.steps.deploy_ecs_service.inputs import read_inputs
from ecsportal.steps.deploy_ecs_service.rules import check_rules
from ecsportal.steps.problems import Problem
from tests.steps.deploy_ecs_service.samples import (
    ROLE,
    SECRET,
    SUBNET,
    TARGET_GROUP,
    container,
    document,
)

EFS = {"type": "efs", "name": "data", "file_system_id": "fs-0123456789abcdef0"}
AWSLOGS = [
    {"name": "awslogs-group", "value": "/web"},
    {"name": "awslogs-region", "value": "eu-west-1"},
    {"name": "awslogs-stream-prefix", "value": "web"},
]


def mapping(**fields: Any) -> list[dict[str, Any]]:
    return [{"container": "web", "port": 80, "target_group_arn": TARGET_GROUP} | fields]


def found(inputs: dict[str, Any]) -> list[tuple[str, str, str]]:
    problems = check_rules(read_inputs(inputs))
    assert all(problem.kind == "rule" for problem in problems)
    return [(problem.path, problem.code, problem.message) for problem in problems]


def with_web(**fields: Any) -> dict[str, Any]:
    return document(container("web") | fields)


WEB_ON_80 = container("web", ports=[{"port": 80}])

TASK = [
    ({"task_name": ""}, "task_name", "missing", "The task needs a name."),
    (
        {"task_name": "web shop"}, "task_name", "pattern",
        'Letters, digits, "-" and "_" only: the space has to go.',
    ),
    (
        {"task_name": "web.shop"}, "task_name", "pattern",
        'Letters, digits, "-" and "_" only: "." has to go.',
    ),
    (
        {"task_name": "w" * 256}, "task_name", "length",
        "Is 256 characters long; 255 is the most.",
    ),
    (
        {"stack_name": "web_shop"}, "stack_name", "pattern",
        'A stack\'s name starts with a letter and holds letters, digits and "-" only.',
    ),
    (
        {"stack_name": "1web"}, "stack_name", "pattern",
        'A stack\'s name starts with a letter and holds letters, digits and "-" only.',
    ),
    (
        {"stack_name": "w" * 129}, "stack_name", "length",
        "Is 129 characters long; 128 is the most.",
    ),
    (
        {"task_role_arn": "web"}, "task_role_arn", "pattern",
        '"web" is not an IAM role\'s ARN, like arn:aws:iam::123456789012:role/web.',
    ),
    (
        {"task_execution_role_arn": "arn:aws:iam::1:role/x"}, "task_execution_role_arn", "pattern",
        '"arn:aws:iam::1:role/x" is not an IAM role\'s ARN, '
        "like arn:aws:iam::123456789012:role/web.",
    ),
    (
        {"cpu": "300"}, "cpu", "fargate_size",
        "Fargate has no task of 300 CPU units: 256, 512, 1024, 2048, 4096, 8192 or 16384 fits.",
    ),
    (
        {"cpu": ""}, "cpu", "fargate_size",
        "State the CPU units: 256, 512, 1024, 2048, 4096, 8192 or 16384 fits.",
    ),
    (
        {"memory": "4096"}, "memory", "fargate_size",
        "Fargate has no task of 256 CPU units with 4096 MiB. "
        "With 256 goes 512, 1024 or 2048 MiB.",
    ),
    (
        {"cpu": "8192", "memory": "20000"}, "memory", "fargate_size",
        "Fargate has no task of 8192 CPU units with 20000 MiB. "
        "With 8192 goes 16384 to 61440 in steps of 4096 MiB.",
    ),
    (
        {"memory": "much"}, "memory", "fargate_size",
        '"much" is no memory size: state MiB, like 512, or GB, like 2 GB.',
    ),
    (
        {"tags": [{"key": f"k{n}", "value": ""} for n in range(21)]}, "tags", "too_many",
        "Has 21 tags; AWS takes at most 20.",
    ),
    (
        {"tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]},
        "tags[1].key", "duplicate", "a is there already.",
    ),
    ({"tags": [{"key": "", "value": "1"}]}, "tags[0].key", "missing", "The tag needs a key."),
    (
        {"tags": [{"key": "k" * 129, "value": ""}]}, "tags[0].key", "length",
        "Is 129 characters long; 128 is the most.",
    ),
    (
        {"tags": [{"key": "k", "value": "v" * 257}]}, "tags[0].value", "length",
        "Is 257 characters long; 256 is the most.",
    ),
    (
        {"tags": [{"key": "AWS:owner", "value": "x"}]}, "tags[0].key", "reserved",
        "AWS keeps keys that start with aws: for itself.",
    ),
    (
        {"tags": [{"key": "k", "value": "a&b"}]}, "tags[0].value", "pattern",
        'Letters, digits, spaces and _ . : / = + - @ only: "&" has to go.',
    ),
    (
        {"tags": [{"key": "k!", "value": ""}]}, "tags[0].key", "pattern",
        'Letters, digits, spaces and _ . : / = + - @ only: "!" has to go.',
    ),
]  # fmt: skip

SERVICE = [
    ({"desired_count": -1}, "desired_count", "range", "Is -1; the least is 0."),
    (
        {"security_group_ids": []}, "security_group_ids", "missing",
        "Name at least one security group.",
    ),
    (
        {"security_group_ids": [f"sg-0123456{n}" for n in range(6)]},
        "security_group_ids", "too_many", "Has 6 security groups; AWS takes at most 5.",
    ),
    (
        {"security_group_ids": ["web"]}, "security_group_ids[0]", "pattern",
        '"web" is not a security group\'s id: sg- and 8 or 17 of 0-9 and a-f.',
    ),
    ({"subnet_ids": []}, "subnet_ids", "missing", "Name at least one subnet."),
    (
        {"subnet_ids": [""]}, "subnet_ids[0]", "missing", "Name the subnet, or remove the row.",
    ),
    (
        {"subnet_ids": [f"subnet-012345{n}" for n in range(10, 27)]}, "subnet_ids", "too_many",
        "Has 17 subnets; AWS takes at most 16.",
    ),
    (
        {"subnet_ids": ["vpc-01234567"]}, "subnet_ids[0]", "pattern",
        '"vpc-01234567" is not a subnet\'s id: subnet- and 8 or 17 of 0-9 and a-f.',
    ),
    ({"subnet_ids": [SUBNET, SUBNET]}, "subnet_ids[1]", "duplicate", f"{SUBNET} is there already."),
    (
        {"minimum_healthy_percent": 101}, "minimum_healthy_percent", "range",
        "Is 101; 0 to 100 percent fits.",
    ),
    ({"maximum_percent": 99}, "maximum_percent", "range", "Is 99; 100 to 200 percent fits."),
    ({"maximum_percent": 201}, "maximum_percent", "range", "Is 201; 100 to 200 percent fits."),
    (
        {"maximum_percent": 100}, "maximum_percent", "no_room",
        "With 1 task, 1 must keep running and 1 may run at once, so none could ever be replaced. "
        "Lower the minimum or raise the maximum.",
    ),
    (
        {"maximum_percent": 149, "desired_count": 2}, "maximum_percent", "no_room",
        "With 2 tasks, 2 must keep running and 2 may run at once, so none could ever be replaced. "
        "Lower the minimum or raise the maximum.",
    ),
    (
        {"wait": {"type": "with_timeout"}}, "wait.timeout_minutes", "missing",
        "State the minutes: without them the step waits without limit.",
    ),
    (
        {"wait": {"type": "with_timeout", "timeout_minutes": 0}}, "wait.timeout_minutes", "range",
        "Is 0; the least is 1 minute.",
    ),
    (
        {"fail_after_stopped_tasks": 0}, "fail_after_stopped_tasks", "range",
        "Is 0; the least is 1.",
    ),
    (
        {"no_progress_minutes": 0}, "no_progress_minutes", "range",
        "Is 0; the least is 1 minute.",
    ),
]  # fmt: skip

BALANCERS = [
    (
        mapping(container="api"), "[0].container", "unknown_container",
        'There is no container "api" in this step, only web.',
    ),
    (
        mapping(port=81), "[0].port", "unknown_port",
        "web has no tcp port 81. Its tcp ports: 80 and 443.",
    ),
    (
        mapping(port=53), "[0].port", "unknown_port",
        "web has no tcp port 53. Its tcp ports: 80 and 443.",
    ),
    (mapping(target_group_arn=""), "[0].target_group_arn", "missing", "Name the target group."),
    (
        mapping(target_group_arn="arn:x"), "[0].target_group_arn", "pattern",
        '"arn:x" is not a target group\'s ARN, like arn:aws:elasticloadbalancing:eu-west-1:'
        "123456789012:targetgroup/web/0123456789abcdef.",
    ),
    (mapping() + mapping(), "[1]", "duplicate", "This mapping is there already."),
    (
        [mapping(target_group_arn=f"{TARGET_GROUP}{n}")[0] for n in range(6)], "", "too_many",
        "Has 6 target groups; AWS takes at most 5.",
    ),
]  # fmt: skip

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

CONTAINER = [
    ({"name": ""}, "name", "missing", "The container needs a name."),
    (
        {"name": "web/1"}, "name", "pattern",
        'Letters, digits, "-" and "_" only: "/" has to go.',
    ),
    ({"name": "w" * 256}, "name", "length", "Is 256 characters long; 255 is the most."),
    (
        {"image": {"feed": "hub", "repository": ""}}, "image.repository", "missing",
        "Name the image's repository.",
    ),
    (
        {"image": {"feed": "hub", "repository": "localhost:5000/nginx:1.29"}}, "image.repository",
        "tag", "Name the repository only: the tag is chosen with the release.",
    ),
    (
        {"image": {"feed": "", "repository": "nginx"}}, "image.feed", "missing",
        "Choose the feed that has the image.",
    ),
    (
        {"image": {"feed": "hub", "repository": "nginx", "reference": "#{Name}"}},
        "image.reference", "bound", "The reference is a fixed name; it can't hold an expression.",
    ),
    (
        {"repository_authentication": {"type": "secrets_manager"}},
        "repository_authentication.secret_arn", "missing",
        "Name the secret that holds user name and password.",
    ),
    (
        {"repository_authentication": {"type": "secrets_manager", "secret_arn": "hub"}},
        "repository_authentication.secret_arn", "pattern",
        '"hub" is not the ARN of a Secrets Manager secret, like '
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:registry-AbCdEf.",
    ),
    ({"memory": 5}, "memory", "range", "Is 5; the least is 6 MiB."),
    ({"memory_reservation": 0}, "memory_reservation", "range", "Is 0; the least is 6 MiB."),
    ({"cpu": -1}, "cpu", "range", "Is -1; the least is 0 CPU units."),
    (
        {"memory": 128, "memory_reservation": 128}, "memory", "below_reservation",
        "The limit of 128 MiB has to be above the reservation of 128 MiB.",
    ),
    ({"gpus": 1}, "gpus", "fargate", "Fargate has no GPUs."),
    ({"start_timeout": 1}, "start_timeout", "range", "Is 1; 2 to 120 seconds fits."),
    ({"stop_timeout": 121}, "stop_timeout", "range", "Is 121; 2 to 120 seconds fits."),
    ({"ports": [{"port": 0}]}, "ports[0].port", "range", "Is 0; 1 to 65535 fits."),
    ({"ports": [{"port": 65536}]}, "ports[0].port", "range", "Is 65536; 1 to 65535 fits."),
    (
        {"ports": [{"port": 53}, {"port": 53, "protocol": "udp"}]}, "ports[1].port", "duplicate",
        "Port 53 is there already; a port has one protocol.",
    ),
    (
        {"health_check": {"command": []}}, "health_check.command", "missing",
        "State the command, or remove the health check.",
    ),
    (
        {"health_check": {"command": ["curl localhost"]}}, "health_check.command", "first_item",
        'The first item is CMD, CMD-SHELL or NONE, not "curl localhost". '
        "CMD-SHELL runs the next item in the container's shell.",
    ),
    (
        {"health_check": {"command": ["CMD-SHELL", " "]}}, "health_check.command", "missing",
        "CMD-SHELL needs the command as the next item.",
    ),
    (
        {"health_check": {"command": ["CMD", "true"], "interval": 4}}, "health_check.interval",
        "range", "Is 4; 5 to 300 seconds fits.",
    ),
    (
        {"health_check": {"command": ["CMD", "true"], "timeout": 61}}, "health_check.timeout",
        "range", "Is 61; 2 to 60 seconds fits.",
    ),
    (
        {"health_check": {"command": ["CMD", "true"], "retries": 0}}, "health_check.retries",
        "range", "Is 0; 1 to 10 fits.",
    ),
    (
        {"health_check": {"command": ["CMD", "true"], "start_period": 301}},
        "health_check.start_period", "range", "Is 301; 0 to 300 seconds fits.",
    ),
    (
        {"user": "a:b:c"}, "user", "pattern",
        '"a:b:c" is no user: state user, user:group, uid or uid:gid.',
    ),
    (
        {"environment_files": ["s3://settings/web.env"]}, "environment_files[0]", "pattern",
        '"s3://settings/web.env" is not the ARN of an S3 object that ends in .env, '
        "like arn:aws:s3:::settings/web.env.",
    ),
    (
        {"environment_files": [""]}, "environment_files[0]", "missing",
        "Name the file by its ARN, or remove the row.",
    ),
    (
        {"environment_files": ["arn:aws:s3:::s/web.env"] * 2}, "environment_files[1]", "duplicate",
        "arn:aws:s3:::s/web.env is there already.",
    ),
    (
        {"environment_files": [f"arn:aws:s3:::s/{n}.env" for n in range(11)]},
        "environment_files", "too_many", "Has 11 environment files; AWS takes at most 10.",
    ),
    (
        {"environment": [{"name": "", "value": "1"}]}, "environment[0].name", "missing",
        "The variable needs a name.",
    ),
    (
        {"environment": [{"name": "DB", "value": "", "type": "secret"}]}, "environment[0].value",
        "missing", "Name the secret by its ARN.",
    ),
    (
        {"environment": [{"name": "DB", "value": "db", "type": "secret"}]}, "environment[0].value",
        "pattern",
        '"db" is not the ARN of a Secrets Manager secret or of a Parameter Store parameter.',
    ),
    (
        {
            "environment": [
                {"name": "DB", "value": "1"}, {"name": "DB", "value": SECRET, "type": "secret"},
            ]
        },
        "environment[1].name", "duplicate", "DB is there already as a plain variable.",
    ),
    (
        {"network": {"disable_networking": True}}, "network.disable_networking", "fargate",
        "Fargate does not take a container without network.",
    ),
    (
        {"network": {"dns_servers": ["10.0.0.2"]}}, "network.dns_servers", "fargate",
        "Fargate does not take DNS servers.",
    ),
    (
        {"network": {"dns_search_domains": ["internal"]}}, "network.dns_search_domains", "fargate",
        "Fargate does not take DNS search domains.",
    ),
    (
        {"network": {"extra_hosts": [{"hostname": "db", "ip_address": "10.0.0.3"}]}},
        "network.extra_hosts", "fargate", "Fargate does not take extra hosts.",
    ),
    (
        {"storage": {"mount_points": [{"volume": "data", "path": "/data"}]}},
        "storage.mount_points[0].volume", "unknown_volume",
        'There is no volume "data" in this step, none so far.',
    ),
    (
        {"storage": {"volumes_from": [{"container": "data"}]}},
        "storage.volumes_from[0].container", "unknown_container",
        'There is no container "data" in this step, only web.',
    ),
    (
        {"storage": {"volumes_from": [{"container": "web"}]}},
        "storage.volumes_from[0].container", "itself", "web is this container itself.",
    ),
    (
        {"logging": {"type": "manual", "driver": "default"}}, "logging.driver", "fargate",
        "Fargate has no default log driver: choose awslogs, splunk or awsfirelens.",
    ),
    (
        {"logging": {"type": "manual", "driver": "awsfirelens"}}, "logging.driver", "no_router",
        "awsfirelens needs a container of this step with FireLens on, and there is none.",
    ),
    (
        {"logging": {"type": "manual", "driver": "awslogs", "options": AWSLOGS[:1]}},
        "logging.options", "missing",
        "awslogs on Fargate needs awslogs-region and awslogs-stream-prefix as well.",
    ),
    (
        {
            "logging": {
                "type": "manual", "driver": "splunk", "options": [{"name": "", "value": "x"}],
            }
        },
        "logging.options[0].name", "missing", "The option needs a name.",
    ),
    (
        {
            "logging": {
                "type": "manual", "driver": "splunk",
                "options": [{"name": "splunk-token", "value": "", "type": "secret"}],
            }
        },
        "logging.options[0].value", "missing", "Name the secret by its ARN.",
    ),
    (
        {
            "logging": {
                "type": "manual", "driver": "splunk",
                "options": [{"name": "splunk-token", "value": "t", "type": "secret"}],
            }
        },
        "logging.options[0].value", "pattern",
        '"t" is not the ARN of a Secrets Manager secret or of a Parameter Store parameter.',
    ),
    (
        {"firelens": {"enabled": True, "config": {"type": "s3", "value": "arn:aws:s3:::c/f"}}},
        "firelens.config.type", "fargate",
        "Fargate takes FireLens configuration only from a file inside the image, not from S3.",
    ),
    (
        {"firelens": {"enabled": True, "config": {"type": "file"}}}, "firelens.config.value",
        "missing", "State the path inside the image.",
    ),
    (
        {"docker_labels": [{"key": "", "value": "x"}]}, "docker_labels[0].key", "missing",
        "The label needs a key.",
    ),
    (
        {"depends_on": [{"container": "db", "condition": "START"}]}, "depends_on[0].container",
        "unknown_container", 'There is no container "db" in this step, only web.',
    ),
    (
        {"depends_on": [{"container": "web", "condition": "START"}]}, "depends_on[0].container",
        "itself", "web is this container itself.",
    ),
    (
        {"ulimits": [{"name": "files", "soft": 1, "hard": 2}]}, "ulimits[0].name",
        "unknown_limit",
        'There is no limit "files": core, cpu, data, fsize, locks, memlock, msgqueue, nice, '
        "nofile, nproc, rss, rtprio, rttime, sigpending or stack.",
    ),
    (
        {"ulimits": [{"name": "nofile", "soft": 2, "hard": 1}]}, "ulimits[0].soft", "above_hard",
        "The soft limit 2 is above the hard limit 1.",
    ),
    (
        {"ulimits": [{"name": "nofile", "soft": 1, "hard": 2}] * 2}, "ulimits[1].name",
        "duplicate", "nofile is there already.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "path", "code", "message"), TASK + SERVICE)
def test_a_broken_rule_of_task_or_service_is_told_at_its_field(
    change: dict[str, Any], path: str, code: str, message: str
) -> None:
    assert found(document(**change)) == [(path, code, message)]


@pytest.mark.parametrize(("balancers", "path", "code", "message"), BALANCERS)
def test_a_broken_rule_of_load_balancers_is_told_at_its_field(
    balancers: list[Any], path: str, code: str, message: str
) -> None:
    ports = [{"port": 80}, {"port": 443}, {"port": 53, "protocol": "udp"}]
    inputs = document(container("web", ports=ports), load_balancers=balancers)
    assert found(inputs) == [(f"load_balancers{path}", code, message)]


@pytest.mark.parametrize(("volumes", "path", "code", "message"), VOLUMES)
def test_a_broken_rule_of_volumes_is_told_at_its_field(
    volumes: list[Any], path: str, code: str, message: str
) -> None:
    assert found(document(volumes=volumes)) == [(f"volumes{path}", code, message)]


@pytest.mark.parametrize(("fields", "path", "code", "message"), CONTAINER)
def test_a_broken_rule_of_a_container_is_told_at_its_field(
    fields: dict[str, Any], path: str, code: str, message: str
) -> None:
    assert found(with_web(**fields)) == [(f"containers[0].{path}", code, message)]


def test_a_document_that_breaks_nothing_has_no_problem() -> None:
    assert found(document()) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"task_role_arn": "arn:aws-us-gov:iam::123456789012:role/path/web"},
        {"task_execution_role_arn": ROLE},
        {"tags": [{"key": "Besitzer/Größe", "value": ""}]},
        {"desired_count": 0, "maximum_percent": 100},
        {"desired_count": 1, "maximum_percent": 100, "minimum_healthy_percent": 0},
        {"desired_count": 2, "maximum_percent": 150},
        {"wait": {"type": "with_timeout", "timeout_minutes": 30}},
        {"load_balancers": mapping(), "containers": [WEB_ON_80]},
        {"subnet_ids": ["subnet-01234567"]},
    ],
)
def test_the_ends_of_what_is_allowed_break_nothing(fields: dict[str, Any]) -> None:
    assert found(document() | fields) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"environment": [{"name": "A", "value": SECRET + ":password::", "type": "secret"}]},
        {
            "environment": [
                {
                    "name": "A", "type": "secret",
                    "value": "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/db",
                }
            ]
        },
        {"environment": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]},
        {"health_check": {"command": ["NONE"]}},
        {"health_check": {"command": ["#{Check}"]}},
        {"user": "1000:1000"},
        {"ulimits": [{"name": "memlock", "soft": -1, "hard": -1}]},
        {"logging": {"type": "manual", "driver": "awslogs", "options": AWSLOGS}},
        {"logging": {"type": "manual", "driver": "none"}},
        {"firelens": {"enabled": True, "config": {"type": "file", "value": "/fluent.conf"}}},
        {"image": {"feed": "hub", "repository": "localhost:5000/nginx"}},
        {"repository_authentication": {"type": "secrets_manager", "secret_arn": SECRET}},
    ],
)  # fmt: skip
def test_what_a_container_may_have_breaks_nothing(fields: dict[str, Any]) -> None:
    assert found(with_web(**fields)) == []


def test_bound_fields_are_taken_on_trust() -> None:
    web = container(
        "#{Name}",
        memory="#{Memory}",
        ports=[{"port": "#{Port}"}],
        storage={"mount_points": [{"volume": "#{Volume}", "path": "/data"}]},
        depends_on=[{"container": "#{Other}", "condition": "HEALTHY"}],
        user="#{User}",
        environment=[{"name": "A", "value": "#{Arn}", "type": "secret"}],
        health_check={"command": ["CMD", "true"], "interval": "#{Interval}"},
    )
    inputs = document(
        web,
        task_name="#{Task} name",
        stack_name="#{Stack}_x",
        cpu="#{Cpu}",
        memory="#{Memory}",
        task_role_arn="#{Role}",
        desired_count="#{Count}",
        maximum_percent="#{Most}",
        subnet_ids=["#{Subnet}"],
        security_group_ids=["#{Group}", "#{Group}"],
        tags=[{"key": "#{Key}", "value": "#{Value}&"}],
        load_balancers=mapping(target_group_arn="#{Arn}"),
        volumes=[EFS | {"file_system_id": "#{Fs}", "root_directory": "#{Root}"}],
    )
    assert found(inputs) == []


def test_a_bound_memory_beside_a_wrong_cpu_tells_the_cpu_alone() -> None:
    assert [path for path, _, _ in found(document(cpu="300", memory="#{Memory}"))] == ["cpu"]
    assert found(document(cpu="#{Cpu}", memory="777")) == []


# --- what containers are to each other ---


def test_a_task_needs_a_container_and_takes_ten() -> None:
    assert found(document() | {"containers": []}) == [
        ("containers", "missing", "A task needs at least one container.")
    ]
    eleven = [container(f"web{number}") for number in range(11)]
    assert found(document(*eleven)) == [
        ("containers", "too_many", "Has 11 containers; AWS takes at most 10.")
    ]


def test_container_names_are_unique() -> None:
    image = {"feed": "hub", "repository": "api"}
    assert found(document(container("web"), container("web", image=image))) == [
        ("containers[1].name", "duplicate", "web is there already.")
    ]


def test_image_references_are_unique_in_the_step() -> None:
    image = {"feed": "hub", "repository": "shop/web"}
    assert found(document(container("web"), container("api", image=image))) == [
        (
            "containers[1].image.reference",
            "duplicate",
            "web already names the image of web: give this one another reference.",
        )
    ]


def test_one_container_has_to_be_essential() -> None:
    assert found(with_web(essential=False)) == [
        (
            "containers[0].essential",
            "none_essential",
            "At least one container has to be essential.",
        )
    ]
    assert found(with_web(essential="#{Essential}")) == []


def test_what_containers_take_together_fits_into_the_task() -> None:
    inputs = document(
        container("web", memory=2048, cpu=200),
        container("log-router", memory=256, cpu=100),
        cpu="256",
        memory="2048",
    )
    assert found(inputs) == [
        (
            "containers[0].cpu",
            "exceeds_task",
            "web 200 + log-router 100 is more than the task's 256.",
        ),
        (
            "containers[0].memory",
            "exceeds_task",
            "web 2048 + log-router 256 is more than the task's 2048.",
        ),
    ]


def test_reservations_count_where_there_are_some_and_limits_elsewhere() -> None:
    inputs = document(
        container("web", memory=300), container("api", memory_reservation=300), memory="512"
    )
    assert found(inputs) == [
        (
            "containers[0].memory",
            "exceeds_task",
            "web 300 + api 300 is more than the task's 512.",
        )
    ]
    soft = document(
        container("web", memory_reservation=200), container("api", memory_reservation=400)
    )
    assert found(soft) == [
        (
            "containers[1].memory_reservation",
            "exceeds_task",
            "web 200 + api 400 is more than the task's 512.",
        )
    ]


def test_a_sum_is_told_once_where_limits_and_reservations_both_exceed() -> None:
    inputs = document(
        container("web", memory=600), container("api", memory_reservation=10), memory="512"
    )
    assert [code for _, code, _ in found(inputs)] == ["exceeds_task"]


def test_healthy_needs_a_health_check_on_the_other() -> None:
    waiting = container("web", depends_on=[{"container": "api", "condition": "HEALTHY"}])
    told = [
        (
            "containers[0].depends_on[0].condition",
            "no_health_check",
            "api has no health check, so it never becomes healthy.",
        )
    ]
    assert found(document(waiting, container("api"))) == told
    assert found(document(waiting, container("api", health_check={"command": ["NONE"]}))) == told
    checked = container("api", health_check={"command": ["CMD", "true"]})
    assert found(document(waiting, checked)) == []


@pytest.mark.parametrize("condition", ["COMPLETE", "SUCCESS"])
def test_nothing_waits_for_the_end_of_an_essential_container(condition: str) -> None:
    waiting = container("web", depends_on=[{"container": "job", "condition": condition}])
    assert found(document(waiting, container("job"))) == [
        (
            "containers[0].depends_on[0].condition",
            "essential",
            "job is essential: when it ends, the task ends. "
            f"{condition} waits only for a container that isn't.",
        )
    ]
    assert found(document(waiting, container("job", essential=False))) == []


def test_a_container_is_waited_for_once() -> None:
    twice = [{"container": "api", "condition": "START"}] * 2
    assert found(document(container("web", depends_on=twice), container("api"))) == [
        ("containers[0].depends_on[1].container", "duplicate", "api is there already.")
    ]


def test_a_cycle_is_told_once_with_its_way() -> None:
    def waits(name: str, other: str) -> dict[str, Any]:
        return container(name, depends_on=[{"container": other, "condition": "START"}])

    inputs = document(waits("a", "b"), waits("b", "c"), waits("c", "b"), container("d"))
    assert found(inputs) == [
        (
            "containers[1].depends_on",
            "cycle",
            "Nothing could start first: b waits for c waits for b.",
        )
    ]


def test_a_task_has_one_log_router() -> None:
    router = {"firelens": {"enabled": True}}
    assert found(document(container("web", **router), container("api", **router))) == [
        (
            "containers[1].firelens.enabled",
            "duplicate",
            "web routes the logs already; a task has one router.",
        )
    ]


def test_awsfirelens_works_beside_a_router() -> None:
    logged = container("web", logging={"type": "manual", "driver": "awsfirelens"})
    assert found(document(logged, container("router", firelens={"enabled": True}))) == []


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


def test_a_load_balancer_needs_a_container_with_tcp_ports() -> None:
    assert found(document(load_balancers=mapping())) == [
        ("load_balancers[0].port", "unknown_port", "web has no tcp port 80. It has none.")
    ]
    bound_port = container("web", ports=[{"port": "#{Port}"}])
    assert found(document(bound_port, load_balancers=mapping())) == []


def test_no_message_breaks_the_rules_of_wording() -> None:
    cases: list[Any] = [*TASK, *SERVICE, *BALANCERS, *VOLUMES, *CONTAINER]
    for *_, message in cases:
        assert message.endswith(".")
        assert not {"please", "invalid", "successfully"} & set(message.lower().split())
        assert "!" not in message.replace('"!"', "")


def test_a_problem_is_comparable_data() -> None:
    [problem] = check_rules(read_inputs(document(task_name="")))
    assert problem == Problem("task_name", "The task needs a name.", "missing", "rule")
