"""The rules of the tree that a machine can check. Prints what breaks one, as file:line: what; exit 1 if any does.

usage: check.py [TREE]
"""
import datetime
import os
import re
import subprocess
import sys

TOP_FOLDERS = {"hub", "plugins", "connectors", "mappings", "docker", "tests", "docs", ".ci"}
CODE = (".cpp", ".hpp", ".h", ".c", ".ts", ".vue", ".py", ".sh")
TEXT = CODE + (".md", ".txt", ".json", ".yaml", ".yml", ".cmake")
# Captured agency files and their kin are bytes, not our text.
CAPTURED = (".xml", ".hl7", ".csv")
HEAVY = ("nlohmann/", "boost/asio", "boost/beast", "pugixml", "simdjson")
# The examples that GB 11643-1999 itself prints.
STANDARD_NUMBERS = {"1101051949" + "1231002X", "4405241880" + "01010014"}
DOORS = ("cli", "api")
UNGUARDED = ("hub/desk/desk.hpp", "hub/desk/local_desk.hpp")
TEST_REGION = "322228"
COLUMNS = 110  # as .clang-format says; counted in characters, as an editor does
# Words are joined here so that this file does not break its own rules.
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]) + r")\b")
SKIPPED = re.compile("GTEST_" + r"SKIP|\bDISABLED" + r"_\w|\.ski" + r"p\(|unittest\.ski" + "p")
REGISTRY = re.compile("|".join([
    r"\bpypi\." + "org", r"\bfiles\.pythonhosted" + r"\.org", r"registry\.npm" + "js", r"\brepo1?\.maven",
    r"maven\.org", r"\bghcr" + r"\.io", r"\bquay" + r"\.io", r"\bdocker" + r"\.io", r"\bdeb\.debian\.org",
    r"proxy\.golang\.org", r"static\.crates\.io", r"registry\.npmmirror", r"\bmirrors?\.[\w.-]+"]))
PRIVATE_PATH = re.compile(r"(?<![\w.$}])/(?:wor" + r"k|home|Users)/\w")
NUMBER = re.compile(rb"(?<![0-9A-Za-z.])([1-9][0-9]{16}[0-9Xx])(?![0-9A-Za-z])")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def files_of(tree):
    """Paths relative to the tree: what git keeps or would keep; every file when there is no git."""
    try:
        listed = subprocess.run(["git", "-C", tree, "ls-files", "-co", "--exclude-standard", "-z"],
                                capture_output=True, check=True).stdout.decode().split("\0")
        names = [name for name in listed if name and os.path.isfile(os.path.join(tree, name))]
        if names:
            return sorted(set(names))
    except (OSError, subprocess.CalledProcessError):
        pass
    names = []
    for folder, inside, files in os.walk(tree):
        inside[:] = [name for name in inside
                     if name not in (".git", "kinhub-data", "__pycache__") and not name.startswith("build")]
        names += [os.path.relpath(os.path.join(folder, name), tree) for name in files]
    return sorted(names)


def arrows_of(tree):
    """hub folder -> folders whose headers it may include, from the LINKS lines of hub/CMakeLists.txt."""
    with open(os.path.join(tree, "hub/CMakeLists.txt"), encoding="utf-8") as file:
        lists = file.read()
    found = re.findall(r'kinhub_folder\(\s*(\w+)\s+LINKS\s+([^)]*)\)', lists)
    return {name: set(re.findall(r"kinhub_(\w+)", links)) for name, links in found}


def valid_citizen_number(text):
    try:
        born = datetime.date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    if not 1850 <= born.year <= 2100:
        return False
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(text, weights)) % 11] == text[17].upper()


def check_header(name, lines, say):
    if name.endswith(".h"):
        if not lines or not lines[0].startswith(("/*", "//")):
            say(1, "a C header begins with a comment that says what it is")
        return
    if not lines or lines[0] != "#pragma once":
        say(1, "a header begins with #pragma once")
        return
    comment = []
    for line in lines[1:]:
        if not line.startswith("//"):
            break
        comment.append(line)
    text = " ".join(comment)
    if len(text) < 20 or not re.search(r"[.。:]", text):
        say(2, "after #pragma once stands one sentence: what this is")


def check_includes(name, lines, arrows, say):
    parts = name.split("/")
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        target = match.group(1)
        if target.startswith("hub/"):
            room = target.split("/")[1]
            if parts[0] in ("connectors", "plugins") and room != "base":
                say(number, f"{parts[0]}/ knows the contract (kinhub/...) and hub/base, not the hub: {target}")
            elif parts[0] == "hub":
                own = parts[1] if len(parts) > 2 else "cli"
                if own in DOORS and target in UNGUARDED:
                    say(number, f"hub/{own} is a door: it asks the hub through hub/desk/guarded_desk.hpp alone")
                if room != own and room not in arrows.get(own, set()):
                    say(number, f"hub/{own} may not include {target}: the LINKS of hub/CMakeLists.txt do not name it")
        if parts[0] == "hub" and name.endswith(".hpp") and target.startswith(HEAVY):
            say(number, f"{target} is costly to compile: only in .cpp files")


def check(tree):
    """All problems of a tree, as 'file:line: what'."""
    problems = []
    arrows = arrows_of(tree)
    for name in files_of(tree):
        def say(line, what, name=name):
            problems.append(f"{name}:{line}: {what}")

        parts = name.split("/")
        if len(parts) > 1 and parts[0] not in TOP_FOLDERS:
            say(1, f"top-level folder {parts[0]}/ is not one of {' '.join(sorted(TOP_FOLDERS))}")
        if parts[0] == "hub" and len(parts) > 2 and name.endswith((".cpp", ".hpp")) and parts[1] not in arrows:
            say(1, f"hub/{parts[1]} has no LINKS line in hub/CMakeLists.txt")
        with open(os.path.join(tree, name), "rb") as file:
            data = file.read()
        for match in NUMBER.finditer(data):
            number = match.group(1).decode()
            if (not number.startswith(TEST_REGION) and number.upper() not in STANDARD_NUMBERS
                    and valid_citizen_number(number)):
                say(data.count(b"\n", 0, match.start()) + 1,
                    f"a valid citizen number of region {number[:6]}: people in tests are invented, region {TEST_REGION}")
        base = parts[-1]
        if base.endswith(CAPTURED) or not (base.endswith(TEXT) or base in ("Makefile", "Dockerfile", "run")):
            continue
        try:
            lines = data.decode("utf-8").splitlines()
        except UnicodeDecodeError:
            say(1, "not UTF-8")
            continue
        for number, line in enumerate(lines, 1):
            # Files with one mistake each: a tab is that of some of them.
            if "\t" in line and base != "Makefile" and parts[:3] != ["tests", "data", "wrong"]:
                say(number, "a tab")
            if base.endswith((".cpp", ".hpp", ".h", ".c")) and len(line) > COLUMNS:
                say(number, f"longer than {COLUMNS} columns: make format, and break by hand what it leaves")
            if base.endswith(CODE) and UNFINISHED.search(line):
                say(number, "a mark of unfinished work: what is left belongs in an issue")
            if parts[0] == "tests" and SKIPPED.search(line):
                say(number, "a skipped test")
            if REGISTRY.search(line):
                say(number, "the name of a package registry or mirror")
            if PRIVATE_PATH.search(line):
                say(number, "a path of one machine")
        if base.endswith((".hpp", ".h")):
            check_header(name, lines, say)
        if base.endswith((".cpp", ".hpp", ".h", ".c")):
            check_includes(name, lines, arrows, say)
    return problems


def main():
    tree = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
    problems = check(os.path.abspath(tree))
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems" if problems else "style: nothing to say")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
