"""Reconciliation as an operator runs it: the resident master of the police, night after night, through the real connector.

Issue "The night round"; docs/operators.md, decisions 0033 and 0034.
"""

import csv
import datetime
import json
import os
import re
import signal
import sqlite3
import subprocess
import time
import unittest

import hub
from hub import IDS, SAMPLES, Journey, citizen_number
from live import wait

RESIDENTS = 400
RECORD = """    <RECORD no="{no}">
      <RYID>{ryid}</RYID><RYNBID>{ryid}</RYNBID><GMSFHM>{number}</GMSFHM>
      <XM>{name}</XM><XBDM>1</XBDM><MZDM>01</MZDM><CSRQ>{born}</CSRQ><RYZT>{state}</RYZT><SWRQ>{died}</SWRQ>
      <FQ_XM></FQ_XM><FQ_GMSFHM></FQ_GMSFHM><MQ_XM></MQ_XM><MQ_GMSFHM></MQ_GMSFHM>
      <CSZMBH></CSZMBH><PO_GMSFHM></PO_GMSFHM><SSXQDM>320812</SSXQDM><JCWHDM>320812001003</JCWHDM><HH>{house}</HH>
      <YHZGXDM>01</YHZGXDM><QYSJ>20000601</QYSJ><JLBZ>1</JLBZ><GXSJ>{version}</GXSJ>
    </RECORD>
"""
AUDIT_LINES = "SELECT line FROM entry ORDER BY n"
STEPS = ("reconcile.begun", "reconcile.compared", "reconcile.correcting", "reconcile.corrected")


def resident(i, **changes):
    born = (datetime.date(1980, 1, 1) + datetime.timedelta(days=i)).strftime("%Y%m%d")
    # Its number stays with the resident, so that a row more or less changes nothing of the others.
    return {"no": i, "ryid": f"32081200000006{i:05}", "number": citizen_number(born, 100 + i % 800), "name": "王试子", "born": born, "state": 0,
            "died": "", "house": f"0180{i:05}", "version": "20261101080000", **changes}


def master(rows, night, said=None):
    head = ("<?xml version=\"1.0\" encoding=\"GB18030\"?>\n<root>\n  <head>\n    <sjblx>CZRK</sjblx>\n"
            f"    <fssj>{night}020000</fssj>\n    <jls>{len(rows) if said is None else said}</jls>\n  </head>\n  <body>\n")
    return (head + "".join(RECORD.format(**row) for row in rows) + "  </body>\n</root>\n").encode("gb18030")


class Reconcile(Journey):

    def write(self, name, content):
        file = self.folder / name
        file.write_bytes(content)
        return file

    def run_over(self, one, file, *more, code=0):
        return one.read("reconcile", "public-security", "--snapshot", file, *more, code=code)

    def loaded(self):
        """A hub that has loaded the master of the first night."""
        one = self.hub()
        rows = [resident(i) for i in range(RESIDENTS)]
        run = self.run_over(one, self.write("CZRK_20261128.xml", master(rows, "20261128")))
        self.assertTrue(run["first_load"])
        self.assertEqual(("done", RESIDENTS), (run["state"], run["counts"]["corrected"]))
        return one, rows

    def next_night(self, rows):
        """Four changed, three new, one gone, one doubled, one that cannot be read."""
        rows = [dict(row) for row in rows]
        for i in (10, 20, 30):
            rows[i].update(house="018099999", version="20261129090000")
        rows[40].update(state=9, died="20261127", version="20261129090000")
        rows[50].update(number="322228199001010000", version="20261129090000")
        rows.append(dict(rows[60]))
        del rows[70]
        return rows + [resident(RESIDENTS + i, version="20261129090000") for i in range(3)]

    def test_night_after_night(self):
        one, rows = self.loaded()
        again = self.run_over(one, self.write("CZRK_20261129.xml", master(rows, "20261129")))
        self.assertEqual(RESIDENTS, again["counts"]["equal"])
        third = self.run_over(one, self.write("CZRK_20261129b.xml", master(rows, "20261129", said=None).replace(b"020000", b"030000")))
        self.assertEqual(RESIDENTS, third["counts"]["unchanged"], "though the head of the file is another")

        tonight = self.write("CZRK_20261130.xml", master(self.next_night(rows), "20261130"))
        looked = self.run_over(one, tonight, "--dry-run", code=1)
        self.assertEqual(("dry run", 7, 0), (looked["state"], looked["counts"]["mendable"], looked["counts"]["corrected"]))
        run = self.run_over(one, tonight, code=1)
        counts = run["counts"]
        self.assertEqual({"equal": 394, "changed": 4, "missing": 3, "late": 0, "duplicate": 1, "unreadable": 1, "filtered": 0},
                         {name: counts[name] for name in ("equal", "changed", "missing", "late", "duplicate", "unreadable", "filtered")})
        self.assertEqual((403, 7, 7, 1, 0), (counts["records"], counts["mendable"], counts["corrected"], counts["not_there"], counts["moved"]))
        self.assertEqual(394, counts["unchanged"])
        self.assertEqual("2026-11-27", one.read("explain", "--of", rows[40]["number"], "--field", "died")["settled"][0]["value"])
        self.assert_closes(one)
        self.assertEqual(1, len(one.read("quarantine", "list")))

        # What was not mended is what is left; what cannot be read is held once.
        last = self.run_over(one, tonight, "--again", code=1)
        self.assertEqual((0, 401, 1, 1), tuple(last["counts"][name] for name in ("mendable", "equal", "unreadable", "not_there")))
        self.assertEqual(1, len(one.read("quarantine", "list")))
        self.assertEqual([6, 5, 4, 3, 2, 1], [each["run"] for each in one.read("reconcile", "list")])

        shown = one.read("reconcile", "show", run["run"])
        self.assertEqual({"changed": 4, "missing": 3, "duplicate": 1, "unreadable": 1, "not there": 1},
                         {name: sum(finding["class"] == name for finding in shown["findings"])
                          for name in ("changed", "missing", "duplicate", "unreadable", "not there")})
        folder = one.data / "reconcile" / f"run-{run['run']}"
        with open(folder / "differences.csv", encoding="utf-8-sig", newline="") as file:
            lines = list(csv.DictReader(file))
        self.assertIn(("household_number", "*******10", "*******99"), [(line["field"], line["here"], line["agency"]) for line in lines])
        for name in ("report.html", "report.json", "differences.csv"):
            text = (folder / name).read_text(encoding="utf-8")
            self.assertEqual(0o600, (folder / name).stat().st_mode & 0o777)
            for row in rows:
                self.assertNotIn(row["number"], text)
            self.assertNotIn("王试子", text)

    def test_what_is_not_whole_is_not_compared(self):
        one, rows = self.loaded()
        before = one.data / "reconcile"
        whole = master(rows, "20261129")
        for name, content, code in (
                ("cut.xml", whole[:len(whole) // 2], "XML_TRUNCATED"),
                ("count.xml", master(rows, "20261129", said=RESIDENTS + 5), "RECORD_COUNT"),
                ("small.xml", master(rows[:RESIDENTS // 2], "20261129"), "SNAPSHOT_SHRANK"),
                ("empty.xml", master([], "20261129"), "SNAPSHOT_EMPTY"),
                ("CZRK_20261128.xml", None, "SNAPSHOT_SAME")):
            file = self.folder / name if content is None else self.write(name, content)
            run = self.run_over(one, file, code=1)
            self.assertEqual(("not whole", 0, 0), (run["state"], run["counts"]["corrected"], run["counts"]["not_there"]), name)
            self.assertIn(code, [reason["code"] for reason in run["reasons"]], name)
        self.assertTrue(before.is_dir())
        one.do("reconcile", "nobody", code=2)
        one.do("reconcile", "care-desk", code=2)
        one.do("reconcile", code=2)
        one.do("reconcile", "public-security", code=2)  # no snapshot is configured
        one.do("reconcile", "show", "99", code=2)

    def test_the_brake(self):
        one, rows = self.loaded()
        changed = [dict(row, house="018099999", version="20261129090000") for row in rows]
        file = self.write("CZRK_20261129.xml", master(changed, "20261129"))
        run = self.run_over(one, file, code=1)
        self.assertEqual(("braked", RESIDENTS, 0), (run["state"], run["counts"]["mendable"], run["counts"]["corrected"]))
        one.do("reconcile", "repair", run["run"], "--expected", RESIDENTS - 1, code=1)
        done = one.read("reconcile", "repair", run["run"], "--expected", RESIDENTS)
        self.assertEqual(("done", run["run"], RESIDENTS), (done["state"], done["run"], done["counts"]["corrected"]))
        one.do("reconcile", "repair", run["run"], "--expected", RESIDENTS, code=2)

    def test_the_connectors_own_snapshot(self):
        """From the agency's folder, with its flag files; then the source is known to be complete up to it."""
        folder = self.folder / "snapshot"
        folder.mkdir()
        rows = [resident(i) for i in range(50)]
        (folder / "CZRK_320812_20261129020000_0001.xml").write_bytes(master(rows, "20261129"))
        (folder / "CZRK_320812_20261129020000_0001.ok").write_bytes(b"")
        one = self.hub(sources=[{"name": "public-security", "connector": "public_security", "settings": {"snapshot": str(folder)}}])
        run = one.read("reconcile", "public-security")
        self.assertEqual(("done", 50, True), (run["state"], run["counts"]["corrected"], run["watermark_told"]))
        self.assertTrue(run["watermark"].startswith("2026-11-29T02:00:00"), run["watermark"])

    def deliver(self, folder, rows, night):
        for old in folder.iterdir():
            old.unlink()
        (folder / f"CZRK_320812_{night}020000_0001.xml").write_bytes(master(rows, night))
        (folder / f"CZRK_320812_{night}020000_0001.ok").write_bytes(b"")

    def by_configuration(self):
        """A hub that compares the register of the police at night and asks about what has changed in it; the register's folder and rows."""
        folder = self.folder / "snapshot"
        folder.mkdir()
        rows = [resident(i) for i in range(50)]
        self.deliver(folder, rows, "20261127")
        one = self.hub(sources=[{"name": "public-security", "settings": {"snapshot": str(folder)}, "repair": {"changed": "ask"}}, {"name": "hospital-his"}],
                       night={"steps": ["reconcile", "rights", "agreement"]})
        return one, folder, rows

    def test_the_night_round_by_its_configuration(self):
        one, folder, rows = self.by_configuration()
        first = one.read("night")
        self.assertEqual([("public-security", "done", 50)], [(run["source"], run["state"], run["counts"]["corrected"]) for run in first["reconciled"]])
        self.assertIsNone(first["identity"], "it is no step of this configuration")
        self.assertEqual((50, 0), (first["agreement"]["people"], first["agreement"]["in_question"]))

        # A hospital reports somebody dead in June whom the register still lists as living.
        said = (SAMPLES / "hospital_death_A03.hl7").read_bytes()
        said = b"\r".join(line for line in said.split(b"\r") if not line.startswith(b"NK1"))
        for old, new in ((IDS["son"], rows[7]["number"]), ("20000521", rows[7]["born"]), ("20261118", "20260618"), ("20261117", "20260617")):
            said = said.replace(old.encode(), new.encode())
        one.ingest(self.write("hospital_death_A03.hl7", said))
        self.assertEqual([], one.open_leads(), "nobody's right hangs on it")
        tonight = [dict(row) for row in rows]
        for i in (10, 20, 30):
            tonight[i].update(house="018099999", version="20261127090000")
        del tonight[40]
        tonight += [resident(60, version="20261127090000"), resident(61, version="20261127090000")]
        self.deliver(folder, tonight, "20261128")
        second = one.read("night", code=1)
        counts = second["reconciled"][0]["counts"]
        self.assertEqual((3, 2, 1), (counts["kept_changed"], counts["corrected"], counts["not_there"]))
        self.assertEqual(1, second["agreement"]["in_question"])
        self.assertEqual([("verify", "record/death", rows[7]["number"])],
                         [(lead["kind"], lead["benefit"], lead["person"]["citizen_id"]) for lead in one.open_leads()])
        lead = one.open_leads()[0]
        self.assertEqual([lead["id"]], second["leads_changed"])
        self.assertEqual((2, None), (len(lead["reasons"]), lead["amount"]))
        one.do("explain", "--of", rows[7]["number"], "--field", "died")

        # The next night finds the same: no lead changes. The agency has delivered nothing new, and the round says so.
        third = one.read("night", code=1)
        self.assertEqual(("not whole", []), (third["reconciled"][0]["state"], third["leads_changed"]))
        self.assertIn(b"not whole", one.do("status").out)
        told = one.read("status")
        self.assertEqual("not whole", told["reconciliation"][0]["state"])
        self.assertEqual(one.today, told["night"]["day"])

        # What was kept back, when somebody says so.
        run = second["reconciled"][0]["run"]
        one.do("reconcile", "repair", run, "--class", "changed", "--expected", 2, code=1)
        repaired = one.read("reconcile", "repair", run, "--class", "changed", "--expected", 3, code=1)
        self.assertEqual((run, 3, 0), (repaired["run"], repaired["counts"]["corrected"], repaired["counts"]["kept_changed"]))
        shown = one.read("reconcile", "show", run)
        self.assertTrue(shown["as_signed"])
        trail = one.data / "audit.db"
        lines = [json.loads(line) for line, in sqlite3.connect(f"file:{trail}?mode=ro", uri=True).execute(AUDIT_LINES)]
        signed = [line["on"] for line in lines if line["op"] == "reconcile.report"]
        self.assertEqual(["public-security", str(run), shown["signature"]], signed[-1])
        report = one.data / "reconcile" / f"run-{run}" / "report.json"
        report.write_text(report.read_text(encoding="utf-8").replace("late", "LATE"), encoding="utf-8")
        self.assertFalse(one.read("reconcile", "show", run)["as_signed"])
        trend = one.read("reconcile", "list", "--source", "public-security")
        self.assertEqual([run + 1, run, run - 1], [each["run"] for each in trend])

        # The register enters the death: the question is answered.
        tonight[7].update(state=9, died="20260618", version="20261128090000")
        self.deliver(folder, tonight, "20261129")
        one.do("night", "--only", "reconcile", code=1)
        self.assertEqual([lead["id"]], [each["id"] for each in one.open_leads()], "a change is asked about")
        one.do("reconcile", "repair", one.read("reconcile", "list")[0]["run"], "--class", "changed", "--expected", 1, code=1)
        self.assertEqual([], one.open_leads())
        self.assertEqual("closed", one.read("lead", "show", lead["id"])["state"])
        self.assert_closes(one)

    def test_the_hub_does_the_round_of_each_day(self):
        one, folder, rows = self.by_configuration()
        one.do("reconcile", "public-security")

        def night_of(day):
            running = subprocess.Popen(one.command("run", today=day), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                wait(lambda: (one.read("status").get("night") or {}).get("day") == day, f"the round of {day}")
            finally:
                running.send_signal(signal.SIGTERM)
                self.assertEqual(0, running.wait(60))
        night_of("2026-12-05")
        self.assertEqual(1, len(one.read("reconcile", "list")), "on its first day a hub has taken its snapshots only just")
        self.deliver(folder, [*rows, resident(60)], "20261128")
        night_of("2026-12-08")  # two nights were missed: one makes up for them
        runs = one.read("reconcile", "list")
        self.assertEqual([("done", 1), ("done", 50)], [(run["state"], run["counts"]["corrected"]) for run in runs])
        self.assertRegex((one.data / "metrics.prom").read_text(), r'kinhub_reconcile_corrected\{source="public-security"\} (1|50)\n')
        night_of("2026-12-08")
        self.assertEqual(2, len(one.read("reconcile", "list")), "a round is done once")

    def test_killed_at_every_step_it_goes_on(self):
        """At each failpoint where the build has them, and at random moments in any build."""
        steps = [(step, 0) for step in STEPS] + [("append.committed", 0), ("batch.saved", 0), ("batch.committed", 0)]
        if subprocess.run([hub.KINHUB, "failpoints"], capture_output=True, check=False).returncode != 0:
            steps = []
        one, rows = self.loaded()
        kills, night = 0, 0
        for step in [*steps, None, None]:
            night += 1
            changed = [dict(row) for row in rows]
            for i in range(8):
                changed[(night * 8 + i) % RESIDENTS].update(house=f"0181{night:02}{i:03}", version=f"202611290900{night:02}")
            rows = changed
            file = self.write(f"CZRK_{night}.xml", master(rows, "20261129"))
            last = one.read("reconcile", "list")[0]["run"]
            command = one.command("reconcile", "public-security", "--snapshot", file)
            if step:
                killed = subprocess.run(command, env={**os.environ, "KINHUB_FAILPOINT": f"{step[0]}:{step[1]}"}, capture_output=True, check=False)
                self.assertEqual(-signal.SIGKILL, killed.returncode, f"{step}: {killed.stderr}")
                kills += 1
            else:
                running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(0.02 + 0.05 * night / 10)
                running.kill()
                running.wait()
            run = self.run_over(one, file, "--again")
            if step:
                self.assertEqual(last + 1, run["run"], f"{step}: it is one run")
                self.assertEqual((8, 8), (run["counts"]["mendable"], run["counts"]["corrected"]), step)
            counts = self.run_over(one, file, "--again")["counts"]
            self.assertEqual((RESIDENTS, 0), (counts["equal"], counts["mendable"]), step)
        self.assertEqual(len(steps), kills)
        balance = self.assert_closes(one)
        self.assertEqual(0, balance["duplicate"], "nothing was corrected twice")


if __name__ == "__main__":
    hub.main()
