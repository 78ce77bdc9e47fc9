"""The reference model beside a hub of a journey: every difference between what it must hold and what it holds."""

import datetime
import os
import pathlib
import subprocess

import model

SOURCES = ("public-security", "civil-affairs", "medical-insurance", "hospital-his")
# What populations differ in beside their seed.
OPTIONS = [["--with-snapshot"], ["--with-snapshot", "--leave-open"], ["--with-snapshot", "--new-police-ids"], ["--leave-open"], []]


def day(text):
    return datetime.date.fromisoformat(text)


def inputs(folder):
    """What `kinhub-agencies files` wrote to a folder, as the model takes it."""
    return [f"{source}={folder / source}" for source in SOURCES if (folder / source).is_dir()]


def population(folder, seed, options, families, days, today):
    """The agencies' files of a simulated population, in a new folder."""
    subprocess.run([pathlib.Path(os.environ["KINHUB_BINARIES"]) / "kinhub-agencies", "files", "--data", folder, "--seed", str(seed),
                    "--families", str(families), "--days", str(days), "--today", today, *options], check=True, stdout=subprocess.DEVNULL)
    return folder


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


def check(one, folder, leads=None, notices=None, sample=(), repeated=False, people=0, chance=None):
    """Differences between the hub `one`, fed with all of `folder`, and the model. `sample`: citizen numbers whose family records
    are compared too, or so many `people` by `chance`. `leads`, `notices`: instead of what the hub says. `repeated`: files were fed more than once, so that the
    balance has more duplicates."""
    must = model.compute(inputs(folder), day(one.today))
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
