"""What kafka-local and postgres-local share: a server of one's own under one folder, its process, port, and verbs.

Everything a server needs is under DIR, and DIR alone finds it again: `state.json` there names its process (with the
time it started, so that a reused number is not taken for it) and its ports. A server outlives the shell that started it.
"""
import argparse
import contextlib
import fcntl
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

DONE, WRONG, USED_WRONGLY, COULD_NOT_RUN = 0, 1, 2, 3


class Trouble(Exception):
    """Something to tell the caller, with the exit code that goes with it."""

    def __init__(self, text, code=COULD_NOT_RUN):
        super().__init__(text)
        self.code = code


def needed(program, package):
    """The path of a program, or Trouble that names the Debian package it is in."""
    found = shutil.which(program)
    if not found:
        raise Trouble(f"no {program} on this machine: install it (Debian: apt-get install {package})")
    return found


@contextlib.contextmanager
def locked(path):
    """One process at a time; the lock goes with the process that holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write_whole(path, text, mode=0o644):
    """A reader sees the file as it was or as it is to be, never a part."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix="." + path.name)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        os.fchmod(file.fileno(), mode)
    os.replace(name, path)


def stat_of(pid):
    """(state letter, parent, start time) of a process, or None when there is none."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return fields[0], int(fields[1]), int(fields[19])


def children_of(pid):
    """A process's descendants, children before theirs."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (stat := stat_of(entry)):
            parents.setdefault(stat[1], []).append(int(entry))
    found, look_at = [], [pid]
    while look_at:
        children = parents.get(look_at.pop(), [])
        found += children
        look_at += children
    return found


def free(port):
    """Whether a server could listen there now (connections in TIME_WAIT do not count, as servers reuse them)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port(taken=()):
    """A free port below those that the system hands out by itself, so that no connection takes it meanwhile."""
    for _ in range(1000):
        port = random.SystemRandom().randrange(20_000, 32_000)
        if port not in taken and free(port):
            return port
    raise Trouble("no free port between 20000 and 32000 on 127.0.0.1")


def last_lines(path, count):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()[-200_000:].splitlines()[-count:]
    except OSError:
        return []


class Server:
    """A server under one folder. What differs is in the sub-classes: prepare, command, answers, address."""

    name = ""            # as people say it
    stop_signal = signal.SIGTERM
    stop_patience_s = 30

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).absolute()
        self.log = self.folder / "server.log"
        self.state_file = self.folder / "state.json"

    # ---- what the sub-class says

    def prepare(self, state, arguments):
        """Makes what the server needs before it can start, and fills `state` (ports, version)."""
        raise NotImplementedError

    def command(self, state):
        """(command line, environment) of the server."""
        raise NotImplementedError

    def answers(self, state, log_text):
        """Whether it is ready for work; `log_text` is what it has written since this start."""
        raise NotImplementedError

    def address(self, state):
        raise NotImplementedError

    # ---- what it knows

    def state(self):
        try:
            return json.loads(self.state_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as why:
            raise Trouble(f"{self.state_file} cannot be read ({why}): is {self.folder} a folder of this script?") from why

    def save(self, state):
        write_whole(self.state_file, json.dumps(state, indent=1) + "\n", mode=0o600)

    def condition(self, state):
        """running, paused, stopped, or nothing (never started here)."""
        if not state:
            return "nothing"
        stat = stat_of(state["pid"]) if "pid" in state else None
        if not stat or stat[2] != state["born"] or stat[0] in "ZX":
            return "stopped"
        return "paused" if stat[0] == "T" else "running"

    def must_be(self, state, *wanted):
        condition = self.condition(state)
        if condition not in wanted:
            what = {"nothing": f"there is no {self.name} in {self.folder}: start one with `{me()} start {self.folder}`",
                    "stopped": f"{self.name} in {self.folder} is stopped: `{me()} start {self.folder}`",
                    "paused": f"{self.name} in {self.folder} is paused: `{me()} resume {self.folder}`",
                    "running": f"{self.name} in {self.folder} is running"}[condition]
            raise Trouble(what, WRONG)

    # ---- the verbs

    def start(self, arguments):
        state = self.state()
        condition = self.condition(state)
        if condition == "paused":
            self.must_be(state, "running")
        if condition == "running":
            asked = arguments.port
            if asked and asked != state["port"]:
                raise Trouble(f"{self.name} in {self.folder} already runs on port {state['port']}, not {asked}: "
                              f"stop it first, or take another folder", USED_WRONGLY)
        else:
            self.prepare(state, arguments)
            self.run(state, arguments.patience)
        print(self.address(state))

    def run(self, state, patience_s):
        if not free(state["port"]):
            raise Trouble(f"port {state['port']} of 127.0.0.1 is taken by another program: take another with --port, "
                          f"or --port 0 for a free one")
        command, environment = self.command(state)
        with open(self.log, "ab") as log:
            begin = log.tell()
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                                       env=environment, start_new_session=True)
        stat = stat_of(process.pid)
        state.update(pid=process.pid, born=stat[2] if stat else 0)
        self.save(state)
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            if process.poll() is not None:
                raise Trouble(f"{self.name} ended at its start with exit code {process.returncode}. "
                              f"The last lines of {self.log}:\n  " + "\n  ".join(last_lines(self.log, 12)))
            with open(self.log, "rb") as log:
                log.seek(begin)
                written = log.read().decode("utf-8", "replace")
            if self.answers(state, written):
                return
            time.sleep(0.1)
        raise Trouble(f"{self.name} did not get ready within {patience_s:g} s; it is left running. Look at {self.log}, "
                      f"give it longer with --patience, or `{me()} kill {self.folder}`")

    def stop(self, _arguments=None):
        state = self.state()
        if self.condition(state) in ("nothing", "stopped"):
            return
        pid = state["pid"]
        if self.condition(state) == "paused":
            self.resume()
        os.kill(pid, self.stop_signal)
        if not self.gone(state, self.stop_patience_s):
            print(f"{self.name} did not stop within {self.stop_patience_s} s and was killed", file=sys.stderr)
            self.kill()

    def gone(self, state, patience_s):
        end = time.monotonic() + patience_s
        while self.condition(state) not in ("stopped", "nothing"):
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    def kill(self, _arguments=None):
        """Ends it and all its processes as a crash would: nothing gets a chance to tidy up."""
        state = self.state()
        if self.condition(state) in ("nothing", "stopped"):
            return
        # Stopped first, so that it can neither make nor tidy up children while they are being counted.
        os.kill(state["pid"], signal.SIGSTOP)
        for pid in [*children_of(state["pid"]), state["pid"]]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not self.gone(state, 10):
            raise Trouble(f"process {state['pid']} does not go away even with SIGKILL")

    def signal_all(self, which):
        state = self.state()
        for pid in [state["pid"], *children_of(state["pid"])]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, which)

    def pause(self, _arguments=None):
        self.must_be(self.state(), "running", "paused")
        self.signal_all(signal.SIGSTOP)

    def resume(self, _arguments=None):
        self.must_be(self.state(), "running", "paused")
        self.signal_all(signal.SIGCONT)

    def restart(self, arguments):
        if not self.state():
            self.must_be({}, "running")
        self.stop()
        self.start(arguments)

    def status(self, _arguments=None):
        state = self.state()
        condition = self.condition(state)
        if condition == "nothing":
            print(f"nothing: no {self.name} was started in {self.folder}")
        elif condition == "stopped":
            print(f"stopped {self.address(state)}")
        else:
            print(f"{condition} {self.address(state)} process {state['pid']}")
        if condition != "running":
            raise Trouble("", WRONG)

    def logs(self, arguments):
        if not self.log.exists():
            self.must_be({}, "running")
        for line in last_lines(self.log, arguments.lines):
            print(line)


def me():
    return os.path.basename(sys.argv[0])


VERBS = {
    "start": "start it, wait until it is ready, print its address; does nothing but print when it runs already",
    "stop": "stop it in good order",
    "kill": "SIGKILL it and its processes, as a crash would",
    "pause": "SIGSTOP: it keeps its connections and answers nobody",
    "resume": "SIGCONT after pause",
    "restart": "stop and start, on the same port",
    "status": "running, paused, stopped or nothing; exit 0 only when running",
    "logs": "the last lines of its log",
}


def main(server_class, description, epilog, add_options, more_verbs=None):
    """Reads the command line, runs one verb under the folder's lock, and exits 0 done, 1 found something wrong, 2 used wrongly, 3 could not run."""
    parser = argparse.ArgumentParser(description=description, epilog=epilog,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    more = more_verbs or {}
    for name, (text, add, _) in more.items():
        add(verbs.add_parser(name, help=text, description=text))
    for name, text in VERBS.items():
        verb = verbs.add_parser(name, help=text, description=text)
        verb.add_argument("folder", metavar="DIR", help="the folder that holds all of it")
        if name in ("start", "restart"):
            verb.add_argument("--port", type=int, default=None, metavar="P",
                              help="on 127.0.0.1; 0 or none: the port it had here before, else a free one")
            verb.add_argument("--patience", type=float, default=120, metavar="SECONDS", help="how long to wait until it is ready (120)")
            add_options(verb)
        if name == "logs":
            verb.add_argument("--lines", type=int, default=50, metavar="N")
    arguments = parser.parse_args()
    try:
        if arguments.verb in more:
            more[arguments.verb][2](arguments)
            return DONE
        server = server_class(arguments.folder)
        if arguments.verb in ("status", "logs"):
            getattr(server, arguments.verb)(arguments)
        elif arguments.verb != "start" and not server.folder.is_dir():
            server.must_be({}, "running")
        else:
            with locked(server.folder / "lock"):
                getattr(server, arguments.verb)(arguments)
        return DONE
    except Trouble as why:
        if str(why):
            print(f"{me()}: {why}", file=sys.stderr)
        return why.code
    except PermissionError as why:
        print(f"{me()}: no right: {why}", file=sys.stderr)
        return COULD_NOT_RUN
    except OSError as why:
        print(f"{me()}: {why}", file=sys.stderr)
        return COULD_NOT_RUN
    except KeyboardInterrupt:
        return COULD_NOT_RUN
