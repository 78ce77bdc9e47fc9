"""The worked example of care: a county of thirteen families, told to the hub at the times of the example, asked by the program.

Every figure is one of the specification of care, part 8; tests/unit/report asks the same of the rooms themselves.
"""

import csv
import hashlib
import io
import subprocess
import unittest
import zipfile
from xml.etree import ElementTree

import hub
from hub import Journey

MAKE = hub.BINARIES.parent / "tests" / "kinhub_shixian"
COUNTY, TOWN_C = "320812", "320812903"
SOURCES = [{"name": "civil-affairs", "connector": "civil_affairs", "marriages_since": "1950-01-01"},
           {"name": "public-security", "connector": "public_security"}]
# Known at the end of the day before.
JUNE, SEPTEMBER, OCTOBER = "2026-07-01", "2026-10-01", "2026-10-06"


SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def cells_of(book):
    """Rows of (is a number, text) of each sheet of a workbook, read without what wrote it; formulas fail."""
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        shared = ["".join(text.text or "" for text in one.iter(SHEET + "t"))
                  for one in ElementTree.fromstring(parts.read("xl/sharedStrings.xml"))]
        styles = ElementTree.fromstring(parts.read("xl/styles.xml"))
        codes = {one.get("numFmtId"): one.get("formatCode") for one in styles.iter(SHEET + "numFmt")} | {"1": "0", "2": "0.00"}
        formats = [codes.get(one.get("numFmtId")) for one in styles.find(SHEET + "cellXfs")]

        def value(cell):
            if cell.find(SHEET + "f") is not None:
                raise AssertionError("a formula")
            raw = cell.findtext(SHEET + "v", "")
            if cell.get("t") == "s":
                return False, shared[int(raw)]
            if not raw:
                return False, ""
            code = formats[int(cell.get("s", "0"))]
            return True, f"{float(raw):.{len(code.partition('.')[2])}f}"

        names = sorted((name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")), key=lambda name: int(name[19:-4]))
        return [[[value(cell) for cell in row] for row in ElementTree.fromstring(parts.read(name)).iter(SHEET + "row")] for name in names]


class WorkedExample(Journey):

    def county(self):
        one = self.hub(today="2026-10-06", sources=SOURCES)
        subprocess.run([MAKE, hub.KINHUB, one.data, "2026-10-06", one.config], check=True, timeout=hub.PATIENCE)
        return one

    def report(self, one, name, period, known, *more, region=COUNTY):
        return one.do("report", name, "--region", region, "--period", period, "--known-at", known, "--json", *more).json

    def rows(self, report, table=0):
        """Cells by unit."""
        return {list(row["cells"].values())[0]: list(row["cells"].values())[1:] for row in report["tables"][table]["rows"]}

    def test_reports_are_those_of_the_example(self):
        one = self.county()
        basic = self.report(one, "basic-statistics", "2026Q2", JUNE)
        self.assertEqual([13, 21, 9, 13, 4, 8, 11, 17, 7, 9, 4, 8, 0, 0], self.rows(basic)["合计"])
        self.assertEqual([13, 21, 10, 15, 3, 6, 11, 17, 8, 11, 3, 6, 0, 0],
                         self.rows(self.report(one, "basic-statistics", "2026Q2", SEPTEMBER))["合计"])
        basic = self.report(one, "basic-statistics", "2026Q3", SEPTEMBER)
        self.assertEqual({"320812901": [2, 4, 2, 4, 0, 0, 2, 4, 2, 4, 0, 0, 0, 0], "320812902": [4, 6, 3, 4, 1, 2, 4, 6, 3, 4, 1, 2, 0, 0],
                          "320812903": [4, 6, 4, 6, 0, 0, 3, 4, 3, 4, 0, 0, 1, 2], "合计": [10, 16, 9, 14, 1, 2, 9, 14, 8, 12, 1, 2, 1, 2]},
                         self.rows(basic))
        self.assertEqual(["F1", "F2", "F3", "F4", "F7"], [check["id"] for check in basic["checks"]])
        self.assertEqual({"passed"}, {check["state"] for check in basic["checks"]})
        movement = self.rows(self.report(one, "movement", "2026Q3", SEPTEMBER))["合计"]
        # Moves inside the county stand in columns of their own, and come to nothing in the sum.
        self.assertEqual([13, 21, 1, 2, -1, -2, 0, 0, -1, -1, 0, 0, -1, -2, 0, 0, 0, 0, 0, 0, 0, 0, -1, -2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                          10, 16, 1, 2], movement)
        acts = self.rows(self.report(one, "care-statistics", "2026Q3", SEPTEMBER))["合计"]
        self.assertEqual([21, 20, 20, 1, 0, 0, 0, 42, 1, 13, 13, {"fen": 0}], acts)
        coverages = self.report(one, "three-coverages", "2026-09", SEPTEMBER)
        cells = coverages["tables"][0]["rows"][-1]["cells"]
        self.assertEqual({"num": 9, "den": 11, "permille": 818}, cells["S02_rate"])
        self.assertEqual({"not_connected": True}, cells["S15_rate"])
        later = self.report(one, "three-coverages", "2026-09", OCTOBER)
        self.assertEqual({"num": 10, "den": 11, "permille": 909}, later["tables"][0]["rows"][-1]["cells"]["S02_rate"])
        # As of now it is the same as known at the last moment of it.
        now = one.do("report", "three-coverages", "--region", COUNTY, "--period", "2026-09", "--json").json
        self.assertEqual(later["tables"], now["tables"])

        self.a_workbook_says_what_the_csv_says(one)
        self.what_was_handed_out_stays(one)
        self.openings_are_as_they_were_issued(one)
        self.what_is_published_hides_the_few(one)

    def a_workbook_says_what_the_csv_says(self, one):
        for name, period in (("basic-statistics", "2026Q3"), ("care-statistics", "2026Q3"), ("three-coverages", "2026-09"),
                             ("member-list", "2026Q3")):
            ask = ["report", name, "--region", COUNTY, "--period", period, "--known-at", SEPTEMBER, "--reveal", "--reason", "季度上报"]
            book = one.do(*ask, "--format", "xlsx").out
            self.assertEqual(book, one.do(*ask, "--format", "xlsx").out, "same bytes")
            text = one.do(*ask, "--format", "csv").out.decode("utf-8-sig").split("\r\n\r\n")[1:-1]
            sheets = cells_of(book)
            for at, part in enumerate(text):
                rows = list(csv.reader(io.StringIO(part)))[2:]
                told = [[value for _, value in row] for row in sheets[at]][-len(rows):]
                self.assertEqual(rows, [row[:len(rows[0])] for row in told], f"{name} {at}")

    def issue(self, one, name, period, known, *more, code=0):
        return one.do("report", name, "--region", COUNTY, "--period", period, "--known-at", known, "--json", "--issue", *more, code=code)

    def what_was_handed_out_stays(self, one):
        """An act of September that is entered in October: version 2 tells the cells that differ, version 1 stands."""
        first = self.issue(one, "three-coverages", "2026-09", SEPTEMBER).json
        self.assertEqual(("three-coverages.320812.2026-09.1", True, []), (first["number"], first["is_new"], first["differences"]))
        again = self.issue(one, "three-coverages", "2026-09", SEPTEMBER).json
        self.assertEqual(("three-coverages.320812.2026-09.1", False), (again["number"], again["is_new"]))
        second = self.issue(one, "three-coverages", "2026-09", OCTOBER).json
        self.assertEqual([[TOWN_C, "每月沟通 已", "3", "4"], [TOWN_C, "每月沟通 率（%）", "60.0", "80.0"],
                          ["合计", "每月沟通 已", "9", "10"], ["合计", "每月沟通 率（%）", "81.8", "90.9"]],
                         [[one["row"], one["column"], one["before"], one["after"]] for one in second["differences"]])
        self.assertIn(b"ISSUE_ORDER", self.issue(one, "three-coverages", "2026-09", SEPTEMBER, code=2).err)
        kept = one.do("issued", "show", "three-coverages.320812.2026-09.1", "--format", "csv").out
        self.assertEqual(kept, one.do("report", "three-coverages", "--region", COUNTY, "--period", "2026-09", "--known-at", SEPTEMBER,
                                      "--format", "csv").out, "same bytes")
        self.assertEqual(first["sha256"], hashlib.sha256(kept).hexdigest())
        self.assertEqual(["superseded", "current"], [row["state"] for row in one.do("issued", "list", "--region", COUNTY, "--json").json])
        self.assertIn(b"REPORT_OPEN", self.issue(one, "basic-statistics", "2026Q4", OCTOBER, code=2).err)
        self.assertIn(b"REPORT_OPEN", self.issue(one, "basic-statistics", "2026Q3", "2026-09-30", code=2).err, "its last day begins")
        self.assertIn(b"REPORT_FUTURE", self.issue(one, "basic-statistics", "2099Q4", "2100-02-01", code=2).err)

    def openings_are_as_they_were_issued(self, one):
        """What was corrected of the quarter before, until it is issued anew with the corrections in it."""
        self.issue(one, "basic-statistics", "2026Q2", JUNE)
        movement = self.rows(self.report(one, "movement", "2026Q3", SEPTEMBER))["合计"]
        self.assertEqual([13, 21, 1, 2, -1, -2], movement[:6])
        self.assertIn(b"REPORT_AMBER", self.issue(one, "basic-statistics", "2026Q2", SEPTEMBER, code=2).err)
        signed = self.issue(one, "basic-statistics", "2026Q2", SEPTEMBER, "--reason", "两户已通知").json
        self.assertEqual((2, ""), (signed["version"], signed["reason"]), "free text, masked")
        shown = one.do("issued", "show", signed["number"], "--json", "--reveal", "--reason", "核对").json
        self.assertEqual("两户已通知", shown["reason"])
        movement = self.rows(self.report(one, "movement", "2026Q3", SEPTEMBER))["合计"]
        self.assertEqual([13, 21, 0, 0, 0, 0], movement[:6])
        self.assertEqual([10, 16], movement[-4:-2])
        # What was known before version 2 was begins with version 1.
        movement = self.rows(self.report(one, "movement", "2026Q3", "2026-09-15"))["合计"]
        self.assertEqual([13, 21, 1, 2, -1, -2], movement[:6])

    def what_is_published_hides_the_few(self, one):
        public = self.issue(one, "basic-statistics", "2026Q3", SEPTEMBER, "--public").json
        self.assertEqual({"合计": [10, 16] + ["*"] * 10}, self.rows(public["content"]))
        stands = self.issue(one, "basic-statistics", "2026Q3", OCTOBER, "--public").json
        self.assertEqual((public["number"], False), (stands["number"], stands["is_new"]), "no cell differs")
        for region, known in ((TOWN_C, SEPTEMBER), (TOWN_C, OCTOBER)):
            self.assertIn(b"PUBLIC_ALREADY", one.do("report", "basic-statistics", "--period", "2026Q3", "--region", region,
                                                    "--known-at", known, "--public", "--issue", code=2).err)
        one.do("issued", "withdraw", public["number"], code=2)
        withdrawn = one.do("issued", "withdraw", public["number"], "--reason", "数字有误", "--json").json
        self.assertEqual("withdrawn", withdrawn["state"])
        self.assertEqual(public["number"][:-1] + "3", self.issue(one, "basic-statistics", "2026Q3", OCTOBER, "--public").json["number"])
        self.assertIn(b"NOT_PUBLIC", self.issue(one, "movement", "2026Q3", OCTOBER, "--public", code=2).err)

    def test_lists_are_masked_and_opened_with_a_reason(self):
        one = self.county()
        masked = self.report(one, "member-list", "2026Q3", SEPTEMBER)
        self.assertEqual(18, len(masked["tables"][0]["rows"]))
        self.assertEqual({"*" * 18}, {row["cells"]["number"] for row in masked["tables"][0]["rows"]})
        plain = self.report(one, "member-list", "2026Q3", SEPTEMBER, "--reveal", "--reason", "季度上报")
        self.assertIn("322228197004120022", {row["cells"]["number"] for row in plain["tables"][0]["rows"]})
        self.assertEqual(["21", "2", "5", "18"], [str(cell) for cell in self.rows(plain, 2)["合计"]])
        text = one.do("report", "member-list", "--region", COUNTY, "--period", "2026Q3", "--format", "csv", "--reveal", "--reason", "季度上报").out
        self.assertTrue(text.startswith(b"\xef\xbb\xbf"), "a byte order mark, for programs for tables")
        lines = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
        self.assertEqual("计划生育特殊家庭成员信息汇总", lines[0][0])
        html = one.do("report", "basic-statistics", "--region", COUNTY, "--period", "2026Q3", "--known-at", SEPTEMBER, "--format", "html").out
        self.assertIn("内部资料".encode(), html)
        self.assertEqual(html, one.do("report", "basic-statistics", "--region", COUNTY, "--period", "2026Q3", "--known-at", SEPTEMBER,
                                      "--format", "html").out, "equal bytes of equal figures")

    def test_worklist_and_archives(self):
        one = self.county()
        lines = one.read("worklist", "--region", TOWN_C, "--on", "2026-10-01")["lines"]
        over = [(line["service"], line["archive_no"][11:15], line["days_over"]) for line in lines
                if line["state"] == "逾期" and line["service"] in ("S02", "S07")]
        # The act of 09-28 was entered on 10-03: on 10-06 the month of 13 is met.
        self.assertEqual([("S07", "2013", 6), ("S07", "2023", 6), ("S02", "2023", 1)], over)
        archives = one.read("archive", "list", "--region", COUNTY)
        self.assertEqual(11, len(archives))
        self.assertEqual(14, len(one.read("archive", "list", "--region", COUNTY, "--all")))
        shown = one.read("archive", "show", archives[0]["archive_no"])
        self.assertEqual(archives[0]["archive_no"], shown["archive_no"])
        self.assertTrue(shown["people"] and shown["helpers"] and shown["events"] and shown["acts"])
        masked = one.do("archive", "show", archives[0]["archive_no"]).out
        self.assertNotIn(b"322228", masked)
        refused = one.ask("archive", "show", "320812-901-2012-99999")
        self.assertEqual(2, refused.code)
        self.assertIn(b"NO_SUCH_ARCHIVE", refused.err)
        for wrong, why in ((("report", "basic", "--region", COUNTY, "--period", "2026Q3"), b"NO_SUCH_REPORT"),
                           (("report", "member-list", "--region", COUNTY, "--period", "2026-09"), b"REPORT_PERIOD")):
            answer = one.ask(*wrong)
            self.assertEqual(2, answer.code)
            self.assertIn(why, answer.err)
        self.assertIn(b"0 problems", one.do("care", "services").out)


if __name__ == "__main__":
    unittest.main(verbosity=2)
