#!/usr/bin/env python3
"""Runs a real server for tests: see README.md. usage: backend.py NAME"""
import contextlib
import importlib
import os
import pathlib
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))


class Skip(Exception):
    """The server cannot be had on this machine; says why."""


def free_port(low: int = 20000, high: int = 32000) -> int:
    """A port that nobody listens on now, outside of the range that the system hands out to clients."""
    for _ in range(1000):
        port = random.randrange(low, high)
        with contextlib.closing(socket.socket()) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Skip("no free port")


def need(*programs: str, package: str) -> None:
    for program in programs:
        if not (os.path.exists(program) if program.startswith("/") else shutil.which(program)):
            raise Skip(f"{program} is not installed (Debian package {package})")


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError, IndexError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


class Server:
    """One server. A subclass says how it is started; everything lies in `self.folder`."""

    start_seconds = 30.0  # until it must answer

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.parameters: dict[str, object] = {}  # what a client needs to connect
        self.processes: list[subprocess.Popen] = []

    # --- for subclasses

    def prepare(self) -> None:
        """Once, before the first start: checks that it is installed (Skip), chooses ports, writes files."""

    def commands(self) -> list[list[str]]:
        """The programs to run in the foreground, each as a list of words."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Whether it answers."""
        return self.connects(int(self.parameters["port"]))

    def created(self) -> None:
        """Once, when it answers for the first time: users, databases."""

    def user(self) -> str | None:
        """The system's user to run it as, where it refuses root."""
        return None

    # --- for their help

    @staticmethod
    def connects(port: int) -> bool:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        return False

    def as_user(self, command: list[str]) -> list[str]:
        user = self.user()
        return command if user is None or os.geteuid() != 0 else ["runuser", "-u", user, "--", *command]

    def environment(self) -> dict[str, str]:
        """The caller's, with temporary files where a server that runs as a user of its own may write."""
        return {**os.environ, "TMPDIR": str(self.folder)}

    def run(self, *command: str, seconds: float = 60, **more) -> str:
        """A command of the set-up; its output. Fails with what it printed."""
        done = subprocess.run(self.as_user(list(command)), cwd=self.folder, stdin=subprocess.DEVNULL, timeout=seconds, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **{"env": self.environment(), **more})
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}")
        return done.stdout

    # --- what tests ask for

    def launch(self, command: list[str], name: str) -> None:
        """One more process; what it prints goes to the file `name`."""
        # Our own child, without a runuser in between: that would leave a killed server a zombie until somebody else
        # looks, and servers take a zombie for one that still runs.
        user, identity = self.user(), {}
        if user is not None and os.geteuid() == 0:
            identity = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
        log = open(self.folder / name, "ab")
        self.processes.append(subprocess.Popen(
            command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            env=self.environment(), **identity))

    def start(self) -> None:
        for number, command in enumerate(self.commands()):
            self.launch(command, f"log.{number}")
        end = time.monotonic() + self.start_seconds
        while not self.ready():
            ended = [p for p in self.processes if p.poll() is not None]
            if ended or time.monotonic() > end:
                logs = "\n".join(p.read_text(errors="replace")[-3000:] for p in self.folder.glob("log.*"))
                self.kill()
                raise RuntimeError(f"{'ended' if ended else 'not ready in time'}:\n{logs}")
            time.sleep(0.05)

    def family(self) -> list[int]:
        """The servers' processes, their children and these one's: some leave the group that they were started in."""
        children: dict[int, list[int]] = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if state != "Z":
                    children.setdefault(int(parent), []).append(int(entry.name))
        found = [process.pid for process in self.processes if process.poll() is None]
        for pid in found:
            found += children.get(pid, [])
        return found

    def signal(self, number: int) -> list[int]:
        family = self.family()
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        return family

    def stop(self) -> None:
        self.signal(signal.SIGCONT)
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        end = time.monotonic() + 20
        for process in self.processes:
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.kill()
        self.processes.clear()

    def kill(self) -> None:
        killed = self.signal(signal.SIGSTOP)  # so that none makes another one meanwhile
        killed += self.signal(signal.SIGKILL)
        for process in self.processes:
            process.wait()
        self.processes.clear()
        end = time.monotonic() + 10
        while any(alive(pid) for pid in killed) and time.monotonic() < end:
            time.sleep(0.01)

    def freeze(self) -> None:
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)


def forget(server: Server) -> None:
    server.kill()
    shutil.rmtree(server.folder, ignore_errors=True)


def begun(name: str) -> Server:
    """The server of servers/NAME.py, started. One that ends at once is tried again: somebody may have taken a port that
    was free when it was chosen."""
    module = importlib.import_module(f"servers.{name}")
    for left in (2, 1, 0):
        # Not below TMPDIR: a server that runs as a user of its own must be able to get there.
        folder = pathlib.Path(tempfile.mkdtemp(prefix=f"gannet-{name}-", dir="/tmp"))
        folder.chmod(0o755)
        server = module.Server(folder)
        try:
            server.prepare()
            server.start()
            return server
        except BaseException as error:
            forget(server)
            if left == 0 or not (isinstance(error, RuntimeError) and str(error).startswith("ended")):
                raise
    raise AssertionError("not reached")


@contextlib.contextmanager
def running(name: str):
    """The server of servers/NAME.py, started; stopped and forgotten at the end. Raises Skip."""
    server = begun(name)
    try:
        server.created()
        yield server
    finally:
        forget(server)


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with running(sys.argv[1]) as server:
            for key, value in server.parameters.items():
                print(f"{key}={value}")
            print(flush=True)
            for line in sys.stdin:
                try:
                    getattr(server, line.strip())()
                    print("ok", flush=True)
                except Exception as error:  # told to whoever asked
                    print("error: " + str(error).replace("\n", " | "), flush=True)
    except Skip as why:
        print(f"skip={why}\n", flush=True)
    except RuntimeError as error:
        print(f"failed={str(error)}".replace("\n", " | ") + "\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.modules["backend"] = sys.modules["__main__"]
    sys.exit(main())
