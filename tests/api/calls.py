"""What the tests of the API's core share: how they call and what a problem looks like."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client


def post(client: Client, data: Any, path: str = "/api/v1/things", **headers: str) -> Any:
    """POST the data as JSON; text goes as it is."""
    body = data if isinstance(data, str | bytes) else json.dumps(data)
    return client.post(path, body, content_type="application/json", headers=headers)


def problem(response: Any) -> tuple[int, str]:
    """Status and code of a problem, after a look at what every problem has."""
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["type"] == f"/docs/errors/{body['code']}"
    assert body["status"] == response.status_code
    assert body["title"]
    return response.status_code, body["code"]


def errors_of(response: Any) -> list[tuple[str, str]]:
    """Path and code of each field error."""
    return [(error["path"], error["code"]) for error in response.json()["errors"]]
