"""gannet fsck against a running server: no false alarm under load."""
import json
import subprocess
import threading

MESSAGE = b"From: a@example.org\r\nTo: alice@demo.test\r\nSubject: %d\r\nMessage-ID: <%d@example.org>\r\n\r\nbody %d\r\n"


def work(gannet, login: str, stop: threading.Event, errors: list) -> None:
    """Deliveries, APPENDs, copies, flags and expunges until told to stop."""
    try:
        with gannet.imap(login, select="INBOX") as client:
            client.create("Archive")
            number = 0
            while not stop.is_set():
                number += 1
                gannet.send(f"{login} {number}", to=login)
                status, data = client.append("INBOX", None, None, MESSAGE % (number, number % 7, number))
                assert status == "OK", data
                client.noop()
                client.copy("1:*", "Archive")
                client.store("1:2", "+FLAGS", r"(\Deleted $Mark)")
                assert client.expunge()[0] == "OK"
                if number % 10 == 0:
                    client.delete("Archive")
                    client.create("Archive")
    except Exception as error:  # told by the test
        errors.append(error)


def test_no_findings_under_load(gannet):
    stop, errors = threading.Event(), []
    workers = [threading.Thread(target=work, args=(gannet, login, stop, errors))
               for login in ("alice@demo.test", "bob@demo.test") for _ in range(2)]
    for worker in workers:
        worker.start()
    try:
        for round_number in range(12):
            arguments = ["--json"] + (["--repair"] if round_number % 2 else []) + (["--deep"] if round_number % 3 == 0 else [])
            done = gannet.run("fsck", *arguments, check=False)
            result = json.loads(done.stdout)
            assert result["findings"] == [] and "failed" not in result and done.returncode == 0, (result, done.stderr)
            assert not result["running"] and result["run"] == round_number + 1
    finally:
        stop.set()
        for worker in workers:
            worker.join(60)
    assert not errors, errors
    assert gannet.run("fsck", "--deep").stdout == "Everything is as it should be.\n"


def test_one_account_and_refusals(gannet):
    gannet.send("one")
    assert "as it should be" in gannet.run("fsck", "--account", "alice@demo.test").stdout
    unknown = gannet.run("fsck", "--account", "nobody@demo.test", check=False)
    assert unknown.returncode == 1 and "nobody@demo.test" in unknown.stderr
    wrong = subprocess.run(["curl", "-s", "-u", f"alice@demo.test:{gannet.passwords['alice@demo.test']}", "-X", "POST",
                            f"http://127.0.0.1:{gannet.ports['http']}/api/fsck"], capture_output=True, text=True, timeout=30)
    assert "error" in json.loads(wrong.stdout), "only an administrator may"


def test_salvage_into_a_new_store(gannet, tmp_path):
    for number in range(5):
        gannet.send(f"kept {number}")
    gannet.stop()
    settings = gannet.config.read_text()
    paths = [path for path in (gannet.folder / "data").rglob("CURRENT")]
    assert len(paths) == 1, paths
    old = paths[0].parent
    assert str(old) in settings
    fresh = tmp_path / "fresh.toml"
    fresh.write_text(settings.replace(str(old), str(tmp_path / "fresh")))
    done = gannet.run("fsck", "salvage", "--from", str(old), "--config", str(fresh))
    assert "5 messages; 0 damaged places, 0 things lost" in done.stdout, done.stdout
    again = gannet.run("fsck", "salvage", "--from", str(old), "--config", str(fresh), check=False)
    assert again.returncode == 1 and "not empty" in again.stderr
    gannet.config = fresh
    gannet.start()
    with gannet.imap(select="INBOX") as client:
        assert len(client.search(None, "ALL")[1][0].split()) == 5
    assert "as it should be" in gannet.run("fsck", "--deep").stdout
