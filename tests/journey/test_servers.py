"""The harness's own servers and clients do what journeys on them rely on."""

import os
import unittest

import servers


class Kafka(unittest.TestCase):

    def setUp(self):
        self.broker = servers.shared_broker()
        self.topic = servers.fresh_name() + ".events"
        self.broker.create_topic(self.topic)
        self.addCleanup(self.broker.delete_topic, self.topic)

    def values(self, **how):
        return [(offset, value) for offset, _, value in self.broker.read(self.topic, **how)]

    def test_what_is_written_is_read(self):
        self.broker.write(self.topic, [(b"k", b"one"), (None, b"two"), (b"k", None)])
        self.assertEqual([(0, b"k", b"one"), (1, None, b"two"), (2, b"k", None)], self.broker.read(self.topic))
        self.assertEqual([(2, None)], self.values(start=2))
        self.assertEqual((0, 3), self.broker.offsets(self.topic))

    def test_the_head_is_cut_off(self):
        self.broker.write(self.topic, [(None, b"%d" % i) for i in range(10)])
        self.broker.delete_records(self.topic, before=4)
        self.assertEqual((4, 10), self.broker.offsets(self.topic))
        self.assertEqual((4, b"4"), self.values()[0])
        self.broker.delete_records(self.topic, before=-1)
        self.assertEqual([], self.values())

    def test_a_topic_made_again_begins_at_nought(self):
        self.broker.write(self.topic, [(None, b"old")])
        self.broker.recreate_topic(self.topic)
        self.assertEqual((0, 0), self.broker.offsets(self.topic))
        self.broker.write(self.topic, [(None, b"new")])
        self.assertEqual([(0, b"new")], self.values())

    def test_what_kafka_refuses_is_said(self):
        with self.assertRaises(servers.KafkaError):
            self.broker.create_topic(self.topic)
        with self.assertRaises(servers.KafkaError):
            self.broker.delete_topic(self.topic + "-not-there")
        with self.assertRaises(servers.KafkaError):
            self.broker.delete_records(self.topic, before=5)

    def test_a_broker_of_ones_own_keeps_its_records_through_a_kill(self):
        broker = servers.Broker()
        self.addCleanup(broker.close)
        broker.start().create_topic("t")
        broker.write("t", [(None, b"kept")])
        address = broker.address
        broker.kill()
        broker.start()
        self.assertEqual(address, broker.address)
        self.assertEqual([(0, None, b"kept")], broker.read("t"))


class PostgreSQL(unittest.TestCase):

    def test_shared_and_ones_own(self):
        shared = servers.shared_postgres()
        self.assertEqual(["1|2"], shared.sql("SELECT 1, 2"))
        self.assertNotIn("password", shared.connection)
        schema = servers.fresh_name()
        shared.sql(f"CREATE SCHEMA {schema}")
        shared.drop_schema(schema)
        own = servers.Postgres()
        self.addCleanup(own.close)
        own.start().sql("CREATE TABLE t AS SELECT 7 AS n")
        own.kill()
        with self.assertRaises(AssertionError):
            own.sql("SELECT 1")
        self.assertEqual(["7"], own.start().sql("SELECT n FROM t"))
        self.assertNotEqual(os.environ["KINHUB_TEST_POSTGRES"], own.address)


if __name__ == "__main__":
    unittest.main(verbosity=2)
