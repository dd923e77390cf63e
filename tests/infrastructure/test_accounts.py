"""AWS accounts through their services, against the simulated AWS."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test import override_settings

from ecsportal.audit.models import AuditEvent
from ecsportal.infrastructure.accounts import (
    aws_credentials,
    check_account,
    create_account,
    delete_account,
    sts_region,
    update_account,
)
from ecsportal.infrastructure.details import AccountDetails
from ecsportal.infrastructure.models import AwsAccount
from ecsportal.people.models import User
from ecsportal.problems import InUse, RemoteFailed, ValidationProblem
from ecsportal.sandbox.server import RunningSandbox
from tests import builders

DETAILS = AccountDetails(name="shop", access_key_id="AKIAEXAMPLE", secret_access_key="wJalrX")
ROLE = "arn:aws:iam::123456789012:role/PortalDeploy"


def test_a_secret_is_stored_encrypted_and_never_recorded(administrator: User) -> None:
    account = create_account(DETAILS, by=administrator)
    with connection.cursor() as cursor:
        cursor.execute("select secret_access_key from infrastructure_awsaccount")
        stored = cursor.fetchone()[0]
    assert "wJalrX" not in stored
    assert AwsAccount.objects.get(pk=account.pk).secret_access_key == "wJalrX"
    assert AuditEvent.objects.get().after["secret_access_key"] == "(changed)"


def test_an_edit_without_secrets_keeps_them(administrator: User) -> None:
    account = create_account(
        replace(DETAILS, role_arn=ROLE, external_id="portal-1"), by=administrator
    )
    edited = replace(DETAILS, name="shop-2", secret_access_key="", role_arn=ROLE)
    update_account(account, edited, by=administrator)
    account = AwsAccount.objects.get()
    assert (account.name, account.secret_access_key) == ("shop-2", "wJalrX")
    assert account.external_id == "portal-1"
    update_account(account, replace(edited, external_id=""), by=administrator)
    assert AwsAccount.objects.get().external_id == ""
    assert AuditEvent.objects.first().before == {"external_id": "(changed)"}


def test_the_worker_kind_forgets_the_key(administrator: User) -> None:
    account = create_account(DETAILS, by=administrator)
    update_account(account, AccountDetails(name="shop", kind="worker"), by=administrator)
    account = AwsAccount.objects.get()
    assert (account.access_key_id, account.secret_access_key) == ("", "")


def test_environments_that_may_use_it_are_recorded_by_slug(administrator: User) -> None:
    builders.environment("Production")
    account = create_account(replace(DETAILS, environments=("production",)), by=administrator)
    assert [row.slug for row in account.environments.all()] == ["production"]
    assert AuditEvent.objects.get().after["environments"] == ["production"]


def test_an_unknown_environment_is_named(administrator: User) -> None:
    with pytest.raises(ValidationProblem) as refused:
        create_account(replace(DETAILS, environments=("nowhere",)), by=administrator)
    assert refused.value.detail == 'environments[0]: There is no environment "nowhere".'
    assert not AwsAccount.objects.exists()


def test_an_environment_that_a_target_needs_cant_be_taken_away(administrator: User) -> None:
    production, staging = builders.environment("Production"), builders.environment("Staging")
    account = builders.account("shop")
    builders.target("shop-prod", account=account, environments=[production])
    with pytest.raises(ValidationProblem) as refused:
        update_account(account, replace(DETAILS, environments=(staging.slug,)), by=administrator)
    assert refused.value.errors[0].path == "environments"
    assert "shop-prod deploys to Production" in refused.value.detail


def test_an_endpoint_on_loopback_is_refused_while_saving(administrator: User) -> None:
    with (
        override_settings(REMOTE_ALLOW=[]),
        pytest.raises(ValidationProblem) as refused,
    ):
        create_account(replace(DETAILS, endpoint_url="http://localhost:4599"), by=administrator)
    assert refused.value.errors[0].path == "endpoint_url"
    assert "REMOTE_ALLOW" in refused.value.detail


def test_an_account_in_use_stays(administrator: User) -> None:
    account = builders.account("shop")
    builders.target("shop-prod", account=account)
    builders.feed("Shop ECR", kind="ecr", account=account, region="eu-west-1")
    with pytest.raises(InUse) as refused:
        delete_account(account, by=administrator)
    assert refused.value.detail == "shop is used by 1 target and 1 feed. Move them first."


def test_an_unused_account_goes(administrator: User) -> None:
    delete_account(builders.account("shop"), by=administrator)
    assert not AwsAccount.objects.exists()


def test_the_operators_endpoint_is_the_default_and_needs_no_permission() -> None:
    account = AwsAccount(access_key_id="AKIA", secret_access_key="s")
    with override_settings(AWS_ENDPOINT_URL="http://127.0.0.1:4599", REMOTE_ALLOW=["10.0.0.1"]):
        chosen = aws_credentials(account)
        account.endpoint_url = "https://own.example.com"
        own = aws_credentials(account)
    assert (chosen.endpoint_url, chosen.endpoint_allow) == ("http://127.0.0.1:4599", ("*",))
    assert (own.endpoint_url, own.endpoint_allow) == ("https://own.example.com", ("10.0.0.1",))


@pytest.mark.django_db
def test_sts_is_asked_where_the_account_is_used() -> None:
    account = builders.account(role_arn="arn:aws-cn:iam::418273905516:role/Deploy")
    assert sts_region(account) == "cn-north-1"
    builders.target(account=account, region="cn-northwest-1")
    assert sts_region(account) == "cn-northwest-1"
    assert sts_region(builders.account()) == "us-east-1"


@pytest.mark.django_db
def test_a_test_keeps_account_id_and_arn(sandbox: RunningSandbox) -> None:
    account = builders.account(endpoint_url=sandbox.url)
    identity = check_account(account)
    account.refresh_from_db()
    assert account.account_id == identity.account_id == "123456789012"
    assert account.arn == identity.arn
    assert account.tested_at is not None
    assert (account.test_error, account.revision) == ("", 1)
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db
def test_a_test_signs_in_as_the_role(sandbox: RunningSandbox) -> None:
    account = builders.account(endpoint_url=sandbox.url, role_arn=ROLE, external_id="portal-1")
    assert ":assumed-role/PortalDeploy/" in check_account(account).arn


@pytest.mark.parametrize(
    ("action", "code", "field"),
    [
        ("GetCallerIdentity", "InvalidClientTokenId", "access_key_id"),
        ("GetCallerIdentity", "SignatureDoesNotMatch", "secret_access_key"),
        ("AssumeRole", "AccessDenied", "role_arn"),
    ],
)
@pytest.mark.django_db
def test_a_refusal_is_kept_with_the_field_to_blame(
    sandbox: RunningSandbox, action: str, code: str, field: str
) -> None:
    account = builders.account(endpoint_url=sandbox.url, role_arn=ROLE, account_id="123456789012")
    sandbox.faults.add(service="sts", action=action, code=code, message="Says AWS.", status=403)
    with pytest.raises(RemoteFailed) as refused:
        check_account(account)
    account.refresh_from_db()
    assert refused.value.extra["field"] == account.test_error_field == field
    assert 'AWS says: "Says AWS."' in account.test_error
    assert account.account_id == ""


@pytest.mark.django_db
def test_an_endpoint_that_doesnt_answer_is_said_in_plain_words() -> None:
    account = builders.account(endpoint_url="http://127.0.0.1:9")
    with pytest.raises(RemoteFailed) as refused:
        check_account(account)
    assert refused.value.code == "AWS-UNREACHABLE"
    assert refused.value.extra["field"] == "endpoint_url"


def test_other_keys_make_the_last_test_worthless(
    administrator: User, sandbox: RunningSandbox
) -> None:
    details = replace(DETAILS, endpoint_url=sandbox.url)
    account = create_account(details, by=administrator)
    check_account(account)
    update_account(account, replace(details, name="renamed"), by=administrator)
    assert AwsAccount.objects.get().account_id == "123456789012"
    update_account(account, replace(details, access_key_id="AKIAOTHER"), by=administrator)
    account = AwsAccount.objects.get()
    assert (account.account_id, account.arn, account.tested_at) == ("", "", None)
