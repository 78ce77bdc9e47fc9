"""Differences of every class planted in a register of thousands, found by one run of reconciliation: each where it stands, none
elsewhere. Beside it an oracle that knows nothing of the hub: two tables in plain dictionaries.

Issue "The night round", "What it must show", a and d. KINHUB_PLANTED=PEOPLE,OF_EACH: of another size; KINHUB_ROUNDS=N:
that many registers one after the other.
"""

import os
import random
import re
import unittest

import hub
from hub import Journey
from test_reconcile import master, resident

PEOPLE, OF_EACH = (int(number) for number in os.environ.get("KINHUB_PLANTED", "10000,500").split(","))
EARLIER, LATER, AFTER = "20261101080000", "20261115080000", "20261128080000"  # of a row, of its change, of one after the snapshot
TAKEN = "20261120"
CLASSES = ("missing", "changed", "older", "late", "doubled", "contested", "unreadable", "gone")


class Register:
    """What the hub was told, row after row, and what stands in the snapshot."""

    def __init__(self, seed):
        chance = random.Random(seed)
        people = list(range(PEOPLE))
        chance.shuffle(people)
        self.of = {name: people[i * OF_EACH:(i + 1) * OF_EACH] for i, name in enumerate(CLASSES)}
        self.told, self.then, self.snapshot = [], [], []
        kind = {i: name for name, some in self.of.items() for i in some}
        for i in people:
            row, what = resident(i, version=EARLIER), kind.get(i)
            change = dict(row, house=f"0190{i:05}", version=AFTER if what == "late" else LATER)
            if what not in ("missing", "unreadable"):
                self.told.append(row)
            if what in ("older", "late"):
                self.then.append(change)
            if what == "unreadable":
                row = dict(row, number=row["number"][:17] + ("0" if row["number"][17] != "0" else "1"))
            if what != "gone":
                self.snapshot.append(change if what == "changed" else row)
            if what == "doubled":
                self.snapshot.append(row)
            if what == "contested":
                self.snapshot.append(change)

    def oracle(self):
        """By class, the places (from 1) of the rows of the snapshot, and the keys that are gone: from the rows alone."""
        held = {row["ryid"]: (row["version"], row["house"]) for row in self.told}
        held.update({row["ryid"]: (row["version"], row["house"]) for row in self.then})
        found = {name: set() for name in ("equal", "changed", "missing", "late", "duplicate", "unreadable")}
        seen = set()
        for place, row in enumerate(self.snapshot, 1):
            key, said = row["ryid"], (row["version"], row["house"])
            if hub.citizen_number(row["born"], int(row["number"][14:17])) != row["number"]:
                found["unreadable"].add(place)
            elif key in seen:
                found["duplicate"].add(place)
            elif key not in held:
                found["missing"].add(place)
            elif held[key] == said:
                found["equal"].add(place)
            else:
                found["late" if held[key][0] > TAKEN + "020000" else "changed"].add(place)
            seen.add(key)
        return found, {key for key in held if key not in seen}


class Planted(Journey):
    SEEDS = (1, 2)

    def test_each_is_found_where_it_stands(self):
        chance = random.Random(self.seed())
        for number in range(int(os.environ.get("KINHUB_ROUNDS", "1"))):
            with self.subTest(register=number):
                self.find(Register(chance.random()))

    def find(self, register):
        folder = self.folder / f"snapshot-{self.hubs}"
        folder.mkdir()
        one = self.hub(sources=[{"name": "public-security", "settings": {"snapshot": str(folder)}}])
        for name, rows, night in (("CZRK_first.xml", register.told, "20261110"), ("CZRK_then.xml", register.then, "20261129")):
            file = self.folder / name
            file.write_bytes(master(rows, night))
            one.do("ingest", "public-security", file)
        name = f"CZRK_320812_{TAKEN}020000_0001"
        (folder / f"{name}.xml").write_bytes(master(register.snapshot, TAKEN))
        (folder / f"{name}.ok").write_bytes(b"")
        command = ("reconcile", "public-security", "--changes-max", PEOPLE, "--share-max", 1, "--again")
        run = one.read(*command, code=1)
        counts, report = run["counts"], one.read("reconcile", "show", run["run"])
        expected, gone = register.oracle()
        found = {name: set() for name in expected}
        for finding in report["findings"]:
            if finding["class"] != "not there":
                found[finding["class"]].add(int(re.search(r"#(\d+)$", finding["place"]).group(1)))
        for name, places in expected.items():
            self.assertEqual(len(places), counts[name], name)
            if name != "equal":  # of these there is no finding
                self.assertEqual(places, found[name], name)
        self.assertEqual((OF_EACH, OF_EACH), (counts["not_there"], len(gone)))
        self.assertEqual(len(register.snapshot), sum(counts[name] for name in (*expected, "filtered", "damaged")))
        self.assertEqual({"missing": OF_EACH, "changed": 2 * OF_EACH, "late": OF_EACH, "duplicate": 2 * OF_EACH, "unreadable": OF_EACH},
                         {name: len(places) for name, places in expected.items() if name != "equal"}, "as it was planted")
        self.assertEqual((OF_EACH, 2 * OF_EACH), (counts["older_there"], counts["corrected"]))
        self.assert_closes(one)
        again = one.read(*command, code=1)["counts"]
        self.assertEqual((0, 2 * OF_EACH), (again["mendable"], again["equal"] - counts["equal"]), "what was mended is equal, and nothing else is brought in")
        self.assertEqual(OF_EACH, len(one.read("quarantine", "list")))
        self.assertEqual(counts["equal"], one.read(*command, code=1)["counts"]["unchanged"] - 2 * OF_EACH)


if __name__ == "__main__":
    hub.main()
