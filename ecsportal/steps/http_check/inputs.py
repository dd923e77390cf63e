"""The inputs of the step and their rules."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from ecsportal.steps.bound import is_bound
from ecsportal.steps.fields import Number, StepModel, Text, one_of
from ecsportal.steps.findings import Findings, check_range
from ecsportal.steps.problems import Problem

METHODS = ("GET", "HEAD", "POST")
MOST_ATTEMPTS = 1000
LONGEST_INTERVAL = 3600


class HttpCheckInputs(StepModel):
    """What is asked, what answer counts as right, and how often it is asked."""

    url: Text = ""
    method: Annotated[str, one_of(*METHODS)] = "GET"
    status: Number = 200
    body_contains: Text = ""
    attempts: Number = 10
    interval_seconds: Number = 3


def check_rules(inputs: HttpCheckInputs) -> list[Problem]:
    """Every broken rule; bound values are taken on trust."""
    findings = Findings()
    _check_url(findings, inputs.url)
    if inputs.method == "HEAD" and inputs.body_contains:
        message = "An answer to HEAD has no body. Choose GET, or leave this empty."
        findings.add("body_contains", "no_body", message)
    check_range(findings, "status", inputs.status, 100, 599)
    check_range(findings, "attempts", inputs.attempts, 1, MOST_ATTEMPTS)
    check_range(
        findings, "interval_seconds", inputs.interval_seconds, 1, LONGEST_INTERVAL, "seconds"
    )
    return findings.problems


def _check_url(findings: Findings, url: str) -> None:
    if not url:
        findings.add("url", "missing", "Write the address to ask.")
    elif not is_bound(url):
        wrong = wrong_url(url)
        if wrong:
            findings.add("url", "pattern", wrong)


def wrong_url(url: str) -> str:
    """Why this can't be asked, or empty."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "Is no address of the web: host or port can't be read."
    if parts.scheme not in ("http", "https") or not host:
        return "Starts with http:// or https:// and a host, like https://shop.example/healthz."
    if "@" in parts.netloc:
        return "Name and password don't belong into the address: logs show it."
    if any(letter.isspace() for letter in url):
        return "Holds a space. Write it as %20."
    return ""
