"""What is typed about one container, and its parts but logging and storage."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ecsportal.steps.bound import is_bound
from ecsportal.steps.deploy_ecs_service.inputs.logging import FireLens, Logging
from ecsportal.steps.deploy_ecs_service.inputs.storage import ContainerStorage
from ecsportal.steps.fields import Flag, Number, OptionalNumber, StepModel, Text, one_of


def is_whole_image(feed: str, repository: str) -> bool:
    """True for an image that is named with its tag, or will be by an expression, and has no feed.

    No release chooses a tag for it: it comes from a variable, different in each environment.
    """
    tagged = ":" in repository.rpartition("/")[2] or "@" in repository
    return not feed and (is_bound(repository) or tagged)


class ContainerImage(StepModel):
    """Where the image comes from; its tag is chosen with the release (but see `is_whole_image`)."""

    reference: Text = ""
    """The name by which expressions and releases know the image; `name` fills the gap."""
    feed: Text = ""
    repository: Text

    @property
    def name(self) -> str:
        """The reference, or the last part of the repository where none is given."""
        return self.reference or self.repository.rstrip("/").rpartition("/")[2]


class RepositoryAuthentication(StepModel):
    """How ECS signs in to a private registry."""

    type: Annotated[str, one_of("default", "secrets_manager")] = "default"
    secret_arn: Text = ""


class Port(StepModel):
    """A port on which the container listens."""

    port: Number
    protocol: Annotated[str, one_of("tcp", "udp")] = "tcp"


class HealthCheck(StepModel):
    """A command that ECS runs inside the container; numbers left out are AWS's defaults."""

    command: list[Text]
    interval: OptionalNumber = None
    timeout: OptionalNumber = None
    retries: OptionalNumber = None
    start_period: OptionalNumber = None


class NamedValue(StepModel):
    """An environment variable; the value of a `secret` is the ARN it is read from."""

    name: Text
    value: Text
    type: Annotated[str, one_of("plain", "secret")] = "plain"


class ExtraHost(StepModel):
    """A line of /etc/hosts."""

    hostname: Text
    ip_address: Text


class ContainerNetwork(StepModel):
    """Network settings, most of which Fargate refuses."""

    disable_networking: Flag = False
    dns_servers: list[Text] = []
    dns_search_domains: list[Text] = []
    extra_hosts: list[ExtraHost] = []


class Label(StepModel):
    """A Docker label."""

    key: Text
    value: Text


class Dependency(StepModel):
    """Another container, and what must have become of it before this one starts."""

    container: Text
    condition: Annotated[str, one_of("START", "COMPLETE", "SUCCESS", "HEALTHY")]


class Ulimit(StepModel):
    """A limit of the container's processes."""

    name: Text
    soft: Number
    hard: Number


class Container(StepModel):
    """One container of the task. `memory` is the hard limit, `memory_reservation` the soft, MiB."""

    name: Text
    image: ContainerImage
    repository_authentication: RepositoryAuthentication = RepositoryAuthentication()
    memory_reservation: OptionalNumber = None
    memory: OptionalNumber = None
    cpu: OptionalNumber = None
    gpus: OptionalNumber = None
    essential: Flag = True
    ports: list[Port] = []
    health_check: HealthCheck | None = None
    entry_point: Text = ""
    command: Text = ""
    command_list: list[Text] = Field(default=[], description="Wins over command.")
    working_directory: Text = ""
    user: Text = ""
    start_timeout: OptionalNumber = None
    stop_timeout: OptionalNumber = None
    environment_files: list[Text] = []
    environment: list[NamedValue] = []
    network: ContainerNetwork = ContainerNetwork()
    storage: ContainerStorage = ContainerStorage()
    logging: Logging = Logging()
    firelens: FireLens = FireLens()
    docker_labels: list[Label] = []
    depends_on: list[Dependency] = []
    ulimits: list[Ulimit] = []
