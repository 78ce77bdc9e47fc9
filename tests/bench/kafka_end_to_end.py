#!/usr/bin/env python3
"""What the hub does on a real broker and on two stores: events per second, what exactly once costs, and how late a notice is.

usage: kafka_end_to_end.py BUILD_DIRECTORY [PART...]     PART: throughput, latency, peer; all when none is named
  KINHUB_BENCH_EVENTS   events of the throughput runs, default 200000
  KINHUB_BENCH_ROUNDS   how often each way of publishing takes its turn, default 2
  KINHUB_BENCH_STORES   default "sqlite postgresql"
  KINHUB_BENCH_RATE     events/s of "that load", default half of what is asked of this store: 10000 SQLite, 5000 PostgreSQL
  KINHUB_BENCH_FAMILIES families of "known people", default 20000
  KINHUB_BENCH_KNOWN    events/s of "known people", default 6000 SQLite, 5000 PostgreSQL

Numbers are for people: nothing is asserted but that every event was processed and every notice published. CPU is CPU seconds
for a million events, read from /proc, for hub, broker and database each. Servers run already when a clock starts, and a
small run before warms them up; the start of the hub's own process is always counted.

throughput
  files         agency files of all four sources -> Kafka -> record -> notices, with `kinhub ingest`: until it has returned,
                which it does when all is processed and the last notice is in its topic. Source after source, so events come
                one kind at a time and change leads often: there are many notices. The ways of publishing take turns (A B A B).
  running hub   files of the folder sources (police, insurance, certificates of death), all there when `kinhub run` starts, with a process
                for each connector: until all is processed and no notice waits, as `balance` and `status` say, asked in turn
                (that is counted, too). Exactly once.
  full log      the same events of all sources, appended before, on an empty store: `kinhub ingest` of an empty folder processes what
                waits, of all sources. This is the hub alone. In large batches leads change less often: fewer notices. In turns, too.
                Beside each comparison stands the spread, (max - min) / mean, of each way's times.

latency         From an event in Kafka to its notice in Kafka, while a hub runs and agencies' files drop into its inboxes at a steady rate,
                in the order of their times. Two feeds:
                that load     the files of the throughput run at half of what is asked of the store there: those of police, insurance and
                              hospital (certificates of death). Civil affairs are asked over HTTP and HL7 comes over MLLP, each at
                              its own pace: left out.
                known people  four years of the police, who change rights with nearly every record, over the register of a population
                              that was taken before (its snapshots). This is more work for each event.
                An event's time is its timestamp in <prefix>.events.<source>, a notice's the one in <prefix>.notices; both
                topics have LogAppendTime, so both are the broker's clock, the first before its transaction is committed. Since the
                second is, too, there is another row: when a reader of committed messages had the notice in its hands.
                Counted is the first notice that opens a death benefit's lead, when its right begins on the day of a child's death that
                the police told before anybody else: their record names the parents, so it is the cause. Where in rare cases some
                later record was, the figure is too large, never too small. The first fifth of the feed is warm-up and not counted.

peer            kcat (librdkafka) writes the same bytes as messages of the mean size and reads them back.
"""
import collections, json, os, pathlib, re, resource, shutil, statistics, subprocess, sys, tempfile, threading, time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "journey"))
import servers

SOURCES = ("public-security", "civil-affairs", "medical-insurance", "hospital-his")
WAYS = ("exactly-once", "at-least-once", "file")
TODAY = "2026-11-30"
TICKS = os.sysconf("SC_CLK_TCK")
EVENTS = os.environ.get("KINHUB_BENCH_EVENTS", "200000")
ROUNDS = int(os.environ.get("KINHUB_BENCH_ROUNDS", "2"))
STORES = os.environ.get("KINHUB_BENCH_STORES", "sqlite postgresql").split()
THAT_LOAD, KNOWN_PEOPLE = "that load", "known people"
RATES = {THAT_LOAD: {"sqlite": 10000, "postgresql": 5000}, KNOWN_PEOPLE: {"sqlite": 6000, "postgresql": 5000}}
ASKED_RATES = {THAT_LOAD: os.environ.get("KINHUB_BENCH_RATE"), KNOWN_PEOPLE: os.environ.get("KINHUB_BENCH_KNOWN")}
FAMILIES = os.environ.get("KINHUB_BENCH_FAMILIES", "20000")


def cpu_of(folder):
    """CPU seconds of all living processes whose command line or working folder speaks of this folder, of their children, and of those of
    them that ended."""
    spent, parents, named = {}, {}, set()
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            where = (entry / "cmdline").read_bytes().decode(errors="replace") + " " + os.readlink(entry / "cwd")
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it ended meanwhile
        spent[entry.name], parents[entry.name] = sum(map(int, fields[11:15])) / TICKS, fields[1]
        if str(folder) in where:
            named.add(entry.name)
    return sum(seconds for process, seconds in spent.items() if process in named or parents[process] in named)


def children_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Meter:
    """Wall time and CPU seconds, by who, of what is done in its `with`: `who` are the commands called there, if no place says where it is."""

    def __init__(self, who, **places):
        self.who, self.places = who, places

    def __enter__(self):
        self.before = {who: cpu_of(folder) for who, folder in self.places.items()}
        self.own, self.start = children_cpu(), time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self.start
        self.cpu = {self.who: children_cpu() - self.own}
        self.cpu.update({who: cpu_of(folder) - self.before[who] for who, folder in self.places.items()})

    def per_million(self, events):
        parts = {**self.cpu, "sum": sum(self.cpu.values())}
        return " ".join(f"{who} {spent / events * 1e6:.1f}" for who, spent in parts.items())


def line(store, what, way, events, meter, more=""):
    print(f"{store:11} {what:9} {way:14} {events:8} {meter.seconds:7.1f} {events / meter.seconds:9.0f}   {meter.per_million(events)}{more}",
          flush=True)


class Ground:
    """One hub on a broker and a store."""

    def __init__(self, build, folder, broker, database, sources=None):
        self.kinhub, self.broker, self.database, self.sources = str(build / "bin/kinhub"), broker, database, sources
        self.prefix = servers.fresh_name()
        self.data, self.config = folder / self.prefix, folder / (self.prefix + ".json")
        self.empty = folder / "empty"
        self.empty.mkdir(exist_ok=True)
        self.publish(WAYS[0])
        self.do("topics", "apply")

    def publish(self, way):
        config = {"data": str(self.data), **({} if way == "file" else {"notices": {"kafka": way}}),
                  "log": {"kafka": {"brokers": self.broker.address, "prefix": self.prefix, "replication": "1"}}}
        if self.database:
            os.environ["KINHUB_BENCH_PASSWORD"] = self.database.password
            config["store"] = {"postgresql": {"connection": self.database.connection, "schema": self.prefix,
                                              "password": {"env": "KINHUB_BENCH_PASSWORD"}}}
        if self.sources:
            config["sources"] = self.sources
        self.config.write_text(json.dumps(config))

    def meter(self, **more):
        return Meter("hub", **more, broker=self.broker.folder, **({"database": self.database.folder} if self.database else {}))

    def command(self, *words):
        return [self.kinhub, *words, "--config", str(self.config), "--json", "--today", TODAY]

    def do(self, *words):
        done = subprocess.run(self.command(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            sys.exit(f"{' '.join(words)}: exit {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout)

    def take_in(self, files, names=SOURCES, inside="."):
        """Files through Kafka until all they changed is published; the number of events."""
        events = 0
        for source in names:
            taken = self.do("ingest", source, str(files / source / inside))
            events += taken["events"]
        return self.settled(taken, events)

    def drain(self):
        """What waits in the log; the number of events."""
        taken = self.do("ingest", SOURCES[0], str(self.empty))
        return self.settled(taken, taken["balance"]["received"])

    def settled(self, taken, events):
        balance = taken["balance"]
        if balance["in_flight"] or balance["residue"] or balance["received"] < events:
            sys.exit(f"not everything was processed: {balance}")
        return events

    def notices(self):
        """How many there are; all of them are published."""
        status = self.do("status")
        if status["notices_waiting"]:
            sys.exit(f"not every notice was published: {status['sinks']}")
        return status["notices"]

    def forget(self):
        """An empty store and nothing published, beside the same log and key."""
        if self.database:
            self.database.drop_schema(self.prefix)
        for file in (*self.data.glob("kinhub.db*"), *self.data.glob("notices*")):
            file.unlink()
        self.broker.write(self.prefix + ".progress", [(b"notices", None)])

    def close(self):
        self.broker.delete_topics(self.prefix + ".")
        if self.database:
            self.database.drop_schema(self.prefix)
        shutil.rmtree(self.data, ignore_errors=True)


# ---- throughput

def files_of_throughput(build, folder, name="files", events=EVENTS):
    if not (folder / name).exists():
        subprocess.run([build / "bin/kinhub-agencies", "files", "--data", folder / name, "--seed", "9", "--families", "500000", "--days", "365",
                        "--events", str(events)], check=True, stdout=subprocess.DEVNULL)
    return folder / name


def throughput(build, folder, broker, stores):
    files, few = files_of_throughput(build, folder), files_of_throughput(build, folder, "few", int(EVENTS) // 10)
    print(f"{'store':11} {'from':9} {'notices':14} {'events':>8} {'seconds':>7} {'events/s':>9}   CPU seconds for a million events")
    for name, store in stores.items():
        warm = Ground(build, folder, broker, store)
        warm.take_in(few)
        warm.close()
        spent, ground = from_files(name, build, folder, broker, store, files)
        compare(name, "files", spent)
        compare(name, "full log", on_full_log(name, ground))
        ground.close()
        for _ in range(ROUNDS):
            running(name, build, folder, broker, store, files)


def from_files(name, build, folder, broker, store, files):
    """Seconds and CPU seconds by way of publishing, in turns; and the hub of the last run."""
    spent, ground = {way: ([], []) for way in WAYS[:2]}, None
    for _ in range(ROUNDS):
        for way in WAYS[:2]:
            if ground:
                ground.close()
            ground = Ground(build, folder, broker, store)
            ground.publish(way)
            with ground.meter() as meter:
                events = ground.take_in(files)
            count = ground.notices()
            line(name, "files", way, events, meter, f"   ({count} notices, {count / events:.2f} for an event)")
            spent[way][0].append(meter.seconds), spent[way][1].append(sum(meter.cpu.values()))
    return spent, ground


class Inboxes:
    """What folder connectors read, and where they look for it."""

    SOURCES = ("public-security", "medical-insurance", "hospital-his")

    def __init__(self, files, folder, sources=SOURCES):
        """In the order of the times in the files' names, with how many events each has."""
        record = {".xml": b"<RECORD", ".json": b'"rid"', ".csv": b"\n"}
        self.order, self.events = [], collections.Counter()
        self.folders = {source: pathlib.Path(tempfile.mkdtemp(prefix="inbox-", dir=folder)) for source in sources}
        for source in sources:
            for file in (files / source).iterdir():
                if file.suffix in record:
                    count = file.read_bytes().count(record[file.suffix]) - (file.suffix == ".csv")
                    self.order.append((re.search(r"20\d{6,12}", file.name)[0], source, file, count))
                    self.events[source] += count
        self.order.sort()

    def sources(self):
        """As the hub's configuration has them; the others of the four sources stay away."""
        settings = lambda source: {"inbox": str(self.folders[source]), "settle_seconds": "1", **({"mllp": False} if source == "hospital-his" else {})}
        return [{"name": source, **({"settings": settings(source)} if source in self.folders else {})} for source in SOURCES]

    def drop(self, rate=None):
        """All files, each when all before it are due at this rate; the seconds it took."""
        start, told = time.monotonic(), 0
        for _, source, file, events in self.order:
            if rate:
                time.sleep(max(0, start + told / rate - time.monotonic()))
            to = self.folders[source] / file.name
            shutil.copy(file, to.with_name("." + to.name))
            os.rename(to.with_name("." + to.name), to)
            to.with_suffix(".ok").touch()
            told += events
        return time.monotonic() - start

    def arrived(self, balance, known=collections.Counter()):
        """Beside what was known before."""
        return balance["in_flight"] == 0 and all(balance["sources"][source]["received"] >= known[source] + events
                                                 for source, events in self.events.items())


def running(name, build, folder, broker, store, files):
    inboxes = Inboxes(files, folder)
    inboxes.drop()
    ground = Ground(build, folder, broker, store, inboxes.sources())
    with ground.meter(hub=ground.prefix) as meter, open(folder / "hub.log", "w", encoding="utf-8") as log:
        hub = subprocess.Popen(ground.command("run"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log)
        await_that(lambda: (ground.data / "kinhub.key").exists() and inboxes.arrived(ground.do("balance")) and
                   ground.do("status")["notices_waiting"] == 0, "all files to be processed")
    count = ground.do("status")["notices"]
    hub.terminate()
    hub.wait()
    line(name, "running", WAYS[0], inboxes.events.total(), meter, f"   ({count} notices)")
    ground.close()


def on_full_log(name, ground):
    """The same of the hub alone."""
    spent = {way: ([], []) for way in WAYS}
    for _ in range(ROUNDS):
        for way in WAYS:
            ground.forget()
            ground.publish(way)
            with ground.meter() as meter:
                events = ground.drain()
            line(name, "full log", way, events, meter, f"   ({ground.notices()} notices)")
            spent[way][0].append(meter.seconds), spent[way][1].append(sum(meter.cpu.values()))
    return spent


def compare(name, what, spent):
    once, once_cpu = map(statistics.mean, spent[WAYS[0]])
    beside = "; ".join(f"{once / statistics.mean(times) - 1:+.1%} time and {once_cpu / statistics.mean(cpu) - 1:+.1%} CPU beside {way}"
                       for way, (times, cpu) in spent.items() if way != WAYS[0])
    spread = ", ".join(f"{way} {(max(times) - min(times)) / statistics.mean(times):.0%}" for way, (times, _) in spent.items())
    print(f"{name:11} {what:9} exactly once takes {beside}. Spread of the times: {spread}", flush=True)


# ---- latency

class Reader:
    """A reader of committed notices, who notes when each came."""

    def __init__(self, address, topic):
        self.process = subprocess.Popen(["kcat", "-C", "-u", "-q", "-b", address, "-t", topic, "-o", "beginning", "-X", "fetch.wait.max.ms=100",
                                         "-f", "%T %s\\n"], stdout=subprocess.PIPE, text=True)
        self.seen, self.last = {}, 0
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        for text in self.process.stdout:
            now = time.time() * 1000
            stamp, body = text.split(" ", 1)
            notice = json.loads(body)
            self.last = notice["seq"]
            self.seen[notice["seq"]] = (int(stamp), now, notice)

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.thread.join()


def await_that(condition, what, patience=120):
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"waited too long for {what}")
        time.sleep(0.05)


def latency(build, folder, broker, name, store, what, rate):
    files = files_of_throughput(build, folder) if what == THAT_LOAD else folder / "register"
    sources = Inboxes.SOURCES if what == THAT_LOAD else ("public-security",)
    if not files.exists():
        subprocess.run([build / "bin/kinhub-agencies", "files", "--data", files, "--seed", "11", "--families", FAMILIES,
                        "--days", "1460", "--with-snapshot"], check=True, stdout=subprocess.DEVNULL)
    inboxes = Inboxes(files, folder, sources)
    ground = Ground(build, folder, broker, store, inboxes.sources())
    known = collections.Counter()
    if what == KNOWN_PEOPLE:
        for source in ("civil-affairs", "public-security"):  # who is whose child
            known[source] = ground.do("ingest", source, str(files / source / "snapshot"))["events"]
        ground.drain()
    else:
        warm = Ground(build, folder, broker, store)
        warm.take_in(files_of_throughput(build, folder, "few", int(EVENTS) // 10))
        warm.close()
    before = ground.notices()
    with open(folder / "hub.log", "w+", encoding="utf-8") as log:
        hub = subprocess.Popen(ground.command("run"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log)
        reader = Reader(broker.address, ground.prefix + ".notices")
        try:
            said = lambda: pathlib.Path(log.name).read_text(encoding="utf-8")
            await_that(lambda: "night round of" in said() and reader.last >= before, "the hub to be ready")
            with ground.meter(hub=ground.prefix) as meter:
                seconds = inboxes.drop(rate)
                end = time.monotonic()
                await_that(lambda: inboxes.arrived(ground.do("balance"), known), "the feed to be processed")
            count = ground.do("status")["notices"]
            await_that(lambda: reader.last >= count, "the last notice")
            behind = time.monotonic() - end
        finally:
            hub.terminate()
            hub.wait()
            reader.close()
    if held := ground.do("quarantine", "list"):
        sys.exit(f"{len(held)} events were not understood, the first: {held[0]}")
    appended = {source: times_of_events(broker, f"{ground.prefix}.events.{source}") for source in SOURCES}
    leads = {lead["id"]: lead for lead in ground.do("leads")}
    what = f"{name}, {what}"
    print(f"{what}: fed {inboxes.events.total()} events in {seconds:.1f} s, asked {rate:.0f}/s; {max(reader.seen) - before} notices; {behind:.1f} s later it was "
          f"seen that all is done; CPU seconds for a million events: {meter.per_million(inboxes.events.total())}")
    report(what, known, before, appended, leads, reader.seen)
    ground.close()


def times_of_events(broker, topic):
    """Sequence -> the broker's timestamp."""
    out = subprocess.run(["kcat", "-C", "-e", "-q", "-b", broker.address, "-t", topic, "-o", "beginning", "-f", "%T %h\\n"], check=True,
                         capture_output=True, text=True).stdout
    return {int(re.search(r"sequence=(\d+)", text)[1]): int(text.split(" ", 1)[0]) for text in out.splitlines()}


def report(what, known, before, appended, leads, seen):
    fed = sorted(at for source, times in appended.items() for sequence, at in times.items() if sequence > known[source])
    warm = fed[len(fed) // 5]
    in_kafka, in_hand, opened = [], [], set()
    for number in sorted(seen):
        stamp, read_at, notice = seen[number]
        lead = notice["subject"]
        if notice["type"] != "kinhub.lead.opened" or not notice["data"]["benefit"].endswith("/death") or lead in opened:
            continue
        opened.add(lead)
        deaths = [(appended[one["source"]][one["sequence"]], one["on"], one["source"]) for one in leads[lead]["evidence"] if one["fact"] == "death"]
        if number <= before or not deaths:
            continue
        at, day, source = min(deaths)
        if source != "public-security" or day != notice["data"]["from"] or at < warm:
            continue
        in_kafka.append(stamp - at), in_hand.append(read_at - at)
    if not in_kafka:
        sys.exit("no notice whose cause is known")
    for where, times in (("notice in its topic", in_kafka), ("committed, in a reader's hand", in_hand)):
        times.sort()
        at = lambda share: times[min(len(times) - 1, int(share * len(times)))]
        print(f"{what}: event in Kafka to {where:30} of {len(times)}: p50 {at(.5):.0f}  p95 {at(.95):.0f}  p99 {at(.99):.0f}  max {times[-1]:.0f} ms  (min {times[0]:.0f})",
              flush=True)


# ---- the peer

def peer(build, folder, broker):
    files = files_of_throughput(build, folder)
    inputs = sorted(file for file in files.rglob("*") if file.is_file() and file.name != "truth.json")
    size = sum(file.stat().st_size for file in inputs)
    mean = max(1, size // int(EVENTS))
    topic, lines = servers.fresh_name(), folder / "peer.txt"
    with open(lines, "wb") as out:
        for file in inputs:
            data = file.read_bytes().replace(b"\n", b" ")
            out.writelines(data[at:at + mean] + b"\n" for at in range(0, len(data), mean))
    broker.create_topic(topic)
    for turn in ("warm-up", "peer"):
        with Meter("kcat", broker=broker.folder) as meter:
            subprocess.run(["kcat", "-b", broker.address, "-P", "-t", topic, "-l", str(lines)], check=True)
            read = subprocess.run(["kcat", "-b", broker.address, "-C", "-t", topic, "-o", "-" + str(sum(1 for _ in open(lines, "rb"))), "-e", "-q", "-f", "x"],
                                  check=True, capture_output=True)
    messages = len(read.stdout)
    print(f"peer: kcat writes and reads {messages} messages of the same {size >> 20} MiB: {messages / meter.seconds:.0f}/s, "
          f"CPU seconds for a million: {meter.per_million(messages)}", flush=True)
    broker.delete_topic(topic)
    lines.unlink()


def main():
    build, parts = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:] or ["throughput", "latency", "peer"]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kinhub-bench-"))
    broker, database = servers.Broker(), servers.Postgres()
    try:
        broker.start()
        if "postgresql" in STORES:
            database.start()
        stores = {name: {"sqlite": None, "postgresql": database}[name] for name in STORES}
        if "throughput" in parts:
            throughput(build, folder, broker, stores)
        if "latency" in parts:
            for name, store in stores.items():
                for feed in RATES:
                    latency(build, folder, broker, name, store, feed, float(ASKED_RATES[feed] or RATES[feed][name]))
        if "peer" in parts:
            peer(build, folder, broker)
    finally:
        broker.close(), database.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
