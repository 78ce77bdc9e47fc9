"""The national special assistance over the same families in one run: Kinhub, DuckDB (months joined, SQL) and OpenFisca-core
(vectors, month by month), 72 months; their totals must be equal to the fen.

usage: policy_peers.py BUILD [FAMILIES]      (in a Python that has tests/bench/requirements.txt; `make bench` makes one)
"""
import json
import os
import subprocess
import sys
import tempfile
import time

FROM, UNTIL = "2020-01-01", "2026-01-01"
AMOUNTS = (("death", 45000, 59000), ("disability", 35000, 46000))  # fen a month until 2022-06, and since

# The age line is reached on the 49th birthday; DuckDB adds years as the Civil Code does: 29 February becomes the 28th.
SPANS = """
create table span as
with line as (
    select *, cast(born + interval 49 year as date) as own49, cast(spouse_born + interval 49 year as date) as spouse49,
        coalesce(married_until, date '9999-01-01') as divorced from family),
aged as (  -- a woman by her own age; a man by his wife's while married, by his own from the divorce on
    select *, own49 as a_from, date '9999-01-01' as a_until from line where woman = 1
    union all select *, spouse49, divorced from line where woman = 0
    union all select *, greatest(own49, divorced), date '9999-01-01' from line where woman = 0)
select 'death' as benefit, greatest(died, a_from) as s_from, a_until as s_until from aged where died is not null
union all select 'disability', greatest(d1_from, a_from), least(d1_until, a_until) from aged where d1_grade <= 3
union all select 'disability', greatest(d2_from, a_from), a_until from aged where d2_grade <= 3
"""
# Several spans of one parent may touch one month, which is paid once.
MONTHS = """
select benefit, count(*) as months, sum(case when month < date '2022-07-01' then old else new end) as fen
from (select distinct benefit, id, month from span_of join month
      on s_from < month + interval 1 month and s_until > month and s_from < s_until) join amount using (benefit)
group by benefit
"""


def duckdb_totals(file):
    import duckdb
    base = duckdb.connect()
    base.execute("set threads to 1")
    base.execute(f"create table family as select row_number() over () as id, * from read_csv('{file}', header=true)")
    base.execute("create table amount(benefit varchar, old bigint, new bigint)")
    for row in AMOUNTS:
        base.execute("insert into amount values (?, ?, ?)", row)
    base.execute(f"create table month as select cast(unnest(generate_series(date '{FROM}', date '{UNTIL}' - interval 1 day, "
                 "interval 1 month)) as date) as month")
    begun = time.process_time()
    base.execute(SPANS.replace("create table span", "create table span_of").replace("select 'death'", "select id, 'death'")
                 .replace("select 'disability'", "select id, 'disability'"))
    rows = base.execute(MONTHS).fetchall()
    return {benefit: (int(fen), int(months)) for benefit, months, fen in rows}, time.process_time() - begun


def openfisca_totals(file):
    import csv

    import numpy
    from openfisca_core.entities import build_entity
    from openfisca_core.parameters import ParameterNode
    from openfisca_core.periods import DateUnit, period
    from openfisca_core.simulations import SimulationBuilder
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    never = numpy.datetime64("9999-01-01")
    rows = list(csv.DictReader(open(file)))

    def dates(name):
        return numpy.array([row[name] or "9999-01-01" for row in rows], "datetime64[D]")

    def reached_49(born):
        month = born.astype("datetime64[M]") + 49 * 12
        day = (born - born.astype("datetime64[M]")).astype(int)
        length = ((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(int)
        return month.astype("datetime64[D]") + numpy.minimum(day, length - 1)

    parent = build_entity(key="parent", plural="parents", label="", is_person=True)
    system = TaxBenefitSystem([parent])
    system.parameters = ParameterNode("", data={
        benefit: {"values": {"1990-01-01": {"value": old}, "2022-07-01": {"value": new}}} for benefit, old, new in AMOUNTS})

    def given(name, kind, default):
        return type(name, (Variable,), {"value_type": kind, "entity": parent, "definition_period": DateUnit.ETERNITY,
                                        "default_value": default})

    facts = {"woman": (numpy.array([row["woman"] == "1" for row in rows]), bool, False)}
    for name in ("married_until", "died", "d1_from", "d1_until", "d2_from"):
        facts[name] = (dates(name), __import__("datetime").date, __import__("datetime").date(9999, 1, 1))
    for name in ("born", "spouse_born"):
        facts[name] = (dates(name), __import__("datetime").date, __import__("datetime").date(9999, 1, 1))
    for name in ("d1_grade", "d2_grade"):
        facts[name] = (numpy.array([int(row[name] or 9) for row in rows]), int, 9)

    def touched(start, end, when):
        first, following = numpy.datetime64(str(when.start)), numpy.datetime64(str(when.start.offset(1, DateUnit.MONTH)))
        return (start < following) & (end > first) & (start < end)

    def aged(parents, when):
        """(from, until) of the age line, two of a man who was divorced."""
        woman, divorced = parents("woman", when), parents("married_until", when)
        own, spouse = reached_49(parents("born", when)), reached_49(parents("spouse_born", when))
        yield numpy.where(woman, own, spouse), numpy.where(woman, never, divorced)
        yield numpy.where(woman, never, numpy.maximum(own, divorced)), numpy.full(len(own), never)

    class death(Variable):
        value_type, entity, definition_period = int, parent, DateUnit.MONTH

        def formula(parents, when, parameters):
            right = numpy.zeros(parents.count, bool)
            for start, end in aged(parents, when):
                right |= touched(numpy.maximum(start, parents("died", when)), end, when)
            return right * parameters(when).death

    class disability(Variable):
        value_type, entity, definition_period = int, parent, DateUnit.MONTH

        def formula(parents, when, parameters):
            right = numpy.zeros(parents.count, bool)
            for start, end in aged(parents, when):
                right |= (parents("d1_grade", when) <= 3) & touched(
                    numpy.maximum(start, parents("d1_from", when)), numpy.minimum(end, parents("d1_until", when)), when)
                right |= (parents("d2_grade", when) <= 3) & touched(numpy.maximum(start, parents("d2_from", when)), end, when)
            return right * parameters(when).disability

    for name, (_, kind, default) in facts.items():
        system.add_variable(given(name, kind, default))
    system.add_variable(death)
    system.add_variable(disability)
    simulation = SimulationBuilder().build_default_simulation(system, count=len(rows))
    for name, (values, _, _) in facts.items():
        simulation.set_input(name, "2020-01", values)
    begun = time.process_time()
    totals = {}
    for benefit, _, _ in AMOUNTS:
        fen = months = 0
        for number in range(72):
            paid = simulation.calculate(benefit, period(f"{2020 + number // 12}-{number % 12 + 1:02}"))
            fen, months = fen + int(paid.sum(dtype=numpy.int64)), months + int((paid > 0).sum())
        totals[benefit] = (fen, months)
    return totals, time.process_time() - begun


def main():
    build, families = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
    try:
        import duckdb  # noqa: F401
        import openfisca_core  # noqa: F401
    except ImportError as missing:
        print(f"not compared: {missing}; tests/bench/requirements.txt says what is needed")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "families.csv")
        told = json.loads(subprocess.run([os.path.join(build, "bench", "what_if_bench"), "--families", file, str(families)],
                                         check=True, capture_output=True, text=True).stdout)
        ours = {benefit: (told[f"{benefit}_fen"], told[f"{benefit}_months"]) for benefit, _, _ in AMOUNTS}
        all = {"kinhub": (ours, told["cpu_s"]), "duckdb": duckdb_totals(file), "openfisca-core": openfisca_totals(file)}
    for name, (totals, cpu) in all.items():
        print(f"{name:<15} {cpu:7.3f} s CPU, {cpu / families * 1e6:6.3f} us a family, {cpu / all['kinhub'][1]:6.1f} x;  "
              + ", ".join(f"{benefit} {fen / 100:.2f} yuan in {months} months" for benefit, (fen, months) in sorted(totals.items())))
    equal = all["kinhub"][0] == all["duckdb"][0] == all["openfisca-core"][0]
    print("totals are equal to the fen" if equal else "TOTALS DIFFER")
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
