"""The two wire formats, by walking botocore's service models: XML query and JSON 1.1."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from ecsportal.sandbox.errors import AwsError
from ecsportal.sandbox.incoming import Answer

# Wire formats of the services behind moto, for errors that are answered in their stead.
# The two below are not loaded as models: EC2's alone costs tens of MB.
_PROTOCOLS = {
    "cloudformation": "query",
    "sts": "query",
    "iam": "query",
    "elasticloadbalancing": "query",
    "ec2": "ec2",
    "s3": "rest-xml",
    "elasticfilesystem": "rest-json",
}
_NAMESPACES = {
    "cloudformation": "http://cloudformation.amazonaws.com/doc/2010-05-15/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    "elasticloadbalancing": "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
}
XML = "text/xml"
JSON = "application/x-amz-json-1.1"


def speaks_query(service: str) -> bool:
    """True for services whose errors are XML with a `Code`."""
    return _PROTOCOLS.get(service, "json") in {"query", "ec2", "rest-xml"}


def parse_query(fields: Mapping[str, Any], operation: OperationModel) -> dict[str, Any]:
    """The parameters of a query request (`Tags.member.1.Key=...`) as boto3 users write them."""
    shape = operation.input_shape
    return {} if shape is None else _parse_structure(fields, shape, "")


def _parse_structure(
    fields: Mapping[str, Any], shape: StructureShape, prefix: str
) -> dict[str, Any]:
    parsed = {}
    for name, member in shape.members.items():
        wire = member.serialization.get("name", name)
        value = _parse_value(fields, member, f"{prefix}{wire}")
        if value is not None:
            parsed[name] = value
    return parsed


def _parse_value(fields: Mapping[str, Any], shape: Shape, key: str) -> Any:
    if isinstance(shape, ListShape):
        return _parse_list(fields, shape, key)
    if isinstance(shape, StructureShape):
        return _parse_structure(fields, shape, f"{key}.") or None
    if isinstance(shape, MapShape):
        return _parse_map(fields, shape, key)
    if key not in fields:
        return None
    text = str(fields[key])
    if shape.type_name == "boolean":
        return text.lower() == "true"
    if shape.type_name in {"integer", "long"}:
        try:
            return int(text)
        except ValueError:
            raise AwsError("MalformedInput", f"{key} is not a number") from None
    return text


def _parse_list(fields: Mapping[str, Any], shape: ListShape, key: str) -> list[Any] | None:
    if key in fields and fields[key] == "":
        return []  # an empty list is sent as the bare name
    flattened = shape.serialization.get("flattened")
    stem = key if flattened else f"{key}.{shape.member.serialization.get('name', 'member')}"
    values: list[Any] = []
    while True:
        value = _parse_value(fields, shape.member, f"{stem}.{len(values) + 1}")
        if value is None:
            return values or None
        values.append(value)


def _parse_map(fields: Mapping[str, Any], shape: MapShape, key: str) -> dict[str, Any] | None:
    stem = key if shape.serialization.get("flattened") else f"{key}.entry"
    pairs: dict[str, Any] = {}
    while (name := fields.get(f"{stem}.{len(pairs) + 1}.key")) is not None:
        value = _parse_value(fields, shape.value, f"{stem}.{len(pairs) + 1}.value")
        pairs[str(name)] = value
    return pairs or None


def xml_answer(result: Mapping[str, Any], operation: OperationModel) -> Answer:
    """A query service's answer."""
    namespace = operation.service_model.metadata.get("xmlNamespace", "")
    body = ""
    shape = operation.output_shape
    if shape is not None:
        body = _xml_structure(result, shape)
        wrapper = shape.serialization.get("resultWrapper")
        body = f"<{wrapper}>{body}</{wrapper}>" if wrapper else body
    request_id = str(uuid.uuid4())
    document = (
        f'<{operation.name}Response xmlns="{namespace}">{body}<ResponseMetadata>'
        f"<RequestId>{request_id}</RequestId></ResponseMetadata></{operation.name}Response>"
    )
    return 200, _headers(XML, request_id), document.encode()


def _xml_structure(value: Mapping[str, Any], shape: StructureShape) -> str:
    parts = []
    for name, member in shape.members.items():
        if value.get(name) is not None:
            wire = member.serialization.get("name", name)
            parts.append(_xml(value[name], member, wire))
    return "".join(parts)


def _xml(value: Any, shape: Shape, tag: str) -> str:
    if isinstance(shape, StructureShape):
        return f"<{tag}>{_xml_structure(value, shape)}</{tag}>"
    if isinstance(shape, ListShape):
        if shape.serialization.get("flattened"):
            return "".join(_xml(item, shape.member, tag) for item in value)
        item_tag = shape.member.serialization.get("name", "member")
        items = "".join(_xml(item, shape.member, item_tag) for item in value)
        return f"<{tag}>{items}</{tag}>"
    if isinstance(value, bool):
        return f"<{tag}>{'true' if value else 'false'}</{tag}>"
    if isinstance(value, datetime):
        stamp = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.")
        return f"<{tag}>{stamp}{value.microsecond // 1000:03d}Z</{tag}>"
    return f"<{tag}>{escape(str(value))}</{tag}>"


def json_answer(result: Mapping[str, Any], operation: OperationModel) -> Answer:
    """A JSON service's answer."""
    shape = operation.output_shape
    body = {} if shape is None else _to_json(result, shape)
    return 200, _headers(JSON, str(uuid.uuid4())), json.dumps(body).encode()


def _to_json(value: Any, shape: Shape) -> Any:
    if isinstance(shape, StructureShape):
        return {
            member.serialization.get("name", name): _to_json(value[name], member)
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if isinstance(shape, ListShape):
        return [_to_json(item, shape.member) for item in value]
    if isinstance(shape, MapShape):
        return {key: _to_json(item, shape.value) for key, item in value.items()}
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def error_answer(service: str, error: AwsError) -> Answer:
    """An error in the words of the called service's protocol."""
    protocol = _PROTOCOLS.get(service, "json")
    request_id = str(uuid.uuid4())
    if protocol in {"json", "rest-json"}:
        body = json.dumps({"__type": error.code, "message": error.message}).encode()
        headers = _headers(JSON if protocol == "json" else "application/json", request_id)
        headers["x-amzn-ErrorType"] = error.code
        return error.status, headers, body
    inner = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    if protocol == "ec2":
        text = (
            f"<Response><Errors><Error>{inner}</Error></Errors>"
            f"<RequestID>{request_id}</RequestID></Response>"
        )
    elif protocol == "rest-xml":
        text = f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>"
    else:
        kind = "Sender" if error.status < 500 else "Receiver"
        text = (
            f'<ErrorResponse xmlns="{_NAMESPACES.get(service, "")}"><Error><Type>{kind}</Type>'
            f"{inner}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    return error.status, _headers(XML, request_id), text.encode()


def _headers(content_type: str, request_id: str) -> dict[str, str]:
    return {"Content-Type": content_type, "x-amzn-RequestId": request_id}
