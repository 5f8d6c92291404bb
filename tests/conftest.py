"""What every test of the running server shares: a fresh server with two accounts."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "support"))

from data_stores import DataStores  # noqa: E402
from gannet import BIN, Gannet  # noqa: E402


@pytest.fixture(scope="session")
def data_stores():
    """Whatever servers the data stores of this run need; started when they are first asked for."""
    with DataStores(BIN) as stores:
        yield stores


@pytest.fixture
def data_store(request, data_stores):
    """What the test's server keeps everything in: RocksDB, or what `EVERY_DATA_STORE` asks for."""
    return data_stores.get(getattr(request, "param", "rocksdb"))


@pytest.fixture
def gannet(tmp_path, data_store):
    """A server of its own for one test: domain demo.test, accounts alice and bob."""
    with Gannet(tmp_path / "gannet", store=data_store) as server:
        yield server


@pytest.fixture(scope="module")
def shared_gannet(tmp_path_factory):
    """One server for all tests of a file; each test uses its own folder or subject."""
    with Gannet(tmp_path_factory.mktemp("gannet")) as server:
        yield server
