"""A backup of a hub at work, restored into a new place: nothing is lost, no number of a notice means two notices, and nothing that was changed
is taken."""

import json
import os
import shutil
import unittest

import hub
from hub import Hub, Journey
from live import wait

FIRST = ["civil_marriage.json", "hospital_death_A03.hl7", "police_death.xml"]
LATER = ["deathcert_daily.csv", "civil_cremation.json", "insurance_stop_death.json"]


class Backup(Journey):

    def backup(self, of, name="backup", **options):
        folder = self.folder / name
        extra = [word for option, value in options.items() for word in ("--" + option.replace("_", "-"), value)]
        return folder, of.do("backup", folder, *extra, "--json").json

    def decide(self, one, verdict):
        lead = one.open_leads()[0]
        one.do("lead", verdict, lead["id"], "--revision", lead["revision"], "--reason", "seen")

    def place(self, name="restored", of=None):
        data = self.folder / name
        config = self.folder / (name + ".yaml")
        config.write_text(json.dumps({"notices": {"file": str(data / "notices.jsonl")}}))
        made = Hub.__new__(Hub)
        made.data, made.today, made.ground, made.config = data, hub.TODAY, of.ground, config
        return made

    def key_of(self, of):
        key = self.folder / "apart.key"
        shutil.copy2(of.data / "kinhub.key", key)
        return key

    def test_what_was_backed_up_is_there_and_the_key_is_not(self):
        one = self.hub()
        one.ingest(*FIRST)
        key = self.folder / "apart.key"
        folder, made = self.backup(one, key_to=key)
        self.assertEqual(key.read_bytes(), (one.data / "kinhub.key").read_bytes())
        self.assertNotIn("kinhub.key", os.listdir(folder))
        self.assertEqual({0o600}, {path.stat().st_mode & 0o777 for path in folder.iterdir()})
        self.assertEqual(len(one.notices()), made["notices"])
        two = self.place(of=one)
        two.do("restore", folder, "--key", key)
        self.assertEqual(one.leads(), two.leads())
        self.assertEqual(one.notices(), two.notices())
        self.assertIn(b"all is well", two.do("doctor").out)
        two.ingest(*LATER)
        one.ingest(*LATER)
        self.assertEqual(hub.by_person(one.leads()).keys(), hub.by_person(two.leads()).keys())

    def test_a_number_of_a_notice_never_means_two(self):
        one = self.hub()
        one.ingest(*FIRST)
        folder, made = self.backup(one)
        self.decide(one, "confirm")  # told after the backup
        published = {notice["seq"]: notice["id"] for notice in one.notices()}
        self.assertGreater(max(published), made["notices"])
        # The readers' file is kept: the restored hub goes on behind it, without a gap.
        two = self.place(of=one)
        two.data.mkdir()
        shutil.copy2(one.data / "notices.jsonl", two.data / "notices.jsonl")
        done = two.do("restore", folder, "--key", self.key_of(one), "--json").json
        self.assertEqual(max(published) + 1, done["numbers"]["next"])
        two.ingest(*LATER)
        self.decide(two, "dismiss")
        told = two.notices()
        self.assertEqual(list(range(1, len(told) + 1)), [notice["seq"] for notice in told])
        self.assertEqual(published, {notice["seq"]: notice["id"] for notice in told[:len(published)]})
        self.assertGreater(len(told), len(published))
        self.assertIn(b"all is well", two.do("doctor").out)
        # Nobody knows what was published: the numbers jump.
        three = self.place("third", of=one)
        done = three.do("restore", folder, "--key", self.key_of(one), "--json").json
        self.assertGreater(done["numbers"]["next"], made["notices"] + 100_000)
        three.ingest(*LATER)
        self.assertFalse({notice["seq"] for notice in three.notices()[made["notices"]:]} & set(published))

    def test_a_store_put_back_by_hand_publishes_nothing_until_a_person_says_how(self):
        one = self.hub()
        one.ingest(*FIRST)
        shutil.copytree(one.data, self.folder / "older")
        self.decide(one, "confirm")
        last = max(notice["seq"] for notice in one.notices())
        for name in ("kinhub.db", "log.db"):
            shutil.copy2(self.folder / "older" / name, one.data / name)
        before = (one.data / "notices.jsonl").read_bytes()
        refused = one.ask("status")
        self.assertEqual(3, refused.code, str(refused))
        self.assertIn(b"kinhub notices restore", refused.err)
        self.assertEqual(1, one.ask("doctor").code)
        self.assertEqual(3, one.ask("status").code, "looking accepts nothing")
        # With its anchor put back as well, the file sink knows.
        anchor = (one.data / "store.anchor").read_bytes()
        shutil.copy2(self.folder / "older" / "store.anchor", one.data / "store.anchor")
        lead = one.open_leads()[0]
        told = one.ask("lead", "dismiss", lead["id"], "--revision", lead["revision"], "--reason", "otherwise")
        self.assertIn(b"kinhub notices restore", told.err, str(told))
        self.assertEqual(before, (one.data / "notices.jsonl").read_bytes())
        (one.data / "store.anchor").write_bytes(anchor)
        plan = one.do("notices", "restore", "--json", code=1).json
        self.assertEqual(False, plan["applied"])
        self.assertGreaterEqual(plan["next"], last + 1)
        self.assertEqual(plan["next"], one.do("notices", "restore", "--apply", "--json").json["next"])
        one.ingest(*LATER)
        self.assertTrue((one.data / "notices.jsonl").read_bytes().startswith(before))
        sequences = [notice["seq"] for notice in one.notices()]
        self.assertEqual(sorted(set(sequences)), sequences)

    def test_a_hub_at_work_is_backed_up(self):
        one = self.hub()
        one.ingest(*FIRST)
        running = hub.subprocess.Popen(one.command("run"), stdout=hub.subprocess.DEVNULL, stderr=hub.subprocess.DEVNULL)
        self.addCleanup(running.kill)
        wait(lambda: (one.data / "metrics.prom").exists(), "the hub to be at work")
        folders = []
        for number, file in enumerate(LATER):
            one.ingest(file)
            folders.append(self.backup(one, f"backup-{number}")[0])
        running.kill()  # as it comes
        running.wait()
        for number, folder in enumerate(folders):
            two = self.place(f"restored-{number}", of=one)
            two.do("restore", folder, "--key", self.key_of(one))
            self.assertIn(b"all is well", two.do("doctor").out)
            (self.folder / "apart.key").unlink()
        self.assert_closes(two)
        self.assertEqual(one.leads(), two.leads())

    def test_a_restore_that_was_stopped_opens_nowhere_and_is_run_again(self):
        one = self.hub()
        one.ingest(*FIRST)
        folder, _ = self.backup(one)
        key = self.key_of(one)
        two = self.place(of=one)
        two.data.mkdir(mode=0o700)
        for name in ("kinhub.db-wal", "log.db-shm"):
            (two.data / name).write_bytes(b"of another database")
            left = two.ask("restore", folder, "--key", key)
            self.assertEqual(2, left.code, str(left))
            self.assertIn(b"RESTORE_NOT_EMPTY", left.err)
            self.assertIn(name.encode(), left.err)
            (two.data / name).unlink()
        # As it is when the power fails: the copies stand there, no number is given up yet.
        (two.data / "restore.unfinished").write_text("begun\n")
        for name in ("kinhub.db", "log.db", "notices.jsonl"):
            shutil.copy2(folder / name, two.data / name)
        (two.data / "kinhub.key").write_bytes(b"torn")
        (two.data / "kinhub.key").chmod(0o600)
        for command in (("status",), ("doctor",), ("backup", self.folder / "other")):
            refused = two.ask(*command)
            self.assertNotEqual(0, refused.code, str(refused))
            self.assertIn(b"kinhub restore", refused.err + refused.out)
        two.do("restore", folder, "--key", key)
        self.assertFalse((two.data / "restore.unfinished").exists())
        self.assertIn(b"all is well", two.do("doctor").out)
        before = max(notice["seq"] for notice in one.notices())
        two.ingest(*LATER)
        told = [notice["seq"] for notice in two.notices() if notice["seq"] > before]
        self.assertGreater(min(told, default=before + 2), before + 1, "a copy is no readers' file")

    def test_what_was_changed_or_is_not_empty_is_refused(self):
        one = self.hub()
        one.ingest(*FIRST)
        folder, _ = self.backup(one)
        key = self.key_of(one)
        two = self.place(of=one)
        def refused(code, *arguments, of=two):
            answer = of.ask("restore", *arguments)
            self.assertEqual(2, answer.code, str(answer))
            self.assertIn(code, answer.err.decode())
        refused("RESTORE_KEY", folder)
        refused("RESTORE_FOLDER", self.folder, "--key", key)
        refused("RESTORE_NOT_EMPTY", folder, of=one)
        other = self.folder / "other.key"
        other.write_text("7" * 64 + "\n")
        other.chmod(0o600)
        refused("RESTORE_KEY", folder, "--key", other)
        database = (folder / "kinhub.db").read_bytes()
        (folder / "kinhub.db").write_bytes(database[:5000] + bytes([database[5000] ^ 1]) + database[5001:])
        refused("RESTORE_FILE", folder, "--key", key)
        (folder / "kinhub.db").write_bytes(database)
        manifest = (folder / "manifest.json").read_text()
        (folder / "manifest.json").write_text(manifest.replace('"persons":', '"persons":1'))
        refused("RESTORE_KEY", folder, "--key", key)
        (folder / "manifest.json").write_text(manifest)
        self.assertFalse(two.data.exists())
        two.do("restore", folder, "--key", key)
        self.assertIn("BACKUP_FOLDER", one.ask("backup", folder).err.decode())
        self.assertIn("BACKUP_KEY", one.ask("backup", self.folder / "new", "--key-to", self.folder / "new" / "kinhub.key").err.decode())


if __name__ == "__main__":
    hub.main()
