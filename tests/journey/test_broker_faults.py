"""Broker and database stopped, killed, paused, restarted under a hub at work: it waits, says so, goes on, and the end is the truth.

Work order, "What it must show", c. Three faults with each store in `make test`; KINHUB_FAULTS=N for N of them.
"""

import random
import subprocess
import threading
import time

import hub
import servers
from faults import FAULTS, SOURCES, AtWork, Input, deadline
from hub import Journey

COUNT = FAULTS or 3
PATIENCE_S = 3  # of the hub with its brokers, so that a pause is longer than it
BOUND_S = 60 * COUNT if FAULTS else 150


class Feeder:
    """Feeds captured files through `kinhub ingest` beside the running hub, all the time; what fails during an outage is fed again,
    and when all is in, some of it comes once more, until enough() was said."""

    def __init__(self, one, given, chance, pieces):
        self.one = one
        self.chance = random.Random(chance.random())
        self.steps = [(source, part) for source in SOURCES for part in given.parts(source, pieces) if part]
        chance.shuffle(self.steps)
        self.fed = self.again = 0
        self.stopping, self.enough_said = threading.Event(), threading.Event()
        self.failure = None
        self.thread = threading.Thread(target=self.feed, daemon=True)
        self.thread.start()

    def feed(self):
        try:
            while not self.stopping.is_set() and not (self.fed >= len(self.steps) and self.enough_said.is_set()):
                step = self.steps[self.fed] if self.fed < len(self.steps) else self.chance.choice(self.steps)
                while not self.stopping.is_set() and not self.once(*step):
                    self.again += 1
                    time.sleep(0.3)
                self.fed += 1
        except Exception as failure:  # shown by the test
            self.failure = failure

    def once(self, source, files):
        try:
            done = subprocess.run(self.one.command("ingest", source, *files), stdin=subprocess.DEVNULL, capture_output=True, timeout=90,
                                  check=False, cwd=self.one.data.parent)
        except subprocess.TimeoutExpired:
            return False
        # 3: could not run. Everything else but success is wrong, whatever is away.
        assert done.returncode in (0, 3), (done.returncode, done.stderr)
        return done.returncode == 0

    def finished(self):
        if self.failure:
            raise self.failure
        return not self.thread.is_alive()

    def gets_in(self, work):
        """Waits until another piece is in, so that no two outages are without work between them."""
        fed = self.fed
        work.wait(lambda: self.fed > fed or self.finished(), "a piece to be in")

    def enough(self):
        self.enough_said.set()

    def close(self):
        self.stopping.set()
        self.thread.join(100)


class BrokerFaults(Journey):

    def begin(self, store):
        number = self.seed()
        self.chance = random.Random(number)
        self.in_time = deadline(BOUND_S)
        broker = servers.Broker()
        self.addCleanup(broker.close)
        broker.start()
        self.servers = {"log": broker}
        if store == "postgres":
            self.servers["store"] = servers.Postgres()
            self.addCleanup(self.servers["store"].close)
            self.servers["store"].start()
        self.input = Input(self.folder / "files", number % 100_000, families=60)
        ground = hub.Ground(log="kafka", store=store, broker=broker, postgres=self.servers.get("store"))
        log = ground.config(self.folder)["log"]
        log["kafka"]["patience_seconds"] = PATIENCE_S
        self.one = self.hub(ground=ground, log=log)
        self.work = AtWork(self.one)
        self.addCleanup(self.work.close)
        self.work.wait(lambda: self.work.figures().get("kinhub_up") == 1, "its first figures")

    def heard(self, which):
        """How often it said that it waits for this, and that it goes on."""
        return (self.work.count(f"waiting for the {which}: "), self.work.count(f"the {which} is back, the hub goes on"))

    def hurt(self, which, how):
        """One outage, from its beginning until the hub has said that it is over."""
        server = self.servers[which]
        before = self.heard(which)
        if how == "restart":
            server.restart()  # may be over before anybody has noticed
        else:
            getattr(server, {"stop": "stop", "kill": "kill", "pause": "pause"}[how])()
            self.work.wait(lambda: self.heard(which)[0] > before[0], f"it to say that it waits for the {which} ({how})")
            time.sleep(self.chance.uniform(0, 3))
            server.resume() if how == "pause" else server.start()
        self.work.wait(lambda: self.heard(which)[0] == self.heard(which)[1], f"it to go on after the {which} ({how})")
        waits, goes_on = (now - then for now, then in zip(self.heard(which), before))
        if how != "restart":
            self.assertEqual((1, 1), (waits, goes_on), f"said once per outage: {how} of the {which}\n{self.work.said()}")

    def through(self, store):
        self.begin(store)
        feeder = Feeder(self.one, self.input, self.chance, pieces=max(4, COUNT // 2))
        self.addCleanup(feeder.close)
        faults = [(which, how) for which in self.servers for how in ("stop", "kill", "pause", "restart")]
        # Every kind before any a second time.
        done = []
        feeder.gets_in(self.work)
        while len(done) < COUNT and self.in_time():
            for fault in self.chance.sample(faults, min(len(faults), COUNT - len(done))):
                began = time.monotonic()
                self.hurt(*fault)
                done.append(fault)
                print(f"{len(done)}: {fault[1]} of the {fault[0]}, {time.monotonic() - began:.1f} s; "
                      f"{feeder.fed} pieces in (of {len(feeder.steps)}), {feeder.again} attempts failed", flush=True)
                feeder.gets_in(self.work)
                if not self.in_time():
                    break
                time.sleep(self.chance.uniform(0, 1))
        self.assertEqual(COUNT, len(done), "the bound on time was reached")
        feeder.enough()
        self.work.wait(feeder.finished, "all pieces to be in")
        self.work.wait(lambda: self.one.ask("balance", "--json").json["in_flight"] == 0, "all to be processed")
        self.work.stop()
        self.one.do("night", "--only", "scan")
        balance = self.assert_closes(self.one)
        self.assertEqual((0, 0), (balance["lost"], balance["repeated"]))
        self.assertEqual(0, self.one.read("status")["notices_waiting"])
        self.assertEqual([], self.input.judge(self.one, self.one.ground.told()))
        print(f"{len(done)} faults, {balance['received']} events, lost 0, doubled 0", flush=True)

    def test_with_sqlite(self):
        self.through("sqlite")

    def test_with_postgres(self):
        self.through("postgres")


if __name__ == "__main__":
    hub.main()
