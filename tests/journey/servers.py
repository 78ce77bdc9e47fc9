"""The real Kafka and PostgreSQL under a journey: to reach the ones ctest started, and to have one's own that may be hurt.

`Broker()` and `Postgres()` are servers of one's own in a folder, with start, stop, kill, pause, resume, restart; `shared_broker()` and
`shared_postgres()` are those that all tests share: keep to a prefix and schema of your own there, and leave them running.
"""

import contextlib
import ctypes
import os
import pathlib
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time

DOCKER = pathlib.Path(__file__).resolve().parents[2] / "docker"


def fresh_name():
    """A name that no other test has, for a topic prefix or a schema."""
    return "j" + secrets.token_hex(6)


class Server:
    """A server of docker/*-local. Its folder is gone when the test is over: addCleanup(server.close)."""

    tool = ""
    before = ()  # a command that runs the tool, in a namespace of its own say

    def __init__(self, folder=None, **start_options):
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix=f"kinhub-{self.tool}-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)  # PostgreSQL's user must be able to pass
        self.options = [word for name, value in start_options.items()
                        for word in ([f"--{name}"] if value is True else [f"--{name}", str(value)])]
        self.address = None

    def run(self, verb, *arguments):
        done = subprocess.run([*self.before, sys.executable, DOCKER / self.tool, verb, self.folder, *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            raise AssertionError(f"{self.tool} {verb}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def start(self):
        """Returns when it is ready; on the port it had before, if it had one."""
        self.address = self.run("start", *self.options)
        return self

    def stop(self):
        self.run("stop")

    def kill(self):
        """SIGKILL, of all its processes."""
        self.run("kill")

    def pause(self):
        self.run("pause")

    def resume(self):
        self.run("resume")

    def restart(self):
        self.stop()
        return self.start()

    def close(self):
        with contextlib.suppress(AssertionError):
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


# ---- Kafka

class Reached:
    """What a test may do with a broker wherever it runs; topics by their full name."""

    address = None

    def topics(self):
        with Client(self.address) as client:
            return client.topics()

    def create_topic(self, topic, partitions=1, **settings):
        """Settings by their Kafka names with _ for .: cleanup_policy="compact"."""
        with Client(self.address) as client:
            client.create_topic(topic, partitions, {name.replace("_", "."): str(value) for name, value in settings.items()})

    def delete_topic(self, topic):
        with Client(self.address) as client:
            client.delete_topic(topic)
        end = time.monotonic() + 30
        while topic in self.topics():
            assert time.monotonic() < end, f"{topic} is still there after it was deleted"
            time.sleep(0.1)

    def delete_topics(self, prefix):
        """All topics whose names begin so."""
        with Client(self.address) as client:
            for topic in client.topics():
                if topic.startswith(prefix):
                    client.delete_topic(topic)

    def recreate_topic(self, topic, partitions=1, **settings):
        """The same name, empty, offsets from 0: what a careless hand does."""
        self.delete_topic(topic)
        end = time.monotonic() + 30
        while True:
            try:
                return self.create_topic(topic, partitions, **settings)
            except KafkaError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def delete_records(self, topic, before, partition=0):
        """Cuts the head of a topic off: what stands before offset `before` (-1: all) is gone."""
        with Client(self.address) as client:
            client.delete_records(topic, partition, before)

    def offsets(self, topic, partition=0):
        """(first, next) offset."""
        with Client(self.address) as client:
            return client.offsets(topic, partition)

    def read(self, topic, partition=0, committed=True, start=None):
        """All records there now, as (offset, key, value): of committed transactions only, or whatever was written."""
        with Client(self.address, {"isolation.level": "read_committed" if committed else "read_uncommitted"}) as client:
            return client.read(topic, partition, start)

    def write(self, topic, records, partition=0):
        """Appends (key, value) pairs, without a transaction."""
        with Client(self.address, consumer=False) as client:
            client.write(topic, partition, records)


class Broker(Server, Reached):
    """A Kafka broker of one's own. Options: version="4.3.1", secure=True."""

    tool = "kafka-local"


class Shared(Reached):
    def __init__(self, address):
        self.address = address


def shared_broker():
    return Shared(os.environ["KINHUB_TEST_KAFKA"])


# ---- PostgreSQL

class Sql:
    """What a test may do with a PostgreSQL wherever it runs."""

    address = None

    def sql(self, text):
        """The rows that psql prints, unaligned: one text a row, columns separated by |."""
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", self.address, "-c", text],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != 0:
            raise AssertionError(f"{text}: {done.stderr.strip()}")
        return done.stdout.splitlines()

    @property
    def password(self):
        return re.search(r"password=(\S+)", self.address)[1]

    @property
    def connection(self):
        """The connection string without its password, as a configuration has it."""
        return re.sub(r"\s*password=\S+", "", self.address)

    def drop_schema(self, schema):
        self.sql(f'SET client_min_messages = warning; DROP SCHEMA IF EXISTS "{schema}" CASCADE')


class Postgres(Server, Sql):
    """A PostgreSQL server of one's own."""

    tool = "postgres-local"


class SharedPostgres(Sql):
    def __init__(self, address):
        self.address = address


def shared_postgres():
    return SharedPostgres(os.environ["KINHUB_TEST_POSTGRES"])


# ---- A Kafka client: librdkafka itself, which every machine has that has the hub, through ctypes

class KafkaError(Exception):
    """What the client library says."""


class Message(ctypes.Structure):
    _fields_ = [("err", ctypes.c_int), ("rkt", ctypes.c_void_p), ("partition", ctypes.c_int32), ("payload", ctypes.c_void_p),
                ("len", ctypes.c_size_t), ("key", ctypes.c_void_p), ("key_len", ctypes.c_size_t), ("offset", ctypes.c_int64)]


class MetadataTopic(ctypes.Structure):
    _fields_ = [("topic", ctypes.c_char_p), ("partition_cnt", ctypes.c_int), ("partitions", ctypes.c_void_p), ("err", ctypes.c_int)]


class Metadata(ctypes.Structure):
    _fields_ = [("broker_cnt", ctypes.c_int), ("brokers", ctypes.c_void_p), ("topic_cnt", ctypes.c_int),
                ("topics", ctypes.POINTER(MetadataTopic))]


PRODUCER, CONSUMER = 0, 1
PARTITION_END, TIMED_OUT = -191, -185
MESSAGE_COPY = 2
PATIENCE_MS = 30_000


def library():
    lib = ctypes.CDLL("librdkafka.so.1")
    pointer, text, integer = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, arguments in (
            ("conf_new", pointer, []), ("conf_set", integer, [pointer, text, text, text, ctypes.c_size_t]),
            ("new", pointer, [integer, pointer, text, ctypes.c_size_t]), ("destroy", None, [pointer]),
            ("err2str", text, [integer]), ("queue_new", pointer, [pointer]), ("queue_destroy", None, [pointer]),
            ("queue_poll", pointer, [pointer, integer]), ("event_error", integer, [pointer]),
            ("event_error_string", text, [pointer]), ("event_destroy", None, [pointer]),
            ("NewTopic_new", pointer, [text, integer, integer, text, ctypes.c_size_t]),
            ("NewTopic_set_config", integer, [pointer, text, text]), ("NewTopic_destroy", None, [pointer]),
            ("DeleteTopic_new", pointer, [text]), ("DeleteTopic_destroy", None, [pointer]),
            ("DeleteRecords_new", pointer, [pointer]), ("DeleteRecords_destroy", None, [pointer]),
            ("CreateTopics", None, [pointer, pointer, ctypes.c_size_t, pointer, pointer]),
            ("DeleteTopics", None, [pointer, pointer, ctypes.c_size_t, pointer, pointer]),
            ("DeleteRecords", None, [pointer, pointer, ctypes.c_size_t, pointer, pointer]),
            ("event_CreateTopics_result", pointer, [pointer]), ("event_DeleteTopics_result", pointer, [pointer]),
            ("CreateTopics_result_topics", ctypes.POINTER(pointer), [pointer, ctypes.POINTER(ctypes.c_size_t)]),
            ("DeleteTopics_result_topics", ctypes.POINTER(pointer), [pointer, ctypes.POINTER(ctypes.c_size_t)]),
            ("topic_result_error", integer, [pointer]), ("topic_result_error_string", text, [pointer]),
            ("topic_partition_list_new", pointer, [integer]), ("topic_partition_list_destroy", None, [pointer]),
            ("topic_partition_list_add", pointer, [pointer, text, ctypes.c_int32]),
            ("topic_partition_list_set_offset", integer, [pointer, text, ctypes.c_int32, ctypes.c_int64]),
            ("query_watermark_offsets", integer, [pointer, text, ctypes.c_int32, ctypes.POINTER(ctypes.c_int64),
                                                  ctypes.POINTER(ctypes.c_int64), integer]),
            ("metadata", integer, [pointer, integer, pointer, ctypes.POINTER(ctypes.POINTER(Metadata)), integer]),
            ("metadata_destroy", None, [ctypes.POINTER(Metadata)]),
            ("assign", integer, [pointer, pointer]), ("consumer_poll", ctypes.POINTER(Message), [pointer, integer]),
            ("message_destroy", None, [ctypes.POINTER(Message)]), ("poll_set_consumer", integer, [pointer]),
            ("topic_new", pointer, [pointer, text, pointer]), ("topic_destroy", None, [pointer]),
            ("produce", integer, [pointer, ctypes.c_int32, integer, text, ctypes.c_size_t, text, ctypes.c_size_t, pointer]),
            ("last_error", integer, []), ("flush", integer, [pointer, integer])):
        function = getattr(lib, "rd_kafka_" + name)
        function.restype, function.argtypes = result, arguments
    return lib


class Client:
    """One connection to a broker, closed at the end of the `with`."""

    lib = None

    def __init__(self, address, settings=None, consumer=True):
        Client.lib = Client.lib or library()
        self.consumer = consumer
        conf = self.lib.rd_kafka_conf_new()
        asked = {"bootstrap.servers": address, "log_level": "0", **(settings or {})}
        if consumer:
            asked.update({"group.id": fresh_name(), "enable.auto.commit": "false", "enable.partition.eof": "true", "auto.offset.reset": "error"})
        error = ctypes.create_string_buffer(512)
        for name, value in asked.items():
            if self.lib.rd_kafka_conf_set(conf, name.encode(), value.encode(), error, 512) != 0:
                raise KafkaError(error.value.decode())
        self.handle = self.lib.rd_kafka_new(CONSUMER if consumer else PRODUCER, conf, error, 512)
        if not self.handle:
            raise KafkaError(error.value.decode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lib.rd_kafka_destroy(self.handle)

    def check(self, code, what):
        if code != 0:
            raise KafkaError(f"{what}: {self.lib.rd_kafka_err2str(code).decode()}")

    def topics(self):
        found = ctypes.POINTER(Metadata)()
        self.check(self.lib.rd_kafka_metadata(self.handle, 1, None, ctypes.byref(found), PATIENCE_MS), "topics")
        names = {found.contents.topics[i].topic.decode(): found.contents.topics[i].partition_cnt for i in range(found.contents.topic_cnt)}
        self.lib.rd_kafka_metadata_destroy(found)
        return names

    def ask(self, call, what, result=None):
        """Sends an admin request and waits for its answer."""
        queue = self.lib.rd_kafka_queue_new(self.handle)
        request = (ctypes.c_void_p * 1)(what)
        getattr(self.lib, f"rd_kafka_{call}")(self.handle, request, 1, None, queue)
        event = self.lib.rd_kafka_queue_poll(queue, 2 * PATIENCE_MS)
        try:
            if not event:
                raise KafkaError(f"{call}: no answer")
            if self.lib.rd_kafka_event_error(event) != 0:
                raise KafkaError(f"{call}: {self.lib.rd_kafka_event_error_string(event).decode()}")
            if result:
                count = ctypes.c_size_t()
                answer = getattr(self.lib, f"rd_kafka_event_{result}")(event)
                topics = getattr(self.lib, f"rd_kafka_{result}_topics")(answer, ctypes.byref(count))
                for i in range(count.value):
                    if self.lib.rd_kafka_topic_result_error(topics[i]) != 0:
                        raise KafkaError(f"{call}: {(self.lib.rd_kafka_topic_result_error_string(topics[i]) or b'refused').decode()}")
        finally:
            if event:
                self.lib.rd_kafka_event_destroy(event)
            self.lib.rd_kafka_queue_destroy(queue)

    def create_topic(self, topic, partitions, settings):
        error = ctypes.create_string_buffer(512)
        wish = self.lib.rd_kafka_NewTopic_new(topic.encode(), partitions, 1, error, 512)
        if not wish:
            raise KafkaError(error.value.decode())
        for name, value in settings.items():
            self.check(self.lib.rd_kafka_NewTopic_set_config(wish, name.encode(), value.encode()), name)
        try:
            self.ask("CreateTopics", wish, "CreateTopics_result")
        finally:
            self.lib.rd_kafka_NewTopic_destroy(wish)

    def delete_topic(self, topic):
        wish = self.lib.rd_kafka_DeleteTopic_new(topic.encode())
        try:
            self.ask("DeleteTopics", wish, "DeleteTopics_result")
        finally:
            self.lib.rd_kafka_DeleteTopic_destroy(wish)

    def partition_at(self, topic, partition, offset):
        place = self.lib.rd_kafka_topic_partition_list_new(1)
        self.lib.rd_kafka_topic_partition_list_add(place, topic.encode(), partition)
        self.lib.rd_kafka_topic_partition_list_set_offset(place, topic.encode(), partition, offset)
        return place

    def delete_records(self, topic, partition, before):
        first, end = self.offsets(topic, partition)
        wanted = end if before < 0 else before
        place = self.partition_at(topic, partition, wanted)
        wish = self.lib.rd_kafka_DeleteRecords_new(place)
        self.lib.rd_kafka_topic_partition_list_destroy(place)
        try:
            self.ask("DeleteRecords", wish)
        finally:
            self.lib.rd_kafka_DeleteRecords_destroy(wish)
        now = self.offsets(topic, partition)[0]
        if now < max(wanted, first):
            raise KafkaError(f"DeleteRecords: {topic} begins at {now}, not at {wanted}")

    def offsets(self, topic, partition):
        first, end = ctypes.c_int64(), ctypes.c_int64()
        self.check(self.lib.rd_kafka_query_watermark_offsets(self.handle, topic.encode(), partition, ctypes.byref(first), ctypes.byref(end),
                                                             PATIENCE_MS), f"offsets of {topic}")
        return first.value, end.value

    def read(self, topic, partition, start):
        first, _ = self.offsets(topic, partition)
        place = self.partition_at(topic, partition, first if start is None else start)
        self.check(self.lib.rd_kafka_assign(self.handle, place), "assign")
        self.lib.rd_kafka_topic_partition_list_destroy(place)
        records, end = [], time.monotonic() + 2 * PATIENCE_MS / 1000
        while time.monotonic() < end:
            message = self.lib.rd_kafka_consumer_poll(self.handle, 1000)
            if not message:
                continue
            found = message.contents
            code = found.err
            if code == 0:
                key = ctypes.string_at(found.key, found.key_len) if found.key else None
                value = ctypes.string_at(found.payload, found.len) if found.payload else None
                records.append((found.offset, key, value))
            self.lib.rd_kafka_message_destroy(message)
            if code == PARTITION_END:
                return records
            # Broker errors pass by themselves; what the log itself says does not.
            if code not in (0, TIMED_OUT) and code > 0:
                self.check(code, f"read {topic}")
        raise KafkaError(f"read {topic}: no end after {len(records)} records")

    def write(self, topic, partition, records):
        place = self.lib.rd_kafka_topic_new(self.handle, topic.encode(), None)
        for key, value in records:
            if self.lib.rd_kafka_produce(place, partition, MESSAGE_COPY, value, len(value or b""), key, len(key or b""), None) != 0:
                raise KafkaError(self.lib.rd_kafka_err2str(self.lib.rd_kafka_last_error()).decode())
        self.check(self.lib.rd_kafka_flush(self.handle, PATIENCE_MS), f"write {topic}")
        self.lib.rd_kafka_topic_destroy(place)
