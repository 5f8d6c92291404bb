"""The backends that a server of the tests can keep everything in, and real servers for those that need one."""
import contextlib
import functools
import itertools
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "backends"))

import backend  # noqa: E402

# The `store.<id>.type` of each, and the server of tests/backends that it needs.
SERVERS = {"rocksdb": None, "sqlite": None, "postgresql": "postgresql", "mysql": "mariadb"}
EVERY_DATA_STORE = pytest.mark.parametrize("data_store", list(SERVERS), indirect=True)


@functools.cache
def types_of_build(program: str) -> list[str]:
    text = subprocess.run([program, "setup", "--help"], capture_output=True, text=True, timeout=60, check=True).stdout
    return " ".join(text.split()).split("Backend of the data store: ")[1].split(" --")[0].replace(",", " ").split()


class DataStore:
    """One backend for all four roles; `server` is what tests may kill and start again, if there is one."""

    numbers = itertools.count(1)

    def __init__(self, type_: str, server: "backend.Server | None"):
        self.type, self.server = type_, server

    def setup_arguments(self) -> list[str]:
        """Of `gannet setup`, for a server whose store is empty."""
        arguments = [word for role in ("data", "blob", "search", "lookup") for word in (f"--{role}-store", self.type)]
        if self.server is None:
            return arguments
        parameters = {**self.server.parameters, "database": f"mail{next(self.numbers)}"}
        if self.type == "postgresql":
            self.server.sql(f"create database {parameters['database']} owner {parameters['user']}")
        else:
            self.server.sql(f"create database {parameters['database']}")
        for key in ("host", "port", "user", "password", "database"):
            arguments += ["--set", f"store.{self.type}.{key}={parameters[key]}"]
        return arguments


class DataStores:
    """Starts each server when it is first asked for."""

    def __init__(self, program: str):
        self.program, self.stack, self.servers = program, contextlib.ExitStack(), {}

    def __enter__(self) -> "DataStores":
        return self

    def __exit__(self, *_) -> None:
        self.stack.close()

    def get(self, type_: str) -> DataStore:
        """Skips the test where the build or the machine has none."""
        if type_ not in types_of_build(self.program):
            pytest.skip(f"this build has no {type_} store")
        name = SERVERS[type_]
        if name is not None and name not in self.servers:
            try:
                self.servers[name] = self.stack.enter_context(backend.running(name))
            except backend.Skip as why:
                pytest.skip(str(why))
        return DataStore(type_, self.servers.get(name))
