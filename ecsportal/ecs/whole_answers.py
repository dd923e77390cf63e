"""What ECS says and takes, whole: also fields that the installed botocore doesn't know yet.

botocore reads an answer by its model of the service and drops what the model lacks. Whoever takes
over another team's task definition must not drop anything, so here the answer's own JSON is kept,
and a request's JSON is put together from all that is given.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakSet

JsonDict = dict[str, Any]

_answer: ContextVar[list[bytes] | None] = ContextVar("answer", default=None)
_request: ContextVar[JsonDict | None] = ContextVar("request", default=None)
_known: WeakSet[Any] = WeakSet()
_lock = threading.Lock()


def whole_answer(client: Any, operation: str, **params: Any) -> JsonDict:
    """Call the operation (`DescribeTaskDefinition`) and return its answer's JSON as it came.

    Times are numbers then. Where the answer is no JSON, it is what botocore made of it.
    """
    method = getattr(client, _snake(operation))
    with _kept(client, operation) as bodies:
        parsed: JsonDict = method(**params)
    try:
        whole = json.loads(bodies[-1])
    except (IndexError, ValueError):
        return parsed
    return whole if isinstance(whole, dict) else parsed


def send_whole(client: Any, operation: str, params: JsonDict) -> JsonDict:
    """Call the operation with all of `params`, also with what botocore's model lacks."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    known = _modelled(params, shape)
    method = getattr(client, _snake(operation))
    if known == params:
        answer: JsonDict = method(**known)
        return answer
    _hook(client)
    token = _request.set(params)
    try:
        answer = method(**known)
    finally:
        _request.reset(token)
    return answer


@contextmanager
def _kept(client: Any, operation: str) -> Iterator[list[bytes]]:
    _hook(client)
    bodies: list[bytes] = []
    token = _answer.set(bodies)
    try:
        yield bodies
    finally:
        _answer.reset(token)


def _hook(client: Any) -> None:
    """Clients are shared between threads: each gets its two handlers once."""
    with _lock:
        if client not in _known:
            client.meta.events.register("before-parse.ecs", _keep_answer)
            client.meta.events.register("before-call.ecs", _put_request)
            _known.add(client)


def _keep_answer(response_dict: Mapping[str, Any], **_: Any) -> None:
    bodies = _answer.get()
    if bodies is not None:
        bodies.append(response_dict["body"])


def _put_request(params: JsonDict, **_: Any) -> None:
    whole = _request.get()
    if whole is not None:
        params["body"] = json.dumps(whole).encode()


def _modelled(value: Any, shape: Any) -> Any:
    """The part of the value that the model knows."""
    if shape.type_name == "structure" and isinstance(value, dict):
        members = shape.members
        return {key: _modelled(v, members[key]) for key, v in value.items() if key in members}
    if shape.type_name == "list" and isinstance(value, list):
        return [_modelled(each, shape.member) for each in value]
    return value


def _snake(operation: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in operation).lstrip("_")
