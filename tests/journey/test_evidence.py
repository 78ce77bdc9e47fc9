"""Evidence rules of a site: compared, adopted, followed by the leads; what is not adopted changes nothing.

docs/evidence.md, decision 0028.
"""

import shutil
import subprocess

import hub
from hub import DEATH, IDS, Journey, police_death
from live import wait

SHIPPED = hub.SOURCE / "mappings/evidence/evidence.yaml"
CHILD, MOTHER = IDS["son"], IDS["wife"]
USUAL = "  death: {order: usual,"
# The county's hospitals before its police, for deaths alone.
CHANGED = "  death: {order: [hospital, police_registration, certificate, cremation, insurance, care_desk],"


class Evidence(Journey):

    def changed(self, name="evidence.yaml", before=USUAL, after=CHANGED):
        """A file of rules with one change, and without the tests that say the contrary."""
        text = SHIPPED.read_text()
        self.assertIn(before, text)
        file = self.folder / name
        file.write_text(text.replace(before, after).split("\ntests:")[0] + "\n")
        return file

    def told(self, **more):
        """A hub whose police tell another day of the son's death than the hospital."""
        one = self.hub(**more)
        later, master = self.folder / "police_death.xml", self.folder / "police_resident.xml"
        later.write_bytes(police_death(SWRQ="20261120"))
        told = (hub.SOURCE / "mappings/public_security/samples/police_resident.xml").read_bytes()
        self.assertIn(b"<SWRQ>20261118</SWRQ>", told)
        master.write_bytes(told.replace(b"<SWRQ>20261118</SWRQ>", b"<SWRQ>20261120</SWRQ>"))
        one.ingest(master, "civil_marriage.json", later, "hospital_death_A03.hl7")
        return one

    def died(self, one):
        return one.read("explain", "--of", CHILD, "--field", "died")["settled"][0]

    def lead(self, one):
        """The mother's lead for the death of her only child: from which day."""
        found = [lead for lead in one.open_leads() if lead["benefit"] == DEATH and lead["person"]["citizen_id"] == MOTHER]
        self.assertEqual(1, len(found), found)
        return found[0]["from"]

    def test_compare_adopt_and_the_leads_follow(self):
        one, file = self.told(), self.changed()
        self.assertEqual("2026-11-20", self.died(one)["value"])
        self.assertEqual("2026-11-20", self.lead(one))
        first = one.read("evidence", "show")
        self.assertEqual([("first start", "evidence.yaml")], [(one["by"], one["name"]) for one in first["adoptions"]])
        self.assertEqual((SHIPPED.read_text(), None), (first["text"], first["differs"]))
        line = SHIPPED.read_text().split("\n").index(next(text for text in SHIPPED.read_text().split("\n") if text.startswith(USUAL))) + 1
        self.assertEqual(f"evidence.yaml:{line}", self.died(one)["rule"], "the order of weight chose the day")

        before = one.leads()
        compared = one.read("evidence", "compare", file)
        self.assertEqual(1, compared["fields"]["died"])
        self.assertEqual(1, compared["changed"])
        self.assertEqual([("gone", "2026-11-20"), ("learnt", "2026-11-18")],
                         sorted((change["what"], change["value"]) for change in compared["examples"][0]["changes"]))
        self.assertGreaterEqual(compared["leads"]["changed"], 1)
        self.assertIn(MOTHER, [lead["person"]["citizen_id"] for lead in compared["lead_examples"]])
        self.assertEqual(before, one.leads(), "a comparison changes nothing")
        self.assertEqual("2026-11-20", self.died(one)["value"])
        masked = one.do("evidence", "compare", file)
        self.assertNotIn(CHILD.encode(), masked.out)

        one.do("evidence", "adopt", file, code=2)  # no reason
        self.assertEqual(1, len(one.read("evidence", "show")["adoptions"]))
        adopted = one.do("evidence", "adopt", file, "--reason", "会议纪要三号", "--by", "zhang", "--json").json
        self.assertGreaterEqual(adopted["persons"], 3, "everybody is looked at")
        self.assertEqual(sum(compared["leads"].values()), len(adopted["leads_changed"]), "what was shown is what came")
        self.assertEqual("2026-11-18", self.died(one)["value"])
        self.assertEqual("2026-11-18", self.lead(one))
        one.do("evidence", "adopt", file, "--reason", "again", code=2)
        self.assertEqual({}, one.read("evidence", "compare", file)["leads"])

        # Known in audit: who, when, why, which text; and no word of it in a file of the data directory.
        known = one.read("evidence", "show")
        self.assertEqual([("first start", None), ("zhang", "会议纪要三号")],
                         [(adoption["by"], adoption["reason"]) for adoption in known["adoptions"]])
        self.assertEqual(file.read_text(), known["text"])
        for path in one.data.rglob("*"):
            if path.is_file():
                self.assertNotIn("会议纪要三号".encode(), path.read_bytes(), path)

        # The configured file is now the one that does not count, and the hub says so.
        self.assertIn("do not count", known["differs"])
        self.assertIn("do not count", one.read("status")["evidence"])
        self.assertIn(b"EVIDENCE_NOT_ADOPTED", one.do("check", code=1).err)
        one.do("evidence", "adopt", "--reason", "back to the shipped ones")
        self.assertEqual("2026-11-20", self.died(one)["value"])
        self.assertNotIn("evidence", one.read("status"))
        one.do("check")
        self.assert_closes(one)

    def test_a_file_that_was_not_adopted_changes_nothing(self):
        one = self.told()
        mappings = self.folder / "mappings"
        shutil.copytree(hub.SOURCE / "mappings", mappings)
        shutil.copy(self.changed(), mappings / "evidence/evidence.yaml")
        # Another node with its own file, and the same store.
        other = hub.Hub(one.data, directories={"mappings": str(mappings)})
        other.do("night", "--only", "scan")
        self.assertEqual("2026-11-20", self.died(other)["value"])
        self.assertIn("2026-11-20", str(self.lead(other)))
        self.assertIn("do not count", other.read("status")["evidence"])
        other.do("evidence", "adopt", "--reason", "as the file says")
        self.assertEqual("2026-11-18", self.died(one)["value"], "for every node")
        one.do("night", "--only", "scan")  # with the shipped file
        self.assertEqual("2026-11-18", self.lead(one))

    def test_a_hub_at_work_takes_them_up(self):
        one = self.told()
        process = subprocess.Popen(one.command("run"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        wait(lambda: any(lease["remaining_seconds"] > 0 for lease in one.read("status")["leases"] if lease["name"] == "log"), "the hub")
        one.do("evidence", "adopt", self.changed(), "--reason", "test")
        self.assertEqual("2026-11-18", self.lead(one))
        # What the hub at work reviews from now on, it reviews by the new rules.
        one.do("care", "add", "residence-told", "--of", CHILD, "on=2021-05", "region=370306", "told_by=book", "--reason", "test")
        self.assertEqual("2026-11-18", self.lead(one))

    def test_what_a_wrong_file_is_told(self):
        one = self.told()
        wrong = self.changed("wrong.yaml", "hospital, cremation, insurance, care_desk]", "hospital, cremation, care_desk, insurance]")
        for command in (["check"], ["test"], ["compare"], ["adopt", "--reason", "test"]):
            answer = one.ask("evidence", command[0], wrong, *command[1:])
            self.assertEqual(1 if command[0] in ("check", "test") else 2, answer.code, answer)
            self.assertIn(b"wrong.yaml:", answer.err)
            self.assertIn(b"EVIDENCE_FIXED", answer.err)
        self.assertEqual(1, len(one.read("evidence", "show")["adoptions"]))


if __name__ == "__main__":
    hub.main()
