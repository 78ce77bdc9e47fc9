"""A door for developing the console where the hub does not serve sign-in yet: python3 door.py HUB TOKEN_FILE CONSOLE PORT CONFIG.

It serves the built console, passes reads on with the token of the machine, and does acts by the command line. It keeps one session
in memory and knows one password. It is no part of what is installed.
"""

import datetime
import http.server
import json
import mimetypes
import os
import pathlib
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request

POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
          "base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
RIGHTS = ["lead.read", "lead.decide", "record.find", "record.open", "message.list", "message.body", "message.replay",
          "message.mend", "status.read", "notice.read", "rules.read"]
OPEN_MINUTES = 15


class Door(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    session = None
    openings = {}
    happened = {}
    assigned = {}
    lock = threading.Lock()

    def log_message(self, *_):
        pass

    def send(self, status, body=b"", kind="application/json", headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def told(self, value, status=200, headers=()):
        self.send(status, json.dumps(value, ensure_ascii=False).encode(), headers=headers)

    def problem(self, status, code, detail="", **more):
        self.send(status, json.dumps({"type": f"urn:kinhub:problem:{code}", "title": code, "status": status, "code": code,
                                      "detail": detail, "instance": "0000000000000000", **more}).encode(),
                  "application/problem+json")

    def kinhub(self, *arguments):
        done = subprocess.run([self.server.kinhub, "--config", self.server.config, *arguments, "--json"], capture_output=True,
                              text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def opening(self):
        one = self.openings.get(self.headers.get("Kinhub-Opening", ""))
        return ["--reveal", "--reason", one["reason"]] if one else []

    def lead(self, ref):
        code, out, _ = self.kinhub("lead", "show", ref, *self.opening())
        if code:
            return None
        lead = json.loads(out)
        if ref in self.assigned:
            lead["assignee"] = self.assigned[ref]
        return lead

    def session_view(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        return {"account": self.session, "roles": ["viewer", "case-worker", "operator"], "may": RIGHTS, "scope": ["whole"],
                "csrf": "0" * 32, "features": ["trial"], "idle_until": (now + datetime.timedelta(minutes=15)).isoformat(),
                "ends_at": (now + datetime.timedelta(hours=8)).isoformat()}

    def static(self, path):
        file = self.server.console / path.removeprefix("/ui/")
        if not file.is_file():
            file = self.server.console / "index.html"
        self.send(200, file.read_bytes(), mimetypes.guess_type(file.name)[0] or "text/html")

    def passed_on(self):
        request = urllib.request.Request(self.server.hub + self.path, headers={
            "Authorization": f"Bearer {self.server.token}", "Accept-Language": self.headers.get("Accept-Language", "zh-CN")})
        try:
            with urllib.request.urlopen(request) as answer:
                self.send(200, answer.read(), answer.headers["Content-Type"])
        except urllib.error.HTTPError as refused:
            self.send(refused.code, refused.read(), refused.headers["Content-Type"])
        except urllib.error.URLError:
            self.problem(503, "STORE_AWAY")

    def handle_any(self):
        path = self.path.split("?")[0]
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        if path.startswith("/ui"):
            return self.static(path)
        if path == "/api/v1/session":
            if self.command == "POST":
                if body.get("password") != self.server.password:
                    return self.problem(401, "SIGN_IN")
                Door.session = body["name"]
                return self.told(self.session_view(), headers=[("Set-Cookie", "kinhub=1; HttpOnly; SameSite=Strict; Path=/")])
            elif self.command == "DELETE":
                Door.session = None
                return self.send(204)
        if not Door.session or "kinhub=1" not in self.headers.get("Cookie", ""):
            return self.problem(401, "SIGN_IN")
        if path == "/api/v1/session":
            return self.told(self.session_view())
        for pattern, act in self.acts:
            found = re.fullmatch(pattern, f"{self.command} {path}")
            if found:
                with self.lock:
                    return act(self, body, *found.groups())
        if self.command == "GET":
            return self.passed_on()
        return self.problem(404, "NO_SUCH_PAGE")

    def show_lead(self, _, ref):
        lead = self.lead(ref)
        return self.told(lead) if lead else self.problem(404, "NO_SUCH_LEAD")

    def history(self, _, ref):
        lead = self.lead(ref)
        items = [{"at": lead["opened_at"], "what": "opened", "revision": 1}, *self.happened.get(ref, [])]
        return self.told({"lead": ref, "items": items})

    def note(self, ref, **what):
        now = datetime.datetime.now(datetime.timezone.utc).isoformat()
        self.happened.setdefault(ref, []).append({"at": now, "by": self.session, **what})

    def decide(self, body, ref):
        seen = re.fullmatch(r'"(\w+)\.(\d+)"', self.headers.get("If-Match", ""))
        if not seen:
            return self.problem(428, "IF_MATCH_NEEDED")
        now = self.lead(ref)
        if now["revision"] != int(seen[2]):
            return self.problem(412, "CHANGED", now=now, changed=["revision"])
        code, _, err = self.kinhub("lead", body["verdict"], ref, "--revision", seen[2], "--reason", body["reason"], "--by", self.session)
        if code:
            return self.problem(409, "LEAD_NOT_OPEN", err)
        after = self.lead(ref)
        self.note(ref, what="decided", verdict=body["verdict"])
        return self.told(after, 201)

    def assign(self, body, ref):
        self.assigned[ref] = body["account"]
        self.note(ref, what="assigned", account=body["account"])
        return self.told(self.lead(ref))

    def open(self, body):
        ref = f"O{len(self.openings) + 1:012}"
        until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=OPEN_MINUTES)
        self.openings[ref] = body
        for subject in body["subjects"]:
            self.note(subject, what="opening", purpose=body["purpose"])
        return self.told({"id": ref, "until": until.isoformat(), "purpose": body["purpose"], "covers": body["subjects"]}, 201)

    def mask(self, _, ref):
        self.openings.pop(ref, None)
        return self.send(204)

    def find(self, body):
        code, out, _ = self.kinhub("family", "--of", body.get("citizen_id") or body["ref"])
        families = json.loads(out) if code == 0 else []
        people = {m["person"]["ref"]: m["person"] for f in families for m in f["members"]}
        wanted = body.get("ref") or next((lead["person"]["ref"] for lead in json.loads(self.kinhub("leads", "--person",
                                          body["citizen_id"])[1] or "[]")), None)
        items = [{**person, "area": None} for ref, person in people.items() if wanted in (None, ref)]
        return self.told({"items": items, "next": None, "as_of": "", "total": len(items)})

    def families(self, _, ref):
        code, out, _ = self.kinhub("family", "--of", ref, *self.opening())
        items = json.loads(out) if code == 0 else []
        return self.told({"items": items, "next": None, "as_of": "", "total": len(items)})

    def family(self, _, ref):
        for lead in json.loads(self.kinhub("leads")[1]):
            if lead["family"] == ref:
                found = json.loads(self.kinhub("family", "--of", lead["person"]["ref"], *self.opening())[1])
                return self.told(next(one for one in found if one["ref"] == ref))
        return self.problem(404, "NO_SUCH_FAMILY")

    def held(self, _, ref):
        code, out, _ = self.kinhub("quarantine", "show", ref, *self.opening())
        return self.told(json.loads(out), headers=[("ETag", f'"{ref}.1"')]) if code == 0 else self.problem(404, "NO_SUCH_EVENT")

    acts = [(r"GET /api/v1/leads/(L\w+)", show_lead), (r"GET /api/v1/leads/(L\w+)/history", history),
            (r"POST /api/v1/leads/(L\w+)/decisions", decide), (r"PUT /api/v1/leads/(L\w+)/assignee", assign),
            (r"POST /api/v1/openings", open), (r"DELETE /api/v1/openings/(O\w+)", mask), (r"POST /api/v1/persons/search", find),
            (r"GET /api/v1/openings", lambda self, _: self.told({"items": []})),
            (r"GET /api/v1/persons/(P\w+)/families", families), (r"GET /api/v1/families/(F\w+)", family),
            (r"GET /api/v1/quarantine/(\d+)", held)]

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_any


def serve(hub_address, token_file, console, port, config, kinhub, password):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Door)
    server.hub, server.token, server.console = hub_address, pathlib.Path(token_file).read_text().strip(), pathlib.Path(console)
    server.config, server.kinhub, server.password = str(config), str(kinhub), password
    server.handle_error = lambda *_: None  # a browser that goes away is no news
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    address, token, folder, at, configuration = sys.argv[1:6]
    serve(address, token, folder, int(at), configuration, os.environ.get("KINHUB", "kinhub"), "a good long password")
    threading.Event().wait()
