"""A birthday brings no event: the night round finds it. And a decision stays decided until the truth changes.

Work order, "What it must show", c, and "Leads and notices". Each test names the line it proves.
"""

import copy
import json
import shutil
import signal
import subprocess
import unittest

import hub
from hub import DEATH, IDS, SAMPLES, Journey, citizen_number, police_death
from live import wait

FIVE_DEATHS = ["hospital_death_A03.hl7", "deathcert_daily.csv", "police_death.xml", "civil_cremation.json",
               "insurance_stop_death.json"]


class Birthday(Journey):
    """c: wife's 49th birthday: no event arrives; the night scan opens the lead; entitlements shows it years ahead."""

    def family(self, wife_born, husband_born="19790105"):
        """A couple whose only son died in 2026, the wife not yet 49."""
        wife, husband = citizen_number(wife_born, 24), citizen_number(husband_born, 13)
        file = self.folder / "police_death.xml"
        file.write_bytes(police_death(MQ_GMSFHM=wife, FQ_GMSFHM=husband, HZ_GMSFHM=husband, SBR_GMSFHM=husband))
        page = json.loads((SAMPLES / "civil_marriage.json").read_text())
        page["data"]["cxjg"][0].update(name_man="王试男", cert_num_man=husband, birth_man=day(husband_born), name_woman="李试女",
                                       cert_num_woman=wife, birth_woman=day(wife_born), op_date="1999-05-01 00:00:00")
        married = self.folder / "civil_marriage.json"
        married.write_text(json.dumps(page, ensure_ascii=False, indent=1))
        one = self.hub()
        one.ingest(file, married)
        return one, wife, husband

    def test_the_birthday_opens_the_lead_and_not_the_day_before(self):
        one, wife, husband = self.family("19780520")
        self.assertEqual([], one.leads())
        for today in ("2026-12-01", "2027-05-19"):
            self.assertEqual([], one.read("night", "--only", "scan", today=today)["leads_changed"], today)
        self.assertEqual([], one.leads())
        changed = one.read("night", "--only", "scan", today="2027-05-20")
        self.assertEqual("2027-05-20", changed["today"])
        leads = one.open_leads()
        self.assertEqual(sorted(lead["id"] for lead in leads), sorted(changed["leads_changed"]))
        self.assertEqual({wife, husband}, {lead["person"]["citizen_id"] for lead in leads})
        for lead in leads:
            self.assertEqual(("new", DEATH, "2027-05-20", None, 59000),
                             (lead["kind"], lead["benefit"], lead["from"], lead["until"], lead["amount"]["fen"]))
        self.assertEqual([], one.read("night", "--only", "scan", today="2027-05-20")["leads_changed"], "the same night again")
        self.assertEqual([], one.read("night", "--only", "scan", today="2027-05-21")["leads_changed"], "the next night")
        self.assertEqual(2, len(one.leads()))
        notices = one.notices()
        self.assertEqual([1, 2], [notice["seq"] for notice in notices])
        self.assertEqual({"kinhub.lead.opened"}, {notice["type"] for notice in notices})

    def test_a_night_that_was_missed_is_made_up_for(self):
        one, wife, husband = self.family("19780520")
        self.assertEqual(2, len(one.read("night", "--only", "scan", today="2027-08-03")["leads_changed"]))
        for lead in one.open_leads():
            self.assertEqual("2027-05-20", lead["from"])
            self.assertEqual(59000, self.due(one, lead, "2027-08-03"), "August: money begins with the confirmation")

    def due(self, one, lead, today):
        return one.read("lead", "show", lead["id"], today=today)["arrears_fen"]

    def test_entitlements_show_it_years_ahead(self):
        for born, birthday in (("19901112", "2039-11-12"), ("19840229", "2033-02-28"), ("19880229", "2037-02-28")):
            with self.subTest(born=born):
                one, wife, husband = self.family(born, "19960105")
                for person in (wife, husband):
                    spans = [right for right in one.read("entitlements", "--of", person) if right["benefit"] == DEATH]
                    self.assertEqual(birthday, spans[0]["from"], spans)
                    self.assertEqual(59000, spans[0]["amount"]["fen"])
                explained = one.read("explain", "--of", wife, "--benefit", DEATH, "--on", "2026-11-30")
                self.assertEqual("not met", explained["value"])
                self.assertEqual([], one.leads())

    def test_an_event_that_arrives_on_the_birthday_finds_it_too(self):
        """What a night would find, an event that touches the family finds as well, once."""
        one, wife, husband = self.family("19780520")
        one.do("ingest", "hospital-his", SAMPLES / "hospital_death_A03.hl7", today="2027-05-20")
        self.assertEqual(2, len(one.open_leads()))
        self.assertEqual([], one.read("night", "--only", "scan", today="2027-05-20")["leads_changed"])


class Decisions(Journey):
    """Confirm and dismiss with reason; a false death after the decision reopens it with money stated per month."""

    def decided(self, verdict):
        one = self.hub()
        one.ingest(*[name for name in FIVE_DEATHS if name != "civil_cremation.json"])
        leads = one.open_leads()
        self.assertEqual(2, len(leads))
        for lead in leads:
            seen = lead["revision"]
            one.do("lead", verdict, lead["id"], "--revision", seen, code=2)  # never without a reason
            one.do("lead", verdict, lead["id"], "--reason", "档案已核", code=2)  # never unseen
            one.do("lead", verdict, lead["id"], "--revision", seen + 1, "--reason", "档案已核", code=2)  # nor as it is not
            one.do("lead", verdict, lead["id"], "--revision", seen, "--reason", "档案已核", "--by", "试办员")
        self.assertEqual([], one.open_leads())
        return one, leads

    def take_back_all(self, one, today):
        certificate = (SAMPLES / "deathcert_daily.csv").read_bytes()
        voided = self.folder / "deathcert_voided.csv"
        voided.write_bytes(certificate.replace(b",1,20261118063500", b",0,20261201080000"))
        page = json.loads((SAMPLES / "insurance_stop_death.json").read_text())
        page["records"][0].update(vali_flag="0", updt_time="2026-12-01 09:00:00")
        void = self.folder / "insurance_void.json"
        void.write_text(json.dumps(page, ensure_ascii=False, indent=1))
        for path in (SAMPLES / "hospital_death_cancel_A13.hl7", voided, void):
            one.do("ingest", hub.source_of(path), path, today=today)

    def test_confirmed_stays_decided(self):
        one, leads = self.decided("confirm")
        for lead in leads:
            shown = one.read("lead", "show", lead["id"])
            self.assertEqual("confirmed", shown["state"])
            self.assertEqual([("confirmed", "档案已核", "试办员")],
                             [(each["state"], each["reason"], each["by"]) for each in shown["decisions"]])
            one.do("lead", "confirm", lead["id"], "--revision", shown["revision"], "--reason", "again", code=2)
            one.do("lead", "dismiss", lead["id"], "--revision", shown["revision"], "--reason", "again", code=2)
        # More evidence of what is decided is no news.
        one.ingest("civil_cremation.json", "hospital_death_legacy_GB.hl7", *FIVE_DEATHS)
        one.do("night", "--only", "scan", today="2027-03-01")
        self.assertEqual([], one.open_leads())

    def test_reversal_after_the_decision_reopens_it_with_money(self):
        """The police take the death back: a question first; with all evidence gone, ended, with what was paid too much."""
        one, leads = self.decided("confirm")
        one.do("ingest", "public-security", SAMPLES / "police_death_revoked.xml", today="2027-01-15")
        doubts = one.open_leads()
        self.assertEqual({IDS["husb"], IDS["wife"]}, {lead["person"]["citizen_id"] for lead in doubts})
        self.assertEqual({"verify"}, {lead["kind"] for lead in doubts}, "unknown never ends a right")
        self.take_back_all(one, "2027-01-15")
        ended = one.open_leads()
        self.assertEqual(2, len(ended))
        for lead in ended:
            self.assertEqual(("ended", "2026-11-18", 59000), (lead["kind"], lead["from"], lead["amount"]["fen"]))
            self.assertEqual((0, 3 * 59000), (lead["arrears_fen"], lead["overpaid_fen"]), "November, December, January")
        one.do("lead", "confirm", ended[0]["id"], "--revision", ended[0]["revision"], "--reason", "误报", today="2027-01-20")
        self.assertEqual([ended[1]["id"]], [lead["id"] for lead in one.open_leads()])
        notices = one.notices()
        self.assertEqual(list(range(1, len(notices) + 1)), [notice["seq"] for notice in notices])

    def test_a_death_confirmed_false_and_then_true(self):
        one, _ = self.decided("confirm")
        one.do("ingest", "public-security", SAMPLES / "police_death_revoked.xml", today="2027-01-15")
        self.take_back_all(one, "2027-01-15")
        for lead in one.open_leads():
            one.do("lead", "confirm", lead["id"], "--revision", lead["revision"], "--reason", "误报", today="2027-01-15")
        self.assertEqual([], one.open_leads())
        again = self.folder / "police_again.xml"
        again.write_bytes(police_death(HJYWID="3208120000009007777", SWRQ="20270110", GXSJ="20270112100000", SLSJ="20270112100000"))
        one.do("ingest", "public-security", again, today="2027-01-20")
        self.assertEqual([("new", "2027-01-10")] * 2, [(lead["kind"], lead["from"]) for lead in one.open_leads()])

    def test_dismissed_stays_away_until_it_changes(self):
        one, leads = self.decided("dismiss")
        one.ingest(*FIVE_DEATHS, "hospital_death_legacy_GB.hl7", "civil_marriage.json")
        one.do("night", "--only", "scan", today="2026-12-24")
        one.do("night", "--only", "scan", today="2027-06-24")
        self.assertEqual([], one.open_leads())
        self.assertEqual({"dismissed"}, {lead["state"] for lead in one.leads()})
        # The police correct the day: the computed timeline is another one now.
        corrected = self.folder / "police_corrected.xml"
        corrected.write_bytes(police_death(SWRQ="20261117", GXSJ="20261130080000"))
        one.ingest(corrected)
        self.assertEqual([("new", "2026-11-17")] * 2, [(lead["kind"], lead["from"]) for lead in one.open_leads()])


class OtherPolicies(Journey):

    def test_while_a_node_works_by_other_policies_nobody_is_scanned(self):
        mappings = self.folder / "mappings"
        shutil.copytree(hub.SOURCE / "mappings", mappings)
        national = mappings / "policies/000000/national-special-assistance.yaml"
        national.write_text(national.read_text().split("\ntests:")[0].replace("pay: 590 yuan", "pay: 599 yuan") + "\n")
        one = self.hub()
        other = copy.copy(one)  # the same hub, by other files
        other.config = self.folder / "other.yaml"
        said = json.loads(one.config.read_text()) if one.config else {}
        other.config.write_text(json.dumps({**said, "directories": {"mappings": str(mappings)}}))
        running = subprocess.Popen(one.command("run"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(running.kill)
        wait(lambda: b"ALARM" in other.do("status").out, "the policies of the node to be known")
        self.assertIn(b"POLICIES_DIFFER", other.ask("night", "--only", "scan").err)
        self.assertIn("not those by which nodes are at work", other.read("status")["policies"])
        self.assertNotIn(b"ALARM", one.do("status").out)
        one.do("night", "--only", "scan")
        running.send_signal(signal.SIGTERM)
        self.assertEqual(0, running.wait(60))
        other.do("night", "--only", "scan")
        self.assertNotIn(b"ALARM", other.do("status").out)


def day(text):
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


if __name__ == "__main__":
    hub.main()
