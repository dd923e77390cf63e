"""Tags pushed again after a release was made."""

from __future__ import annotations

from ecsportal.people.models import User
from ecsportal.projects.models import Project
from ecsportal.releases.moved_tags import MovedTag, look_at_tags
from ecsportal.releases.services import create_release
from tests.releases.registry import Registry


def test_a_tag_that_means_the_same_bytes_has_not_moved(
    project: Project, administrator: User
) -> None:
    assert look_at_tags(create_release(project, by=administrator)).moved == ()


def test_a_tag_pushed_again_has_moved(
    project: Project, registry: Registry, administrator: User
) -> None:
    release = create_release(project, by=administrator)
    registry.digests["shop/web:1.4.3"] = "sha256:" + "0" * 64

    assert list(look_at_tags(release).moved) == [
        MovedTag(
            step="deploy-web",
            reference="web",
            repository="shop/web",
            tag="1.4.3",
            was=release.images.get().digest,
            now="sha256:" + "0" * 64,
        )
    ]


def test_a_tag_that_is_gone_has_moved_to_nothing(
    project: Project, registry: Registry, administrator: User
) -> None:
    release = create_release(project, by=administrator)
    registry.tags["shop/web"] = ["1.4.1"]

    assert [moved.now for moved in look_at_tags(release).moved] == [""]


def test_a_feed_that_does_not_answer_moves_nothing(
    project: Project, registry: Registry, administrator: User
) -> None:
    release = create_release(project, by=administrator)
    registry.status = 500

    assert look_at_tags(release).moved == ()
