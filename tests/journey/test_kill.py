"""kill -9 at any moment loses nothing and doubles nothing.

Work order, "What it must show", e. KINHUB_KILLS=200 runs the full matrix; without it 25 kills.
"""

import json
import os
import random
import signal
import subprocess
import time
import unittest

import hub
from hub import Journey
from live import Agencies, alive_in_session, judge

EVENTS = 50_000
KILLS = int(os.environ.get("KINHUB_KILLS", "25"))
STEPS = 20
SOURCES = ("public-security", "civil-affairs", "medical-insurance", "hospital-his")


def timeless(notice):
    return {field: value for field, value in notice.items() if field != "time"}


def without_times(value):
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items() if k not in ("received_at", "sequence", "opened_at", "not_before")}
    if isinstance(value, list):
        return [without_times(item) for item in value]
    return value


class KillIngest(Journey):
    """e: kill -9 at random moments of a 50,000-event run; record, leads and notices equal an undisturbed run's."""

    def steps(self, chance):
        """The agencies' files in twenty steps, each of one source, in random order."""
        made = subprocess.run([hub.AGENCIES, "files", "--data", self.folder / "agencies", "--seed", str(chance.randrange(1 << 30)),
                               "--families", "100000", "--events", str(EVENTS), "--today", hub.TODAY],
                              check=True, capture_output=True)
        events = json.loads(made.stdout)["events"]
        self.assertGreater(events, 0.9 * EVENTS)
        steps = []
        for source in SOURCES:
            files = sorted(path for path in (self.folder / "agencies" / source).rglob("*") if path.is_file())
            per_source = STEPS // len(SOURCES)
            for number in range(per_source):
                part = files[number::per_source]
                if part:
                    steps.append((source, part))
        chance.shuffle(steps)
        return events, steps

    def killed_ingest(self, one, source, files, after):
        """Starts an ingest and kills it after so many seconds. True: it was still at work."""
        process = subprocess.Popen(one.command("ingest", source, *files), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, start_new_session=True)
        try:
            _, err = process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            self.sessions.append(process.pid)
            return True
        self.assertEqual(0, process.returncode, err.decode("utf-8", "replace"))
        return False

    def test_kill_at_random_moments(self):
        chance = random.Random(self.seed())
        self.sessions = []
        events, steps = self.steps(chance)
        whole, killed = self.hub(), None
        killed = self.hub(like=whole)
        started = time.monotonic()
        took = []
        for source, files in steps:
            begin = time.monotonic()
            whole.do("ingest", source, *files)
            took.append(time.monotonic() - begin)
        undisturbed = time.monotonic() - started
        kills = 0
        for number, (source, files) in enumerate(steps):
            wanted = KILLS * (number + 1) // len(steps)
            attempts = 0
            while kills < wanted and attempts < 20 * KILLS:
                attempts += 1
                # The whole of a run, its start and its end included; what is in the log from before lengthens it.
                kills += self.killed_ingest(killed, source, files, chance.uniform(0, took[number] * 1.1))
            killed.do("ingest", source, *files)
        print(f"{events} events, undisturbed {undisturbed:.1f} s; {kills} kills, {time.monotonic() - started - undisturbed:.1f} s", flush=True)
        self.assertEqual(KILLS, kills)
        self.compare(whole, killed, chance)
        for leader in self.sessions:
            self.assertEqual([], alive_in_session(leader), "a connector outlived its hub")

    def compare(self, whole, killed, chance):
        wanted, got = self.assert_closes(whole), self.assert_closes(killed)
        self.assertEqual(0, got["quarantined"])
        self.assertEqual({name: counts["applied"] for name, counts in wanted["sources"].items()},
                         {name: counts["applied"] for name, counts in got["sources"].items()}, "each applied once")
        leads = whole.leads()
        self.assertGreater(len(leads), 1000)
        self.assertEqual(without_times(leads), without_times(killed.leads()))
        told = killed.notices()
        self.assertEqual(list(range(1, len(told) + 1)), [notice["seq"] for notice in told], "no notice lost or doubled")
        self.assertEqual(len({notice["id"] for notice in told}), len(told))
        self.assertEqual([timeless(notice) for notice in whole.notices()], [timeless(notice) for notice in told])
        last = {notice["data"]["lead"]: notice["data"] for notice in told}
        self.assertEqual({lead["id"]: (lead["kind"], lead["state"], lead["from"], lead["until"]) for lead in leads},
                         {lead: (data["kind"], data["state"], data["from"], data["until"]) for lead, data in last.items()})
        people = sorted({lead["person"]["citizen_id"] for lead in leads})
        for person in chance.sample(people, 100):
            self.assertEqual(without_times(whole.read("family", "--of", person)), without_times(killed.read("family", "--of", person)))
        whole_status, killed_status = (one.read("status") for one in (whole, killed))
        for count in ("persons", "facts", "open_leads", "notices"):
            self.assertEqual(whole_status[count], killed_status[count], count)
        self.assertEqual(0, killed_status["notices_waiting"])


class KillRun(Journey):
    """e, live: the hub is killed while four agencies speak to it over their own protocols; the end is the truth."""

    def test_kill_the_running_hub(self):
        chance = random.Random(self.seed())
        agencies = Agencies(self.folder, families=150, seed=1, speed=30)
        self.addCleanup(agencies.stop)
        one = agencies.hub(self.ground())
        running = agencies.start_hub(one)
        kills = 0
        agencies.wait_for_snapshots(one)
        agencies.go()
        while not agencies.done() and kills < 8:
            time.sleep(chance.uniform(0.1, 1.5))
            running.kill()
            running.wait()
            kills += 1
            running = agencies.start_hub(one)
        agencies.wait_until_quiet(one)
        running.send_signal(signal.SIGTERM)
        self.assertEqual(0, running.wait(60))
        print(f"{kills} kills", flush=True)
        self.assertGreaterEqual(kills, 3)
        one.do("night", "--only", "scan")
        self.assertEqual([], judge(agencies.truth(), one.leads()))
        self.assert_closes(one)
        told = one.notices()
        self.assertEqual(list(range(1, len(told) + 1)), [notice["seq"] for notice in told])


if __name__ == "__main__":
    hub.main()
