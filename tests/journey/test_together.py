"""Several processes on one data directory: each gets its work done, and the balance closes.

Work order, "Event log" (several processes may append) and "Quarantine and balance".
"""

import subprocess
import time
import unittest

import hub
from hub import Journey
from live import hub_beside_agencies, judge

SOURCES = ("public-security", "civil-affairs", "medical-insurance", "hospital-his")


class Together(Journey):

    def files(self, families):
        number = self.seed()
        subprocess.run([hub.AGENCIES, "files", "--data", self.folder / "files", "--seed", str(number), "--families", str(families),
                        "--today", hub.TODAY], check=True, stdout=subprocess.DEVNULL)

    def start(self, one, *arguments):
        return subprocess.Popen(one.command(*arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def assert_ends_well(self, processes):
        for process in processes:
            out, err = process.communicate(timeout=hub.PATIENCE)
            self.assertEqual(0, process.returncode, (out + err).decode("utf-8", "replace"))

    def assert_notices_gap_free(self, one):
        told = [notice["seq"] for notice in one.notices()]
        self.assertEqual(list(range(1, len(told) + 1)), told)

    def facts(self, one):
        """What the record says, without references: the four ran in another order."""
        return sorted((lead["person"]["citizen_id"], lead["benefit"], lead["kind"], lead["from"], lead["until"] or "",
                       lead["amount"]["fen"] if lead["amount"] else None, lead["certainty"], len(lead["evidence"]))
                      for lead in one.open_leads())

    def confirm_as_it_stands(self, one, lead):
        """Looks and decides until nothing has changed in between: the hub at work may give a lead a new revision at any moment."""
        until = time.monotonic() + hub.PATIENCE
        while True:
            seen = one.read("lead", "show", lead)["revision"]
            answer = one.ask("lead", "confirm", lead, "--revision", seen, "--reason", "beside a running hub")
            if answer.code == 0:
                return
            self.assertEqual((2, True), (answer.code, b"[CHANGED]" in answer.err), str(answer))
            self.assertLess(time.monotonic(), until, f"{lead} changes each time before it is decided")

    def test_four_ingests_at_once(self):
        self.files(400)
        turn = self.hub()
        for source in SOURCES:
            turn.do("ingest", source, self.folder / "files" / source)
        one = self.hub()
        self.assert_ends_well([self.start(one, "ingest", source, self.folder / "files" / source) for source in SOURCES])
        wanted, got = self.assert_closes(turn), self.assert_closes(one)
        self.assertEqual({name: counts["received"] for name, counts in wanted["sources"].items()},
                         {name: counts["received"] for name, counts in got["sources"].items()})
        self.assertEqual(self.facts(turn), self.facts(one))
        self.assertEqual(turn.read("status")["facts"], one.read("status")["facts"])
        self.assert_notices_gap_free(one)

    def test_the_first_commands_of_a_directory_at_once(self):
        """Two processes make the key file at the same moment: there is one, and both use it."""
        one = self.hub()
        (one.data / "kinhub.key").unlink()
        files = {source: name for source, name in (("public-security", "police_death.xml"), ("civil-affairs", "civil_cremation.json"),
                                                   ("hospital-his", "hospital_death_A03.hl7"), ("medical-insurance", "insurance_stop_death.json"))}
        self.assert_ends_well([self.start(one, "ingest", source, hub.SAMPLES / name) for source, name in files.items()])
        self.assert_closes(one, received=4, applied=4)
        self.assertEqual(2, len(one.open_leads()))
        for lead in one.open_leads():
            self.assertEqual(4, len([e for e in lead["evidence"] if e["fact"] == "death"]))

    def test_the_same_files_twice_at_once(self):
        self.files(200)
        one = self.hub()
        folder = self.folder / "files" / "public-security"
        self.assert_ends_well([self.start(one, "ingest", "public-security", folder) for _ in range(2)])
        balance = self.assert_closes(one)
        self.assertGreaterEqual(balance["duplicate"], balance["applied"])

    def test_ingest_read_and_decide_beside_a_running_hub(self):
        with hub_beside_agencies(self, families=100, seed=2, speed=40) as (agencies, one):
            # The sample families are none of the simulated ones.
            for name in ("police_death.xml", "civil_cremation.json", "insurance_stop_death.json", "deathcert_daily.csv"):
                one.do("ingest", hub.source_of(name), hub.SAMPLES / name)
                one.read("leads")
                one.read("balance")
            mine = [lead for lead in one.open_leads() if lead["person"]["citizen_id"] in (hub.IDS["wife"], hub.IDS["husb"])]
            self.assertEqual(2, len(mine))
            for lead in mine:
                self.confirm_as_it_stands(one, lead["id"])
        leads = one.leads()
        self.assertEqual({"confirmed"}, {lead["state"] for lead in leads if lead["person"]["citizen_id"] in (hub.IDS["wife"], hub.IDS["husb"])})
        self.assertEqual([], judge(agencies.truth(), leads))
        self.assert_closes(one)
        self.assert_notices_gap_free(one)


if __name__ == "__main__":
    hub.main()
