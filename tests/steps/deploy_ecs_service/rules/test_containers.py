from typing import Any

import pytest

from tests.steps.deploy_ecs_service.rules.found import found
from tests.steps.deploy_ecs_service.samples import SECRET, container, document

AWSLOGS = [
    {"name": "awslogs-group", "value": "/web"},
    {"name": "awslogs-region", "value": "eu-west-1"},
    {"name": "awslogs-stream-prefix", "value": "web"},
]


def with_web(**fields: Any) -> dict[str, Any]:
    return document(container("web") | fields)


# Rows of test_every_rule.py.
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
        {"image": {"feed": "hub", "repository": "shop/web shop"}}, "image.repository", "pattern",
        "Letters, digits and - _ . : / # only: the space has to go.",
    ),
    (
        {"image": {"feed": "hub", "repository": "shop/web@latest"}}, "image.repository", "pattern",
        'Letters, digits and - _ . : / # only: "@" has to go.',
    ),
    (
        {"image": {"repository": "shop/web@sha256:12"}}, "image.repository", "pattern",
        "A digest is sha256: and 64 of 0-9 and a-f.",
    ),
    (
        {"image": {"feed": "hub", "repository": "w" * 256}}, "image.repository", "length",
        "Is 256 characters long; 255 is the most.",
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
    ({"gpus": 0}, "gpus", "fargate", "Fargate has no GPUs."),
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
        {"ulimits": [{"name": "nofile", "soft": 1, "hard": 1048577}]}, "ulimits[0].hard", "range",
        "Is 1048577; 0 to 1048576 files fits.",
    ),
    (
        {"ulimits": [{"name": "nofile", "soft": 1, "hard": 2}] * 2}, "ulimits[1].name",
        "duplicate", "nofile is there already.",
    ),
]  # fmt: skip


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
        {"image": {"repository": f"shop/web@sha256:{'0a' * 32}"}},
        {"repository_authentication": {"type": "secrets_manager", "secret_arn": SECRET}},
    ],
)  # fmt: skip
def test_what_a_container_may_have_breaks_nothing(fields: dict[str, Any]) -> None:
    assert found(with_web(**fields)) == []
