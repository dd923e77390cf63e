"""Shapes of ids and ARNs. Partitions differ (`aws`, `aws-cn`, `aws-us-gov`), so none is fixed."""

from __future__ import annotations

import re

from ecsportal.steps.bound import is_bound
from ecsportal.steps.findings import Findings

_START = r"arn:aws[a-z-]*"
_REGION = r"[a-z]{2}(?:-[a-z]+)+-\d+"

_PATTERNS = {
    "role": (
        rf"{_START}:iam::\d{{12}}:role/[\w+=,.@/-]+",
        "an IAM role's ARN, like arn:aws:iam::123456789012:role/web",
    ),
    "target_group": (
        rf"{_START}:elasticloadbalancing:{_REGION}:\d{{12}}:targetgroup/[A-Za-z0-9-]+/[0-9a-f]+",
        "a target group's ARN, like "
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0123456789abcdef",
    ),
    "load_balancer": (
        rf"{_START}:elasticloadbalancing:{_REGION}:\d{{12}}:loadbalancer/app/[A-Za-z0-9-]+/[0-9a-f]+",
        "an application load balancer's ARN, like "
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/0123456789abcdef",
    ),
    "registry_secret": (
        rf"{_START}:secretsmanager:{_REGION}:\d{{12}}:secret:[^\s:]+",
        "the ARN of a Secrets Manager secret, like "
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:registry-AbCdEf",
    ),
    # The parts after the name are JSON key, version stage and version id, each possibly empty.
    "secret": (
        rf"{_START}:secretsmanager:{_REGION}:\d{{12}}:secret:[^\s:]+(?::[^\s:]*:[^\s:]*:[^\s:]*)?"
        rf"|{_START}:ssm:{_REGION}:\d{{12}}:parameter/[\w./-]+",
        "the ARN of a Secrets Manager secret or of a Parameter Store parameter",
    ),
    "environment_file": (
        rf"{_START}:s3:::[^\s/]+/\S*\.env",
        "the ARN of an S3 object that ends in .env, like arn:aws:s3:::settings/web.env",
    ),
    "security_group": (
        r"sg-(?:[0-9a-f]{8}|[0-9a-f]{17})",
        "a security group's id: sg- and 8 or 17 of 0-9 and a-f",
    ),
    "subnet": (
        r"subnet-(?:[0-9a-f]{8}|[0-9a-f]{17})",
        "a subnet's id: subnet- and 8 or 17 of 0-9 and a-f",
    ),
    "file_system": (r"fs-[0-9a-f]{8,40}", "a file system's id, like fs-0123456789abcdef0"),
    "access_point": (r"fsap-[0-9a-f]{8,40}", "an access point's id, like fsap-0123456789abcdef0"),
}
_COMPILED = {kind: re.compile(pattern, re.ASCII) for kind, (pattern, _) in _PATTERNS.items()}


def check_id(findings: Findings, path: str, kind: str, text: str) -> None:
    """A literal id or ARN has the shape of its kind; an empty one is not judged here."""
    if text and not is_bound(text) and not _COMPILED[kind].fullmatch(text):
        findings.add(path, "pattern", f'"{text}" is not {_PATTERNS[kind][1]}.')
