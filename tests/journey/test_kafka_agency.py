"""An agency that publishes the changes of its table to Kafka: what it writes opens leads, what it deletes takes them back.

The agency's broker is none of the hub's: it dies and comes back as it likes.
"""

import copy
import json
import os
import pathlib
import signal
import subprocess

import hub
import live
import servers
from hub import DISABILITY, Journey, by_person

SAMPLES = hub.SOURCE / "mappings" / "kafka_topic" / "samples"
PARENTS = ("322228197404190118", "32222819760704046X")  # of police_birth_2003.xml, whose daughter the cards are of
TOPIC = "dpf.register.disability_card"


def change(name, schema=False, at_ms=None, **columns):
    """A sample change as (key, value), with other columns; with its schema around it, as Debezium writes it unless told not to."""
    said = json.loads((SAMPLES / f"disability_{name}.json").read_text())
    for row in (said["before"], said["after"]):
        if row:
            row.update(columns)
    if at_ms:
        said["source"]["ts_ms"] = at_ms
    key = {"id": (said["after"] or said["before"])["id"]}
    if schema:
        said = {"schema": {"type": "struct", "name": TOPIC + ".Envelope", "optional": False, "fields": []}, "payload": said}
        key = {"schema": {"type": "struct", "name": TOPIC + ".Key", "optional": False, "fields": []}, "payload": key}
    return json.dumps(key).encode(), json.dumps(copy.deepcopy(said), ensure_ascii=False).encode()


def children(parent):
    """The processes that a process has started."""
    found = set()
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.add(int(stat.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


class ChangesOfATable(Journey):

    def setUp(self):
        super().setUp()
        self.broker = servers.Broker()
        self.addCleanup(self.broker.close)
        self.broker.start()
        self.broker.create_topic(TOPIC)
        self.one = self.hub(sources=[
            {"name": "public-security"},
            {"name": "dpf", "connector": "kafka_topic", "isolation": "process",
             "settings": {"brokers": self.broker.address, "topics": [TOPIC], "envelope": "debezium", "key": ["id"], "patience_ms": "2000"}},
        ])
        self.one.do("ingest", "public-security", hub.SAMPLES / "police_birth_2003.xml")
        self.running = None
        self.addCleanup(lambda: self.running and self.running.poll() is None and self.running.kill())

    def run_hub(self):
        with open(self.folder / "hub.log", "ab") as log:
            self.running = subprocess.Popen(self.one.command("run"), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop_hub(self):
        self.assertIsNone(self.running.poll(), "the hub still runs")
        self.running.send_signal(signal.SIGTERM)
        self.assertEqual(0, self.running.wait(60), self.log())

    def write(self, *records):
        self.broker.write(TOPIC, records)

    def received(self):
        return self.one.balance()["sources"]["dpf"]["received"]

    def wait_until_said(self, words):
        live.wait(lambda: words in self.log(), f"the hub to say: {words}")

    def log(self):
        return (self.folder / "hub.log").read_text()

    def wait_for_leads(self, count):
        live.wait(lambda: len(self.one.open_leads()) == count, f"{count} open leads")

    def test_a_delete_takes_back_what_a_change_opened_while_the_broker_comes_and_goes(self):
        self.run_hub()
        self.write(change("created", schema=True))
        self.wait_for_leads(2)
        leads = by_person(self.one.open_leads())
        self.assertEqual({(person, DISABILITY) for person in PARENTS}, set(leads))
        for lead in leads.values():
            self.assertEqual(("new", 46000), (lead["kind"], lead["amount"]["fen"]))

        self.broker.kill()
        self.wait_until_said("no broker can be reached")
        self.one.do("ingest", "public-security", hub.SAMPLES / "police_birth_2003.xml")  # the others go on
        self.assertEqual(2, len(self.one.open_leads()))
        self.broker.start()
        self.write(change("updated"), (b'{"id":702}', b"no change at all"))
        live.wait(lambda: self.received() == 3, "what was written after the broker came back")
        self.assertEqual(set(leads), set(by_person(self.one.open_leads())))

        self.broker.pause()
        connectors = children(self.running.pid)
        self.assertEqual(1, len(connectors), "the connector runs in a process of its own, the other source has none")
        for process in connectors:
            os.kill(process, signal.SIGKILL)
        self.broker.resume()
        key, deleted = change("deleted")
        self.write((key, deleted), (key, None))
        self.wait_for_leads(0)
        self.assertEqual([], self.one.open_leads())
        self.assertEqual({"closed"}, {lead["state"] for lead in self.one.leads()})
        self.stop_hub()
        balance = self.assert_closes(self.one)["sources"]["dpf"]
        self.assertEqual((4, 3, 1, 0), tuple(balance[part] for part in ("received", "applied", "quarantined", "duplicate")))
        told = self.one.notices()
        self.assertEqual(list(range(1, len(told) + 1)), [notice["seq"] for notice in told])

    def test_what_was_written_while_the_hub_was_away_is_read_once(self):
        self.run_hub()
        self.write(change("created"))
        self.wait_for_leads(2)
        self.stop_hub()
        self.write(change("updated"), change("deleted"))
        self.run_hub()
        self.wait_for_leads(0)
        self.stop_hub()
        balance = self.assert_closes(self.one)["sources"]["dpf"]
        self.assertEqual((3, 3), (balance["received"], balance["applied"]))

    def test_a_topic_made_anew_stops_its_source_alone(self):
        self.run_hub()
        self.write(change("created"), change("updated"))
        live.wait(lambda: self.received() == 2, "both changes")
        self.stop_hub()
        self.broker.recreate_topic(TOPIC)
        self.write(change("deleted"))
        self.run_hub()
        self.wait_until_said("made anew")
        live.wait(lambda: 'kinhub_source_failing{source="dpf"} 1' in (self.one.data / "metrics.prom").read_text(encoding="utf-8"), "the alarm")
        def state():
            return next(source["state"] for source in self.one.read("source", "list") if source["name"] == "dpf")
        self.assertRegex(state(), "^failing: .*made anew.*kinhub source rewind SOURCE --checkpoint --apply")
        self.assertEqual(2, len(self.one.open_leads()), "nothing is read from a topic that is not the one that was read")
        # It is moved on beside the hub, which goes on for all others.
        self.one.do("source", "rewind", "dpf", "--checkpoint", "--apply")
        self.wait_for_leads(0)
        live.wait(lambda: state() == "ready", "the source to be well again")
        refused = self.one.ask("source", "rewind", "dpf", "--checkpoint", "--apply")
        self.assertEqual(2, refused.code)
        self.assertIn(b"SOURCE_AT_WORK", refused.err)
        self.stop_hub()
        self.assert_closes(self.one, received=4)


if __name__ == "__main__":
    hub.main()
