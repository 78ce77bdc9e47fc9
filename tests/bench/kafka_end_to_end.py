#!/usr/bin/env python3
"""What the hub does on a real broker and on two stores: events per second, what exactly once costs, and how late a notice is.

usage: kafka_end_to_end.py BUILD_DIRECTORY [PART...]     PART: throughput, latency, peer; all when none is named
  KINHUB_BENCH_EVENTS   events of the throughput runs, default 200000
  KINHUB_BENCH_ROUNDS   how often each way of publishing takes its turn, default 2
  KINHUB_BENCH_STORES   default "sqlite postgresql"
  KINHUB_BENCH_FAMILIES families of the latency run, default 20000: four years of their registrations are fed
  KINHUB_BENCH_RATE     events/s fed in the latency run, default half of what `files` made before in this run, else 5000

Numbers are for people: nothing is asserted but that every event was processed and every notice published. CPU is CPU seconds
for a million events, read from /proc, for hub, broker and database each. Servers run already when a clock starts, and a
small run before warms them up; the start of the hub's own process is always counted.

throughput
  files         agency files of all four sources -> Kafka -> record -> notices, with `kinhub ingest`: until it has returned,
                which it does when all is processed and the last notice is in its topic. Source after source, so events come
                one kind at a time and change leads often: there are many notices. The ways of publishing take turns (A B A B).
  full log      the same events, appended before, on an empty store: `kinhub ingest` of an empty folder processes what
                waits, of all sources. This is the hub alone. In large batches leads change less often: fewer notices. In turns, too.
                Beside each comparison stands the spread, (max - min) / mean, of each way's times.

latency         From an event in Kafka to its notice in Kafka, while a hub runs and police files drop into its inbox at a steady rate.
                An event's time is its timestamp in <prefix>.events.public-security, a notice's the one in <prefix>.notices; both
                topics have LogAppendTime, so both are the broker's clock, the first before its transaction is committed. Since the
                second is, too, there is another row: when a reader of committed messages had the notice in its hands.
                Which event caused a notice: the record first gets the register of a population (its snapshots), so that a death is
                all that lacks; then only the police speak. Counted is the first notice that opens a death benefit's lead of a parent,
                when its right begins on the day of death of a child whose record is the only death among the fed ones
                that names this parent; it is the cause then. Where in rare cases some later record was, the figure
                is too large, never too small. A record's number in the topic is its place in the files. The first fifth of
                the feed is warm-up and not counted.

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
FAMILIES = os.environ.get("KINHUB_BENCH_FAMILIES", "20000")
RATE = float(os.environ.get("KINHUB_BENCH_RATE", "0"))


def cpu_of(folder):
    """CPU seconds of all living processes whose command line or working folder speaks of this folder, ended children included."""
    total = 0
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            where = (entry / "cmdline").read_bytes().decode(errors="replace") + " " + os.readlink(entry / "cwd")
            if str(folder) in where:
                total += sum(map(int, (entry / "stat").read_text().rsplit(")", 1)[1].split()[11:15])) / TICKS
        except OSError:
            continue  # it ended meanwhile
    return total


def children_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Meter:
    """Wall time and CPU seconds, by who, of what is done in its `with`."""

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

    def meter(self):
        return Meter("hub", broker=self.broker.folder, **({"database": self.database.folder} if self.database else {}))

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

def throughput(build, folder, broker, stores):
    """Events/s from files, by store."""
    files, few = folder / "files", folder / "few"
    for where, events in ((files, EVENTS), (few, str(int(EVENTS) // 10))):
        subprocess.run([build / "bin/kinhub-agencies", "files", "--data", where, "--seed", "9", "--families", "500000", "--days", "365",
                        "--events", events], check=True, stdout=subprocess.DEVNULL)
    print(f"{'store':11} {'from':9} {'notices':14} {'events':>8} {'seconds':>7} {'events/s':>9}   CPU seconds for a million events")
    rates = {}
    for name, store in stores.items():
        warm = Ground(build, folder, broker, store)
        warm.take_in(few)
        warm.close()
        spent, ground = from_files(name, build, folder, broker, store, files)
        events = spent.pop("events")
        rates[name] = events / statistics.mean(spent[WAYS[0]][0])
        compare(name, "files", spent)
        compare(name, "full log", on_full_log(name, ground))
        ground.close()
    return rates


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
    return {**spent, "events": events}, ground


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

def records_of(files):
    """The police files in the order of the times in their names, and their records in that order: (kind, fields)."""
    order = sorted(files.glob("*.xml"), key=lambda file: (file.name.split("_")[2], file.name))
    records = []
    for file in order:
        text = file.read_text(encoding="gb18030")
        for record in re.findall(r"<RECORD.*?</RECORD>", text, re.S):
            records.append((file, dict(re.findall(r"<(YWFL|RYID|SWRQ|FQ_GMSFHM|MQ_GMSFHM)>([^<]*)<", record))))
    return order, records


def causes_of(records):
    """Parent's number -> (place of the first record of a child's death, day), where one child's alone is told."""
    deaths = collections.defaultdict(list)
    for place, (_, fields) in enumerate(records):
        for parent in filter(None, (fields.get("FQ_GMSFHM"), fields.get("MQ_GMSFHM"))):
            if fields.get("YWFL") == "SWZX":
                deaths[parent].append((place, fields["RYID"], fields.get("SWRQ", "")))
    day = lambda text: f"{text[:4]}-{text[4:6]}-{text[6:]}"
    return {parent: (told[0][0], day(told[0][2])) for parent, told in deaths.items() if len({child for _, child, _ in told}) == 1}


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


def feed(order, records, inbox, rate):
    """Moves files into the inbox, each when all before it are due at this rate."""
    sizes = collections.Counter(file for file, _ in records)
    start, told = time.monotonic(), 0
    for file in order:
        time.sleep(max(0, start + told / rate - time.monotonic()))
        shutil.copy(file, inbox / ("." + file.name))
        os.rename(inbox / ("." + file.name), inbox / file.name)
        (inbox / (file.stem + ".ok")).touch()
        told += sizes[file]
    return time.monotonic() - start


def latency(build, folder, broker, name, store, rate):
    files, inbox = folder / "register", folder / ("inbox-" + name)
    if not files.exists():
        subprocess.run([build / "bin/kinhub-agencies", "files", "--data", files, "--seed", "11", "--families", FAMILIES, "--days", "1460",
                        "--with-snapshot"], check=True, stdout=subprocess.DEVNULL)
    order, records = records_of(files / "public-security")
    causes = causes_of(records)
    inbox.mkdir()
    ground = Ground(build, folder, broker, store, [{"name": "public-security", "settings": {"inbox": str(inbox), "settle_seconds": "1"}},
                                                   {"name": "civil-affairs"}])
    known = 0
    for source in ("civil-affairs", "public-security"):  # the register first: who is whose child
        known = ground.take_in(files, [source], "snapshot")
    before = ground.notices()
    with open(folder / "hub.log", "w+", encoding="utf-8") as log:
        hub = subprocess.Popen(ground.command("run"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log)
        reader = Reader(broker.address, ground.prefix + ".notices")
        try:
            said = lambda: pathlib.Path(log.name).read_text(encoding="utf-8")
            await_that(lambda: "night scan of" in said() and reader.last >= before, "the hub to be ready")
            rate = RATE or rate / 2
            seconds = feed(order, records, inbox, rate)
            fed = time.monotonic()
            await_that(lambda: ground.do("balance")["sources"]["public-security"]["applied"] is not None and
                       ground.do("balance")["in_flight"] == 0 and
                       ground.do("balance")["sources"]["public-security"]["received"] >= known + len(records), "the feed to be processed")
            count = ground.do("status")["notices"]
            await_that(lambda: reader.last >= count, "the last notice")
            behind = time.monotonic() - fed
        finally:
            hub.terminate()
            hub.wait()
            reader.close()
    appended = times_of_events(broker, ground.prefix + ".events.public-security")
    parents = {lead["id"]: lead["person"]["citizen_id"] for lead in ground.do("leads", "--reveal", "--reason", "benchmark")}
    report(name, rate, len(records), seconds, behind, known, before, appended, parents, causes, reader.seen)
    ground.close()


def times_of_events(broker, topic):
    """Sequence -> the broker's timestamp."""
    out = subprocess.run(["kcat", "-C", "-e", "-q", "-b", broker.address, "-t", topic, "-o", "beginning", "-f", "%T %h\\n"], check=True,
                         capture_output=True, text=True).stdout
    return {int(re.search(r"sequence=(\d+)", text)[1]): int(text.split(" ", 1)[0]) for text in out.splitlines()}


def report(name, rate, count, seconds, behind, known, before, appended, parents, causes, seen):
    in_kafka, in_hand, opened = [], [], set()
    for number in sorted(seen):
        stamp, read_at, notice = seen[number]
        lead = notice["subject"]
        if notice["type"] != "kinhub.lead.opened" or not notice["data"]["benefit"].endswith("/death") or lead in opened:
            continue
        opened.add(lead)
        cause = causes.get(parents.get(lead))
        if number <= before or not cause or cause[1] != notice["data"]["from"] or cause[0] < count // 5:
            continue
        at = appended[known + cause[0] + 1]
        in_kafka.append(stamp - at), in_hand.append(read_at - at)
    if not in_kafka:
        sys.exit("no notice whose cause is known")
    last = max(appended.values())
    print(f"{name:11} fed {count} events in {seconds:.1f} s, asked {rate:.0f}/s; {max(seen) - before} notices; {behind:.1f} s later it was seen that all "
          f"is done (last event {(max(stamp for stamp, _, _ in seen.values()) - last) / 1000:+.2f} s to last notice)")
    for what, times in (("notice in its topic", in_kafka), ("committed, in a reader's hand", in_hand)):
        times.sort()
        at = lambda share: times[min(len(times) - 1, int(share * len(times)))]
        print(f"{name:11} event in Kafka to {what:30} of {len(times)}: p50 {at(.5):.0f}  p95 {at(.95):.0f}  p99 {at(.99):.0f}  max {times[-1]:.0f} ms  (min {times[0]:.0f})",
              flush=True)


# ---- the peer

def peer(build, folder, broker):
    files = folder / "files"
    if not files.exists():
        subprocess.run([build / "bin/kinhub-agencies", "files", "--data", files, "--seed", "9", "--families", "500000", "--days", "365",
                        "--events", EVENTS], check=True, stdout=subprocess.DEVNULL)
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
        rates = throughput(build, folder, broker, stores) if "throughput" in parts else {}
        if "latency" in parts:
            for name, store in stores.items():
                latency(build, folder, broker, name, store, rates.get(name, 10000))
        if "peer" in parts:
            peer(build, folder, broker)
    finally:
        broker.close(), database.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
