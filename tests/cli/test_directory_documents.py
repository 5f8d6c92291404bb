"""The configurations of docs/directories/ start a server that lets their people in, as printed but for folders and ports."""
import contextlib
import imaplib
import pathlib
import re
import smtplib
import ssl
import subprocess
import sys

import pytest
from gannet import BIN, free_ports, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/backends"))

from backend import Skip, running  # noqa: E402

PAGES = ROOT / "docs" / "directories"


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", (PAGES / f"{page}.md").read_text(), re.DOTALL)


@contextlib.contextmanager
def started(text: str, tmp_path, log):
    ports = free_ports(2)
    for printed, port in zip((":25\"", ":993\""), ports):
        text = text.replace(f"[::]{printed}", f"127.0.0.1:{port}\"")
    config = tmp_path / "gannet.toml"
    config.write_text(text.replace("/var/lib/gannet", str(tmp_path)))
    with open(log, "wb") as out:
        server = subprocess.Popen([BIN, "serve", "--config", str(config), "--ready-message", "READY"], stdout=out, stderr=out)
    try:
        wait_until(lambda: "READY" in log.read_text() or server.poll() is not None, 30, "the server's start")
        assert server.poll() is None, log.read_text()
        yield ports
    finally:
        server.terminate()
        assert server.wait(30) == 0


def look(ports, addresses, login, password):
    """Mail for each address, all of it in the inbox of `login`."""
    with smtplib.SMTP("127.0.0.1", ports[0], "client.example", timeout=30) as smtp:
        for address in addresses:
            smtp.sendmail("s@example.com", [address], f"Subject: to {address}\r\n\r\n")
        smtp.ehlo_or_helo_if_needed()
        smtp.mail("s@example.com")
        assert smtp.rcpt("nobody@example.org")[0] == 550
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with imaplib.IMAP4_SSL("127.0.0.1", ports[1], ssl_context=context, timeout=30) as imap:
        imap.login(login, password)
        assert imap.select("INBOX")[1] == [str(len(addresses)).encode()]


def test_sql(tmp_path):
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(running("postgresql"))
        except Skip as why:
            pytest.skip(str(why))
        server.sql("create role gannet login password 'a-long-password'")
        server.sql("create database documented")
        server.sql(blocks("sql", "sql")[0], "documented")
        text = blocks("sql", "toml")[0].replace("127.0.0.1:5432/mail", f"127.0.0.1:{server.parameters['port']}/documented")
        with started(text, tmp_path, tmp_path / "log") as ports:
            look(ports, ["carol@example.org", "C.Example@example.org", "everybody@example.org"], "carol", "carol-secret")


def test_ldap(tmp_path):
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(running("slapd"))
        except Skip as why:
            pytest.skip(str(why))
        server.add(blocks("ldap", "ldif")[0])
        text = blocks("ldap", "toml")[0].replace("127.0.0.1:389", f"127.0.0.1:{server.parameters['port']}")
        with started(text, tmp_path, tmp_path / "log") as ports:
            look(ports, ["carol@example.org", "c.example@example.org"], "carol", "carol-secret")


@pytest.mark.parametrize("page, block", [("sql", 1), ("ldap", 1)])
def test_the_other_blocks_load(page, block, tmp_path):
    config = tmp_path / "gannet.toml"
    text = blocks(page, "toml")[block]
    if page == "sql":
        text = "[directory.ldap-like]\ntype = \"sql\"\naddress = \"sqlite:///nowhere\"\n" + text
    name = re.search(r"\[directory\.([^.\]]+)", text).group(1)
    whole = blocks(page, "toml")[0]
    whole = whole[:whole.index("[directory.people]")].replace('directory = "people"', f'directory = "{name}"')
    config.write_text(whole.replace("/var/lib/gannet", str(tmp_path)) + text)
    done = subprocess.run([BIN, "config", "check", str(config)], capture_output=True, text=True, timeout=60,
                          env={"LDAP_SECRET": "x"})
    assert done.returncode == 0, done.stdout + done.stderr
