"""What a request is: service, region, operation and caller, read from its head and body."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

Environ = dict[str, Any]

_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_UNSIGNED = {"AssumeRoleWithWebIdentity": "sts", "AssumeRoleWithSAML": "sts"}
_REST_OPERATIONS = (
    ("elasticfilesystem", "GET", re.compile(r"/file-systems"), "DescribeFileSystems"),
    ("elasticfilesystem", "GET", re.compile(r"/access-points"), "DescribeAccessPoints"),
    ("elasticfilesystem", "GET", re.compile(r"/mount-targets"), "DescribeMountTargets"),
    ("s3", "GET", re.compile(r"^/?$"), "ListBuckets"),
    ("s3", "GET", re.compile(r"^/[^/]+/.+"), "GetObject"),
    ("s3", "PUT", re.compile(r"^/[^/]+/.+"), "PutObject"),
)

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers and body of an HTTP answer."""


@dataclass(frozen=True)
class Incoming:
    """One HTTP request. `service` is the signing name, empty where there is no signature."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    service: str = ""
    region: str = ""
    access_key: str = ""
    operation: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """The top-level parameters as sent: flat for query services, JSON otherwise."""

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; {} where it is empty."""
        loaded = json.loads(self.body or b"{}")
        return loaded if isinstance(loaded, dict) else {}


def read_request(environ: Environ) -> Incoming:
    """Read a WSGI request whole, and put its body back for whoever comes next."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    headers = {
        key[5:].replace("_", "-").lower(): value
        for key, value in environ.items()
        if key.startswith("HTTP_")
    }
    method, path = str(environ["REQUEST_METHOD"]), str(environ.get("PATH_INFO", "/"))
    query = str(environ.get("QUERY_STRING", ""))
    access_key, region, service = _scope(headers.get("authorization", ""), query)
    operation, fields = _operation(method, path, headers, body, service)
    service = service or _UNSIGNED.get(operation, "")
    return Incoming(
        method, path, query, headers, body, service, region, access_key, operation, fields
    )


def _scope(authorization: str, query: str) -> tuple[str, str, str]:
    found = _CREDENTIAL.search(authorization)
    if found is None and "X-Amz-Credential" in query:
        credential = parse_qs(query).get("X-Amz-Credential", [""])[0]
        found = _CREDENTIAL.search(f"Credential={credential}")
    if found is None:
        return "", "us-east-1" if query else "", ""
    return found.group(1), found.group(2), found.group(3).lower()


def _operation(
    method: str, path: str, headers: Mapping[str, str], body: bytes, service: str
) -> tuple[str, dict[str, Any]]:
    target = headers.get("x-amz-target", "")
    if target:
        try:
            loaded = json.loads(body or b"{}")
        except ValueError:
            loaded = {}
        return target.rpartition(".")[2], loaded if isinstance(loaded, dict) else {}
    if b"Action=" in body:
        fields = _flat(parse_qs(body.decode(), keep_blank_values=True))
        return str(fields.get("Action", "")), fields
    for name, verb, pattern, operation in _REST_OPERATIONS:
        if service == name and method == verb and pattern.search(path):
            return operation, {}
    return (f"{method} {path}" if service else ""), {}


def _flat(pairs: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    return {key: next(iter(values)) for key, values in pairs.items()}
