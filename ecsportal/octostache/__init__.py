"""The `#{...}` language of Octopus Deploy in plain Python: text and variables in, text out.

The behaviour is described in docs/expressions.md. Nothing here knows of projects or steps.
"""

from ecsportal.octostache.documents import evaluate_document
from ecsportal.octostache.errors import (
    CollectionError,
    CyclicReferenceError,
    FilterError,
    LimitExceededError,
    OctostacheError,
    VariableNameError,
)
from ecsportal.octostache.evaluator import is_truthy
from ecsportal.octostache.parser import ParseError
from ecsportal.octostache.variables import Evaluation, Variables, evaluate, is_bound

__all__ = [
    "CollectionError",
    "CyclicReferenceError",
    "Evaluation",
    "FilterError",
    "LimitExceededError",
    "OctostacheError",
    "ParseError",
    "VariableNameError",
    "Variables",
    "evaluate",
    "evaluate_document",
    "is_bound",
    "is_truthy",
]
