"""Fields that the installed botocore doesn't know: read from answers, and sent along."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest

from ecsportal.ecs.definitions import describe_definition, register_definition
from ecsportal.ecs.whole_answers import whole_answer

ARN = "arn:aws:ecs:eu-west-1:1:task-definition/web:7"


class _Future(BaseHTTPRequestHandler):
    """ECS of a year from now: it keeps what it is given, known to botocore or not."""

    stored: dict[str, Any]

    def do_POST(self) -> None:  # noqa: N802 -- http.server's name
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["X-Amz-Target"].endswith("RegisterTaskDefinition"):
            type(self).stored = sent
        tags = type(self).stored.get("tags", [])
        content = {key: value for key, value in type(self).stored.items() if key != "tags"}
        body = json.dumps(
            {"taskDefinition": {**content, "taskDefinitionArn": ARN, "revision": 7}, "tags": tags}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as above
        pass


@pytest.fixture
def ecs() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Future)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield boto3.client(
        "ecs",
        region_name="eu-west-1",
        endpoint_url=f"http://127.0.0.1:{server.server_port}",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    server.shutdown()
    server.server_close()


CONTENT: dict[str, Any] = {
    "family": "web",
    "containerDefinitions": [
        {"name": "web", "image": "web:1", "healthCheck": {"command": ["true"], "backoff": 2}}
    ],
    "quantumMode": {"enabled": True},
}


def test_unknown_fields_go_there_and_back(ecs: Any) -> None:
    registered = register_definition(ecs, CONTENT, {"team": "shop"})
    assert registered.arn == ARN
    assert _Future.stored == {**CONTENT, "tags": [{"key": "team", "value": "shop"}]}
    found = describe_definition(ecs, "web")
    assert found is not None
    assert found.content == CONTENT
    assert found.tags == {"team": "shop"}


def test_calls_beside_are_left_alone(ecs: Any) -> None:
    register_definition(ecs, CONTENT, {})
    plain = ecs.register_task_definition(family="web", containerDefinitions=[{"name": "x"}])
    assert plain["taskDefinition"]["containerDefinitions"] == [{"name": "x"}]
    assert "quantumMode" not in _Future.stored


def test_threads_read_their_own_answers(ecs: Any) -> None:
    register_definition(ecs, CONTENT, {})
    answers: list[Any] = []

    def ask() -> None:
        answers.append(whole_answer(ecs, "DescribeTaskDefinition", taskDefinition="web"))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer["taskDefinition"]["quantumMode"] for answer in answers] == [
        {"enabled": True}
    ] * 4
