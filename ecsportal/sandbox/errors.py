"""The error that any simulated operation may answer with."""

from __future__ import annotations


class AwsError(Exception):
    """An error answer: code and message as the service words them, and the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def validation_error(message: str) -> AwsError:
    """CloudFormation's catch-all error."""
    return AwsError("ValidationError", message)
