"""What the template says as an image."""

from __future__ import annotations

from collections.abc import Mapping

from ecsportal.steps.contract import Image
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs
from ecsportal.steps.deploy_ecs_service.inputs.container import ContainerImage, is_whole_image


class MissingImageError(LookupError):
    """No image was given for a container's reference."""

    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(f"There is no image for the reference {reference}.")


def image_text(image: ContainerImage, images: Mapping[str, str] | None) -> str:
    """The image to run; without `images` the expression that stands for it in an export."""
    if is_whole_image(image.feed, image.repository) and image.name not in (images or ()):
        return image.repository
    if images is None:
        return f"#{{Octopus.Action.Package[{image.name}].Image}}"
    try:
        return images[image.name]
    except KeyError:
        raise MissingImageError(image.name) from None


def image_texts(inputs: DeployEcsServiceInputs, images: Mapping[str, Image]) -> dict[str, str]:
    """A release's images as text by reference, pinned to their digests where the step says so."""
    pinned = inputs.beyond.pin_digests is True
    return {
        name: pinned_to(image.image, image.digest) if pinned and image.digest else image.image
        for name, image in images.items()
    }


def pinned_to(image: str, digest: str) -> str:
    """`docker.io/nginx@sha256:...` from `docker.io/nginx:1.29`: the digest replaces the tag."""
    repository = image.partition("@")[0]
    head, slash, last = repository.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}@{digest}"
