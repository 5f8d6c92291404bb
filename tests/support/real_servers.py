"""Real servers of other kinds for a test."""
import contextlib
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "backends"))

import backend  # noqa: E402


@contextlib.contextmanager
def server_of(name: str):
    """The server of tests/backends/servers/NAME.py, started; skips the test where the machine has none."""
    try:
        with backend.running(name) as server:
            yield server
    except backend.Skip as why:
        pytest.skip(str(why))
