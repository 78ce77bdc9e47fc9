"""docker/kafka-local and docker/postgres-local: what they promise, on servers of their own."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

DOCKER = pathlib.Path(os.environ["KINHUB_SOURCE"]) / "docker"


class LocalServer:
    """The same for both; what differs is in the two classes below."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kinhub-local-"))
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.server = self.folder / "server"
        self.addCleanup(self.run_tool, "kill", self.server)

    def run_tool(self, *arguments, **environment):
        return subprocess.run([sys.executable, DOCKER / self.tool, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=300, check=False, env={**os.environ, **environment})

    def do(self, *arguments, code=0):
        done = self.run_tool(*arguments)
        self.assertEqual(code, done.returncode, f"{arguments}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def process(self):
        return json.loads((self.server / "state.json").read_text())["pid"]

    def test_starts_stops_and_comes_back_where_it_was(self):
        address = self.do("start", self.server)
        first = self.process()
        self.assertEqual(address, self.do("start", self.server), "a second start prints the same")
        self.assertEqual(first, self.process(), "and starts nothing")
        self.assertIn("running", self.do("status", self.server))
        self.do("kill", self.server)
        self.assertIn("stopped", self.do("status", self.server, code=1))
        self.assertFalse(os.path.exists(f"/proc/{first}/exe"), "no process is left")
        self.assertEqual(address, self.do("start", self.server), "after a crash at the same address")
        self.do("pause", self.server)
        self.assertIn("paused", self.do("status", self.server, code=1))
        self.do("start", self.server, code=1)
        self.do("resume", self.server)
        self.assertIn("running", self.do("status", self.server))
        self.assertEqual(address, self.do("restart", self.server))
        self.assertNotEqual("", self.do("logs", self.server))
        self.do("pause", self.server)
        self.do("stop", self.server)
        self.do("stop", self.server)
        self.assertIn("stopped", self.do("status", self.server, code=1))

    def test_says_what_is_wrong(self):
        self.assertIn("nothing", self.do("status", self.server, code=1))
        self.do("pause", self.server, code=1)
        self.do("fly", self.server, code=2)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            done = self.run_tool("start", self.server, "--port", str(taken.getsockname()[1]))
        self.assertEqual(3, done.returncode)
        self.assertIn("taken", done.stderr)
        self.assertIn("--port 0", done.stderr)

    def test_names_the_package_that_is_missing(self):
        bare = self.folder / "bin"
        bare.mkdir()
        done = self.run_tool("start", self.server, PATH=str(bare), KINHUB_POSTGRES_BIN=str(bare))
        self.assertEqual(3, done.returncode)
        self.assertIn(f"apt-get install {self.package}", done.stderr)


class Kafka(LocalServer, unittest.TestCase):
    tool = "kafka-local"
    package = "openjdk-17-jre-headless"

    def test_several_fetch_at_once_and_one_mends_what_is_broken(self):
        libs = pathlib.Path(self.do("fetch"))
        cache = self.folder / "cache"
        cache.mkdir()
        shutil.copytree(libs, cache / libs.name, copy_function=os.link)
        self.assertEqual(str(cache / libs.name), self.run_tool("fetch", KINHUB_CACHE=str(cache)).stdout.strip())
        (cache / libs.name / "fetched.json").unlink()
        started = [subprocess.Popen([sys.executable, DOCKER / self.tool, "fetch"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                    text=True, env={**os.environ, "KINHUB_CACHE": str(cache)}) for _ in range(3)]
        said = [process.communicate(timeout=300) for process in started]
        self.assertEqual([0, 0, 0], [process.returncode for process in started], said)
        self.assertEqual(1, sum("fetching" in err for _, err in said), said)

    def test_the_secure_one_has_certificates_and_a_password(self):
        self.do("start", self.server, "--secure")
        secure = json.loads((self.server / "secure" / "secure.json").read_text())
        for name in ("ca_file", "certificate_file", "key_file"):
            self.assertTrue(os.path.exists(secure[name]), name)
        self.assertEqual(0o600, (self.server / "secure" / "secure.json").stat().st_mode & 0o777)
        host, port = secure["tls"].split(":")
        shown = subprocess.run(["openssl", "s_client", "-connect", f"{host}:{port}", "-CAfile", secure["ca_file"], "-cert",
                                secure["certificate_file"], "-key", secure["key_file"], "-verify_return_error"],
                               stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
        self.assertIn("Verify return code: 0 (ok)", shown.stdout, shown.stderr)


class Postgres(LocalServer, unittest.TestCase):
    tool = "postgres-local"
    package = "postgresql-15"

    def sql(self, address, text):
        return subprocess.run(["psql", "-X", "-A", "-t", address, "-c", text], capture_output=True, text=True, timeout=30, check=False)

    def test_keeps_what_was_committed_through_a_kill(self):
        address = self.do("start", self.server)
        self.assertEqual(0, self.sql(address, "CREATE TABLE kept AS SELECT 42 AS answer").returncode)
        self.do("kill", self.server)
        self.assertEqual(address, self.do("start", self.server))
        self.assertEqual("42\n", self.sql(address, "SELECT answer FROM kept").stdout)
        self.assertEqual("on\non\n", self.sql(address, "SHOW fsync").stdout + self.sql(address, "SHOW synchronous_commit").stdout)

    def test_a_wrong_password_is_refused(self):
        address = self.do("start", self.server)
        wrong = address.rpartition("=")[0] + "=wrong"
        self.assertNotEqual(0, self.sql(wrong, "SELECT 1").returncode)


if __name__ == "__main__":
    unittest.main(verbosity=2)
