"""What-if over a small county: its sums are those of asking for everybody's rights one by one, under both policies.

docs/policies.md, decision 0043.
"""

import collections
import copy
import csv
import datetime
import hashlib
import json
import re
import shutil
import signal
import subprocess

import hub
from hub import Journey
from live import hub_beside_agencies

FROM, MONTHS = "2026-11-01", 12
NATIONAL = "policies/000000/national-special-assistance.yaml"
DEATH, DISABILITY = "national-special-assistance/death", "national-special-assistance/disability"


def months():
    """(first day, first day of the next) of each."""
    year, month = 2026, 11
    for _ in range(MONTHS):
        following = (year + month // 12, month % 12 + 1)
        yield datetime.date(year, month, 1), datetime.date(*following, 1)
        year, month = following


class WhatIf(Journey):

    def county(self, families):
        """A hub that a simulated county told of, and everybody's number."""
        with hub_beside_agencies(self, families=families, seed=self.seed(), speed=400) as (agencies, one):
            pass
        told = "".join(path.read_text("gb18030", errors="replace") for path in agencies.folder.rglob("*.xml"))
        return one, sorted(set(re.findall(r">(322228\d{11}[\dX])<", told)))

    def draft(self, *changes):
        """The shipped policies with changes; the file, and a hub's configuration that has them."""
        mappings = self.folder / f"mappings-{len(list(self.folder.glob('mappings-*')))}"
        shutil.copytree(hub.SOURCE / "mappings", mappings)
        file = mappings / NATIONAL
        text = file.read_text()
        for before, after in changes:
            self.assertIn(before, text)
            text = text.replace(before, after)
        file.write_text(text.split("\ntests:")[0] + "\n")
        return file, {"mappings": str(mappings)}

    def naive(self, one, numbers):
        """month, benefit -> people, fen, pending people: by `entitlements`, person by person."""
        sums, seen = collections.defaultdict(lambda: [0, 0, 0]), set()
        for number in numbers:
            answer = one.ask("entitlements", "--of", number, "--from", FROM, "--until", "2027-11-01", "--json")
            if answer.code != 0:
                continue  # a number that was corrected since
            who = {right["person"]["ref"] for right in answer.json} - seen  # two numbers may name one
            seen |= who
            if not who:
                continue
            for first, following in months():
                due = {}
                for right in answer.json:
                    until = datetime.date.fromisoformat(right["until"]) if right["until"] else datetime.date.max
                    if until <= first or datetime.date.fromisoformat(right["from"]) >= following:
                        continue
                    self.assertEqual("month", right["amount"]["per"] if right["amount"] else "month")
                    sure = right["certainty"] == "sure" and right["amount"] is not None
                    if sure or not due.get(right["benefit"], (0, False))[1]:
                        due[right["benefit"]] = (right["amount"]["fen"] if right["amount"] else 0, sure)
                if due.get(DEATH, (0, False))[1] and due.get(DISABILITY, (0, False))[1]:  # the higher only
                    del due[DISABILITY if due[DEATH][0] >= due[DISABILITY][0] else DEATH]
                for benefit, (fen, sure) in due.items():
                    cell = sums[first.isoformat()[:7], benefit]
                    cell[0] += sure
                    cell[1] += fen if sure else 0
                    cell[2] += not sure
        return dict(sums)

    @staticmethod
    def told(view, side):
        sums = collections.defaultdict(lambda: [0, 0, 0])
        for cell in view["cells"]:
            for i, what in enumerate(("people", "fen", "pending")):
                sums[cell["month"], cell["benefit"]][i] += cell[f"{what}_{side}"]
        return {key: sum for key, sum in sums.items() if any(sum)}

    def test_sums_are_those_of_asking_one_by_one_and_an_interruption_leaves_nothing(self):
        one, numbers = self.county(25)
        file, directories = self.draft(("pay: 460 yuan", "pay: 777.77 yuan"), ("age line 49", "age line 55"))
        self.assertGreater(len(numbers), 50)
        other = copy.copy(one)  # the same hub, with other policies
        other.config = self.folder / "other.yaml"
        other.config.write_text(json.dumps({**json.loads(one.config.read_text()), "directories": directories}))
        view = one.read("policy", "what-if", file, "--from", FROM, "--months", MONTHS)
        before, after = self.naive(one, numbers), self.naive(other, numbers)
        self.assertTrue(before)
        self.assertNotEqual(before, after)
        self.assertEqual(before, self.told(view, "before"))
        self.assertEqual(after, self.told(view, "after"))
        self.assertEqual(sum(fen for _, fen, _ in before.values()), view["all"]["fen_before"])
        self.assertEqual(sum(fen for _, fen, _ in after.values()), view["all"]["fen_after"])
        self.assertGreater(view["all"]["winners"] + view["all"]["losers"], 0)
        self.assertFalse(view["repriced"])
        self.assertTrue(view["samples"])

        # An area alone is that area of the whole.
        areas = {cell["area"] for cell in view["cells"] if cell["area"]}
        for area in sorted(areas)[:1]:
            part = one.read("policy", "what-if", file, "--from", FROM, "--months", MONTHS, "--region", area)
            self.assertEqual(sum(cell["fen_after"] for cell in view["cells"] if cell["area"] == area),
                             sum(cell["fen_after"] for cell in part["cells"]))
            self.assertTrue(all(cell["area"].startswith(area) for cell in part["cells"]))

        # The report adds up to the same, and names nobody.
        report = self.folder / "report"
        masked = one.do("policy", "what-if", file, "--from", FROM, "--months", MONTHS, "--report", report)
        self.assertEqual({"what-if.csv", "what-if.html", "what-if.json"}, {path.name for path in report.iterdir()})
        rows = list(csv.reader((report / "what-if.csv").read_text("utf-8-sig").splitlines()))[1:]
        told = json.loads((report / "what-if.json").read_text())
        self.assertEqual(sum(cell["fen_after"] for cell in told["cells"]), round(100 * sum(float(row[6]) for row in rows)))
        if not told["withheld"]:
            self.assertEqual(view["all"]["fen_after"], sum(cell["fen_after"] for cell in told["cells"]))
        self.assertFalse([cell for cell in told["cells"] if 0 < max(cell["people_before"] + cell["pending_before"],
                                                                    cell["people_after"] + cell["pending_after"]) < 5])
        for number in numbers:
            for path in report.iterdir():
                self.assertNotIn(number, path.read_text())
            self.assertNotIn(number.encode(), masked.out)
        self.priced_anew_and_interrupted(one)

    def priced_anew_and_interrupted(self, one):
        file, _ = self.draft(("pay: 590 yuan", "pay: 600 yuan"))
        kept = self.at_rest(one)
        view = one.read("policy", "what-if", file)
        self.assertTrue(view["repriced"])
        self.assertGreater(view["all"]["winners"], 0)
        self.assertEqual(0, view["all"]["losers"])
        self.assertEqual(view["all"]["won_fen"], view["all"]["fen_after"] - view["all"]["fen_before"])
        self.assertEqual({}, {key: sums for key, sums in self.told(one.read("policy", "what-if", hub.SOURCE / "mappings/policies"), "after").items()
                              if sums != self.told(view, "before")[key]}, "the shipped folder in place of itself")
        report = self.folder / "report"
        stopped = 0
        for wait in range(12):
            process = subprocess.Popen(one.command("policy", "what-if", file, "--report", report), stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            try:
                process.wait(0.004 * wait)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=hub.PATIENCE)
            self.assertIn(process.returncode, (0, 3, -signal.SIGINT), err)
            if process.returncode != 0:
                stopped += 1
                if report.exists():  # it was done already, and ended afterwards: then the report is whole
                    self.assertEqual({"what-if.csv", "what-if.html", "what-if.json"}, {path.name for path in report.iterdir()})
            shutil.rmtree(report, ignore_errors=True)
        self.assertGreater(stopped, 0)
        self.assertEqual(kept, self.at_rest(one), "the store is as it was")

    def at_rest(self, one):
        """What the store says, in the words of the commands."""
        digest = hashlib.sha256()
        for command in (["leads"], ["balance"]):
            digest.update(one.do(*command, "--json").out)
        digest.update(str(one.notices()).encode())
        return digest.hexdigest()


if __name__ == "__main__":
    hub.main()
