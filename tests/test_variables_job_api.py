"""A service whose every setting comes from scoped variables, different in two environments.

And the grep for planted secrets: the database, the answers of the API, pages, logs, and what the
simulated AWS has been told.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection

from ecsportal.demo.sample import sample_step
from ecsportal.people.models import ApiKey, User
from ecsportal.sandbox.server import RunningSandbox
from tests.browser.pages import PAGES
from tests.in_process_portal import Portal, in_process_portal

PLANTED = "pl4nted/s3cret+value"
IN_TEMPLATE = "pl4nted+in+a+plain+field"


@pytest.fixture
def portal(transactional_db: None, sandbox: RunningSandbox) -> Portal:
    return in_process_portal(sandbox)


def scoped(name: str, development: str, production: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "value": development, "scope": {"environments": ["development"]}},
        {"name": name, "value": production, "scope": {"environments": ["production"]}},
    ]


VARIABLES = [
    *scoped("TaskName", "shop-dev", "shop-prod"),
    *scoped("Cpu", "256", "512"),
    *scoped("Memory", "512", "1024"),
    *scoped("Count", "1", "3"),
    *scoped("ApiTag", "1.5.0", "1.6.0"),
    *scoped("LogLevel", "debug", "warn"),
    {"name": "Greeting", "value": "Hello from #{Octopus.Environment.Name} on #{Cluster}"},
    {"name": "Cluster", "value": "#{Octopus.Action.Aws.Ecs.ClusterName}"},
    {"name": "Token", "value": IN_TEMPLATE, "type": "sensitive"},
    {"name": "Unused", "value": PLANTED, "type": "sensitive"},
]


def bound_step() -> dict[str, Any]:
    step = sample_step()
    inputs = step["inputs"]
    inputs |= {
        "task_name": "#{TaskName}",
        "cpu": "#{Cpu}",
        "memory": "#{Memory}",
        "desired_count": "#{Count}",
    }
    web, api = inputs["containers"]
    web["environment"] = [
        {"name": "LOG_LEVEL", "value": "#{LogLevel}", "type": "plain"},
        {"name": "GREETING", "value": "#{Greeting}", "type": "plain"},
        {"name": "TOKEN", "value": "#{Token}", "type": "plain"},
    ]
    api["image"] = {
        "reference": "api",
        "feed": "",
        "repository": "registry.example.com/shop/api:#{ApiTag}",
    }
    return step


def prepare(portal: Portal, variables: list[dict[str, Any]]) -> dict[str, Any]:
    """The bound step, these variables, and a release of both."""
    process = portal.api("PUT", "/projects/web-shop/process", {"steps": [bound_step()]})
    assert process.status == 200, process.body
    saved = portal.api("PUT", "/projects/web-shop/variables", {"variables": variables})
    assert saved.status == 200, saved.body
    return portal.release()


def finished(portal: Portal, release: dict[str, Any], environment: str) -> dict[str, Any]:
    deployment = portal.finish(portal.deploy(release["id"], environment)["id"])
    assert deployment["state"] == "succeeded", portal.log_text(deployment["id"])
    return deployment


def told_to_ecs(portal: Portal, region: str) -> dict[str, Any]:
    """What the service of the region is, as the simulated AWS has it."""
    ecs = portal.sandbox.client("ecs", region)
    (arn,) = ecs.list_services(cluster="demo")["serviceArns"]
    (service,) = ecs.describe_services(cluster="demo", services=[arn])["services"]
    task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    web, api = task["containerDefinitions"]
    return {
        "family": task["family"],
        "cpu": task["cpu"],
        "memory": task["memory"],
        "count": service["desiredCount"],
        "api": api["image"],
        "environment": {item["name"]: item["value"] for item in web["environment"]},
    }


def test_every_setting_differs_by_environment(portal: Portal) -> None:
    release = prepare(portal, VARIABLES)
    assert list(release["images"]) == ["deploy-web/web"]
    assert release["variables_revision"] == 1
    finished(portal, release, "development")
    finished(portal, release, "production")
    assert told_to_ecs(portal, "eu-west-1") == {
        "family": "shop-dev",
        "cpu": "256",
        "memory": "512",
        "count": 1,
        "api": "registry.example.com/shop/api:1.5.0",
        "environment": {
            "LOG_LEVEL": "debug",
            "GREETING": "Hello from Development on demo",
            "TOKEN": IN_TEMPLATE,
        },
    }
    assert told_to_ecs(portal, "us-east-1") == {
        "family": "shop-prod",
        "cpu": "512",
        "memory": "1024",
        "count": 3,
        "api": "registry.example.com/shop/api:1.6.0",
        "environment": {
            "LOG_LEVEL": "warn",
            "GREETING": "Hello from Production on demo",
            "TOKEN": IN_TEMPLATE,
        },
    }


def test_nothing_is_sent_to_aws_while_an_expression_has_no_value(portal: Portal) -> None:
    release = prepare(portal, [v for v in VARIABLES if v["name"] not in ("Cpu", "LogLevel")])
    deployment = portal.finish(portal.deploy(release["id"])["id"])
    assert deployment["state"] == "failed"
    assert deployment["error"]["code"] == "ECS-VALIDATION"
    assert deployment["error"]["details"] == [
        "cpu: #{Cpu}",
        "containers[0].environment[0].value: #{LogLevel}",
    ]
    assert not [name for name in portal.sandbox.calls() if name.startswith("cloudformation.")]


def test_a_value_that_does_not_fit_its_field_is_told_before_anything_is_sent(
    portal: Portal,
) -> None:
    others = [v for v in VARIABLES if v["name"] != "Count"]
    release = prepare(portal, [*others, {"name": "Count", "value": "many"}])
    deployment = portal.finish(portal.deploy(release["id"])["id"])
    assert deployment["error"]["code"] == "ECS-VALIDATION"
    assert [d.split(":")[0] for d in deployment["error"]["details"]] == ["desired_count"]


def test_planted_secrets_are_found_only_where_somebody_put_them(portal: Portal) -> None:
    release = prepare(
        portal,
        [*VARIABLES, {"name": "OctopusPrintEvaluatedVariables", "value": "True"}],
    )
    deployment = finished(portal, release, "development")
    project = "/projects/web-shop"
    places = {
        "database": database_text(),
        "database file": database_file(),
        "log": portal.log_text(deployment["id"]),
        **{
            path: json.dumps(portal.api("GET", path).body)
            for path in (
                f"{project}/variables",
                f"{project}/variables/preview?environment=development&step=deploy-web",
                f"{project}/process",
                f"/releases/{release['id']}",
                f"/deployments/{deployment['id']}",
            )
        },
        **{
            path: page_text(portal, path)
            for path in (
                *pages_of(release["version"]),
                f"{project}/variables/preview/?environment=development&step=deploy-web",
                f"{project}/releases/{release['version']}/deploy/development/",
                f"/deployments/{deployment['id']}/",
                f"/deployments/{deployment['id']}/log.txt",
            )
        },
    }
    for secret in (PLANTED, IN_TEMPLATE):
        forms = (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode())
        assert [name for name, text in places.items() for form in forms if form in text] == []
    stack = deployment["steps"][0]["targets"][0]["stack_name"]
    cloudformation = portal.sandbox.client("cloudformation", "eu-west-1")
    template = json.dumps(cloudformation.get_template(StackName=stack)["TemplateBody"])
    assert IN_TEMPLATE in template
    assert PLANTED not in template


def pages_of(version: str) -> list[str]:
    """Every page that the browser tests visit, with this portal's own release, user and key."""
    own = {
        "/releases/0.0.1/": f"/releases/{version}/",
        "/settings/users/1/": f"/settings/users/{User.objects.earliest('pk').pk}/",
        "&key=1": f"&key={ApiKey.objects.earliest('pk').pk}",
    }
    paths = "\n".join(PAGES.values())
    for there, here in own.items():
        paths = paths.replace(there, here)
    return paths.split("\n")


def page_text(portal: Portal, path: str) -> str:
    response = portal.browser.get(path)
    assert response.status_code == 200, path
    return b"".join(response).decode()


def database_file() -> str:
    """The file as it lies on the disk, its log of writes included; nothing on PostgreSQL."""
    if connection.vendor != "sqlite":
        return ""
    name = str(connection.settings_dict["NAME"])
    files = [Path(name), Path(f"{name}-wal")]
    return "".join(file.read_bytes().decode("latin-1") for file in files if file.exists())


def database_text() -> str:
    """All that the database holds."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 -- the database's own names
            found += [str(row) for row in cursor.fetchall()]
    return "\n".join(found)
