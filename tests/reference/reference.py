"""The reference model beside a hub of a journey: every difference between what it must hold and what it holds."""

import datetime
import json
import os
import pathlib
import re
import subprocess

import model

SOURCES = ("public-security", "civil-affairs", "medical-insurance", "hospital-his")
# What populations differ in beside their seed.
OPTIONS = [["--with-snapshot"], ["--with-snapshot", "--leave-open"], ["--with-snapshot", "--new-police-ids"], ["--leave-open"], []]


def day(text):
    return datetime.date.fromisoformat(text)


def inputs(folder):
    """What `kinhub-agencies files` wrote to a folder, and a test what case workers entered, as the model takes it."""
    return [f"{source}={folder / source}" for source in (*SOURCES, "care-desk") if (folder / source).is_dir()]


def population(folder, seed, options, families, days, today):
    """The agencies' files of a simulated population, in a new folder."""
    subprocess.run([pathlib.Path(os.environ["KINHUB_BINARIES"]) / "kinhub-agencies", "files", "--data", folder, "--seed", str(seed),
                    "--families", str(families), "--days", str(days), "--today", today, *options], check=True, stdout=subprocess.DEVNULL)
    return folder


STATES = {"address": ("address: a", "area: area(b)"), "marital_state": ("marital_state: a",), "ethnic_group": ("ethnic_group: a",),
          "support": ("what: a", "family_no: b", "fen_per_month: integer(c)"), "alive": (), "death": ()}
WEIGHTS = ("police_registration", "certificate", "insurance")
ABSENT = {"lapse": "ends", "untold": "retracts"}   # what a row that tells its kind no more means
WORDS = {"address": (["A", "B"], ["", "322228001", "322228002"]), "marital_state": (["10", "20", "40"],), "ethnic_group": (["01", "02"],),
         "support": (["low_income", "care_allowance"], ["", "F1"], ["0", "50000"]), "alive": (), "death": ()}


def absence_of(kind, weight):
    """The act of a row that tells its kind no more; None of a kind of which nothing follows from that."""
    return None if kind == "alive" else "lapse" if weight == "insurance" and kind != "death" else "untold"


def states_mapping(folder):
    """A mapping of rows that say any kind of fact in words, of any weight, or that it is told no more, for a source of its own."""
    lines = ["map: own.states", "from: { format: json, each: records, when: \"$.table = 'STATES'\" }", "key: [id]", "version: timestamp(told)",
             "later: { if: \"act = 'succeed'\", then: succeeds, else: corrects }", "facts:",
             "  - fact: identity", "    evidence: insurance", "    set: { person.citizen_number: citizen_id(number) }"]
    words = {"marital_state": "if a = '10' then '10' else if a = '20' then '20' else '40'", "what": "if a = 'low_income' then 'low_income' else 'care_allowance'"}
    for kind, fields in STATES.items():
        for weight in WEIGHTS:
            for end in (False, True):
                if end and kind in ("alive", "death"):
                    continue
                mine, absent = f"kind = '{kind}' and weight = '{weight}'", absence_of(kind, weight)
                tells = "act = 'end'" if end else f"act not in ('end', '{absent}')"
                lines += [f"  - fact: {kind}", f"    evidence: {weight}", f"    when: \"{mine} and {tells}\"",
                          "    op: end" if end else "    op: { if: \"act = 'retract'\", then: retract, else: assert }",
                          "    set:", "      person.citizen_number: citizen_id(number)", "      on: date(on, 'any')"]
                if absent and not end:
                    lines.insert(-3, f"    absence: {{ if: \"{mine} and act = '{absent}'\", then: {ABSENT[absent]}, else: unknown }}")
                lines += ["      until: date(until, 'any')"] if kind not in ("alive", "death", "ethnic_group") else []
                for field in fields:
                    name, _, value = field.partition(": ")
                    lines.append(f'      {name}: "{words.get(name, value)}"')
    folder.mkdir(parents=True)
    (folder / "states.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def states(folder, chance, numbers):
    """Files of such rows, of what people said of these numbers at random: few keys, so that versions meet. In a file they come in no order."""
    folder.mkdir(parents=True)
    told = 0
    for part in range(3):
        rows = []
        for _ in range(60):
            told += 1
            kind = chance.choice(list(STATES))
            # A key of a kind is of one person and one weight; versions differ, and come in no order.
            key = chance.randrange(3)
            absent = [absence_of(kind, WEIGHTS[key])] if kind != "alive" else []
            act = chance.choice((["assert", "assert", "succeed", "end", "retract"] if kind not in ("alive", "death") else ["assert"] * 4 + ["retract"]) + absent)
            on = chance.choice(["", "20150101", "20180101", "20200229", "20220101", "20240630"])
            row = {"psn_no": str(told), "rid": str(told), "id": f"{kind}{key}", "number": numbers[key % len(numbers)] if kind in ("alive", "death") else numbers[0],
                   "told": f"202601{1 + told // 24:02}{told % 24:02}0000", "kind": kind, "act": act,
                   "weight": WEIGHTS[key], "on": on or ("" if act not in ("end", "lapse", "succeed") and kind not in ("alive", "death") else "20190101"),
                   "until": chance.choice(["", "", "20210630"]) if kind != "ethnic_group" else ""}
            row.update(zip("abc", (chance.choice(words) for words in WORDS[kind])))
            rows.append(row)
        chance.shuffle(rows)
        (folder / f"{part}.json").write_text(json.dumps({"table": "STATES", "records": rows}), encoding="utf-8")


def forget(folder, chance):
    """Rows of the resident masters of a population that name no parents, or no household, though others of the same people do; how many."""
    forgotten = 0

    def blank(row, *names):
        return re.sub(rf"<({'|'.join(names)})>[^<]*</\1>", r"<\1></\1>", row)

    for file in sorted((folder / "public-security").rglob("*.xml")):
        data = file.read_bytes()
        charset = re.match(rb"<\?xml[^>]*encoding=[\"']([\w-]+)", data)[1].decode()
        text = data.decode(charset)
        if "<sjblx>CZRK</sjblx>" not in text:
            continue
        rows = re.split(r"(?=<RECORD)", text)
        for place, row in enumerate(rows):
            whole = row
            if chance.random() < 0.4:
                row = blank(row, "FQ_GMSFHM", "FQ_XM", "MQ_GMSFHM", "MQ_XM")
            if chance.random() < 0.4:
                row = blank(row, "HH")
            forgotten += row != whole
            rows[place] = row
        file.write_bytes("".join(rows).encode(charset))
    return forgotten


def fed(one, folder, chance):
    """The hub `one`, fed source by source in any order."""
    sources = list(SOURCES)
    chance.shuffle(sources)
    for source in sources:
        one.do("ingest", source, folder / source)
    return one


def judge_stream(notices, leads):
    """Differences between a stream of notices and the leads it must tell of."""
    return list(model.judge_notices(notices, leads))


def as_a_reader(notices):
    """The notices of a file as docs/operators.md tells its readers: a line whose number is not greater than the last is dropped."""
    seen, kept = 0, []
    for notice in notices:
        if notice["seq"] > seen:
            seen = notice["seq"]
            kept.append(notice)
    return kept


def check(one, folder, leads=None, notices=None, sample=(), repeated=False, people=0, chance=None, taken_in=None):
    """Differences between the hub `one`, fed with all of `folder`, and the model. `sample`: citizen numbers whose family records
    are compared too, or so many `people` by `chance`. `leads`, `notices`: instead of what the hub says. `repeated`: files were fed more than once, so that the
    balance has more duplicates. `taken_in`: SOURCE=FILE in the order in which the hub was given them, where that is not the files' own."""
    must = model.compute(taken_in or inputs(folder), day(one.today))
    leads = one.leads() if leads is None else leads
    found = list(model.judge_leads(must["leads"], leads))
    balance = one.balance()
    if repeated:
        balance["duplicate"] -= balance["received"] - must["events"]["received"]
        # What is filtered is filtered each time it comes.
        again = balance["filtered"] - must["events"].get("filtered", 0)
        balance["filtered"] -= again
        balance["duplicate"] += again
        balance["received"] = must["events"]["received"]
    found += model.judge_balance(must["events"], balance)
    found += model.judge_notices(as_a_reader(one.notices()) if notices is None else notices, leads)
    known = sorted(must["people"])
    for number in [*sample, *(chance.sample(known, min(people, len(known))) if people else [])]:
        found += model.judge_families(must["people"], one.family(number) or [], number)
    return found
