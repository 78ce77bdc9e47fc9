"""Golden output: what every command prints and exits with on the sample data, beside what is kept in tests/data/golden.

The commands are given in the order of a hub's life to one data directory, so that the files read like a session at a
terminal. KINHUB_GOLDEN=write records them anew, of a change that was meant.
"""

import datetime
import difflib
import hmac
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import time
import unittest

import hub
from hub import DEATH, DISABILITY, IDS, SAMPLES, Journey

KEPT = hub.SOURCE / "tests" / "data" / "golden"
WRITES = os.environ.get("KINHUB_GOLDEN") == "write"
REWRITE = "KINHUB_GOLDEN=write ctest --preset release -R journey_golden"
# A key of its own for everybody who runs this: references are functions of it and are then the same everywhere, so that a
# change of how they are made is seen, too.
KEY = "9b1f0c" * 10 + "0a1b"
NODE = "golden"
# No source speaks of this person.
STRANGER = hub.citizen_number("19900101", 1)
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))
COMMANDS = [
    "run", "init", "demo", "check", "ingest", "night", "reconcile", "reconcile list", "reconcile show", "reconcile repair", "agreement", "leads", "lead show", "lead confirm", "lead dismiss", "family", "entitlements",
    "explain", "care forms", "care form", "care add", "care list", "care retract", "care test", "identity scan", "identity list",
    "identity show", "identity same", "identity different", "identity undo", "quarantine list", "quarantine show", "quarantine replay", "quarantine discard", "source list",
    "source positions", "source rewind", "topics plan", "topics apply", "key list", "key add", "key use", "key rotate",
    "key remove", "map check", "map test", "map try", "map watch", "map explain", "map diff", "map words", "map replay", "policy check",
    "policy test", "policy mutate", "policy words", "evidence show", "evidence check", "evidence test", "evidence compare", "evidence adopt", "balance", "status",
    "policy what-if", "policy diff", "policy fmt", "schema", "paylist draft", "paylist check", "paylist sign", "paylist close", "paylist send", "paylist returns",
    "paylist list", "paylist show", "paylist overpaid", "paylist import", "care services", "report", "issued list", "issued show", "issued withdraw", "worklist", "archive list",
    "archive show", "doctor", "backup", "restore", "notices restore", "account add", "account list", "account grant", "account lock", "account activate",
]
GROUPS = ["lead", "care", "paylist", "archive", "issued", "notices", "account", "identity", "quarantine", "source", "topics", "key", "map", "policy", "evidence"]
REVEAL = ["--reveal", "--reason", "golden"]
BAD_CONFIG = """\
data: ./elsewhere
lease_seconds: 1
lease_seconds: 10
colour: red
log: {kafka: {prefix: kinhub}}
sources:
  - name: Police
    connector: public_security
  - name: civil-affairs
    connector: nobody
    isolation: proces
    settings: {batch: five}
"""
GOOD_CONFIG = """\
node: golden
sources:
  - name: police-320812
    connector: public_security
    isolation: in-process
  - name: hospital-his
"""


class Transcript:
    """What was given at the terminal and what came back, one text for each family of commands."""

    def __init__(self, folder):
        self.folder, self.texts, self.name, self.given = folder, {}, None, set()
        self.began = datetime.datetime.now(SHANGHAI)
        # The home of the program: where its mappings stand, in the tree and beside a program that is installed.
        self.places = [(str(folder), "DIR"), (str(hub.BINARIES.parent.parent), "TREE"), (str(hub.SOURCE), "TREE")]

    def family(self, name):
        self.name = name
        self.texts.setdefault(name, "")

    def note(self, arguments, code, out, err):
        if arguments and "--help" not in arguments:
            self.given.update((arguments[0], " ".join(arguments[:2])))
        shown = " ".join(f"'{word}'" if not word or re.search(r"[\s;]", word) else word for word in ["kinhub", *arguments])
        self.texts[self.name] += (f"$ {self.plain(readable(shown + chr(10)))}{self.plain(readable(out))}"
                                  f"{''.join(f'! {line}' for line in self.plain(readable(err)).splitlines(True))}= {code}\n\n")

    def text(self, title, content):
        """What a command left in a file."""
        self.texts[self.name] += f"{title}\n{self.plain(readable(content))}\n"

    def plain(self, text):
        """Without what differs from run to run, each for its reason."""
        # The folder of this test is another one each time, and everybody's tree stands elsewhere.
        for place, name in self.places:
            text = text.replace(place, name)
        # When a visit may begin counts from the day of the machine's clock on which the lead was opened: the days between.
        text = re.sub(r'("opened_at": "(\d{4}-\d\d-\d\d).*\n *"not_before": ")'
                      r"(\d{4}-\d\d-\d\d)", self.wait, text, flags=re.M)
        # The clock of the machine: when events arrive and leads are opened or decided, which --today does not change. Only
        # times since the test began; those that agencies wrote stay. As wide as before, for tables.
        text = re.sub(r"\d{4}-\d\d-\d\d([ T])\d\d:\d\d:\d\d(\+08:00|\.\d{6}Z)?", self.clock, text)
        # The day on which an agency's word came.
        text = re.sub(r"\d{4}年\d{1,2}月\d{1,2}日收到", "YYYY年M月D日收到", text)
        text = re.sub(r"received \d{4}-\d\d-\d\d(?=[;)])", "received YYYY-MM-DD", text)
        # An entry's id is made of the clock and of chance, its version of the clock.
        text = re.sub(r"\be[0-9a-z]{5}(-[0-9a-z]{5}){3}\b", "e-id-of-an-entry", text)
        text = re.sub(r"\*{21}[0-9a-z]{2}\b", "*" * 21 + "id", text)
        text = re.sub(r"\b20\d{12}\.\d{6}\b", "YYYYMMDDhhmmss.uuuuuu", text)
        # The policies that a decision rests on: they change with every file.
        text = re.sub(r'((?:"(?:policies|evidence)": "|policies |evidence rules ))[0-9a-f]{64}', r"\1(digest)", text)
        # The digest of a report is that of its page, on which the time it is known at stands.
        text = re.sub(r'("known_at": "YYYY-MM-DDThh:mm:ss\+08:00",\n *"audience": "\w+",\n *"sha256": ")[0-9a-f]{64}', r"\1(digest)", text)
        text = re.sub(r'("policies": "\(digest\)",\n *"sha256": ")[0-9a-f]{64}', r"\1(digest)", text)
        text = re.sub(r"^摘要 [0-9a-f]{64}$", "摘要 (digest)", text, flags=re.M)
        # Of a run, what its time makes another: the signature of its report, and how long it took.
        text = re.sub(r'("signature": ")[0-9a-f]{64}:[0-9a-f]{32}', r"\1(signature)", text)
        text = re.sub(r'("compare_seconds": )\d+\.\d+', r"\1(seconds)", text)
        text = re.sub(r"^(kinhub_reconcile_records_per_second\S*) \S+$", r"\1 (rate)", text, flags=re.M)
        # How much a database takes depends on when its journal was written into it.
        text = re.sub(r"^(  [\w.]+  )\d+ bytes$", r"\1N bytes", text, flags=re.M)
        # The running digests are sealed with the active key by whatever commits while others are sealed anew.
        text = re.sub(r"\b\d+ values of the store and", "N values of the store and", text)
        # Who decides, if --by does not say it, is who runs the test.
        login = re.escape(login_name())
        text = re.sub(rf"^(confirmed|dismissed) by {login},", r"\1 by (login name),", text, flags=re.M)
        text = re.sub(rf"签发人 {login}$", "签发人 (login name)", text, flags=re.M)
        text = re.sub(rf"^((?:public\.)?basic-statistics\S+ .* ){login} ", r"\1(login name) ", text, flags=re.M)
        text = re.sub(rf'"by": "{login}"', '"by": "(login name)"', text)
        return re.sub(rf"^((?:confirmed|dismissed|已认定|不予认定) +\S+ hh:mm:ss) {login} ", r"\1 (login name) ", text, flags=re.M)

    def wait(self, found):
        opened, not_before = (datetime.date.fromisoformat(day) for day in (found[2], found[3]))
        return f"{found[1]}(+{(not_before - opened).days} days)"

    def clock(self, found):
        zone = datetime.timezone.utc if (found[2] or "").endswith("Z") else SHANGHAI
        try:
            moment = datetime.datetime.fromisoformat(found[0][:19]).replace(tzinfo=zone)
        except ValueError:  # what was written is no time
            return found[0]
        slack = datetime.timedelta(seconds=2)
        if not self.began - slack <= moment <= datetime.datetime.now(SHANGHAI) + slack:
            return found[0]
        zone = ".uuuuuuZ" if zone is datetime.timezone.utc else found[2] or ""
        return f"YYYY-MM-DD{found[1]}hh:mm:ss{zone}"


def login_name():
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def readable(content):
    """As text that an editor shows whole: what steers a terminal is written out, a missing line break at the end is told."""
    text = content.decode("utf-8", "backslashreplace") if isinstance(content, bytes) else content
    text = re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", lambda found: f"\\x{ord(found[0]):02x}", text)
    return text if not text or text.endswith("\n") else text + "\\ no line break at the end\n"


class Golden(Journey):

    def setUp(self):
        super().setUp()
        self.seen = Transcript(self.folder)
        self.data = self.folder / "data"
        self.make_data(self.data)
        for file in hub.sample_files():
            place = self.folder / "samples" / hub.source_of(file)
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, place / file.name)

    def make_data(self, data):
        data.mkdir()
        for name, line in (("kinhub.key", KEY), ("node", NODE)):
            (data / name).write_text(line + "\n")
            (data / name).chmod(0o600)

    def write(self, name, content):
        """A file beside the data directory; its name as the commands are given it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    def sample(self, name):
        return f"samples/{hub.source_of(name)}/{name}"

    def start(self, arguments, bare=False, data="data", today=hub.TODAY, out=subprocess.PIPE):
        """Started in the test's folder, so that the paths in what it prints are short and the same for everybody."""
        rest = [] if bare else ["--data", data] if "--today" in arguments else ["--data", data, "--today", today]
        return subprocess.Popen([hub.KINHUB, *arguments, *rest], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE,
                                cwd=self.folder)

    def say(self, *arguments, data="data", today=hub.TODAY, **how):
        """Gives a command and notes all of its answer."""
        process = self.start(arguments, data=data, today=today, **how)
        out, err = process.communicate(timeout=hub.PATIENCE)
        self.assertGreaterEqual(process.returncode, 0, f"{arguments} ended by a signal\n{err}")
        noted = [*arguments, *(["--data", data] if data != "data" else []), *(["--today", today] if today != hub.TODAY else [])]
        self.seen.note(noted, process.returncode, out, err)
        return out.decode("utf-8", "replace")

    def both(self, *arguments, **how):
        """As text and as JSON."""
        self.say(*arguments, **how)
        self.say(*arguments, "--json", **how)

    def all_forms(self, *arguments, **how):
        """As text and as JSON, masked and revealed."""
        self.both(*arguments, **how)
        self.both(*arguments, *REVEAL, **how)

    def leads_of(self, **which):
        """(name of the person in ids.json, benefit) -> id of the open lead."""
        names = {number: name for name, number in IDS.items()}
        return {(names[lead["person"]["citizen_id"]], lead["benefit"]): lead["id"] for lead in hub.Hub(self.data).open_leads()}

    def revision_of(self, lead):
        """What a decision says it has seen."""
        return str(hub.Hub(self.data).read("lead", "show", lead)["revision"])

    def test_every_command(self):
        self.help()
        self.command_line()
        self.rules()
        self.workbench()
        self.configuration()
        self.first_leads()
        self.decisions()
        self.reversal()
        self.record()
        self.care()
        self.payments()
        self.reports()
        self.accounts()
        self.identity()
        self.quarantine()
        self.night()
        self.sources()
        self.mended_mapping()
        self.reconciled()
        self.whole_hub()
        self.evidence()
        self.keys()
        self.backups()
        self.damage()
        self.assertEqual(set(), set(COMMANDS) - self.seen.given, "commands that were not given")
        self.compare(self.seen.texts)

    def test_failpoints(self):
        """Only test builds have them, so each kind of build has its own answer."""
        self.seen.family("failpoints")
        self.say("failpoints")
        answer = self.seen.texts["failpoints"]
        self.compare({"failpoints-none" if "NO_FAILPOINTS" in answer else "failpoints-compiled-in": answer})

    def compare(self, texts):
        for name, text in texts.items():
            file = KEPT / f"{name}.txt"
            if WRITES:
                KEPT.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
                continue
            kept = file.read_text(encoding="utf-8") if file.exists() else ""
            with self.subTest(file=file.name):
                if kept != text:
                    diff = difflib.unified_diff(kept.splitlines(True), text.splitlines(True), f"tests/data/golden/{name}.txt",
                                                "what it prints now", n=8)
                    self.fail(f"what the program prints has changed; if it was meant to: {REWRITE}\n{''.join(diff)}")

    def help(self):
        self.seen.family("help")
        for arguments in (["--version"], ["--help"], ["-h"], ["--help-all"], []):
            self.say(*arguments, bare=True)
        for name in COMMANDS + GROUPS + ["failpoints"]:
            self.say(*name.split(), "--help", bare=True)
        listed = re.findall(r"^  (\w+) ", self.seen.texts["help"].split("$ kinhub --help\n")[1].split("Subcommands:\n")[1]
                            .split("\n\n")[0], re.M)
        self.assertEqual(sorted(listed), sorted({name.split()[0] for name in COMMANDS}), "COMMANDS is to name every one")

    def payments(self):
        """Lists of a hub that keeps no books yet; what they come to is tried in tests/unit/desk/payment_county_test.cpp."""
        self.seen.family("payments")
        self.say("paylist", "draft", "--region", "320812", "--period", "2026Q3")
        self.both("paylist", "list")
        self.both("paylist", "overpaid")
        self.say("paylist", "show", "TF-320812-2026Q3-01")
        self.say("paylist", "check", "--region", "320812", "--period", "2026Q3", "--as", "zhang")
        self.say("paylist", "sign", "TF-320812-2026Q3-01", "--seen", "6b1f", "--as", "li")
        self.say("paylist", "send", "TF-320812-2026Q3-01", "--out", "bank", "--reason", "golden")
        self.say("paylist", "returns", "nowhere.csv")
        self.say("paylist", "import", "nowhere.csv", "--reason", "golden")
        self.say("paylist", "close", "TF-320812-2026Q3-01", "--seen", "6b1f", "--as", "wang")

    def reports(self):
        """Of a county without archives; what they come to is tried in tests/unit/report and test_worked_example.py."""
        self.seen.family("reports")
        self.both("care", "services")
        where = ["--region", "320812"]
        for name in ("basic-statistics", "movement", "member-list", "contact-system", "care-statistics", "three-coverages"):
            self.both("report", name, *where, "--period", "2026Q3")
        self.say("report", "basic-statistics", *where, "--period", "2026-09", "--format", "csv")
        for wrong in (["nothing", *where, "--period", "2026Q3"], ["movement", *where, "--period", "2026Q5"],
                      ["movement", "--region", "32081x", "--period", "2026Q3"]):
            self.say("report", *wrong)
        known = ["--period", "2026Q3", "--known-at", "2026-10-01"]
        for more in ([], ["--public"]):
            self.both("report", "basic-statistics", *where, *known, "--issue", *more)
        self.say("report", "movement", *where, *known, "--issue", "--public")
        self.both("issued", "list", *where)
        self.both("issued", "show", "basic-statistics.320812.2026Q3.1")
        self.say("issued", "show", "public.basic-statistics.320812.2026Q3.1", "--format", "csv")
        self.say("issued", "show", "basic-statistics.320812.2026Q3.9")
        self.both("issued", "withdraw", "public.basic-statistics.320812.2026Q3.1", "--reason", "数字有误")
        self.both("worklist", *where, "--on", "2026-10-01")
        self.both("archive", "list", *where)
        self.say("archive", "show", "320812-901-2026-00001")

    def accounts(self):
        """Nobody signs in here: who may is tried in test_accounts.py."""
        self.seen.family("accounts")
        self.both("account", "list")
        self.say("account", "add", "li", "--role", "nobody")
        self.say("account", "grant", "nobody", "--role", "viewer")
        self.say("account", "lock", "nobody")
        self.say("account", "activate", "nobody")

    def backups(self):
        """What is wrong with a hub and how it is found: test_doctor.py; backups of one at work: test_backup.py."""
        self.seen.family("backups")
        self.both("doctor")
        self.say("doctor", "--settle", "lead:17")
        self.say("backup", "kept")
        self.say("backup", "kept")
        self.say("restore", "kept")
        self.say("restore", "nowhere", data="anew")
        self.say("restore", "kept", "--key", "data/kinhub.key", data="anew")
        self.both("notices", "restore", data="anew")
        self.say("doctor", data="anew")

    def keys(self):
        """A key file of two keys, on a copy of the data directory: what carries which, and everything sealed anew."""
        self.seen.family("keys")
        self.both("key", "list")
        self.say("key", "add", "--suite", "des")
        for line in ("key use 00000000", "key remove 00000000"):
            self.say(*line.split())
        self.say("key", "list", data="nowhere")
        keyed = self.folder / "keyed"
        shutil.copytree(self.data, keyed)
        keys = [bytes.fromhex(KEY), bytes(range(32))]
        first, second = (self.id_of(key) for key in keys)
        (keyed / "kinhub.key").write_text("kinhub keys 2\n"
                                          f"{first} aes-256-gcm - {keys[0].hex()}\n"
                                          f"{second} sm4 2026-01-02T03:04:05+08:00 {keys[1].hex()}\n"
                                          f"active {first}\n")
        self.both("key", "list", data="keyed")
        self.both("key", "use", second, data="keyed")
        self.say("key", "list", data="keyed")
        self.say("key", "remove", first, data="keyed")
        self.say("key", "rotate", data="keyed")
        self.say("key", "rotate", "--json", data="keyed")
        self.both("key", "list", data="keyed")
        self.say("balance", data="keyed")
        self.both("key", "use", first, data="keyed")
        self.say("key", "remove", second, data="keyed")
        self.say("key", "rotate", data="keyed")
        self.say("key", "remove", second, data="keyed")
        self.say("key", "list", data="keyed")

    @staticmethod
    def id_of(key):
        a, b, c = hmac.digest(key, b"kinhub key id v1", "sha256")[:3]
        return bytes([a, b, c, a ^ b ^ c ^ 0x5a]).hex()

    def command_line(self):
        """Used wrongly, before any command looks at the data directory."""
        self.seen.family("command-line")
        for line in ("laeds", "lead", "lead shwo", "leads --opne", "quarantine", "source", "map", "leads more",
                     "balance --json --jsn", "leads --today 2026-02-31", "leads --reveal", "leads --kind old",
                     "leads --state shut",
                     "leads --open --state closed", "leads --since yesterday", "leads --since 2026-11-18T25:00:00+08:00",
                     "leads --of 王试子", "leads --of 322228200005210170", "lead show", "family", "family --of",
                     "family --of 322228200005210170", "family --of 1", "family --of 王试子",
                     "family --of P0000000000000 --valid-at 2026-13-01",
                     "family --of P0000000000000 --known-at noon", "entitlements", "entitlements --of 322228200005210170",
                     "entitlements --of P0000000000000 --from 2027-01-01 --until 2026-01-01",
                     "entitlements --of P0000000000000 --from soon", "explain --of P0000000000000",
                     f"explain --benefit {DEATH}", f"explain --of P0000000000000 --benefit {DEATH} --on 2026-11-31",
                     "night --only birthdays", "ingest", "ingest public-security", "ingest public-securty samples",
                     "ingest nobody samples", "ingest public-security samples/none.xml", "quarantine show", "quarantine replay",
                     "quarantine discard", "quarantine discard 1", "lead confirm L0000000000000", "lead dismiss L0000000000000",
                     "map replay", "map replay public-securty", "map replay public-security --since soon",
                     "map replay public-security --apply --dry-run",
                     "source rewind", "source rewind public-securty", "source rewind public-security --to -1",
                     "source rewind public-security --to x", "source rewind public-security --to 1 --checkpoint",
                     "demo --families 0", "demo --seed x", "topics plan more"):
            self.say(*line.split())
        self.say("leads", "--reveal", "--reason", " ")
        self.say("lead", "confirm", "L0000000000000", "--reason", " ")
        self.say("leads", "--since", "\x1b[31mred\x1b[0m")
        for word in ("plan", "apply"):
            self.both("topics", word)

    def rules(self):
        """Mappings and policies, those that are shipped and those that are wrong."""
        self.seen.family("rules")
        for command in (["map", "check"], ["map", "test"], ["policy", "check"], ["policy", "test"]):
            self.both(*command)
        self.both("map", "test", "hospital-his", "kafka_topic")
        shipped = hub.SOURCE / "mappings"
        mapping = (shipped / "public_security" / "death.yaml").read_text()
        self.write("rules/mapping/misspelt.yaml",
                   mapping[:mapping.index("tests:")].replace("timestamp(GXSJ)", "timestmap(GXSJ)").replace("op:", "ops:"))
        self.write("rules/mapping/no_yaml.yaml", "map: [\n")
        shutil.copytree(shipped / "public_security" / "samples", self.folder / "rules" / "test" / "samples")
        self.write("rules/test/death.yaml", mapping.replace("on: 2026-11-18,", "on: 2026-11-19,"))
        self.write("rules/empty/readme.txt", "no rules")
        shutil.copytree(shipped / "policies" / "000000", self.folder / "rules" / "policy" / "000000")
        policy = self.folder / "rules" / "policy" / "000000" / "national-special-assistance.yaml"
        whole = policy.read_text()
        policy.write_text(whole.replace("= 1770.00", "= 1771.00"))
        for command in (["map", "check", "rules/mapping"], ["map", "test", "rules/test"], ["map", "check", "rules/empty"],
                        ["map", "check", "nowhere"], ["policy", "check", "rules/empty"], ["policy", "check", "nowhere"],
                        ["policy", "test", "rules/policy"], ["policy", "mutate", "rules/policy"],
                        ["policy", "words", "nowhere"]):
            self.both(*command)
        self.say("policy", "words")
        policy.write_text(whole.replace("death_day:", "deathday:").replace("only child is dead", "only child is ded"))
        self.both("policy", "check", "rules/policy")

    def workbench(self):
        """Files tried against mappings, without a hub."""
        self.seen.family("map_try")
        death, wrong = self.sample("police_death.xml"), self.write("tried/wrong.xml", hub.police_death(GMSFHM="322228200005210170", SWRQ="20260231"))
        self.all_forms("map", "try", death)
        self.both("map", "try", wrong)
        self.say("map", "try", self.sample("deathcert_daily.csv"), "--limit", "1")
        for question in ([wrong, "--source", "public-securty"], [death, "--mapping", "public_security/deth"], ["nowhere.xml"],
                         [self.write("tried/other.xml", "<other/>")]):
            self.say("map", "try", *question)
        self.say("map", "words", "death")
        self.say("map", "words", "date")
        self.say("map", "words", "dath")
        shutil.copytree(self.folder / "rules" / "test", self.folder / "rules" / "watched")
        process = self.start(["map", "watch", "rules/watched"])
        lines = [process.stdout.readline() for _ in range(2)]  # the first tests, and that it watches
        right = (hub.SOURCE / "mappings" / "public_security" / "death.yaml").read_text()
        (self.folder / "rules" / "watched" / "death.yaml").write_text(right)
        lines += [process.stdout.readline() for _ in range(2)]
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=hub.PATIENCE)
        self.seen.note(["map", "watch", "rules/watched"], process.returncode, b"".join(lines), err)

    def configuration(self):
        self.seen.family("configuration")
        self.both("check")
        self.write("bad.yaml", BAD_CONFIG)
        self.write("good.yaml", GOOD_CONFIG)
        self.write("no_yaml.yaml", "data: [\n")
        for name in ("bad.yaml", "no_yaml.yaml", "none.yaml", "good.yaml"):
            self.both("check", "--config", name)
        self.say("leads", "--config", "bad.yaml")
        self.both("source", "list", "--config", "good.yaml")
        self.say("ingest", "public-security", "samples", "--config", "good.yaml")
        self.say("map", "check", "--config", "good.yaml")

    def first_leads(self):
        """Two families of the samples, and all ways to ask for their leads."""
        self.seen.family("ingest")
        self.say("ingest", "public-security", self.sample("police_birth_2003.xml"))
        self.say("ingest", "civil-affairs", self.sample("disability_grade.json"), "--json")
        self.say("ingest", "public-security", self.sample("police_death.xml"), self.sample("police_birth.xml"))
        self.say("ingest", "hospital-his", self.sample("hospital_death_A03.hl7"), self.sample("deathcert_daily.csv"), "--json")
        self.say("ingest", "medical-insurance", self.sample("insurance_stop_death.json"))
        self.seen.family("leads")
        self.all_forms("leads")
        for choice in (["--open"], ["--state", "open"], ["--state", "closed"], ["--kind", "new"], ["--kind", "ended"],
                       ["--benefit", DEATH], ["--benefit", "nothing"], ["--since", "2000-01-01"],
                       ["--since", "2999-12-31T00:00:00+08:00"], ["--of", IDS["husb"]], ["--of", IDS["son"]],
                       ["--of", IDS["mum3"]], ["--of", "P0000000000000"],
                       ["--kind", "new", "--open", "--benefit", DISABILITY, "--of", IDS["wife2"]]):
            self.say("leads", *choice)
        self.say("leads", "--benefit", DISABILITY, "--json")
        self.say("leads", "--state", "dismissed", "--json")
        for name in (("husb", DEATH), ("wife2", DISABILITY)):
            self.all_forms("lead", "show", self.leads_of()[name])
        for id in ("L0000000000000", "P0000000000000", IDS["wife"]):
            self.both("lead", "show", id)

    def care(self):
        """What a case worker enters, in a data directory of its own, so that the numbers of events elsewhere stay."""
        self.seen.family("care")
        self.make_data(self.folder / "care")
        self.say("ingest", "public-security", self.sample("police_resident.xml"), data="care")
        self.say("care", "forms")
        self.both("care", "form", "marriage-told")
        self.both("care", "test")
        self.write("forms/visit.yaml", "form: visits\nfields:\n  - item: on\n    typ: date\n")
        self.both("care", "test", "forms")
        wife, signed = IDS["wife"], ["--reason", "入户走访", "--as", "zhang"]
        entry = ["care", "add", "marriage-told", "--of", wife, "own_role=妻子", f"spouse_number={IDS['husb']}", "spouse_name=王试男", "on=1998-10"]
        self.both(*entry, *signed, "--dry-run", data="care")
        self.say(*entry, *signed, data="care")
        listed = [one["id"] for one in json.loads(self.say("care", "list", "--of", wife, "--json", data="care"))]
        self.both("care", "add", "marriage-told", "--corrects", listed[0], "on=1998-11-01", *signed, data="care")
        self.both("care", "retract", listed[0], "--reason", "认错人", "--as", "li", data="care")
        self.all_forms("care", "list", "--of", wife, data="care")
        self.both("explain", "--of", wife, "--field", "marriage", data="care")
        for wrong in (["care", "add", "mariage-told", "--of", wife, *signed], ["care", "add", "marriage-told", *signed],
                      ["care", "add", "marriage-told", "--of", wife, "on=1998", "own_role=aunt", "spose=1"],
                      ["care", "add", "marriage-told", "--of", STRANGER, "on=1998-10", *signed],
                      ["care", "add", "identity-same", "--of", wife, f"other_number={STRANGER}", "seen=card", *signed],
                      ["care", "add", "marriage-told", "--of", wife, "王试男", *signed],
                      ["care", "retract", listed[0], *signed], ["care", "retract", "e00000-00000-00000-00000", *signed],
                      ["care", "list", "--of", STRANGER], ["care", "form", "nothing"], ["ingest", "care-desk", "samples"]):
            self.say(*wrong, data="care")
        self.say("balance", data="care")

    def identity(self):
        """Two who may be one, in a data directory of their own: a registered child that lives, and a dead patient without a number."""
        self.seen.family("identity")
        self.make_data(self.folder / "identity")
        alive = (hub.SOURCE / "mappings/public_security/samples/police_resident.xml").read_text()
        alive = alive.replace("<RYZT>9</RYZT><SWRQ>20261118</SWRQ>", "<RYZT>0</RYZT><SWRQ></SWRQ>", 1)
        dead = (hub.SOURCE / "mappings/hospital_his/samples/hospital_death_A03.hl7").read_bytes().decode()
        dead = re.sub(r"~322228200005210171[^|]*NNCN", "", dead).replace("|||322228200005210171|||", "||||||", 1)
        self.assertNotIn("322228200005210171", dead)
        one = hub.Hub(self.folder / "identity")
        one.do("ingest", "public-security", self.folder / self.write("alive.xml", alive))
        one.do("ingest", "hospital-his", self.folder / self.write("unnumbered.hl7", dead))  # warns of a death, with the time
        self.both("identity", "list", data="identity")
        self.both("identity", "scan", "--dry-run", data="identity")
        self.both("identity", "scan", data="identity")
        self.all_forms("identity", "list", data="identity")
        pair = one.read("identity", "list")["pairs"][0]["id"]
        self.all_forms("identity", "show", pair, data="identity")
        signed = ["--reason", "已入户核实", "--as", "zhang"]
        self.both("identity", "different", pair, *signed, data="identity")
        self.both("identity", "undo", pair, *signed, data="identity")
        self.say("identity", "same", pair, "--seen", "visit", *signed, data="identity")
        self.all_forms("identity", "list", "--all", data="identity")
        self.say("leads", "--open", data="identity")
        for wrong in (["identity", "same", pair, *signed], ["identity", "undo", "I0000000000000", *signed],
                      ["identity", "show", IDS["son"]], ["identity", "different", pair], ["identity"]):
            self.say(*wrong, data="identity")
        self.both("night", "--only", "identity", data="identity")
        self.say("status", data="identity")

    def decisions(self):
        self.seen.family("decisions")
        ids = self.leads_of()
        husband, wife, wife2 = ids["husb", DEATH], ids["wife", DEATH], ids["wife2", DISABILITY]
        for verdict in ("confirm", "dismiss"):
            self.say("lead", verdict, husband)
            self.both("lead", verdict, "L0000000000000", "--revision", "1", "--reason", "golden")
        self.say("lead", "confirm", husband, "--reason", "已入户核实 王试男")
        self.say("lead", "confirm", husband, "--revision", "999", "--reason", "已入户核实 王试男")
        for lead, verdict, *more in ((husband, "confirm", "--reason", "已入户核实 王试男"),
                                     (wife, "confirm", "--reason", "已入户核实", "--by", "试办员", "--reveal", "--json"),
                                     (wife2, "dismiss", "--reason", "已享受其他待遇", "--by", "试办员", "--json"),
                                     (husband, "confirm", "--reason", "again", "--by", "试办员"),
                                     (wife2, "dismiss", "--reason", "again", "--json")):
            self.say("lead", verdict, lead, "--revision", self.revision_of(lead), *more)
        self.all_forms("lead", "show", husband)
        self.all_forms("leads", "--state", "confirmed")
        self.both("leads", "--state", "dismissed")
        self.both("leads", "--open")
        self.all_forms("entitlements", "--as-decided", husband)
        self.say("entitlements", "--as-decided", wife2)
        self.say("entitlements", "--as-decided", "L0000000000000")
        self.say("entitlements", "--as-decided", husband, "--of", IDS["husb"])

    def reversal(self):
        """What was decided is taken back by the agencies, one by one; and an adoption ends a right."""
        # known-at has seconds: what is known by this one is behind us, what comes is after it.
        time.sleep(1.1)
        self.known_at = datetime.datetime.now(SHANGHAI).replace(microsecond=0)
        time.sleep(1.1)
        self.seen.family("reversal")
        self.say("ingest", "civil-affairs", self.sample("civil_adoption.json"))
        self.all_forms("leads", "--of", IDS["wife2"])
        late = "2027-01-15"
        self.say("ingest", "public-security", self.sample("police_death_revoked.xml"), today=late)
        self.all_forms("leads", "--open", today=late)
        self.both("lead", "show", self.leads_of()["wife", DEATH], today=late)
        certificate = (SAMPLES / "deathcert_daily.csv").read_bytes()
        voided = self.write("deathcert_voided.csv", certificate.replace(b",1,20261118063500", b",0,20261201080000"))
        page = (SAMPLES / "insurance_stop_death.json").read_text()
        void = re.sub(r'("updt_time": ")[^"]*', r"\g<1>2026-12-01 09:00:00", re.sub(r'("vali_flag": ")1', r"\g<1>0", page))
        self.assertNotEqual(page, void)
        void = self.write("insurance_void.json", void)
        self.say("ingest", "hospital-his", self.sample("hospital_death_cancel_A13.hl7"), voided, today=late)
        self.say("ingest", "medical-insurance", void, "--json", today=late)
        self.all_forms("leads", "--open", today=late)
        wife = self.leads_of()["wife", DEATH]
        self.both("lead", "show", wife, today=late)
        self.say("lead", "confirm", wife, "--revision", self.revision_of(wife), "--reason", "误报", "--by", "试办员", today=late)
        self.both("leads", today=late)

    def record(self):
        """The other samples, folder by folder, what has come before among them; then the record of all."""
        self.seen.family("ingest")
        self.both("ingest", "public-security", "samples/public-security")
        self.say("ingest", "civil-affairs", "samples/civil-affairs")
        self.say("ingest", "medical-insurance", "samples/medical-insurance", "--json")
        self.say("ingest", "hospital-his", "samples/hospital-his")
        self.seen.family("family")
        # The clock of the machine again: what was known at a moment of this run.
        self.seen.places.append((self.known_at.isoformat(), "KNOWN-AT"))
        for name in ("wife", "wife2"):
            self.all_forms("family", "--of", IDS[name])
        for name in ("husb", "son", "dau2", "mum3", "baby3", "adopt"):
            self.say("family", "--of", IDS[name])
        reference = hub.Hub(self.data).family(IDS["mum3"])[0]["members"][0]["person"]["ref"]
        self.both("family", "--of", reference)
        for choice in (["--valid-at", "1990-01-01"], ["--valid-at", "2026-11-30"], ["--known-at", self.known_at.isoformat()],
                       ["--known-at", "2000-01-01"], ["--valid-at", "2026-11-30", "--known-at", "2999-12-31"]):
            self.both("family", "--of", IDS["wife2"], *choice)
        for who in (STRANGER, "P0000000000000", "L0000000000000", "x"):
            self.both("family", "--of", who)
        since = self.known_at.isoformat()
        self.all_forms("family", "--of", IDS["wife"], "--diff", f"{since}..2999-12-31")
        self.both("family", "--of", IDS["wife2"], "--diff", f"2000-01-01..{since}")
        for wrong in ("2000-01-01..1999-01-01", "2026-01-01", "..", "1990-01-01..2000-01-01"):
            self.both("family", "--of", IDS["wife2"], "--diff", wrong)
        self.seen.family("entitlements")
        self.all_forms("entitlements", "--of", IDS["wife2"])
        for name in ("wife", "husb", "husb2", "mum3", "son"):
            self.say("entitlements", "--of", IDS[name])
        for choice in (["--from", "2026-12-01"], ["--until", "2020-01-01"], ["--from", "2026-01-01", "--until", "2027-01-01"]):
            self.both("entitlements", "--of", IDS["wife2"], *choice)
        for who in (STRANGER, "P0000000000000"):
            self.both("entitlements", "--of", who)
        for then in (since, "2000-01-01"):
            self.both("entitlements", "--of", IDS["wife"], "--known-at", then)
        self.say("entitlements", "--of", IDS["wife"], "--lang", "en")
        self.say("lead", "show", self.leads_of()["wife", DEATH], "--lang", "en")
        self.say("leads", "--of", IDS["wife"], "--lang", "en")
        self.seen.family("known_then")
        self.all_forms("leads", "--of", IDS["wife"])
        self.all_forms("leads", "--of", IDS["wife"], "--known-at", since)
        self.say("leads", "--known-at", since, "--valid-at", "2026-11-01")
        self.say("leads", "--known-at", "2000-01-01")
        wife = self.leads_of()["wife", DEATH]
        self.both("lead", "show", wife, "--known-at", since)
        self.both("lead", "show", wife, "--known-at", "2000-01-01")
        self.both("explain", "--of", IDS["wife"], "--benefit", DEATH, "--known-at", since)
        self.both("explain", "--of", IDS["wife"], "--benefit", DEATH, "--known-at", "2000-01-01")
        self.seen.family("explain")
        for name, benefit in (("wife2", DISABILITY), ("husb", DEATH), ("mum3", DEATH)):
            self.both("explain", "--of", IDS[name], "--benefit", benefit)
        self.both("explain", "--of", IDS["wife2"], "--benefit", DISABILITY, "--on", "2026-11-19")
        self.say("explain", "--of", IDS["wife2"], "--benefit", DEATH, "--on", "2040-01-01", *REVEAL)
        self.say("explain", "--of", IDS["husb"], "--benefit", DEATH, "--lang", "en")
        for who, benefit in ((IDS["wife2"], "national-special-assistance/deth"), (IDS["wife2"], "x"), ("P0000000000000", DEATH),
                             (STRANGER, DEATH), (IDS["dau2"], DEATH)):
            self.both("explain", "--of", who, "--benefit", benefit)
        self.seen.family("explain_field")
        for name, fields in (("son", ("name", "sex", "number", "born", "died", "parents", "residence", "insurance", "household",
                                      "ethnic_group", "address")),
                             ("wife", ("name", "number", "born", "marriage", "residence")), ("dau2", ("grade", "parents", "residence")),
                             ("mum3", ("name", "died"))):
            for field in fields:
                self.say("explain", "--of", IDS[name], "--field", field)
        self.all_forms("explain", "--of", IDS["wife"], "--field", "marriage")
        self.say("explain", "--of", IDS["son"], "--field", "died", "--known-at", "2020-01-01")
        for wrong in (["--field", "colour"], ["--field", "nme"], [], ["--field", "name", "--benefit", DEATH]):
            self.both("explain", "--of", IDS["son"], *wrong)
        for who in (STRANGER, "P0000000000000"):
            self.both("explain", "--of", who, "--field", "name")

    def quarantine(self):
        self.seen.family("quarantine")
        self.both("quarantine", "list")
        # Bad input of every kind; one file is left out, whose size alone is what is wrong with it.
        subprocess.run([hub.AGENCIES, "poison", "--data", self.folder / "poison"], check=True, stdout=subprocess.DEVNULL)
        for file in (self.folder / "poison").rglob("*"):
            if file.is_file() and file.stat().st_size > 1 << 20:
                file.unlink()
        for source, form in (("public-security", []), ("civil-affairs", ["--json"]), ("medical-insurance", []),
                             ("hospital-his", [])):
            self.say("ingest", source, f"poison/{source}", *form)
        first = self.write("police_1.xml", hub.police_death(GMSFHM="322228200005210170", HJYWID="3208120000009007001"))
        behind = self.write("police_2.xml", hub.police_death(GXSJ="20261119080000", HJYWID="3208120000009007001"))
        self.say("ingest", "public-security", first, "--json")
        self.say("ingest", "public-security", behind)
        self.all_forms("quarantine", "list")
        for choice in (["--source", "hospital-his"], ["--code", "CITIZEN_ID_CHECK"], ["--code", "NOTHING"],
                       ["--source", "nobody"],
                       ["--source", "civil-affairs", "--code", "JSON_TOO_DEEP"]):
            self.say("quarantine", "list", *choice)
        self.say("quarantine", "list", "--source", "medical-insurance", "--json")
        rows = hub.Hub(self.data).read("quarantine", "list")
        waits = next(row["id"] for row in rows if row["code"] == "WAITS_BEHIND")
        shown = {code: next(row["id"] for row in rows if row["code"] == code)
                 for code in ("DATE_NO_DAY", "CHARSET_UNKNOWN", "HL7_NO_MSH")}
        for id in (*shown.values(), waits):
            self.all_forms("quarantine", "show", id)
        for id in ("0", "999", "x"):
            self.both("quarantine", "show", id)
        self.both("quarantine", "replay", shown["DATE_NO_DAY"])
        self.say("quarantine", "replay", "--code", "CITIZEN_ID_CHECK")
        self.say("quarantine", "replay", "--source", "hospital-his", "--json")
        self.both("quarantine", "replay", "--all")
        self.both("quarantine", "replay", "--code", "NOTHING")
        for id in ("999", "x"):
            self.both("quarantine", "replay", id)
            self.both("quarantine", "discard", id, "--reason", "golden")
        self.say("quarantine", "discard", shown["DATE_NO_DAY"])
        first = next(row["id"] for row in rows if row["code"] == "CITIZEN_ID_CHECK" and "police_1.xml" in row["place"])
        self.say("quarantine", "discard", first, "--reason", "测试报文")
        self.say("quarantine", "discard", shown["DATE_NO_DAY"], shown["CHARSET_UNKNOWN"], "--reason", "测试报文", "--json")
        self.say("quarantine", "discard", first, "--reason", "again")
        self.say("quarantine", "list")

    def night(self):
        self.seen.family("night")
        self.say("night", today="2026-12-01")
        self.both("night", "--only", "scan", today="2027-05-20")
        self.say("night", "--json", today="2035-01-01")
        self.both("leads", "--open", today="2035-01-01")
        # A birthday in a data directory of its own: a couple whose only son died before the wife was 49.
        self.make_data(self.folder / "birthday")
        wife, husband = hub.citizen_number("19780520", 24), hub.citizen_number("19790105", 13)
        file = self.write("birthday.xml", hub.police_death(MQ_GMSFHM=wife, FQ_GMSFHM=husband, HZ_GMSFHM=husband,
                                                           SBR_GMSFHM=husband))
        self.say("ingest", "public-security", file, data="birthday")
        self.both("explain", "--of", wife, "--benefit", DEATH, data="birthday")
        self.both("entitlements", "--of", husband, data="birthday")
        self.say("night", "--only", "scan", data="birthday", today="2027-05-19")
        self.say("night", "--only", "scan", data="birthday", today="2027-05-20")
        self.say("night", "--json", data="birthday", today="2028-01-06")
        self.both("leads", data="birthday", today="2028-01-06")

    def sources(self):
        self.seen.family("sources")
        self.both("source", "list")
        self.both("source", "positions")
        self.both("source", "rewind", "public-security")
        for to in ("0", "3", "999"):
            self.both("source", "rewind", "public-security", "--to", to)
        self.both("source", "rewind", "hospital-his", "--checkpoint")
        self.both("source", "rewind", "hospital-his", "--checkpoint", "--apply")
        self.say("balance")
        self.say("source", "rewind", "public-security", "--to", "3", "--apply")
        self.both("source", "positions")
        self.both("balance")
        self.say("night", "--only", "scan")
        self.say("source", "rewind", "civil-affairs", "--to", "0", "--apply", "--json")
        self.say("ingest", "public-security", self.sample("police_death.xml"), "--json")
        self.both("source", "positions")
        self.both("balance")

    def mended_mapping(self):
        """A mapping with a mistake, then mended, in a data directory of its own."""
        self.seen.family("map_replay")
        self.make_data(self.folder / "mended")
        mappings = self.folder / "mended-mappings"
        shutil.copytree(hub.SOURCE / "mappings", mappings)
        file = mappings / "public_security" / "death.yaml"
        right = file.read_text()
        file.write_text(right.split("tests:\n")[0].replace("on: date(SWRQ, 'any')", "on: date(SLSJ, 'any')"))
        where = ["--config", self.write("mended.yaml", json.dumps({"directories": {"mappings": str(mappings)}}))]
        message = self.write("misread.xml", hub.police_death(SWRQ="20261002"))
        self.say("ingest", "public-security", message, *where, data="mended")
        file.write_text(right)
        replay = ["map", "replay", "public-security", *where]
        self.both(*replay, data="mended")
        self.say(*replay, "--mapping", "public_security/deth", data="mended")
        worse = self.write("worse/death.yaml", right.split("tests:\n")[0].replace("on: date(SWRQ, 'any')", "on: date(XM, 'any')"))
        better = self.write("better/death.yaml", right.split("tests:\n")[0])
        file.write_text(right.split("tests:\n")[0].replace("on: date(SWRQ, 'any')", "on: date(SLSJ, 'any')"))
        self.both("map", "diff", better, "--source", "public-security", *where, data="mended")
        self.both("map", "diff", better, worse, "--source", "public-security", *where, data="mended")
        self.say("map", "diff", "nowhere", "--source", "public-security", *where, data="mended")
        self.both("map", "explain", "1", "--source", "public-security", *where, data="mended")
        self.say("map", "explain", "9", "--source", "public-security", *where, data="mended")
        file.write_text(right)
        self.say(*replay, "--apply", data="mended")
        self.both(*replay, "--apply", "--reason", "golden", "--by", "zhang", data="mended")
        self.all_forms("explain", "--of", IDS["son"], "--field", "died", *where, data="mended")

    def reconciled(self):
        """The resident master of one night and the next, in a data directory of its own."""
        self.seen.family("reconcile")
        self.make_data(self.folder / "nights")
        first = (hub.SOURCE / "mappings/public_security/samples/police_resident.xml").read_text(encoding="utf-8")
        night = self.write("CZRK_20261130.xml", first)
        over = ["reconcile", "public-security", "--snapshot"]
        self.say(*over, night, data="nights")
        self.both(*over, night, data="nights")
        self.both(*over, night, "--again", data="nights")
        rows = first.split("    <RECORD ")
        changed = "    <RECORD ".join([rows[0], rows[1], rows[2].replace("<HH>", "<HH>9").replace("<GXSJ>2026", "<GXSJ>2027"), rows[1]]) + "  </body>\n</root>\n"
        night = self.write("CZRK_20261201.xml", changed.replace("20261130020000", "20271201020000"))
        self.both(*over, night, "--dry-run", data="nights")
        self.say(*over, night, "--report", "reports", data="nights")
        for name in ("report.json", "differences.csv", "report.html"):
            self.seen.text(name, (next((self.folder / "reports").iterdir()) / name).read_bytes())
        self.both("reconcile", "list", data="nights")
        self.both("reconcile", "show", "2", data="nights")
        self.say("reconcile", "show", "99", data="nights")
        self.say("reconcile", "repair", "2", "--expected", "5", data="nights")
        self.say("reconcile", data="nights")
        self.say("night", "--only", "reconcile", data="nights")
        self.seen.family("agreement")
        self.both("agreement", data="nights")
        self.both("agreement")
        self.say("agreement")
        self.all_forms("agreement", "--source", "medical-insurance", "--field", "number", "--csv", "agreement.csv")
        self.seen.text("agreement.csv", (self.folder / "agreement.csv").read_bytes())
        for wrong in (["--field", "colour"], ["--region", "3708x"], ["--source", "nobody"], ["--csv", "nowhere/at/all.csv"]):
            self.say("agreement", *wrong)

    def whole_hub(self):
        self.seen.family("hub")
        self.both("status")
        self.both("balance")
        self.run_for_a_while()
        self.both("status")
        notices = (self.data / "notices.jsonl").read_text()
        self.seen.family("notices")
        self.seen.text("data/notices.jsonl", notices)

    def run_for_a_while(self):
        metrics = self.data / "metrics.prom"
        process = self.start(["run"])
        try:
            give_up = time.monotonic() + hub.PATIENCE
            # Its first metrics may be written before it owns what it works on.
            while not metrics.exists() or re.findall(r"^kinhub_lease_owned\{.*\} (\d)", metrics.read_text(), re.M) != ["1"] * 3:
                self.assertIsNone(process.poll(), "the hub ended by itself")
                self.assertLess(time.monotonic(), give_up, "no metrics")
                time.sleep(0.1)
            at_work = metrics.read_text()
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=hub.PATIENCE)
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()
        # Sources speak of themselves each on its own thread.
        self.seen.note(["run"], process.returncode, out, b"".join(sorted(err.splitlines(True))))
        self.seen.family("metrics")
        for title, text in (("data/metrics.prom while it runs", at_work), ("data/metrics.prom after it", metrics.read_text())):
            # Times of the machine's clock.
            self.seen.text(title, re.sub(r"^(\w+_timestamp_seconds(?:\{.*\})?) [1-9]\S*$", r"\1 (time)", text, flags=re.M))
        self.seen.family("hub")

    def evidence(self):
        """Other rules of evidence, in a data directory of their own: the police and a hospital tell other days of one death."""
        self.seen.family("evidence")
        self.make_data(self.folder / "judged")
        death = self.write("changed/police_death.xml", hub.police_death(SWRQ="20261120"))
        master = (hub.SOURCE / "mappings/public_security/samples/police_resident.xml").read_bytes()
        residents = self.write("changed/police_resident.xml", master.replace(b"<SWRQ>20261118</SWRQ>", b"<SWRQ>20261120</SWRQ>"))
        for source, files in (("public-security", [residents, death]), ("civil-affairs", [self.sample("civil_marriage.json")]),
                              ("hospital-his", [self.sample("hospital_death_A03.hl7")])):
            subprocess.run([hub.KINHUB, "ingest", source, *files, "--data", "judged", "--today", hub.TODAY], cwd=self.folder,
                           stdout=subprocess.DEVNULL, check=True)
        shipped = (hub.SOURCE / "mappings/evidence/evidence.yaml").read_text()
        rules = shipped[:shipped.index("\ntests:") + 1].replace(
            "death: {order: usual", "death: {order: [hospital, police_registration, certificate, cremation, insurance, care_desk]")
        rules = self.write("rules/evidence.yaml", rules)
        wrong = self.write("rules/wrong.yaml", shipped.replace("insurance, care_desk]", "care_desk, insurance]").replace(
            "  marriage:", "  mariage:").replace("dispute_days: 30", "dispute_days: a month"))
        for command in ("check", "test"):
            self.both("evidence", command)
            self.both("evidence", command, wrong)
        self.say("explain", "--of", IDS["son"], "--field", "died", data="judged")
        self.all_forms("evidence", "compare", rules, data="judged")
        self.say("evidence", "compare", wrong, data="judged")
        self.say("evidence", "compare", "nowhere.yaml", data="judged")
        self.what_if()
        self.say("evidence", "adopt", rules, data="judged")
        self.say("evidence", "adopt", rules, "--reason", "会议纪要", "--by", "zhang", data="judged")
        self.say("evidence", "adopt", rules, "--reason", "会议纪要", "--by", "zhang", data="judged")
        self.both("evidence", "show", data="judged")
        self.both("status", data="judged")
        self.both("check", data="judged")
        self.all_forms("explain", "--of", IDS["son"], "--field", "died", data="judged")
        self.say("evidence", "compare", data="judged")
        self.say("evidence", "adopt", "--reason", "会议纪要之二", "--by", "zhang", "--json", data="judged")

    def what_if(self):
        """Another sum and another age of the national assistance, over the family of the evidence."""
        self.seen.family("what-if")
        shipped = (hub.SOURCE / "mappings/policies/000000/national-special-assistance.yaml").read_text()
        national = shipped[:shipped.index("\ntests:") + 1]
        dearer = self.write("policies/dearer.yaml", national.replace("pay: 590 yuan", "pay: 620.50 yuan"))
        earlier = self.write("policies/earlier.yaml", national.replace("age line 49", "age line 45"))
        wrong = self.write("policies/wrong.yaml", national.replace("age line 49", "age lime 49"))
        self.all_forms("policy", "what-if", dearer, "--from", "2026-11-01", "--months", "3", data="judged")
        self.say("policy", "what-if", earlier, "--region", "320812", "--months", "2", "--report", "what-if", data="judged")
        self.say("schema", "vocabulary")
        self.say("schema", "policies")
        self.both("policy", "diff", str(hub.SOURCE / "mappings/policies/000000/national-special-assistance.yaml"), earlier)
        self.both("policy", "diff", dearer, earlier)
        self.say("policy", "diff", dearer, dearer)
        self.say("policy", "diff", dearer, wrong)
        loose = self.write("policies/loose.yaml", "a:\n- b:   1   # one\n  longer: 2\n\n\nc: [1,\n  2]\n")
        self.say("policy", "fmt", "--check", loose, dearer)
        self.say("policy", "fmt", loose)
        self.seen.text(loose, (self.folder / loose).read_text())
        self.say("policy", "fmt", loose)
        self.say("policy", "fmt", "--check")
        self.say("policy", "fmt", "nowhere.yaml", self.write("policies/none.yaml", "a: [\n"))
        for name in ("what-if.csv", "what-if.html"):
            self.seen.text(name, (self.folder / "what-if" / name).read_text())
        for line in (["policy", "what-if"], ["policy", "what-if", wrong], ["policy", "what-if", "nowhere.yaml"],
                     ["policy", "what-if", dearer, "--region", "Huaian"], ["policy", "what-if", dearer, "--months", "0"]):
            self.say(*line, data="judged")
        self.seen.family("evidence")

    def damage(self):
        """Exit code 3: what the hub stands on is not as it must be."""
        self.seen.family("could-not-run")
        self.both("leads", data="fresh/new")
        self.say("check", data="fresh/new")
        self.say("ingest", "public-security", self.sample("police_death.xml"), data="fresh/new")
        self.seen.family("init")
        for arguments in (["site"], ["site"], ["--config", "over/there.yaml", "--data", "fresh/new", "--json"], ["site", "--config", "x.yaml"]):
            self.say("init", *arguments, bare=True)
        self.seen.text("site/kinhub.yaml", (self.folder / "site/kinhub.yaml").read_text())
        self.seen.family("could-not-run")
        self.make_data(self.folder / "other")
        self.say("balance", data="other")
        key = self.folder / "other" / "kinhub.key"
        key.chmod(0o644)
        self.both("leads", data="other")
        self.both("check", data="other")
        key.chmod(0o600)
        for text in (KEY[::-1], "short"):
            key.write_text(text + "\n")
            self.both("leads", data="other")
            self.both("check", data="other")
        key.unlink()
        self.both("leads", data="other")
        self.both("check", data="other")
        self.write("file", "no folder")
        self.say("leads", data="file")
        with open("/dev/full", "wb") as full:
            process = self.start(["balance"], out=full)
            _, err = process.communicate(timeout=hub.PATIENCE)
        self.seen.note(["balance", ">/dev/full"], process.returncode, b"", err)


if __name__ == "__main__":
    hub.main()
