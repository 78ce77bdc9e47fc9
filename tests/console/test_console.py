"""The console in a real Chromium, on a hub with demo data: the checks of the console's specification that a browser can see.

KINHUB_SCREENSHOTS=write puts the pictures of docs/console.md in their place; else they stay in the folder of the run.
"""

import datetime
import gzip
import os
import pathlib
import re
import shutil
import tempfile
import time
import unittest
import urllib.parse

import demo_hub
from PIL import Image
from playwright.sync_api import expect, sync_playwright

FAMILIES = 18
NAME, SECOND, AUDITOR, OPERATOR, LOCKED = "zhang", "li", "shen", "wang", "sun"
PASSWORD = "correct horse battery staple"
PATIENCE_MS = 15_000
BUDGET_KIB = 330
expect.set_options(timeout=PATIENCE_MS)
AXE = (demo_hub.hub.SOURCE / "hub/console/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
PICTURES = demo_hub.hub.SOURCE / "docs/console"
CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if os.path.exists(path)), None)
# What is shown of each screen when it is there; $LEAD and $FAMILY are found in the hub.
SCREENS = {
    "home": ("/ui/", ".counts b"),
    "leads": ("/ui/leads", "tbody tr"),
    "lead": ("/ui/leads/$LEAD", ".history li"),
    "family": ("/ui/persons/$FAMILY", ".tree .person"),
    "people": ("/ui/persons/search", "form label"),
    "quarantine": ("/ui/quarantine", "tbody tr"),
    "sources": ("/ui/sources", "tfoot"),
    "accounts": ("/ui/accounts", "tbody tr"),
    "account": ("/ui/account", "dl dd"),
}
# What an auditor sees, and an operator who may read notices.
AUDITED = {"audit": ("/ui/audit", "tbody tr")}
OPERATED = {"notices": ("/ui/notices", "tbody tr")}
ALL = {**SCREENS, **AUDITED, **OPERATED}
PICTURED = ("leads", "lead", "family", "home", "quarantine", "sources", "notices", "people", "audit")
NEVER = ("失独", "失去", "去世", "骗领", "passed away", "bereaved", "deceased", "Cause of death")
# A key of the catalogue that stands where its text should.
RAW_KEY = re.compile(r"\b(?:nav|shell|state|login|home|kind|urgency|leads|lead|strip|decide|reveal|family|quarantine|sources|notices)"
                     r"\.[a-z_]+(?:\.[a-z_]+)*\b")


def small(picture):
    """A picture of few colours takes a third of the place."""
    with Image.open(picture) as whole:
        whole.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(picture, optimize=True)


class Console(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="kinhub-console-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.hub = demo_hub.DemoHub(cls.folder, FAMILIES)
        cls.hub.start()
        cls.addClassCleanup(cls.hub.stop)
        cls.base = cls.hub.address
        leads = cls.hub.json("leads", "--state", "open", "--reveal", "--reason", "what the browser must not show")
        cls.plain = {lead["person"]["citizen_id"] for lead in leads} | {lead["person"]["name"] for lead in leads}
        cls.ended = next(lead for lead in leads if lead["kind"] == "ended" and lead["person"]["name"].startswith("周"))
        cls.hostile = next(lead for lead in leads if lead["person"]["name"].startswith("陈<"))
        # A couple with a child that died: a member of it has the lead.
        cls.family = next(f"{lead['person']['ref']}/families/{lead['family']}" for lead in leads
                          if lead["benefit"] == demo_hub.hub.DEATH)
        cls.playwright = sync_playwright().start()
        cls.addClassCleanup(cls.playwright.stop)
        # The sandbox of the browser needs rights that a test machine need not give.
        cls.browser = cls.playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        cls.addClassCleanup(cls.browser.close)
        cls.told, cls.asked = [], []
        cls.state = cls.first_account()
        cls.second = cls.activated(SECOND, "--role", "case-worker", "--right", "lead.countersign")
        cls.hub.session(LOCKED, PASSWORD, "--role", "viewer")
        cls.auditor = cls.state_of(cls.hub.session(AUDITOR, PASSWORD, "--role", "auditor"))
        cls.operator = cls.state_of(cls.hub.session(OPERATOR, PASSWORD, "--role", "operator", "--right", "notice.read"))

    @classmethod
    def context(cls, language="zh", width=1366, height=768, state=True):
        context = cls.browser.new_context(viewport={"width": width, "height": height}, timezone_id="Asia/Shanghai",
                                          locale="zh-CN" if language == "zh" else "en-GB", reduced_motion="reduce",
                                          storage_state=cls.state if state is True else state or None)
        context.set_default_timeout(PATIENCE_MS)
        context.on("request", lambda request: cls.asked.append(request.url))
        context.on("dialog", lambda dialog: (cls.told.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        context.on("weberror", lambda error: cls.told.append(f"error: {error.error}"))
        context.on("console", lambda line: cls.told.append(f"{line.type}: {line.text}")
                   if re.search(r"Content Security Policy|\[intlify\]|\[Vue warn\]", line.text) else None)
        return context

    @staticmethod
    def state_of(cookie):
        return {"origins": [], "cookies": [{"name": "kinhub", "value": cookie, "domain": "127.0.0.1", "path": "/", "expires": -1,
                                            "httpOnly": True, "secure": False, "sameSite": "Strict"}]}

    @classmethod
    def activated(cls, name, *grants):
        """An account that chose its password by its link and signed in."""
        context = cls.context(state=False)
        page = context.new_page()
        page.goto(cls.hub.account(name, *grants))
        page.fill("input[name=new-password]", "short")
        page.fill("input[name=repeat]", "short")
        page.keyboard.press("Enter")
        expect(page.locator("[role=alert]")).to_contain_text("至少 12 个字符")
        page.fill("input[name=new-password]", PASSWORD)
        page.fill("input[name=repeat]", PASSWORD)
        page.keyboard.press("Enter")
        page.locator("[role=status] a").click()
        page.fill("input[name=username]", name)
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector(".shell-menu a")
        state = context.storage_state()
        context.close()
        return state

    @classmethod
    def first_account(cls):
        context = cls.context(state=False)
        page = context.new_page()
        page.goto(f"{cls.base}/first/{cls.hub.first_link}")
        page.fill("input[name=username]", NAME)
        page.fill("input[name=new-password]", PASSWORD)
        page.fill("input[name=repeat]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector(".shell-menu a")
        state = context.storage_state()
        context.close()
        return state

    def address(self, name):
        path, _ = ALL[name]
        return self.base + path.replace("$LEAD", self.ended["id"]).replace("$FAMILY", self.family)

    def show(self, page, name):
        page.goto(self.address(name))
        page.wait_for_selector(ALL[name][1])
        expect(page.locator("[aria-busy]")).to_have_count(0)

    def lead(self, page, lead):
        """A lead, its months and its conditions, all read."""
        page.goto(f"{self.base}/ui/leads/{lead['id']}")
        page.wait_for_selector(".history li")
        expect(page.locator("[aria-busy]")).to_have_count(0)

    def reveal(self, page, why):
        page.keyboard.press("r")
        expect(page.locator("#reveal select")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.locator("#reveal input")).to_be_focused()
        page.keyboard.type(why)
        page.keyboard.press("Enter")
        page.wait_for_selector(".watermark")

    def test_1_signing_in(self):
        """A wrong password says nothing of accounts; signing out leaves nothing behind the back button."""
        context = self.context(state=False)
        page = context.new_page()
        page.goto(f"{self.base}/ui/leads")
        page.wait_for_selector("input[name=username]")
        self.assertIn("back=/leads", urllib.parse.unquote(page.url))
        page.fill("input[name=username]", "nobody-here")
        page.fill("input[name=password]", "not the password")
        page.keyboard.press("Enter")
        expect(page.locator("[role=alert]")).to_contain_text("用户名或口令不对")
        context.close()

    def test_2_screens(self):
        """Each screen in both languages: fits, is accessible, says no word that hurts, has no raw key; pictures of the main ones."""
        pictures = PICTURES if os.environ.get("KINHUB_SCREENSHOTS") == "write" else pathlib.Path(self.folder)
        pictures.mkdir(exist_ok=True)
        for language, screens, state in [(language, *one) for language in ("zh", "en") for one in (
                (SCREENS, True), (AUDITED, self.auditor), (OPERATED, self.operator))]:
            context = self.context(language, state=state)
            page = context.new_page()
            for name in screens:
                with self.subTest(screen=name, language=language):
                    self.show(page, name)
                    if name == "family":
                        page.locator(".tree .relation").first.click()
                        page.wait_for_selector(".evidence li")
                    if name == "audit":
                        expect(page.locator("tbody")).to_contain_text(re.compile(r"A[0-9a-z]{13}"))
                    if name == "quarantine":
                        page.locator("tbody [data-place]").first.click()
                        page.wait_for_selector(".detail dl")
                    if name in PICTURED:
                        page.screenshot(path=pictures / f"{name}-{language}.png")
                        small(pictures / f"{name}-{language}.png")
                    self.look(page, name, language)
                    page.set_viewport_size({"width": 1024, "height": 576})  # 1280x720 at 125 %
                    self.assert_fits(page)
                    page.set_viewport_size({"width": 1366, "height": 768})
            context.close()

    def test_2_fits(self):
        """1280x720 at 125 % shows sum and reason of every lead, and of what an entry of the trail is; 400 % wraps and scrolls nowhere."""
        context = self.context(width=1024, height=576)
        page = context.new_page()
        self.show(page, "leads")
        for word in ("标准", "补发 / 多发", "依据"):
            box = page.get_by_role("columnheader", name=word).bounding_box()
            self.assertLessEqual(box["x"] + box["width"], 1024)
        self.assertGreater(page.get_by_role("columnheader", name="依据").bounding_box()["width"], 160)
        self.lead(page, self.hostile)
        self.assertLessEqual(*page.evaluate("(() => { const e = document.querySelector('.strip .scroll'); return [e.scrollWidth, e.clientWidth] })()"))
        self.show(page, "family")
        for box in page.locator(".tree .person").all():
            self.assertLessEqual(*box.evaluate("(e) => [Math.max(...[...e.children].map((c) => c.getBoundingClientRect().right)), e.getBoundingClientRect().right]"))
        page.set_viewport_size({"width": 320, "height": 640})
        for name in ("home", "account", "sources", "leads", "lead"):
            with self.subTest(screen=name):
                self.show(page, name)
                self.assert_fits(page)
        context.close()
        context = self.context(width=1024, height=576, state=self.auditor)
        page = context.new_page()
        self.show(page, "audit")
        self.assertGreater(page.get_by_role("columnheader", name="对象").bounding_box()["width"], 200)
        page.get_by_label("操作").select_option("lead.show")
        expect(page).to_have_url(re.compile("operation=lead.show"))
        expect(page.locator("tbody tr").first).to_contain_text("查看线索")
        expect(page.locator("tbody tr", has_text="登录")).to_have_count(0)
        context.close()

    def look(self, page, name, language):
        self.assert_fits(page)
        text = page.inner_text("body")
        self.assertEqual([word for word in NEVER if word in text], [])
        codes = set(page.evaluate("[...document.querySelectorAll('.mono')].flatMap((one) => one.textContent.split(' '))"))
        self.assertEqual(set(RAW_KEY.findall(text)) - codes, set())
        for secret in self.plain:
            self.assertNotIn(secret, page.content(), "plain text on a masked screen")
        self.assertRegex(page.evaluate("document.documentElement.lang"), "zh" if language == "zh" else "en")
        self.assert_accessible(page)

    def assert_fits(self, page):
        wide, seen = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        self.assertLessEqual(wide, seen, "scrolls sideways")

    def assert_accessible(self, page):
        page.evaluate(AXE)
        found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})")
        serious = [f"{one['id']}: {one['nodes'][0]['html'][:160]}: {one['nodes'][0].get('failureSummary', '')[:300]}"
                   for one in found["violations"] if one["impact"] in ("serious", "critical")]
        self.assertEqual(serious, [])

    def test_3_morning_by_keyboard(self):
        """Worklist, lead, plain text with a reason, evidence, decision: by keyboard alone, in at most forty keys beside what is typed."""
        context = self.context()
        page = context.new_page()
        keys = []

        def press(*strokes):
            for stroke in strokes:
                keys.append(stroke)
                page.keyboard.press(stroke)

        page.goto(f"{self.base}/ui/")
        page.wait_for_selector(".shell-menu a")
        press("g", "l")
        page.wait_for_selector("tbody tr")
        for _ in range(page.locator("tbody tr").count()):
            press("j")
            if page.evaluate("document.activeElement.textContent.trim()").startswith("周"):
                break
        press("Enter")
        page.wait_for_selector(".history li")
        expect(page.locator("[aria-busy]")).to_have_count(0)
        self.assertIn(self.ended["id"], page.url)
        self.assertNotIn(self.ended["person"]["name"], page.content())

        press("r")
        expect(page.locator("#reveal select")).to_be_focused()
        self.assert_accessible(page)
        press("Tab")
        page.keyboard.type("认定前核对本人")
        press("Enter")
        page.wait_for_selector(".watermark")
        expect(page.locator("section.who")).to_contain_text(self.ended["person"]["name"])
        expect(page.locator("section.who")).to_contain_text(self.ended["person"]["citizen_id"])
        self.assertIn(NAME, page.locator(".watermark").text_content())

        press("e")
        self.assertEqual("佐证", page.evaluate("document.activeElement.getAttribute('aria-label')"))
        press("d")
        page.wait_for_selector("#decision")
        expect(page.locator(".sentence")).to_contain_text("停发")
        expect(page.locator(".sentence")).to_be_focused()  # when the dialog is open
        self.assert_accessible(page)
        expect(page.locator("button[form=decision]")).to_be_disabled()
        press("Tab", "ArrowDown", "Tab")
        page.keyboard.type("收养登记已核实")
        press("Tab", "Space")
        expect(page.locator("button[form=decision]")).to_be_enabled()
        press("Tab", "Tab", "Enter")
        expect(page.locator(".proposal")).to_contain_text("等待第二人复核")

        # The other person agrees, by keyboard too.
        other = self.context(state=self.second)
        desk = other.new_page()
        self.lead(desk, self.ended)
        self.assert_accessible(desk)
        for part in (f"提议\n{NAME} · 20", "事由代码\n佐证原件已核实", "查看明文后显示"):
            self.assertIn(part, desk.locator(".proposal").inner_text())
        expect(desk.locator(".history li").last).to_contain_text("提议 · 认定 · 版本")
        strokes = ["d", "Tab", "收养登记原件已看", "Tab", "Space", "Tab", "Tab", "Enter"]
        for stroke in strokes:
            if stroke == "收养登记原件已看":
                desk.keyboard.type(stroke)
                continue
            keys.append(stroke)
            desk.keyboard.press(stroke)
            if stroke == "d":
                desk.wait_for_selector("#decision")
                expect(desk.locator(".sentence")).to_be_focused()
                expect(desk.locator("#decision")).to_contain_text("佐证原件已核实")
                expect(desk.locator("#decision")).to_contain_text("同一版本")
        expect(desk.locator(".page-head .tag")).to_have_text("已认定")
        other.close()
        page.reload()
        expect(page.locator(".page-head .tag")).to_have_text("已认定")
        keys.append("r")
        self.reveal(page, "核对决定记录")

        press("Escape", "Escape")  # masks
        page.wait_for_selector(".watermark", state="detached")
        expect(page.locator("section.who")).not_to_contain_text(self.ended["person"]["name"])
        press("Escape")
        page.wait_for_selector("tbody tr a[data-place]")
        expect(page.locator(f"a[href$='{self.ended['id']}']")).to_have_count(0)
        self.assertLessEqual(len(keys), 40, keys)
        context.close()

    def test_4_masked_again(self):
        """Plain text is gone after leaving, after going back, after a reload; no address ever held it; attacks in names are letters."""
        context = self.context()
        page = context.new_page()
        addresses = []
        page.on("framenavigated", lambda frame: addresses.append(frame.url))
        page.goto(f"{self.base}/ui/leads/{self.hostile['id']}")
        page.wait_for_selector(".history li")
        self.reveal(page, "核对姓名用字")
        name = page.locator("section.who .name")
        expect(name).to_have_text(self.hostile["person"]["name"].replace("\u202e", "⟨U+202E⟩"))
        self.assertEqual(page.locator("section.who img").count(), 0)
        page.screenshot(path=pathlib.Path(self.folder) / "opened.png")
        page.keyboard.press("g")
        page.keyboard.press("l")
        page.wait_for_selector("tbody tr")
        self.assertEqual(page.locator(".watermark").count(), 0)
        page.go_back()
        page.wait_for_selector(".history li")
        expect(name).to_have_text(re.compile(r"^陈\*+兰$"))
        page.reload()
        page.wait_for_selector(".history li")
        expect(name).to_have_text(re.compile(r"^陈\*+兰$"))
        kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        for secret in (self.hostile["person"]["citizen_id"], "陈<"):
            self.assertNotIn(secret, kept)
            self.assertEqual([url for url in addresses if secret in urllib.parse.unquote(url)], [])
        context.close()

    def test_5_hostile_text(self):
        """File names, places, reasons of messages are letters; the quarantine opens what is chosen by keyboard."""
        context = self.context()
        page = context.new_page()
        self.show(page, "quarantine")
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_selector(".detail dl")
        self.assertIn("<img src=x onerror=alert(2)>{{7*7}}.xml", page.inner_text(".detail"))
        self.assertEqual(page.locator("main img").count(), 0)
        self.assert_accessible(page)
        page.screenshot(path=pathlib.Path(self.folder) / "held.png")
        context.close()

    def test_6_months_and_tree(self):
        """The strip is walked with arrow keys and opens a month; its twin is a table; a line of the tree tells its source."""
        context = self.context()
        page = context.new_page()
        self.show(page, "lead")
        page.locator(".grid [tabindex='0']").focus()
        before = page.evaluate("document.activeElement.querySelector('.hidden').textContent")
        page.keyboard.press("ArrowLeft")
        after = page.evaluate("document.activeElement.querySelector('.hidden').textContent")
        self.assertNotEqual(before, after)
        self.assertRegex(after, r"^20\d\d年\d+月：应享 .+，认定 .+，差额 ")
        page.keyboard.press("Enter")
        expect(page.locator("input.day")).to_have_value(re.compile(r"^20\d\d-\d\d-01$"))
        page.keyboard.press("v")
        self.assertTrue(page.locator(".twin table").is_visible())
        self.assertEqual(page.locator(".twin tbody tr").count(), 36)
        self.show(page, "family")
        page.locator(".tree .relation").first.click()
        expect(page.locator(".evidence li").first).to_contain_text("收到")
        context.close()

    def test_6_others_at_work(self):
        """Rows stay while others decide, until they are asked for; a decision on what has moved on is confirmed anew or not at all."""
        context = self.context()
        page = context.new_page()
        page.clock.install()
        self.show(page, "leads")
        taken, mine = [lead for lead in self.hub.json("leads", "--state", "open") if lead["kind"] == "new"][:2]
        row = page.locator(f"a[href$='{taken['id']}']")
        self.elsewhere(taken)
        page.clock.fast_forward(61_000)
        expect(page.locator(".news")).to_be_visible()
        expect(row).to_have_count(1)
        page.locator(".news").click()
        expect(row).to_have_count(0)

        self.lead(page, mine)
        page.keyboard.press("x")
        page.wait_for_selector("#decision")
        self.elsewhere(mine)
        page.select_option("#decision select", "source_wrong")
        page.fill("#decision textarea", "来源已更正")
        page.locator("#decision .el-checkbox").click()
        page.locator("button[form=decision]").click()
        expect(page.locator(".changed")).to_contain_text("线索已变更")
        expect(page.locator(".changed tbody tr").first.locator("td").last).to_have_text("已认定")
        self.assert_accessible(page)
        context.close()

    def elsewhere(self, lead):
        done = self.hub.kinhub("lead", "confirm", lead["id"], "--revision", lead["revision"], "--reason", "佐证已核对", "--by", "zhao")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_6_proposed_meanwhile(self):
        """Two people propose on one lead: the second one sees the proposal of the first instead of a box of errors."""
        lead = next(lead for lead in self.hub.json("leads", "--state", "open") if lead["kind"] == "ended" and lead["id"] != self.ended["id"])
        desks = [self.context(state=state) for state in (self.state, self.second)]
        pages = [desk.new_page() for desk in desks]
        for page in pages:
            self.lead(page, lead)
            page.keyboard.press("d")
            page.wait_for_selector("#decision")
            page.select_option("#decision select", "payment_checked")
            page.fill("#decision textarea", "发放记录已核对")
            page.locator("#decision .el-checkbox").click()
        for page in pages:
            page.locator("button[form=decision]").click()
            expect(page.locator("#decision")).to_have_count(0)
            expect(page.locator(".proposal")).to_contain_text("发放记录已核对")
            expect(page.locator(".proposal")).to_contain_text(NAME)
        expect(pages[1].locator(".problem")).to_contain_text("待复核")
        self.assertEqual(pages[1].locator(".proposal button").count(), 2)
        for desk in desks:
            desk.close()

    def test_6_next_lead(self):
        """Nothing of the lead before stands beside the next one, and nothing is decided before its months and conditions are read."""
        context = self.context()
        page = context.new_page()
        self.show(page, "leads")
        page.locator("tbody [data-place]").first.click()
        page.wait_for_selector(".history li")
        expect(page.locator(".decide .el-button").first).to_be_enabled()
        before = page.locator(".page-head .mono").inner_text()
        held = []
        page.route(re.compile(r"/(timeline|explanation)\?"), lambda route: held.append(route))
        page.keyboard.press("]")
        expect(page.locator(".page-head .mono")).not_to_have_text(before)
        expect(page.locator(".history li").first).to_be_visible()
        expect(page.locator("[aria-busy]")).to_have_count(2)
        self.assertEqual(page.locator(".cell").count() + page.locator(".conclusion").count(), 0)
        expect(page.locator(".decide .el-button").first).to_be_disabled()
        page.keyboard.press("d")
        self.assertEqual(page.locator("#decision").count(), 0)
        for route in held:
            route.continue_()
        expect(page.locator(".decide .el-button").first).to_be_enabled()
        context.close()

    def test_6_clock_of_the_machine(self):
        """A machine whose clock is wrong shows in plain as long as the hub allows, and no longer."""
        for wrong in (datetime.timedelta(minutes=20), datetime.timedelta(minutes=-30)):
            context = self.context()
            page = context.new_page()
            page.clock.install(time=datetime.datetime.now() + wrong)
            self.lead(page, self.hostile)
            self.reveal(page, "核对姓名用字")
            expect(page.locator(".who .open")).to_contain_text(re.compile(r"1[45]:\d\d"))
            for _ in range(2):  # somebody is at the desk
                page.clock.fast_forward(451_000)
                page.mouse.move(20, 20)
                page.mouse.move(30, 30)
            page.wait_for_selector(".watermark", state="detached")
            context.close()

    def test_6_session_at_rest(self):
        """Nobody at the desk: nothing is asked by itself any more, and after the time of the session nothing is left on the screen."""
        context = self.context()
        page = context.new_page()
        page.clock.install()
        asked = []
        page.on("request", lambda request: asked.append(request.url) if "/api/" in request.url else None)
        page.goto(f"{self.base}/ui/leads")
        page.wait_for_selector("tbody tr")
        before = len(asked)
        page.clock.run_for(100_000)
        self.assertGreater(len(asked), before)
        page.clock.run_for(60_000)
        del asked[:]
        page.clock.run_for(240_000)
        self.assertEqual(asked, [])
        # The session of the other tests goes on: it is this tab's clock that is ahead.
        page.route("**/api/v1/session", lambda route: route.fulfill(status=204) if route.request.method == "DELETE"
                   else route.fallback())
        page.clock.fast_forward(900_000)
        page.wait_for_selector("input[name=username]")
        self.assertEqual(page.locator("tbody tr").count(), 0)
        context.close()

    def test_7_users(self):
        """The security administrator makes a user: the link is shown once, and its name stands in the list."""
        context = self.context()
        page = context.new_page()
        self.show(page, "accounts")
        page.locator(".page-head button").click()
        page.wait_for_selector("#new-account")
        self.assert_accessible(page)
        page.locator("#new-account input").first.fill("qian")
        page.locator("#new-account .el-checkbox").nth(1).click()
        page.locator("button[form=new-account]").click()
        expect(page.locator(".link")).to_contain_text("/activate/")
        expect(page.locator("tbody")).to_contain_text("qian")
        self.assert_accessible(page)
        row = page.locator("tbody tr", has_text=LOCKED)
        row.get_by_role("button", name="锁定").click()
        expect(page.locator(".el-dialog")).to_contain_text(f"锁定 {LOCKED}？")
        self.assert_accessible(page)
        page.keyboard.press("Escape")
        expect(row).to_contain_text("可用")
        row.get_by_role("button", name="锁定").click()
        page.locator(".el-dialog .el-button--primary").click()
        expect(row).to_contain_text("新链接（解锁）")
        context.close()

    def test_7_hub_away(self):
        """What was read stays when the hub is away; the question that cannot be answered says so and is asked again."""
        context = self.context()
        page = context.new_page()
        self.show(page, "leads")
        rows = page.locator("tbody tr").count()
        context.set_offline(True)
        self.assertEqual(page.locator("tbody tr").count(), rows)
        page.locator(".tabs a").last.click()
        expect(page.locator(".problem")).to_contain_text("连接不上")
        self.assert_accessible(page)
        context.set_offline(False)
        page.wait_for_selector(".page-foot")
        context.close()

    def test_7_away_at_rest(self):
        """Hub away while a screen is only read: a bar within five seconds, and read anew when it is back; a right that is gone takes its rows."""
        context = self.context()
        page = context.new_page()
        page.clock.install()
        for name in ("family", "account", "leads"):
            with self.subTest(screen=name):
                self.show(page, name)
                context.set_offline(True)
                page.clock.run_for(5_000)
                expect(page.locator(".bar.away")).to_contain_text("正在重连")
                self.assertGreater(page.locator(ALL[name][1]).count(), 0)
                self.assert_accessible(page)
                context.set_offline(False)
                with page.expect_request("**/api/v1/**"):
                    page.clock.run_for(5_000)
                expect(page.locator(".bar.away")).to_have_count(0)
        page.route(re.compile(r"/api/v1/leads[?/]"), lambda route: route.fulfill(
            status=403, content_type="application/problem+json",
            body='{"title": "权限不足", "status": 403, "code": "FORBIDDEN", "right": "lead.read"}'))
        page.mouse.move(20, 20)
        page.clock.run_for(62_000)
        expect(page.locator(".problem")).to_contain_text("lead.read")
        self.assertEqual(page.locator("tbody tr").count(), 0)
        self.assertNotIn("0", page.locator(".tabs").inner_text())
        context.close()

    def test_7_openings_end(self):
        """What was opened ends with the page that opened it, and one by one under 我的."""
        context = self.context()
        page = context.new_page()
        rows = page.locator("section.card", has=page.get_by_role("heading", name="我的调阅")).locator("li")
        self.show(page, "account")
        before = rows.count()  # of tabs of other tests that the clock ended
        self.lead(page, self.hostile)
        self.reveal(page, "核对姓名用字")
        page.reload()
        page.wait_for_selector(".history li")
        self.show(page, "account")
        expect(rows).to_have_count(before)
        page.request.post(f"{self.base}/api/v1/openings", data={"subjects": [self.hostile["id"]], "purpose": "verify", "reason": "核对姓名用字"}, headers={
            "Origin": self.base, "Idempotency-Key": "an-opening-of-another-tab", "Kinhub-CSRF": page.request.get(f"{self.base}/api/v1/session").json()["csrf"]})
        self.show(page, "account")
        expect(rows).to_have_count(before + 1)
        page.get_by_role("button", name="结束").first.click()
        expect(rows).to_have_count(before)
        context.close()
        context = self.context(state=self.auditor)
        page = context.new_page()
        self.show(page, "audit")
        self.assertEqual(page.locator("[role=search]").count(), 0)
        context.close()

    def test_7_other_roles(self):
        """A leader and a payment clerk come to a desk that says where their work is."""
        for role, command in (("leader", "kinhub report"), ("payment-clerk", "kinhub paylist")):
            context = self.context(state=self.state_of(self.hub.session(f"of-{role}", PASSWORD, "--role", role)))
            page = context.new_page()
            page.goto(f"{self.base}/ui/")
            expect(page.locator(".next")).to_contain_text(command)
            self.assert_accessible(page)
            page.goto(f"{self.base}/ui/leads")
            expect(page.locator(".problem")).to_contain_text("kinhub account grant")
            context.close()

    def test_7_taking_over(self):
        """Whoever takes a lead that somebody else took meanwhile is asked, and nothing is taken before."""
        lead = next(lead for lead in self.hub.json("leads", "--state", "open") if lead["kind"] == "verify")
        desks = [self.context(state=state) for state in (self.state, self.second)]
        mine, theirs = [desk.new_page() for desk in desks]
        for page in (mine, theirs):
            self.lead(page, lead)
        theirs.keyboard.press("a")
        expect(theirs.locator("section.who")).to_contain_text(f"经办 {SECOND}")
        mine.keyboard.press("a")
        expect(mine.locator(".el-dialog")).to_contain_text(f"现在由 {SECOND} 经办")
        self.assert_accessible(mine)
        mine.keyboard.press("Escape")
        expect(mine.locator(".el-dialog")).to_have_count(0)
        expect(mine.locator("section.who")).to_contain_text(f"经办 {SECOND}")
        mine.keyboard.press("a")
        mine.locator(".el-dialog .el-button--primary").click()
        expect(mine.locator("section.who")).to_contain_text(f"经办 {NAME}")
        for desk in desks:
            desk.close()

    def test_7_focus(self):
        """The keyboard is never lost: back where it was when a dialog goes, at the heading when the screen has changed."""
        context = self.context()
        page = context.new_page()
        here = "document.activeElement.tagName + ' ' + document.activeElement.textContent.trim()"
        self.show(page, "leads")
        page.locator("tbody [data-place]").first.click()
        page.wait_for_selector(".history li")
        expect(page.locator("h1")).to_be_focused()
        expect(page.locator("[aria-busy]")).to_have_count(0)
        button = page.locator(".decide .el-button").first
        for key, dialog in (("d", "#decision"), ("r", "#reveal"), ("?", ".groups")):
            button.focus()
            page.keyboard.press(key)
            page.wait_for_selector(dialog)
            page.wait_for_timeout(100)
            page.keyboard.press("Escape")
            expect(page.locator(dialog)).to_have_count(0)
            expect(button).to_be_focused()
        page.locator(".ask").focus()
        self.reveal(page, "核对姓名用字")
        expect(page.locator("h1")).to_be_focused()
        for stroke, screen in (("f", "查人"), ("s", "来源"), ("h", "工作台"), ("m", "我的")):
            page.keyboard.press("g")
            page.keyboard.press(stroke)
            expect(page.locator("h1")).to_have_text(screen)
            page.wait_for_timeout(50)
            self.assertNotIn("BODY", page.evaluate(here))
            page.evaluate("document.activeElement.blur()")
        context.close()

    def test_8_first_load(self):
        """What a first visit to the worklist loads, compressed, is within its budget; a wrong address says so."""
        context = self.context()
        page = context.new_page()
        loaded = []
        page.on("response", lambda answer: loaded.append(answer) if "/ui/" in answer.url else None)
        self.show(page, "leads")
        size = sum(len(gzip.compress(answer.body(), 9)) for answer in loaded if answer.ok)
        self.assertGreater(size, 50 * 1024)
        self.assertLessEqual(size, BUDGET_KIB * 1024)
        page.goto(f"{self.base}/ui/no-such-page")
        expect(page.locator("h1")).to_have_text("没有这个页面")
        context.close()

    def test_9_nothing_else_was_asked_or_said(self):
        """Over all tests: no request left the hub, no dialog, no error of a script, no report of the policy, no untranslated text."""
        own = urllib.parse.urlsplit(self.base).netloc
        self.assertGreater(len(self.asked), 100)
        self.assertEqual([url for url in self.asked if urllib.parse.urlsplit(url).netloc not in (own, "")], [])
        self.assertEqual(self.told, [])
        self.assertEqual([url for url in self.asked if re.search(r"\d{17}[\dXx]", url)], [])


if __name__ == "__main__":
    started = time.monotonic()
    try:
        unittest.main(verbosity=2)
    finally:
        print(f"{time.monotonic() - started:.0f} s")
