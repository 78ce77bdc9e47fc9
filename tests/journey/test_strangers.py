"""Inputs that came out wrong in other systems of this kind, one folder a kind in tests/data/strangers: `case.json` and its files.

tests/data/strangers/README.md says what a case may state. On the embedded log every case is run; on Kafka the first of each kind
that needs no base of complete sources. KINHUB_STRANGERS=NAME runs the kinds whose folder name holds NAME.
"""

import concurrent.futures
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import time

import hub
from live import hub_beside_agencies, judge

CORPUS = hub.SOURCE / "tests" / "data" / "strangers"
TODAY = "2026-11-21"
WORKERS = 2
KEYS_OF_A_KIND = {"what", "seen", "cases"}
KEYS_OF_A_CASE = {"name", "today", "covered", "config", "steps", "balance", "quarantine", "people", "leads", "entitlements"}
KEYS_OF_A_STEP = {"ingest", "files", "exit", "confirm", "dismiss", "today"}
ROSTER = "CZRK_320812000000_20261120230000_0001.xml"
# The residents of a district in which nobody of the cases lives.
ROSTER_TEXT = """\
<?xml version="1.0" encoding="UTF-8"?>
<root><head><sjblx>CZRK</sjblx><ywlsh>32081220261120000001</ywlsh><fsdw_sjgsdwdm>320812000000</fsdw_sjgsdwdm>
<jsdw_sjgsdwdm>320812WJW000</jsdw_sjgsdwdm><bwbh>32081200000032081220261120000001</bwbh><fssj>20261120230000</fssj><jls>1</jls>
<code>00</code><msg>业务</msg></head><body><RECORD no="1" sid="CZ1" code="00" msg="业务"><RYID>3208120999999999999</RYID>
<RYNBID>3208120001999999999</RYNBID><GMSFHM>322228190001010010</GMSFHM><XM>某试</XM><XBDM>1</XBDM><CSRQ>19000101</CSRQ><RYZT>0</RYZT>
<SWRQ></SWRQ><SSXQDM>320812</SSXQDM><HH>999999999</HH><YHZGXDM>02</YHZGXDM><QYSJ>19500101</QYSJ><JLBZ>1</JLBZ>
<GXSJ>19500101100000</GXSJ></RECORD></body></root>
"""


def kinds():
    """The folders of the corpus with what their case.json says; a mistake in one is an error with its place."""
    wanted = os.environ.get("KINHUB_STRANGERS", "")
    for folder in sorted(path for path in CORPUS.iterdir() if path.is_dir() and wanted in path.name):
        kind = json.loads((folder / "case.json").read_text())
        assert set(kind) == KEYS_OF_A_KIND, f"{folder.name}: {sorted(set(kind) ^ KEYS_OF_A_KIND)}"
        assert kind["seen"] and kind["cases"], f"{folder.name}: no source of the report, or no case"
        for case in kind["cases"]:
            assert set(case) <= KEYS_OF_A_CASE, f"{folder.name}, {case.get('name')}: {sorted(set(case) - KEYS_OF_A_CASE)}"
            assert set(case) & {"balance", "quarantine", "people", "leads", "entitlements"}, f"{folder.name}: {case['name']} expects nothing"
            for step in case["steps"]:
                assert set(step) <= KEYS_OF_A_STEP, f"{folder.name}, {case['name']}: {sorted(set(step) - KEYS_OF_A_STEP)}"
        yield folder, kind["cases"]


class Complete:
    """A data directory in which police and civil affairs have said all there was until 2026-11-20, and that was nothing."""

    def __init__(self, folder):
        self.folder = folder
        self.data = folder / "data"
        snapshot, inbox = folder / "snapshot", folder / "inbox"
        snapshot.mkdir(), inbox.mkdir()
        (snapshot / ROSTER).write_text(ROSTER_TEXT)
        (snapshot / (ROSTER + ".ok")).write_text("")
        key = folder / "app_key"
        key.write_text("key")
        key.chmod(0o600)
        civil = http.server.ThreadingHTTPServer(("127.0.0.1", 0), NothingToTell)
        threading.Thread(target=civil.serve_forever, daemon=True).start()
        config = folder / "kinhub.yaml"
        config.write_text(json.dumps({"data": str(self.data), "sources": [
            {"name": "civil-affairs", "settings": {"base_url": f"http://127.0.0.1:{civil.server_port}", "rid": "R", "sid": "S",
                                                   "pull_every_ms": 200}, "secrets": {"app_key": {"file": str(key)}}},
            {"name": "public-security", "settings": {"inbox": str(inbox), "snapshot": str(snapshot), "settle_seconds": 1}},
            {"name": "medical-insurance"}, {"name": "hospital-his"}]}))
        command = [hub.KINHUB, "run", "--config", config, "--today", TODAY]
        with open(folder / "log", "wb") as log:
            running = subprocess.Popen(command, stdout=log, stderr=log)
            try:
                self.wait(config)
            finally:
                running.terminate()
                running.wait(timeout=hub.PATIENCE)
                civil.shutdown()
                civil.server_close()
        for left in ("node", "processor.lock", "metrics.prom"):
            (self.data / left).unlink(missing_ok=True)

    def wait(self, config):
        until = time.monotonic() + hub.PATIENCE
        while time.monotonic() < until:
            done = subprocess.run([hub.KINHUB, "source", "list", "--config", config, "--json"], capture_output=True, check=False)
            if len(re.findall(rb'"complete_until": "', done.stdout)) == 2:
                return
            time.sleep(0.3)
        raise AssertionError(f"not complete:\n{done.stdout.decode()}\n{(self.folder / 'log').read_text()[-3000:]}")

    def copy(self, data):
        shutil.rmtree(data)
        shutil.copytree(self.data, data)


class NothingToTell(http.server.BaseHTTPRequestHandler):
    """The exchange of civil affairs on a day without records."""

    def log_message(self, *_):
        pass

    def answer(self, document):
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.answer({"head": {"status": "0", "msg": "ok"}, "data": {"secret": "abc123"}})

    def do_GET(self):
        name = self.path.split("/share/")[1].split("?")[0]
        self.answer({"head": {"status": "0", "msg": "ok", "page": 1, "pageSize": 500, "total": 0, "records": 0, "watermark": ""},
                     "data": {"cxywlb": name, "cxjg": []}})


def plain(row):
    """A row as a case states it: sums in yuan, under the name without its unit."""
    sums = {key.removesuffix("_fen"): None if value is None else value / 100 for key, value in row.items() if key.endswith("_fen")}
    return {**row, **sums,
            **{key: None if value["fen"] is None else value["fen"] / 100
               for key, value in row.items() if isinstance(value, dict) and "fen" in value}}


def differing(wanted, got):
    """The keys of `wanted` whose value in `got` differs, each with both."""
    return {key: (value, got.get(key)) for key, value in wanted.items() if got.get(key) != value}


class Case:
    """One case in a hub of its own; found() has what came out otherwise than stated."""

    def __init__(self, folder, case, one):
        self.folder, self.case, self.hub, self.found = folder, case, one, []

    def run(self):
        before = self.hub.balance()
        for step in self.case["steps"]:
            self.step(step)
        after = self.hub.balance()
        self.compare("balance", {**self.case.get("balance", {}), "residue": 0, "in_flight": 0},
                     {key: value - before[key] if isinstance(value, int) else value for key, value in after.items()})
        if "quarantine" in self.case:
            codes = sorted(row["code"] for row in self.hub.read("quarantine", "list"))
            if codes != self.case["quarantine"]:
                self.found.append(f"quarantine: wanted {self.case['quarantine']}, got {codes}")
        for number, wanted in self.case.get("people", {}).items():
            self.person(number, wanted)
        for number, wanted in self.case.get("leads", {}).items():
            self.rows("leads", number, wanted, [lead for lead in self.hub.open_leads() if lead["person"]["citizen_id"] == number])
        for number, wanted in self.case.get("entitlements", {}).items():
            self.rows("entitlements", number, wanted, self.hub.read("entitlements", "--of", number))
        return self.found

    def step(self, step):
        today = step.get("today")
        if "ingest" in step:
            files = [self.folder / file for file in step["files"]]
            code = step.get("exit")
            answer = self.hub.ask("ingest", step["ingest"], *files, today=today)
            if answer.code not in ((0, 1) if code is None else (code,)):
                self.found.append(str(answer))
        for verb in ("confirm", "dismiss"):
            if verb in step:
                for lead in self.hub.open_leads():
                    if lead["person"]["citizen_id"] == step[verb]:
                        self.hub.do("lead", verb, lead["id"], "--revision", lead["revision"], "--reason", "test", today=today)

    def compare(self, what, wanted, got):
        for key, (value, other) in differing(wanted, got).items():
            self.found.append(f"{what}: {key}: wanted {value!r}, got {other!r}")

    def person(self, number, wanted):
        families = self.hub.family(number)
        members = [member for family in families or [] for member in family["members"] if member["person"]["citizen_id"] == number]
        if wanted is None or not members:
            if bool(members) == (wanted is None):
                self.found.append(f"{number}: wanted {wanted}, got {len(members)} people")
            return
        member = members[0]
        died = member["died"] or {}
        self.compare(number, wanted, {
            **member, "name": member["person"]["name"], "died": died.get("on"), "certainty": died.get("certainty"),
            "people": len({member["person"]["ref"] for member in members}), "conflicts": len(families[0]["conflicts"]),
            "grades": [[grade["grade"], grade["from"], grade["until"]] for grade in member["disabilities"]],
            "residences": [[home["region"], home["from"], home["until"]] for home in member["residences"]]})

    def rows(self, what, number, wanted, got):
        """Exactly the wanted rows, in any order, each compared by the keys it states."""
        got = [plain(row) for row in got]
        left = list(got)
        for row in wanted:
            fitting = next((one for one in left if not differing(row, one)), None)
            if fitting is None:
                self.found.append(f"{what} of {number}: none is {row}")
            else:
                left.remove(fitting)
        if left or len(wanted) != len(got):
            shown = [{key: one[key] for key in ("benefit", "kind", "from", "until", "certainty", "pending", "amount", "arrears",
                                                          "overpaid", "reasons") if key in one} for one in got]
            self.found.append(f"{what} of {number}: wanted {len(wanted)}, got {json.dumps(shown, ensure_ascii=False)}")


class Strangers(hub.Journey):
    def test_corpus(self):
        embedded = hub.LOG == "embedded" and hub.STORE == "sqlite"
        chosen = []
        for folder, cases in kinds():
            chosen += [(folder, case) for case in (cases if embedded else [c for c in cases if not c.get("covered")][:1])]
        self.assertTrue(chosen, "no case")
        complete = Complete(pathlib.Path(tempfile.mkdtemp(dir=self.folder))) if embedded and any(
            case.get("covered") for _, case in chosen) else None
        made = [(folder, case, self.made(case, complete)) for folder, case in chosen]
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            for (folder, case, _), found in zip(made, pool.map(lambda one: Case(*one).run(), made)):
                with self.subTest(kind=folder.name, case=case["name"]):
                    self.assertFalse(found, "\n" + "\n".join(found))
        print(f"{len(chosen)} cases of {len({folder for folder, _ in chosen})} kinds", flush=True)

    def made(self, case, complete):
        one = self.hub(today=case.get("today", TODAY if case.get("covered") else hub.TODAY), **case.get("config", {}))
        if case.get("covered"):
            complete.copy(one.data)
        return one


class Population(hub.Journey):
    """Live agencies, STRANGE percent of whose reports are written as other senders do; KINHUB_POPULATIONS=N seeds instead of those here."""

    SEEDS = tuple(range(1, 1 + int(os.environ.get("KINHUB_POPULATIONS", "2"))))
    STRANGE, FAMILIES = 15, 300

    def test_missed_0_wrong_0(self):
        with hub_beside_agencies(self, families=self.FAMILIES, seed=self.seed(), strange=self.STRANGE) as (agencies, one):
            pass
        balance = self.assert_closes(one)
        rows = one.read("quarantine", "list")
        held = [(row["code"], row["reason"]) for row in rows]
        self.assertEqual([], judge(self.as_held(agencies.truth(), one, rows), one.leads()), held)
        self.assertLess(balance["quarantined"], 0.02 * balance["received"], held)
        print(f"received {balance['received']}, quarantined {balance['quarantined']}", flush=True)

    @staticmethod
    def as_held(truth, one, rows):
        """The truth as it can be known: nothing is sure about whoever stands in a report of the registers that waits in quarantine."""
        named = set()
        for row in rows:
            if row["source"] in ("public-security", "civil-affairs"):
                named.update(re.findall(r"(?<!\d)\d{17}[\dX](?!\d)", one.read("quarantine", "show", row["id"])["body"]))
        for right in truth["past"] + truth["entitled"] + truth["future"]:
            if right["citizen_number"] in named:
                right["sure_expected"] = False
        return truth


if __name__ == "__main__":
    hub.main()
