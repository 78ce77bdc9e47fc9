"""A county's years through the real hub, portion by portion, beside the reference model: everybody's record, as it is and as it was
known after each portion, and where each field of it comes from.

    county.py [--seed N] [--families N] [--days N] [--portions N] [--origins N] [--store sqlite|postgres]

Prints every difference and the figures of the run. Exit 0: no difference; 1: some.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "journey"))
import hub  # noqa: E402
import model  # noqa: E402
import reference  # noqa: E402
import servers  # noqa: E402

QUESTIONS = hub.BINARIES.parent / "tests" / "kinhub_questions"
OPTIONS = ["--with-snapshot", "--yearly-masters"]


def ask(one, questions):
    """The answer of the hub `one` to each question, in one process (questions.cpp); None where nobody had spoken of the person."""
    done = subprocess.run([QUESTIONS, hub.KINHUB, one.data, *([one.config] if one.config else [])], check=True, stdout=subprocess.PIPE,
                          input="".join(json.dumps(question) + "\n" for question in questions).encode())
    answers = done.stdout.splitlines()
    assert len(answers) == len(questions), (len(answers), len(questions))
    for question, answer in zip(questions, map(json.loads, answers)):
        if "answer" not in answer and answer["error"] != "NO_SUCH_PERSON":
            raise AssertionError(f"{question}: {answer['error']}")
        yield answer.get("answer")


class County:
    """A county of simulated families, taken in by the hub `one` in so many portions, each of all sources in any order."""

    def __init__(self, one, folder, seed, families, days, portions):
        self.one, self.asked, chance = one, collections.Counter(), random.Random(seed)
        files = reference.population(folder / "files", seed, OPTIONS, families, days, one.today)
        of = {source: model.files_of(files / source) for source in reference.SOURCES}
        # Registers, and a hospital's withdrawals (decision 0014), are read in their order; police files may come in any.
        chance.shuffle(of["public-security"])
        self.inputs, self.moments = [], []   # SOURCE=FILE in the order of taking in; (known time, how many inputs had come)
        for portion in range(portions):
            for source in chance.sample(reference.SOURCES, len(reference.SOURCES)):
                begin, end = (len(of[source]) * (portion + k) // portions for k in (0, 1))
                if begin < end:
                    one.do("ingest", source, *of[source][begin:end])
                    self.inputs += [f"{source}={file}" for file in of[source][begin:end]]
            self.moments.append((time.time_ns() // 1000, len(self.inputs)))
        self.events = []
        self.arrived = []   # with each moment: how many events
        for at, count in self.moments:
            done = len(self.arrived) and self.moments[len(self.arrived) - 1][1]
            self.events += model.read(self.inputs[done:count], reference.day(one.today), len(self.events))
            self.arrived.append(len(self.events))

    def differences(self, origins, chance):
        """Leads, balance, everybody's record now and at each moment, and the origins of so many people's fields."""
        must = model.judged(self.events, reference.day(self.one.today))
        yield from model.judge_leads(must["leads"], self.one.leads())
        yield from model.judge_balance(must["events"], self.one.balance())
        numbers = set(must["people"])
        for (at, _), count in zip(self.moments[:-1], self.arrived):   # after the last portion is now
            yield from self.families(model.known(self.events, count), sorted(numbers), at)
        yield from self.families(model.known(self.events), sorted(numbers), None)
        for (at, _), count in [*zip(self.moments[:1], self.arrived[:1]), ((None, None), None)]:
            record = model.known(self.events, count)
            who = sorted(number for number, person in record.numbers.items() if record.number(person) == number)
            yield from self.origins(model.Origins(record), sorted(chance.sample(who, min(origins, len(who)))), at)

    def families(self, record, numbers, at):
        people = model.people_of(record)
        answers = ask(self.one, [["family", number, at] for number in numbers])
        for number, families in zip(numbers, answers):
            self.asked["families" if at is None else "families as known"] += 1
            for difference in model.judge_families(people, families or [], number):
                yield f"{self.named(at)}{difference}"
            if (families is None) != (number not in record.numbers):   # who bore it once is found by it, too
                yield f"{self.named(at)}{number} is {'not ' if families is None else ''}known"

    def origins(self, must, numbers, at):
        commands = [(number, field) for number in numbers for field in must.FIELDS]
        answers = ask(self.one, [["explain", number, field, at] for number, field in commands])
        for (number, field), answer in zip(commands, answers):
            self.asked["origins" if at is None else "origins as known"] += 1
            if answer is None:
                yield f"{self.named(at)}{number} is not known"
                continue
            yield from (f"{self.named(at)}{difference}" for difference in must.judge(number, field, answer))

    def named(self, at):
        return f"known after portion {1 + [when for when, _ in self.moments].index(at)}: " if at else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=hub.seeds((1,))[0], metavar="N", help="else KINHUB_SEED=N, or 1")
    parser.add_argument("--families", type=int, default=1200, metavar="N", help="about four people each")
    parser.add_argument("--days", type=int, default=1095, metavar="N")
    parser.add_argument("--portions", type=int, default=3, metavar="N", help="known times are asked after each")
    parser.add_argument("--origins", type=int, default=1000, metavar="N", help="of whose fields the origin is compared")
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    given = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kinhub-county-"))
    postgres = servers.Postgres().start() if given.store == "postgres" else None
    ground = hub.Ground(log="embedded", store=given.store, postgres=postgres)
    try:
        begin = time.monotonic()
        print(f"--seed {given.seed} --families {given.families} --store {given.store}", flush=True)
        (folder / "hub").mkdir()
        county = County(hub.Hub(folder / "hub", ground=ground), folder, given.seed, given.families, given.days, given.portions)
        took_in, found = time.monotonic() - begin, 0
        for difference in county.differences(given.origins, random.Random(given.seed)):
            found += 1
            if found <= 200:
                print(difference, flush=True)
        print(f"{len(county.events)} events taken in in {took_in:.0f} s, asked {dict(county.asked)}, {found} differences, "
              f"{time.monotonic() - begin:.0f} s in all", flush=True)
        return 1 if found else 0
    finally:
        if postgres:
            postgres.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
