import pytest

from ecsportal.steps.contract import Image
from ecsportal.steps.deploy_ecs_service.inputs import read_inputs
from ecsportal.steps.deploy_ecs_service.template import image_texts
from ecsportal.steps.deploy_ecs_service.template.images import pinned_to
from tests.steps.deploy_ecs_service.samples import document

DIGEST = "sha256:" + "0" * 64


def image(digest: str) -> Image:
    return Image("web", "hub", "library/web", "1", digest, "docker.io/library/web:1", "Hub")


def test_images_are_deployed_by_tag_unless_the_step_pins_them() -> None:
    inputs = read_inputs(document())
    assert image_texts(inputs, {"web": image(DIGEST)}) == {"web": "docker.io/library/web:1"}


def test_a_pinning_step_deploys_the_digest_where_one_is_known() -> None:
    inputs = read_inputs(document(beyond={"pin_digests": True}))
    texts = image_texts(inputs, {"web": image(DIGEST), "api": image("")})
    assert texts == {
        "web": f"docker.io/library/web@{DIGEST}",
        "api": "docker.io/library/web:1",
    }


@pytest.mark.parametrize(
    ("text", "pinned"),
    [
        ("nginx", "nginx@d"),
        ("nginx:1", "nginx@d"),
        ("localhost:5000/nginx:1", "localhost:5000/nginx@d"),
        ("localhost:5000/nginx", "localhost:5000/nginx@d"),
        ("a/b:1@sha256:00", "a/b@d"),
    ],
)
def test_the_digest_replaces_the_tag_and_leaves_the_registry_s_port(text: str, pinned: str) -> None:
    assert pinned_to(text, "d") == pinned
