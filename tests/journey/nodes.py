"""Nodes of one hub on Kafka and PostgreSQL: running, stopped, killed, and fed by a bystander."""

import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys

import hub
from live import wait

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "reference"))
import model  # noqa: E402
import reference  # noqa: E402

LEASE_SECONDS = 4


def state_of(process):
    """T when it is stopped by a signal."""
    with open(f"/proc/{process.pid}/stat", encoding="utf-8", errors="replace") as stat:
        return stat.read().rpartition(")")[2].split()[0]


class Nodes(hub.Journey):
    """A hub of several nodes for each test."""

    def setUp(self):
        super().setUp()
        self.chosen = random.Random(self.seed())

    def found(self, count=2, families=40):
        """`count` nodes that do not run yet, `self.bystander`, a data directory that only feeds and asks, and `self.files`."""
        ground = self.ground()
        nodes = [self.hub(ground=ground, node="node-0", lease_seconds=str(LEASE_SECONDS))]
        nodes += [self.node(nodes[0], f"node-{number}", lease_seconds=str(LEASE_SECONDS)) for number in range(1, count)]
        self.bystander = self.node(nodes[0], "bystander", lease_seconds=str(LEASE_SECONDS))
        self.files = self.folder / f"files-{self.hubs}"
        while True:
            subprocess.run([hub.AGENCIES, "files", "--data", self.files, "--seed", str(self.chosen.randrange(1 << 20)), "--families",
                            str(families), "--days", "200", "--today", hub.TODAY], check=True, stdout=subprocess.DEVNULL)
            if model.compute(reference.inputs(self.files), reference.day(hub.TODAY))["leads"]:
                return nodes
            shutil.rmtree(self.files)  # now and then there is no lead in what 200 days tell: nothing to be told of

    def run_node(self, node, failpoint=""):
        with open(node.data / "run.log", "ab") as log:
            process = subprocess.Popen(node.command("run"), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                       env={**os.environ, **({"KINHUB_FAILPOINT": failpoint} if failpoint else {})})
        self.addCleanup(self.put_down, process)
        return process

    @staticmethod
    def put_down(process):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def end(self, node, process):
        """Ends in good order."""
        process.send_signal(signal.SIGTERM)
        self.assertEqual(0, process.wait(hub.PATIENCE), (node.data / "run.log").read_text(errors="replace")[-3000:])

    def owners(self):
        """Who owns what now, as any node can tell."""
        return {lease["name"]: lease["owner"] for lease in self.bystander.read("status")["leases"] if lease["remaining_seconds"] > 0}

    def owns(self, owners, name):
        return [what for what, owner in owners.items() if owner == name]

    def wait_until_owns_all(self, name):
        everything = {*reference.SOURCES, "care-desk", "@relay", "@night"}
        wait(lambda: set(self.owns(self.owners(), name)) == everything, f"{name} to own everything")

    def wait_until_owns_some(self, name):
        wait(lambda: self.owns(self.owners(), name), f"{name} to own something")

    def feed(self):
        """All agencies' files at once, each by a process of its own; ended() says how it went."""
        feeders = [subprocess.Popen(self.bystander.command("ingest", source, self.files / source), stdin=subprocess.DEVNULL, start_new_session=True,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for source in reference.SOURCES]
        for process in feeders:
            self.addCleanup(self.put_down, process)
        return feeders

    def ended(self, feeders):
        for process in feeders:
            out, _ = process.communicate(timeout=hub.PATIENCE)
            self.assertEqual(0, process.returncode, out.decode("utf-8", "replace"))

    def wait_until_told(self):
        """All notices of the store are in Kafka."""
        wait(lambda: len(self.bystander.ground.told()) == self.bystander.read("status")["notices"], "all notices to be published")

    def assert_as_the_reference(self, what):
        """Record, leads, balance, and the notices in Kafka, none of which may be doubled."""
        self.assertEqual([], reference.check(self.bystander, self.files, notices=self.bystander.ground.told(), people=5,
                                             chance=self.chosen), what)
        self.assert_closes(self.bystander)
