"""The program as an administrator meets it."""
import json
import os
import pathlib
import socket
import subprocess
import time

import pytest
from gannet import BIN, Gannet


def test_accounts_groups_lists_and_domains(gannet):
    password = gannet.folder / "carol.password"
    password.write_text("correct horse\n")
    gannet.run("account", "create", "carol@demo.test", "--password-file", str(password), "--quota", "1gb",
               "--description", "Carol")
    shown = json.loads(gannet.run("account", "show", "carol@demo.test", "--json").stdout)
    assert shown["quota"] == 1 << 30 and shown["emails"] == ["carol@demo.test"] and shown["description"] == "Carol"
    gannet.run("account", "update", "carol@demo.test", "--add-email", "c@demo.test", "--quota", "0")
    gannet.run("domain", "create", "second.test")
    gannet.run("list", "create", "all@second.test", "--member", "carol@demo.test", "--member", "bob@demo.test")
    gannet.run("group", "create", "staff@demo.test", "--member", "bob@demo.test")
    assert "all@second.test" in gannet.run("list", "list").stdout
    assert gannet.run("domain", "list").stdout.split() == ["demo.test", "second.test"]
    gannet.send("to the list", to="all@second.test")
    gannet.passwords["carol@demo.test"] = "correct horse"
    for login in ("carol@demo.test", "bob@demo.test"):
        with gannet.imap(login, select="INBOX") as client:
            assert client.search(None, "ALL")[1] == [b"1"]
    done = gannet.run("account", "create", "carol@demo.test", check=False)
    assert done.returncode == 1 and "carol@demo.test" in done.stderr
    done = gannet.run("account", "create", "x@foreign.example", check=False)
    assert done.returncode == 1 and "foreign.example" in done.stderr
    gannet.run("account", "delete", "carol@demo.test")
    assert "carol@demo.test" not in gannet.run("account", "list").stdout
    with gannet.smtp() as client:
        client.ehlo()
        client.mail("s@example.org")
        assert client.rcpt("carol@demo.test")[0] == 550


def test_a_domain_that_is_an_alias_of_another(gannet):
    gannet.run("domain", "create", "alias.test", "--alias-of", "demo.test")
    assert "aliasOf       demo.test" in gannet.run("domain", "show", "alias.test").stdout
    gannet.send("to the alias", to="Alice@alias.test")
    gannet.send("with a detail", to="alice+news@alias.test")
    with gannet.imap(select="INBOX") as client:
        assert client.search(None, "ALL")[1] == [b"1 2"]
    gannet.passwords["alice@alias.test"] = gannet.passwords["alice@demo.test"]
    with gannet.imap("alice@alias.test", select="INBOX") as client:
        assert client.search(None, "ALL")[1] == [b"1 2"]
    with gannet.smtp() as client:
        client.ehlo()
        client.mail("s@example.org")
        assert client.rcpt("nobody@alias.test")[0] == 550
    with gannet.submission() as client:  # and its people may send by that name
        client.sendmail("alice@alias.test", ["bob@alias.test"], "Subject: from the alias\r\n\r\n")
    with gannet.imap("bob@demo.test", select="INBOX") as client:
        assert client.search(None, "ALL")[1] == [b"1"]
    done = gannet.run("account", "create", "carol@alias.test", check=False)
    assert done.returncode == 1 and "is an alias" in done.stderr and "demo.test" in done.stderr
    done = gannet.run("domain", "delete", "demo.test", check=False)
    assert done.returncode == 1
    gannet.run("domain", "update", "alias.test", "--alias-of", "none")
    with gannet.smtp() as client:
        client.ehlo()
        client.mail("s@example.org")
        assert client.rcpt("alice@alias.test")[0] == 550
    gannet.run("domain", "delete", "alias.test")


def test_a_changed_password_counts_at_once(gannet):
    with gannet.imap():
        pass
    new = gannet.folder / "new.password"
    new.write_text("another secret\n")
    gannet.run("account", "update", "alice@demo.test", "--password-file", str(new))
    with pytest.raises(Exception, match="AUTHENTICATIONFAILED|[Ll]ogin|[Ww]rong"):
        gannet.imap()
    gannet.passwords["alice@demo.test"] = "another secret"
    with gannet.imap():
        pass


def test_setup_never_overwrites(gannet):
    before = gannet.config.read_bytes()
    done = gannet.run("setup", "--non-interactive", "--config", str(gannet.config), "--data-dir",
                      str(gannet.folder / "other"), "--hostname", "h", "--domain", "d.test", "--admin", "admin",
                      "--admin-password-file", str(gannet.folder / "admin.password"), check=False)
    assert done.returncode == 1 and "exists already" in done.stderr
    assert gannet.config.read_bytes() == before


def test_a_port_in_use_is_named(gannet, tmp_path):
    other = Gannet(tmp_path / "other", {"server.listener.smtp.bind": f"127.0.0.1:{gannet.ports['smtp']}"})
    done = other.run("serve", "--config", str(other.config), check=False)
    assert done.returncode == 1
    assert "server.listener.smtp.bind" in done.stderr and str(gannet.ports["smtp"]) in done.stderr


def test_a_second_start_takes_less_than_a_second(gannet):
    gannet.send("x")
    gannet.stop()
    started = time.monotonic()
    gannet.start()
    assert time.monotonic() - started < 1.0 * float(os.environ.get("GANNET_SLOW", "1"))


def test_wrong_settings_are_explained(tmp_path):
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[server]\nhostnam = "x"\nmax-connections = "many"\n')
    done = subprocess.run([BIN, "config", "check", str(wrong)], capture_output=True, text=True)
    text = done.stdout + done.stderr
    assert done.returncode == 1
    assert f"{wrong}:2" in text and "server.hostname" in text and f"{wrong}:3" in text and "many" in text


def test_describe_show_and_help(gannet):
    assert "imap.timeout.idle" in gannet.run("config", "describe", "imap.timeout.idle").stdout
    shown = gannet.run("config", "show", "--config", str(gannet.config)).stdout
    assert "server.hostname" in shown and f"{gannet.config}:" in shown
    assert "account" in gannet.run("--help").stdout
    assert gannet.run("nonsense", check=False).returncode == 2


def test_sigterm_lets_a_command_finish(gannet):
    with socket.create_connection(("127.0.0.1", gannet.ports["smtp"])) as peer:
        peer.settimeout(10)
        reader = peer.makefile("rb")
        assert reader.readline().startswith(b"220")
        peer.sendall(b"EHLO client.example\r\n")
        while not reader.readline().startswith(b"250 "):
            pass
        peer.sendall(b"MAIL FROM:<s@example.org>\r\nRCPT TO:<alice@demo.test>\r\nDATA\r\n")
        assert [reader.readline()[:3] for _ in range(3)] == [b"250", b"250", b"354"]
        peer.sendall(b"Subject: last words\r\n\r\n")
        gannet.process.terminate()
        time.sleep(0.2)  # the signal arrives while the message is half sent
        peer.sendall(b"text\r\n.\r\n")
        assert reader.readline().startswith(b"250")
    assert gannet.stop() == 0
    gannet.start()
    with gannet.imap(select="INBOX") as alice:
        assert alice.search(None, "SUBJECT", '"last words"')[1] == [b"1"]


def test_certificates_are_reloaded_on_sighup(gannet, tmp_path):
    import signal
    import ssl
    def make(name: str) -> None:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                        "30", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", str(key), "-out",
                        str(cert)], check=True, capture_output=True)
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make("first.test")
    server = Gannet(tmp_path / "tls", {"certificate.main.cert": f"%{{file:{cert}}}%",
                                       "certificate.main.private-key": f"%{{file:{key}}}%",
                                       "certificate.main.default": "true"})
    with server:
        def served() -> str:
            return ssl.get_server_certificate(("127.0.0.1", server.ports["imaps"]))
        assert served().strip() == cert.read_text().strip()
        make("second.test")
        server.process.send_signal(signal.SIGHUP)
        from gannet import wait_until
        wait_until(lambda: served().strip() == cert.read_text().strip(), 10, "the new certificate")


def test_logs_hold_no_password(gannet):
    gannet.send("x")
    with gannet.imap():
        pass
    text = pathlib.Path(gannet.log_path).read_text()
    for password in gannet.passwords.values():
        assert password not in text


def test_errors_say_what_is_missing(gannet, tmp_path):
    def refused(*arguments, code=1):
        done = gannet.run(*arguments, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stderr

    for kind in ("account", "group", "list", "domain"):
        assert f"There is no {kind} nope." in refused(kind, "show", "nope")
    assert "/dev/null is empty" in refused("account", "create", "x@demo.test", "--password-file", "/dev/null")
    missing = tmp_path / "missing"
    assert f"No password can be read from {missing}" in (said := refused("account", "create", "x@demo.test", "--password-file", str(missing)))
    assert "No such file" in said
    assert "directory" in refused("account", "create", "x@demo.test", "--password-file", str(tmp_path))
    https = f"https://127.0.0.1:{gannet.ports['https']}"
    assert "--insecure" in (said := refused("account", "list", "--url", https)) and "Is the server running" not in said
    assert "alice@demo.test" in gannet.run("account", "list", "--url", https, "--insecure").stdout
    assert "there is no command gannet acount; did you mean account?" in refused("acount", code=2)
    assert "there is no command gannet account creat; did you mean create?" in refused("account", "creat", "x@demo.test", code=2)
    assert "did you mean" not in (said := refused("fnord", code=2)) and "gannet --help names them all" in said
    assert "setup" in refused(code=2) and "create" in refused("account", code=2)
    assert "--member" in refused("account", "create", "x@demo.test", "--member", "y@demo.test", code=2)


def test_an_account_without_a_password_is_said(gannet):
    made = gannet.run("account", "create", "carol@demo.test", "--json")
    assert json.loads(made.stdout)["name"] == "carol@demo.test"
    assert "gannet account update carol@demo.test --password" in made.stderr


def api(gannet, path):
    import base64
    import urllib.request
    request = urllib.request.Request(f"http://127.0.0.1:{gannet.ports['http']}/api/principal{path}")
    request.add_header("Authorization", "Basic " + base64.b64encode(f"admin:{gannet.passwords['admin']}".encode()).decode())
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)["data"]


def test_principals_have_a_number_and_the_total_is_that_of_all_pages(gannet):
    import urllib.error
    alice = api(gannet, "/alice@demo.test")
    assert alice["id"] > 0 and api(gannet, f"/{alice['id']}") == alice == api(gannet, f"/{alice['id']}?type=individual")
    for wrong in (f"/{alice['id']}?type=group", "/0", "/99999999999999999999", "/4000000000"):
        with pytest.raises(urllib.error.HTTPError) as error:
            api(gannet, wrong)
        assert error.value.code == 404, wrong
    assert "id" not in api(gannet, "/demo.test?type=domain")
    first = api(gannet, "?limit=2")
    assert (first["total"], len(first["items"])) == (3, 2)  # admin, alice, bob
    second = api(gannet, f"?limit=2&after={first['next']}")
    assert [p["name"] for p in first["items"] + second["items"]] == ["admin", "alice@demo.test", "bob@demo.test"]
    assert "next" not in second and "total" not in second
    assert api(gannet, "?limit=1&filter=demo")["total"] == 2
    assert "next" not in api(gannet, "?limit=3")


def test_sighup_begins_log_files_anew_and_names_what_needs_a_restart(tmp_path):
    import signal
    from gannet import wait_until
    logs = tmp_path / "logs"
    logs.mkdir()
    with Gannet(tmp_path / "gannet", {"tracer.file.type": "log", "tracer.file.path": str(logs), "tracer.file.rotate": "never",
                                      "tracer.file.level": "info", "imap.request.max-errors": "5"}) as server:
        log, moved = logs / "gannet.log", logs / "gannet.log.1"
        wait_until(lambda: log.exists() and "server.started" in log.read_text(), 10, "the first event")
        log.rename(moved)
        text = server.config.read_text()
        server.config.write_text(text.replace("max-errors = 5", "max-errors = 6"))
        assert server.config.read_text() != text
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: log.exists() and "server.restart-needed" in log.read_text(), 10, "the new file")
        (line,) = [line for line in log.read_text().splitlines() if "server.restart-needed" in line]
        assert "imap.request.max-errors" in line and "tracer" not in line
        before = moved.read_text()
        server.send("x")
        wait_until(lambda: "smtp.message-accepted" in log.read_text(), 10, "an event in the new file")
        assert moved.read_text() == before and "smtp.message-accepted" not in before
        # A file that is wrong keeps nothing else from happening.
        server.config.write_text("nonsense = 1\n" + text)
        log.rename(logs / "gannet.log.2")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: log.exists() and "server.reload-failed" in log.read_text(), 10, "the third file")
        server.config.write_text(text)


def test_metrics_need_a_password_where_they_have_a_name(gannet, tmp_path):
    for key, other in (("username", "secret"), ("secret", "username")):
        file = tmp_path / f"{key}.toml"
        file.write_text(gannet.config.read_text() + f'\n[metrics.prometheus]\nenable = true\nauth.{key} = "x"\n')
        done = gannet.run("config", "check", str(file), check=False)
        assert done.returncode == 1 and f"metrics.prometheus.auth.{other}" in done.stdout + done.stderr
        served = subprocess.run([BIN, "serve", "--config", str(file)], capture_output=True, text=True, timeout=30)
        assert served.returncode == 1 and f"metrics.prometheus.auth.{other}: is required" in served.stderr
