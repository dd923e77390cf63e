"""Templates that still hold expressions."""

from __future__ import annotations

import pytest

from ecsportal.cloudformation.documents import DocumentError
from ecsportal.steps.bound_template import (
    has_blocks,
    image_references,
    mask,
    parse_bound,
    with_images,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A: #{Name}\n", {"A": "#{Name}"}),
        ("A: x-#{Name}-#{Name}#{Name}\n", {"A": "x-#{Name}-#{Name}#{Name}"}),
        ("A: [#{One}, #{Two}]\n", {"A": ["#{One}", "#{Two}"]}),
        ("#{Key}: 1\n", {"#{Key}": 1}),
        ("A: #{Octopus.Action[S].Output.X[#{Y}]}\n", {"A": "#{Octopus.Action[S].Output.X[#{Y}]}"}),
        ('{"A": #{Count}, "B": "#{Name}"}', {"A": "#{Count}", "B": "#{Name}"}),
        ("A: !Sub '${AWS::Region}-#{Name}'\n", {"A": {"Fn::Sub": "${AWS::Region}-#{Name}"}}),
        ("A: 1  # a comment { with braces\n", {"A": 1}),
        ("A: '#{unclosed'\n", {"A": "#{unclosed"}),
        ("# a #{ comment\nA: #{Name}\n", {"A": "#{Name}"}),
        ("A: \ue000\nB: #{Name}\n", {"A": "\ue000", "B": "#{Name}"}),
    ],
)
def test_expressions_are_text_wherever_they_stand(text: str, expected: object) -> None:
    assert parse_bound(text) == expected


def test_lines_and_columns_of_errors_stay_right() -> None:
    with pytest.raises(DocumentError) as caught:
        parse_bound("A: #{A rather long name of a variable}\nB: [#{B}, *alias]\n")
    assert (caught.value.line, caught.value.column) == (2, 11)


def test_a_masked_text_is_as_long_as_before() -> None:
    text = "A: #{One} #{Two}\nB: #{One}"
    masked = mask(text)
    assert len(masked.text) == len(text)
    assert sorted(masked.expressions.values()) == ["#{One}", "#{Two}"]


def test_an_alias_bomb_is_refused_before_it_is_built() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    with pytest.raises(DocumentError, match="no YAML aliases") as caught:
        parse_bound("\n".join(lines))
    assert caught.value.line == 2


def test_image_references_are_found_in_any_letter_case_each_once() -> None:
    text = (
        "A: '#{Octopus.Action.Package[web].Image}'\n"
        "B: '#{octopus.action.package[api].image}'\n"
        "C: '#{Octopus.Action.Package[web].Image}'\n"
        "D: '#{Octopus.Action.Package[other].PackageVersion}'\n"
    )
    assert image_references(text) == ["web", "api"]
    filled = with_images(text, {"WEB": "registry/web:1"})
    assert filled.count("registry/web:1") == 2
    assert "octopus.action.package[api].image" in filled


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#{if A}x#{/if}", True),
        ("#{ each a in B }x#{/each}", True),
        ("#{unless A}x#{/unless}", True),
        ("#{iffy}", False),
        ("#{A}", False),
    ],
)
def test_blocks_are_told_from_values(text: str, expected: bool) -> None:
    assert has_blocks(text) is expected
