"""Whoever has the database and not the key: what is changed, taken out or put back is named by the doctor and never served in silence, and the
rest of the hub goes on."""

import random
import shutil
import sqlite3
import unittest

import hub
from hub import IDS, SAMPLES, Hub, Journey

FIRST = ["civil_marriage.json", "hospital_death_A03.hl7", "police_death.xml"]
LATER = ["deathcert_daily.csv", "civil_cremation.json", "insurance_stop_death.json"]

# Each column that decides, counts or is published, as SQL; and the table that the doctor must name.
CHANGES = [
    ("UPDATE lead SET state = 3 WHERE state = 0", "lead"),
    ("UPDATE lead SET kind = 2", "lead"),
    ("UPDATE lead SET benefit = 'other'", "lead"),
    ("UPDATE lead SET person = person + 1", "lead"),
    ("UPDATE lead SET revision = revision + 1", "lead"),
    ("UPDATE lead SET opened_at_us = 1", "lead"),
    ("UPDATE lead SET changed_at_us = 1", "lead"),
    ("UPDATE lead SET anchor = zeroblob(16)", "lead"),
    ("UPDATE lead SET sealed = (SELECT sealed FROM lead ORDER BY id DESC LIMIT 1)", "lead"),
    ("DELETE FROM lead WHERE id = (SELECT min(id) FROM lead)", "lead"),
    ("UPDATE decided SET benefit = 'other'", "decided"),
    ("DELETE FROM decided", "decided"),
    ("UPDATE decision SET verdict = 2", "decision"),
    ("DELETE FROM decision", "decision"),
    ("UPDATE notice SET body = replace(body, '59000', '99000')", "notice"),
    ("DELETE FROM notice WHERE sequence = 1", "notice"),
    ("DELETE FROM notice WHERE sequence = (SELECT max(sequence) FROM notice)", "notice"),
    ("UPDATE counter SET applied = applied - 1, quarantined = quarantined + 1", "counter"),
    ("UPDATE counter SET unmatched = 7", "counter"),
    ("DELETE FROM counter", "counter"),
    ("INSERT OR REPLACE INTO coverage VALUES ('public-security', 1, 9000000000000000)", "coverage"),
    ("UPDATE quarantine SET state = 2", "quarantine"),
    ("UPDATE dated SET value = zeroblob(9)", "dated"),
    ("UPDATE value SET value = '2031-01-01' WHERE name = 'last scan'", "value"),
    ("UPDATE place SET sequence = sequence - 1", "place"),
    ("UPDATE dossier SET marks = 0 WHERE marks <> 0", "dossier"),
    ("UPDATE dossier SET sealed = (SELECT sealed FROM dossier ORDER BY person DESC LIMIT 1)", "dossier"),
    ("DELETE FROM dossier WHERE person = 1", "dossier"),
    ("INSERT OR REPLACE INTO next_change VALUES ((SELECT max(person) FROM dossier), 1)", "next_change"),
    ("UPDATE entry SET person = 999 WHERE key = (SELECT min(key) FROM entry)", "entry"),
    ("DELETE FROM entry WHERE key = (SELECT min(key) FROM entry)", "entry"),
    ("DELETE FROM holder WHERE identifier = (SELECT min(identifier) FROM holder)", "holder"),
    ("UPDATE entry SET told = 5", "entry"),
]


class Doctor(Journey):

    def filled(self, *files):
        """A hub that has read the files, and a decision; its last night was today."""
        one = self.hub()
        one.ingest(*files)
        bad = self.folder / "police_bad.xml"
        bad.write_bytes(hub.police_death(GMSFHM="322228200005210170"))
        one.ingest(bad, code=1)
        first = one.open_leads()[0]
        one.do("lead", "confirm", first["id"], "--revision", first["revision"], "--reason", "seen")
        one.do("night")
        return one

    def copy(self, of, name):
        data = self.folder / name
        shutil.copytree(of.data, data)
        return Hub(data, of.today, of.ground)

    def change(self, one, sql, attached=None):
        with sqlite3.connect(one.data / "kinhub.db") as database:
            if attached:
                database.execute("ATTACH ? AS old", (str(attached),))
            database.executescript(sql)

    def found(self, one):
        answer = one.ask("doctor", "--json")
        self.assertIn(answer.code, (0, 1), str(answer))
        return {(finding["table"], finding["key"]): finding["code"] for finding in answer.json["findings"]}

    def test_every_change_of_a_column_is_named(self):
        one = self.filled(*FIRST)
        self.assertEqual({}, self.found(one), str(one.ask("doctor")))
        self.assertIn(b"all is well", one.do("doctor").out)
        for number, (sql, table) in enumerate(CHANGES):
            with self.subTest(sql):
                other = self.copy(one, "changed")
                self.change(other, sql)
                found = self.found(other)
                self.assertIn(table, {name for name, _ in found}, f"{sql}: {found}")
                if number % 4 == 0:  # and the hub goes on
                    answer = other.ask("ingest", "hospital-his", SAMPLES / "deathcert_daily.csv")
                    self.assertIn(answer.code, (0, 1, 3), str(answer))
                    self.assertIn(other.ask("status").code, (0, 1), sql)
                shutil.rmtree(other.data)

    def test_what_is_damaged_is_not_served_and_the_rest_goes_on(self):
        one = self.filled(*FIRST)
        leads = one.leads()
        self.assertGreater(len(leads), 1)
        self.change(one, "UPDATE lead SET kind = 2 WHERE id = (SELECT min(id) FROM lead WHERE state = 0)")
        self.assertEqual(len(leads) - 1, len(one.leads()), "one is set aside")
        one.ingest(*LATER, code=1)  # of that person's family it waits
        status = one.read("status")
        self.assertGreaterEqual(status["damaged"], 1)
        self.assertGreaterEqual(status["unreadable"], 1)
        self.assertIn("kinhub doctor", one.do("status").out.decode())
        found = self.found(one)
        (table, key), = {place for place, code in found.items() if place[0] == "lead"}
        self.assertEqual(2, one.ask("doctor", "--settle", "lead:77").code)
        one.do("doctor", "--settle", f"{table}:{key}")

    def test_older_records_put_back_are_named_within_a_night(self):
        one = self.filled(*FIRST)
        older = self.copy(one, "older")
        one.ingest(*LATER)
        self.assertEqual({}, self.found(one))
        with sqlite3.connect(one.data / "kinhub.db") as database:
            database.execute("ATTACH ? AS old", (str(older.data / "kinhub.db"),))
            changed = {str(person) for person, in database.execute(
                "SELECT new.person FROM dossier new JOIN old.dossier ON old.dossier.person = new.person WHERE old.dossier.sealed <> new.sealed")}
        self.assertTrue(changed)
        self.change(one, "DELETE FROM dossier WHERE person IN (SELECT person FROM old.dossier); INSERT INTO dossier SELECT * FROM old.dossier",
                    older.data / "kinhub.db")
        found = self.found(one)
        self.assertEqual(changed, {key for (table, key), code in found.items() if table == "dossier" and code == "ROW_PUT_BACK"}, found)
        night = one.do("night", today="2026-12-01")
        self.assertIn(b"damage found: table dossier", night.err)
        self.assertGreaterEqual(one.read("status")["damaged"], len(changed))
        self.assertIsNotNone(self.found(one))

    def test_an_older_store_as_a_whole_is_refused(self):
        one = self.filled(*FIRST)
        older = self.copy(one, "older")
        one.ingest(*LATER)
        for name in ("kinhub.db", "kinhub.db-wal", "kinhub.db-shm"):
            (one.data / name).unlink(missing_ok=True)
        shutil.copy2(older.data / "kinhub.db", one.data / "kinhub.db")
        refused = one.ask("status")
        self.assertEqual(3, refused.code, str(refused))
        self.assertIn(b"kinhub notices restore", refused.err)
        self.assertIn("STORE_REFUSED", {finding["code"] for finding in one.ask("doctor", "--json").json["findings"]})

    def test_flipped_bytes_crash_nothing(self):
        chance = random.Random(self.seed())
        one = self.filled(*FIRST)
        size = (one.data / "kinhub.db").stat().st_size
        silent = 0
        for number in range(25):
            other = self.copy(one, "flipped")
            at, bit = chance.randrange(100, size), 1 << chance.randrange(8)
            with open(other.data / "kinhub.db", "r+b") as file:
                file.seek(at)
                byte = file.read(1)[0]
                file.seek(at)
                file.write(bytes([byte ^ bit]))
            answers = [other.ask(*command) for command in (("doctor", "--json"), ("leads", "--json"), ("status",))]
            for answer in answers:
                self.assertIn(answer.code, (0, 1, 2, 3), f"byte {at} bit {bit}: {answer}")
            silent += answers[0].code == 0
            if answers[0].code == 0:
                self.assertEqual(one.ask("leads", "--json").out, answers[1].out, f"byte {at} bit {bit} is served")
            shutil.rmtree(other.data)
        print(f"{silent} of 25 flips change nothing that is read", flush=True)


if __name__ == "__main__":
    hub.main()
