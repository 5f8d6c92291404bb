"""The configurations of docs/directories/ start a server that lets their people in, as printed but for folders and ports."""
import contextlib
import imaplib
import pathlib
import re
import os
import shlex
import smtplib
import sqlite3
import ssl
import subprocess

import pytest
from gannet import BIN, free_ports, wait_until
from real_servers import server_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "directories"


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", (PAGES / f"{page}.md").read_text(), re.DOTALL)


@contextlib.contextmanager
def started(text: str, tmp_path, log):
    ports = free_ports(3)
    for printed, port in zip(("[::]:25\"", "[::]:993\"", "127.0.0.1:8080\""), ports):
        text = text.replace(printed, f"127.0.0.1:{port}\"")
    config = tmp_path / "gannet.toml"
    config.write_text(text.replace("/var/lib/gannet", str(tmp_path)).replace("/etc/gannet", str(tmp_path)))
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
    with server_of("postgresql") as server:
        server.sql("create role gannet login password 'a-long-password'")
        server.sql("create database documented")
        server.sql(blocks("sql", "sql")[0], "documented")
        text = blocks("sql", "toml")[0].replace("127.0.0.1:5432/mail", f"127.0.0.1:{server.parameters['port']}/documented")
        with started(text, tmp_path, tmp_path / "log") as ports:
            look(ports, ["carol@example.org", "C.Example@example.org", "everybody@example.org"], "carol", "carol-secret")


SQL_PEOPLE = ["carol@example.org", "C.Example@example.org", "everybody@example.org"]
POSTGRESQL = "postgresql://gannet:a-long-password@127.0.0.1:5432/mail"


def test_sql_in_sqlite(tmp_path):
    """As the page says: without the GRANT."""
    path = tmp_path / "people.db"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript(re.sub(r"GRANT .*;\n", "", blocks("sql", "sql")[0]))
    with started(blocks("sql", "toml")[0].replace(POSTGRESQL, f"sqlite://{path}"), tmp_path, tmp_path / "log") as ports:
        look(ports, SQL_PEOPLE, "carol", "carol-secret")


def test_sql_in_mariadb(tmp_path):
    """As the page says: VARCHAR and its collation in place of TEXT."""
    with server_of("mariadb") as server:
        tables = re.sub(r"\bTEXT\b", "VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", blocks("sql", "sql")[0])
        tables = re.sub(r"GRANT .*;\n", "", tables)
        server.sql("create user gannet@'127.0.0.1' identified by 'a-long-password'; grant select on mail.* to gannet@'127.0.0.1'; use mail; " + tables)
        address = f"mysql://gannet:a-long-password@127.0.0.1:{server.parameters['port']}/mail"
        with started(blocks("sql", "toml")[0].replace(POSTGRESQL, address), tmp_path, tmp_path / "log") as ports:
            look(ports, SQL_PEOPLE, "carol", "carol-secret")


def test_memory(tmp_path):
    with started(blocks("memory", "toml")[0], tmp_path, tmp_path / "log") as ports:
        look(ports, ["carol@example.org", "c.example@example.org", "everybody@example.org"], "carol", "carol-secret")


def test_internal(tmp_path):
    """With the commands that the page prints."""
    hashed = subprocess.run(["openssl", "passwd", "-6", "admin pass"], capture_output=True, text=True, check=True, timeout=60)
    (tmp_path / "admin-password-hash").write_text(hashed.stdout.strip())
    (tmp_path / "carol.password").write_text("carol-secret\n")
    with started(blocks("internal", "toml")[0], tmp_path, tmp_path / "log") as ports:
        commands = blocks("internal", "sh")[0].replace(":8080", f":{ports[2]}").replace("GANNET_PASSWORD=...", "GANNET_PASSWORD='admin pass'")
        done = subprocess.run(["sh", "-e", "-c", f"gannet() {{ {shlex.quote(str(BIN))} \"$@\"; }}\n{commands}"], cwd=tmp_path, text=True,
                              capture_output=True, timeout=120, env=dict(os.environ))
        assert done.returncode == 0 and "carol" in done.stdout, done.stdout + done.stderr
        look(ports, ["carol@example.org", "c.example@example.org", "everybody@example.org"], "carol", "carol-secret")


def test_every_page_is_run():
    """Here, or in test_remote_directory_documents.py."""
    assert {page.stem for page in PAGES.glob("*.md")} == {"sql", "ldap", "memory", "internal", "imap", "smtp", "lmtp"}


def test_ldap(tmp_path):
    with server_of("slapd") as server:
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
