"""What the journeys through faults share: a hub at work, its words, its figures, and input it is fed with piece by piece.

KINHUB_FAULTS=N asks for a long run: N faults one after the other. Without it, what fits into `make test`.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import hub
from live import wait

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "reference"))
import model  # noqa: E402
import reference  # noqa: E402

SOURCES = reference.SOURCES
FAULTS = int(os.environ.get("KINHUB_FAULTS", "0"))


class AtWork:
    """`kinhub run` of a hub, with what it says. Its process must outlive everything that happens around it."""

    def __init__(self, one):
        self.one = one
        self.words = one.data.parent / f"{one.data.name}.words"
        with open(self.words, "ab") as words:
            self.process = subprocess.Popen(one.command("run"), stdin=subprocess.DEVNULL, stdout=words, stderr=words,
                                            cwd=one.data.parent, start_new_session=True)

    def said(self):
        return self.words.read_text(encoding="utf-8", errors="replace")

    def count(self, pattern):
        return len(re.findall(pattern, self.said(), re.MULTILINE))

    def lives(self):
        return self.process.poll() is None

    def wait(self, condition, what, patience=240):
        """Waits while the hub lives."""
        def met():
            if not self.lives():
                raise AssertionError(f"the hub ended with {self.process.returncode} before {what}:\n{self.said()[-4000:]}")
            return condition()
        try:
            wait(met, what, patience)
        except AssertionError as error:
            raise AssertionError(f"{error}\nthe hub's words:\n{self.said()[-4000:]}") from None

    def figures(self):
        """The figures of metrics.prom, each by its name with its labels."""
        try:
            lines = (self.one.data / "metrics.prom").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return {}
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line and line[0] != "#")}

    def stop(self):
        """In good order."""
        if not self.lives():
            raise AssertionError(f"the hub had ended with {self.process.returncode}:\n{self.said()[-4000:]}")
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        if code != 0:
            raise AssertionError(f"the hub ended with {code}:\n{self.said()[-4000:]}")

    def close(self):
        """Whatever state it is in."""
        if self.lives():
            self.process.kill()
            self.process.wait(30)


class Input:
    """The agencies' files, source by source in their order, and the truth about them."""

    def __init__(self, folder, seed, families, days=365):
        self.folder = folder
        subprocess.run([hub.AGENCIES, "files", "--data", folder, "--seed", str(seed), "--families", str(families), "--days", str(days),
                        "--today", hub.TODAY, "--with-snapshot"], check=True, stdout=subprocess.DEVNULL, timeout=120)

    def files(self, source):
        """Snapshots first, as an agency gives them."""
        place = self.folder / source
        every = sorted(path for path in place.rglob("*") if path.is_file())
        return sorted(every, key=lambda path: path.parent == place)

    def parts(self, source, count):
        every = self.files(source)
        return [every[len(every) * i // count:len(every) * (i + 1) // count] for i in range(count)]

    def leads(self):
        return model.compute(reference.inputs(self.folder), reference.day(hub.TODAY))["leads"]

    def judge(self, one, notices=None):
        """Differences between leads and notices of a hub that got all of it, and the truth."""
        found = list(model.judge_leads(self.leads(), one.leads()))
        return found + list(model.judge_notices(one.notices() if notices is None else notices, one.leads()))


def deadline(seconds):
    """A test's own bound on time, for loops: true while there is time."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() < end
