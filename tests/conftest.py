"""What every test of the running server shares: a fresh server with two accounts."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "support"))

from gannet import Gannet  # noqa: E402


@pytest.fixture
def gannet(tmp_path):
    """A server of its own for one test: domain demo.test, accounts alice and bob."""
    with Gannet(tmp_path / "gannet") as server:
        yield server


@pytest.fixture(scope="module")
def shared_gannet(tmp_path_factory):
    """One server for all tests of a file; each test uses its own folder or subject."""
    with Gannet(tmp_path_factory.mktemp("gannet")) as server:
        yield server
