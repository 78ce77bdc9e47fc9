"""The simulated agencies as live partners of `kinhub run`, and their truth beside the leads."""

import contextlib
import datetime
import json
import os
import signal
import socket
import subprocess
import threading
import time

import hub

PATIENCE = 120
# A source that says nothing for longer is no longer complete: from its last word on, silence is not knowledge.
SILENCE_DAYS = 35
SUMS_SINCE = "2018-08-01"   # what the scheme paid before is in no document: pending
FOREVER = "9999-12-31"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Agencies:
    """`kinhub-agencies serve`, told to begin its changes when the hub has the snapshots."""

    def __init__(self, folder, families, seed, speed=0, faults=5, strange=0):
        self.folder = folder / "agencies"
        self.folder.mkdir()
        self.port = free_port()
        self.go_file = folder / "go"
        self.log = open(folder / "agencies.log", "wb")
        self.process = subprocess.Popen(
            [hub.AGENCIES, "serve", "--data", self.folder, "--families", str(families), "--seed", str(seed), "--speed", str(speed),
             "--today", hub.TODAY, "--his", f"127.0.0.1:{self.port}", "--his-attempts", "1000", "--go-file", self.go_file,
             "--civil-faults", str(faults), "--strange", str(strange)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.lines = []
        self.reader = threading.Thread(target=lambda: self.lines.extend(iter(self.process.stdout.readline, "")), daemon=True)
        self.reader.start()
        self.ready = self.wait_for_line("ready")

    def told(self, word):
        return next((told for told in map(json.loads, list(self.lines)) if told.get(word)), None)

    def wait_for_line(self, word):
        wait(lambda: self.told(word) or self.process.poll() is not None, f"the agencies to say {word}")
        return self.told(word)

    def done(self):
        if self.process.poll() is not None:
            raise AssertionError("the agencies ended")
        return self.told("done") is not None

    def go(self):
        self.go_file.touch()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self.reader.join(10)
        self.process.stdout.close()
        self.log.close()

    def truth(self):
        with open(self.ready["truth"], encoding="utf-8") as file:
            return json.load(file)

    def sources(self):
        """The sources of a configuration that joins a hub to the agencies."""
        with open(self.ready["civil_affairs"]["secrets_file"], encoding="utf-8") as file:
            civil = json.load(file)
        key = self.folder.parent / "app_key"
        key.touch(0o600)
        key.write_text(civil["app_key"])

        def folders(name):
            return {**{which: self.ready[name][which] for which in ("inbox", "snapshot")}, "settle_seconds": "1"}
        return [
            {"name": "civil-affairs", "secrets": {"app_key": {"file": str(key)}},
             "settings": {"base_url": self.ready["civil_affairs"]["base"], "rid": civil["rid"], "sid": civil["sid"],
                          "pull_every_ms": "200"}},
            {"name": "public-security", "settings": folders("public_security")},
            {"name": "medical-insurance", "settings": folders("medical_insurance")},
            {"name": "hospital-his", "settings": {**folders("hospital_his"), "host": "127.0.0.1", "port": str(self.port)}},
        ]

    def hub(self, ground, **more):
        """A new hub that is joined to the agencies."""
        data = self.folder.parent / "live"
        data.mkdir()
        return hub.Hub(data, ground=ground, sources=self.sources(), **more)

    def start_hub(self, one):
        with open(self.folder.parent / "hub.log", "ab") as log:
            return subprocess.Popen(one.command("run"), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def wait_for_snapshots(self, one):
        wait(lambda: all(source["complete_until"] for source in one.read("source", "list") if source["connector"]), "the snapshots")

    def wait_until_quiet(self, one, quiet_s=3):
        """All said by the agencies, and nothing new for a while. After an outage a source may rest for
        a while; but once a minute it says how complete it is, so nobody is quiet for longer."""
        wait(self.done, "the agencies to finish")
        seen = {"received": -1, "since": time.monotonic()}

        def quiet():
            balance = one.ask("balance", "--json").json
            if balance["received"] != seen["received"] or balance["in_flight"]:
                seen.update(received=balance["received"], since=time.monotonic())
            return time.monotonic() - seen["since"] > quiet_s
        wait(quiet, "the hub to be quiet", PATIENCE + quiet_s)


@contextlib.contextmanager
def hub_beside_agencies(journey, **of_agencies):
    """A hub at work, joined to agencies of its own that tell what changes. What a block does happens beside them; behind it they
    finish, the hub is put down in good order, and rights are scanned once more."""
    agencies = Agencies(journey.folder, faults=0, **of_agencies)
    journey.addCleanup(agencies.stop)
    one = agencies.hub(journey.ground())
    running = agencies.start_hub(one)
    journey.addCleanup(lambda: running.poll() is None and running.kill())
    agencies.wait_for_snapshots(one)
    agencies.go()
    yield agencies, one
    agencies.wait_until_quiet(one)
    journey.assertIsNone(running.poll(), "the hub still runs")
    running.send_signal(signal.SIGTERM)
    journey.assertEqual(0, running.wait(60))
    one.do("night", "--only", "scan")


def wait(condition, what, patience=PATIENCE):
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited too long for {what}")
        time.sleep(0.1)


def alive_in_session(leader):
    """The processes that were started by one that led its own session."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as stat:
                    fields = stat.read().rpartition(")")[2].split()
                if int(fields[3]) == leader and fields[0] != "Z":
                    found.append(int(entry))
            except OSError:
                pass
    return found


def stretches(spans):
    """(from, until, sure) of spans in their order; what adjoins and is as sure is one, whatever its rates."""
    joined = []
    for since, until, sure in spans:
        if joined and joined[-1][1] == since and joined[-1][2] == sure:
            joined[-1] = joined[-1][0], until, sure
        else:
            joined.append((since, until, sure))
    return joined


def run_of(rights, last):
    """First day and end of the rights around `last` without a gap: what a lead that nothing was decided on is about."""
    since, until = last["from"], last["until"]
    for right in reversed(rights):
        since = right["from"] if right["until"] == since else since
    for right in rights:
        until = right["until"] if right["from"] == until else until
    return since, until


def silent_since(truth):
    """The day from which nothing is sure because a source fell silent; None where all of them spoke to the end."""
    limit = (datetime.date.fromisoformat(truth["today"]) - datetime.timedelta(days=SILENCE_DAYS)).isoformat()
    return min((day for day in truth.get("told_until", {}).values() if day < limit), default=None)


def with_sums(rights):
    for right in rights:
        if right["from"] >= SUMS_SINCE:
            yield right
            continue
        if (right["until"] or FOREVER) <= SUMS_SINCE:
            yield {**right, "sure_expected": False}
            continue
        yield {**right, "until": SUMS_SINCE, "sure_expected": False}
        yield {**right, "from": SUMS_SINCE}


def as_known(rights, silent):
    """Rights as a hub can know them: what lies behind the silence of a source is open, and what lies before the sums are known."""
    for right in with_sums(rights):
        if silent is None or (right["until"] or FOREVER) <= silent:
            yield right
            continue
        if right["from"] < silent:
            yield {**right, "until": silent}
        yield {**right, "from": max(right["from"], silent), "sure_expected": False}


def judge(truth, leads):
    """What is missed or wrong beside the truth, where nothing was ever decided: every right that is surely due has its open lead, and
    none that ended before this month, since money begins with the confirmation (N07); with its days, its money and the whole timeline, past and future; and no sure lead is open that never was true. Behind the silence of
    a source a right is pending."""
    faults = []
    opened = {}
    for lead in leads:
        if lead["state"] == "open":
            key = lead["person"]["citizen_id"], lead["benefit"]
            if key in opened:
                faults.append(("two open leads", lead))
            opened[key] = lead
    of = {}
    for right in truth["past"] + truth["entitled"] + truth["future"]:
        of.setdefault((right["citizen_number"], right["benefit"]), []).append(right)
    for right in truth["past"]:
        right["over"] = True  # also of whoever died today: the day counts, but nothing is opened for the dead
    known, silent = set(), silent_since(truth)
    for key, rights in of.items():
        rights.sort(key=lambda right: right["from"])
        due = [right for right in rights if right["from"] <= truth["today"]]
        if not due:
            continue
        known.add(key)
        rights = list(as_known(rights, silent))
        last = [right for right in rights if right["from"] <= truth["today"]][-1]
        lead = opened.get(key)
        ended = last.get("over", False) or (last["until"] is not None and last["until"] <= truth["today"])
        if ended and last["until"] <= truth["today"][:8] + "01":
            if lead is not None:
                faults.append(("over", lead))
            continue
        if lead is None:
            if not ended and any(right["sure_expected"] for right in due):
                faults.append(("missed", last))
            continue
        # A disputed death, which is never sure, is to be verified.
        kinds = ("new",) if all(right["sure_expected"] for right in due) else ("new", "verify")
        good = (lead["kind"] in kinds and (lead["from"], lead["until"]) == run_of(rights, last) and
                lead["amount"] == {"fen": last["fen_per_month"], "per": "month"} and (lead["certainty"] == "sure") == last["sure_expected"] and
                stretches((span["from"], span["until"], span["certainty"] == "sure") for span in lead["timeline"]) ==
                stretches((one["from"], one["until"], one["sure_expected"]) for one in rights))
        if not good:
            faults.append(("wrong", rights, lead))
    faults.extend(("never was true", lead) for key, lead in opened.items() if key not in known and lead["certainty"] == "sure")
    return faults
