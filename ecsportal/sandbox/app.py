"""The WSGI application: who answers a request, and in which protocol."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from botocore.model import OperationModel
from botocore.validate import ParamValidator

from ecsportal.sandbox import control
from ecsportal.sandbox.clock import Clock, Mode
from ecsportal.sandbox.cloudformation import api as cloudformation_api
from ecsportal.sandbox.ecs import api as ecs_api
from ecsportal.sandbox.ecs.target_health import describe_target_health
from ecsportal.sandbox.errors import AwsError
from ecsportal.sandbox.faults import Call, Fault
from ecsportal.sandbox.incoming import Answer, Environ, Incoming, read_request
from ecsportal.sandbox.models import service_model
from ecsportal.sandbox.protocol import (
    error_answer,
    json_answer,
    parse_query,
    speaks_query,
    xml_answer,
)
from ecsportal.sandbox.registry import TOKEN_PATH
from ecsportal.sandbox.world import World

WRONG_KEY = "AKIAWRONG"
"""Access keys that begin so are refused by every service."""

log = logging.getLogger(__name__)
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class SandboxApplication:
    """A simulated AWS account as a WSGI application.

    With `validate_answers` each answer of the simulated services is held against botocore's own
    model of it, and a wrong one is answered as an InternalFailure that says what is wrong.
    """

    def __init__(self, world: World, *, validate_answers: bool = False) -> None:
        self.world = world
        self._validate_answers = validate_answers

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        incoming = read_request(environ)
        try:
            status, headers, body = self._answer(environ, incoming)
        except AwsError as error:
            status, headers, body = error_answer(incoming.service, error)
        except ConnectionAbortedError:
            raise  # the server hangs up
        except Exception as problem:
            log.exception("The sandbox failed at %s %s", incoming.service, incoming.operation)
            failure = AwsError("InternalFailure", f"The sandbox failed: {problem!r}", 500)
            status, headers, body = error_answer(incoming.service, failure)
        headers.setdefault("Content-Length", str(len(body)))
        start_response(f"{status} {HTTPStatus(status).phrase}", list(headers.items()))
        return [body]

    def _answer(self, environ: Environ, incoming: Incoming) -> Answer:
        if incoming.path.startswith(control.PREFIX):
            with self.world.lock:
                self.world.clock.run_due()
                return control.answer(self.world, incoming)
        if not incoming.service and incoming.path.startswith(("/v2/", TOKEN_PATH)):
            self._strike("registry", incoming)
            with self.world.lock:
                return self.world.registry.answer(incoming)
        if not incoming.service and incoming.path == "/" and incoming.method == "GET":
            return 200, {"Content-Type": "text/plain"}, b"The sandbox: a simulated AWS.\n"
        fault = self._strike(incoming.service, incoming)
        answer = self._carry_out(environ, incoming)
        if fault is not None and fault.drop == "after":
            raise ConnectionAbortedError
        return answer

    def _carry_out(self, environ: Environ, incoming: Incoming) -> Answer:
        if incoming.access_key.startswith(WRONG_KEY):
            raise _unknown_key(incoming.service)
        with self.world.lock:
            self.world.clock.run_due()
            if incoming.service == "ecs":
                return self._answer_ecs(incoming)
            if incoming.service == "cloudformation":
                return self._answer_cloudformation(incoming)
            if incoming.operation == "DescribeTargetHealth":
                return self._answer_target_health(incoming)
            return self.world.moto.answer(environ, incoming)

    def _strike(self, service: str, incoming: Incoming) -> Fault | None:
        """Count the call; wait and fail as the faults have it. Waits outside the lock.

        Returns the fault that struck, for what it does after the call.
        """
        action = incoming.operation or f"{incoming.method} {incoming.path}"
        with self.world.lock:
            token = _token(incoming)
            if incoming.operation:
                self.world.calls.record(f"{service}.{action}", token)
            now = self.world.clock.now()
            call = Call(service, action, incoming.fields, incoming.region, now)
            fault = self.world.faults.take(call)
        if fault is None:
            return None
        if fault.delay:
            time.sleep(fault.delay)
        if fault.error is not None:
            raise fault.error
        if fault.drop == "before":
            raise ConnectionAbortedError
        return fault

    def _answer_ecs(self, incoming: Incoming) -> Answer:
        operation = _operation("ecs", incoming.operation)
        function = ecs_api.OPERATIONS.get(incoming.operation)
        if function is None:
            raise _not_simulated(incoming)
        region, params = self.world.ecs(incoming.region), incoming.json()
        _check_input(params, operation, "InvalidParameterException")
        begins = ecs_api.begins_something(region, incoming.operation, params)
        result = function(region, params)
        if begins:
            self.world.calls.started(f"ecs.{incoming.operation}")
        self._validate(result, operation)
        return json_answer(result, operation)

    def _answer_cloudformation(self, incoming: Incoming) -> Answer:
        operation = _operation("cloudformation", incoming.operation)
        function = cloudformation_api.OPERATIONS.get(incoming.operation)
        if function is None:
            raise _not_simulated(incoming)
        region = self.world.stacks(incoming.region)
        params = parse_query(incoming.fields, operation)
        _check_input(params, operation, "ValidationError")
        result = function(region, params)
        self._validate(result, operation)
        return xml_answer(result, operation)

    def _answer_target_health(self, incoming: Incoming) -> Answer:
        """The one call of ELB that the tasks' state decides; moto knows the groups."""
        operation = _operation("elbv2", incoming.operation)
        params = parse_query(incoming.fields, operation)
        _check_input(params, operation, "ValidationError")
        group = str(params["TargetGroupArn"])
        if group not in self.world.moto.backend("elbv2", incoming.region).target_groups:
            raise AwsError("TargetGroupNotFound", "One or more target groups not found")
        found = describe_target_health(self.world.ecs(incoming.region), group)
        result = {"TargetHealthDescriptions": found}
        self._validate(result, operation)
        return xml_answer(result, operation)

    def _validate(self, result: dict[str, Any], operation: OperationModel) -> None:
        shape = operation.output_shape
        if not self._validate_answers or shape is None:
            return
        given = {name: value for name, value in result.items() if value is not None}
        report = ParamValidator().validate(given, shape)
        unknown = given.keys() - shape.members.keys()
        if report.has_errors() or unknown:
            raise AssertionError(f"{operation.name}: {report.generate_report()} {unknown or ''}")


def _check_input(params: dict[str, Any], operation: OperationModel, code: str) -> None:
    """Refuse what boto3 would not even send: a required parameter left out, a wrong type."""
    if operation.input_shape is None:
        return
    report = ParamValidator().validate(params, operation.input_shape)
    if report.has_errors():
        raise AwsError(code, f"1 validation error detected: {report.generate_report()}")


def _token(incoming: Incoming) -> str:
    names = ("ClientRequestToken", "ClientToken", "clientToken", "clientRequestToken")
    return next((str(incoming.fields[name]) for name in names if incoming.fields.get(name)), "")


def _operation(service: str, name: str) -> OperationModel:
    model = service_model(service)
    if name not in model.operation_names:
        code = "InvalidAction" if service == "cloudformation" else "UnknownOperationException"
        raise AwsError(code, f"Could not find operation {name}")
    return model.operation_model(name)


def _not_simulated(incoming: Incoming) -> AwsError:
    message = f"The sandbox does not simulate {incoming.service} {incoming.operation}."
    return AwsError("NotImplemented", message, 501)


def _unknown_key(service: str) -> AwsError:
    message = "The security token included in the request is invalid."
    if speaks_query(service):
        return AwsError("InvalidClientTokenId", message, 403)
    return AwsError("UnrecognizedClientException", message)


def make_app(
    *, clock: Mode = "real", speed: float = 1.0, validate_answers: bool = False
) -> SandboxApplication:
    """A fresh sandbox, seeded."""
    return SandboxApplication(World(Clock(clock, speed)), validate_answers=validate_answers)
