"""What evaluating an expression can raise; everything else is a defect of this package."""


class OctostacheError(Exception):
    """Base of all errors of the language; the message is meant for the author of the text."""

    kind = "exception"


class CyclicReferenceError(OctostacheError):
    """A variable needs its own value to be worked out."""

    kind = "recursion"


class FilterError(OctostacheError):
    """A filter met something it cannot work with: a broken pattern, base64 text, version."""


class CollectionError(OctostacheError):
    """A negative index into a JSON array, or a loop variable with a reserved name."""


class VariableNameError(OctostacheError):
    """A variable's own name holds an expression, such as `Bad[#{x}]`."""


class LimitExceededError(OctostacheError):
    """Evaluation would take more time or memory than `limits` allows."""
