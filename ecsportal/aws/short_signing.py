"""AWS's signature version 4 for ordinary calls, without the price of signing any HTTP request.

botocore signs whatever may be sent: it encodes the body and copies the headers several times over.
A call of a query or JSON service is always a POST to `/` of one string, so here each is done once.
What is signed, and so the signature, is the same; anything out of the ordinary is botocore's.

The door is botocore's `choose-signer` event, which names a class in its table of signers.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import digest
from typing import Any
from urllib.parse import urlencode, urlsplit

from botocore.auth import AUTH_TYPE_MAPS, SIGNED_HEADERS_BLACKLIST, SIGV4_TIMESTAMP, SigV4Auth
from botocore.compat import get_current_datetime

from ecsportal.aws.warm_http import host_of

_NAME = "ecsportal-v4"
_NOT_SIGNED = frozenset(SIGNED_HEADERS_BLACKLIST)
_SET_BY_SIGNING = frozenset(
    ["authorization", "date", "host", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"]
)


class ShortSigV4Auth(SigV4Auth):
    """Signs ordinary calls in one go, and leaves the rest to botocore."""

    _region_name: str
    _service_name: str

    def add_auth(self, request: Any) -> None:
        """Put date, session token and signature into the request's headers."""
        headers = _headers(request)
        if headers is None or self.credentials is None:
            super().add_auth(request)
            return
        if isinstance(request.data, dict):
            request.data = urlencode(request.data, doseq=True)
        if isinstance(request.data, str):
            request.data = request.data.encode()
        at = get_current_datetime().strftime(SIGV4_TIMESTAMP)
        request.context["timestamp"] = at
        request.headers["X-Amz-Date"] = headers["x-amz-date"] = at
        if token := self.credentials.token:
            request.headers["X-Amz-Security-Token"] = headers["x-amz-security-token"] = token
        request.headers["Authorization"] = self._authorization(headers, request.data, at)

    def _authorization(self, headers: dict[str, str], body: bytes, at: str) -> str:
        names = sorted(headers)
        signed = ";".join(names)
        lines = [f"{name}:{' '.join(headers[name].split())}" for name in names]
        whole = "\n".join(["POST", "/", "", *lines, "", signed, sha256(body).hexdigest()])
        scope = f"{at[:8]}/{self._region_name}/{self._service_name}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{sha256(whole.encode()).hexdigest()}"
        key = f"AWS4{self.credentials.secret_key}".encode()
        for part in scope.split("/"):
            key = digest(key, part.encode(), "sha256")
        signature = digest(key, text.encode(), "sha256").hex()
        return (
            f"AWS4-HMAC-SHA256 Credential={self.credentials.access_key}/{scope},"
            f" SignedHeaders={signed}, Signature={signature}"
        )


def _headers(request: Any) -> dict[str, str] | None:
    """What is signed of the headers, in lower case; None where the request isn't ordinary."""
    _, netloc, path, query, _ = parts = urlsplit(request.url)
    context = request.context
    ordinary = request.method == "POST" and path == "/" and not query and not request.params
    if not ordinary or not isinstance(request.data, dict | str | bytes) or not netloc:
        return None
    if not context.get("payload_signing_enabled", True) or isinstance(
        context.get("checksum", {}).get("request_algorithm"), dict
    ):
        return None
    headers = {}
    for name, value in request.headers.raw_items():
        lower = name.lower()
        if lower in headers or lower in _SET_BY_SIGNING or not isinstance(value, str):
            return None
        if lower not in _NOT_SIGNED:
            headers[lower] = value
    headers["host"] = host_of(parts)
    return headers


def choose_signer(signature_version: str, signing_name: str, context: Any, **_: Any) -> str | None:
    """A `choose-signer` handler: ours in the place of botocore's own for version 4."""
    usual = signature_version == "v4" and context.get("auth_type") in (None, "v4")
    if usual and not context.get("unsigned_payload") and not signing_name.startswith("s3"):
        return _NAME
    return None


AUTH_TYPE_MAPS[_NAME] = ShortSigV4Auth
