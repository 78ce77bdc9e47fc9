#!/usr/bin/env python3
"""What it costs to take in a year of four agencies: kinhub ingest, end to end and durable, on generated files.

usage: ingest.py BUILD_DIRECTORY [--people N]    (KINHUB_BENCH_EVENTS: how many events, default 1000000)

With --people, of so many people the full registers of all agencies and a year of events: --people 1000000 is about 3.9 million events in
2.6 GB of files, each of one fact or several.

Prints wall time, CPU per event and events per second for each source, then start-up time and the memory of an idle hub
on the store that came of it. The peer on the same bytes in the same run is the sqlite3 module appending every source
file's bytes as rows of the mean event size, durable every 1000 rows: the floor of any durable store on SQLite.
"""
import argparse, json, os, pathlib, resource, shutil, signal, sqlite3, subprocess, sys, tempfile, time

PEOPLE_OF_A_FAMILY = 3.25


def timed(command):
    """Runs a command; (wall seconds, CPU seconds, standard output)."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def peer(files, mean_size, folder):
    """CPU seconds and rows of the durable append of the same bytes."""
    database = sqlite3.connect(folder / "peer.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE event (sequence INTEGER PRIMARY KEY, body BLOB)")
    start, rows = time.process_time(), 0
    for file in files:
        data = file.read_bytes()
        for at in range(0, len(data), mean_size):
            if rows % 1000 == 0:
                database.execute("COMMIT" if database.in_transaction else "SELECT 1")
                database.execute("BEGIN")
            database.execute("INSERT INTO event (body) VALUES (?)", (data[at:at + mean_size],))
            rows += 1
    database.execute("COMMIT")
    return time.process_time() - start, rows


def memory_kib(process, name):
    for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--people", type=int, metavar="N")
    given = parser.parse_args()
    build = given.build.resolve()
    kinhub, agencies = str(build / "bin/kinhub"), str(build / "bin/kinhub-agencies")
    events = os.environ.get("KINHUB_BENCH_EVENTS", "1000000")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kinhub-bench-"))
    try:
        files, data = folder / "files", str(folder / "data")
        population = (["--families", str(round(given.people / PEOPLE_OF_A_FAMILY)), "--days", "365", "--with-snapshot"]
                      if given.people else ["--families", "500000", "--days", "365", "--events", events])
        made = json.loads(timed([agencies, "files", "--data", str(files), "--seed", "9", *population])[2])
        made["events"] = sum(count["events"] for count in made["sources"].values())
        print(f"{made['events']} events of {made['families']} families, {made['people']} people")
        walls = cpus = total = 0
        print(f"{'source':18} {'events':>9} {'wall s':>8} {'events/s':>9} {'CPU us/event':>13}")
        for source in ("public-security", "civil-affairs", "medical-insurance", "hospital-his"):
            wall, cpu, out = timed([kinhub, "--data", data, "--json", "--today", "2026-11-30", "ingest", source, str(files / source)])
            count = json.loads(out)["events"]
            print(f"{source:18} {count:9} {wall:8.1f} {count / wall:9.0f} {cpu / count * 1e6:13.1f}")
            walls, cpus, total = walls + wall, cpus + cpu, total + count
        print(f"{'all':18} {total:9} {walls:8.1f} {total / walls:9.0f} {cpus / total * 1e6:13.1f}")
        balance = json.loads(timed([kinhub, "--data", data, "--json", "balance"])[2])
        print(f"balance: received {balance['received']}, in flight {balance['in_flight']}, residue {balance['residue']}")
        inputs = [file for file in files.rglob("*") if file.is_file() and file.name != "truth.json"]
        size = sum(file.stat().st_size for file in inputs)
        peer_cpu, rows = peer(inputs, max(1, size // total), folder)
        print(f"peer: sqlite3 appends the same {size >> 20} MiB as {rows} rows for {peer_cpu / rows * 1e6:.1f} us CPU each; "
              f"the whole journey costs {cpus / total / (peer_cpu / rows):.1f} times that")
        print(f"start to ready: {timed([kinhub, '--data', data, 'status'])[0]:.2f} s")
        hub = subprocess.Popen([kinhub, "--data", data, "--today", "2026-11-30", "run"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
        time.sleep(30)  # the scan of the day, then idle
        print(f"idle hub on it: {memory_kib(hub.pid, 'VmRSS') / 1024:.0f} MiB (peak {memory_kib(hub.pid, 'VmHWM') / 1024:.0f})")
        hub.send_signal(signal.SIGTERM)
        hub.wait()
    finally:
        shutil.rmtree(folder)


main()
