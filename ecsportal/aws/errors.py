"""What AWS's errors mean to the owner of a deployment.

boto3 raises one class for nearly everything; what happened is in a code, and sometimes only in the
text. This is the one place that knows them (codes: the services' API references; the texts were
collected from real answers). The rest of the portal catches `AwsError`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NamedTuple

from ecsportal.aws.address_guard import AddressRefusedError


@dataclass(eq=False)
class AwsError(Exception):
    """A call to AWS failed.

    `code` is stable and shown with a help link. `message` says what happened, AWS's words included,
    `advice` what to do. `transient` means that the same call may work a little later: wait longer,
    don't fail. `expired` means that new credentials may help. `aws_code` and `aws_text` are AWS's
    own, `operation` its name for the call; they are empty where no answer came. `happened` is the
    message without AWS's words, where it says all by itself: a refusal names identity, action and
    resource by ARNs, which nobody reads in a headline.
    """

    code: str
    message: str
    advice: str = ""
    transient: bool = False
    expired: bool = False
    aws_code: str = ""
    aws_text: str = ""
    operation: str = ""
    happened: str = ""

    def __str__(self) -> str:
        return self.message

    @property
    def is_of_the_place(self) -> bool:
        """True for what every other call to the same account and region meets as well."""
        return self.code in ("AWS-CREDENTIALS", "AWS-UNREACHABLE", "AWS-THROTTLED")

    def says(self, *parts: str) -> bool:
        """True when AWS's own text contains one of the parts, letter case aside."""
        text = self.aws_text.lower()
        return any(part.lower() in text for part in parts)


class _Meaning(NamedTuple):
    code: str
    happened: str
    advice: str
    transient: bool = False
    expired: bool = False


_PERMISSION = _Meaning(
    "AWS-PERMISSION",
    "AWS refuses {operation}: the account's identity may not do that.",
    "Allow the action for this identity, or choose an account that may, then retry.",
)
_ASSUME = _Meaning(
    "AWS-PERMISSION",
    "The account's role can't be assumed.",
    "Check the role's ARN, its trust policy and the external ID, and that the account's own"
    " identity may call sts:AssumeRole.",
)
_CREDENTIALS = _Meaning(
    "AWS-CREDENTIALS",
    "AWS doesn't accept the account's credentials.",
    "Check the access key, the region and the clock of the worker, and test the account.",
)
_EXPIRED = _Meaning(
    "AWS-CREDENTIALS",
    "The credentials in use have expired.",
    "Renew them for the account, or for the worker where the account uses the worker's.",
    expired=True,
)
_MISSING = _Meaning(
    "AWS-CREDENTIALS",
    "The worker has no AWS credentials to use.",
    "Give the account an access key, or start the worker with a role, and test the account.",
)
_THROTTLED = _Meaning(
    "AWS-THROTTLED",
    "AWS asks for fewer calls ({operation}).",
    "Nothing to do: the portal goes on more slowly.",
    transient=True,
)
_UNREACHABLE = _Meaning(
    "AWS-UNREACHABLE",
    "AWS does not answer.",
    "Check the worker's network and the account's endpoint and region.",
    transient=True,
)
_UNAVAILABLE = _Meaning(
    "AWS-UNREACHABLE",
    "AWS has trouble answering {operation}.",
    "Look at the AWS Health dashboard if it lasts.",
    transient=True,
)
_TLS = _Meaning(
    "AWS-UNREACHABLE",
    "No trusted connection to the endpoint is possible.",
    "Check the endpoint's certificate and the worker's certificate store.",
)
_REFUSED = _Meaning(
    "AWS-UNREACHABLE",
    "The portal does not connect to the account's endpoint.",
    "Correct the account's endpoint, or let the operator name it in REMOTE_ALLOW.",
)
_VALIDATION = _Meaning(
    "AWS-VALIDATION",
    "AWS refuses {operation}: what was sent breaks one of its rules.",
    "Correct the named value and deploy again.",
)
_NOT_FOUND = _Meaning(
    "AWS-NOT-FOUND",
    "{operation} asks for something that doesn't exist.",
    "Check the name, the account and the region.",
)
_SKEWED = _Meaning(
    "AWS-CREDENTIALS",
    "AWS doesn't accept the time of the worker's clock.",
    "Set the worker's clock (NTP), then retry: AWS takes 5 to 15 minutes of difference.",
)
_LIMIT = _Meaning(
    "AWS-LIMIT",
    "A quota of the AWS account is used up ({operation}).",
    "Raise the quota in Service Quotas or remove what is no longer needed.",
)
_OTHER = _Meaning(
    "AWS-ERROR",
    "AWS refuses {operation}.",
    "Correct what AWS names, or retry; where it names nothing of yours, ask AWS support.",
)

_BY_CODE: dict[str, _Meaning] = {
    code: meaning
    for meaning, codes in (
        (
            _PERMISSION,
            "AccessDenied AccessDeniedException UnauthorizedOperation NotAuthorized"
            " AuthorizationError AuthorizationErrorException",
        ),
        (
            _CREDENTIALS,
            "InvalidClientTokenId UnrecognizedClientException SignatureDoesNotMatch AuthFailure"
            " InvalidSignatureException IncompleteSignature IncompleteSignatureException"
            " MissingAuthenticationToken MissingAuthenticationTokenException InvalidAccessKeyId"
            " InvalidIdentityToken IDPRejectedClaim OptInRequired RegionDisabledException",
        ),
        (_EXPIRED, "ExpiredToken ExpiredTokenException TokenRefreshRequired"),
        (_SKEWED, "RequestTimeTooSkewed RequestExpired RequestInTheFuture"),
        (
            _THROTTLED,
            "Throttling ThrottlingException ThrottledException RequestThrottled"
            " RequestThrottledException TooManyRequestsException RequestLimitExceeded"
            " BandwidthLimitExceeded SlowDown PriorRequestNotComplete EC2ThrottledException",
        ),
        (
            _UNAVAILABLE,
            "ServiceUnavailable ServiceUnavailableException InternalFailure InternalError"
            " InternalServerError InternalServerException ServerException RequestTimeout"
            " RequestTimeoutException IDPCommunicationError",
        ),
        (
            _VALIDATION,
            "ValidationError ValidationException InvalidParameterException InvalidParameterValue"
            " InvalidParameterCombination MissingParameter MalformedInput ClientException"
            " InsufficientCapabilitiesException TokenAlreadyExistsException"
            " AlreadyExistsException PlatformTaskDefinitionIncompatibilityException",
        ),
        (
            _NOT_FOUND,
            "ClusterNotFoundException ServiceNotFoundException ServiceNotActiveException"
            " RepositoryNotFoundException ImageNotFoundException ResourceNotFoundException"
            " ChangeSetNotFound StackNotFoundException NoSuchBucket NoSuchKey",
        ),
        (_LIMIT, "LimitExceededException ServiceQuotaExceededException LimitExceeded"),
    )
    for code in codes.split()
}

_BY_CLASS: tuple[tuple[str, _Meaning], ...] = (
    ("NoCredentialsError", _MISSING),
    ("PartialCredentialsError", _MISSING),
    ("CredentialRetrievalError", _CREDENTIALS),
    ("ProfileNotFound", _MISSING),
    ("NoRegionError", _VALIDATION),
    ("ParamValidationError", _VALIDATION),
    ("InvalidEndpoint", _VALIDATION),
    ("SSLError", _TLS),
    ("HTTPClientError", _UNREACHABLE),
    ("ConnectionError", _UNREACHABLE),
)
"""botocore's own exceptions, by the name of the class or of one it derives from; first match."""


_CLOCK_TEXTS = ("signature expired", "signature not yet current", "clock skew")
"""How the services word it that refuse a signature for its time (SigV4 troubleshooting)."""


_ACTION = re.compile(r"not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9*]+)")
"""The action in a refusal: `… is not authorized to perform: ecs:UpdateService on resource: …`."""


def is_throttling(aws_code: str) -> bool:
    """True for a code by which AWS asks for fewer calls."""
    return _BY_CODE.get(aws_code) is _THROTTLED


def is_from_botocore(error: BaseException) -> bool:
    """True for what boto3 raises; decided without importing botocore, which is slow to load."""
    return any(cls.__module__.startswith("botocore.") for cls in type(error).__mro__)


def as_aws_error(error: BaseException) -> AwsError:
    """Translate what boto3 raised; an `AwsError` is returned as it is."""
    if isinstance(error, AwsError):
        return error
    response = getattr(error, "response", None)
    if isinstance(response, dict) and "Error" in response:
        return _from_answer(response, str(getattr(error, "operation_name", "") or "the call"))
    return _without_answer(error)


def _from_answer(response: dict[str, Any], operation: str) -> AwsError:
    aws_code = str(response["Error"].get("Code", ""))
    aws_text = str(response["Error"].get("Message", "") or "")
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) or 0)
    meaning = _BY_CODE.get(aws_code) or _by_status(status)
    if meaning is _CREDENTIALS and any(text in aws_text.lower() for text in _CLOCK_TEXTS):
        meaning = _SKEWED
    if operation == "AssumeRole" and meaning is _PERMISSION:
        meaning = _ASSUME
    happened = meaning.happened.format(operation=operation)
    return AwsError(
        meaning.code,
        f'{happened} AWS says: "{aws_text or aws_code}"',
        _with_action(meaning.advice, aws_text),
        transient=meaning.transient,
        expired=meaning.expired,
        aws_code=aws_code,
        aws_text=aws_text,
        operation=operation,
        happened=happened if meaning.code == _PERMISSION.code else "",
    )


def _with_action(advice: str, aws_text: str) -> str:
    """The advice to allow an action, with its name as policies spell it where AWS tells it."""
    found = _ACTION.search(aws_text)
    return advice.replace("Allow the action", f"Allow {found[1]}") if found else advice


def _by_status(status: int) -> _Meaning:
    """An unknown code: the status still tells whose fault it is."""
    if status == 429:
        return _THROTTLED
    return _UNAVAILABLE if status >= 500 else _OTHER


def _without_answer(error: BaseException) -> AwsError:

    inner = getattr(error, "kwargs", {}).get("error") or error.__context__
    if isinstance(inner, AddressRefusedError):
        return AwsError(_REFUSED.code, f"{_REFUSED.happened} {inner}", _REFUSED.advice)
    names = [cls.__name__ for cls in type(error).__mro__]
    meaning = next((meaning for name, meaning in _BY_CLASS if name in names), _OTHER)
    happened = meaning.happened.format(operation="the call")
    return AwsError(
        meaning.code,
        f'{happened} boto3 says: "{error}"',
        meaning.advice,
        transient=meaning.transient,
        aws_text=str(error),
    )


class AwsErrors:
    """`with aws_errors:` turns what boto3 raises inside into `AwsError`; reusable, no state."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None and is_from_botocore(error):
            raise as_aws_error(error) from error


aws_errors = AwsErrors()
