"""Accounts and acts over HTTP on the real program: the first link, sign-in, a second person, areas, two who decide at once, kill -9.

docs/operators.md, decisions 0052 and 0053.
"""

import concurrent.futures
import http.client
import json
import random
import signal
import subprocess
import threading
import time
import urllib.parse

import hub
from hub import Journey
from live import free_port, wait

PASSWORD = "correct horse battery staple"


class Reply:
    def __init__(self, response):
        self.status, self.headers, self.bytes = response.status, response.headers, response.read()

    @property
    def json(self):
        return json.loads(self.bytes)

    def __str__(self):
        return f"{self.status} {self.bytes.decode('utf-8', 'replace')[:600]}"


class Browser:
    """Somebody at a browser: a cookie, a token against forgery, and the address of the page."""

    def __init__(self, port):
        self.port, self.cookie, self.csrf, self.keys = port, None, None, 0

    def ask(self, method, path, body=None, **fields):
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        if self.cookie:
            headers["Cookie"] = self.cookie
        if method not in ("GET", "HEAD"):
            headers.setdefault("Origin", f"http://127.0.0.1:{self.port}")
            if self.csrf:
                headers.setdefault("Kinhub-CSRF", self.csrf)
            if body is not None:
                headers.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body).encode(), headers)
            reply = Reply(connection.getresponse())
        finally:
            connection.close()
        if cookie := reply.headers.get("Set-Cookie"):
            self.cookie = cookie.split(";")[0]
            if reply.bytes:
                self.csrf = reply.json.get("csrf")
        return reply

    def get(self, path, **fields):
        return self.ask("GET", "/api/v1" + path, **fields)

    def act(self, method, path, body=None, key=None, **fields):
        self.keys += 1
        return self.ask(method, "/api/v1" + path, body, Idempotency_Key=key or f"journey-{id(self)}-{self.keys}", **fields)

    def decide(self, lead, verdict="confirm", reason="已入户核实", key=None, revision=None):
        return self.act("POST", f"/leads/{lead['id']}/decisions", {"verdict": verdict, "reason": reason}, key=key,
                        If_Match=f"\"{lead['id']}.{revision or lead['revision']}\"")

    def sign_in(self, name, password=PASSWORD):
        return self.ask("POST", "/api/v1/session", {"name": name, "password": password})


class Accounts(Journey):

    SEEDS = (1,)

    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.one = self.hub(api={"listen": f"127.0.0.1:{self.port}", "four_eyes": ["lead.ended", "lead.overpaid"]})
        self.said = open(self.folder / "said", "ab")
        self.addCleanup(self.said.close)
        self.running = None
        self.addCleanup(self.stop)

    def start(self):
        self.running = subprocess.Popen(self.one.command("run"), stdin=subprocess.DEVNULL, stdout=self.said, stderr=self.said)

        def answers():
            try:
                return Browser(self.port).ask("GET", "/healthz").status == 200 and (
                    self.one.data / "first.link").exists() == self.nobody
            except OSError:
                return False
        wait(answers, "the hub answers")

    nobody = False  # has an account

    def stop(self, how=signal.SIGTERM):
        if self.running:
            self.running.send_signal(how)
            self.running.wait(60)
            self.running = None

    def first(self, name="wu"):
        """Makes the first account by its link; a browser that is signed in."""
        link = urllib.parse.urlsplit((self.one.data / "first.link").read_text().strip())
        self.assertEqual(0o600, (self.one.data / "first.link").stat().st_mode & 0o777)
        browser = Browser(self.port)
        page = browser.ask("GET", link.path)
        self.assertEqual((303, "/ui/first#" + link.path.rsplit("/", 1)[1]), (page.status, page.headers["Location"]))
        self.link = link.path.rsplit("/", 1)[1]
        made = browser.ask("POST", "/api/v1/first/" + self.link, {"name": name, "password": PASSWORD})
        self.assertEqual(200, made.status, made)
        self.assertIn("trial", made.json["features"])
        again = Browser(self.port).ask("POST", "/api/v1/first/" + self.link, {"name": "li", "password": PASSWORD})
        self.assertEqual(404, again.status, "once")
        return browser

    def add(self, name, *options):
        """Makes an account at the command line; a browser that has chosen its password and is signed in."""
        made = self.one.do("account", "add", name, *options, "--json").json
        link = urllib.parse.urlsplit(made["link"]).path
        browser = Browser(self.port)
        self.assertEqual(204, browser.ask("POST", "/api/v1" + link, {"password": PASSWORD}).status)
        reply = browser.sign_in(name)
        self.assertEqual(200, reply.status, reply)
        return browser

    def filled(self, files=None):
        """A hub with leads that nobody has decided on, of all samples or of these files."""
        for source in ("public-security", "civil-affairs", "hospital-his", "medical-insurance"):
            if of := [file for file in files or hub.sample_files() if hub.source_of(file) == source]:
                self.one.ask("ingest", source, *of)
        self.nobody = True
        self.start()
        self.nobody = False

    @staticmethod
    def open_leads(browser):
        """Those that one person may decide on alone."""
        leads = browser.get("/leads?state=open&limit=100").json["items"]
        return [lead for lead in leads if lead["kind"] != "ended" and lead["overpaid_fen"] == 0]

    def test_from_the_first_link_to_a_second_person(self):
        self.filled()
        leader = self.first()
        leads = leader.get("/leads?state=open").json["items"]
        self.assertTrue(leads)
        lead = leads[0]

        # Masked until it is opened, with a reason, by somebody who is written down.
        number = next(one["person"]["citizen_id"] for one in self.one.open_leads() if one["id"] == lead["id"])
        shown = leader.get(f"/leads/{lead['id']}")
        self.assertNotIn(number.encode(), shown.bytes)
        self.assertEqual(f"\"{lead['id']}.{lead['revision']}\"", shown.headers["ETag"])
        opened = leader.act("POST", "/openings", {"subjects": [lead["id"]], "purpose": "verify", "reason": "入户核实情况"})
        self.assertEqual(201, opened.status, opened)
        self.assertEqual({lead["id"], lead["person"]["ref"]}, set(opened.json["covers"]))
        plain = leader.get(f"/leads/{lead['id']}", Kinhub_Opening=opened.json["id"])
        self.assertEqual(number, plain.json["person"]["citizen_id"])
        families = leader.get(f"/persons/{lead['person']['ref']}/families", Kinhub_Opening=opened.json["id"])
        self.assertIn(number.encode(), families.bytes, "the person of the lead is opened with it")
        found = leader.ask("POST", "/api/v1/persons/search", {"citizen_id": number}).json["items"]
        self.assertEqual([lead["person"]["ref"]], [one["ref"] for one in found])
        self.assertNotIn(number, json.dumps(found))

        # Whose it is, and what became of it.
        mine = leader.ask("PUT", f"/api/v1/leads/{lead['id']}/assignee", {"account": "wu"})
        self.assertEqual("wu", mine.json["assignee"], mine)
        self.assertEqual("wu", leader.get("/leads?state=open").json["items"][0]["assignee"])
        # Two who take it at once: whoever is second is told, and takes it by name or not at all.
        place = f"/api/v1/leads/{lead['id']}/assignee"
        late = leader.ask("PUT", place, {"account": None, "was": None})
        self.assertEqual((412, "CHANGED"), (late.status, late.json["code"]))
        released = leader.ask("PUT", place, {"account": None, "was": "wu"})
        self.assertEqual((200, None), (released.status, released.json.get("assignee")))
        self.assertEqual("wu", leader.ask("PUT", place, {"account": "wu", "was": None}).json["assignee"])
        done = leader.decide(lead)
        self.assertEqual(201, done.status, done)
        self.assertEqual("wu", done.json["decisions"][-1]["by"])
        history = [item["what"] for item in leader.get(f"/leads/{lead['id']}/history").json["items"]]
        for what in ("opened", "opening", "assigned", "decided"):
            self.assertIn(what, history)

        # A clerk of one town gets nothing of another: what is there is answered as what is not.
        home = lead["area"] or "370306"
        elsewhere = self.add("clerk", "--role", "case-worker", "--area", "370000" if not home.startswith("370000") else "110000")
        theirs = leads[1]["id"]
        for method, path, body in (("GET", "/leads/{}", None), ("GET", "/leads/{}/timeline", None), ("GET", "/leads/{}/history", None),
                                   ("PUT", "/leads/{}/assignee", {"account": None})):
            replies = [elsewhere.ask(method, "/api/v1" + path.format(one), body) for one in (theirs, "L0000000000000")]
            bodies = [{k: v for k, v in reply.json.items() if k != "instance"} for reply in replies]
            self.assertEqual((404, 404), tuple(reply.status for reply in replies), path)
            self.assertEqual(bodies[0], bodies[1], path)
        refused = elsewhere.act("POST", "/openings", {"subjects": [theirs], "purpose": "verify", "reason": "入户核实情况"})
        self.assertEqual((404, "NO_SUCH_LEAD"), (refused.status, refused.json["code"]))
        self.assertEqual(404, elsewhere.decide(leads[1]).status)
        self.assertEqual([], elsewhere.get("/leads").json["items"])
        self.assertEqual([], elsewhere.ask("POST", "/api/v1/persons/search", {"citizen_id": number}).json["items"])

        # Rights end at once; sessions of who is locked, too; the store keeps sessions over a restart.
        self.one.do("account", "grant", "clerk", "--role", "viewer")
        self.assertEqual(401, elsewhere.get("/leads").status)
        self.assertEqual(200, elsewhere.sign_in("clerk").status)
        refused = elsewhere.decide(leads[1])
        self.assertEqual((403, "lead.decide"), (refused.status, refused.json["right"]))
        self.stop()
        self.start()
        self.assertEqual(200, leader.get("/session").status)
        again = leader.get(f"/leads/{lead['id']}", Kinhub_Opening=opened.json["id"])
        self.assertEqual(number, again.json["person"]["citizen_id"])
        self.one.do("account", "lock", "clerk")
        self.assertEqual(401, elsewhere.get("/session").status)

        # The trail names them, and nothing that is secret or a number stands in it or in what the hub said.
        auditor = self.add("auditor", "--role", "auditor")
        trail = auditor.get("/audit?limit=100&account=wu").json["items"]
        self.assertIn("lead.decide", {entry["op"] for entry in trail})
        self.assertEqual(403, leader.get("/audit").status)
        self.stop()
        told = (self.folder / "said").read_bytes() + (self.one.data / "audit.db").read_bytes()
        for secret in (number, PASSWORD, self.link, leader.cookie.split("=")[1], leader.csrf, "入户核实"):
            self.assertNotIn(secret.encode(), told)

    def test_a_stop_waits_for_a_second_person(self):
        self.filled([hub.SAMPLES / "police_death.xml"])
        first, second = self.first(), self.add("li", "--role", "case-worker", "--right", "lead.countersign")
        due = next(lead for lead in self.open_leads(first) if lead["benefit"] == hub.DEATH)
        self.assertEqual(201, first.decide(due).status)
        self.one.ingest("police_death_revoked.xml")

        def ended():
            leads = first.get("/leads?state=open&limit=100").json["items"]
            return next((lead for lead in leads if lead["benefit"] == hub.DEATH and lead["person"]["ref"] == due["person"]["ref"]), None)
        wait(ended, "the lead that the death was none")
        lead = ended()
        self.assertEqual("ended", lead["kind"], lead)
        proposed = first.decide(lead, reason="公安撤销死亡登记")
        self.assertEqual((202, "open"), (proposed.status, proposed.json["state"]), proposed)
        self.assertEqual(("wu", "confirm"), (proposed.json["proposed"]["by"], proposed.json["proposed"]["verdict"]))
        stale = second.decide(lead)
        self.assertEqual((412, ["proposed"]), (stale.status, stale.json["changed"]), stale)

        def tag():
            return second.get(f"/leads/{lead['id']}").headers["ETag"]
        seen = tag()
        self.assertEqual(f"\"{lead['id']}.{lead['revision']}.{proposed.json['proposed']['id']}\"", seen)
        self.assertEqual(seen, proposed.headers["ETag"])
        again = second.decide(lead, revision=seen.strip('"').split(".", 1)[1])
        self.assertEqual((409, "PROPOSED_ALREADY"), (again.status, again.json["code"]))

        def sign(browser, agree, **fields):
            fields.setdefault("If_Match", tag())
            return browser.act("POST", f"/leads/{lead['id']}/countersignature", {"agree": agree, "reason": "已核对"}, **fields)
        refused = sign(first, True)
        self.assertEqual((403, "lead.countersign"), (refused.status, refused.json["right"]))
        self.assertEqual(412, sign(second, True, If_Match=f"\"{lead['id']}.{lead['revision'] - 1}\"").status)
        self.assertNotIn("proposed", sign(second, False).json, "set aside")
        self.assertEqual(409, sign(second, True).status, "nothing is proposed any more")
        self.assertEqual(202, first.decide(lead, reason="公安撤销死亡登记").status)
        # What is agreed to is what was seen: not what was put in its place meanwhile.
        seen = tag()
        for other in (f"\"{lead['id']}.{lead['revision']}\"", f"\"{lead['id']}.{lead['revision'] - 1}\"", seen[:-1] + '0"'):
            self.assertEqual(412, first.ask("DELETE", f"/api/v1/leads/{lead['id']}/proposal", If_Match=other).status, other)
        withdrawn = first.ask("DELETE", f"/api/v1/leads/{lead['id']}/proposal", If_Match=seen)
        self.assertNotIn("proposed", withdrawn.json)
        self.assertEqual(202, first.decide(lead, verdict="dismiss", reason="公安撤销死亡登记").status)
        swapped = sign(second, True, If_Match=seen)
        self.assertEqual((412, ["proposed"], "dismiss"), (swapped.status, swapped.json["changed"], swapped.json["now"]["proposed"]["verdict"]))
        self.assertEqual(tag(), swapped.headers["ETag"])
        self.assertEqual(200, first.ask("DELETE", f"/api/v1/leads/{lead['id']}/proposal", If_Match=tag()).status)
        self.assertEqual(202, first.decide(lead, reason="公安撤销死亡登记").status)
        signed = tag()
        done = sign(second, True, key="signed-once-0000001", If_Match=signed)
        self.assertEqual((200, "confirmed"), (done.status, done.json["state"]), done)
        self.assertEqual("wu / li", done.json["decisions"][-1]["by"])
        self.assertEqual(done.bytes, sign(second, True, key="signed-once-0000001", If_Match=signed).bytes)
        self.assertEqual([], [one for one in first.get("/leads?state=open&limit=100").json["items"] if one["id"] == lead["id"]])

    def test_of_two_who_decide_at_once_one_does_and_the_other_sees_what_it_is_now(self):
        self.filled()
        pair = [self.first(), self.add("li", "--role", "case-worker")]
        leads = self.open_leads(pair[0])
        self.assertGreaterEqual(len(leads), 3)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for lead in leads:
                together = threading.Barrier(2)

                def decide(browser, lead=lead, together=together):
                    together.wait()
                    return browser.decide(lead)
                replies = sorted(pool.map(decide, pair), key=lambda reply: reply.status)
                self.assertEqual([201, 412], [reply.status for reply in replies], list(map(str, replies)))
                self.assertEqual("confirmed", replies[1].json["now"]["state"])
                self.assertIn("state", replies[1].json["changed"])
                self.assertEqual(1, len(pair[0].get(f"/leads/{lead['id']}").json["decisions"]))
        told = [notice["subject"] for notice in self.one.notices() if notice["data"].get("state") == "confirmed"]
        self.assertEqual(sorted(lead["id"] for lead in leads), sorted(told), "one notice each")

    def test_an_act_that_was_cut_is_done_once_and_answered_again(self):
        chance = random.Random(self.seed())
        self.filled()
        browser = self.first()
        leads = self.open_leads(browser)
        print(len(leads), "leads", flush=True)
        for number, lead in enumerate(leads[:-1]):
            key = f"cut-by-kill-{number:08}"
            sent = threading.Thread(target=lambda lead=lead, key=key: self.sent_and_cut(browser, lead, key))
            sent.start()
            time.sleep(chance.uniform(0, 0.08))
            self.stop(signal.SIGKILL)
            sent.join()
            self.start()
            first = browser.decide(lead, key=key)
            self.assertEqual(201, first.status, first)
            again = browser.decide(lead, key=key)
            self.assertEqual((201, first.bytes, "true"), (again.status, again.bytes, again.headers["Idempotency-Replayed"]))
            self.assertEqual(1, len(browser.get(f"/leads/{lead['id']}").json["decisions"]))
            other = browser.decide(lead, key=key, reason="另有原因")
            self.assertEqual((422, "IDEMPOTENCY_KEY_REUSED"), (other.status, other.json["code"]))
        # Of several at once under one key one is done; the others hear that, or get its answer.
        lead = self.open_leads(browser)[0]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(lambda _: browser.decide(lead, key="eight-at-once-00"), range(8)))
        self.assertLessEqual({reply.status for reply in replies}, {201, 409}, list(map(str, replies)))
        self.assertEqual(1, len({reply.bytes for reply in replies if reply.status == 201}))
        self.assertEqual(1, len(browser.get(f"/leads/{lead['id']}").json["decisions"]))

    @staticmethod
    def sent_and_cut(browser, lead, key):
        try:
            browser.decide(lead, key=key)
        except (OSError, http.client.HTTPException):
            pass  # cut


if __name__ == "__main__":
    hub.main()
