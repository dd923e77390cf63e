"""Each row of the table of CloudFormation's reasons."""

from __future__ import annotations

import pytest

from ecsportal.aws.causes import Naming, core_of, first_cause_of
from ecsportal.cloudformation.causes import RULES

NAMES = Naming(resource="Serviceweb", cluster="shop-prod", region="eu-west-1")


def handler(text: str, code: str) -> str:
    return (
        f'Resource handler returned message: "{text}"'
        f" (RequestToken: 8a4a, HandlerErrorCode: {code})"
    )


TEXTS: list[tuple[str, str, str]] = [
    (handler("Resource of type 'AWS::Logs::LogGroup' already exists.", "AlreadyExists"),
     "already-exists", "Serviceweb can't be created"),
    (handler("Creation of service was not idempotent.", "InvalidRequest"), "already-exists",
     "outside the stack"),
    (handler("Cluster not found. (Service: Ecs, Status Code: 400)", "NotFound"),
     "cluster-not-found", "There is no cluster shop-prod in eu-west-1."),
    (handler("The security token included in the request is expired", "InvalidRequest"),
     "credentials-expired", "credentials ended while CloudFormation worked on Serviceweb"),
    (handler("Unable to assume the service linked role. Please verify that the ECS service linked "
             "role exists.", "InvalidRequest"), "service-linked-role", "may not use its own role"),
    (handler("User: arn:x is not authorized to perform: iam:PassRole on resource: arn:y",
             "AccessDenied"), "pass-role", "can't be given its role"),
    (handler("User: arn:x is not authorized to perform: ecs:CreateService", "AccessDenied"),
     "permission", "may not make Serviceweb"),
    (handler("Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.",
             "GeneralServiceException"), "circuit-breaker", "circuit breaker of ECS"),
    (handler("The target group with targetGroupArn arn:x does not have an associated load "
             "balancer.", "InvalidRequest"), "target-group", "isn't attached"),
    (handler("TargetGroupNotFound: One or more target groups not found", "InvalidRequest"),
     "target-group-missing", "doesn't exist"),
    (handler("The provided target group arn:x has target type instance, which is incompatible "
             "with the awsvpc network mode", "InvalidRequest"), "target-group-type",
     "takes instances"),
    (handler("Error retrieving subnet information for [subnet-1]: The subnet ID 'subnet-1' does "
             "not exist (ErrorCode: InvalidSubnetID.NotFound)", "InvalidRequest"),
     "subnet-missing", "Subnet subnet-1 of the step doesn't exist."),
    (handler("Invalid subnets (ErrorCode: InvalidSubnetID.NotFound)", "InvalidRequest"),
     "subnet-missing", "A subnet of the step doesn't exist."),
    (handler("The security group 'sg-1' does not exist (ErrorCode: InvalidGroup.NotFound)",
             "InvalidRequest"), "security-group-missing",
     "Security group sg-1 of the step doesn't exist."),
    (handler("Invalid group (ErrorCode: InvalidGroup.NotFound)", "InvalidRequest"),
     "security-group-missing", "A security group of the step"),
    (handler("Security group sg-1 and subnet subnet-1 belong to different networks.",
             "InvalidRequest"), "networks-differ", "aren't of one network"),
    (handler("No Fargate configuration exists for given values.", "InvalidRequest"), "task-size",
     "no task of this CPU and memory"),
    (handler("The specified capacity provider FARGATE_SPOT was not found.", "InvalidRequest"),
     "capacity-provider", "cluster shop-prod doesn't have"),
    (handler("Service Connect namespace shop.local does not exist.", "InvalidRequest"),
     "namespace", "namespace of the step"),
    (handler("Exceeded attempts to wait", "NotStabilized"), "not-stabilized",
     "did not become stable"),
    (handler("The maximum number of services has been reached", "ServiceLimitExceeded"), "limit",
     "exceed a quota"),
    (handler("Rate exceeded", "Throttling"), "throttled", "asked too often"),
    (handler("Invalid network configuration", "InvalidRequest"), "invalid-request",
     "refuses Serviceweb as the step describes it"),
    (handler("The thing is not there", "NotFound"), "not-found", "Something that Serviceweb needs"),
    (handler("Another change is under way", "ResourceConflict"), "resource-in-use",
     "while something else uses it"),
    (handler("We encountered an error", "ServiceInternalError"), "aws-internal",
     "AWS failed while it worked on Serviceweb"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "slug", "words"), TEXTS)
def test_a_reason_has_its_cause(text: str, slug: str, words: str) -> None:
    cause = first_cause_of(RULES, text, NAMES)
    assert cause is not None
    assert (cause.slug, cause.quote) == (slug, text)
    assert words in cause.sentence


def test_every_row_is_reached_by_a_reason() -> None:
    reached = {
        next(rule for rule in RULES if rule.cause(text, NAMES)).sentence for text, *_ in TEXTS
    }
    assert reached == {rule.sentence for rule in RULES}


def test_an_error_without_a_known_text_has_no_cause() -> None:
    assert first_cause_of(RULES, handler("Something new", "GeneralServiceException"), NAMES) is None


@pytest.mark.parametrize(
    "text",
    [
        "It is out of phase",
        handler("It is out of phase", "GeneralServiceException"),
        handler("It is out of phase (Service: Ecs, Status Code: 418, Request ID: 8a)", "Unknown"),
        handler(handler("It is out of phase", "Unknown"), "Unknown"),
    ],
)
def test_the_core_of_a_reason_is_without_what_is_put_around_it(text: str) -> None:
    assert core_of(text) == "It is out of phase"
