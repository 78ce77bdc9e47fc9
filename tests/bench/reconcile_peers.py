"""A night's comparison of an agency's register with what is held of it, over the same rows in one run: Kinhub, DuckDB (row hash, full outer
join) and sort + comm. All three must find the same keys. CPU seconds are compared, for a machine may be doing other things beside.

usage: reconcile_peers.py BUILD [ROWS]      (in a Python that has tests/bench/requirements.txt; `make bench` makes one)
"""
import csv
import json
import os
import pathlib
import random
import re
import resource
import subprocess
import sys
import tempfile

try:
    import duckdb
except ImportError:
    duckdb = None

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "journey"))
FIELDS = ("ryid", "number", "name", "born", "state", "died", "house", "version")
CHANGED, NEW, GONE = 0.001, 0.0002, 0.0002  # of the rows


def child_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(command, **how):
    """CPU seconds of a command, with its children; what it printed."""
    before = child_seconds()
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False, **how)
    return child_seconds() - before, done


def table(rows, file):
    with open(file, "w", newline="", encoding="utf-8") as out:
        csv.writer(out, lineterminator="\n").writerows([row[name] for name in FIELDS] for row in rows)


def by_duckdb(held, snapshot):
    """In a process of its own, whose CPU counts."""
    query = """
        with a as (select column0 as k, hash(columns(*)) as h from read_csv(?, header=false, all_varchar=true)),
        b as (select column0 as k, hash(columns(*)) as h from read_csv(?, header=false, all_varchar=true))
        select coalesce(a.k, b.k) from a full outer join b using (k) where a.h is distinct from b.h"""
    row_hash = "hash(" + ", ".join(f"column{i}" for i in range(len(FIELDS))) + ")"
    query = query.replace("hash(columns(*))", row_hash)
    connection = duckdb.connect()
    connection.execute("set threads = 1")
    print(json.dumps([key for key, in connection.execute(query, [held, snapshot]).fetchall()]))


def main():
    from test_reconcile import master, resident  # rows as the journeys have them

    build, count = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    chance = random.Random(7)
    with tempfile.TemporaryDirectory(prefix="kinhub-reconcile-") as folder:
        folder = pathlib.Path(folder)
        rows = [resident(i % 15_000, no=i, ryid=f"3208120000{i:09}", house=f"018{i:07}") for i in range(count)]
        # Citizen numbers of their own: a day of birth has 999 serials.
        import hub
        for i, row in enumerate(rows):
            row["number"] = hub.citizen_number(row["born"], 1 + (i // 15_000) % 999)
        snapshot = [dict(row) for row in rows]
        for i in chance.sample(range(count), int(count * CHANGED)):
            snapshot[i].update(house=f"019{i:07}", version="20261115080000")
        for i in sorted(chance.sample(range(count), int(count * GONE)), reverse=True):
            del snapshot[i]
        snapshot += [dict(resident(i, no=count + i), ryid=f"3208129000{i:09}") for i in range(int(count * NEW))]
        for i, row in enumerate(snapshot[-int(count * NEW):]):
            row["number"] = hub.citizen_number(row["born"], 900 + i % 90)
        files = {name: folder / f"CZRK_{name}.xml" for name in ("first", "second", "third")}
        files["first"].write_bytes(master(rows, "20261110"))
        files["second"].write_bytes(master(rows, "20261111"))
        files["third"].write_bytes(master(snapshot, "20261120"))
        table(rows, folder / "held.csv"), table(snapshot, folder / "snapshot.csv")
        places = {place: row["ryid"] for place, row in enumerate(snapshot, 1)}
        held = {row["ryid"] for row in rows}
        kinds, keys = {}, {}

        # Kinhub: loaded, marked by one night in which nothing has changed, and then the night that counts.
        data = folder / "data"
        data.mkdir()
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        hub.make_key(data)

        def reconcile(name, *more):
            command = [build / "bin/kinhub", "--data", data, "--json", "reconcile", "public-security", "--snapshot", files[name],
                       "--changes-max", str(count), "--share-max", "1", *more]
            seconds, done = timed(command, env=environment)
            if done.returncode not in (0, 1):
                sys.exit(f"kinhub ended with {done.returncode}")
            return seconds, json.loads(done.stdout)
        kinds["kinhub, first load"], _ = reconcile("first")
        kinds["kinhub, a night in which every row is mapped"], marked = reconcile("second")
        kinds["kinhub"], run = reconcile("third", "--dry-run")
        report = json.loads((pathlib.Path(run["report"]) / "report.json").read_text(encoding="utf-8"))
        found = {places[int(re.search(r"#(\d+)$", finding["place"]).group(1))] for finding in report["findings"] if finding["class"] != "not there"}
        gone = held - {row["ryid"] for row in snapshot}
        if run["counts"]["not_there"] != len(gone):
            sys.exit(f"{run['counts']['not_there']} are not there, and {len(gone)} were taken out")
        keys["kinhub"] = found | gone  # a key that is gone has no place in the snapshot: their number is compared above

        if duckdb is None:
            print("duckdb is not there (tests/bench/requirements.txt): sort + comm alone is the oracle")
        else:
            kinds["duckdb"], done = timed([sys.executable, __file__, "--duckdb", folder / "held.csv", folder / "snapshot.csv"])
            keys["duckdb"] = set(json.loads(done.stdout))
        script = ("export LC_ALL=C; sort -S 25% --parallel=1 held.csv > a; sort -S 25% --parallel=1 snapshot.csv > b; comm -3 a b | tr -d '\\t' | "
                  "cut -d, -f1 | sort -u")
        kinds["sort + comm"], done = timed(["sh", "-c", script], cwd=folder)
        keys["sort + comm"] = set(done.stdout.decode().split())
        for name, some in keys.items():
            if some != keys["kinhub"]:
                sys.exit(f"{name} finds other keys than Kinhub: {len(some ^ keys['kinhub'])} differ")
        print(f"{count} rows held, {len(snapshot)} in the snapshot, {len(keys['kinhub'])} keys differ, the same for all; "
              f"{marked['counts']['equal']} equal in the night before")
        for name, seconds in kinds.items():
            print(f"{name:<48}{seconds:10.2f} s CPU {1e6 * seconds / count:10.2f} us a row")
        print(f"peak memory of the largest child: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--duckdb"]:
        by_duckdb(*sys.argv[2:])
    else:
        os.environ.setdefault("KINHUB_BINARIES", str(pathlib.Path(sys.argv[1]).resolve() / "bin"))
        os.environ.setdefault("KINHUB_SOURCE", str(pathlib.Path(__file__).resolve().parent.parent.parent))
        main()
