"""A mended mapping is applied to what was already taken: the plan, the change, what was known before it, kill -9 in the middle.

Issue "The record keeps history and origin", point 7; docs/operators.md, decision 0026.
"""

import datetime
import os
import pty
import re
import shutil
import subprocess
import time
import unittest

import hub
from hub import DEATH, IDS, Journey, citizen_number, police_death

SON, MOTHER, FATHER = IDS["son"], IDS["wife"], IDS["husb"]
DEATHS = 2600  # more than five transactions of a replay
DAY = "on: date(SWRQ, 'any')"
PARENTS = "      mother.citizen_number: { from: citizen_id(MQ_GMSFHM), on_error: null }\n      mother.name: MQ_XM\n"


class MapReplay(Journey):

    def setUp(self):
        super().setUp()
        self.mappings = self.folder / "mappings"
        shutil.copytree(hub.SOURCE / "mappings", self.mappings)
        self.mended = self.file.read_text()

    @property
    def file(self):
        return self.mappings / "public_security/death.yaml"

    def mistaken(self, *edits):
        """The shipped mapping of deaths with mistakes in it, and without the tests that would find them."""
        text = self.mended.split("tests:\n")[0]
        for right, wrong in edits:
            self.assertEqual(1, text.count(right), right)
            text = text.replace(right, wrong)
        self.file.write_text(text)

    def mend(self):
        self.file.write_text(self.mended)

    def hub_of(self, *files, **more):
        """A hub that has read these files of the police by the mapping as it is now."""
        one = self.hub(directories={"mappings": str(self.mappings)}, **more)
        for file in files:
            one.do("ingest", "public-security", file, code=1 if "unreadable" in file.name else 0)
        return one

    def written(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def apply(self, one, *arguments, code=0):
        return one.read("map", "replay", "public-security", "--apply", "--by", "zhang", *arguments, code=code)

    def died(self, one, *arguments):
        return one.read("explain", "--of", SON, "--field", "died", *arguments)

    def days(self, one, *arguments):
        return [settled["value"] for settled in self.died(one, *arguments)["settled"]]

    def told_leads(self, one):
        return sorted((lead["person"]["citizen_id"], lead["benefit"], lead["kind"], lead["from"], lead["arrears_fen"])
                      for lead in one.open_leads())

    def test_the_plan_the_change_and_what_was_known_before(self):
        # The day on which the death was registered for that of the death, and no mothers.
        self.mistaken((DAY, "on: date(SLSJ, 'any')"), (PARENTS, ""))
        message = self.written("police_death.xml", police_death(SWRQ="20261002"))
        one = self.hub_of(message)
        self.assertEqual(["2026-11-18"], self.days(one))
        time.sleep(1.1)  # times are asked for by the second
        balance, leads = self.assert_closes(one), self.told_leads(one)
        self.assertNotIn(MOTHER, [lead[0] for lead in leads])
        self.mend()

        # The plan, by default and when asked for: nothing is changed.
        plan = one.read("map", "replay", "public-security")
        self.assertEqual(plan, one.read("map", "replay", "public-security", "--dry-run"))
        self.assertEqual((False, {"read": 1, "same": 0, "changed": 1, "failing": 0, "unreadable": 0, "held": 0, "discarded": 0}),
                         (plan["applied"], plan["events"]))
        self.assertEqual([("death", 1, ["on"]), ("parentage", 1, ["mother.citizen_number", "mother.name"])],
                         [(fact["fact"], fact["changed"], [field["field"] for field in fact["fields"]]) for fact in plan["facts"]])
        self.assertGreaterEqual(plan["leads"]["opened"], 1)
        self.assertEqual((["2026-11-18"], leads), (self.days(one), self.told_leads(one)))
        shown = one.do("map", "replay", "public-security").out.decode()
        self.assertIn("nothing was changed: --apply --reason TEXT does it", shown)
        for secret in (SON, MOTHER, "王试"):
            self.assertNotIn(secret, shown)
        refused = one.ask("map", "replay", "public-security", "--apply")
        self.assertEqual((2, True), (refused.code, b"REASON_MISSING" in refused.err))

        # The change is what the plan said.
        done = self.apply(one)
        self.assertEqual({**plan, "applied": True, "known_since": done["known_since"]}, done)
        self.assertEqual(["2026-10-02"], self.days(one))
        self.assertIn((MOTHER, DEATH), [lead[:2] for lead in self.told_leads(one)])
        told = self.died(one)
        word = told["settled"][0]["by"][0]
        self.assertEqual((done["known_since"], done["known_since"], "zhang", "test", "public_security/death"),
                         (told["settled"][0]["known_since"], word["read_anew_at"], word["read_anew_by"], word["read_anew_reason"],
                          word["mapping"]))
        self.assertLess(word["received_at"], word["read_anew_at"])
        self.assertEqual("20261002", word["raw"][0]["text"])
        self.assertEqual([("2026-11-18", "its message was read anew by a mended mapping, and says otherwise")],
                         [(lost["value"], lost["lost"]) for lost in told["lost"]])
        self.assertIn("read anew by another mapping", one.do("explain", "--of", SON, "--field", "died").out.decode())

        # Until then the hub knew what it knew.
        received = datetime.datetime.fromisoformat(word["received_at"])
        before = (received + datetime.timedelta(seconds=1)).isoformat()
        self.assertEqual(["2026-11-18"], self.days(one, "--known-at", before))
        members = {member["person"]["citizen_id"] for member in one.read("family", "--of", FATHER, "--known-at", before)[0]["members"]}
        self.assertEqual({FATHER, SON}, members)
        members = {member["person"]["citizen_id"] for member in one.family(FATHER)[0]["members"]}
        self.assertEqual({FATHER, MOTHER, SON}, members)
        changes = one.read("family", "--of", SON, "--diff", f"{before}..2099-01-01")
        learnt = {(change["what"], change["field"], change["value"]): change["by"] for person in changes["people"]
                  for change in person["changes"] if person["person"]["citizen_id"] == SON and change["field"] == "died"}
        self.assertEqual({("learnt", "died", "2026-10-02"), ("gone", "died", "2026-11-18")}, set(learnt))
        for by in learnt.values():
            self.assertEqual([(word["received_at"], done["known_since"], 1)], [(one["received_at"], one["read_anew_at"], one["sequence"]) for one in by])

        # Again it changes nothing, and nothing was received twice.
        again = self.apply(one)
        self.assertEqual(({"read": 1, "same": 1, "changed": 0, "failing": 0, "unreadable": 0, "held": 0, "discarded": 0}, [], 0),
                         (again["events"], again["facts"], again["people"]))
        self.assertEqual(balance, self.assert_closes(one))
        self.assertEqual(["2026-10-02"], self.days(one))
        # The file once more is a repetition of the reading that counts.
        one.do("ingest", "public-security", message)
        self.assertEqual(1, self.assert_closes(one)["duplicate"])
        # As a hub that has read it by the mended mapping alone.
        other = self.hub_of(message, like=one)
        self.assertEqual(self.told_leads(other), self.told_leads(one))

    def test_of_one_mapping_file_or_since_a_time(self):
        self.mistaken((DAY, "on: date(SLSJ, 'any')"))
        one = self.hub_of(hub.SOURCE / "mappings/public_security/samples/police_resident.xml",
                          self.written("police_death.xml", police_death(SWRQ="20261002")))
        self.mend()
        whole = one.read("map", "replay", "public-security")["events"]
        of_file = one.read("map", "replay", "public-security", "--mapping", "public_security/death")["events"]
        self.assertEqual((1, 1, True), (of_file["read"], of_file["changed"], whole["read"] > 1))
        self.assertEqual(of_file, one.read("map", "replay", "public-security", "--mapping", str(self.file))["events"])
        self.assertEqual(0, one.read("map", "replay", "public-security", "--since", "2099-01-01")["events"]["read"])
        unknown = one.ask("map", "replay", "public-security", "--mapping", "public_security/deth")
        self.assertEqual((2, True), (unknown.code, b"did you mean 'public_security/death'?" in unknown.err), unknown.err)

    def test_what_cannot_be_read_any_more_stays_and_what_is_held_waits(self):
        one = self.hub_of(self.written("police_death.xml", police_death(SWRQ="20261002")),
                          self.written("police_death_unreadable.xml", police_death(SWRQ="99991332", HJYWID="7", RYID="7")))
        self.assert_closes(one, quarantined=1)
        self.mistaken((DAY, "on: date(SWRQ, 'yyyy-MM-dd')"))
        plan = one.read("map", "replay", "public-security", code=1)
        self.assertEqual((1, 1, 0), tuple(plan["events"][name] for name in ("failing", "held", "changed")))
        self.assertEqual([("public_security/death", 1, 1)],
                         [(code["mapping"], code["events"], code["first_event"]) for code in plan["failing"]])
        done = self.apply(one, code=1)
        self.assertEqual((1, ["2026-10-02"]), (done["events"]["failing"], self.days(one)))
        self.assert_closes(one, quarantined=1)

    def many_deaths(self):
        """One file of the police: deaths of as many people, each with a mother of its own."""
        text = police_death(SWRQ="20261002").decode("gb18030")
        record = re.search(r"<RECORD .*</RECORD>", text, re.S)[0]
        records = []
        for number in range(DEATHS):
            child = citizen_number("20000521", number % 1000) if number < 1000 else citizen_number("20010521", number % 1000)
            if number >= 2000:
                child = citizen_number("20020521", number % 1000)
            mother = citizen_number(f"{1970 + number // 1000}0312", number % 500 * 2)
            one = record
            for field, value in (("HJYWID", f"9{number:06}"), ("RYID", f"55{number:06}"), ("GMSFHM", child), ("MQ_GMSFHM", mother),
                                 ("FQ_GMSFHM", ""), ("XBDM", "1" if number % 2 else "2")):
                one = re.sub(f"<{field}>[^<]*</{field}>", f"<{field}>{value}</{field}>", one)
            records.append(one)
        return self.written("police_death_many.xml", text.replace(record, "\n".join(records)).replace("<jls>1</jls>", f"<jls>{DEATHS}</jls>").encode("gb18030"))

    def killed_in_the_middle(self, one):
        """Kills a replay with kill -9 as soon as it tells of its first stored page; whether it was cut off."""
        terminal, other = pty.openpty()
        try:
            process = subprocess.Popen(one.command("map", "replay", "public-security", "--apply", "--reason", "test"),
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=other)
            os.close(other)
            while b"events of the log read" not in os.read(terminal, 4096):
                self.assertIsNone(process.poll(), "it ended without a word")
            process.kill()
            process.wait()
        finally:
            os.close(terminal)
        return one.read("map", "replay", "public-security")["interrupted_at"] is not None

    def test_kill_9_in_the_middle(self):
        self.mistaken((DAY, "on: date(SLSJ, 'any')"), (PARENTS, ""))
        file = self.many_deaths()
        one = self.hub_of(file)
        balance = self.assert_closes(one)
        self.assertEqual((DEATHS, 0), (balance["applied"], balance["quarantined"]))
        self.mend()
        whole = one.read("map", "replay", "public-security")
        self.assertEqual(DEATHS, whole["events"]["changed"])
        self.assertTrue(self.killed_in_the_middle(one))
        left = one.read("map", "replay", "public-security")["events"]["changed"]
        self.assertTrue(0 < left < DEATHS, left)
        done = self.apply(one)
        self.assertEqual((left, DEATHS - left), (done["events"]["changed"], done["events"]["same"]))
        self.assertEqual((0, None), (self.apply(one)["events"]["changed"], one.read("map", "replay", "public-security")["interrupted_at"]))
        self.assertEqual(balance, self.assert_closes(one))
        self.assertEqual(list(range(1, len(one.notices()) + 1)), [int(notice["seq"]) for notice in one.notices()])
        self.assertEqual(self.told_leads(self.hub_of(file, like=one)), self.told_leads(one))


if __name__ == "__main__":
    unittest.main(verbosity=2)
