"""A node that slept beyond its lease, and was replaced, changes nothing when it wakes.

Work order of Kafka and several nodes, "What it must show", d. With failpoints the node falls asleep at each step of its
batch and of its relay; without, at random moments.
"""

import signal
import time

import hub
from kill_matrix import failpoints
from live import wait
from nodes import Nodes, state_of

# Steps in the middle of something; the steps of an append are another process's here.
STEPS = ("read.done", "map.done", "batch.begun", "batch.advanced", "batch.taken", "batch.saved", "batch.committed", "relay.begun", "relay.produced",
         "relay.committed")


class Zombie(Nodes):

    def fall_asleep(self, process, step):
        if step:
            try:
                wait(lambda: process.poll() is not None or state_of(process) == "T", f"the node to stop at {step}")
            except AssertionError as why:
                status, log = self.bystander.read("status"), (self.folder / "hub-1" / "run.log").read_text(errors="replace")
                raise AssertionError(f"{why}\n{status}\n{log[-3000:]}") from why
            self.assertIsNone(process.poll(), "it ended instead")
        else:
            time.sleep(self.chosen.uniform(0, 1.5))
            process.send_signal(signal.SIGSTOP)

    def sleeps_at(self, step):
        first, second = self.found(2)
        sleeper = self.run_node(first, f"{step}=stop" if step else "")
        self.wait_until_owns_all("node-0")
        feeders = self.feed()
        self.fall_asleep(sleeper, step)
        replaced = self.run_node(second)
        self.ended(feeders)
        self.wait_until_owns_all("node-1")
        self.wait_until_told()
        leads, told = self.bystander.leads(), self.bystander.ground.told()
        self.assertEqual("T", state_of(sleeper))

        sleeper.send_signal(signal.SIGCONT)
        self.wait_until_owns_some("node-0")  # it knows what happened to it, and takes its share again
        self.assertIsNone(sleeper.poll(), "it lives on")
        self.assertEqual(leads, self.bystander.leads(), step)
        self.end(first, sleeper)
        self.end(second, replaced)
        self.assertEqual(told, self.bystander.ground.told(), step)
        self.assert_as_the_reference(step)

    def test_a_node_that_slept_changes_nothing(self):
        known = failpoints()
        for step in [step for step in STEPS if step in known] or [""] * 3:
            with self.subTest(step=step or "anywhere"):
                begin = time.monotonic()
                self.sleeps_at(step)
                print(f"{step or 'anywhere':16} as it must be, {time.monotonic() - begin:.1f} s", flush=True)


if __name__ == "__main__":
    hub.main()
