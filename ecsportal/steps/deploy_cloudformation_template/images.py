"""The template's images before a release has chosen them."""

from __future__ import annotations

from ecsportal.steps.bound_template import with_images
from ecsportal.steps.deploy_cloudformation_template.inputs import DeployTemplateInputs


def as_it_will_be(inputs: DeployTemplateInputs) -> str:
    """The template with some image where a release will choose one."""
    images = {image.reference: f"{image.repository or 'image'}:tag" for image in inputs.images}
    return with_images(inputs.template, images)
