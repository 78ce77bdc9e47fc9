"""The line to a hospital: what is acknowledged survives kill -9, trouble of the hub is no fault of the message, and what a sender floods or
tries again and again costs a bounded number of answers and bytes.

KINHUB_KILLS is how many kills after an acknowledgement (`make test` 12, `make soak` 200).
"""

import contextlib
import os
import random
import sqlite3

import hub
import live
import mllp

KILLS = int(os.environ.get("KINHUB_KILLS", "12"))


def death(nth, control_id=None, note="", asks=""):
    number = hub.citizen_number("19500312", nth % 1000)
    return (f"MSH|^~\\&|HIS|YY320812A|HUB|WJW|20261118064512||ADT^A03|{control_id or nth}|P|2.5.1{asks}\r"
            f"PID|1||C{nth}^^^YY320812A^PI~{number}^^^CN^NNCN||Mou{nth}||19500312|M" + "|" * 21 + "20261118|Y\r"
            f"PV1|1|I\r{note}").encode()


class HospitalLine(hub.Journey):
    def test_what_was_acknowledged_survives_kill_9(self):
        chance = random.Random(self.seed())
        one = mllp.Listening(self)
        acknowledged = 0
        for _ in range(KILLS):
            one.start()
            for _ in range(chance.randrange(1, 6)):
                self.deliver(one, acknowledged)
                acknowledged += 1
            one.kill()
        one.start()
        one.connect().close()
        one.wait_until_stored(acknowledged)
        one.stop()
        balance = self.assert_closes(one.hub)
        self.assertEqual(acknowledged, balance["applied"], "lost 0, twice 0")
        self.assertEqual(balance["received"], balance["applied"] + balance["duplicate"])
        print(f"{KILLS} kills, {acknowledged} acknowledged, 0 lost", flush=True)

    def deliver(self, one, nth):
        """Sends a message until it is acknowledged: the connector of a hub that was killed may still take a connection."""
        for _ in range(100):
            with contextlib.closing(one.connect()) as sender:
                told = sender.deliver(death(nth))
            if told is not None:
                self.assertEqual(["MSA", "AA", str(nth)], told)
                return
        self.fail("no answer")

    def test_a_flood_is_one_answer_one_event_and_the_end(self):
        # Of one kind of noise the first is logged, what is no message once for each.
        floods = [b"\x0b" * 65536, b"\x0b\x1c\r" * 20000, b"\0" * 65536, b"\x0bx\x1c\r" * 5000]
        with mllp.listening(self) as one:
            for flood in floods:
                with contextlib.closing(one.connect()) as sender:
                    sender.send(flood)
                    self.assertEqual(["AR"], [answer[1] for answer in sender.answers()], flood[:3])
            with contextlib.closing(one.connect()) as sender:
                self.assertEqual("AA", sender.deliver(death(1))[1], "others are served as before")
            one.wait_until_stored(3)
        self.assert_closes(one.hub, applied=1, quarantined=2)
        rows = one.hub.read("quarantine", "list")
        self.assertEqual(["HL7_NO_MSH", "MLLP_NOISE"], sorted(row["code"] for row in rows))
        self.assertLess(sum(row["bytes"] for row in rows), 100)

    def test_what_is_tried_again_is_logged_once_and_in_part(self):
        too_large = b"\x0b" + death(1, note="NTE|1||" + "x" * 5_000_000 + "\r") + b"\x1c\r"
        with mllp.listening(self) as one:
            for _ in range(5):
                with contextlib.closing(one.connect()) as sender:
                    sender.send(too_large)
                    self.assertEqual([["MSA", "AR", "1"]], sender.answers())
            one.wait_until_stored(1)
        rows = one.hub.read("quarantine", "list")
        self.assertEqual([("MLLP_TOO_LARGE", 4096)], [(row["code"], row["bytes"]) for row in rows])
        stored = sum(file.stat().st_size for file in one.hub.data.rglob("*") if file.is_file())
        self.assertLess(stored, 4_000_000, "a store of its own size, and nothing of the 25 MB")


# The log of one machine is held up by its lock; outages of a broker are told by test_broker_faults.
if hub.LOG == "embedded":

    class LineOfOneMachine(hub.Journey):
        def test_trouble_of_the_hub_is_no_fault_of_the_message(self):
            with mllp.listening(self) as one:
                with contextlib.closing(one.connect()) as sender:
                    self.assertEqual("AA", sender.deliver(death(1))[1])
                    with self.locked(one.hub):
                        self.assertEqual(["MSA", "AR", "2"], sender.deliver(death(2)))

                def delivered():
                    with contextlib.closing(one.connect()) as sender:
                        return (sender.deliver(death(2)) or ["", ""])[1] == "AA"
                live.wait(delivered, "the hub to take messages again")
                one.wait_until_stored(2)
            self.assert_closes(one.hub, applied=2, quarantined=0)
            self.assertRegex(one.log.read_text(), "hospital-his: the event log does not take messages")

        @contextlib.contextmanager
        def locked(self, one):
            """While somebody else holds the log's lock."""
            other = sqlite3.connect(one.data / "log.db", isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                other.execute("ROLLBACK")
                other.close()


if __name__ == "__main__":
    hub.main()
