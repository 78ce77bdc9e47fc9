#!/usr/bin/env python3
"""What the hub does on a real broker and on two stores: events per second end to end, with CPU beside every figure.

usage: kafka_end_to_end.py BUILD_DIRECTORY [NOTICES...]    (KINHUB_BENCH_EVENTS: how many events, default 200000)
NOTICES: file, at-least-once, exactly-once; all three when none is named.

On SQLite and on PostgreSQL a year of four agencies is taken in through Kafka and processed, source after source, and its
notices published the way named. CPU is read from /proc, for the hub, the broker and the database each. The peer of the
same run is kcat writing the same bytes to a topic and reading them back. Numbers are for people: nothing is asserted.
"""
import json, os, pathlib, resource, shutil, subprocess, sys, tempfile, time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "journey"))
import servers

SOURCES = ("public-security", "civil-affairs", "medical-insurance", "hospital-his")
TICKS = os.sysconf("SC_CLK_TCK")


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


def hub_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Ground:
    """One hub on a broker and a store."""

    def __init__(self, build, folder, broker, database, notices):
        self.kinhub, self.broker, self.database = str(build / "bin/kinhub"), broker, database
        self.prefix, self.data = servers.fresh_name(), folder / servers.fresh_name()
        config = {"data": str(self.data), **({} if notices == "file" else {"notices": {"kafka": notices}}),
                  "log": {"kafka": {"brokers": broker.address, "prefix": self.prefix, "replication": "1"}}}
        if database:
            os.environ["KINHUB_BENCH_PASSWORD"] = database.password
            config["store"] = {"postgresql": {"connection": database.connection, "schema": self.prefix,
                                              "password": {"env": "KINHUB_BENCH_PASSWORD"}}}
        self.config = folder / (self.prefix + ".json")
        self.config.write_text(json.dumps(config))
        self.do("topics", "apply")

    def command(self, *words):
        return [self.kinhub, *words, "--config", str(self.config), "--data", str(self.data), "--json", "--today", "2026-11-30"]

    def do(self, *words):
        done = subprocess.run(self.command(*words), capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            sys.exit(f"{' '.join(words)}: exit {done.returncode}\n{done.stderr}")
        return done.stdout

    def take_in(self, files):
        """All sources through Kafka, until what they changed is published: (events, seconds, CPU seconds by who)."""
        places = {"broker": self.broker.folder, **({"database": self.database.folder} if self.database else {})}
        before, start = {who: cpu_of(folder) for who, folder in places.items()}, time.monotonic()
        hub_before, events = hub_cpu(), 0
        for source in SOURCES:
            events += json.loads(self.do("ingest", source, str(files / source)))["events"]
        seconds = time.monotonic() - start
        used = {"hub": hub_cpu() - hub_before, **{who: cpu_of(folder) - before[who] for who, folder in places.items()}}
        return events, seconds, used

    def close(self):
        self.broker.delete_topics(self.prefix + ".")
        if self.database:
            self.database.drop_schema(self.prefix)
        shutil.rmtree(self.data, ignore_errors=True)


def peer(broker, files, mean_size):
    """kcat writes the same bytes as messages of the mean size and reads them back: (messages, seconds, CPU seconds)."""
    topic, lines = servers.fresh_name(), files / "peer.txt"
    with open(lines, "wb") as out:
        for file in sorted(files.rglob("*")):
            if file.is_file() and file != lines and file.name != "truth.json":
                data = file.read_bytes().replace(b"\n", b" ")
                out.writelines(data[at:at + mean_size] + b"\n" for at in range(0, len(data), mean_size))
    broker.create_topic(topic)
    before, start = hub_cpu(), time.monotonic()
    subprocess.run(["kcat", "-b", broker.address, "-P", "-t", topic, "-l", str(lines)], check=True)
    read = subprocess.run(["kcat", "-b", broker.address, "-C", "-t", topic, "-e", "-q", "-f", "x"], check=True, capture_output=True)
    result = len(read.stdout), time.monotonic() - start, hub_cpu() - before
    broker.delete_topic(topic)
    lines.unlink()
    return result


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    events = os.environ.get("KINHUB_BENCH_EVENTS", "200000")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kinhub-bench-"))
    broker, database = servers.Broker(), servers.Postgres()
    try:
        files = folder / "files"
        subprocess.run([build / "bin/kinhub-agencies", "files", "--data", files, "--seed", "9", "--families", "500000", "--days", "365",
                        "--events", events], check=True, stdout=subprocess.DEVNULL)
        broker.start(), database.start()
        print(f"{'store':11} {'notices':14} {'events':>8} {'events/s':>9}   CPU seconds for a million events")
        total = size = 0
        for store in (None, database):
            for notices in sys.argv[2:] or ("file", "at-least-once", "exactly-once"):
                ground = Ground(build, folder, broker, store, notices)
                total, seconds, used = ground.take_in(files)
                cpu = ", ".join(f"{who} {spent / total * 1e6:.1f}" for who, spent in used.items())
                print(f"{'postgresql' if store else 'sqlite':11} {notices:14} {total:8} {total / seconds:9.0f}   {cpu}", flush=True)
                ground.close()
        size = sum(file.stat().st_size for file in files.rglob("*") if file.is_file() and file.name != "truth.json")
        messages, seconds, spent = peer(broker, files, max(1, size // max(1, total)))
        print(f"peer: kcat writes and reads {messages} messages of the same {size >> 20} MiB at {messages / seconds:.0f}/s, "
              f"{spent / messages * 1e6:.1f} CPU seconds for a million")
    finally:
        broker.close(), database.close()
        shutil.rmtree(folder, ignore_errors=True)


main()
