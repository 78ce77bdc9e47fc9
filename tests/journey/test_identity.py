"""The identity review queue: who may be one is found by matching and decided by a person; through kill -9, correction, replay.

docs/identity.md, decision 0027.
"""

import os
import re
import signal
import subprocess
import time
import unittest

import hub
from hub import DEATH, IDS, Journey

CHILD, MOTHER, FATHER = IDS["son"], IDS["wife"], IDS["husb"]
NAME = "王试子"
RESIDENT = hub.SOURCE / "mappings/public_security/samples/police_resident.xml"
DEATH_A03 = hub.SOURCE / "mappings/hospital_his/samples/hospital_death_A03.hl7"


class Identity(Journey):

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def family(self, **more):
        """A hub to which the police have told of a living child with its parents, and a hospital of the death of a patient
        without a number: the same name, the same day of birth."""
        one = self.hub(**more)
        text = RESIDENT.read_text()
        text = text.replace("<RYZT>9</RYZT><SWRQ>20261118</SWRQ>", "<RYZT>0</RYZT><SWRQ></SWRQ>", 1)
        one.ingest(self.file("police_alive.xml", text.encode()))
        one.ingest(self.unnumbered("hospital_death_unnumbered.hl7"))
        return one

    def unnumbered(self, name, chart="Z0077120", person=NAME, born="20000521", sex="M"):
        text = DEATH_A03.read_bytes().decode()
        text, count = re.subn(r"~322228200005210171\^\^\^&2\.16\.156\.10011\.1\.3&ISO\^NNCN", "", text)
        self.assertEqual(1, count)
        text = text.replace("|||322228200005210171|||", "||||||", 1)
        self.assertNotIn("322228200005210171", text)
        text = text.replace("Z0077120", chart).replace(NAME, person).replace("|20000521|M|", f"|{born}|{sex}|")
        text = text.replace("ZY2026111700310", f"ZY{chart}").replace("HIS20261118000045", f"HIS{chart}")
        return self.file(name, text.encode())

    def queue(self, one, *arguments):
        return one.read("identity", "list", *arguments)["pairs"]

    def answer(self, one, what, pair, *arguments, code=0):
        return one.read("identity", what, pair, "--as", "zhang", *arguments, code=code)

    def only(self, one):
        pairs = self.queue(one)
        self.assertEqual(1, len(pairs), pairs)
        return pairs[0]

    def people(self, one):
        return one.read("status")["persons"]

    def dead(self, one):
        return one.read("explain", "--of", CHILD, "--field", "died")["settled"]

    def test_the_same_and_back(self):
        one = self.family()
        before = self.people(one)
        self.assertEqual(([], None), (self.queue(one), one.read("identity", "list")["last_scan"]))
        looked = one.read("identity", "scan", "--dry-run")
        self.assertEqual((1, True), (looked["opened"], looked["dry_run"]))
        self.assertEqual([], self.queue(one))
        done = one.read("identity", "scan")
        self.assertEqual((1, 1, True), (done["opened"], done["waiting"], done["complete"]))
        self.assertEqual({"doubtful": 1}, one.read("status")["identity_pairs"])
        pair = self.only(one)
        self.assertEqual(("open", "doubtful", CHILD, None),
                         (pair["state"], pair["why"], pair["a"]["citizen_id"] or pair["b"]["citizen_id"],
                          None if None in (pair["a"]["citizen_id"], pair["b"]["citizen_id"]) else "both"))
        self.assertEqual([], one.open_leads(), "a death of nobody who has parents")

        shown = one.read("identity", "show", pair["id"])
        self.assertLessEqual({"name_same", "born_same"}, {finding["word"] for finding in shown["evidence"]})
        self.assertTrue(all(finding["label"] for finding in shown["evidence"]))
        fields = {field["field"]: field for field in shown["fields"]}
        self.assertEqual({"public-security", "hospital-his"},
                         {source for side in ("a", "b") for said in fields["name"][side] for source in said["sources"]})
        self.assertIn("YY320812A/Z0077120",
                      [said["number"] for side in ("a", "b") for said in fields["identifiers"][side]])
        for masked in (one.do("identity", "show", pair["id"]), one.do("identity", "list", "--json"),
                       one.do("identity", "show", pair["id"], "--json")):
            for secret in (NAME, CHILD, MOTHER, "Z0077120"):
                self.assertNotIn(secret.encode(), masked.out)

        same = self.answer(one, "same", pair["id"], "--seen", "visit")
        self.assertEqual(("same", "applied", "identity-same", "zhang"),
                         (same["pair"]["state"], same["entry"]["state"], same["entry"]["form"], same["entry"]["who"]))
        self.assertEqual(before - 1, self.people(one))
        self.assertEqual("2026-11-18", self.dead(one)[0]["value"])
        leads = [lead for lead in one.open_leads() if lead["benefit"] == DEATH]
        self.assertEqual({MOTHER, FATHER}, {lead["person"]["citizen_id"] for lead in leads})
        self.assertEqual([], self.queue(one))
        self.assertIn(b"PAIR_ANSWERED", one.do("identity", "different", pair["id"], "--reason", "test", code=2).err)
        one.read("identity", "scan")
        self.assertEqual([("same", same["entry"]["id"])],
                         [(row["state"], row["decided"]) for row in self.queue(one, "--all")])

        back = self.answer(one, "undo", pair["id"])
        self.assertEqual("open", back["pair"]["state"])
        self.assertEqual(before, self.people(one))
        self.assertEqual([], self.dead(one))
        self.assertEqual([], [lead for lead in one.open_leads() if lead["benefit"] == DEATH])
        self.assertEqual(pair["id"], self.only(one)["id"])
        self.assertIn(b"PAIR_NOT_ANSWERED", one.do("identity", "undo", pair["id"], "--reason", "test", code=2).err)
        self.assert_closes(one)
        self.assert_sealed(one)

    def test_not_the_same_stands_through_every_scan(self):
        one = self.family()
        before = self.people(one)
        one.read("identity", "scan")
        pair = self.only(one)["id"]
        entry = self.answer(one, "different", pair)["entry"]
        self.assertEqual(([], 0), (self.queue(one), one.read("night")["identity"]["waiting"]))
        for _ in range(2):
            one.read("identity", "scan")
        self.assertEqual(["different"], [row["state"] for row in self.queue(one, "--all")])
        self.assertEqual(before, self.people(one))
        # Taken back at the other door, it is as well.
        one.read("care", "retract", entry["id"])
        self.assertEqual((pair, "open"), (self.only(one)["id"], self.only(one)["state"]))

    def test_an_answer_at_the_care_desk_leaves_the_queue_too(self):
        one = self.family()
        one.read("identity", "scan")
        pair = self.only(one)["id"]
        one.read("care", "add", "identity-same", "--of", CHILD, "other_chart=YY320812A/Z0077120", "seen=visit")
        self.assertEqual([(pair, "same")], [(row["id"], row["state"]) for row in self.queue(one, "--all")])
        self.answer(one, "undo", pair)
        self.assertEqual(pair, self.only(one)["id"])

    def test_who_gets_a_number_leaves_by_the_next_scan(self):
        one = self.family()
        one.read("identity", "scan")
        one.ingest(DEATH_A03)  # the hospital's message again, with the number
        self.assertEqual(1, one.read("identity", "scan")["left"])
        self.assertEqual(["gone"], [row["state"] for row in self.queue(one, "--all")])
        pair = self.queue(one, "--all")[0]["id"]
        self.assertIn(b"PAIR_GONE", one.do("identity", "same", pair, "--reason", "test", code=2).err)

    def test_wrong_use_is_told(self):
        one = self.family()
        for arguments, code in [(("show", "I7f3kq2mzx9c4d"), b"NO_SUCH_PAIR"), (("show", CHILD), b"NO_SUCH_PAIR"),
                                (("same", "nothing", "--reason", "test"), b"NO_SUCH_PAIR")]:
            refused = one.do("identity", *arguments, code=2)
            self.assertIn(code, refused.err)
            self.assertNotIn(CHILD.encode(), refused.err)
        one.read("identity", "scan")
        pair = self.only(one)["id"]
        self.assertIn(b"REASON_MISSING", one.do("identity", "same", pair, code=2).err)
        self.assertIn(b"CODE_UNKNOWN", one.do("identity", "same", pair, "--seen", "dream", "--reason", "test", code=2).err)
        self.assertEqual("open", self.only(one)["state"])

    def test_twins_and_a_father_of_one_name_are_never_likely(self):
        one = self.hub()
        rows = [("P1", "322228200005210171", "王试一", "20000521"), ("P2", "322228200005210331", "王试二", "20000521"),
                ("P3", hub.citizen_number("19550312", 21), "陈试国", "19550312"),
                ("P4", hub.citizen_number("19850618", 17), "陈试国", "19850618")]
        record = RESIDENT.read_text().split("<RECORD no=\"1\">")[1].split("</RECORD>")[0]
        body = ""
        for police, number, name, born in rows:
            said = {"RYID": police, "RYNBID": police, "GMSFHM": number, "XM": name, "CSRQ": born, "RYZT": "0", "SWRQ": ""}
            if police == "P4":
                said |= {"FQ_XM": "陈试国", "FQ_GMSFHM": rows[2][1], "MQ_XM": "", "MQ_GMSFHM": ""}
            if police == "P3":
                said |= {"FQ_XM": "", "FQ_GMSFHM": "", "MQ_XM": "", "MQ_GMSFHM": ""}
            text = record
            for field, value in said.items():
                text = re.sub(f"<{field}>[^<]*</{field}>", f"<{field}>{value}</{field}>", text)
            body += f"<RECORD>{text}</RECORD>"
        text = re.sub(r"<body>.*</body>", f"<body>{body}</body>", RESIDENT.read_text(), flags=re.S)
        one.ingest(self.file("police_twins.xml", text.replace("<jls>3</jls>", "<jls>4</jls>").encode()))
        one.ingest(self.unnumbered("hospital_death_a.hl7", "C1", "王试乙"),
                   self.unnumbered("hospital_death_b.hl7", "C2", "王试一"),
                   self.unnumbered("hospital_death_c.hl7", "C3", "陈试国", born=""))
        done = one.read("identity", "scan")
        self.assertEqual(0, done["likely"])
        self.assertGreaterEqual(done["waiting"], 1)

    def test_kill_9_in_the_middle_of_a_scan_loses_nothing(self):
        one = self.family()
        one.do("ingest", "hospital-his", *(self.unnumbered(f"hospital_death_{i}.hl7", f"K{i}") for i in range(40)))
        other = self.hub(like=one)
        for path in sorted(one.data.iterdir()):
            if path.is_file():
                (other.data / path.name).write_bytes(path.read_bytes())
        other.read("identity", "scan")
        wanted = sorted((row["why"], row["bits"]) for row in self.queue(other, "--limit", "0"))
        self.assertGreater(len(wanted), 40)
        started = time.monotonic()
        other.read("identity", "scan", "--dry-run")
        whole = time.monotonic() - started
        for part in range(12):
            process = subprocess.Popen(one.command("identity", "scan"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            time.sleep(whole * part / 10)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        one.read("identity", "scan")
        self.assertEqual(wanted, sorted((row["why"], row["bits"]) for row in self.queue(one, "--limit", "0")))
        self.assert_closes(one)

    def test_the_running_hub_scans_at_night(self):
        one = self.family()
        process = subprocess.Popen(one.command("run"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        until = time.monotonic() + hub.PATIENCE
        while one.read("status")["last_identity_scan"] != one.today and time.monotonic() < until:
            time.sleep(0.1)
        pair = self.only(one)["id"]
        self.assertEqual("same", self.answer(one, "same", pair)["pair"]["state"], "by the hub at work")
        self.assertEqual([], self.queue(one))
        self.answer(one, "undo", pair)
        self.assertEqual(pair, self.only(one)["id"])

    def assert_sealed(self, one):
        """The queue's rows hold neither a name nor a number."""
        for path in one.data.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                for secret in (NAME.encode(), MOTHER.encode(), CHILD.encode(), b"Z0077120"):
                    self.assertNotIn(secret, content, path)


if __name__ == "__main__":
    unittest.main(verbosity=2)
