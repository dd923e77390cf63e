"""botocore's own descriptions of the services that the sandbox answers itself."""

from __future__ import annotations

from functools import cache

import botocore.session
from botocore.model import ServiceModel


@cache
def service_model(service: str) -> ServiceModel:
    """The model of "ecs", "cloudformation" or "elbv2"; loaded once, a few MB each."""
    return botocore.session.get_session().get_service_model(service)
