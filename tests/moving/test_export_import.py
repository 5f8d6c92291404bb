"""An account to files and back, by the real program, compared by IMAP."""
import json
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from mail import fill, ok, message, picture, without_uids  # noqa: E402

FORMATS = ["maildir", "mbox", "json"]
ALICE, BOB = "alice@demo.test", "bob@demo.test"


def run_json(gannet, *arguments: str) -> dict:
    return json.loads(gannet.run(*arguments, "--json").stdout)


def fresh_account(gannet, name: str = "carol@demo.test", *options: str) -> str:
    password = gannet.folder / f"{name}.password"
    gannet.passwords[name] = "correct horse battery"
    password.write_text(gannet.passwords[name] + "\n")
    gannet.run("account", "create", name, "--password-file", str(password), *options)
    return name


@pytest.mark.parametrize("format_", FORMATS)
def test_a_round_trip_keeps_everything(gannet, tmp_path, format_):
    with gannet.imap(ALICE) as alice:
        fill(alice)
        before = picture(alice)
    out = str(tmp_path / "out")
    exported = run_json(gannet, "account", "export", ALICE, "--format", format_, "--to", out)
    assert exported["messages"] == sum(len(facts[2]) for name, facts in before.items() if name != "subscribed")
    carol = fresh_account(gannet)
    imported = run_json(gannet, "account", "import", carol, "--format", format_, "--from", out)
    assert (imported["stored"], imported["refused"], imported["unreadable"]) == (exported["messages"], 0, 0)
    with gannet.imap(carol) as client:
        assert picture(client) == before


@pytest.mark.parametrize("format_", FORMATS)
def test_a_second_run_doubles_nothing(gannet, tmp_path, format_):
    with gannet.imap(ALICE) as alice:
        fill(alice)
    out = str(tmp_path / "out")
    for expected in (7, 0):
        assert run_json(gannet, "account", "export", ALICE, "--format", format_, "--to", out)["messages"] == expected
    with gannet.imap(ALICE) as alice:
        ok(alice.append("INBOX", "", None, message("late")))
        before = picture(alice)
    assert run_json(gannet, "account", "export", ALICE, "--format", format_, "--to", out)["messages"] == 1
    carol = fresh_account(gannet)
    for expected in (8, 0):
        assert run_json(gannet, "account", "import", carol, "--format", format_, "--from", out)["stored"] == expected
    with gannet.imap(carol) as client:
        assert without_uids(picture(client)) == without_uids(before)


def test_an_account_with_mail_of_its_own_gives_new_uids_and_says_so(gannet, tmp_path):
    with gannet.imap(ALICE) as alice, gannet.imap(BOB) as bob:
        fill(alice)
        ok(bob.append("INBOX", "", None, message("bob's own")))
        out = str(tmp_path / "out")
        gannet.run("account", "export", ALICE, "--format", "maildir", "--to", out)
        done = gannet.run("account", "import", BOB, "--format", "maildir", "--from", out)
        assert "INBOX has given out UIDs of its own" in done.stderr
        ok(bob.select("INBOX"))
        assert ok(bob.uid("SEARCH", "ALL"))[0] == b"1 2 3 4 5"


def test_quota_is_respected_and_the_import_continues_when_there_is_room(gannet, tmp_path):
    with gannet.imap(ALICE) as alice:
        fill(alice)
        before = picture(alice)
    out = str(tmp_path / "out")
    gannet.run("account", "export", ALICE, "--format", "maildir", "--to", out)
    carol = fresh_account(gannet, "carol@demo.test", "--quota", "2000")
    refused = gannet.run("account", "import", carol, "--format", "maildir", "--from", out, check=False)
    assert refused.returncode == 1 and "gannet account update carol@demo.test --quota" in refused.stderr
    gannet.run("account", "update", carol, "--quota", "0")
    gannet.run("account", "import", carol, "--format", "maildir", "--from", out)
    with gannet.imap(carol) as client:
        assert picture(client) == before


def test_only_an_administrator_may(gannet, tmp_path):
    refused = gannet.run("account", "export", BOB, "--format", "maildir", "--to", str(tmp_path / "out"), "--user", BOB,
                         check=False)
    assert refused.returncode == 1
