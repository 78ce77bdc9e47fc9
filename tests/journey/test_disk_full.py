"""The disk of a hub at work fills up: it waits, says so, goes on when there is room, and the end is the truth.

Work order, "What it must show", c. The data directory (embedded log and SQLite) is a small file system in memory, mounted where only this test sees
it: the test begins itself again in a mount namespace of its own. Two times full in `make test`; KINHUB_FAULTS=N for N times.
"""

import contextlib
import os
import random
import re
import subprocess
import sys
import time

import hub
from faults import FAULTS, AtWork, deadline
from hub import Journey
from live import Agencies, judge

COUNT = FAULTS or 2
SIZE = "96m"
DAYS_PER_S = 1.2 if FAULTS else 8  # events come for as long as all the rounds take, also on a busy machine
BOUND_S = 60 * COUNT if FAULTS else 150
INSIDE = "KINHUB_MOUNT_NAMESPACE"


class DiskFull(Journey):

    def fill(self):
        """Takes all the room there is, in the middle of whatever is being written."""
        with open(self.ballast, "ab", buffering=0) as ballast:
            for size in (1 << 20, 4096, 1):
                with contextlib.suppress(OSError):
                    while True:
                        ballast.write(b"\0" * size)

    def full(self):
        room = os.statvfs(self.one.data)
        return room.f_bavail * room.f_bsize < 4096

    def outages(self):
        """What it waits for, each with how often it said so and how often that it is over."""
        said = self.work.said()
        names = set(re.findall(r"waiting for the ([a-z ]+): ", said))
        return {name: (self.work.count(f"waiting for the {name}: "), self.work.count(f"the {name} is back, the hub goes on")) for name in names}

    def waits_since(self, before, said):
        """Events found no room: the store waits, or already the log takes none, of which the sources speak. There is none either in what the
        hub gives back meanwhile (its write-ahead logs, when they are empty). The file of figures, which is missed by nobody, does not count."""
        self.fill()
        return "log.db cannot grow: the disk is full" in self.work.said()[said:] or any(
            waits > before.get(name, (0, 0))[0] for name, (waits, _) in self.outages().items() if name in ("log", "store"))

    def test_disk_full(self):
        chance = random.Random(self.seed())
        in_time = deadline(BOUND_S)
        data = self.folder / "live"
        data.mkdir(mode=0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "kinhub-test", data], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", data], check=False)
        self.ballast = data / "ballast"
        agencies = Agencies(self.folder, families=300, seed=chance.randrange(1 << 20), speed=DAYS_PER_S)
        self.addCleanup(agencies.stop)
        self.one = hub.Hub(data, ground=self.ground(log="embedded", store="sqlite"), sources=agencies.sources())
        self.work = AtWork(self.one)
        self.addCleanup(self.work.close)
        agencies.wait_for_snapshots(self.one)
        agencies.go()
        for number in range(COUNT):
            self.assertTrue(in_time(), "the bound on time was reached")
            time.sleep(chance.uniform(0.5, 2))
            before, said = self.outages(), len(self.work.said())
            self.assertFalse(agencies.done(), "events come while the disk is full")
            self.work.wait(lambda: self.waits_since(before, said), "it to say that it waits")
            time.sleep(chance.uniform(0.5, 4))
            self.fill()  # what was given back meanwhile
            self.assertTrue(self.full())
            time.sleep(chance.uniform(0.5, 2))
            self.ballast.unlink()
            self.work.wait(lambda: all(waits == over for waits, over in self.outages().values()), "it to go on")
            self.assertIn("full", self.work.said()[said:])
            for name, (waits, _) in self.outages().items():
                print(f"{number + 1}: {name}: said {waits - before.get(name, (0, 0))[0]} times", flush=True)
        agencies.wait_until_quiet(self.one, quiet_s=25)
        self.work.stop()
        self.one.do("night", "--only", "scan")
        self.assertEqual([], judge(agencies.truth(), self.one.leads()))
        balance = self.assert_closes(self.one)
        self.assertEqual((0, 0), (balance["lost"], balance["repeated"]))
        told = [notice["seq"] for notice in self.one.notices()]
        self.assertEqual(list(range(1, len(told) + 1)), told)
        self.assertEqual(0, self.one.read("status")["notices_waiting"])
        print(f"{COUNT} times full, {balance['received']} events, lost 0, doubled 0", flush=True)


if __name__ == "__main__":
    if not os.environ.get(INSIDE):
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv])
    hub.main()
