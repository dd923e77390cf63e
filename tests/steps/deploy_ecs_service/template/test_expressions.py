import pytest

from ecsportal.steps.deploy_ecs_service.template.expressions import split_at_commas, switch


@pytest.mark.parametrize(
    ("flag", "text"),
    [
        (True, "ENABLED"),
        (False, "DISABLED"),
        ("#{Public}", "#{if Public}ENABLED#{else}DISABLED#{/if}"),
        ("#{ Public | ToLower }", "#{if Public | ToLower}ENABLED#{else}DISABLED#{/if}"),
        ("#{A[#{B}].C}", "#{if A[#{B}].C}ENABLED#{else}DISABLED#{/if}"),
        (
            '#{if Env == "prod"}True#{else}false#{/if}',
            '#{if Env == "prod"}ENABLED#{else}DISABLED#{/if}',
        ),
        (
            "#{unless A}#{B}#{else}True#{/unless}",
            "#{unless A}#{if B}ENABLED#{else}DISABLED#{/if}#{else}ENABLED#{/unless}",
        ),
    ],
)
def test_a_flag_becomes_a_word_or_an_expression_of_words(flag: bool | str, text: str) -> None:
    assert switch(flag) == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("sh", ["sh"]),
        (" sh , -c ", ["sh", "-c"]),
        ("a,,b", ["a", "", "b"]),
        ("#{Entry}", ["#{Entry}"]),
        ('x,#{A | Replace "," " "},y', ["x", '#{A | Replace "," " "}', "y"]),
    ],
)
def test_commas_split_except_inside_expressions(text: str, parts: list[str]) -> None:
    assert split_at_commas(text) == parts
