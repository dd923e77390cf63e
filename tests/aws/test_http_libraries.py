"""The first calls of a process load the HTTP libraries, whichever threads make them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FIRST_CALLS = """
import sys, threading, time
from importlib.machinery import PathFinder

import botocore.auth, botocore.awsrequest, botocore.session

from ecsportal.aws.credentials import AwsCredentials
from ecsportal.aws.sessions import client
from ecsportal.steps.http_check.probe import NoAnswerError, ask

half_loaded, wanted = threading.Event(), threading.Event()

class Slow:
    "Holds up whoever loads requests in the middle of it, until the other one wants it too."
    def find_spec(self, name, path=None, target=None):
        if name == "ecsportal.aws.guarded_http":
            wanted.set()
        if name != "requests.packages":
            return None
        spec = PathFinder.find_spec(name, path)
        load = spec.loader.exec_module
        def load_late(module):
            half_loaded.set()
            wanted.wait(10)
            time.sleep(0.5)
            load(module)
        spec.loader.exec_module = load_late
        return spec

def check():
    try:
        ask("GET", "http://127.0.0.1:1/", expected=200, allow=["127.0.0.1"])
    except NoAnswerError as error:
        print("check:", error)

def make_client():
    half_loaded.wait(10)
    made = client("sts", AwsCredentials("access_key", "AKIA", "secret"), "eu-west-1")
    print("client:", made.meta.region_name)

sys.meta_path.insert(0, Slow())
threads = [threading.Thread(target=each) for each in (check, make_client)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_an_address_and_aws_can_be_asked_for_the_first_time_at_once() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FIRST_CALLS], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert ran.stderr == ""
    assert sorted(ran.stdout.splitlines()) == ["check: connection refused", "client: eu-west-1"]
