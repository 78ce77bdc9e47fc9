"""Two nodes share the sources; one dies, the other has all of them within the lease, and nothing is lost or doubled.

Work order of Kafka and several nodes, "What it must show", f.
"""

import os
import signal
import time

import hub
from live import wait
from nodes import LEASE_SECONDS, Nodes

# A command that asks who owns what takes this long at worst on a loaded machine.
SLACK_SECONDS = 10


class TwoNodes(Nodes):

    def both_run(self):
        nodes = self.found(2)
        processes = [self.run_node(node) for node in nodes]
        wait(self.is_shared, "two nodes to share the sources and duties equally")
        return nodes, processes

    def is_shared(self):
        """Five sources and two duties: three for one node, four for the other."""
        owners = self.owners()
        return sorted(len(self.owns(owners, name)) for name in ("node-0", "node-1")) == [3, 4]

    def kill(self, process):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def test_the_other_takes_over_within_the_lease(self):
        for number in range(4):
            with self.subTest(number=number):
                nodes, processes = self.both_run()
                victim = number % 2
                feeders = self.feed()
                time.sleep(self.chosen.uniform(0, 1.5))
                self.kill(processes[victim])
                begin = time.monotonic()
                self.wait_until_owns_all(f"node-{1 - victim}")
                took = time.monotonic() - begin
                self.assertLess(took, LEASE_SECONDS + SLACK_SECONDS)
                self.ended(feeders)
                self.wait_until_told()
                self.end(nodes[1 - victim], processes[1 - victim])
                self.assert_as_the_reference(f"after node-{victim} died")
                print(f"node-{victim} died: the other had everything after {took:.1f} s, lease {LEASE_SECONDS} s", flush=True)

    def test_a_node_that_comes_back_has_its_share(self):
        nodes, processes = self.both_run()
        feeders = self.feed()
        for number in (0, 1, 0):
            time.sleep(self.chosen.uniform(0, 0.5))
            self.kill(processes[number])
            processes[number] = self.run_node(nodes[number])
        self.ended(feeders)
        wait(self.is_shared, "equal shares")
        self.wait_until_told()
        for node, process in zip(nodes, processes):
            self.end(node, process)
        self.assert_as_the_reference("after three deaths")

    def test_a_node_that_leaves_in_good_order_is_replaced_at_once(self):
        nodes, processes = self.both_run()
        feeders = self.feed()
        self.end(nodes[0], processes[0])
        self.assertEqual([], self.owns(self.owners(), "node-0"), "it kept a lease when it left")
        self.wait_until_owns_all("node-1")
        self.ended(feeders)
        self.wait_until_told()
        self.end(nodes[1], processes[1])
        self.assert_as_the_reference("after one left")


if __name__ == "__main__":
    hub.main()
