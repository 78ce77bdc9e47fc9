"""What every journey test shares: the real program, a data directory of its own, and the sample files."""

import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BINARIES = pathlib.Path(os.environ["KINHUB_BINARIES"])
SOURCE = pathlib.Path(os.environ["KINHUB_SOURCE"])
KINHUB = BINARIES / "kinhub"
AGENCIES = BINARIES / "kinhub-agencies"
SAMPLES = SOURCE / "tests" / "data" / "samples"
TODAY = "2026-11-30"
DEATH = "national-special-assistance/death"
DISABILITY = "national-special-assistance/disability"
IDS = json.loads((SAMPLES / "ids.json").read_text())
# Beside the configuration the tests make, none of the machine's may count.
PATIENCE = 300

SOURCE_OF = {
    "civil": "civil-affairs", "disability": "civil-affairs", "police": "public-security",
    "insurance": "medical-insurance", "hospital": "hospital-his", "deathcert": "hospital-his", "ack": "hospital-his",
}


def source_of(name):
    """The source that a sample file comes from, by the first word of its name."""
    return SOURCE_OF[pathlib.Path(name).name.split("_")[0]]


def sample_files():
    """The sample files of the interfaces, and those the shipped mappings add."""
    files = {path.name: path for path in sorted(SOURCE.glob("mappings/*/samples/*"))}
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


def seed():
    """A new seed for each run, or KINHUB_SEED; always printed, so that a failure can be run again."""
    value = int(os.environ.get("KINHUB_SEED", random.SystemRandom().randrange(1 << 30)))
    print(f"KINHUB_SEED={value}", flush=True)
    return value


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


class Hub:
    """A data directory and the program that works on it."""

    def __init__(self, data, today=TODAY):
        self.data, self.today = pathlib.Path(data), today

    def command(self, *arguments, today=None):
        return [KINHUB, *map(str, arguments), "--data", self.data, "--today", today or self.today]

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

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kinhub-journey-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.hubs = 0

    def hub(self, like=None, today=TODAY):
        """A new, empty data directory; `like` another: with its key file, so that references compare."""
        self.hubs += 1
        data = self.folder / f"hub-{self.hubs}"
        data.mkdir()
        if like is not None:
            shutil.copy2(like.data / "kinhub.key", data / "kinhub.key")
        return Hub(data, today)

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
    """A document as text, with times of arrival out and references replaced by the order they first appear in."""
    def timeless(value, key=None):
        if isinstance(value, dict):
            return {k: timeless(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [timeless(item, key) for item in value]
        return "time" if key in ("received_at", "opened_at", "not_before") else value

    names = {}
    return re.sub(r"\b[FLP][0-9a-z]{13,16}\b", lambda found: names.setdefault(found[0], f"{found[0][0]}{len(names)}"),
                  json.dumps(timeless(document), ensure_ascii=False, indent=1))


def main():
    unittest.main(verbosity=2)
