"""People who are written into the settings file, and an administrator who types a password."""
from gannet import BIN, Gannet
from test_setup import dialogue

PEOPLE = """
[directory.people]
type = "memory"

[[directory.people.principals]]
class = "admin"
name = "root"
secret = "root secret"

[[directory.people.principals]]
class = "individual"
name = "dora"
secret = "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/"
email = ["dora@written.test", "d@written.test"]

[[directory.people.principals]]
class = "individual"
name = "emil"
secret = "emil secret"
email = ["emil@written.test"]
email-list = ["all@written.test"]
"""


def test_people_in_the_settings_file(tmp_path):
    server = Gannet(tmp_path / "gannet")
    text = server.config.read_text().replace('storage.directory = "internal"', 'storage.directory = "people"')
    server.config.write_text(text + PEOPLE)
    server.passwords |= {"dora": "password", "emil": "emil secret"}
    with server:
        server.send("to Dora", to="d@written.test")
        for login, found in (("dora", [b"1"]), ("emil", [b""])):
            with server.imap(login, select="INBOX") as client:
                assert client.search(None, "ALL")[1] == found
        with server.smtp() as client:
            client.ehlo()
            client.mail("s@example.org")
            assert client.rcpt("nobody@written.test")[0] == 550
            assert client.rcpt("alice@demo.test")[:2][0] == 550
        with server.submission("emil") as client:
            client.sendmail("emil@written.test", ["dora@written.test"], "Subject: hello\r\n\r\n")


def test_vrfy_and_expn_ask_the_directory_that_rcpt_asks(tmp_path):
    server = Gannet(tmp_path / "gannet", {"session.extensions.vrfy": "true", "session.extensions.expn": "true"})
    rule = "session.rcpt.directory = [{if = \"is_local_domain('people', rcpt_domain)\", then = \"'people'\"}, {else = \"'*'\"}]\n"
    server.config.write_text(rule + server.config.read_text() + PEOPLE)
    with server, server.smtp() as client:
        client.ehlo()
        assert client.verify("d@written.test") == (250, b"2.1.0 <d@written.test>")
        assert client.expn("all@written.test") == (250, b"2.1.0 <emil@written.test>")
        assert client.verify("alice@demo.test") == (250, b"2.1.0 <alice@demo.test>")
        assert client.verify("nobody@written.test")[0] == client.expn("dora@written.test")[0] == 550
        client.mail("s@example.com")
        assert client.rcpt("all@written.test")[0] == 250


def test_the_login_is_asked_for(gannet):
    command = [BIN, "account", "list", "--url", f"http://127.0.0.1:{gannet.ports['http']}"]
    code, shown = dialogue(command, [("Administrator's login", ""), ("Password of admin", gannet.passwords["admin"])])
    assert code == 0 and "alice@demo.test" in shown and gannet.passwords["admin"] not in shown, shown
    code, shown = dialogue(command, [("Administrator's login", "alice@demo.test"),
                                     ("Password of alice@demo.test", gannet.passwords["alice@demo.test"])])
    assert code == 1 and "dministrator" in shown, shown
