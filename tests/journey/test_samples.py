"""The samples, fed file by file in any order, also twice, give the same record and the leads that are due.

Work order, "What it must show", b. Each test names the line it proves.
"""

import json
import random
import unittest

import hub
from hub import DEATH, DISABILITY, IDS, Journey, by_person

FIVE_DEATHS = ["hospital_death_A03.hl7", "deathcert_daily.csv", "police_death.xml", "civil_cremation.json",
               "insurance_stop_death.json"]
# What takes back that 王试子 died.
RETRACTIONS = ["police_death_revoked.xml", "hospital_death_cancel_A13.hl7"]
PARENTS_1 = {IDS["husb"], IDS["wife"]}
PARENTS_2 = {IDS["husb2"], IDS["wife2"]}
PARENTS_3 = {IDS["dad3"], IDS["mum3"]}
WIVES = ("wife", "wife2", "mum3")


def records(a_hub):
    """The family records of the three families, comparable between hubs."""
    return "\n".join(f"{name}: {hub.normalised(a_hub.family(IDS[name]))}" for name in WIVES)


def brief(leads):
    """What a lead says, without what differs between hubs."""
    return sorted((lead["person"]["citizen_id"], lead["benefit"], lead["kind"], lead["from"], lead["until"] or "",
                   lead["amount"]["fen"], lead["certainty"], tuple(lead["pending"]), tuple(lead["reasons"]),
                   tuple(sorted((e["source"], e["key"], e["fact"], e["on"]) for e in lead["evidence"])))
                  for lead in leads)


class AnyOrder(Journey):
    """b: in any order, also twice, the same record byte for byte, one open lead per (person, benefit)."""

    def fed(self, files):
        one = self.hub()
        one.ingest(*files)
        balance = self.assert_closes(one, quarantined=0)
        return one, balance

    def assert_one_lead_each(self, a_hub):
        open_leads = a_hub.open_leads()
        keys = [(lead["person"]["citizen_id"], lead["benefit"]) for lead in open_leads]
        self.assertEqual(sorted(set(keys)), sorted(keys), "more than one open lead for a person and benefit")
        return open_leads

    def test_random_orders_and_twice(self):
        chance = random.Random(self.seed())
        files = hub.sample_files()
        self.assertGreaterEqual(len(files), 25)
        first, counts = self.fed(files)
        wanted = records(first)
        leads = brief(self.assert_one_lead_each(first))
        self.assertEqual(3, wanted.count('"members"'), wanted)
        for turn in range(4):
            order = files * 2 if turn == 3 else list(files)
            chance.shuffle(order)
            with self.subTest(order=[file.name for file in order]):
                one, balance = self.fed(order)
                self.assertEqual(wanted, records(one))
                self.assertEqual(leads, brief(self.assert_one_lead_each(one)))
                if turn == 3:
                    self.assertEqual(counts["applied"], balance["duplicate"], "what came twice counts as duplicate")
                    self.assertEqual(counts["applied"], balance["applied"])

    def test_all_once_more_in_one_call_changes_nothing(self):
        files = hub.sample_files()
        one, before = self.fed(files)
        record, leads = records(one), one.leads()
        for source in ("civil-affairs", "public-security", "medical-insurance", "hospital-his"):
            again = [file for file in files if hub.source_of(file) == source]
            one.do("ingest", source, *again)
        self.assertEqual(record, records(one))
        self.assertEqual(leads, one.leads())
        self.assert_closes(one, received=2 * before["received"], applied=before["applied"], filtered=2 * before["filtered"],
                           duplicate=before["applied"])


class FamilyOne(Journey):
    """b, family 1: 王试男, 李试女, whose only son died."""

    def death_leads(self, a_hub):
        leads = by_person(a_hub.open_leads())
        return {person: leads[person, DEATH] for person in PARENTS_1 if (person, DEATH) in leads}

    def assert_new_pending(self, a_hub, evidences):
        leads = self.death_leads(a_hub)
        self.assertEqual(PARENTS_1, set(leads))
        for lead in leads.values():
            self.assertEqual("new", lead["kind"])
            self.assertEqual("2026-11-18", lead["from"])
            self.assertIsNone(lead["until"])
            self.assertEqual({"fen": 59000, "per": "month"}, lead["amount"])
            self.assertEqual("pending", lead["certainty"], "nobody said that births and adoptions are complete")
            self.assertTrue(lead["pending"])
            deaths = [e for e in lead["evidence"] if e["fact"] == "death"]
            self.assertEqual(evidences, len({(e["source"], e["key"]) for e in deaths}))
            self.assertEqual(len(deaths), len({(e["source"], e["key"]) for e in deaths}), "an evidence stands twice")
        return leads

    def test_five_messages_open_one_lead_each_with_five_evidences(self):
        """疑似新增, death, 590 yuan a month each from 2026-11, five evidences, missing coverage pending, not met."""
        one = self.hub()
        for number, name in enumerate(FIVE_DEATHS):
            one.ingest(name)
            known = self.death_leads(one)
            # Who the parents are only the police says; until then nobody is there to be entitled.
            self.assertEqual(PARENTS_1 if number >= 2 else set(), set(known), f"after {name}")
        self.assert_new_pending(one, 5)
        for person in PARENTS_1:
            entitled = [e for e in one.read("entitlements", "--of", person) if e["benefit"] == DEATH]
            self.assertEqual([("2026-11-18", None, 59000, "pending")],
                             [(e["from"], e["until"], e["amount"]["fen"], e["certainty"]) for e in entitled])
            explained = one.read("explain", "--of", person, "--benefit", DEATH, "--on", "2026-11-30")
            self.assertEqual("unknown", explained["value"], "a condition that rests on missing coverage is not met")

    def test_with_everything_else_that_retracts_nothing(self):
        chance = random.Random(self.seed())
        files = [file for file in hub.sample_files() if file.name not in RETRACTIONS]
        chance.shuffle(files)
        one = self.hub()
        one.ingest(*files)
        # The old dialect of the hospital and the resident master are evidences of their own.
        self.assertEqual(PARENTS_1, set(self.death_leads(one)))
        for lead in self.death_leads(one).values():
            self.assertEqual(("new", "2026-11-18", 59000), (lead["kind"], lead["from"], lead["amount"]["fen"]))

    def test_the_police_reversal_alone_makes_it_a_question(self):
        """After the police reversal alone: 待核实."""
        one = self.hub()
        one.ingest(*FIVE_DEATHS, "police_death_revoked.xml")
        leads = self.death_leads(one)
        self.assertEqual(PARENTS_1, set(leads))
        for lead in leads.values():
            self.assertEqual("verify", lead["kind"])
            self.assertEqual(4, len([e for e in lead["evidence"] if e["fact"] == "death"]))
        self.assert_closes(one, quarantined=0)

    def test_reversal_before_the_death_it_reverses(self):
        one = self.hub()
        one.ingest("police_death_revoked.xml", *FIVE_DEATHS)
        other = self.hub()
        other.ingest(*FIVE_DEATHS, "police_death_revoked.xml")
        self.assertEqual(brief(other.open_leads()), brief(one.open_leads()))
        self.assertEqual(records(other), records(one))

    def retractions(self):
        """A message of each source that takes back what it said: samples where there are some, else the sample with the
        field turned that the source's mapping reads. The register of cremations has no such message."""
        folder = self.folder / "retractions"
        folder.mkdir(exist_ok=True)
        certificate = (hub.SAMPLES / "deathcert_daily.csv").read_bytes()
        self.assertEqual(1, certificate.count(b",1,20261118063500"))
        voided = folder / "deathcert_voided.csv"
        voided.write_bytes(certificate.replace(b",1,20261118063500", b",0,20261201080000"))
        row = json.loads((hub.SAMPLES / "insurance_stop_death.json").read_text())
        row["records"][0].update(vali_flag="0", updt_time="2026-12-01 09:00:00")
        insurance = folder / "insurance_void.json"
        insurance.write_text(json.dumps(row, ensure_ascii=False, indent=1))
        alive = json.loads((hub.SAMPLES / "insurance_stop_death.json").read_text())
        alive["records"][0].update(surv_stas="1", surv_stas_ocur_date=None, psn_insu_stas="1", paus_insu_date=None,
                                   updt_time="2026-12-01 09:00:00")
        back = folder / "insurance_alive.json"
        back.write_text(json.dumps(alive, ensure_ascii=False, indent=1))
        return voided, insurance, back

    def test_after_retraction_of_all_evidence_no_lead(self):
        """After retraction of all evidence: no lead. By a row taken back, and by a newer row that says alive."""
        voided, insurance, back = self.retractions()
        for last in (insurance, back):
            with self.subTest(insurance=last.name):
                one = self.hub()
                # All that can be taken back: the register of cremations has no message that does.
                one.ingest(*[name for name in FIVE_DEATHS if name != "civil_cremation.json"])
                self.assertEqual(PARENTS_1, set(self.death_leads(one)))
                one.ingest(*RETRACTIONS)
                self.assertEqual({"verify"}, {lead["kind"] for lead in self.death_leads(one).values()})
                one.ingest(voided)
                self.assertEqual({"verify"}, {lead["kind"] for lead in self.death_leads(one).values()})
                one.ingest(last)
                self.assertEqual([], one.open_leads())
                self.assertEqual({"closed"}, {lead["state"] for lead in one.leads()})
                for family in one.read("family", "--of", IDS["wife"]):
                    self.assertEqual([None] * 3, [member["died"] for member in family["members"]])
                self.assert_closes(one, quarantined=0)

    def test_a_row_that_says_alive_takes_back_only_its_own_word(self):
        _, _, back = self.retractions()
        one = self.hub()
        one.ingest(*[name for name in FIVE_DEATHS if name != "insurance_stop_death.json"], back)
        self.assert_new_pending(one, 4)

    def test_the_resident_master_takes_back_what_it_said(self):
        """A death known from the master alone, whose reversal bears a key of the register of changes."""
        master = (hub.SOURCE / "mappings/public_security/samples/police_resident.xml").read_text()
        alive = master.replace("<RYZT>9</RYZT><SWRQ>20261118</SWRQ>", "<RYZT>0</RYZT><SWRQ></SWRQ>").replace(
            "<GXSJ>20261118102501</GXSJ>", "<GXSJ>20261130000000</GXSJ>")
        self.assertNotIn("20261118", alive.split("</RECORD>")[0])
        for name, text in (("police_master.xml", master), ("police_master_later.xml", alive)):
            (self.folder / name).write_text(text)
        one = self.hub()
        one.ingest(self.folder / "police_master.xml", "police_death_revoked.xml")
        self.assertEqual(PARENTS_1, set(self.death_leads(one)))
        one.ingest(self.folder / "police_master_later.xml")
        self.assertEqual([], one.open_leads())

    def test_retractions_in_any_order(self):
        chance = random.Random(self.seed())
        voided, insurance, _ = self.retractions()
        files = [hub.SAMPLES / name for name in FIVE_DEATHS + RETRACTIONS if name != "civil_cremation.json"] + [voided, insurance]
        for _ in range(3):
            chance.shuffle(files)
            with self.subTest(order=[file.name for file in files]):
                one = self.hub()
                one.ingest(*files)
                self.assertEqual([], one.open_leads())

    def test_what_says_nothing_of_a_death_has_no_effect(self):
        """PID-30 = N and re-issued certificates: no effect."""
        one = self.hub()
        one.ingest(*FIVE_DEATHS, "civil_marriage.json")
        before, record = one.leads(), records(one)
        folder = self.folder / "other"
        folder.mkdir()
        message = (hub.SAMPLES / "hospital_death_A03.hl7").read_bytes()
        said_no = folder / "hospital_no_death.hl7"
        head, pid, rest = self.parts_of(message.replace(IDS["son"].encode(), IDS["husb"].encode()).replace(b"Z0077120", b"Z0077999"))
        fields = pid.split(b"|")
        self.assertEqual(b"Y", fields[30])
        fields[29], fields[30] = b"", b"N"
        head = head.replace(b"ADT^A03", b"ADT^A08").replace(b"HIS20261118000045", b"HIS20261119000099")
        visit = next(line for line in rest.split(b"\r") if line.startswith(b"PV1|")).split(b"|")
        visit[36] = b""
        said_no.write_bytes(b"\r".join([head.replace(b"20261118064512", b"20261119064512"), b"|".join(fields), b"|".join(visit)]) + b"\r")
        reissued = []
        for kind, name in (("ICA", "civil_marriage.json"), ("ICB", "civil_divorce.json")):
            page = json.loads((hub.SAMPLES / name).read_text())
            page["data"]["cxjg"][0].update(op_type=kind, id=f"1000990{kind}", gxsj="2026-11-29 10:00:00")
            page["data"]["cxjg"][0].update(name_man="王试男", cert_num_man=IDS["husb"], name_woman="李试女", cert_num_woman=IDS["wife"])
            file = folder / f"civil_{kind}.json"
            file.write_text(json.dumps(page, ensure_ascii=False, indent=1))
            reissued.append(file)
        one.ingest(said_no, *reissued)
        self.assertEqual(before, one.leads())
        self.assertEqual(record, records(one))
        self.assert_closes(one, filtered=3)

    def parts_of(self, message):
        segments = [part for part in message.replace(b"\r\n", b"\r").replace(b"\n", b"\r").split(b"\r") if part]
        at = next(i for i, part in enumerate(segments) if part.startswith(b"PID|"))
        return b"\r".join(segments[:at]), segments[at], b"\r".join(segments[at + 1:]) + b"\r"


class FamilyTwoAndThree(Journey):
    """b, family 2: 周试强, 陈试兰, whose daughter's grade became 2; family 3: a healthy newborn."""

    FILES = ["police_birth_2003.xml", "disability_grade.json"]

    def test_disability_until_the_adoption(self):
        """Disability, 460 yuan each, ended by the adoption of 2026-11-20."""
        one = self.hub()
        one.ingest(*self.FILES)
        leads = by_person(one.open_leads())
        self.assertEqual({(person, DISABILITY) for person in PARENTS_2}, set(leads))
        for lead in leads.values():
            self.assertEqual(("new", 46000, "month"), (lead["kind"], lead["amount"]["fen"], lead["amount"]["per"]))
        one.ingest("civil_adoption.json")
        leads = by_person(one.open_leads())
        self.assertEqual({(person, DISABILITY) for person in PARENTS_2}, set(leads))
        for lead in leads.values():
            self.assertEqual(("new", "2026-11-20", 46000), (lead["kind"], lead["until"], lead["amount"]["fen"]))
        for person in PARENTS_2:
            # The wife turned 49 on 2025-07-04; for him alone, a possible first marriage to another might count.
            entitled = [e for e in one.read("entitlements", "--of", person) if e["benefit"] == DISABILITY]
            self.assertEqual("2026-11-20", entitled[-1]["until"])
            self.assertEqual(46000, entitled[-1]["amount"]["fen"])
            self.assertIn("2026-11-20", entitled[-1]["ends_because"])

    def test_pause_because_of_a_move_has_no_effect(self):
        """Pause of insurance because of a move: no effect."""
        one = self.hub()
        one.ingest(*self.FILES, "civil_adoption.json")
        before = brief(one.leads())
        one.ingest("police_move_out.xml", "insurance_pause_move.json")
        self.assertEqual(before, brief(one.leads()))

    def test_a_reissued_disability_certificate_has_no_effect(self):
        one = self.hub()
        one.ingest(*self.FILES)
        before = [row[:9] for row in brief(one.open_leads())]
        page = json.loads((hub.SAMPLES / "disability_grade.json").read_text())
        row = page["data"]["cxjg"][0]
        row.update(id="CL320812202600199", old_card_num=row["card_num"], card_num=row["card_num"] + "B1",
                   cert_date="2026-11-27", gxsj="2026-11-27 09:00:00")
        file = self.folder / "disability_reissue.json"
        file.write_text(json.dumps(page, ensure_ascii=False, indent=1))
        one.ingest(file)
        self.assertEqual(before, [row[:9] for row in brief(one.open_leads())])

    def test_family_three_has_none(self):
        one = self.hub()
        one.ingest(*hub.sample_files())
        self.assertEqual([], [lead for lead in one.leads() if lead["person"]["citizen_id"] in PARENTS_3])
        families = one.read("family", "--of", IDS["mum3"])
        self.assertEqual({IDS["mum3"], IDS["dad3"], IDS["baby3"]},
                         {member["person"]["citizen_id"] for member in families[0]["members"]})


if __name__ == "__main__":
    hub.main()
