"""What was cut, made anew or put back from another time stops its source alone, and a person moves it on.

Work order, "What it must show", e. Each way of damage once in `make test`; KINHUB_FAULTS=N takes N of them by chance.
"""

import copy
import random
import shutil
import unittest

import hub
import servers
from faults import FAULTS, SOURCES, AtWork, Input
from hub import Journey

STORES = ("sqlite", "postgres")


class Damage(Journey):

    def begin(self, broker=None, store=None):
        """A hub on Kafka that runs and has processed the first half of every source."""
        self.number = self.seed()
        self.chance = random.Random(self.number)
        self.victim = self.chance.choice(SOURCES)
        self.others = [source for source in SOURCES if source != self.victim]
        store = store or self.chance.choice(STORES)
        print(f"victim {self.victim}, store {store}", flush=True)
        self.input = Input(self.folder / "files", self.number % 100_000, families=40)
        self.halves = {source: self.input.parts(source, 2) for source in SOURCES}
        self.one = self.hub(ground=self.ground(log="kafka", store=store, broker=broker))
        self.topic = self.one.ground.topic(f"events.{self.victim}")
        for source in SOURCES:
            self.one.do("ingest", source, *self.halves[source][0])
        return self.one.ground.broker

    def start(self):
        self.work = AtWork(self.one)
        self.addCleanup(self.work.close)
        self.work.wait(lambda: self.work.figures().get("kinhub_up") == 1 and
                       all(f'kinhub_source_stopped{{source="{source}"}}' in self.work.figures() for source in SOURCES), "the first figures")

    def append_unprocessed(self, *files):
        """Events that are in the log and that the hub has not processed: another hub on the same topics with a store of its own."""
        ground = copy.copy(self.one.ground)
        ground.store, ground.postgres = "sqlite", None
        other = hub.Hub(self.folder_of_a_hub(self.one), hub.TODAY, ground, notices={"file": str(self.folder / "other.jsonl")})
        other.do("ingest", self.victim, *files)

    def stopped_figure(self, source):
        return self.work.figures().get(f'kinhub_source_stopped{{source="{source}"}}')

    def positions(self):
        return {row["source"]: row for row in self.one.ask("source", "positions", "--json").json}

    def assert_stops_alone(self, words):
        """Said by the metric, status, source list and source positions; the other sources go on."""
        self.work.wait(lambda: self.stopped_figure(self.victim) == 1, "the alarm")
        stopped = self.one.read("status")["stopped"]
        self.assertEqual([self.victim], [why.split(":")[0] for why in stopped], stopped)
        for source in self.one.read("source", "list"):
            if source["name"] == self.victim:
                self.assertTrue(source["state"].startswith("stopped:"), source)
                self.assertRegex(source["state"], words)
                self.assertIn(f"kinhub source rewind {self.victim}", source["state"])
            else:
                self.assertNotIn("stopped", source["state"])
        rows = self.positions()
        self.assertEqual(1, self.one.ask("source", "positions").code)
        self.assertEqual({self.victim}, {name for name, row in rows.items() if row["stopped"]})
        before = self.one.balance()
        for source in self.others:
            self.one.do("ingest", source, *self.halves[source][1])
            self.assertEqual(0, self.stopped_figure(source))
        after = self.one.balance()
        for source in self.others:
            self.assertGreater(after["sources"][source]["received"], before["sources"][source]["received"])
            self.assertEqual(0, after["sources"][source]["in_flight"])
        self.assertEqual(before["sources"][self.victim]["applied"], after["sources"][self.victim]["applied"])

    def rewind(self):
        """Shows the plan and changes nothing; then does it, and the source goes on."""
        before = self.one.ground.broker.offsets(self.topic), self.positions(), self.one.balance()
        plan = self.one.do("source", "rewind", self.victim, "--json").json
        self.assertFalse(plan["applied"])
        text = self.one.do("source", "rewind", self.victim).out.decode()
        self.assertIn("nothing was changed", text)
        self.assertEqual(before, (self.one.ground.broker.offsets(self.topic), self.positions(), self.one.balance()))
        self.assertEqual(1, self.stopped_figure(self.victim))
        done = self.one.do("source", "rewind", self.victim, "--apply", "--json").json
        self.assertTrue(done["applied"])
        self.assertEqual({**plan, "applied": True}, done)
        self.work.wait(lambda: self.stopped_figure(self.victim) == 0, "the alarm to end")
        return done

    def finish(self, lost, repeated):
        """The agency is asked again; in the end everything is true, and told once."""
        self.one.do("ingest", self.victim, *self.halves[self.victim][0])
        self.one.do("ingest", self.victim, *self.halves[self.victim][1])
        self.assertEqual(0, self.stopped_figure(self.victim))
        self.assertEqual([], [row for row in self.positions().values() if row["stopped"] or row["waiting"]])
        self.work.stop()
        self.one.do("night", "--only", "scan")
        balance = self.one.do("balance", "--json").json
        self.assertEqual((lost, repeated), (balance["lost"], balance["repeated"]), balance)
        for name, counts in [("all", balance), *balance["sources"].items()]:
            self.assertEqual((0, 0), (counts["residue"], counts["in_flight"]), f"{name}: {balance}")
            self.assertEqual(counts["received"] + counts["repeated"],
                             sum(counts[part] for part in ("applied", "filtered", "duplicate", "quarantined", "lost")), f"{name}: {balance}")
            if name not in ("all", self.victim):
                self.assertEqual((0, 0), (counts["lost"], counts["repeated"]), name)
        self.assertEqual([], self.input.judge(self.one, self.one.ground.told()))

    def test_cut_beyond_the_stored_position(self):
        broker = self.begin()
        at = self.positions()[self.victim]["processed"]
        self.append_unprocessed(*self.halves[self.victim][1])
        end = self.positions()[self.victim]["end"]
        self.assertGreater(end, at)
        first, after = broker.offsets(self.topic)
        # The transactions' own marks take offsets too: cut somewhere among what was not processed.
        kept = [offset for offset, key, value in broker.read(self.topic)][at:]
        broker.delete_records(self.topic, before=self.chance.choice(kept[1:] + [after]))
        left = len(broker.read(self.topic))
        self.start()
        self.assert_stops_alone("no longer in it")
        done = self.rewind()
        self.assertEqual((at, end - left, end - left - at, 0), (done["from"], done["to"], done["lost"], done["repeated"]))
        self.finish(lost=done["lost"], repeated=0)

    def test_made_anew(self):
        broker = self.begin()
        self.start()
        broker.recreate_topic(self.topic, cleanup_policy="delete", retention_ms=100 * 86_400_000, max_message_bytes=16 << 20)
        self.assert_stops_alone("made anew")
        done = self.rewind()
        self.finish(lost=done["lost"], repeated=done["repeated"])

    def test_gone(self):
        broker = self.begin()
        self.start()
        broker.delete_topic(self.topic)
        self.work.wait(lambda: self.stopped_figure(self.victim) == 1, "the alarm")
        self.assertEqual({0}, {self.stopped_figure(source) for source in self.others})
        # Commands say what is missing and what makes it, and work for the others, as does a hub that starts without it.
        self.assertIn("kinhub topics apply", self.positions()[self.victim]["stopped"])
        self.assertIn(b"kinhub topics apply", self.one.ask("source", "rewind", self.victim).err)
        self.work.stop()
        self.start()
        other = self.others[0]
        self.one.do("ingest", other, *self.halves[other][0])
        self.work.wait(lambda: self.stopped_figure(self.victim) == 1, "the alarm of a hub that starts without it")
        # What it then is, is a topic made anew.
        self.one.do("topics", "apply")
        self.assert_stops_alone("gone|made anew")
        done = self.rewind()
        self.finish(lost=done["lost"], repeated=done["repeated"])

    def test_beyond_the_end(self):
        """The broker comes back with what it held some time ago; the store does not."""
        broker = servers.Broker()
        self.addCleanup(broker.close)
        broker.start()
        self.begin(broker=broker)
        kept = self.positions()[self.victim]["processed"]
        broker.stop()
        shutil.copytree(broker.folder, self.folder / "older", symlinks=True)
        broker.start()
        self.one.do("ingest", self.victim, *self.halves[self.victim][1])
        at = self.positions()[self.victim]["processed"]
        self.assertGreater(at, kept)
        broker.stop()
        self.put_back(broker)
        broker.start()
        self.start()
        self.assert_stops_alone("processed")
        done = self.rewind()
        self.assertEqual((at, kept, at - kept, 0), (done["from"], done["to"], done["repeated"], done["lost"]))
        self.finish(lost=0, repeated=at - kept)

    def put_back(self, broker):
        for path in broker.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        shutil.copytree(self.folder / "older", broker.folder, symlinks=True, dirs_exist_ok=True)


WAYS = [name for name in dir(Damage) if name.startswith("test_")]


def load_tests(loader, tests, _pattern):
    """Each way once, or as many as asked for."""
    if not FAULTS:
        return tests
    return unittest.TestSuite(Damage(WAYS[number % len(WAYS)]) for number in range(FAULTS))


if __name__ == "__main__":
    hub.main()
