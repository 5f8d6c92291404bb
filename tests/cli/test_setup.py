"""gannet setup, asked and answered at a terminal, and the documents' own examples."""
import os
import pathlib
import pty
import re
import select
import subprocess
import time

from gannet import BIN, SLOW

ROOT = pathlib.Path(__file__).resolve().parents[2]


def dialogue(command: list[str], answers: list[tuple[str, str]], seconds: float = 30) -> tuple[int, str]:
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
            os.write(master, (waiting.pop(0)[1] + "\n").encode())
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
        ("Which one", "nonsense"), ("Which one", ""), ("Which one", ""), ("Which one", ""), ("Which one", "memory"),
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
    import pytest
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
