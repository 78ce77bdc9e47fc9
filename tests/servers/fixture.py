"""Starts or stops a server for all tests of a build tree: fixture.py up|down kafka|postgres FOLDER PORT.

A server that an earlier, interrupted run left running is used again; what a stopped one left behind is thrown away.
"""
import os
import pathlib
import shutil
import subprocess
import sys

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "docker"


def main():
    verb, name, folder, port = sys.argv[1:]
    tool = TOOLS / f"{name}-local"

    def run(*arguments):
        return subprocess.run([sys.executable, tool, *arguments], stdin=subprocess.DEVNULL, check=False).returncode

    if verb == "down":
        if os.path.isdir(folder):
            run("stop", folder)
        shutil.rmtree(folder, ignore_errors=True)
        return 0
    if not os.path.isdir(folder) or run("status", folder) != 0:
        if os.path.isdir(folder):
            run("kill", folder)
        shutil.rmtree(folder, ignore_errors=True)
    return run("start", folder, "--port", port, *(["--secure"] if name == "kafka" else []))


sys.exit(main())
