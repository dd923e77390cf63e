from tests.steps.deploy_ecs_service.rules.found import found
from tests.steps.deploy_ecs_service.samples import container, document


def test_a_task_needs_a_container_and_takes_ten() -> None:
    assert found(document() | {"containers": []}) == [
        ("containers", "missing", "A task needs at least one container.")
    ]
    eleven = [container(f"web{number}") for number in range(11)]
    assert found(document(*eleven)) == [
        ("containers", "too_many", "Has 11 containers; AWS takes at most 10.")
    ]


def test_container_names_are_unique() -> None:
    image = {"feed": "hub", "repository": "api"}
    assert found(document(container("web"), container("web", image=image))) == [
        ("containers[1].name", "duplicate", "web is there already.")
    ]


def test_image_references_are_unique_in_the_step() -> None:
    image = {"feed": "hub", "repository": "shop/web"}
    assert found(document(container("web"), container("api", image=image))) == [
        (
            "containers[1].image.reference",
            "duplicate",
            "web already names the image of web: give this one another reference.",
        )
    ]


def test_one_container_has_to_be_essential() -> None:
    assert found(document(container("web", essential=False))) == [
        (
            "containers[0].essential",
            "none_essential",
            "At least one container has to be essential.",
        )
    ]
    assert found(document(container("web", essential="#{Essential}"))) == []


def test_a_task_has_one_log_router() -> None:
    router = {"firelens": {"enabled": True}}
    assert found(document(container("web", **router), container("api", **router))) == [
        (
            "containers[1].firelens.enabled",
            "duplicate",
            "web routes the logs already; a task has one router.",
        )
    ]


def test_awsfirelens_works_beside_a_router() -> None:
    logged = container("web", logging={"type": "manual", "driver": "awsfirelens"})
    assert found(document(logged, container("router", firelens={"enabled": True}))) == []
