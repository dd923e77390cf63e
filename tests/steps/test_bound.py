import pytest

from ecsportal.steps.bound import is_bound


@pytest.mark.parametrize(
    ("value", "bound"),
    [("#{Name}", True), ("a#{b}c", True), ("plain", False), ("# {x}", False), (3, False)],
)
def test_text_with_an_expression_is_bound(value: object, bound: bool) -> None:
    assert is_bound(value) is bound
