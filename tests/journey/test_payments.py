"""A payment list at the command line: accounts entered, a list drafted, checked, signed by three, closed, sent; a bank answers.

The figures of the worked example are those of tests/unit/desk/payment_county_test.cpp; here it is the doors. docs/payments.md, decision 0051.
"""

import datetime
import subprocess
import unittest

import hub
from hub import Journey

SHIXIAN = hub.KINHUB.parent.parent / "tests" / "kinhub_shixian"
LIST = "TF-320812-2026Q2-01"
HEAD = "LIST_NO,LINE_NO,ZH_TAIL,JE,JG,SM,HPSJ\n"


class Payments(Journey):

    def county(self):
        """The thirteen families of 试县 as they stand on 25 June, and a configuration that pays them."""
        one = self.hub(today="2026-06-25", payments={"ledger_start": "2026-04", "banks": {"A": "试甲银行", "B": "试乙银行"}})
        subprocess.run([SHIXIAN, hub.KINHUB, one.data, "2026-06-25", one.config], check=True, stdin=subprocess.DEVNULL, timeout=120)
        return one

    def refused(self, one, code, *arguments):
        self.assertIn(code.encode(), one.do("paylist", *arguments, code=2).err)

    def answers(self, one, lines, name, trailer=None):
        paid = sum(line["total_fen"] for line, code in lines if code == "00")
        now = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=8)).strftime("%Y%m%d%H%M%S")
        rows = "".join(f"{LIST},{line['line']},{line['account'][-4:]},{line['total_fen'] / 100:.2f},{code},,{now}\n" for line, code in lines)
        file = one.data.parent / name
        file.write_text(HEAD + rows + (trailer or f"T,{len(lines)},{paid / 100:.2f},,,,\n"), encoding="gb18030")
        return file

    def test_a_quarter_by_hand(self):
        one = self.county()
        drawn = ["--region", "320812", "--period", "2026Q2"]
        draft = one.read("paylist", "draft", *drawn)
        self.assertEqual((16, 2_520_000, 2_520_000), (draft["sums"]["all"]["rows"], draft["sums"]["all"]["total_fen"], draft["sums"]["held"]["total_fen"]))
        self.assertEqual({"no_account"}, {line["held"] for line in draft["lines"]})
        paid = draft["lines"][:3]
        for number, line in enumerate(paid):
            one.read("care", "add", "account", "--of", line["person"]["citizen_id"], f"bank={'A' if number < 2 else 'B'}", f"account=62000000000{number}31",
                     f"holder={line['person']['name']}", "on=2026-05-01", "--as", "zhang")

        masked = one.do("paylist", "draft", *drawn, "--csv", one.data.parent / "masked.csv").out + (one.data.parent / "masked.csv").read_bytes()
        for secret in (b"322228", b"62000000000", paid[0]["person"]["name"].encode()):
            self.assertNotIn(secret, masked)
        self.assertTrue((one.data.parent / "masked.csv").read_bytes().startswith(b"\xef\xbb\xbf"))

        folder = one.data.parent / "folder"
        folder.mkdir()
        one.do("paylist", "draft", *drawn, "--csv", folder, code=3)
        self.assertTrue(folder.is_dir())

        checked = one.read("paylist", "check", *drawn, "--as", "zhang")
        self.assertEqual(("checked", LIST, ["made"]), (checked["state"], checked["list"], [one_["as"] for one_ in checked["signatures"]]))
        seen = ["--seen", checked["digest"]]
        self.refused(one, "SIGNED_BY_SAME", "sign", LIST, *seen, "--as", "zhang")
        self.refused(one, "SIGNED_OUT_OF_ORDER", "close", LIST, *seen, "--as", "wang")
        self.refused(one, "LIST_CHANGED", "sign", LIST, "--seen", "0" * 64, "--as", "li")
        self.refused(one, "LIST_NOT_CLOSED", "send", LIST, "--out", one.data.parent, "--reason", "发放")
        one.do("paylist", "sign", LIST, *seen, "--as", "li")
        closed = one.read("paylist", "close", LIST, *seen, "--as", "wang")
        self.assertEqual(("closed", checked["digest"]), (closed["state"], closed["digest"]))
        self.assertEqual(["zhang", "li", "wang"], [one_["by"] for one_ in closed["signatures"]])

        bank = one.data.parent / "bank"
        bank.mkdir()
        self.refused(one, "REASON_MISSING", "send", LIST, "--out", bank)
        one.do("paylist", "send", LIST, "--out", bank, "--reason", "第二季度发放")
        file = bank / f"FK_{LIST}_A.csv"
        self.assertEqual(0o600, file.stat().st_mode & 0o777)
        sent = file.read_text(encoding="gb18030").splitlines()
        self.assertEqual(["LIST_NO,LINE_NO,ZH,HM,JE,BZ", f"{LIST},1,62000000000031,{paid[0]['person']['name']},{paid[0]['total_fen'] / 100:.2f},扶助金",
                          f"{LIST},2,62000000000131,{paid[1]['person']['name']},{paid[1]['total_fen'] / 100:.2f},扶助金"], sent[:3])
        self.assertTrue(sent[3].startswith("T,2,"), sent[3])

        lines = [line for line in closed["lines"] if line["held"] is None]
        of_a = [(lines[0], "00"), (lines[1], "02")]
        self.refused(one, "RETURN_TRAILER", "returns", self.answers(one, of_a, f"HP_{LIST}_A.csv", trailer="T,2,1.00,,,,\n"))
        self.refused(one, "RETURN_NAME", "returns", self.answers(one, of_a, "HP_TF-320812-2026Q9-01_A.csv"))
        self.refused(one, "RETURN_NAME", "returns", self.answers(one, of_a, f"HP_{LIST}_C.csv"))
        back = one.read("paylist", "returns", self.answers(one, of_a, f"HP_{LIST}_A.csv"))
        self.assertEqual((2, "sent", lines[1]["total_fen"]), (back["taken"], back["state"], back["sums"]["returned"]["total_fen"]))
        self.assertEqual(2, one.read("paylist", "returns", self.answers(one, of_a, f"HP_{LIST}_A.csv"))["repeated"])
        differs = one.do("paylist", "returns", self.answers(one, [(lines[0], "03"), (lines[1], "02")], f"HP_{LIST}_A.csv"), code=1)
        self.assertIn(b"RETURN_DIFFERS", differs.out)
        done = one.read("paylist", "returns", self.answers(one, [(lines[2], "00")], f"HP_{LIST}_B.csv"))
        self.assertEqual("settled", done["state"])
        self.assertEqual([("settled", 2_520_000)], [(row["state"], row["total_fen"]) for row in one.read("paylist", "list")])

        # What came back stands on the next list again, held until the account is mended; what was held comes as arrears.
        following = {line["line"]: line for line in one.read("paylist", "draft", "--region", "320812", "--period", "2026Q3", today="2026-09-25")["lines"]}
        again = [line for line in following.values() if "again" in line["changes"]]
        self.assertEqual([(lines[1]["person"]["ref"], "returned", lines[1]["total_fen"])], [(line["person"]["ref"], line["held"], line["arrears_fen"]) for line in again])
        self.assertEqual(13, sum("arrears" in line["changes"] for line in following.values()))

    def test_a_hub_that_keeps_no_books_says_so(self):
        one = self.hub(today="2026-06-25")
        one.ingest(hub.SOURCE / "mappings/public_security/samples/police_resident.xml")
        self.refused(one, "PAYMENTS_NOT_CONFIGURED", "draft", "--region", "320812", "--period", "2026Q2")
        self.refused(one, "NO_SUCH_LIST", "show", LIST)
        self.assertEqual([], one.read("paylist", "list"))


if __name__ == "__main__":
    unittest.main()
