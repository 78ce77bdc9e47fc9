"""The network between hub and broker is cut and comes back: the hub waits, says so, goes on, and the end is the truth.

Work order, "What it must show", c. Hub and broker each have a network namespace of their own, joined by a pair of virtual links: the test begins itself
again in the hub's. Two cuts in `make test`; KINHUB_FAULTS=N for N of them.
"""

import os
import random
import subprocess
import sys
import time

import hub
import servers
from faults import FAULTS, AtWork, Input, deadline
from hub import Journey
from test_broker_faults import Feeder

COUNT = FAULTS or 2
PATIENCE_S = 3
BOUND_S = 60 * COUNT if FAULTS else 150
INSIDE = "KINHUB_NETWORK_NAMESPACE"
HUB, BROKER = "10.77.0.1", "10.77.0.2"


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, timeout=30)


class NetworkCut(Journey):

    def join(self):
        """Two networks with a link between them. All of it is gone with the processes in it."""
        self.far = servers.fresh_name()
        os.makedirs("/run/netns", exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "kinhub-test", "/run/netns"], check=True)  # seen by this test alone
        ip("netns", "add", self.far)
        self.addCleanup(ip, "netns", "del", self.far)
        ip("link", "add", "hub", "type", "veth", "peer", "name", "broker", "netns", self.far)
        ip("addr", "add", f"{HUB}/24", "dev", "hub")
        ip("-n", self.far, "addr", "add", f"{BROKER}/24", "dev", "broker")
        self.ends = {"hub": [], "broker": ["-n", self.far]}
        for end, where in self.ends.items():
            ip(*where, "link", "set", "lo", "up")
            ip(*where, "link", "set", end, "up")

    def link(self, end, state):
        ip(*self.ends[end], "link", "set", end, state)

    def heard(self):
        return (self.work.count("waiting for the log: "), self.work.count("the log is back, the hub goes on"))

    def cut(self, end):
        before = self.heard()
        self.link(end, "down")
        self.work.wait(lambda: self.heard()[0] > before[0], f"it to say that it waits ({end})")
        time.sleep(self.chance.uniform(0, 5))
        self.link(end, "up")
        self.work.wait(lambda: self.heard()[1] == self.heard()[0], f"it to go on ({end})")
        self.assertEqual((1, 1), tuple(now - then for now, then in zip(self.heard(), before)), self.work.said())

    def test_network_cut(self):
        number = self.seed()
        self.chance = random.Random(number)
        in_time = deadline(BOUND_S)
        self.join()
        broker = servers.Broker(host=BROKER)
        broker.before = ("ip", "netns", "exec", self.far)
        self.addCleanup(broker.close)
        broker.start()
        given = Input(self.folder / "files", number % 100_000, families=60)
        ground = hub.Ground(log="kafka", store="sqlite", broker=broker)
        log = ground.config(self.folder)["log"]
        log["kafka"]["patience_seconds"] = PATIENCE_S
        one = self.hub(ground=ground, log=log)
        self.work = AtWork(one)
        self.addCleanup(self.work.close)
        self.work.wait(lambda: self.work.figures().get("kinhub_up") == 1, "its first figures")
        feeder = Feeder(one, given, self.chance, pieces=max(4, COUNT // 2))
        self.addCleanup(feeder.close)
        feeder.gets_in(self.work)
        for done in range(COUNT):
            self.assertTrue(in_time(), "the bound on time was reached")
            end = ("hub", "broker")[done % 2]
            began = time.monotonic()
            self.cut(end)
            print(f"{done + 1}: cut at the {end}'s end, {time.monotonic() - began:.1f} s; {feeder.fed} pieces in (of {len(feeder.steps)}), "
                  f"{feeder.again} attempts failed", flush=True)
            feeder.gets_in(self.work)
        feeder.enough()
        self.work.wait(feeder.finished, "all pieces to be in")
        self.work.wait(lambda: one.ask("balance", "--json").json["in_flight"] == 0, "all to be processed")
        self.work.stop()
        one.do("night", "--only", "scan")
        balance = self.assert_closes(one)
        self.assertEqual((0, 0), (balance["lost"], balance["repeated"]))
        self.assertEqual([], given.judge(one, one.ground.told()))
        print(f"{COUNT} cuts, {balance['received']} events, lost 0, doubled 0", flush=True)


if __name__ == "__main__":
    if not os.environ.get(INSIDE):
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--net", "--propagation", "private", sys.executable, *sys.argv])
    hub.main()
