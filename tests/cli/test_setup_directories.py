"""gannet setup, asked and answered for directories that other systems keep, on their real servers; then the server that it set up."""
import contextlib
import imaplib
import os
import pathlib
import re
import signal
import smtplib
import ssl
import subprocess

import pytest
from gannet import BIN, SLOW, free_ports, wait_until
from real_servers import server_of
from test_directory_documents import blocks
from test_setup import dialogue

START = [("Name of this host", "mx.example.org"), ("First mail domain", ""), ("Which one", ""), ("Folder of the database", ""), ("It answers", None),
         ("Which one", ""), ("Which one", ""), ("Which one", "")]
END = [("Administrator's login", "boss"), ("Administrator's password", "long enough")]


def set_up(tmp_path: pathlib.Path, answers: list[tuple[str, str | None]]) -> tuple[pathlib.Path, str]:
    """The settings file that these answers make, on ports of its own, and all that was shown."""
    config = tmp_path / "gannet.toml"
    code, shown = dialogue([BIN, "setup"], [("Settings file", str(config)), ("Folder for its data", str(tmp_path / "data")), *START, *answers, *END], 120)
    assert code == 0, shown
    return config, shown


@contextlib.contextmanager
def serving(config: pathlib.Path):
    """Runs `gannet serve` with it, on free ports in place of the usual ones; gives them by listener."""
    text, ports = config.read_text(), {}
    names = re.findall(r"server\.listener\.(\w+)\.bind", text)
    for name, port in zip(names, free_ports(len(names))):
        ports[name] = port
        text = re.sub(rf"(server\.listener\.{name}\.bind = ).*", rf'\g<1>["127.0.0.1:{port}"]', text)
    config.write_text(text)
    log = config.with_suffix(".log")
    with open(log, "wb") as out:
        server = subprocess.Popen([BIN, "serve", "--config", config, "--ready-message", "READY"], stdout=out, stderr=out)
    try:
        wait_until(lambda: "READY" in log.read_text() or server.poll() is not None, 30, "the server's start")
        assert server.poll() is None, log.read_text()
        yield ports
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(30 * SLOW) == 0


def refusal(ports: dict[str, int], login: str, password: str) -> str:
    """Why IMAP refuses; empty if it lets in."""
    tls = ssl.create_default_context()
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    with imaplib.IMAP4_SSL("127.0.0.1", ports["imaps"], ssl_context=tls, timeout=30 * SLOW) as client:
        try:
            client.login(login, password)
        except imaplib.IMAP4.error as error:
            return str(error)
    return ""


def exercise(config: pathlib.Path) -> None:
    with serving(config) as ports:
        assert refusal(ports, "carol", "carol-secret") == ""
        assert refusal(ports, "carol@example.org", "carol-secret") == ""
        assert "AUTHENTICATIONFAILED" in refusal(ports, "carol", "guess")
        assert "AUTHENTICATIONFAILED" in refusal(ports, "nobody", "carol-secret")
        with smtplib.SMTP("127.0.0.1", ports["smtp"], "client.example", timeout=30 * SLOW) as client:
            client.ehlo()
            client.mail("s@example.com")
            assert client.rcpt("carol@example.org")[0] == 250 and client.rcpt("nobody@example.org")[0] == 550
        # Whom the directory does not have: the administrator that was asked for.
        done = subprocess.run([BIN, "cache", "status", "--url", f"http://127.0.0.1:{ports['http']}", "--user", "boss"], text=True, capture_output=True,
                              timeout=60 * SLOW, env={**os.environ, "GANNET_PASSWORD": "long enough"})
        assert done.returncode == 0, done.stdout + done.stderr


def test_ldap(tmp_path):
    with contextlib.ExitStack() as stack:
        slapd = stack.enter_context(server_of("slapd"))
        slapd.add(blocks("ldap", "ldif")[0])
        p = slapd.parameters
        config, shown = set_up(tmp_path, [
            ("Which one", "ldap"),
            ("URL of the server", "ldap://127.0.0.1:1"), ("openldap or active-directory", ""), ("Where searches start", p["base"]),
            ("Who searches", p["reader"]), ("password", p["reader_secret"]), ("Verify logins by binding", ""),
            ("It cannot be used so", None), ("Answer again", ""),
            ("Which one", "ldap"),
            ("URL of the server", p["url"]), ("openldap or active-directory", ""), ("Where searches start", p["base"]),
            ("Who searches", p["reader"]), ("password", "not hers"), ("Verify logins by binding", ""),
            ("It cannot be used so", None), ("Answer again", ""),
            ("Which one", "ldap"),
            ("URL of the server", p["url"]), ("openldap or active-directory", ""), ("Where searches start", "ou=peeple," + p["base"]),
            ("Who searches", p["reader"]), ("password", p["reader_secret"]), ("Verify logins by binding", ""),
            ("It cannot be used so", None), ("Answer again", ""),
            ("Which one", "ldap"),
            ("URL of the server", p["url"]), ("openldap or active-directory", ""), ("Where searches start", p["base"]),
            ("Who searches", p["reader"]), ("password", p["reader_secret"]), ("Verify logins by binding", ""),
            ("It answers", None)])
        assert p["reader_secret"] not in shown
        assert 'base-dn = "ou=peeple,dc=example,dc=org" is not there' in shown
        exercise(config)


def test_sql(tmp_path):
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(server_of("postgresql"))
        database.sql("create role gannet login password 'a-long-password'")
        database.sql(blocks("sql", "sql")[0], "mail")
        address = f"postgresql://gannet:a-long-password@127.0.0.1:{database.parameters['port']}"
        config, _ = set_up(tmp_path, [
            ("Which one", "sql"), ("The database", f"{address}/nosuch"), ("It cannot be used so", None), ("Answer again", ""),
            ("Which one", "sql"), ("The database", f"{address}/mail"), ("It answers", None)])
        exercise(config)


@pytest.mark.parametrize("kind", ["imap", "smtp", "lmtp"])
def test_another_mail_server(kind, tmp_path):
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(server_of("mail_server"))
        port = str(server.parameters[kind])
        rest = [("Use TLS from the start", ""), ("Mail domains", "example.org")]
        config, _ = set_up(tmp_path, [
            ("Which one", kind), ("Name or address", "127.0.0.1"), ("Its port", "1"), *rest, ("It cannot be used so", None), ("Answer again", ""),
            ("Which one", kind), ("Name or address", "127.0.0.1"), ("Its port", port), *rest, ("It answers", None)])
        with serving(config) as ports:
            if kind == "lmtp":  # which has no logins
                with smtplib.SMTP("127.0.0.1", ports["smtp"], "client.example", timeout=30 * SLOW) as client:
                    client.ehlo()
                    client.mail("s@example.com")
                    assert client.rcpt("alice@example.org")[0] == 250 and client.rcpt("nobody@example.org")[0] == 550
            else:
                assert refusal(ports, "alice@example.org", "alice's pass word") == ""
                assert "AUTHENTICATIONFAILED" in refusal(ports, "alice@example.org", "guess")


def test_every_directory_of_the_build_is_offered(tmp_path):
    """The list is that of the registry, which an unknown type is told, too."""
    config = tmp_path / "gannet.toml"
    config.write_text('storage.data = "db"\nstorage.directory = "d"\nstore.db.type = "rocksdb"\n'
                      f'store.db.path = "{tmp_path}/db"\ndirectory.d.type = "memory"\n')
    (tmp_path / "password").write_text("long enough\n")
    refused = subprocess.run([BIN, "setup", "--non-interactive", "--config", tmp_path / "new.toml", "--data-dir", tmp_path / "data", "--hostname", "mx.example.org",
                              "--domain", "example.org", "--admin", "admin", "--admin-password-file", tmp_path / "password", "--directory", "none"],
                             capture_output=True, text=True, timeout=60 * SLOW)
    offered = re.search(r"There are: (.*)\.", refused.stdout + refused.stderr).group(1).split(", ")
    known = subprocess.run([BIN, "config", "describe", "directory.<id>.type"], capture_output=True, text=True, timeout=60 * SLOW).stdout
    assert len(offered) == len(set(offered)) >= 7 and all(name in known for name in offered), (offered, known)
