"""The hub against the reference model, on simulated populations; and the judge against a hub that lies.

KINHUB_SEED=N runs others; KINHUB_POPULATIONS=N takes so many, KINHUB_COUNTY_FAMILIES=N a county of so many. populations.py takes many
hundreds, county.py 100,000 people.
"""

import json
import os
import pathlib
import random
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "journey"))
import county  # noqa: E402
import hub  # noqa: E402
import model  # noqa: E402
import reference  # noqa: E402

POPULATIONS = int(os.environ.get("KINHUB_POPULATIONS", "3"))
FAMILIES = int(os.environ.get("KINHUB_COUNTY_FAMILIES", "1560"))


class Population(hub.Journey):

    def population(self, number, options, families=60, days=365, today=hub.TODAY):
        return reference.population(self.folder / f"population-{number}", number, options, families, days, today)

    def fed(self, folder, chance, today=hub.TODAY):
        return reference.fed(self.hub(today=today), folder, chance)


class Reference(Population):

    def test_populations(self):
        first = self.seed() % 100_000
        for number in range(first, first + POPULATIONS):
            options = reference.OPTIONS[number % len(reference.OPTIONS)]
            with self.subTest(seed=number, options=options):
                chance = random.Random(number)
                folder = self.population(number, options)
                one = self.fed(folder, chance)
                people = sorted(model.compute(reference.inputs(folder), reference.day(hub.TODAY))["people"])
                self.assertEqual([], reference.check(one, folder, sample=chance.sample(people, min(25, len(people)))))

    def test_what_case_workers_enter_beside_the_agencies(self):
        """Deaths of the living and of the dead, near their day and far from it, some corrected, some taken back (decision 0022)."""
        for number in (2201, 2203):
            with self.subTest(seed=number):
                folder, chance = self.population(number, ["--with-snapshot"], families=40, days=200), random.Random(number)
                one = self.fed(folder, chance)
                known = model.compute(reference.inputs(folder), reference.day(hub.TODAY))["people"]
                entries = []

                def enter(*arguments, on, of, op="A"):
                    shown = one.do("care", *arguments, "--reason", "走访", "--no-wait", "--json").json
                    entries.append({"event": "death-seen", "id": shown["id"], "version": shown["version"], "op": op,
                                    "person": {"citizen_number": of}, "on": on})
                    return shown["id"]

                # A right hangs on the only children; of the dead the words meet those of agencies.
                only = sorted({person["children"][0][0] for person in known.values() if len(person["children"]) == 1} - {""})
                dead = [who for who in only if known[who]["died"]]
                for who in chance.sample(dead, min(6, len(dead))) + chance.sample(sorted(set(only) - set(dead)), 10):
                    days = [f"2026-{chance.randint(1, 10):02}-{chance.randint(1, 28):02}" for _ in range(2)]
                    entry = enter("add", "death-seen", "--of", who, f"on={days[0]}", "told_by=family", on=days[0], of=who)
                    if chance.random() < 0.3:
                        enter("add", "death-seen", "--corrects", entry, f"on={days[1]}", on=days[1], of=who)
                    if chance.random() < 0.3:
                        enter("retract", entry, on=entries[-1]["on"], of=who, op="D")
                (folder / "care-desk").mkdir()
                (folder / "care-desk" / "entries.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
                one.do("night", "--only", "scan")
                self.assertEqual([], reference.check(one, folder, sample=chance.sample(sorted(known), 20)))

    def test_marriages_of_which_only_the_end_is_known(self):
        """A divorce whose marriage nobody told, and the death of a mother of whom no marriage is known: once judged wrongly."""
        for number in (15517, 492963, 943464):
            with self.subTest(seed=number):
                folder = self.population(number, [], families=40, days=200)
                self.assertEqual([], reference.check(self.fed(folder, random.Random(number)), folder))

    def test_a_death_disputed_after_the_right_had_ended(self):
        """It puts nothing in doubt that ended before: once judged wrongly."""
        folder = self.population(55307, ["--with-snapshot"], families=40)
        self.assertEqual([], reference.check(self.fed(folder, random.Random(55307)), folder))

    def test_what_later_cards_tell_of_the_ones_before(self):
        """Several tell of days before the first card that is known: the nearest counts, once the model took the farthest."""
        for number, today in ((650650, hub.TODAY), (1011, "2026-11-20")):
            with self.subTest(seed=number):
                folder = self.population(number, [], families=40, days=200, today=today)
                one = self.fed(folder, random.Random(number), today)
                self.assertEqual([], reference.check(one, folder, sample=["322228200507210825"] if number == 650650 else []))

    def test_two_cards_of_one_day(self):
        """The later word counts; a span without a day is none."""
        answer = json.loads((hub.SAMPLES / "disability_grade.json").read_text(encoding="utf-8"))
        row = answer["data"]["cxjg"][0]
        card = row["card_num"][:-1]
        answer["data"]["cxjg"] = [
            {**row, "id": number, "op_type": "NEW", "old_card_num": "", "card_num": card + grade, "idt_level": grade, "cert_date": on, "gxsj": told}
            for number, grade, on, told in (("first", "4", "2017-01-31", "2017-02-01 09:00:00"), ("second", "3", "2017-01-31", "2017-02-02 09:00:00"),
                                            ("third", "2", "2026-11-17", "2026-11-17 17:00:00"))]
        answer["head"].update(total=3, records=3)
        folder = self.folder / "files"
        (folder / "civil-affairs").mkdir(parents=True)
        (folder / "civil-affairs" / "cjrz_inc.json").write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
        one = self.hub()
        one.do("ingest", "civil-affairs", folder / "civil-affairs")
        must = model.compute(reference.inputs(folder), reference.day(hub.TODAY))["people"][row["citizen_id"]]
        self.assertEqual([["2017-01-31", 3], ["2026-11-17", 2]], [[on, grade] for on, grade, _ in must["disability"]])
        self.assertEqual([], reference.check(one, folder, sample=[row["citizen_id"]]))

    def test_a_disputed_death_beside_a_healthy_child(self):
        """Dead or alive, with a child adopted later there is a healthy one: the hub kept a right open that holds in neither case."""
        folder = self.population(1703, [], families=40, days=200, today="2026-11-20")
        self.assertEqual([], reference.check(self.fed(folder, random.Random(1703), "2026-11-20"), folder))

    def test_no_birthday_is_missed_and_none_comes_early(self):
        """The same record on later days: nothing arrives, and rights begin and end by the calendar."""
        number = self.seed() % 100_000
        folder = self.population(number, ["--with-snapshot"])
        one = self.fed(folder, random.Random(number))
        for today in ("2027-03-01", "2029-11-30", "2036-12-31"):
            one.today = today
            one.do("night", "--only", "scan")
            self.assertEqual([], reference.check(one, folder), today)


    def test_what_the_masters_tell_no_more(self):
        """Rows that name no parents or no household any more, between others that do, in any order of the years (decision 0030)."""
        number = self.seed() % 100_000
        chance, folder = random.Random(number), self.population(number, ["--with-snapshot", "--yearly-masters"], families=40, days=800)
        told = model.compute(reference.inputs(folder), reference.day(hub.TODAY))
        self.assertGreater(reference.forget(folder, chance), 30)
        one, taken_in = self.hub(), []
        for source in chance.sample(reference.SOURCES, len(reference.SOURCES)):
            files = model.files_of(folder / source)
            if source == "public-security":   # in any order; of rows of one version the log decides
                chance.shuffle(files)
            one.do("ingest", source, *files)
            taken_in += [f"{source}={file}" for file in files]
        must = model.compute(taken_in, reference.day(hub.TODAY))
        changed = sorted(who for who, person in must["people"].items() if person != told["people"].get(who))
        self.assertGreater(len(changed), 5, "what was told stands although it is told no more")
        self.assertEqual([], reference.check(one, folder, sample=chance.sample(changed, min(25, len(changed))), taken_in=taken_in))

    def test_states_over_time_and_people_seen_alive(self):
        """Kinds of fact without rules of their own, of any weight; deaths before a day on which somebody was seen."""
        stands, disputed = 0, 0
        for number in range(self.seed() % 100_000, self.seed() % 100_000 + 12):
            with self.subTest(seed=number):
                chance, folder = random.Random(number), self.folder / f"states-{number}"
                numbers = [hub.citizen_number("19700101", serial) for serial in (1, 2)]
                reference.states_mapping(folder / "own")
                reference.states(folder / "care", chance, numbers)
                one = self.hub(sources=[{"name": "care", "connector": "medical_insurance", "mappings": str(folder / "own")}])
                for file in sorted((folder / "care").iterdir()):
                    one.do("ingest", "care", file)
                must = model.compute([f"care={folder / 'care'}"], reference.day(hub.TODAY))["people"]
                for person in numbers:
                    self.assertEqual([], list(model.judge_families(must, one.family(person) or [], person)))
                stands += sum(len(one["standing"]) for one in must.values())
                disputed += sum(bool(one["died"] and one["died"]["disputed"]) for one in must.values())
        self.assertGreater(stands, 40)
        self.assertGreater(disputed, 0)


class ACounty(hub.Journey):
    """5,000 people and three years of events, the resident master anew each year: leads, everybody's record as it is and as it was known
    after each portion, and where its fields come from. county.py takes any number (`make soak`: 100,000)."""

    SEEDS = (2,)

    def test_record_known_times_and_origins(self):
        made = county.County(self.hub(), self.folder, self.seed(), families=FAMILIES, days=1095, portions=3)
        found = list(made.differences(origins=150, chance=random.Random(1)))
        print(f"{len(made.events)} events, asked {dict(made.asked)}", flush=True)
        self.assertGreater(made.asked["families"], 3 * FAMILIES)
        self.assertEqual([], found)

    def test_a_judge_finds_what_is_bent(self):
        """An origin of another event, a value that is not so, what is known now in place of what was known then."""
        made = county.County(self.hub(), self.folder, 1, families=40, days=1095, portions=2)
        record = model.known(made.events)
        must, numbers = model.Origins(record), sorted(model.people_of(record))
        for field in must.FIELDS:
            number = next(one for one in numbers if any(by for *_, by in must.of(record.numbers[one], field)))
            answer = next(county.ask(made.one, [["explain", number, field, None]]))
            self.assertEqual([], list(must.judge(number, field, answer)))
            for bend in (lambda settled: settled["by"][0].update(sequence=1 + settled["by"][0]["sequence"]), lambda settled: settled.update(by=[]),
                         lambda settled: settled.update(value="x", name="x", number="x")):
                bent = json.loads(json.dumps(answer))
                bend(bent["settled"][0])
                self.assertNotEqual([], list(must.judge(number, field, bent)), field)
        now, then = model.people_of(record), model.people_of(model.known(made.events, made.arrived[0]))
        later = [number for number in numbers if now[number] != then.get(number)]
        self.assertGreater(len(later), 20, "nothing was learnt after the first portion")
        found = list(made.families(record, later, made.moments[0][0]))
        self.assertGreater(len(found), 10, "what is known now was taken for what was known then")


class Judge(Population):
    """A judge that cannot fail proves nothing: what is bent on purpose must be found."""

    @classmethod
    def setUpClass(cls):
        cls.number = 5

    def setUp(self):
        super().setUp()
        self.files = self.population(self.number, ["--with-snapshot"], families=40)
        self.one = self.fed(self.files, random.Random(1))

    def found(self, **instead):
        return "\n".join(reference.check(self.one, self.files, **instead))

    def test_an_event_that_never_came(self):
        """The agency sent a record that the hub was never given."""
        self.assertEqual("", self.found())
        police = self.files / "public-security"
        deaths = [path for path in police.rglob("SWZX*.xml")]
        whole = {path: path.read_bytes() for path in deaths}
        path = max(deaths, key=lambda p: len(whole[p]))
        records = whole[path].split(b"<RECORD ")
        self.assertGreater(len(records), 2)
        # The model reads what the agency sent, the hub was given one record less.
        declared = b"<jls>%d</jls>" % (len(records) - 1)
        self.assertIn(declared, records[0])
        path.write_bytes(records[0].replace(declared, b"<jls>%d</jls>" % (len(records) - 2))
                         + b"".join(b"<RECORD " + record for record in records[2:]))
        self.one = self.fed(self.files, random.Random(1))
        path.write_bytes(whole[path])
        self.assertIn("balance: received", self.found())

    def test_a_lead_that_is_lost_or_false(self):
        leads = self.one.leads()
        held = [lead for lead in leads if lead["state"] == "open"]
        self.assertGreater(len(held), 5)
        self.assertIn("lost: no open lead", self.found(leads=[lead for lead in leads if lead is not held[0]]))
        for name, value in (("from", "2001-01-01"), ("until", "2001-01-01"), ("kind", "ended"), ("certainty", "sure"),
                            ("amount", {"fen": 1, "per": "month"}), ("timeline", [])):
            bent = [{**lead, name: value} if lead is held[0] else lead for lead in leads]
            self.assertIn(f": {'amount_fen' if name == 'amount' else name} is", self.found(leads=bent), name)
        other = {**held[0], "person": {**held[0]["person"], "citizen_id": hub.IDS["wife"]}}
        self.assertIn("must not be", self.found(leads=[*leads, other]))
        self.assertIn("2 open leads", self.found(leads=[*leads, held[0]]))

    def test_a_notice_lost_doubled_or_out_of_order(self):
        told = self.one.notices()
        self.assertGreater(len(told), 5)
        at = len(told) // 2
        self.assertIn("notice lost", self.found(notices=told[:at] + told[at + 1:]))
        self.assertIn("notice doubled", self.found(notices=told[:at] + [told[at]] + told[at:]))
        self.assertIn("notice doubled", self.found(notices=told + [{**told[at], "seq": len(told) + 1}]))
        self.assertIn("out of order", self.found(notices=told[:at - 1] + [told[at], told[at - 1]] + told[at + 1:]))
        self.assertIn("the last notice says", self.found(notices=told[:-1] + [{**told[-1], "data": {**told[-1]["data"], "state": "confirmed"}}]))
        # Numbered anew, so that only the lead itself can tell.
        self.assertIn("nothing was told of lead", self.found(notices=[
            {**notice, "seq": seq} for seq, notice in enumerate((n for n in told if n["data"]["lead"] != told[at]["data"]["lead"]), 1)]))

    def test_a_record_that_is_wrong(self):
        number = self.one.open_leads()[0]["person"]["citizen_id"]
        families = self.one.family(number)
        people = model.compute(reference.inputs(self.files), reference.day(hub.TODAY))["people"]
        self.assertEqual([], list(model.judge_families(people, families)))
        for bend in (lambda member: member.update(died={"on": "2001-01-01", "certainty": "sure"}), lambda member: member.update(born="1900-01-01"),
                     lambda member: member.update(standing=[{"kind": "address", "values": {"address": "试安路1号"}, "from": None, "until": None}]),
                     lambda member: member.update(disabilities=[{"from": "2001-01-01", "grade": 4}, {"from": "2002-01-01", "grade": 1}])):
            bent = json.loads(json.dumps(families))
            bend(bent[0]["members"][0])
            self.assertNotEqual([], list(model.judge_families(people, bent)))
        without = json.loads(json.dumps(families))
        for family in without:
            family["kin"] = [edge for edge in family["kin"] if edge["kind"] != "parent_of"]
        self.assertNotEqual([], list(model.judge_families(people, without, number)))


if __name__ == "__main__":
    hub.main()
