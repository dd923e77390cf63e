"""`/accounts`: AWS accounts. Secrets are write-only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema, Status

from ecsportal.api.auth import ApiRequest, needs
from ecsportal.api.bodies import Body, created, expected_revision, no_content, set_revision
from ecsportal.api.paging import Page, Paging, paginate
from ecsportal.infrastructure import accounts
from ecsportal.infrastructure.details import AccountDetails
from ecsportal.infrastructure.models import AwsAccount
from ecsportal.infrastructure.queries import account_for, accounts_for
from ecsportal.infrastructure.storing import slugs_of
from ecsportal.people.permissions import Permission

router = Router(tags=["accounts"])


class AccountIn(Body):
    name: str
    kind: str = "access_key"
    access_key_id: str = ""
    secret_access_key: str | None = None
    """Null, empty or left out keeps what is stored."""
    role_arn: str = ""
    external_id: str | None = None
    """Null or left out keeps what is stored, empty text removes it."""
    session_duration: int = 3600
    endpoint_url: str = ""
    environments: list[str] = []
    template_bucket: str = ""

    def details(self) -> AccountDetails:
        """As the services take it."""
        return AccountDetails(
            name=self.name,
            kind=self.kind,
            access_key_id=self.access_key_id,
            secret_access_key=self.secret_access_key or "",
            role_arn=self.role_arn,
            external_id=self.external_id,
            session_duration=self.session_duration,
            endpoint_url=self.endpoint_url,
            environments=tuple(self.environments),
            template_bucket=self.template_bucket,
        )


class NewAccount(AccountIn):
    slug: str = ""


class AccountOut(Schema):
    slug: str
    name: str
    kind: str
    access_key_id: str
    secret_access_key_set: bool
    role_arn: str
    external_id: str
    """No secret by AWS's own words (IAM guide): it names the portal to the role it assumes."""
    external_id_set: bool
    session_duration: int
    endpoint_url: str
    environments: list[str]
    template_bucket: str
    account_id: str
    arn: str
    tested_at: datetime | None
    test_error: str
    revision: int
    created_at: datetime
    updated_at: datetime


class AccountTestOut(Schema):
    ok: bool
    account_id: str
    arn: str
    missing_actions: list[str]


@router.get("/accounts", response=Page[AccountOut])
@needs(Permission.ACCOUNT_VIEW)
def list_accounts(request: ApiRequest, paging: Query[Paging]) -> dict[str, Any]:
    """The AWS accounts by name."""
    rows = accounts_for(request.user)
    return paginate(request, rows, paging, present, order=("name", "pk"))


@router.post("/accounts", response={201: AccountOut})
@needs(Permission.ACCOUNT_EDIT)
def create_account(request: ApiRequest, body: NewAccount) -> Status[AccountOut]:
    """Add an AWS account."""
    row = accounts.create_account(body.details(), by=request.user, slug=body.slug)
    set_revision(request, row.revision)
    return created(request, f"/accounts/{row.slug}", present(row))


@router.get("/accounts/{slug}", response=AccountOut)
@needs(Permission.ACCOUNT_VIEW)
def get_account(request: ApiRequest, slug: str) -> AccountOut:
    """One AWS account."""
    row = account_for(request.user, slug)
    set_revision(request, row.revision)
    return present(row)


@router.put("/accounts/{slug}", response=AccountOut)
@needs(Permission.ACCOUNT_EDIT)
def replace_account(request: ApiRequest, slug: str, body: AccountIn) -> AccountOut:
    """Replace an AWS account; its slug stays, and so do secrets that are left out."""
    row = account_for(request.user, slug)
    accounts.update_account(
        row, body.details(), by=request.user, revision=expected_revision(request)
    )
    set_revision(request, row.revision)
    return present(row)


@router.delete("/accounts/{slug}", response={204: None})
@needs(Permission.ACCOUNT_EDIT)
def delete_account(request: ApiRequest, slug: str) -> Status[None]:
    """Delete an AWS account that nothing uses."""
    accounts.delete_account(account_for(request.user, slug), by=request.user)
    return no_content()


@router.post("/accounts/{slug}/test", response=AccountTestOut)
@needs(Permission.ACCOUNT_EDIT)
def test_account(request: ApiRequest, slug: str) -> AccountTestOut:
    """Ask STS who the account signs in as; 502 with AWS's words where that fails."""
    identity = accounts.check_account(account_for(request.user, slug))
    return AccountTestOut(
        ok=True, account_id=identity.account_id, arn=identity.arn, missing_actions=[]
    )


def present(row: AwsAccount) -> AccountOut:
    """An AWS account as the API shows it, without its secrets."""
    return AccountOut(
        slug=row.slug,
        name=row.name,
        kind=row.kind,
        access_key_id=row.access_key_id,
        secret_access_key_set=bool(row.secret_access_key),
        role_arn=row.role_arn,
        external_id=row.external_id,
        external_id_set=bool(row.external_id),
        session_duration=row.session_duration,
        endpoint_url=row.endpoint_url,
        environments=slugs_of(row.environments.all()),
        template_bucket=row.template_bucket,
        account_id=row.account_id,
        arn=row.arn,
        tested_at=row.tested_at,
        test_error=row.test_error,
        revision=row.revision,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
