"""A hub for the browser: simulated agencies, the sample families, an ended right, messages in quarantine, hostile text.

Everything goes through the real program, as an operator would do it; the people are invented.
"""

import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "journey"))

import hub  # noqa: E402
import live  # noqa: E402

PATIENCE = 60
# A name that would run, be computed, or turn around what follows, were it ever taken for markup.
HOSTILE = "陈<img src=x onerror=alert(1)>{{7*7}}\u202e兰"
HOSTILE_FILE = "<img src=x onerror=alert(2)>{{7*7}}.xml"


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class DemoHub:
    """One data directory, the program that works on it, and where a browser finds it."""

    def __init__(self, folder, families):
        self.folder = pathlib.Path(folder)
        self.port = live.free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process = None
        self.addresses = 1
        self.first_link = None
        self.config = self.folder / "kinhub.yaml"
        self._demo(families)
        self.config.write_text(f"data: {self.data}\napi: {{ listen: 127.0.0.1:{self.port}, four_eyes: [lead.ended] }}\n", encoding="utf-8")
        self._samples()
        self._ended()
        self._held()

    def kinhub(self, *arguments, **more):
        done = subprocess.run([hub.KINHUB, "--config", self.config, *map(str, arguments)], capture_output=True, text=True,
                              timeout=PATIENCE, **more)
        return done

    def json(self, *arguments):
        done = self.kinhub(*arguments, "--json")
        assert done.returncode == 0, f"{arguments}: {done.stdout[-1000:]} {done.stderr[-1000:]}"
        return json.loads(done.stdout)

    def _demo(self, families):
        done = subprocess.run([hub.KINHUB, "demo", "--families", str(families), "--keep"], capture_output=True, text=True,
                              timeout=4 * PATIENCE, env={**os.environ, "TMPDIR": str(self.folder)}, cwd=self.folder)
        made = re.search(r"new hub in (\S+)", done.stdout + done.stderr)
        assert made and done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        self.data = pathlib.Path(made.group(1))

    def _ingest(self, source, *paths):
        return self.kinhub("ingest", source, *paths)

    def _samples(self):
        """The sample families, one mother under a name that is an attack; without the adoption."""
        by_source = {}
        for path in sorted(hub.SAMPLES.iterdir()):
            if path.name == "ids.json" or path.name.startswith(("ack", "civil_adoption", "hospital_death_legacy")):
                continue
            body = path.read_bytes()
            if path.suffix == ".xml":
                body = body.decode("gb18030").replace("陈试兰", escaped(HOSTILE)).encode("gb18030")
            elif path.suffix == ".json":
                body = body.decode().replace("陈试兰", HOSTILE).encode()
            copy = self.folder / path.name
            copy.write_bytes(body)
            by_source.setdefault(hub.source_of(path.name), []).append(copy)
        for source, copies in by_source.items():
            self._ingest(source, *copies)

    def _ended(self):
        """A right that was confirmed, and then an adoption: the lead that money runs on."""
        parents = {hub.IDS["wife2"], hub.IDS["husb2"]}
        for lead in self.json("leads", "--state", "open", "--reveal", "--reason", "demonstration"):
            if lead["benefit"] == hub.DISABILITY and lead["person"]["citizen_id"] in parents:
                self.kinhub("lead", "confirm", lead["id"], "--revision", lead["revision"], "--reason", "佐证原件已核对", "--by", "zhao")
        self._ingest("civil-affairs", hub.SAMPLES / "civil_adoption.json")

    def _held(self):
        """A wrong check digit, what waits behind it, a kind of message that no mapping reads."""
        death = (hub.SAMPLES / "police_death.xml").read_bytes().decode("gb18030")
        right = hub.IDS["son"]
        wrong = right[:-1] + ("1" if right[-1] != "1" else "2")
        for name, sid in (("police_20261119.xml", "SW20261118000091"), (HOSTILE_FILE, "SW20261118000092")):
            path = self.folder / name
            path.write_bytes(death.replace(right, wrong).replace("SW20261118000017", sid).encode("gb18030"))
            self._ingest("public-security", path)
        unread = self.folder / "unread.hl7"
        unread.write_bytes((hub.SAMPLES / "hospital_death_A03.hl7").read_bytes().replace(b"ADT^A03", b"ADT^A99"))
        self._ingest("hospital-his", unread)

    def start(self):
        self.log = open(self.folder / "run.log", "ab")
        self.process = subprocess.Popen([hub.KINHUB, "--config", self.config, "run"], stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log)
        # Without a terminal the link to the first account is left in a file that only this user reads.
        left = self.data / "first.link"
        until = time.monotonic() + PATIENCE
        while not (self._answers() and left.exists() and left.read_text().strip()):
            assert self.process.poll() is None and time.monotonic() < until, (self.folder / "run.log").read_text(errors="replace")[-2000:]
            time.sleep(0.1)
        self.first_link = re.search(r"/first/([A-Za-z0-9_-]{43})", left.read_text()).group(1)

    def _answers(self):
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=2) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def account(self, name, *more):
        """Makes an account; the link under which its password is chosen."""
        return self.json("account", "add", name, *more)["link"]

    def session(self, name, password, *grants):
        """The cookie of an account that has just signed in, from an address of its own: each has five sign-ins a minute."""
        link = self.account(name, *grants).rsplit("/", 1)[1]
        self.addresses += 1
        self._post(f"/api/v1/activate/{link}", {"password": password})
        cookie = self._post("/api/v1/session", {"name": name, "password": password})
        return re.match(r"kinhub=([^;]+)", cookie).group(1)

    def _post(self, path, body):
        door = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE, source_address=(f"127.0.0.{self.addresses}", 0))
        door.request("POST", path, json.dumps(body), {"Content-Type": "application/json", "Origin": self.address})
        answer = door.getresponse()
        told = answer.read().decode()
        door.close()
        assert answer.status < 300, told
        return answer.headers["Set-Cookie"]

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE)
        if self.process:
            self.log.close()
