"""10,000 idle IMAP connections beside 200 active ones: nothing refused, memory bounded (make test-load)."""
import asyncio
import os
import resource
import time

import pytest
from gannet import SLOW, Gannet

IDLE = int(os.environ.get("GANNET_LOAD_IDLE", "10000"))
ACTIVE = int(os.environ.get("GANNET_LOAD_ACTIVE", "200"))
LIMIT_KB = 25


def memory_kb(pid: int) -> int:
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        for line in rollup:
            if line.startswith("Pss:"):
                return int(line.split()[1])
    raise AssertionError("no Pss")


async def login(server: Gannet, tls, user: str):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.ports["imaps"], ssl=tls)
    await reader.readline()
    writer.write(f'a LOGIN "{user}" "{server.passwords[user]}"\r\n'.encode())
    await expect(reader, b"a OK")
    return reader, writer


async def expect(reader, start: bytes) -> None:
    while True:
        line = await asyncio.wait_for(reader.readline(), 120)
        if line.startswith(start):
            return
        assert line and not line.startswith((b"a NO", b"a BAD", b"* BYE")), line


async def idle_session(server: Gannet, tls):
    reader, writer = await login(server, tls, "bob@demo.test")
    writer.write(b"a SELECT INBOX\r\n")
    await expect(reader, b"a OK")
    writer.write(b"a IDLE\r\n")
    await expect(reader, b"+")
    return reader, writer


async def active_session(server: Gannet, tls, until: float) -> int:
    reader, writer = await login(server, tls, "alice@demo.test")
    done = 0
    for command in (b"SELECT INBOX", b"FETCH 1:* (FLAGS UID)", b"NOOP", b"STATUS Drafts (MESSAGES)", b"SEARCH UNSEEN") * 10000:
        writer.write(b"a " + command + b"\r\n")
        await expect(reader, b"a OK")
        done += 1
        if time.monotonic() > until:
            break
    writer.close()
    return done


async def scenario(server: Gannet) -> None:
    import ssl
    tls = server.client_tls()
    tls.maximum_version = ssl.TLSVersion.TLSv1_3
    idle = [await idle_session(server, tls) for _ in range(50)]
    before = memory_kb(server.process.pid)
    while len(idle) < IDLE:
        idle += await asyncio.gather(*(idle_session(server, tls) for _ in range(min(50, IDLE - len(idle)))))
    await asyncio.sleep(2)
    each = (memory_kb(server.process.pid) - before) / (IDLE - 50)
    print(f"{IDLE} idle TLS sessions, {each:.1f} KB each")
    done = await asyncio.gather(*(active_session(server, tls, time.monotonic() + 5) for _ in range(ACTIVE)))
    print(f"{ACTIVE} active sessions did {sum(done)} commands in 5 s")
    assert min(done) > 0
    # The idle ones are all still there, and hear of new mail.
    server.send("for everybody", to="bob@demo.test")
    await asyncio.gather(*(expect(reader, b"* 1 EXISTS") for reader, _ in idle))
    assert each <= LIMIT_KB or os.environ.get("GANNET_SLOW", "1") != "1", f"{each:.1f} KB for an idle session"
    for _, writer in idle:
        writer.close()


@pytest.mark.timeout(600)
def test_ten_thousand_idle_and_two_hundred_active(tmp_path):
    if SLOW != 1:
        pytest.skip("sanitizer builds need several times the memory and time")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = IDLE + ACTIVE + 1000
    if hard < wanted and os.geteuid() != 0:
        pytest.skip(f"needs {wanted} open files, the limit is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))
    server = Gannet(tmp_path / "gannet", {"server.max-connections": str(IDLE + ACTIVE + 200),
                                          "server.listener.imaps.max-connections": str(IDLE + ACTIVE + 100)})
    with server:
        asyncio.run(scenario(server))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
