"""The judge of live leads, judged: what it must find, and what it must let pass."""

import copy
import unittest

import hub
from live import judge

NUMBER = "322228197503120246"
DEATH = "national-special-assistance/death"
TODAY = "2026-11-30"
LIFTED, REBIRTH, SECOND_DEATH = "2022-07-01", "2026-07-26", "2026-10-03"


def right(since, until=None, fen=59000, sure=True):
    return {"citizen_number": NUMBER, "benefit": DEATH, "from": since, "until": until, "fen_per_month": fen, "sure_expected": sure,
            "why": ""}


def span(since, until=None, fen=59000, certainty="sure"):
    return {"from": since, "until": until, "amount": {"fen": fen, "per": "month"}, "certainty": certainty}


def lead(*timeline, since, until=None, **other):
    made = {"kind": "new", "state": "open", "benefit": DEATH, "person": {"citizen_id": NUMBER}, "from": since, "until": until,
            "amount": {"fen": 59000, "per": "month"}, "certainty": "sure", "timeline": list(timeline)}
    return {**made, **other}


def but(one, **other):
    return {**copy.deepcopy(one), **other}


def truth(past=(), entitled=(), future=(), told_until=TODAY):
    """`told_until`: the day of the police's last word."""
    return {"today": TODAY, "told_until": {"public-security": told_until}, "past": list(past), "entitled": list(entitled), "future": list(future)}


class Judge(unittest.TestCase):

    def assert_finds(self, cases):
        for name, true, leads, expected in cases:
            with self.subTest(name):
                self.assertEqual(expected, [fault[0] for fault in judge(true, leads)])

    def test_one_right(self):
        due = truth(entitled=[right("2026-11-01")])
        good = lead(span("2026-11-01"), since="2026-11-01")
        pending = lead(span("2026-11-01", certainty="pending"), since="2026-11-01", certainty="pending")
        unsure = truth(entitled=[right("2026-11-01", sure=False)])
        self.assert_finds([
            ("the same", due, [good], []),
            ("no lead", due, [], ["missed"]),
            ("a closed lead is none", due, [but(good, state="closed")], ["missed"]),
            ("another first day", due, [lead(span("2026-10-31"), since="2026-10-31")], ["wrong"]),
            ("another last day", due, [lead(span("2026-11-01", "2036-01-01"), since="2026-11-01", until="2036-01-01")], ["wrong"]),
            ("another amount", due, [but(good, amount={"fen": 46000, "per": "month"})], ["wrong"]),
            ("no amount", due, [but(good, amount=None)], ["wrong"]),
            ("another kind", due, [but(good, kind="ended")], ["wrong"]),
            ("to verify, truly sure", due, [but(good, kind="verify")], ["wrong"]),
            ("pending, truly sure", due, [pending], ["wrong"]),
            ("another benefit", due, [but(good, benefit="x/y")], ["missed", "never was true"]),
            ("two open leads", due, [good, good], ["two open leads"]),
            ("never true", truth(), [good], ["never was true"]),
            ("never true, but pending", truth(), [pending], []),
            ("not true yet", truth(future=[right("2026-12-01")]), [lead(span("2026-12-01"), since="2026-12-01")], ["never was true"]),
            ("open, pending", unsure, [pending], []),
            ("open, to verify", unsure, [but(pending, kind="verify")], []),
            ("open, no lead", unsure, [], []),
            ("open, sure", unsure, [good], ["wrong"]),
        ])

    def test_a_right_again_after_a_rebirth(self):
        """The lead is about the last run of days without a gap; what lay before it stands in the timeline."""
        first, second = span("2024-09-25", REBIRTH), span(SECOND_DEATH)
        again = truth(past=[right("2024-09-25", REBIRTH)], entitled=[right(SECOND_DEATH)])
        self.assert_finds([
            ("as it is", again, [lead(first, second, since=SECOND_DEATH)], []),
            ("said since the first day of all", again, [lead(first, second, since="2024-09-25")], ["wrong"]),
            ("the first is not in the timeline", again, [lead(second, since=SECOND_DEATH)], ["wrong"]),
            ("the first began another day", again, [lead(span("2024-09-26", REBIRTH), second, since=SECOND_DEATH)], ["wrong"]),
            ("the gap is not seen", again, [lead(span("2024-09-25"), since="2024-09-25")], ["wrong"]),
        ])

    def test_runs_without_a_gap(self):
        """A rise of the rate and an expiry cut a right, not a run."""
        rates = [span("2019-06-25", LIFTED, 45000), span(LIFTED)]
        expired = [span("2019-03-01", "2024-03-01"), span("2024-03-01", certainty="pending")]
        later = [span("2020-05-01", "2030-05-01"), span("2030-05-01", certainty="pending")]
        self.assert_finds([
            ("a rise", truth(entitled=[right("2019-06-25")]), [lead(*rates, since="2019-06-25")], []),
            ("since the rise", truth(entitled=[right("2019-06-25")]), [lead(*rates, since=LIFTED)], ["wrong"]),
            ("an expiry", truth(past=[right("2019-03-01", "2024-03-01")], entitled=[right("2024-03-01", sure=False)]),
             [lead(*expired, since="2019-03-01", certainty="pending")], []),
            ("an expiry to come", truth(entitled=[right("2020-05-01", "2030-05-01")], future=[right("2030-05-01", sure=False)]),
             [lead(*later, since="2020-05-01")], []),
            ("an expiry that is not seen coming",
             truth(entitled=[right("2020-05-01", "2030-05-01")], future=[right("2030-05-01", sure=False)]),
             [lead(span("2020-05-01"), since="2020-05-01")], ["wrong"]),
        ])

    def test_a_right_that_is_over(self):
        """Nobody confirmed it, and money begins with the confirmation: only its last month is still owed."""
        over, this_month = truth(past=[right("2024-09-25", REBIRTH)]), truth(past=[right("2024-09-25", "2026-11-03")])
        self.assert_finds([
            ("no lead", over, [], []),
            ("a lead all the same", over, [lead(span("2024-09-25", REBIRTH), since="2024-09-25", until=REBIRTH)], ["over"]),
            ("as if it went on", over, [lead(span("2024-09-25"), since="2024-09-25")], ["over"]),
            ("ended this month", this_month, [lead(span("2024-09-25", "2026-11-03"), since="2024-09-25", until="2026-11-03")], []),
            ("ended this month, as if it went on", this_month, [lead(span("2024-09-25"), since="2024-09-25")], ["wrong"]),
        ])

    def test_sums_of_long_ago(self):
        """What was paid before August 2018 is in no document: the right is pending until then."""
        long = truth(entitled=[right("2014-03-01")])
        spans = [{**span("2014-03-01", "2018-08-01", certainty="pending"), "amount": None}, span("2018-08-01")]
        self.assert_finds([
            ("as it is", long, [lead(*spans, since="2014-03-01")], []),
            ("sure since its first day", long, [lead(span("2014-03-01"), since="2014-03-01")], ["wrong"]),
        ])

    def test_a_source_that_fell_silent(self):
        """Longer than the limit of 35 days: pending from its last word on, once judged wrongly. A dozen families give the police nothing to
        tell for that long now and then."""
        silence = "2026-10-13"
        silent = truth(entitled=[right("2020-05-01", "2030-05-01")], future=[right("2030-05-01", sure=False)], told_until=silence)
        spans = [span("2020-05-01", silence), span(silence, certainty="pending")]
        good = lead(*spans, since="2020-05-01", certainty="pending")
        sure = lead(span("2020-05-01"), since="2020-05-01")
        later = truth(entitled=[right("2026-11-01")], told_until=silence)
        self.assert_finds([
            ("as it is", silent, [good], []),
            ("sure all the same", silent, [lead(span("2020-05-01", "2030-05-01"), span("2030-05-01", certainty="pending"), since="2020-05-01")],
             ["wrong"]),
            ("pending before it, too", silent, [lead(span("2020-05-01", certainty="pending"), since="2020-05-01", certainty="pending")], ["wrong"]),
            ("to verify, which silence is no reason for", silent, [but(good, kind="verify")], ["wrong"]),
            ("no lead", silent, [], ["missed"]),
            ("begun in the silence", later, [lead(span("2026-11-01", certainty="pending"), since="2026-11-01", certainty="pending")], []),
            ("begun in the silence, sure", later, [lead(span("2026-11-01"), since="2026-11-01")], ["wrong"]),
            ("over before it", truth(past=[right("2020-05-01", "2024-01-01")], told_until=silence), [], []),
            ("silent for as long as it may be", truth(entitled=[right("2020-05-01")], told_until="2026-10-26"), [sure], []),
            ("silent a day longer", truth(entitled=[right("2020-05-01")], told_until="2026-10-25"), [sure], ["wrong"]),
        ])


if __name__ == "__main__":
    hub.main()
