"""A hospital's side of MLLP, and a hub that listens for it."""

import contextlib
import os
import signal
import socket
import subprocess
import time

import hub
import live


def frame(text):
    return b"\x0b" + (text if isinstance(text, bytes) else text.encode()) + b"\x1c\r"


class Sender:
    """One connection: frames out, answers in."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=hub.PATIENCE)
        self.received = b""

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        """The fields of MSA in the next answer; None when the hub has closed the connection."""
        while b"\x1c\r" not in self.received:
            try:
                more = self.socket.recv(65536)
            except ConnectionResetError:
                more = b""
            if not more:
                return None
            self.received += more
        answer, self.received = self.received.split(b"\x1c\r", 1)
        return next(segment for segment in answer.decode().split("\r") if segment.startswith("MSA|")).split("|")

    def deliver(self, text):
        self.send(frame(text))
        return self.answer()

    def answers(self):
        """All answers until the hub closes the connection."""
        return list(iter(self.answer, None))

    def close(self):
        self.socket.close()


class Listening:
    """`kinhub run` of a hub with one source, hospital-his, on a port of its own."""

    def __init__(self, journey, **settings):
        self.port = live.free_port()
        self.hub = journey.hub(sources=[{"name": "hospital-his", "settings": {"port": self.port, **settings}}])
        self.log = journey.folder / f"run-{self.port}.log"
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.hub.command("run"), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)

    def connect(self):
        """A connection, once the hub listens."""
        end = time.monotonic() + hub.PATIENCE
        while True:
            try:
                return Sender(self.port)
            except OSError:
                assert self.process.poll() is None, self.log.read_text()[-3000:]
                assert time.monotonic() < end, "the hub does not listen"
                time.sleep(0.02)

    def kill(self):
        """kill -9 of the hub and all its connectors."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=hub.PATIENCE)

    def wait_until_stored(self, count):
        def stored():
            balance = self.hub.balance()
            return balance["received"] >= count and balance["in_flight"] == 0
        live.wait(stored, f"{count} events to be stored")


@contextlib.contextmanager
def listening(journey, **settings):
    one = Listening(journey, **settings)
    one.start()
    try:
        yield one
    finally:
        one.stop()
