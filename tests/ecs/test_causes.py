"""Each row of the table of causes, by a text that AWS gives."""

from __future__ import annotations

import pytest

from ecsportal.aws.causes import Naming, first_cause_of
from ecsportal.ecs.causes import RULES

PULL = "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
INIT = "ResourceInitializationError: "
SECRETS = INIT + "unable to pull secrets or registry auth: execution resource retrieval failed: "
LOGGER = INIT + "failed to validate logger args: create stream has been retried 1 times: "
UNHEALTHY = "(port 80) is unhealthy in (target-group arn:x) due to (reason "
NOT_PLACED = "was unable to place a task. Reason: "
NAMES = Naming(images={"web": "shop/web:1.4.2"}, feeds={"web": "Shop ECR"}, memory={"web": 512})

TEXTS: list[tuple[str, str, bool, str]] = [
    (PULL + "image does not contain descriptor matching platform 'linux/arm64'",
     "architecture", False, "Image shop/web:1.4.2 is built for another CPU architecture"),
    ("exec /bin/web: exec format error", "architecture", False, "another CPU architecture"),
    (PULL + "toomanyrequests: You have reached your pull rate limit", "registry-limit", True,
     "refuses more pulls"),
    (PULL + "unexpected status from HEAD request: 503 Service Unavailable", "registry-fault", True,
     "The registry of image shop/web:1.4.2 answered with a fault of its own."),
    ("CannotPullContainerError: failed to extract layer: no space left on device", "disk-full",
     False, "disk is too small"),
    (PULL + "dial tcp 10.0.0.1:443: i/o timeout", "image-no-route", False,
     "can't reach the registry of image shop/web:1.4.2"),
    ("CannotPullImageManifestError: request canceled while waiting for connection",
     "image-no-route", False, "can't reach the registry"),
    (PULL + "pull access denied, repository does not exist or may require 'docker login'",
     "image-access", False, "may not pull image shop/web:1.4.2"),
    (PULL + "no basic auth credentials", "image-access", False, "may not pull"),
    (PULL + "failed to resolve ref docker.io/shop/web:1.4.2: not found", "image-not-found", False,
     "Image shop/web:1.4.2 doesn't exist in the feed Shop ECR."),
    (PULL + "manifest unknown", "image-not-found", False, "doesn't exist in the feed Shop ECR"),
    (PULL + "unexpected status from HEAD request: 403 Forbidden", "image-not-found", False,
     "or the execution role may not read it"),
    (PULL + "something new", "image-pull", False, "can't be pulled"),
    ("ECS was unable to assume the role 'arn:aws:iam::1:role/web' that was provided for this task.",
     "role-not-assumable", False, "can't take on the task's role"),
    (LOGGER + "AccessDeniedException: User: x is not authorized to perform: logs:CreateLogStream",
     "log-access", False, "may not write the container's log"),
    (LOGGER + "RequestError: send request failed: dial tcp 10.0.0.1:443: i/o timeout",
     "log-no-route", False, "can't reach CloudWatch Logs"),
    (LOGGER + "ResourceNotFoundException: The specified log group does not exist.", "log-group",
     False, "log can't be opened"),
    (INIT + "failed to invoke EFS utils commands to set up EFS volumes", "efs", False,
     "EFS volume can't be mounted"),
    (INIT + "failed to download env files: file download command: non empty error stream",
     "environment-file", False, "can't be read from S3"),
    (SECRETS + "retrieved secret from Secrets Manager did not contain json key db_password",
     "secret-key-missing", False, "The secret has no key db_password."),
    (SECRETS + "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
     "secret-not-found", False, "doesn't exist"),
    (SECRETS + "invalid ssm parameters: /shop/db", "secret-not-found", False, "doesn't exist"),
    (SECRETS + "unable to retrieve secret from asm: service call has been retried 5 time(s): "
     "context deadline exceeded", "secret-no-route", False, "can't reach the service"),
    (SECRETS + "unable to retrieve ecr registry auth: AccessDeniedException: "
     "not authorized to perform: ecr:GetAuthorizationToken", "registry-sign-in", False,
     "may not sign in to ECR"),
    (SECRETS + "unable to retrieve secret from asm: service call has been retried 1 time(s): "
     "failed to fetch secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-AbCdEf"
     " from secrets manager: AccessDeniedException: User: x is not authorized",
     "secret-denied", False, "The execution role may not read the secret shop/db."),
    (SECRETS + "unable to retrieve secret from asm: AccessDeniedException", "secret-denied", False,
     "may not read a secret"),
    ("The specified subnet does not have enough free addresses to satisfy the request.",
     "subnet-full", False, "no free address"),
    ("Timeout waiting for network interface provisioning to complete.", "network-interface", True,
     "got no network interface"),
    (INIT + "failed to prepare something new", "initialization", True, "can't be prepared"),
    ("OutOfMemoryError: Container killed due to memory usage", "out-of-memory", True,
     "Container web was killed because it used more than its 512 MiB."),
    ('CannotStartContainerError: exec: "/app/run.sh": permission denied', "command-not-runnable",
     False, "Container web may not run its command"),
    ('CannotStartContainerError: exec: "x": executable file not found in $PATH',
     "command-not-found", False, "isn't in its image"),
    ("CannotStartContainerError: cannot start", "command", False, "can't start its command"),
    ("CannotCreateContainerError: API error: invalid mount", "container-create", False,
     "can't be made as the step describes it"),
    ("SpotInterruption Your Spot Task was interrupted.", "spot", True, "took back the capacity"),
    ("ContainerRuntimeTimeoutError: could not transition to running", "platform", True,
     "platform under the task failed"),
    (UNHEALTHY + "Health checks failed with these codes: [502])", "load-balancer-answer", True,
     "Container web runs, but its health check answers 502."),
    (UNHEALTHY + "Request timed out)", "load-balancer-silence", True, "gets no answer"),
    (UNHEALTHY + "Target is in an Availability Zone that is not enabled for the load balancer)",
     "load-balancer-zone", False, "a zone that the load balancer doesn't serve"),
    ("Task failed ELB health checks in (target-group arn:x)", "load-balancer-health", True,
     "finds it unhealthy"),
    ("Task failed container health checks", "container-health", True, "its health check fails"),
    (NOT_PLACED + "You've reached the limit on the number of vCPUs you can run concurrently",
     "quota", True, "may not run more vCPUs at once"),
    (NOT_PLACED + "The requested CPU configuration is above your limit", "quota-of-one-task",
     False, "a task of this size"),
    (NOT_PLACED + "Capacity is unavailable at this time.", "capacity", True, "no capacity"),
    (NOT_PLACED + "Internal error.", "zone", True, "zone has no Fargate"),
    (NOT_PLACED + "Something new.", "placement", True, "can't place a task"),
    ("was unable to stop or start tasks during a deployment because of the service deployment "
     "configuration. Update the minimumHealthyPercent or maximumPercent value and try again.",
     "deployment-configuration", False, "no room to replace a task"),
    ("operations are being throttled. Will try again later.", "operations-throttled", True,
     "slows the service down"),
    ("is unable to consistently start tasks successfully.", "tasks-fail-to-start", True,
     "end before they run"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "slug", "heals", "words"), TEXTS)
def test_a_text_of_ecs_has_its_cause(text: str, slug: str, heals: bool, words: str) -> None:
    cause = first_cause_of(RULES, text, NAMES, "web")
    assert cause is not None
    assert (cause.slug, cause.heals, cause.quote) == (slug, heals, text)
    assert words in cause.sentence


def test_every_row_is_reached_by_a_text() -> None:
    reached = {
        next(rule for rule in RULES if rule.cause(text, NAMES)).sentence for text, *_ in TEXTS
    }
    assert reached == {rule.sentence for rule in RULES}


def test_ordinary_texts_are_no_causes() -> None:
    for text in (
        "has reached a steady state.",
        "has started 2 tasks: (task 1) (task 2).",
        "registered 1 targets in (target-group arn:x)",
        "Scaling activity initiated by (deployment ecs-svc/1)",
    ):
        assert first_cause_of(RULES, text, NAMES) is None
