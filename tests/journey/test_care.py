"""The care desk: what a case worker enters is an event like any agency's, through kill -9, quarantine, correction and replay.

Issue "The record keeps history and origin", point 5; docs/care.md, decision 0022.
"""

import os
import shutil
import signal
import subprocess
import unittest

import hub
from hub import DEATH, IDS, Journey
from live import wait

MOTHER, FATHER = IDS["wife"], IDS["husb"]
NAME = "试秘密"   # stands in a note, and nowhere else
UNMAPPED = """\
form: flood
title: {{ zh: 受灾, en: A flood }}
about: {{ zh: 本人, en: the person }}
fields:
  - item: on
    label: {{ zh: 日期, en: day }}
    type: date
    required: true
tests:
  - name: 受灾
    values: {{ on: 2026-11-18 }}
    facts: [{kind}]
"""


class Care(Journey):

    def enter(self, one, *arguments, code=0):
        return one.read("care", *arguments, code=code)

    def known(self, **more):
        """A hub to which the police have told of the family."""
        one = self.hub(**more)
        one.ingest(hub.SOURCE / "mappings/public_security/samples/police_resident.xml")
        return one

    def entries(self, one, of):
        return [(entry["operation"], entry["state"]) for entry in one.read("care", "list", "--of", of)]

    def start(self, one, *arguments):
        process = subprocess.Popen(one.command(*arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_enters_corrects_and_takes_back(self):
        one, child = self.known(), IDS["adopt"]
        added = self.enter(one, "add", "death-seen", "--of", child, "on=2026-11-18", "told_by=committee", f"note={NAME}", "--as", "zhang")
        self.assertEqual(("applied", "zhang", "test"), (added["state"], added["who"], added["why"]))
        self.assertEqual([{"fact": "death", "op": "assert", "on": "2026-11-18", "people": {"person": child}}], added["facts"])
        died = one.read("explain", "--of", child, "--field", "died")
        self.assertEqual([("care-desk", "care_desk/death_seen", "2026-11-18")],
                         [(word["source"], word["mapping"], word["raw"][0]["text"]) for word in died["settled"][0]["by"]])
        # Proves nothing by itself.
        self.assertEqual([], [lead for lead in one.open_leads() if lead["benefit"] == DEATH and lead["certainty"] == "sure"])
        entry = added["id"]
        self.enter(one, "add", "death-seen", "--corrects", entry, "on=2026-11-17")
        self.assertEqual("2026-11-17", one.read("explain", "--of", child, "--field", "died")["settled"][0]["value"])
        self.enter(one, "retract", entry, "--as", "li")
        self.assertEqual([], one.read("explain", "--of", child, "--field", "died")["settled"])
        one.do("care", "retract", entry, "--reason", "again", code=2)
        self.assertEqual([("add", "retracted"), ("correct", "retracted"), ("retract", "applied")], self.entries(one, child))
        # A dry run, and what is refused, leave nothing.
        planned = self.enter(one, "add", "death-seen", "--of", child, "on=2026-11-18", "told_by=seen", "--dry-run")
        self.assertEqual("planned", planned["state"])
        refused = one.ask("care", "add", "death-seen", "--of", child, "on=2026-11-31", "told_by=nobody", f"{NAME}=1")
        self.assertEqual(2, refused.code)
        self.assertEqual(4, len(refused.err.splitlines()), "why, the unknown field, the day, the code")
        self.assertNotIn(NAME.encode(), refused.err)
        balance = self.assert_closes(one)
        self.assertEqual((3, 3), tuple(balance["sources"]["care-desk"][name] for name in ("received", "applied")))
        self.assert_sealed(one)

    def assert_sealed(self, one):
        """Neither a name nor a number of an entry stands in a file or a masked answer."""
        for path in one.data.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                for secret in (NAME.encode(), MOTHER.encode(), "走访".encode()):
                    self.assertNotIn(secret, content, path)

    def test_a_repeated_request_is_entered_once(self):
        one = self.known()
        arguments = ("add", "residence-told", "--of", MOTHER, "on=2021-05", "region=370306", "told_by=book")
        first = self.enter(one, *arguments, "--no-wait")
        self.assertEqual("waiting", first["state"])
        again = self.enter(one, *arguments, "--id", first["id"])
        self.assertEqual(("applied", first["sequence"]), (again["state"], again["sequence"]))
        self.assertEqual(again, self.enter(one, *arguments, "--id", first["id"]))
        other = one.ask("care", *arguments[:-1], "told_by=family", "--id", first["id"], "--reason", "test")
        self.assertEqual(2, other.code)
        self.assertIn(b"ENTRY_EXISTS", other.err)
        self.assertEqual(1, self.assert_closes(one)["sources"]["care-desk"]["received"])

    def test_kill_9_between_append_and_apply(self):
        one = self.known()
        hub_at_work = self.start(one, "run")
        wait(lambda: any(lease["remaining_seconds"] > 0 for lease in one.read("status")["leases"] if lease["name"] == "log"), "the hub")
        applied = self.enter(one, "add", "residence-told", "--of", MOTHER, "on=2021-05", "region=370306", "told_by=book")
        self.assertEqual("applied", applied["state"], "by the hub at work")
        os.kill(hub_at_work.pid, signal.SIGSTOP)
        desk = self.start(one, "care", "add", "contact", "--of", MOTHER, "channel=mobile", "contact=0001", "on=2026-11-20",
                          "--reason", "test")
        wait(lambda: ("add", "waiting") in self.entries(one, MOTHER), "the entry in the log")
        desk.kill()
        hub_at_work.kill()
        hub_at_work.wait()
        held = [entry for entry in one.read("care", "list", "--of", MOTHER) if entry["state"] == "waiting"]
        self.assertEqual(1, len(held))
        again = self.enter(one, "add", "contact", "--of", MOTHER, "channel=mobile", "contact=0001", "on=2026-11-20",
                           "--id", held[0]["id"])
        self.assertEqual(("applied", held[0]["sequence"]), (again["state"], again["sequence"]))
        balance = self.assert_closes(one)
        self.assertEqual((2, 2), tuple(balance["sources"]["care-desk"][name] for name in ("received", "applied")))

    def test_an_entry_that_no_mapping_reads_waits_and_is_run_again(self):
        mappings = self.folder / "mappings"
        shutil.copytree(hub.SOURCE / "mappings", mappings)
        (mappings / "care/forms/flood.yaml").write_text(UNMAPPED.format(kind="need"))
        one = self.known(directories={"mappings": str(mappings)})
        one.do("care", "test", code=1)  # its test says that no mapping makes the fact
        held = self.enter(one, "add", "flood", "--of", MOTHER, "on=2026-11-18", code=1)
        self.assertEqual(("quarantined", "NO_MAPPING"), (held["state"], held["code"]))
        later = self.enter(one, "add", "flood", "--corrects", held["id"], "on=2026-11-19", code=1)
        self.assertEqual("WAITS_BEHIND", later["code"])
        self.assertEqual([("add", "quarantined"), ("correct", "quarantined")], self.entries(one, MOTHER))
        listed = one.do("quarantine", "list", "--source", "care-desk").out
        self.assertNotIn(MOTHER.encode(), listed)
        self.assert_closes(one, quarantined=2)
        need = (mappings / "care_desk/need.yaml").read_text().split("tests:")[0]
        flood = need.replace("care_desk.need", "care_desk.flood").replace("event = 'need'", "event = 'flood'")
        (mappings / "care_desk/flood.yaml").write_text(flood.replace("need: code(care_need, need)", "need: \"'other'\""))
        one.do("care", "test")
        one.do("quarantine", "replay", held["quarantine"])
        self.assertEqual([("add", "corrected"), ("correct", "applied")], self.entries(one, MOTHER))
        self.assert_closes(one, quarantined=0)

    def test_the_record_is_the_same_when_the_log_is_read_once_more(self):
        one = self.known()
        entry = self.enter(one, "add", "marriage-told", "--of", MOTHER, "own_role=wife", f"spouse_number={FATHER}", "on=1998-10")
        self.enter(one, "add", "marriage-told", "--corrects", entry["id"], "on=1998-11-01")
        before = one.family(MOTHER), one.read("care", "list", "--of", MOTHER)
        one.do("source", "rewind", "care-desk", "--to", "0", "--apply")
        one.do("night", "--only", "scan")
        self.assertEqual(before, (one.family(MOTHER), one.read("care", "list", "--of", MOTHER)))
        counts = one.read("balance")["sources"]["care-desk"]
        self.assertEqual((2, 2, 2, 0), tuple(counts[name] for name in ("received", "repeated", "duplicate", "residue")))

    def test_nobody_is_joined_by_a_form(self):
        one = self.known()
        for form, other, code in (("identity-correction", f"number={FATHER}", b"FIELD_UNKNOWN"),
                                  ("identity-same", "other_number=322228199001010011", b"NO_SUCH_PERSON"),
                                  ("identity-same", f"other_number={MOTHER}", b"ONE_NUMBER")):
            refused = one.ask("care", "add", form, "--of", MOTHER, other, "seen=card", "--reason", "test")
            self.assertEqual((2, True), (refused.code, code in refused.err), refused.err)
            self.assertNotIn(other.split("=")[1].encode(), refused.err)

    def test_who_is_who_is_decided_and_taken_back(self):
        one = self.known()
        names = lambda: sorted(member["person"]["citizen_id"] or "-" for member in one.family(MOTHER)[0]["members"])
        before = names()
        same = self.enter(one, "add", "identity-same", "--of", MOTHER, f"other_number={FATHER}", "seen=visit")
        self.assertEqual("applied", same["state"])
        self.assertNotEqual(before, names())
        different = self.enter(one, "add", "identity-different", "--of", MOTHER, f"other_number={FATHER}", "seen=agency")
        self.assertEqual(before, names())
        one.do("care", "retract", different["id"], "--reason", "test")
        self.assertNotEqual(before, names())
        one.do("care", "retract", same["id"], "--reason", "test")
        self.assertEqual(before, names())
        self.assert_closes(one)


if __name__ == "__main__":
    unittest.main(verbosity=2)
