"""The kill matrix: the hub is killed at every step, and the hub, the broker and the database at random moments; the reference
model judges what is left: lost 0, doubled 0, order kept. The work is `kinhub ingest` of files that the hub was never given before, for what
comes again is a repetition and would hide a loss: only such kills count. And `kinhub run` beside simulated agencies
on their own protocols, where any process may be the next: the hub, a connector's process, the broker, the database. That one is judged
by what the agencies know to be true.

    kill_matrix.py [--pairs embedded-sqlite,kafka-postgres,...] [--each N] [--together] [--random N] [--live N] [--minutes M] [--table FILE]

Needs a build with failpoints for the steps (KINHUB_FAILPOINT), and docker/kafka-local and docker/postgres-local for their
pairs: it starts servers of its own, because it kills them. Without --minutes it goes to the end; with it, what was not reached
is said and written into the table. Exit 0: nothing lost or doubled.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "reference"))
import hub  # noqa: E402
import live  # noqa: E402
import reference  # noqa: E402
import servers  # noqa: E402

PAIRS = [(log, store) for log in ("embedded", "kafka") for store in ("sqlite", "postgres")]
# Steps that only a hub on Kafka passes, whose notices go there too. All others are passed everywhere.
ONLY_KAFKA = ("relay.begun", "relay.produced", "relay.committed")
ATTEMPTS = 40
PARTS = 6  # of each source's files: what is fed at once
# Of `kinhub run`, the kills of one population, and the days of it that pass between two, about.
LIVE_KILLS, LIVE_DAYS = 25, 100
LIVE_WEIGHTS = {"hub": 3, "connector": 4, "broker": 1, "database": 2}
# Their first populations with live agencies were once judged wrongly: police with nothing to tell for longer than the limit of silence;
# the disputed death of a disabled child. Without live rows one is enough.
SEEDS = (328254080, 3)


class Bench:
    """One pair of log and store, and files of simulated agencies to feed it with."""

    def __init__(self, folder, log, store, chance):
        self.folder, self.chance = folder / f"{log}-{store}", chance
        self.folder.mkdir()
        self.broker = servers.Broker().start() if log == "kafka" else None
        self.postgres = servers.Postgres().start() if store == "postgres" else None
        self.log, self.store = log, store
        self.hubs = 0

    def close(self):
        for server in (self.broker, self.postgres):
            if server:
                server.close()

    def names(self):
        """What may be killed here, beside the hub."""
        return ["hub", *(["broker"] if self.broker else []), *(["database"] if self.postgres else [])]

    def population(self, families):
        """Files of families of whom somebody has a right: of a dozen, now and then nobody has, and that would prove nothing."""
        while True:
            number = self.chance.randrange(1 << 20)
            folder = self.folder / f"files-{number}"
            subprocess.run([hub.AGENCIES, "files", "--data", folder, "--seed", str(number), "--families", str(families), "--days", "200",
                            "--today", hub.TODAY, "--with-snapshot"], check=True, stdout=subprocess.DEVNULL)
            if json.loads((folder / "truth.json").read_text(encoding="utf-8"))["entitled"]:
                return folder
            shutil.rmtree(folder)

    def live_population(self, families, speed):
        """The same of agencies that serve, and the folder they are in."""
        while True:
            folder = pathlib.Path(tempfile.mkdtemp(prefix="live-", dir=self.folder))
            agencies = live.Agencies(folder, families, seed=self.chance.randrange(1 << 20), speed=speed)
            try:
                if agencies.truth()["entitled"]:
                    return folder, agencies
            except BaseException:
                agencies.stop()
                raise
            agencies.stop()

    def new_hub(self):
        self.hubs += 1
        data = self.folder / f"hub-{self.hubs}"
        data.mkdir()
        return hub.Hub(data, ground=hub.Ground(self.log, self.store, self.broker, self.postgres), lease_seconds="2")


class Round:
    """One hub is fed with one population, part after part, while kills happen, then finished in peace and judged."""

    def __init__(self, bench, families):
        self.bench, self.chance = bench, bench.chance
        self.files = bench.population(families)
        self.news = {source: self.parts(source) for source in reference.SOURCES}
        self.hub, self.faults = bench.new_hub(), []

    def parts(self, source):
        """Its files in their order, the snapshot first."""
        place = self.files / source
        every = sorted((path for path in place.rglob("*") if path.is_file()), key=lambda path: (path.parent == place, path))
        count = min(PARTS, len(every))
        return collections.deque(every[len(every) * i // count:len(every) * (i + 1) // count] for i in range(count))

    def feed(self, **kill):
        """The next part of a source: True if something was killed while the hub read it for the first time. Perhaps it dies once more on it;
        then it is fed in peace."""
        source = self.chance.choice([source for source, parts in self.news.items() if parts])
        part = self.news[source].popleft()
        killed = self.run(source, part, **kill)
        if killed:
            if self.chance.random() < 0.3:
                self.run(source, part, **kill)
            self.hub.do("ingest", source, *part)
        return killed

    def all_fed(self):
        return not any(self.news.values())

    def run(self, source, part, environment=None, after=None, victim="hub"):
        """Ingests files; True if something was killed: the hub by a failpoint, or `victim` after so many seconds."""
        process = subprocess.Popen(self.hub.command("ingest", source, *part), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, start_new_session=True, env={**os.environ, **(environment or {})})
        try:
            if after is None:
                _, words = process.communicate(timeout=hub.PATIENCE)
                return process.returncode == -signal.SIGKILL or self.ended_well(process, words)
            try:
                _, words = process.communicate(timeout=after)
                return self.ended_well(process, words)
            except subprocess.TimeoutExpired:
                pass
            return self.kill(process, victim)
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def ended_well(self, process, words):
        """False, because nothing was killed."""
        if process.returncode != 0:
            self.faults.append(f"nothing was killed, and ingest ended with {process.returncode}: {words[-500:]}")
        return False

    def kill(self, process, victim):
        if victim == "hub":
            process.kill()
            return True
        server = self.bench.broker if victim == "broker" else self.bench.postgres
        server.kill()
        time.sleep(self.chance.uniform(0, 0.5))
        server.start()
        try:  # the hub waits and goes on, or says what it lacks; what it leaves is fed again below
            process.communicate(timeout=hub.PATIENCE)
        except subprocess.TimeoutExpired as why:
            raise AssertionError(f"the hub hangs after the {victim} was killed and came back") from why
        return True

    def finish(self):
        """In peace now: everything that was sent, once more; then every difference from what must be."""
        for source in reference.SOURCES:
            self.hub.do("ingest", source, self.files / source)
        found = self.faults + reference.check(self.hub, self.files, repeated=True, people=5, chance=self.chance)
        if self.hub.ground.log == "kafka":
            found += [f"in Kafka: {difference}" for difference in reference.judge_stream(self.hub.ground.told(), self.hub.leads())]
        self.hub.ground.clear()
        return found


class LiveRound:
    """`kinhub run` and the simulated agencies; this is the service manager that starts it again after a kill, and only then."""

    def __init__(self, bench, kills, families):
        self.bench, self.chance = bench, bench.chance
        folder, self.agencies = bench.live_population(families, LIVE_DAYS / kills)
        self.words = folder / "hub.log"
        self.running, self.faults = None, []
        try:
            self.ground = hub.Ground(bench.log, bench.store, bench.broker, bench.postgres)
            self.hub = self.agencies.hub(self.ground, lease_seconds="2")
            self.running = self.agencies.start_hub(self.hub)
        except BaseException:
            self.close()
            raise

    def close(self):
        self.agencies.stop()
        if self.running and self.running.poll() is None:
            self.running.kill()
            self.running.wait()

    def fault(self, text):
        self.faults.append(text)

    def still_there(self):
        """A hub that ends by itself, whatever its broker and database do, is a fault; it is started again to go on."""
        if self.running.poll() is not None:
            words = self.words.read_text(encoding="utf-8", errors="replace")[-1500:]
            self.fault(f"the hub ended by itself with {self.running.returncode}: {words}")
            self.running = self.agencies.start_hub(self.hub)

    def kill(self, victim):
        """True: it is dead; what it was comes back."""
        if victim == "hub":
            self.still_there()
            leader = self.running.pid
            self.running.kill()
            self.running.wait()
            self.running = self.agencies.start_hub(self.hub)
            try:
                live.wait(lambda: not live.alive_in_session(leader), "the connectors to end with their hub", 20)
            except AssertionError as late:
                self.fault(str(late))
            return True
        if victim == "connector":
            children = [process for process in live.alive_in_session(self.running.pid) if process != self.running.pid]
            if not children:
                return False
            try:
                os.kill(self.chance.choice(children), signal.SIGKILL)
            except ProcessLookupError:
                return False
            return True
        server = self.bench.broker if victim == "broker" else self.bench.postgres
        server.kill()
        time.sleep(self.chance.uniform(0, 1))
        server.start()
        return True

    def play(self, count):
        """Kills until `count` or the agencies have said all; the first ones while the snapshots are read."""
        victims, kills = [name for name in LIVE_WEIGHTS if name == "connector" or name in self.bench.names()], collections.Counter()
        early = self.chance.randrange(4)
        while sum(kills.values()) < count:
            if sum(kills.values()) >= early and not self.agencies.go_file.exists():
                self.agencies.wait_for_snapshots(self.hub)
                self.agencies.go()
            if self.agencies.done():
                break
            time.sleep(self.chance.uniform(0, 2))
            victim = self.chance.choices(victims, [LIVE_WEIGHTS[name] for name in victims])[0]
            kills[victim] += self.kill(victim)
            self.still_there()
        return kills

    def finish(self):
        """In peace now; then every difference from what must be."""
        self.agencies.wait_until_quiet(self.hub, quiet_s=10)  # a source may rest for seconds after a kill
        self.still_there()
        self.running.send_signal(signal.SIGTERM)
        if (code := self.running.wait(60)) != 0:
            self.fault(f"asked to stop, the hub ended with {code}")
        self.hub.do("night", "--only", "scan")
        leads = self.hub.leads()
        truth = self.agencies.truth()
        found = self.faults + [f"beside the truth: {difference}" for difference in live.judge(truth, leads)]
        if not leads:
            found.append("there are no leads: this proves nothing")
        found += [f"in the file: {difference}" for difference in reference.judge_stream(reference.as_a_reader(self.hub.notices()), leads)]
        if self.ground.log == "kafka":
            found += [f"in Kafka: {difference}" for difference in reference.judge_stream(self.ground.told(), leads)]
        balance = self.hub.balance()
        accounted = sum(balance[part] for part in ("applied", "filtered", "duplicate"))
        if balance["residue"] or balance["in_flight"] or balance["received"] != accounted:
            found.append(f"the balance does not close, or something is set aside: {balance}")
        self.ground.clear()
        return found


class Table:
    """Rows of what was killed how often, and what was found."""

    def __init__(self):
        self.rows, self.faults = [], []

    def add(self, pair, step, kills, wanted, faults):
        self.rows.append((pair, step, kills, wanted, faults))
        self.faults += [f"{pair} {step}: {fault}" for fault in faults]
        print(f"{pair:18} {step:18} kills {kills:3} of {wanted:3}  {'differences: ' + str(len(faults)) if faults else 'as it must be'}", flush=True)
        for fault in faults[:10]:
            print(f"    {fault}", flush=True)

    def markdown(self, seed):
        lines = ["| log, store | killed at | kills | wanted | lost or doubled |", "|---|---|---|---|---|"]
        lines += [f"| {pair} | {step} | {kills} | {wanted} | {len(faults)} |" for pair, step, kills, wanted, faults in self.rows]
        total = sum(row[2] for row in self.rows)
        return "\n".join([*lines, "", f"{total} kills, {len(self.faults)} differences from the reference model; KINHUB_SEED={seed}.", ""])


def failpoints():
    """The steps this build can be told to die at; none in a build without failpoints."""
    done = subprocess.run([hub.KINHUB, "failpoints"], capture_output=True, text=True, check=False)
    steps = done.stdout.split() if done.returncode == 0 else []
    return [step for step in steps if not step.startswith("reconcile.")]  # test_reconcile.py goes through these


def steps_round(bench, steps, each, families):
    """`each` deaths of a hub at each of the steps, after random passes. When all is fed it is judged, and a new population has news."""
    one, total, found = Round(bench, families), 0, []
    for step in steps:
        kills, attempts, missed = 0, 0, False
        while kills < each and attempts < ATTEMPTS + 6 * each:
            if one.all_fed():
                found += one.finish()
                one = Round(bench, families)
            attempts += 1
            # Within the passes that a run really makes: after a miss, at the first of them.
            killed = one.feed(environment={"KINHUB_FAILPOINT": f"{step}:{one.chance.randrange(1 if missed else 3)}"})
            kills, missed = kills + killed, not killed
        if kills < each:
            print(f"{'':18} {step}: {kills} kills of {each} in {attempts} runs", flush=True)
        total += kills
    return total, found + one.finish()


def random_round(bench, victim, count, families):
    one, kills, attempts, span, found = Round(bench, families), 0, 0, 1.5, []
    while kills < count and attempts < 10 * count + ATTEMPTS:
        if one.all_fed():
            found += one.finish()
            one = Round(bench, families)
        attempts += 1
        if one.feed(after=one.chance.uniform(0, span), victim=victim):
            kills += 1
        else:
            span = max(0.15, span * 0.8)
    return kills, found + one.finish()


def live_round(bench, name, count, families):
    """Populations until `count` kills are reached; each is judged."""
    kills, found, barren = collections.Counter(), [], 0
    while sum(kills.values()) < count and barren < 3 and not found:
        wanted = min(LIVE_KILLS, count - sum(kills.values()))
        one = LiveRound(bench, wanted, families)
        try:
            got = one.play(wanted)
            kills += got
            barren = 0 if got else barren + 1
            one.agencies.go()
            found += one.finish()
        except AssertionError as why:
            words = one.words.read_text(encoding="utf-8", errors="replace")[-3000:]
            found += [*one.faults, f"{why}; the hub's last words: {words}"]
        finally:
            one.close()
    print(f"{'':18} {name}: {', '.join(f'{victim} {number}' for victim, number in sorted(kills.items()))}", flush=True)
    return sum(kills.values()), found


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", default=",".join(f"{log}-{store}" for log, store in PAIRS), metavar="LOG-STORE,...")
    parser.add_argument("--each", type=int, default=20, metavar="N", help="kills at each step of each pair (20)")
    parser.add_argument("--together", action="store_true", help="all steps of a pair at one hub, judged once: for a short run")
    parser.add_argument("--random", type=int, default=500, metavar="N", help="kills at random moments, over all pairs and processes (500)")
    parser.add_argument("--live", type=int, default=200, metavar="N", help="kills at random moments of kinhub run, over all pairs (200)")
    parser.add_argument("--minutes", type=float, metavar="M", help="no new row after so long")
    parser.add_argument("--families", type=int, default=40, metavar="N")
    parser.add_argument("--table", metavar="FILE", help="writes the table there")
    given = parser.parse_args(arguments)
    return max(matrix(given, seed) for seed in hub.seeds(SEEDS if given.live else SEEDS[:1]))


def matrix(given, seed):
    """All rows for one seed. The exit code: 0 when nothing was lost or doubled."""
    print(f"KINHUB_SEED={seed}", flush=True)
    chance, table, begin = random.Random(seed), Table(), time.monotonic()
    pairs = [tuple(pair.split("-")) for pair in given.pairs.split(",")]
    steps, skipped = failpoints(), []
    if not steps and given.each:
        print("this build has no failpoints: only random kills", flush=True)

    folder = pathlib.Path(tempfile.mkdtemp(prefix="kinhub-kill-"))
    try:
        for number, (log, store) in enumerate(pairs):
            pair, bench = f"{log}, {store}", Bench(folder, log, store, chance)
            try:
                mine = [step for step in steps if log == "kafka" or step not in ONLY_KAFKA] if given.each else []
                rows = [([step], given.each, steps_round) for step in mine]
                if given.together and mine:
                    mine.reverse()  # the last steps need news, the first ones are passed by what comes again, too
                    rows = [(mine, given.each * len(mine), lambda bench, steps, _, families: steps_round(bench, steps, given.each, families))]
                victims = bench.names()
                share = -(-given.random // (len(pairs) * len(victims)))  # rounded up
                if share:
                    rows += [(victim, share, random_round) for victim in victims]
                if given.live // len(pairs):  # first, so that a bound on time leaves some of each kind
                    rows.insert(0, ("run, any process", given.live // len(pairs), live_round))
                # A pair may take its share of what is left of the time, so that a slow one does not starve those after it.
                end = None if given.minutes is None else time.monotonic() + (60 * given.minutes - (time.monotonic() - begin)) / (len(pairs) - number)
                for step, wanted, play in rows:
                    name = step if isinstance(step, str) else step[0] if len(step) == 1 else f"{len(step)} steps"
                    name = f"random: {name}" if play is random_round else name
                    if end is not None and time.monotonic() > end:
                        skipped.append(f"{pair} {name}")
                        continue
                    table.add(pair, name, *((got := play(bench, step, wanted, given.families))[0], wanted, got[1]))
            finally:
                bench.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if skipped:
        print(f"not reached within {given.minutes:g} minutes: {len(skipped)}: {', '.join(skipped)}", flush=True)
    text = table.markdown(seed) + (f"\nNot reached within {given.minutes:g} minutes: {', '.join(skipped)}.\n" if skipped else "")
    if given.table:
        pathlib.Path(given.table).write_text(text, encoding="utf-8")
    short = [f"{row[0]} {row[1]}: {row[2]} kills of {row[3]}" for row in table.rows if row[2] < row[3]]
    for line in short:
        print(f"fewer kills than wanted: {line}", flush=True)
    print(f"{sum(row[2] for row in table.rows)} kills in {time.monotonic() - begin:.0f} s, {len(table.faults)} differences", flush=True)
    return 1 if table.faults or short else 0


if __name__ == "__main__":
    sys.exit(main())
