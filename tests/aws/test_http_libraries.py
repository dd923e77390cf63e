"""The first calls of a process load the HTTP libraries, whichever threads make them."""

from __future__ import annotations

from tests.half_loaded import printed_by

FIRST_CALLS = """
import botocore.auth, botocore.awsrequest, botocore.session

from ecsportal.aws.credentials import AwsCredentials
from ecsportal.aws.sessions import client
from ecsportal.steps.http_check.probe import NoAnswerError, ask
from tests.half_loaded import HeldUp, run_at_once

def check():
    try:
        ask("GET", "http://127.0.0.1:1/", expected=200, allow=["127.0.0.1"])
    except NoAnswerError as error:
        print("check:", error)

def make_client():
    made = client("sts", AwsCredentials("access_key", "AKIA", "secret"), "eu-west-1")
    print("client:", made.meta.region_name)

run_at_once(check, make_client, HeldUp("requests.packages", "ecsportal.aws.guarded_http"))
"""


def test_an_address_and_aws_can_be_asked_for_the_first_time_at_once() -> None:
    assert printed_by(FIRST_CALLS) == ["check: connection refused", "client: eu-west-1"]
