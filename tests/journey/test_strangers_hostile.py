"""Hostile connectors beside an honest one: the key stays unread, the hub unharmed, and the honest source goes on.

tests/unit/connector/plugins/stranger.c is the connector, one act for each source. Where this machine's kernel lacks Landlock or
seccomp, what they would refuse is left out of what is asked, and that is printed.
"""

import hashlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time

import hub
from hub import SAMPLES, Journey, police_death

PATIENCE = float(os.environ.get("KINHUB_PATIENCE", hub.PATIENCE))
PLUGINS = hub.BINARIES.parent / "tests" / "plugins"
SHIPPED = hub.BINARIES.parent / "lib" / "kinhub"
# source -> what it does, and the answers that are right
DEEDS = {
    "reads-the-key": ("read", {"EACCES"}),
    "reads-the-store": ("read", {"EACCES"}),
    "writes-memory": ("memory", {"EACCES", "EPERM"}),
    "reads-environment": ("hub environment", {"EACCES", "EPERM"}),
    "debugs": ("ptrace", {"EPERM"}),
    "stops-the-hub": ("signal", {"EPERM"}),
    "ends-everybody": ("signal all", {"EPERM"}),
    "forks": ("fork", {"EPERM"}),
    "starts-a-program": ("program", {"EPERM", "EACCES"}),
    "takes-its-limits": ("limits", {"EPERM"}),
    "asks-the-database": ("unix", {"EACCES"}),
}
OF_FILES = {"reads-the-key", "reads-the-store"}  # Landlock's; all else is seccomp's
OTHERS = {"announces": "announce", "claims": "claim", "long-key": "long key", "is-noisy": "noise",
          "tells-all": "environment"}


def sandbox():
    """What the kernel has: files, system calls."""
    said = pathlib.Path("/proc/self/status").read_text()
    probe = subprocess.run(["python3", "-c", "import ctypes; print(ctypes.CDLL(None).syscall(444, 0, 0, 1))"], capture_output=True,
                           text=True, check=True)
    return int(probe.stdout) > 0, "Seccomp:" in said


def install(folder, name, place):
    """The shared object and its card."""
    shutil.copy(place / f"{name}.so", folder / f"{name}.so")
    card = place / f"{name}.connector.json"
    if card.exists():
        shutil.copy(card, folder / card.name)
    else:
        digest = hashlib.sha256((folder / f"{name}.so").read_bytes()).hexdigest()
        (folder / card.name).write_text(json.dumps({"name": name, "version": "1.0", "minor": 0, "sha256": digest}))


class Hostile(Journey):
    def setUp(self):
        super().setUp()
        self.connectors = self.folder / "connectors"
        self.connectors.mkdir(mode=0o755)
        install(self.connectors, "stranger", PLUGINS)
        install(self.connectors, "public_security", SHIPPED)
        self.inbox = self.folder / "inbox"
        self.inbox.mkdir()
        self.delivered = 0

    def honest(self):
        return {"name": "public-security", "settings": {"inbox": str(self.inbox), "settle_seconds": 1}}

    def stranger(self, name, act, path=""):
        return {"name": name, "connector": "stranger", "mappings": "public_security", "settings": {"act": act, "path": str(path)}}

    def deliver(self, count):
        """So many files of one record each from the honest agency."""
        for _ in range(count):
            self.delivered += 1
            name = f"SWZX_320812000000_20261118{100000 + self.delivered}_0001.xml"
            (self.inbox / name).write_bytes(police_death(HJYWID=7000 + self.delivered, RYID=9000 + self.delivered))
            (self.inbox / (name + ".ok")).write_text("")

    def at_work(self, one):
        log = open(self.folder / "log", "wb")
        self.addCleanup(log.close)
        running = subprocess.Popen(one.command("run"), stdout=log, stderr=log, cwd=self.folder,
                                   env={**os.environ, "SECRET_OF_ANOTHER": "do-not-tell"})
        self.addCleanup(running.wait)
        self.addCleanup(running.kill)
        return running

    def until(self, what, condition):
        give_up = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), give_up, f"{what}\n{(self.folder / 'log').read_text()[-3000:]}")
            time.sleep(0.2)

    @staticmethod
    def received(one, source):
        rows = one.ask("source", "list", "--json")
        return next((row["received"] for row in rows.json if row["name"] == source), 0) if rows.code == 0 else 0

    def assert_unharmed(self, one, running):
        self.assertIsNone(running.poll(), (self.folder / "log").read_text()[-3000:])
        status = pathlib.Path(f"/proc/{running.pid}/status").read_text()
        self.assertIn(status.split("State:\t")[1][0], "SR", "not stopped")
        peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1])
        self.assertLess(peak >> 10, 600, "MiB at its largest: no memory for what was announced")
        environment = pathlib.Path(f"/proc/{running.pid}/environ")
        if os.geteuid() != 0:
            self.assertFalse(os.access(environment, os.R_OK), "of the same user, and not readable")
        self.assertEqual(0o700, one.data.stat().st_mode & 0o777)

    def test_none_of_them_reads_the_key_or_harms_the_hub(self):
        files, calls = sandbox()
        if not files or not calls:
            print(f"this kernel: Landlock {files}, seccomp {calls}; the deeds of what it lacks are not asked", flush=True)
        deeds = {name: deed for name, deed in DEEDS.items() if (files if name in OF_FILES else calls)}
        one = self.hub()
        paths = {"reads-the-key": one.data / "kinhub.key", "reads-the-store": one.data / "kinhub.db"}
        sources = [self.honest()] + [self.stranger(name, act, paths.get(name, "")) for name, (act, _) in deeds.items()]
        sources += [self.stranger(name, act) for name, act in OTHERS.items()]
        sources[-1]["secrets"] = {"own": {"env": "SECRET_OF_ANOTHER"}}
        one.config = one.data.parent / (one.data.name + ".yaml")
        os.environ["SECRET_OF_ANOTHER"] = "do-not-tell"
        self.addCleanup(os.environ.pop, "SECRET_OF_ANOTHER")
        one.configure(directories={"connectors": str(self.connectors)}, sources=sources)
        # In the honest folder, too, stands what is no delivery.
        os.mkfifo(self.inbox / "PIPE_20261118100000.xml")
        os.symlink(one.data / "kinhub.key", self.inbox / "KEY_20261118100000.xml")
        for name in ("PIPE", "KEY"):
            (self.inbox / f"{name}_20261118100000.xml.ok").write_text("")
        self.deliver(5)
        running = self.at_work(one)
        self.until("the honest source", lambda: self.received(one, "public-security") >= self.delivered + 2)
        expected = set(deeds) | {"long-key", "tells-all"}

        def told():
            return {row["source"] for row in one.read("quarantine", "list")}
        self.until("all deeds", lambda: expected <= told())
        self.deliver(5)
        self.until("the honest source still", lambda: self.received(one, "public-security") >= self.delivered + 2)
        self.assert_unharmed(one, running)
        rows = one.read("quarantine", "list")
        bodies = {row["source"]: [] for row in rows}
        for row in rows:
            bodies[row["source"]].append(one.read("quarantine", "show", row["id"])["body"])
        for name, (act, answers) in deeds.items():
            self.assertIn(bodies[name][0], {f"{act}: {answer}" for answer in answers}, name)
        self.assertFalse([body for body in bodies["tells-all"] if "do-not-tell" in body], "the environment is clean")
        by_source = {(row["source"], row["code"]): row for row in rows}
        self.assertIn("file.csv#7", by_source["long-key", "KEY_TOO_LONG"]["place"])
        self.assertEqual({"FILE_KIND", "FILE_LINK"}, {code for source, code in by_source if source == "public-security"})
        key = (one.data / "kinhub.key").read_text()
        self.assertFalse([body for all_of in bodies.values() for body in all_of if key.strip()[-16:] in body])
        claim = next(row for row in one.read("source", "list") if row["name"] == "claims")
        self.assertLess(claim["complete_until"] or "", "2100", "nobody is complete beyond the present")
        running.terminate()
        self.assertEqual(0, running.wait(timeout=hub.PATIENCE))
        left = subprocess.run(["pgrep", "-f", f"connector-host.*{self.folder}"], capture_output=True, check=False)
        self.assertEqual(b"", left.stdout)

    def test_a_flood_leaves_an_honest_source_its_share(self):
        one = self.hub(directories={"connectors": str(self.connectors)}, sources=[self.honest(), self.stranger("floods", "flood")])
        running = self.at_work(one)
        self.until("the flood", lambda: self.received(one, "floods") >= 20000)
        for _ in range(3):
            before = self.received(one, "floods")
            self.deliver(20)
            self.until("the honest files", lambda: self.received(one, "public-security") >= self.delivered)
            self.until("the flood goes on", lambda: self.received(one, "floods") > before)
        self.assert_unharmed(one, running)
        running.kill()

    def test_a_hospital_is_answered_while_another_sends_what_is_no_message(self):
        install(self.connectors, "hospital_his", SHIPPED)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        one = self.hub(directories={"connectors": str(self.connectors)},
                       sources=[{"name": "hospital-his", "settings": {"port": str(port)}}])
        self.at_work(one)

        def connected():
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=hub.PATIENCE)
            except ConnectionRefusedError:
                return None
        self.until("the port", lambda: (line := connected()) is not None and line.close() is None)
        message = (SAMPLES / "hospital_death_A03.hl7").read_bytes().rstrip(b"\r\n")
        # A chart number longer than any key may be: the message is set aside, and its sender answered.
        patient = re.search(rb"PID\|[^|]*\|[^|]*\|([^|^]+)", message)[1]
        for content in (message.replace(patient, b"9" * 6000, 1), b"no message at all", message):
            with connected() as line:
                line.sendall(b"\x0b" + content + b"\x1c\r")
                self.assertIn(b"MSA|", line.recv(4096), "answered, whatever it was")
        self.until("all three", lambda: self.received(one, "hospital-his") >= 3)


if __name__ == "__main__":
    hub.main()
