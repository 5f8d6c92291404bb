"""A Redis cluster of three masters: see redis.py; `ports` are theirs. Commands: `flush`; `kill0` and `start0`: the first node alone;
`move`: some of the first node's slots, with their keys, go to the second node."""
import os
import signal
import subprocess
import time

from servers import redis


class Server(redis.Server):
    nodes = 3
    start_seconds = 60
    together = False

    def commands(self) -> list[list[str]]:
        # Nobody is ever taken for dead: tests move the clock by years.
        more = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000000000000", "--cluster-require-full-coverage", "no"]
        return [self.words(number) + more for number in range(self.nodes)]

    def start(self) -> None:
        super().start()
        if self.together:
            self.until(self.whole)

    def whole(self) -> bool:
        infos = [self.cli(number, "cluster", "info") for number in range(self.nodes)]
        return all(part in info for info in infos for part in ("cluster_state:ok", "cluster_slots_ok:16384", "cluster_known_nodes:3"))

    def created(self) -> None:
        # Slots by hand, since redis-cli's own creation waits for more than is needed here.
        bounds = [0, 5461, 10923, 16384]
        for number in range(self.nodes):
            self.cli(number, "cluster", "addslotsrange", str(bounds[number]), str(bounds[number + 1] - 1))
            self.cli(number, "cluster", "set-config-epoch", str(number + 1))
        for number in range(1, self.nodes):
            self.cli(number, "cluster", "meet", "127.0.0.1", str(self.ports[0]))
        self.until(self.whole)
        self.together = True

    def until(self, true) -> None:
        end = time.monotonic() + 60
        while not true():
            if time.monotonic() > end:
                raise RuntimeError("the cluster does not come together: " + self.cli(0, "cluster", "nodes"))
            time.sleep(0.05)

    def kill0(self) -> None:
        os.killpg(self.processes[0].pid, signal.SIGKILL)
        self.processes[0].wait()

    def start0(self) -> None:
        log = open(self.folder / "log.0", "ab")
        self.processes[0] = subprocess.Popen(self.commands()[0], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                             start_new_session=True)
        self.until(self.ready)
        self.until(self.whole)

    def cli_lines(self, number: int, lines: list[str]) -> str:
        return subprocess.run(["redis-cli", "-p", str(self.ports[number])], input="\n".join(lines) + "\n", text=True, check=True,
                              capture_output=True, timeout=60).stdout

    def move(self) -> None:
        ids = [self.cli(number, "cluster", "myid").strip() for number in range(2)]
        slots = range(300)
        self.cli_lines(1, [f"cluster setslot {slot} importing {ids[0]}" for slot in slots])
        self.cli_lines(0, [f"cluster setslot {slot} migrating {ids[1]}" for slot in slots])
        for slot in slots:
            keys = self.cli(0, "cluster", "getkeysinslot", str(slot), "1000").split()
            if keys:
                self.cli(0, "migrate", "127.0.0.1", str(self.ports[1]), "", "0", "5000", "keys", *keys)
        for number in (1, 0, 2):
            self.cli_lines(number, [f"cluster setslot {slot} node {ids[1]}" for slot in slots])
