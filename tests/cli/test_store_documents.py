"""The configurations of docs/stores/ start a server, as printed but for folders and ports."""
import pathlib
import re
import subprocess

import pytest
from gannet import BIN, free_ports, wait_until

PAGES = pathlib.Path(__file__).resolve().parents[2] / "docs" / "stores"


@pytest.mark.parametrize("page", ["filesystem", "s3"])
def test_the_configuration_starts_a_server(page, tmp_path):
    text = (PAGES / f"{page}.md").read_text()
    block = next(b for b in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if "server.listener" in b)
    ports = free_ports(3)
    for printed, port in zip((":25\"", ":993\""), ports):
        block = block.replace(f"[::]{printed}", f"127.0.0.1:{port}\"")
    block = block.replace("127.0.0.1:9000", f"127.0.0.1:{ports[2]}")
    config = tmp_path / "gannet.toml"
    config.write_text(block.replace("/var/lib/gannet", str(tmp_path)))
    log = tmp_path / "log"
    with open(log, "wb") as out:
        server = subprocess.Popen([BIN, "serve", "--config", str(config), "--ready-message", "READY"], stdout=out, stderr=out)
    try:
        wait_until(lambda: "READY" in log.read_text() or server.poll() is not None, 30, "the server's start")
        assert server.poll() is None, log.read_text()
        if page == "filesystem":
            assert (tmp_path / "messages" / "depth").read_text() == "2\n"
        else:
            assert "store.writes-stopped" in log.read_text(), "nobody listens there: it starts, and says so"
    finally:
        server.terminate()
        assert server.wait(30) == 0
