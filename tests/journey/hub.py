"""What every journey test shares: the real program, a data directory of its own, and the sample files.

KINHUB_JOURNEY_LOG=embedded|kafka and KINHUB_JOURNEY_STORE=sqlite|postgres say what the hubs of a test stand on.
"""

import json
import os
import pathlib
import random
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import unittest

import servers

BINARIES = pathlib.Path(os.environ["KINHUB_BINARIES"])
SOURCE = pathlib.Path(os.environ["KINHUB_SOURCE"])
KINHUB = BINARIES / "kinhub"
AGENCIES = BINARIES / "kinhub-agencies"
SAMPLES = SOURCE / "tests" / "data" / "samples"
TODAY = "2026-11-30"
DEATH = "national-special-assistance/death"
DISABILITY = "national-special-assistance/disability"
IDS = json.loads((SAMPLES / "ids.json").read_text())
# Beside the configuration the tests make, none of the machine's may count, nor its language.
os.environ.pop("KINHUB_CONFIG", None)
os.environ.pop("LC_ALL", None)
os.environ["LC_MESSAGES"] = "C.UTF-8"
PATIENCE = 300
LOG = os.environ.get("KINHUB_JOURNEY_LOG", "embedded")
STORE = os.environ.get("KINHUB_JOURNEY_STORE", "sqlite")
assert LOG in ("embedded", "kafka") and STORE in ("sqlite", "postgres"), (LOG, STORE)

SOURCE_OF = {
    "civil": "civil-affairs", "disability": "civil-affairs", "police": "public-security",
    "insurance": "medical-insurance", "hospital": "hospital-his", "deathcert": "hospital-his", "ack": "hospital-his",
}


def source_of(name):
    """The source that a sample file comes from, by the first word of its name."""
    return SOURCE_OF[pathlib.Path(name).name.split("_")[0]]


def sample_files():
    """The sample files of the interfaces, and those the shipped mappings of their agencies add."""
    files = {path.name: path for path in sorted(SOURCE.glob("mappings/*/samples/*")) 
             if path.parts[-3] not in ("kafka_topic", "care_desk")}
    files.update({path.name: path for path in sorted(SAMPLES.iterdir()) if path.name != "ids.json"})
    return [files[name] for name in sorted(files)]


def citizen_number(born, serial):
    """An invented citizen number with its check character; born as yyyymmdd, an odd serial is a man's."""
    front = f"322228{born}{serial:03}"
    return front + "10X98765432"[sum(int(digit) * (1 << (17 - i)) for i, digit in enumerate(front)) % 11]


def police_death(**changes):
    """The police's death message with fields replaced, in its charset."""
    text = (SAMPLES / "police_death.xml").read_bytes().decode("gb18030")
    for field, value in changes.items():
        text, count = re.subn(f"<{field}>[^<]*</{field}>", f"<{field}>{value}</{field}>", text)
        assert count == 1, field
    return text.encode("gb18030")


def seeds(standing):
    """The seeds of a randomised test: those that stand beside it in the tree, so that one commit gives one answer on every machine and
    every day; KINHUB_SEED=N runs N alone, KINHUB_SEED=new (`make soak`) a new one."""
    given = os.environ.get("KINHUB_SEED")
    if given is None:
        return tuple(standing)
    return (random.SystemRandom().randrange(1 << 30) if given == "new" else int(given),)


class Answer:
    """What a command printed, and its exit code."""

    def __init__(self, arguments, done):
        self.arguments, self.code, self.out, self.err = arguments, done.returncode, done.stdout, done.stderr

    @property
    def json(self):
        return json.loads(self.out)

    def __str__(self):
        shown = " ".join(map(str, self.arguments))
        return (f"{shown}\nexit {self.code}\n{self.out.decode('utf-8', 'replace')[-3000:]}\n"
                f"{self.err.decode('utf-8', 'replace')[-3000:]}")


class Ground:
    """What a hub stands on: its log and its store. Nodes of one hub share it; what it makes outside is gone after clear()."""

    def __init__(self, log=None, store=None, broker=None, postgres=None, notices="exactly-once"):
        """`broker` and `postgres`: servers of the test's own (servers.py), instead of those that all tests share."""
        self.log, self.store, self.notices = log or LOG, store or STORE, notices
        self.broker = (broker or servers.shared_broker()) if self.log == "kafka" else None
        self.postgres = (postgres or servers.shared_postgres()) if self.store == "postgres" else None
        self.prefix = self.schema = servers.fresh_name()
        if self.postgres:
            self.variable = f"KINHUB_PASSWORD_{self.schema.upper()}"
            os.environ[self.variable] = self.postgres.password

    @property
    def plain(self):
        """Whether it needs no configuration."""
        return self.log == "embedded" and self.store == "sqlite"

    def config(self, data):
        """Its part of the configuration of a hub in the folder `data`."""
        said = {}
        if self.log == "kafka":
            said["log"] = {"kafka": {"brokers": self.broker.address, "prefix": self.prefix, "replication": "1"}}
            said["notices"] = {"file": str(data / "notices.jsonl"), "kafka": self.notices}
        if self.store == "postgres":
            said["store"] = {"postgresql": {"connection": self.postgres.connection, "password": {"env": self.variable}, "schema": self.schema}}
        return said

    def topic(self, name):
        """The full name of events.<source>, notices or progress."""
        return f"{self.prefix}.{name}"

    def told(self):
        """The notices in Kafka, of committed transactions, in their order."""
        return [json.loads(value) for _, _, value in self.broker.read(self.topic("notices"))]

    def at_rest(self):
        """Name and bytes of everything that stands outside the data directory, as its keeper can read it."""
        for topic in self.broker.topics() if self.broker else []:
            if topic.startswith(self.prefix + "."):
                records = self.broker.read(topic, committed=False)
                yield topic, b"\n".join((key or b"") + b" " + (value or b"") for _, key, value in records)
        if self.postgres:
            tables = self.postgres.sql(f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{self.schema}'")
            for table in tables:
                columns = self.postgres.sql("SELECT column_name || ' ' || data_type FROM information_schema.columns "
                                            f"WHERE table_schema = '{self.schema}' AND table_name = '{table}'")
                for column, kind in (line.split(" ", 1) for line in columns):
                    cell = f"encode({column}, 'hex')" if kind == "bytea" else f'"{column}"::text'
                    rows = self.postgres.sql(f"SELECT {cell} FROM {self.schema}.{table}")
                    yield f"{table}.{column}", b"\n".join(bytes.fromhex(row) if kind == "bytea" else row.encode() for row in rows)

    def clear(self):
        if self.broker:
            self.broker.delete_topics(self.prefix + ".")
        if self.postgres:
            self.postgres.drop_schema(self.schema)


def make_key(data):
    """A key file in an empty data directory, as `kinhub init` makes one: commands that ask make none."""
    key = data / "kinhub.key"
    if not any((data / name).exists() for name in (key.name, "kinhub.db", "log.db")):
        key.touch(0o600)
        key.write_text(secrets.token_hex(32) + "\n")


class Hub:
    """A data directory and the program that works on it, on its ground; with `more`, the rest of its configuration."""

    def __init__(self, data, today=TODAY, ground=None, **more):
        self.data, self.today = pathlib.Path(data), today
        make_key(self.data)
        self.ground = ground or Ground()
        self.config = None
        if more or not self.ground.plain:
            self.config = self.data.parent / (self.data.name + ".yaml")
            self.configure(**more)

    def configure(self, **more):
        """Writes the configuration, anew with what differs, and makes the topics it needs."""
        self.config.write_text(json.dumps({**self.ground.config(self.data), **more}, indent=1, ensure_ascii=False))
        if self.ground.log == "kafka":
            self.do("topics", "apply")

    def command(self, *arguments, today=None):
        config = ["--config", self.config] if self.config else []
        return [KINHUB, *map(str, arguments), *config, "--data", self.data, "--today", today or self.today]

    def notices(self):
        """The notices in its file; none when nothing was ever told."""
        file = self.data / "notices.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def ask(self, *arguments, today=None):
        """Runs a command, whatever it exits with."""
        command = self.command(*arguments, today=today)
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False,
                              cwd=self.data.parent)
        return Answer(command, done)

    def do(self, *arguments, code=0, today=None):
        """Runs a command that must exit with `code`."""
        answer = self.ask(*arguments, today=today)
        if answer.code != code:
            raise AssertionError(f"expected exit {code}\n{answer}")
        return answer

    def read(self, *arguments, code=0, today=None):
        """The JSON document of a command, nothing masked."""
        return self.do(*arguments, "--json", "--reveal", "--reason", "test", code=code, today=today).json

    def ingest(self, *files, code=0):
        """Feeds files one by one, each through the source its name says."""
        for file in files:
            path = file if isinstance(file, pathlib.Path) else SAMPLES / file
            self.do("ingest", source_of(path), path, code=code)

    def family(self, person):
        """The families of a person; none when no source has spoken of the person."""
        answer = self.ask("family", "--of", person, "--json", "--reveal", "--reason", "test")
        if answer.code == 2 and b"NO_SUCH_PERSON" in answer.err:
            return None
        if answer.code != 0:
            raise AssertionError(str(answer))
        return answer.json

    def leads(self, *arguments):
        return self.read("leads", *arguments)

    def open_leads(self):
        return self.leads("--open")

    def balance(self):
        return self.read("balance")


class Journey(unittest.TestCase):
    """A test with a folder that is gone afterwards, and new hubs in it on request."""

    maxDiff = None
    SEEDS = (1,)  # of the tests that ask for seed(): each is run once with each

    def run(self, result=None):
        for number in seeds(self.SEEDS):
            self.seed_of_run, self.randomised = number, False
            result = super().run(result)
            if not self.randomised:
                break
        return result

    def seed(self):
        """The seed of this run; printed, so that a failure can be run again."""
        self.randomised = True
        print(f"KINHUB_SEED={self.seed_of_run}", flush=True)
        return self.seed_of_run

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kinhub-journey-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.hubs = 0

    def ground(self, **how):
        """A ground that is cleared after the test."""
        made = Ground(**how)
        self.addCleanup(made.clear)
        return made

    def folder_of_a_hub(self, like=None):
        self.hubs += 1
        data = self.folder / f"hub-{self.hubs}"
        data.mkdir()
        if like is not None:
            shutil.copy2(like.data / "kinhub.key", data / "kinhub.key")
        return data

    def hub(self, like=None, today=TODAY, ground=None, **more):
        """A new, empty hub with a key; `like` another: with its key file, so that references compare. `more`: of its configuration."""
        return Hub(self.folder_of_a_hub(like), today, ground or self.ground(), **more)

    def node(self, of, name, **more):
        """Another node of a hub: a data directory of its own on the same log and store."""
        return Hub(self.folder_of_a_hub(of), of.today, of.ground, node=name, **more)

    def assert_closes(self, hub, **expected):
        balance = hub.balance()
        for name, counts in [("all", balance), *balance["sources"].items()]:
            self.assertEqual(0, counts["residue"], f"{name}: {balance}")
            self.assertEqual(0, counts["in_flight"], f"{name}: {balance}")
            self.assertEqual(counts["received"],
                             sum(counts[part] for part in ("applied", "filtered", "duplicate", "quarantined")), f"{name}: {balance}")
        for part, count in expected.items():
            self.assertEqual(count, balance[part], f"{part}: {balance}")
        return balance


def by_person(leads):
    return {(lead["person"]["citizen_id"], lead["benefit"]): lead for lead in leads}


def normalised(document):
    """A document as text, with times and places of arrival out and references replaced by the order they first appear in."""
    def timeless(value, key=None):
        if isinstance(value, dict):
            return {k: timeless(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [timeless(item, key) for item in value]
        return "time" if key in ("received_at", "sequence", "opened_at", "not_before") else value

    names = {}
    return re.sub(r"\b[FLP][0-9a-z]{13,16}\b", lambda found: names.setdefault(found[0], f"{found[0][0]}{len(names)}"),
                  json.dumps(timeless(document), ensure_ascii=False, indent=1))


def main():
    unittest.main(verbosity=2)
