"""Accounts that other systems keep: mail before the first login, a server that goes away and comes back."""
import concurrent.futures
import contextlib
import imaplib
import smtplib
import socket
import subprocess
import time

import pytest
from gannet import Gannet, wait_until
from real_servers import server_of

SQL = """
CREATE TABLE accounts (name TEXT PRIMARY KEY, secret TEXT, description TEXT, type TEXT NOT NULL, quota BIGINT, active BOOLEAN);
CREATE TABLE group_members (name TEXT, member_of TEXT);
CREATE TABLE emails (name TEXT, address TEXT, type TEXT);
GRANT SELECT ON accounts, group_members, emails TO mail;
INSERT INTO accounts VALUES ('admin', '{PLAIN}admin-pw', 'Admin', 'admin', 0, true), ('carol', 'carol-pw', 'Carol', 'individual', 0, true);
INSERT INTO emails VALUES ('admin', 'admin@example.org', 'primary'), ('carol', 'carol@example.org', 'primary');
"""

LDIF = "\n".join(f"""dn: uid={name},ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: {name}
cn: {name}
sn: {name}
employeeType: {kind}
mail: {name}@example.org
userPassword: {name}-pw
""" for name, kind in (("admin", "admin"), ("carol", "user")))


def sql_directory(server) -> str:
    server.sql(SQL, "mail")
    p = server.parameters
    return f"""
[directory.people]
type = "sql"
address = "postgresql://{p['user']}:{p['password']}@{p['host']}:{p['port']}/{p['database']}"
pool.timeout.create = "2s"
"""


def ldap_directory(server) -> str:
    server.add(LDIF)
    p = server.parameters
    return f"""
[directory.people]
type = "ldap"
schema = "openldap"
url = "{p['url']}"
base-dn = "{p['base']}"
bind = {{ dn = "{p['reader']}", secret = "{p['reader_secret']}", auth.enable = true }}
attributes.class = ["objectClass", "employeeType"]
pool.timeout.create = "2s"
"""


def with_people(folder, directory: str) -> Gannet:
    """A server whose accounts are those of `directory`, the settings of "people"."""
    server = Gannet(folder / "gannet")
    text = server.config.read_text().replace('storage.directory = "internal"', 'storage.directory = "people"')
    server.config.write_text(text + directory)
    return server


@pytest.mark.parametrize("name, settings", [("postgresql", sql_directory), ("slapd", ldap_directory)])
def test_accounts_of_another_system(name, settings, tmp_path):
    with server_of(name) as other:
        server = with_people(tmp_path, settings(other))
        server.passwords |= {"admin": "admin-pw", "carol": "carol-pw", "carol@example.org": "carol-pw"}
        with server:
            exercise(server, other, name)


@pytest.mark.parametrize("name, settings", [("postgresql", sql_directory), ("slapd", ldap_directory)])
def test_scram_where_the_secret_can_be_read(name, settings, tmp_path):
    """By GNU SASL's client, of a password that the other system keeps in clear; see docs/authentication.md."""
    with server_of(name) as other:
        server = with_people(tmp_path, settings(other).replace(", auth.enable = true", "") + "scram.enable = true\n")
        with server:
            for protocol, port in (("imap", "imap"), ("smtp", "submission")):
                for login, password, right in (("carol", "carol-pw", True), ("carol@example.org", "carol-pw", True),
                                               ("carol", "guess", False), ("nobody", "carol-pw", False)):
                    done = subprocess.run(
                        ["gsasl", "--client", f"--{protocol}", "--mechanism=SCRAM-SHA-256", "--no-cb", "--starttls", "--x509-ca-file=",
                         "--connect", f"127.0.0.1:{server.ports[port]}", f"--authentication-id={login}", f"--password={password}"],
                        input="", text=True, capture_output=True, timeout=60)
                    assert (done.returncode == 0) == right, (protocol, login, done.stdout + done.stderr)


def test_a_slow_directory_holds_up_nobody_else(tmp_path):
    """SMTP asks a server that is silent; logins in another directory go on meanwhile."""
    with contextlib.ExitStack() as stack, server_of("postgresql") as other:
        server = Gannet(tmp_path / "gannet")
        # So long that nobody can have waited for it.
        settings = sql_directory(other) + 'timeout = "10m"\npool.timeout.wait = "10m"\npool.max-connections = 4\n'
        server.config.write_text("session.rcpt.directory = \"'people'\"\n" + server.config.read_text() + settings)
        with server:
            server.send("before", to="carol@example.org")
            other.freeze()
            waiting = [stack.enter_context(socket.create_connection(("127.0.0.1", server.ports["smtp"]), timeout=60)) for _ in range(40)]
            for number, client in enumerate(waiting):
                client.sendall(b"EHLO client.example\r\nMAIL FROM:<s@example.com>\r\nRCPT TO:<n%d@example.org>\r\n" % number)
            begin = time.monotonic()
            for _ in range(5):
                assert refused(server, "alice@demo.test", server.passwords["alice@demo.test"]) == ""
                assert refused(server, "alice@demo.test", "guess").startswith("[AUTHENTICATIONFAILED]")
            assert time.monotonic() - begin < 60
            other.thaw()


def test_more_callers_than_connections_wait_for_one(tmp_path):
    """Each for pool.timeout.wait, however many they are and however slow the server is."""
    with server_of("postgresql") as other:
        slow = ('pool.max-connections = 2\nquery.name = "SELECT name, type, secret, description, quota '
                'FROM accounts, (SELECT pg_sleep(0.4)) AS z WHERE name = ?"\nquery.recipients = "SELECT name FROM emails WHERE address = ?"\n'
                'lookup.domains = ["example.org"]\n')
        server = with_people(tmp_path, sql_directory(other) + slow)
        with server, concurrent.futures.ThreadPoolExecutor(16) as clients:
            assert list(clients.map(lambda _: refused(server, "carol", "carol-pw"), range(16))) == [""] * 16


def test_a_search_base_that_is_not_there(tmp_path):
    """Nobody can be found below it: mail and logins are put off, and the setting is named."""
    with server_of("slapd") as other:
        server = with_people(tmp_path, ldap_directory(other).replace('base-dn = "', 'base-dn = "ou=gone,'))
        with server:
            with server.smtp() as client:
                client.ehlo()
                client.mail("s@example.com")
                assert client.rcpt("carol@example.org")[0] == 451
            assert refused(server, "carol", "carol-pw").startswith("[UNAVAILABLE]")
            wait_until(lambda: 'directory.people.base-dn = \\"ou=gone,dc=example,dc=org\\" is not there' in server.log_text(), 10, "the event")
        tried = server.run("config", "check", "--connect", str(server.config), check=False)
        assert tried.returncode == 1 and "base-dn" in tried.stdout + tried.stderr, tried.stdout + tried.stderr


def exercise(server, other, name):
    server.send("before the first login", to="carol@example.org")
    with server.imap("carol", select="INBOX") as client:
        assert client.search(None, "ALL")[1] == [b"1"]
        assert {"Sent", "Drafts"} & {line.decode().split('"')[-2].split()[0] for line in client.list()[1]}
    with server.submission("carol@example.org") as client:
        client.sendmail("carol@example.org", ["admin@example.org"], "Subject: up\r\n\r\n")
        assert client.mail("admin@example.org")[0] >= 500, "that is not hers"
    assert refused(server, "carol", "guess").startswith("[AUTHENTICATIONFAILED]")
    assert refused(server, "nobody", "guess").startswith("[AUTHENTICATIONFAILED]")
    assert refused(server, "carol", "") != ""

    owner = "PostgreSQL at 127.0.0.1" if name == "postgresql" else "LDAP at ldap://127.0.0.1"
    (server.folder / "new.password").write_text("a new password\n")
    changed = server.run("account", "create", "dave", "--email", "dave@example.org", "--password-file",
                         str(server.folder / "new.password"), check=False)
    assert changed.returncode != 0 and owner in changed.stdout + changed.stderr, changed.stdout + changed.stderr
    for change in (["app-password", "create", "carol", "Phone"], ["totp", "disable", "carol"]):
        changed = server.run("account", *change, check=False)
        assert changed.returncode != 0 and owner in changed.stdout + changed.stderr, changed.stdout + changed.stderr

    shown = server.run("account", "show", "carol")
    assert "carol@example.org" in shown.stdout
    assert "There is no account nobody" in server.run("account", "show", "nobody", check=False).stderr

    other.kill()
    with server.smtp() as client:
        client.ehlo()
        client.mail("s@example.com")
        for address in ("carol@example.org", "nobody@example.org"):
            assert client.rcpt(address)[0] // 100 == 4, "nobody is told for good that there is no such user"
    assert refused(server, "carol", "carol-pw").startswith("[UNAVAILABLE]")
    with smtplib.SMTP("127.0.0.1", server.ports["submission"], "client.example", timeout=30) as client:
        client.starttls(context=server.client_tls())
        with pytest.raises(smtplib.SMTPAuthenticationError) as failure:
            client.login("carol", "carol-pw")
        assert failure.value.smtp_code == 454

    other.start()
    wait_until(lambda: refused(server, "carol", "carol-pw") == "", 20, "a login after the restart")
    server.send("after the restart", to="carol@example.org")
    with server.imap("carol", select="INBOX") as client:
        assert client.search(None, "ALL")[1] == [b"1 2"]


def refused(server, login: str, password: str) -> str:
    """Why; empty if it is let in."""
    with imaplib.IMAP4_SSL("127.0.0.1", server.ports["imaps"], ssl_context=server.client_tls(), timeout=30) as client:
        try:
            client.login(login, password)
        except imaplib.IMAP4.error as error:
            return str(error).removeprefix("b'").strip("'")
    return ""
