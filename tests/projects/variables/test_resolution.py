"""Which value counts where: the rules of octopus-behaviours A1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsportal.projects.variables.resolution import Reason, VariableSet
from ecsportal.projects.variables.scopes import Scope, Situation
from ecsportal.projects.variables.values import PROJECT, Source, VariableValue

SHOP = Source(1, "shop-defaults", "Shop defaults")
HOUSE = Source(2, "house", "House rules")

HERE = Situation.of(
    environment="production",
    channel="default",
    step="deploy-web",
    step_tags=["ecs-web"],
    target="shop-prod",
    target_tags=["ecs-web", "big"],
)

STEP = {"steps": ("deploy-web",)}
TARGET = {"targets": ("shop-prod",)}
ASKED_TAG = {"target_tags": ("ecs-web",)}
OTHER_TAG = {"target_tags": ("big",)}
ENVIRONMENT = {"environments": ("production",)}
CHANNEL = {"channels": ("default",)}
PROCESS = {"processes": ("deployment",)}
STRENGTH = [STEP, TARGET, ASKED_TAG, OTHER_TAG, ENVIRONMENT, CHANNEL, PROCESS, {}]
"""From the strongest kind to none."""


def value(
    text: str, scope: dict[str, tuple[str, ...]], *, source: Source = PROJECT, number: int = 0
) -> VariableValue:
    return VariableValue(
        id=number, name="Count", value=text, scope=Scope(**scope), source=source, position=number
    )


def winner(*values: VariableValue, situation: Situation = HERE) -> str | None:
    found = VariableSet(values).resolve(situation).get("Count")
    return found.value if found else None


@pytest.mark.parametrize(
    ("stronger", "weaker"), list(zip(STRENGTH, STRENGTH[1:], strict=False)), ids=str
)
def test_the_stronger_kind_wins(
    stronger: dict[str, tuple[str, ...]], weaker: dict[str, tuple[str, ...]]
) -> None:
    assert winner(value("weak", weaker), value("strong", stronger, number=1)) == "strong"


def test_one_strong_kind_beats_all_weaker_ones_together() -> None:
    rest = TARGET | ASKED_TAG | ENVIRONMENT | CHANNEL
    assert winner(value("four", rest), value("step", STEP, number=1)) == "step"


def test_two_kinds_beat_one() -> None:
    assert winner(value("tag", ASKED_TAG), value("both", ENVIRONMENT | ASKED_TAG)) == "both"


@pytest.mark.parametrize(
    "scope",
    [
        {"environments": ("staging",)},
        {"environments": ("production",), "steps": ("other",)},
        {"targets": ("other",)},
        {"target_tags": ("absent",)},
        {"channels": ("beta",)},
        {"processes": ("runbook",)},
    ],
    ids=str,
)
def test_a_value_of_another_place_never_counts(scope: dict[str, tuple[str, ...]]) -> None:
    assert winner(value("elsewhere", scope)) is None


def test_names_of_one_kind_are_alternatives() -> None:
    assert winner(value("yes", {"environments": ("staging", "production")})) == "yes"


def test_a_kind_without_meaning_in_the_situation_never_matches() -> None:
    no_step = Situation.of(environment="production")
    assert winner(value("step", STEP), value("all", {}, number=1), situation=no_step) == "all"


def test_names_and_scopes_are_the_same_in_any_letter_case() -> None:
    upper = VariableValue(1, " COUNT ", "2", scope=Scope(target_tags=("ECS-Web",)))
    found = VariableSet([upper]).resolve(HERE).get("count")
    assert found is upper


def test_the_projects_value_beats_a_library_sets_of_the_same_scope_without_a_tie() -> None:
    values = VariableSet([value("library", ENVIRONMENT, source=SHOP), value("own", ENVIRONMENT)])
    resolution = values.resolve(HERE)
    assert [v.value for v in resolution] == ["own"]
    assert resolution.ties == ()
    tie = values.explain("Count", HERE).tie
    assert tie is not None
    assert not tie.by_order


def test_a_more_specific_value_of_a_library_set_beats_the_projects() -> None:
    assert winner(value("library", ENVIRONMENT, source=SHOP), value("own", {})) == "library"


def test_a_tie_is_decided_by_the_order_and_told_with_all_values() -> None:
    first, second = value("2", ENVIRONMENT), value("3", ENVIRONMENT, number=1)
    resolution = VariableSet([second, first]).resolve(HERE)
    assert [v.value for v in resolution] == ["2"]
    assert [tie.words for tie in resolution.ties] == [
        'Values of Count are equally specific: "2" of the project (production), and "3" of the '
        "project (production). The first one counts."
    ]


def test_a_tie_of_library_sets_is_decided_by_their_order() -> None:
    resolution = VariableSet([value("house", {}, source=HOUSE), value("shop", {}, source=SHOP)])
    found = resolution.resolve(HERE)
    assert [v.value for v in found] == ["shop"]
    assert 'the library set "House rules"' in found.ties[0].words


def test_a_tie_below_the_winner_is_no_tie() -> None:
    values = [value("a", {}), value("b", {}, number=1), value("c", ENVIRONMENT, number=2)]
    assert VariableSet(values).resolve(HERE).ties == ()


def test_the_explanation_names_why_each_value_lost() -> None:
    values = VariableSet(
        [
            value("896", ENVIRONMENT | STEP),
            value("1024", ENVIRONMENT | STEP, source=SHOP),
            value("512", ASKED_TAG, number=1),
            value("9", {"environments": ("staging",)}, number=2),
            value("7", ENVIRONMENT | STEP, number=3),
        ]
    )
    told = values.explain("count", HERE)
    assert told.winner is not None
    assert (told.winner.value, told.why) == ("896", "Step and environment match.")
    assert [(loser.value.value, loser.reason, loser.words) for loser in told.losers] == [
        ("512", Reason.LESS_SPECIFIC, "Less specific: only the target tag of the step matches."),
        ("9", Reason.OTHER_SCOPE, "Doesn't apply here: only for environment staging."),
        ("7", Reason.LATER, "Equally specific, but it comes later."),
        ("1024", Reason.FROM_LIBRARY, "Same scope, but from a library set."),
    ]


def test_an_unknown_name_is_told_as_such() -> None:
    told = VariableSet([]).explain("Nowhere", HERE)
    assert (told.winner, told.why) == (None, "There is no variable Nowhere.")


def test_a_system_variable_says_that_no_value_replaces_it() -> None:
    told = VariableSet([value("x", {})]).explain("Count", HERE, system={"COUNT"})
    assert told.winner is None
    assert [loser.reason for loser in told.losers] == [Reason.SYSTEM]


def test_values_that_could_tie_are_found_before_they_do() -> None:
    values = VariableSet(
        [
            value("a", {"environments": ("staging", "production")}),
            value("b", {"environments": ("production",)}, number=1),
            value("c", {"environments": ("development",)}, number=2),
            value("d", ENVIRONMENT | STEP, number=3),
        ]
    )
    assert [(t.winner.value, t.others[0].value) for t in values.possible_ties()] == [("a", "b")]


def test_different_tags_can_tie_only_on_a_target_with_both() -> None:
    values = VariableSet([value("a", ASKED_TAG), value("b", OTHER_TAG, number=1)])
    assert values.possible_ties([frozenset({"ecs-web"}), frozenset({"big"})]) == []
    assert len(values.possible_ties([frozenset({"ecs-web", "big"})])) == 1


names = st.sampled_from(["a", "b", "c"])
some = st.lists(names, max_size=2).map(tuple)
scopes = st.builds(
    Scope, environments=some, targets=some, target_tags=some, steps=some, channels=some
)
situations = st.builds(
    Situation,
    environment=names,
    channel=names,
    step=names,
    step_tags=st.frozensets(names),
    target=names,
    target_tags=st.frozensets(names),
)
sources = st.sampled_from([PROJECT, SHOP, HOUSE])


@given(st.lists(st.tuples(scopes, sources), max_size=8), situations, st.randoms())
def test_the_winner_is_the_same_whatever_the_order_in_which_values_come(
    drawn: list[tuple[Scope, Source]], situation: Situation, random: object
) -> None:
    values = [
        VariableValue(n, "Count", str(n), scope=scope, source=source, position=n)
        for n, (scope, source) in enumerate(drawn)
    ]
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first = VariableSet(values).resolve(situation)
    second = VariableSet(shuffled).resolve(situation)
    assert first.winners == second.winners
    for won in first:
        best = won.scope.specificity(situation)
        assert best is not None
        assert all((v.scope.specificity(situation) or 0) <= best for v in values)


@given(st.lists(st.tuples(scopes, sources), min_size=2, max_size=4), situations)
def test_what_ties_somewhere_is_known_to_tie_before(
    drawn: list[tuple[Scope, Source]], situation: Situation
) -> None:
    values = VariableSet(
        VariableValue(n, "Count", str(n), scope=scope, source=source, position=n)
        for n, (scope, source) in enumerate(drawn)
    )
    if values.resolve(situation).ties:
        assert values.possible_ties([situation.target_tags])


def test_values_of_two_library_sets_tie_unless_one_of_the_project_decides() -> None:
    def ties(*own: dict[str, tuple[str, ...]]) -> list[str]:
        shared = [
            value("shop", {"environments": ("staging", "production")}, source=SHOP, number=0),
            value("house", {"environments": ("production",)}, source=HOUSE, number=0),
        ]
        of_project = [value("own", scope, number=n) for n, scope in enumerate(own)]
        return [tie.words for tie in VariableSet([*of_project, *shared]).possible_ties()]

    words = (
        f'Values of Count are equally specific: "shop" of {SHOP.words} (staging, production), '
        f'and "house" of {HOUSE.words} (production). The first one counts.'
    )
    assert ties() == [words]
    assert ties({}) == [words]
    assert ties({"environments": ("staging",)}) == [words]
    assert ties({"environments": ("production",)}) == []
