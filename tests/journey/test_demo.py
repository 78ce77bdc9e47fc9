"""The demo, as anybody tries it first.

Work order, "What it must show", a.
"""

import json
import os
import subprocess
import unittest

import hub
from hub import Journey


# Servers of the demo's own, as somebody without any has them.
SERVERS = [option for part, name, option in (("LOG", "kafka", "--kafka"), ("STORE", "postgres", "--postgres"))
           if os.environ.get(f"KINHUB_JOURNEY_{part}") == name]


class Demo(Journey):
    """a: kinhub demo, not on a terminal: ends by itself, exit 0, leads beside the truth, balance; missed 0, wrong 0."""

    def demo(self, *arguments):
        return subprocess.run([hub.KINHUB, "demo", *SERVERS, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=hub.PATIENCE,
                              check=False, cwd=self.folder)

    def assert_judged_well(self, done):
        told = json.loads(done.stdout)
        self.assertEqual([], told["faults"])
        self.assertEqual((0, 0), (told["missed"], told["wrong"]))
        self.assertEqual(0, done.returncode, done.stderr.decode("utf-8", "replace"))
        self.assertGreater(told["found"], 10)
        night = told["night"]
        self.assertTrue(night["found_all"], night)
        self.assertEqual((1, 1, 1), tuple(night["planted"][what] for what in ("lost", "doubled", "changed")))
        self.assertEqual((1, 1, 1), (night["counts"]["not_there"], night["counts"]["duplicate"], night["counts"]["corrected"]))
        for name, counts in [("all", told["balance"]), *told["balance"]["sources"].items()]:
            self.assertEqual((0, 0), (counts["residue"], counts["in_flight"]), name)
            if name != "care-desk":  # of which nobody enters anything in the demonstration
                self.assertGreater(counts["received"], 0, name)

    def test_as_it_is(self):
        done = self.demo()
        text = done.stdout.decode("utf-8")
        self.assertEqual(0, done.returncode, text[-3000:] + done.stderr.decode("utf-8", "replace"))
        self.assertIn("missed 0, wrong 0", text)
        for part in ("Leads\n", "Beside the truth\n", "Balance\n", "Night round\n", "all found, none else", "report: "):
            self.assertIn(part, text)
        if SERVERS:
            self.assertIn("0 not delivered; log kafka ", text)
            self.assertIn("store postgresql ", text)
        self.assertNotIn("\x1b", text)
        self.assertEqual([], list(self.folder.iterdir()), "it leaves nothing behind")

    def test_other_populations(self):
        for number in (1, 2):
            with self.subTest(demo_seed=number):
                self.assert_judged_well(self.demo("--json", "--families", "150", "--seed", str(number)))


if __name__ == "__main__":
    hub.main()
