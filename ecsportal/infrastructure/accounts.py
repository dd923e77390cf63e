"""AWS accounts: who the portal is towards AWS, and whether that works."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from ecsportal.audit.record import record
from ecsportal.aws import sessions
from ecsportal.aws.address_guard import ANYTHING
from ecsportal.aws.credentials import TURN_LIMITS, AwsCredentials, Identity
from ecsportal.aws.errors import AwsError
from ecsportal.infrastructure.addresses import refused_address
from ecsportal.infrastructure.details import AccountDetails
from ecsportal.infrastructure.models import AwsAccount, Environment
from ecsportal.infrastructure.rules import account_breaches
from ecsportal.infrastructure.storing import (
    environments_by_slug,
    refuse_breaches,
    remove,
    slugs_of,
    store_edit,
    store_new,
)
from ecsportal.people.models import User
from ecsportal.problems import FieldError, RemoteFailed, ValidationProblem

_SIGN_IN_COLUMNS = (
    "kind",
    "access_key_id",
    "secret_access_key",
    "role_arn",
    "external_id",
    "session_duration",
    "endpoint_url",
)


@transaction.atomic
def create_account(details: AccountDetails, *, by: User, slug: str = "") -> AwsAccount:
    """Add an account; its secret is stored encrypted."""
    _refuse(details, has_secret=False)
    environments = environments_by_slug(details.environments)
    account = AwsAccount(**_columns(details, AwsAccount()))
    store_new(account, slug=slug)
    account.environments.set(environments)
    _record("account.created", account, by=by, after=facts(account))
    return account


@transaction.atomic
def update_account(
    account: AwsAccount, details: AccountDetails, *, by: User, revision: int | None = None
) -> AwsAccount:
    """Replace what the account is, keeping secrets that aren't given; StaleRevision as ever.

    What the last test found is dropped when the portal would sign in differently.
    """
    _refuse(details, has_secret=bool(account.secret_access_key))
    environments = environments_by_slug(details.environments)
    _refuse_environments_in_use(account, environments)
    before = facts(account)
    columns = _columns(details, account)
    if any(getattr(account, name) != columns[name] for name in _SIGN_IN_COLUMNS):
        sessions.forget(aws_credentials(account))
        columns |= {
            "tested_at": None,
            "account_id": "",
            "arn": "",
            "test_error": "",
            "test_error_field": "",
        }
    links = {"environments": environments}
    if store_edit(account, columns, revision=revision, relations=links):
        _record("account.changed", account, by=by, before=before, after=facts(account))
    return account


@transaction.atomic
def delete_account(account: AwsAccount, *, by: User) -> None:
    """Delete it; InUse names the targets and feeds that need it."""
    before = facts(account)
    remove(account)
    _record("account.deleted", account, by=by, before=before)


def aws_credentials(account: AwsAccount) -> AwsCredentials:
    """What `ecsportal.aws.sessions` needs to sign in as this account.

    Without an endpoint of its own the account uses AWS_ENDPOINT_URL, which the operator chose, so
    the address guard lets it through.
    """
    own = account.endpoint_url
    return AwsCredentials(
        kind="worker" if account.kind == AwsAccount.Kind.WORKER else "access_key",
        access_key_id=account.access_key_id,
        secret_access_key=account.secret_access_key,
        role_arn=account.role_arn,
        external_id=account.external_id,
        session_duration=account.session_duration,
        endpoint_url=own or settings.AWS_ENDPOINT_URL,
        endpoint_allow=tuple(settings.REMOTE_ALLOW) if own else (ANYTHING,),
    )


def check_account(account: AwsAccount) -> Identity:
    """Ask STS who the account signs in as, and keep the answer on the account.

    Takes up to 20 s where nothing answers. RemoteFailed says why it doesn't work, in AWS's words
    too; `extra["field"]` names the field that is to blame, if one is.
    """
    credentials = aws_credentials(account)
    sessions.forget(credentials)
    try:
        client = sessions.client("sts", credentials, sts_region(account), limits=TURN_LIMITS)
        identity = sessions.caller_identity(client)
    except AwsError as error:
        field = field_to_blame(error, account)
        detail = f"{error.message} {error.advice}".strip()
        _keep(account, test_error=detail, test_error_field=field, account_id="", arn="")
        raise RemoteFailed(detail, code=error.code, field=field) from error
    _keep(
        account,
        test_error="",
        test_error_field="",
        account_id=identity.account_id,
        arn=identity.arn,
    )
    return identity


def sts_region(account: AwsAccount) -> str:
    """The region whose STS is asked: one the account is used in, else one of its partition."""
    used = (
        account.targets.values_list("region", flat=True).first()
        or account.feeds.values_list("region", flat=True).first()
    )
    partition = account.role_arn.split(":")[1] if account.role_arn else "aws"
    return used or {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}.get(
        partition, "us-east-1"
    )


def field_to_blame(error: AwsError, account: AwsAccount) -> str:
    """The field of the account that AWS's refusal tells of, or empty."""
    if error.operation == "AssumeRole" and error.code == "AWS-PERMISSION":
        return "role_arn"
    if error.code == "AWS-UNREACHABLE":
        return "endpoint_url" if account.endpoint_url else ""
    if account.kind != AwsAccount.Kind.ACCESS_KEY:
        return "kind" if error.code == "AWS-CREDENTIALS" else ""
    return {
        "InvalidClientTokenId": "access_key_id",
        "UnrecognizedClientException": "access_key_id",
        "InvalidAccessKeyId": "access_key_id",
        "SignatureDoesNotMatch": "secret_access_key",
        "InvalidSignatureException": "secret_access_key",
    }.get(error.aws_code, "")


def facts(account: AwsAccount) -> dict[str, Any]:
    """The account as the audit trail compares it; the trail masks the secrets."""
    columns = ("name", *_SIGN_IN_COLUMNS, "template_bucket")
    kept: dict[str, Any] = {name: getattr(account, name) for name in columns}
    return kept | {"environments": slugs_of(account.environments.all())}


def _refuse(details: AccountDetails, *, has_secret: bool) -> None:
    refuse_breaches(
        [
            *account_breaches(details, has_secret=has_secret),
            *refused_address("endpoint_url", details.endpoint_url),
        ]
    )


def _refuse_environments_in_use(account: AwsAccount, environments: list[Environment]) -> None:
    """A target may not end up in an environment that its account isn't for."""
    if not environments:
        return
    outside = Environment.objects.filter(targets__account=account).exclude(
        pk__in=[environment.pk for environment in environments]
    )
    lost = outside.first()
    if lost is not None:
        target = account.targets.filter(environments=lost).first()
        message = (
            f"{target} deploys to {lost} with this account. Keep {lost}, or move the target first."
        )
        raise ValidationProblem([FieldError("environments", message, "in_use")])


def _columns(details: AccountDetails, stored: AwsAccount) -> dict[str, Any]:
    """The columns to write; a secret that isn't given stays as it is stored."""
    secret = details.secret_access_key or stored.secret_access_key
    external_id = stored.external_id if details.external_id is None else details.external_id
    if details.kind != AwsAccount.Kind.ACCESS_KEY:
        secret = ""
    if not details.role_arn:
        external_id = ""
    return {
        "name": details.name.strip(),
        "kind": details.kind,
        "access_key_id": details.access_key_id,
        "secret_access_key": secret,
        "role_arn": details.role_arn,
        "external_id": external_id,
        "session_duration": details.session_duration,
        "endpoint_url": details.endpoint_url.rstrip("/"),
        "template_bucket": details.template_bucket,
    }


def _keep(account: AwsAccount, **result: str) -> None:
    """Store a test's result; not an edit, so neither revision nor audit trail tells of it."""
    account.tested_at = timezone.now()
    for name, value in result.items():
        setattr(account, name, value)
    account.save(update_fields=["tested_at", *result])


def _record(action: str, account: AwsAccount, *, by: User, **states: Any) -> None:
    record(
        action,
        by=by,
        subject_kind="account",
        subject=account.name,
        subject_url=reverse("infrastructure:account", args=[account.slug]),
        **states,
    )
