"""gannet setup, asked and answered at a terminal, and the documents' own examples."""
import os
import pathlib
import pty
import re
import select
import subprocess
import time

import pytest
from gannet import BIN, SLOW
from real_servers import server_of

ROOT = pathlib.Path(__file__).resolve().parents[2]


def dialogue(command: list[str], answers: list[tuple[str, str | None]], seconds: float = 30) -> tuple[int, str]:
    """Runs a command at a terminal, types each answer when its question is shown; exit code and all that was shown."""
    master, slave = pty.openpty()
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, close_fds=True,
                               preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0))
    os.close(slave)
    shown, seen, end = "", 0, time.monotonic() + seconds * SLOW
    waiting = list(answers)
    while time.monotonic() < end:
        if select.select([master], [], [], 0.1)[0]:
            try:
                data = os.read(master, 4096)
            except OSError:
                break
            if not data:
                break
            shown += data.decode(errors="replace")
        elif process.poll() is not None:
            break
        if waiting and (at := shown.find(waiting[0][0], seen)) >= 0:
            seen = at + len(waiting[0][0])
            answer = waiting.pop(0)[1]
            if answer is not None:  # else it is only waited for
                os.write(master, (answer + "\n").encode())
    if process.poll() is None:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
    os.close(master)
    assert not waiting, f"never asked: {waiting[0][0]}\n{shown}"
    return process.wait(), shown


def test_it_asks_for_every_store_the_directory_the_domain_and_the_administrator(tmp_path):
    config = tmp_path / "etc" / "gannet.toml"
    code, shown = dialogue([BIN, "setup"], [
        ("Settings file", str(config)),
        ("Folder for its data", str(tmp_path / "data")),
        ("Name of this host", "mx.example.org"),
        ("First mail domain", ""),  # what it proposes: example.org
        ("Which one", "nonsense"), ("Which one", ""), ("Folder of the database", ""), ("It answers", None),
        ("Which one", ""), ("Which one", ""), ("Which one", "memory"),
        ("Which one", ""),
        ("Administrator's login", ""),
        ("Administrator's password", "short"),
        ("Administrator's password", "long enough"),
    ])
    assert code == 0, shown
    assert "is not offered" in shown and "long enough" not in shown
    text = config.read_text()
    assert 'storage.lookup = "memory"' in text and 'storage.data = "rocksdb"' in text
    assert config.stat().st_mode & 0o777 == 0o600
    done = subprocess.run([BIN, "config", "check", str(config)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_a_database_and_redis_need_is_asked_and_tried(tmp_path):
    config = tmp_path / "gannet.toml"
    with server_of("postgresql") as database, server_of("redis") as redis:
        url = f"redis://127.0.0.1:{redis.parameters['port']}"
        code, shown = dialogue([BIN, "setup"], [
            ("Settings file", str(config)),
            ("Folder for its data", str(tmp_path / "data")),
            ("Name of this host", "mx.example.org"),
            ("First mail domain", ""),
            ("Which one", "postgresql"),
            ("Name or address of the database's host", ""),
            ("Its port", str(database.parameters["port"])),
            ("Name of the database", "nosuch"),
            ("User to log in as", database.parameters["user"]),
            ("password", database.parameters["password"]),
            ("Use TLS", ""),
            ("It cannot be used so", None), ("Answer again", ""),
            ("Name or address of the database's host", ""),
            ("Its port", str(database.parameters["port"])),
            ("Name of the database", database.parameters["database"]),
            ("User to log in as", database.parameters["user"]),
            ("password", database.parameters["password"]),
            ("Use TLS", ""),
            ("It answers", None),
            ("Which one", "fs"), ("Folder of the messages", ""), ("It answers", None),
            ("Which one", "postgresql"),
            ("Which one", "redis"), ("URL of the server", url), ("single or cluster", ""), ("User to log in as", ""),
            ("password", ""), ("It answers", None),
            ("Which one", "nowhere"), ("Which one", "internal"),
            ("Administrator's login", ""),
            ("Administrator's password", "long enough"),
        ], 90)
        assert code == 0, shown
        assert database.parameters["password"] not in shown.replace("password", "")
        text = config.read_text()
        assert f'store.postgresql.database = "{database.parameters["database"]}"' in text and "nosuch" not in text
        assert f'store.fs.path = "{tmp_path / "data" / "fs"}"' in text and f'store.redis.urls = ["{url}"]' in text
        done = subprocess.run([BIN, "config", "check", "--connect", str(config)], capture_output=True, text=True, timeout=60 * SLOW)
        assert done.returncode == 0 and "answers" in done.stdout, done.stdout + done.stderr
        config.write_text(text.replace(f'store.postgresql.port = {database.parameters["port"]}', "store.postgresql.port = 1"))
        done = subprocess.run([BIN, "config", "check", "--connect", str(config)], capture_output=True, text=True, timeout=60 * SLOW)
        assert done.returncode != 0 and "store.postgresql" in done.stderr, done.stdout + done.stderr


def test_nothing_is_written_where_a_store_cannot_be_reached(tmp_path):
    config, password = tmp_path / "gannet.toml", tmp_path / "password"
    password.write_text("long enough\n")
    done = subprocess.run([BIN, "setup", "--non-interactive", "--config", config, "--data-dir", tmp_path / "data", "--hostname", "mx.example.org",
                           "--domain", "example.org", "--admin", "admin", "--admin-password-file", password, "--lookup-store", "redis",
                           "--set", "store.redis.urls=redis://127.0.0.1:1", "--set", "store.redis.retry.total=0"],
                          capture_output=True, text=True, timeout=60 * SLOW)
    assert done.returncode != 0 and "storage.lookup" in done.stderr, done.stdout + done.stderr
    assert not config.exists()


def test_a_store_made_of_others_asks_for_each(tmp_path):
    config = tmp_path / "gannet.toml"
    code, shown = dialogue([BIN, "setup"], [
        ("Settings file", str(config)),
        ("Folder for its data", str(tmp_path / "data")),
        ("Name of this host", "mx.example.org"),
        ("First mail domain", ""),
        ("Which one", ""), ("Folder of the database", ""), ("It answers", None),
        ("Which one", "distributed-blob"), ("Names for the stores", ""),
        ("The store one", None), ("Which one", "fs"), ("Folder of the messages", str(tmp_path / "one")),
        ("The store two", None), ("Which one", "fs"), ("Folder of the messages", str(tmp_path / "two")),
        ("It answers", None),
        ("Which one", ""), ("Which one", ""), ("Which one", ""),
        ("Administrator's login", ""),
        ("Administrator's password", "long enough"),
    ])
    assert code == 0, shown
    assert 'store.distributed-blob.stores = ["one", "two"]' in config.read_text()
    assert (tmp_path / "one").is_dir() and (tmp_path / "two").is_dir()


def test_every_settings_block_of_the_documents_is_good(tmp_path):
    """Whatever a page prints as TOML passes `config check --fragment`."""
    checked = 0
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for number, block in enumerate(re.findall(r"```toml\n(.*?)```", page.read_text(), re.DOTALL)):
            fragment = tmp_path / f"{page.stem}-{number}.toml"
            fragment.write_text(re.sub(r"file:///etc/letsencrypt[^\"]*", "", block))
            done = subprocess.run([BIN, "config", "check", "--fragment", str(fragment)], capture_output=True, text=True)
            assert done.returncode == 0, f"{page.name}:\n{block}\n{done.stdout}{done.stderr}"
            checked += 1
    assert checked > 0


def test_the_first_steps_work_as_printed(gannet, tmp_path):
    """The shell blocks of docs/first-steps.md, with this server's ports and passwords."""
    text = (ROOT / "docs" / "first-steps.md").read_text()
    send = re.search(r"## Send a message and read it\n\n```sh\n(.*?)```", text, re.DOTALL).group(1)
    demo = tmp_path / "var" / "demo"
    demo.mkdir(parents=True)
    (demo / "credentials").write_text("".join(f"{name} {password}\n" for name, password in gannet.passwords.items()))
    send = send.replace(":2525", f":{gannet.ports['smtp']}").replace(":9930", f":{gannet.ports['imaps']}")
    done = subprocess.run(["sh", "-e", "-c", send], cwd=tmp_path, capture_output=True, text=True, timeout=60 * SLOW)
    assert done.returncode == 0, done.stderr
    assert "First mail." in done.stdout


def test_the_specifications_blocks_load(tmp_path):
    """Every TOML block of the documents that define the product, where these are at hand."""
    folder = pathlib.Path(os.environ.get("GANNET_SHARED", ROOT.parent / "shared")) / "spec"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here")
    checked = 0
    for page in sorted(folder.glob("*.txt")):
        for number, block in enumerate(re.findall(r"```toml\n(.*?)```", page.read_text(), re.DOTALL)):
            fragment = tmp_path / f"{page.stem}-{number}.toml"
            fragment.write_text(block)
            done = subprocess.run([BIN, "config", "check", "--fragment", str(fragment)], capture_output=True, text=True)
            assert done.returncode == 0, f"{page.name}:\n{block}\n{done.stdout}{done.stderr}"
            checked += 1
    assert checked > 0


def run_setup(folder: pathlib.Path, *more: str) -> subprocess.CompletedProcess:
    """Without questions, for demo.test and the administrator admin."""
    folder.mkdir(exist_ok=True)
    for name in ("admin", "other", "alice"):
        (folder / name).write_text(f"password of {name}\n")
    command = [BIN, "setup", "--non-interactive", "--data-dir", folder / "data", "--hostname", "mx.demo.test", "--domain",
               "demo.test", "--ports", "high"]
    if "--config" not in more:
        command += ["--config", folder / "gannet.toml"]
    if "--admin" not in more:
        command += ["--admin", "admin", "--admin-password-file", folder / "admin"]
    return subprocess.run([*command, *more], capture_output=True, text=True, timeout=60)


def account(folder: pathlib.Path, name: str, password: str = "alice") -> list[str]:
    return ["--account", name, "--account-password-file", str(folder / password)]


def test_what_cannot_be_made_is_refused_before_anything_is_written(tmp_path):
    for options, said in [(account(tmp_path, "alice@other.test"), "--account alice@other.test: other.test is not the domain"),
                          (account(tmp_path, "a b@demo.test"), "--account a b@demo.test: "),
                          (account(tmp_path, "admin"), "--account admin: there are two of that name"),
                          (["--admin", "root@other.test", "--admin-password-file", str(tmp_path / "admin")],
                           "--admin root@other.test: other.test is not the domain"),
                          (["--directory", "memory", *account(tmp_path, "alice@demo.test")], "--account alice@demo.test: ")]:
        done = run_setup(tmp_path, *options)
        assert done.returncode == 1 and said in done.stderr, done.stderr
        assert not (tmp_path / "gannet.toml").exists() and not (tmp_path / "data").exists()
    assert run_setup(tmp_path, *account(tmp_path, "alice@demo.test")).returncode == 0


def test_a_run_that_failed_half_way_is_run_again(tmp_path):
    """Here the settings file cannot be written, which is seen last."""
    (tmp_path / "etc").write_text("a file where a folder should be")
    broken = run_setup(tmp_path, "--config", str(tmp_path / "etc" / "gannet.toml"))
    assert broken.returncode == 1 and (tmp_path / "data").exists()
    done = run_setup(tmp_path, *account(tmp_path, "alice@demo.test"))
    assert done.returncode == 0, done.stderr
    assert "demo.test was there already" in done.stdout and "admin was there already" in done.stdout
    assert "alice" not in done.stdout


def test_a_lost_settings_file_is_made_again(tmp_path):
    assert run_setup(tmp_path, *account(tmp_path, "alice@demo.test")).returncode == 0
    again = run_setup(tmp_path)
    assert again.returncode == 1 and "exists already and is left as it is" in again.stderr
    (tmp_path / "gannet.toml").unlink()
    for options, said in [(["--admin", "admin", "--admin-password-file", str(tmp_path / "other")],
                           "--admin admin: this account is there already, with another password"),
                          (["--admin", "alice@demo.test", "--admin-password-file", str(tmp_path / "alice")],
                           "--admin alice@demo.test: this account is there already, but is no administrator"),
                          (account(tmp_path, "alice@demo.test", "other"),
                           "--account alice@demo.test: this account is there already, with another password")]:
        done = run_setup(tmp_path, *options)
        assert done.returncode == 1 and said in done.stderr, done.stderr
        assert not (tmp_path / "gannet.toml").exists()
    # Who has forgotten the administrator's password makes another administrator; postmaster@ stays where it is.
    done = run_setup(tmp_path, "--admin", "second", "--admin-password-file", str(tmp_path / "other"))
    assert done.returncode == 0, done.stderr
    (tmp_path / "gannet.toml").unlink()
    done = run_setup(tmp_path, *account(tmp_path, "alice@demo.test"))
    assert done.returncode == 0 and "alice@demo.test was there already" in done.stdout, done.stderr
