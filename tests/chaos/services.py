"""PostgreSQL, Redis and RabbitMQ of the suite's own: temporary folders, free ports, no other's."""

from __future__ import annotations

import os
import shutil
import subprocess
from glob import glob
from pathlib import Path

import psycopg
from kombu import Connection

from tests.chaos.child import Child, as_user, listens
from tests.demo.running_demo import clean_environment, free_port

DATABASE = "chaos"


def postgresql(folder: Path) -> tuple[Child, str]:
    """A cluster made by initdb, and the address of an empty database once it has been started."""
    port = free_port()
    data = folder / "postgresql"
    data.mkdir(mode=0o700)
    _give(data, "postgres")
    user = "postgres" if os.geteuid() == 0 else ""
    binaries = _postgresql_binaries()
    subprocess.run(
        [binaries / "initdb", "--auth=trust", "--username=postgres", "--no-sync", "-D", data],
        cwd="/",
        stdout=subprocess.DEVNULL,
        check=True,
        **as_user(user),
    )
    server = f"postgres://postgres@127.0.0.1:{port}/postgres"

    def answers() -> bool:
        try:
            with psycopg.connect(server, connect_timeout=2) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    # Without fsync nothing is lost when a process is killed, only when the machine is.
    options = {
        "port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "",
        "fsync": "off", "max_connections": 100, "shared_buffers": "64MB",
    }  # fmt: skip
    words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    child = Child(
        "PostgreSQL",
        [str(binaries / "postgres"), "-D", str(data), *words],
        clean_environment(),
        _output(folder, "postgresql"),
        answers,
        user=user,
        cwd=Path("/"),
    )
    return child, f"postgres://postgres@127.0.0.1:{port}/{DATABASE}"


def redis(folder: Path) -> tuple[Child, str]:
    """A Redis that keeps nothing: a kill empties it."""
    port = free_port()
    program = _program("redis-server")
    command = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "",
               "--appendonly", "no", "--dir", str(folder)]  # fmt: skip
    output = _output(folder, "redis")
    child = Child("Redis", command, clean_environment(), output, lambda: listens(port))
    return child, f"redis://127.0.0.1:{port}/0"


def rabbitmq(folder: Path) -> tuple[Child, Child, str]:
    """Erlang's port mapper, a RabbitMQ node to be started after it, and the broker's address."""
    home = folder / "rabbitmq"
    home.mkdir()
    (home / "plugins").write_text("[].\n")
    (home / "rabbitmq.conf").write_text("")
    port, dist_port, mapper_port = free_port(), free_port(), free_port()
    environment = {
        **clean_environment(),
        "HOME": str(home),
        "ERL_EPMD_PORT": str(mapper_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"chaos{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(dist_port),
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RUNNING_UNDER_SYSTEMD": "true",  # no shell stays between us and the node
    }
    address = f"amqp://guest:guest@127.0.0.1:{port}//"

    def answers() -> bool:
        try:
            with Connection(address, connect_timeout=3) as connection:
                connection.ensure_connection(max_retries=1, interval_start=0)
        except Exception:  # noqa: BLE001 -- whatever it is, it doesn't answer yet
            return False
        return True

    # The node would leave a port mapper behind; this one is ours to end.
    mapper = Child(
        "epmd",
        [_program("epmd"), "-port", str(mapper_port), "-address", "127.0.0.1"],
        environment,
        _output(folder, "epmd"),
        lambda: listens(mapper_port),
    )
    server = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    command = str(server) if server.exists() else _program("rabbitmq-server")
    output = _output(folder, "rabbitmq")
    node = Child("RabbitMQ", [command], environment, output, answers, starts_within=120, cwd=home)
    return mapper, node, address


def create_database(address: str) -> None:
    """The empty database of an address."""
    server, _, name = address.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())


def _postgresql_binaries() -> Path:
    found = sorted(glob("/usr/lib/postgresql/*/bin/initdb"))
    return Path(found[-1] if found else _program("initdb")).resolve().parent


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise FileNotFoundError(f"{name} isn't installed; .ci/run names the packages.")
    return path


def _give(path: Path, user: str) -> None:
    if os.geteuid() == 0:
        shutil.chown(path, user, user)


def _output(folder: Path, name: str) -> Path:
    return folder / f"{name}.log"
