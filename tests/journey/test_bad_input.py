"""Bad input goes to quarantine, whole, with code and place, and disturbs nothing else; nobody's name or number shows.

Work order, "What it must show", d, and "Quarantine and balance". Each test names the line it proves.
"""

import json
import os
import random
import re
import shutil
import subprocess
import unittest

import hub
from hub import DEATH, DISABILITY, IDS, SAMPLES, Journey, police_death

# kind of poison -> code and what its place must name
POISON = {
    ("public-security", "check_digit"): ("CITIZEN_ID_CHECK", "/root/body/RECORD/GMSFHM"),
    ("public-security", "unknown_charset"): ("CHARSET_UNKNOWN", ".xml"),
    ("public-security", "wrong_charset_bytes"): ("CHARSET_INVALID", "byte "),
    ("public-security", "truncated"): ("XML_TRUNCATED", "line 39"),
    ("public-security", "too_large"): ("XML_TOO_LARGE", "line "),
    ("public-security", "doctype"): ("XML_DOCTYPE", "line 2"),
    ("public-security", "too_deep"): ("XML_TOO_DEEP", "line 28"),
    ("public-security", "no_such_day"): ("DATE_NO_DAY", "/root/body/RECORD/SWRQ"),
    ("public-security", "empty"): ("XML_EMPTY", "line 1"),
    ("civil-affairs", "duplicate_key"): ("JSON_DUPLICATE_KEY", "data.cxjg[0].op_type"),
    ("civil-affairs", "check_digit"): ("CITIZEN_ID_CHECK", "data.cxjg[0].citizen_id"),
    ("civil-affairs", "truncated"): ("JSON_TRUNCATED", "line "),
    ("civil-affairs", "lost_digits"): ("CITIZEN_ID_CHARSET", "data.cxjg[0].id_card"),
    ("civil-affairs", "wrong_charset_bytes"): ("JSON_NOT_UTF8", "byte "),
    ("civil-affairs", "too_deep"): ("JSON_TOO_DEEP", "line "),
    ("medical-insurance", "duplicate_key"): ("JSON_DUPLICATE_KEY", "records[0].certno"),
    ("medical-insurance", "check_digit"): ("CITIZEN_ID_CHECK", "records[0].certno"),
    ("medical-insurance", "no_such_day"): ("DATE_NO_DAY", "records[0].surv_stas_ocur_date"),
    ("hospital-his", "no_msh"): ("HL7_NO_MSH", "line 1"),
    ("hospital-his", "unknown_charset"): ("CHARSET_UNKNOWN", ".hl7"),
    ("hospital-his", "check_digit"): ("CITIZEN_ID_CHECK", "PID-3"),
    ("hospital-his", "truncated"): ("HL7_NO_PV1", "truncated.hl7"),
    ("hospital-his", "missing_column"): ("CSV_COLUMN_MISSING", "column ZJHM"),
    ("hospital-his", "short_row"): ("CSV_ROW_LENGTH", "line 2"),
}
FAMILY_2 = ["police_birth_2003.xml", "disability_grade.json"]


def poison(folder):
    subprocess.run([hub.AGENCIES, "poison", "--data", folder], check=True, stdout=subprocess.DEVNULL)
    return json.loads((folder / "index.json").read_text())


class Poison(Journey):
    """d: each in quarantine with its code and place, exit code and balance right, nothing else disturbed."""

    def test_every_kind_alone(self):
        """Each kind on its own: refused whole, exit 1; good files before and after it lead to what they lead to."""
        spoiled = poison(self.folder / "poison")
        self.assertEqual(sorted(POISON), sorted((one["source"], one["kind"]) for one in spoiled), "kinds of poison")
        one = self.hub()
        one.ingest(*FAMILY_2)
        before = one.open_leads()
        self.assertEqual(2, len(before))
        waiting = 0
        for number, bad in enumerate(spoiled, 1):
            with self.subTest(file=bad["file"], kind=bad["kind"]):
                path = self.folder / "poison" / bad["file"]
                told = one.do("ingest", bad["source"], path, "--json", code=1).json
                self.assertEqual(1, told["quarantined"])
                row = one.read("quarantine", "list", "--source", bad["source"])[-1]
                if row["code"] == "WAITS_BEHIND":  # the same record as one refused before
                    waiting += 1
                    continue
                too_large = bad["kind"] == "too_large" and one.ground.log == "kafka"
                code, place = POISON[bad["source"], bad["kind"]]
                self.assertEqual("EVENT_TOO_LARGE" if too_large else code, row["code"], row)
                self.assertIn(place, row["place"], row)
                self.assertIn(path.name, row["place"], row)
                if too_large:  # a topic takes 16 MiB: its beginning is kept, and the place says where the whole is
                    self.assertEqual(1 << 20, row["bytes"])
                elif bad["source"] != "hospital-his":  # its connector leaves out diagnoses and causes of death
                    self.assertEqual(path.stat().st_size, row["bytes"], "kept whole")
        self.assertEqual(before, one.open_leads(), "nothing else is disturbed")
        self.assert_closes(one, received=2 + len(spoiled), applied=2, quarantined=len(spoiled))
        one.ingest("hospital_death_A03.hl7", "deathcert_daily.csv", "police_death.xml")
        self.assertEqual(4, len(one.open_leads()))
        # With the first one given up, what waited behind it is looked at, and says its own mind.
        while waiting:
            rows = one.read("quarantine", "list")
            behind = {int(re.search(r"event (\d+)", row["reason"])[1]) for row in rows if row["code"] == "WAITS_BEHIND"}
            first = next(row for row in rows if int(row["id"]) in behind and row["code"] != "WAITS_BEHIND")
            one.do("quarantine", "discard", first["id"], "--reason", "nothing to be mended")
            freed = sum(row["code"] == "WAITS_BEHIND" for row in one.read("quarantine", "list"))
            self.assertLess(freed, waiting)
            waiting = freed
        rows = one.read("quarantine", "list")
        expected = set(POISON.values()) | ({("EVENT_TOO_LARGE", "")} if one.ground.log == "kafka" else set())
        for row in rows:
            self.assertTrue(any(row["code"] == code and place in row["place"] for code, place in expected), row)
            self.assertRegex(row["place"], r"\.(xml|json|hl7|csv)", row)
        self.assert_closes(one)

    def test_all_in_one_folder(self):
        """A folder of bad files among good ones: all good ones count, all bad ones wait."""
        spoiled = [bad for bad in poison(self.folder / "poison") if bad["source"] == "public-security" and bad["kind"] != "too_large"]
        inbox = self.folder / "inbox"
        inbox.mkdir()
        for number, bad in enumerate(spoiled):
            shutil.copy(self.folder / "poison" / bad["file"], inbox / f"{2 * number:02}_{bad['kind']}.xml")
        for number, name in enumerate(["police_death.xml", "police_birth.xml", "police_birth_2003.xml", "police_move_out.xml"]):
            shutil.copy(SAMPLES / name, inbox / f"{2 * number + 1:02}_{name}")
        one = self.hub()
        told = one.do("ingest", "public-security", inbox, "--json", code=1).json
        self.assertEqual(len(spoiled), told["quarantined"])
        self.assert_closes(one, applied=5, quarantined=len(spoiled))
        self.assertEqual({IDS["husb"], IDS["wife"]}, {lead["person"]["citizen_id"] for lead in one.open_leads()})

    def test_one_bad_record_among_good_ones_of_a_file(self):
        move = (SAMPLES / "police_move_out.xml").read_bytes().replace(b"32222819760704046X", b"322228197607040460")
        messages = b"".join((SAMPLES / name).read_bytes().rstrip(b"\r\n") + b"\r" for name in
                            ("hospital_death_A03.hl7", "hospital_birth_A01.hl7")).replace(b"|ADT^A01^", b"|ADT^Z99^")
        certificates = (SAMPLES / "deathcert_daily.csv").read_bytes()
        header, row = certificates.split(b"\r\n")[:2]
        rows = b"\r\n".join([header, row.replace(b"322228200005210171", b"322228200005210172"), row, b""])
        for source, name, content in (("public-security", "moves.xml", move), ("hospital-his", "two.hl7", messages),
                                      ("hospital-his", "SWZM_320812_20261118.csv", rows)):
            with self.subTest(file=name):
                (self.folder / name).write_bytes(content)
                one = self.hub()
                told = one.do("ingest", source, self.folder / name, "--json", code=1).json
                self.assertEqual((2, 1), (told["events"], told["quarantined"]))
                self.assert_closes(one, applied=1, quarantined=1)


class AnyBytes(Journey):
    """Any bytes at all get an answer: exit 0 or 1, a closed balance, and never a crash."""

    def feed(self, a_hub, source, contents, suffix):
        folder = self.folder / f"any-{source}{suffix}"
        folder.mkdir()
        for number, content in enumerate(contents):
            (folder / f"{number:04}{suffix}").write_bytes(content)
        answer = a_hub.ask("ingest", source, folder, "--json")
        self.assertIn(answer.code, (0, 1), str(answer))
        return answer.json

    def test_noise(self):
        chance = random.Random(self.seed())
        one = self.hub()
        for source, suffix in (("public-security", ".xml"), ("civil-affairs", ".json"), ("medical-insurance", ".json"),
                               ("hospital-his", ".hl7"), ("hospital-his", ".csv")):
            told = self.feed(one, source, [chance.randbytes(chance.choice((9, 100, 5000))) for _ in range(60)], suffix)
            self.assertGreaterEqual(told["quarantined"], 60)
        self.assert_closes(one, applied=0, filtered=0)
        self.assertEqual([], one.leads())

    def test_cut_anywhere(self):
        """A file cut in its middle is never taken for the whole one: XML and JSON are refused at every cut."""
        chance = random.Random(self.seed())
        for name in ("police_death.xml", "civil_adoption.json", "insurance_stop_death.json"):
            with self.subTest(sample=name):
                whole = (SAMPLES / name).read_bytes().rstrip()
                cuts = sorted({*chance.sample(range(1, len(whole)), 80), len(whole) - 1})
                one = self.hub()
                told = self.feed(one, hub.source_of(name), [whole[:cut] for cut in cuts], "." + name.split(".")[1])
                self.assertEqual(len(cuts), told["quarantined"], f"cuts at {cuts}")
                self.assertEqual([], one.leads())
                self.assert_closes(one, applied=0)

    def test_a_message_cut_before_pv1_says_nothing(self):
        for name in ("hospital_death_A03.hl7", "hospital_death_cancel_A13.hl7", "hospital_birth_A01.hl7"):
            with self.subTest(sample=name):
                whole = (SAMPLES / name).read_bytes()
                (self.folder / name).write_bytes(whole[:whole.index(b"PV1|")])
                one = self.hub()
                one.do("ingest", "hospital-his", self.folder / name, code=1)
                self.assert_closes(one, quarantined=1, applied=0)

    def test_a_byte_changed_anywhere(self):
        chance = random.Random(self.seed())
        one = self.hub()
        for name in ("police_death.xml", "civil_adoption.json", "insurance_stop_death.json", "hospital_death_A03.hl7", "deathcert_daily.csv"):
            whole = (SAMPLES / name).read_bytes()
            spoiled = []
            for _ in range(60):
                content = bytearray(whole)
                for _ in range(chance.randint(1, 3)):
                    content[chance.randrange(len(content))] = chance.randrange(256)
                spoiled.append(bytes(content))
            self.feed(one, hub.source_of(name), spoiled, name[:6] + "." + name.split(".")[1])
        self.assert_closes(one)
        for command in (["leads"], ["quarantine", "list"], ["status"], ["source", "list"]):
            one.read(*command)


class Held(Journey):
    """Quarantine: list, show, replay, discard; later events of the same key wait behind it, other keys go on."""

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def test_later_events_of_the_key_wait_and_others_go_on(self):
        one = self.hub()
        bad = self.write("police_1.xml", police_death(GMSFHM="322228200005210170"))
        one.ingest(bad, code=1)
        self.assertEqual([], one.leads())
        # The corrected message and the reversal are of the same key; the certificate is not.
        corrected = self.write("police_2.xml", police_death(GXSJ="20261119080000"))
        one.ingest(corrected, "police_death_revoked.xml", code=1)
        one.ingest("deathcert_daily.csv")
        rows = one.read("quarantine", "list")
        self.assertEqual(["CITIZEN_ID_CHECK", "WAITS_BEHIND", "WAITS_BEHIND"], [row["code"] for row in rows])
        self.assert_closes(one, received=4, applied=1, quarantined=3)
        answer = one.do("quarantine", "replay", rows[0]["id"], "--json", code=1).json
        self.assertEqual({"replayed": 1, "applied": 0, "quarantined_again": 1}, answer)
        self.assertEqual([2, 1, 1], [row["attempts"] for row in one.read("quarantine", "list")])
        one.do("quarantine", "discard", rows[0]["id"], code=2)  # without a reason
        self.assertEqual({"discarded": 1}, one.do("quarantine", "discard", rows[0]["id"], "--reason", "sent anew", "--json").json)
        self.assertEqual([], one.read("quarantine", "list"))
        self.assert_closes(one, received=4, applied=3, quarantined=0)
        # The police took it back: what is left is the certificate.
        self.assertEqual({"verify"}, {lead["kind"] for lead in one.open_leads()})
        one.do("quarantine", "discard", rows[0]["id"], "--reason", "again", code=2)
        one.do("quarantine", "show", "999", code=2)

    def test_replay_after_the_mapping_is_mended(self):
        rules = self.folder / "rules"
        shutil.copytree(hub.SOURCE / "mappings", rules)
        table = rules / "codes" / "sex.csv"
        whole = table.read_text()
        table.write_text(whole.replace("1,male,男\n", ""))
        self.assertNotEqual(whole, table.read_text())
        one = self.hub(directories={"mappings": str(rules)}, sources=[{"name": "public-security"}, {"name": "hospital-his"}])
        one.do("ingest", "public-security", SAMPLES / "police_death.xml", code=1)
        row, = one.read("quarantine", "list")
        self.assertEqual("CODE_UNKNOWN", row["code"])
        shown = one.read("quarantine", "show", row["id"])
        self.assertIn("王试子", shown["body"])
        again = one.read("quarantine", "replay", "--all", code=1)
        self.assertEqual({"replayed": 1, "applied": 0, "quarantined_again": 1}, again)
        table.write_text(whole)
        self.assertEqual({"replayed": 1, "applied": 1, "quarantined_again": 0},
                         one.read("quarantine", "replay", "--code", "CODE_UNKNOWN"))
        self.assertEqual({IDS["husb"], IDS["wife"]}, {lead["person"]["citizen_id"] for lead in one.open_leads()})
        self.assert_closes(one, received=1, applied=1)

    def test_the_same_bad_file_twice_is_one_in_quarantine(self):
        one = self.hub()
        bad = self.write("police_1.xml", police_death(GMSFHM="322228200005210170"))
        one.ingest(bad, code=1)
        one.ask("ingest", "public-security", bad)
        self.assertEqual(1, len(one.read("quarantine", "list")))
        self.assert_closes(one, received=2, quarantined=1, duplicate=1)


class Privacy(Journey):
    """Nobody's name or number shows without a stated reason, and neither stands readable in what the hub writes."""

    NAMES = ["王试男", "李试女", "王试子", "周试强", "陈试兰", "周试雨", "周试朵", "吴试峰", "周试雪", "吴试晨", "钱试错", "孙试毒"]

    def secrets(self):
        numbers = [number for number in IDS.values()] + ["322228200005210331", "322228200005210170"]
        old = [number[:6] + number[8:17] for number in numbers]
        texts = [text.encode() for text in numbers + old + self.NAMES]
        texts += [name.encode("gb18030") for name in self.NAMES] + [name.encode("utf-16-le") for name in self.NAMES]
        return texts

    def filled(self):
        """A hub that holds every sample, much of it also in quarantine, in its bodies, reasons and places."""
        one = self.hub()
        for file in hub.sample_files():
            one.ask("ingest", hub.source_of(file), file)
        for bad in poison(self.folder / "poison"):
            if bad["kind"] != "too_large":
                one.ask("ingest", bad["source"], self.folder / "poison" / bad["file"])
        inbox = self.folder / "322228200005210171"
        inbox.mkdir()
        fields = [("SWRQ", "322228200005210171"), ("XBDM", "王试子"), ("GMSFHM", "王试子"), ("GXSJ", "322228200005210171"),
                  ("SWRQ", "322228200005210171 王试子"), ("GMSFHM", "322228200005210170"), ("SWRQ", "322228000521017")]
        for number, (field, value) in enumerate(fields):
            (inbox / f"322228200005210171_{number}.xml").write_bytes(police_death(**{field: value, "HJYWID": 4000 + number}))
        (inbox / "charset.xml").write_bytes(police_death(HJYWID=5000).replace(b'"GB18030"', b'"322228200005210171"'))
        one.do("ingest", "public-security", inbox, code=1)
        other = self.folder / "other"
        other.mkdir()
        (other / "a.hl7").write_bytes("322228200005210171|王试子\r".encode())
        (other / "SWZM_1.csv").write_bytes("322228200005210171,王试子\r\n".encode("gb18030"))
        one.do("ingest", "hospital-his", other, code=1)
        row = (SAMPLES / "insurance_stop_death.json").read_text()
        (other / "a.json").write_text(row.replace('"gend": "1"', '"322228200005210171": "1", "322228200005210171": "王试子"'))
        one.do("ingest", "medical-insurance", other / "a.json", code=1)
        return one

    def assert_no_secret(self, content, where):
        for secret in self.secrets():
            self.assertNotIn(secret, content, f"{where} holds {secret!r}")

    def test_outputs_mask_and_files_are_sealed(self):
        one = self.filled()
        leads = [lead["id"] for lead in one.leads()]
        held = [row["id"] for row in one.read("quarantine", "list")]
        self.assertGreater(len(leads), 3)
        self.assertGreater(len(held), 25)
        commands = [["leads"], ["status"], ["balance"], ["source", "list"], ["quarantine", "list"], ["check"], ["night", "--only", "scan"]]
        commands += [["lead", "show", lead] for lead in leads]
        commands += [["quarantine", "show", row] for row in held]
        for person in ("wife", "husb", "wife2", "mum3", "dau2", "baby3"):
            commands += [["family", "--of", IDS[person]], ["entitlements", "--of", IDS[person]],
                         ["explain", "--of", IDS[person], "--benefit", DEATH, "--on", "2026-11-30"],
                         ["explain", "--of", IDS[person], "--benefit", DISABILITY, "--on", "2026-11-30"]]
        # Used wrongly: what is refused is not said again.
        commands += [["family", "--of", "322228200005210170"], ["family", "--of", "322228199001010019"], ["leads", "--of", "王试子"],
                     ["ingest", "public-security", self.folder / "none"], ["lead", "show", IDS["wife"]], ["quarantine", "show", IDS["wife"]]]
        for command in commands:
            for form in ([], ["--json"]):
                answer = one.ask(*command, *form)
                with self.subTest(command=command, form=form):
                    self.assertIn(answer.code, (0, 1, 2), str(answer))
                    self.assert_no_secret(answer.out + answer.err, "what it prints")
        one.do("leads", "--reveal", code=2)  # without a reason nothing is revealed
        files = [path for path in one.data.rglob("*") if path.is_file() and path.name != "kinhub.key"]
        self.assertIn("notices.jsonl", [path.name for path in files])
        for path in files:
            with self.subTest(file=path.name):
                self.assert_no_secret(path.read_bytes(), path.name)
        for name, kept in one.ground.at_rest():
            with self.subTest(place=name):
                self.assert_no_secret(kept, name)

    def test_what_stands_at_rest_is_for_its_owner_alone(self):
        one = self.hub()
        one.ingest("police_death.xml")
        for path in one.data.rglob("*"):
            with self.subTest(file=path.name):
                self.assertEqual(0, os.stat(path).st_mode & 0o077, oct(os.stat(path).st_mode))


if __name__ == "__main__":
    hub.main()
