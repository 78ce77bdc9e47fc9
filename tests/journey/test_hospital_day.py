"""A day of a hospital with the shipped mappings, as a captured file and live over MLLP: every death that is stated is applied or waits in
quarantine with what is doubtful, every cancellation takes effect or leaves the death in doubt, and little waits."""

import contextlib

import hospital_day
import hub
import mllp

QUARANTINE_MAX = 0.02
DOUBTFUL = "death taken back under another key"


class HospitalDay(hub.Journey):
    SEEDS = (1, 2)

    def judge(self, one, day):
        balance = self.assert_closes(one)
        self.assertEqual(len(day.messages), balance["received"])
        codes = sorted(row["code"] for row in one.read("quarantine", "list"))
        self.assertEqual(["DEATH_CONTRADICTED"] * day.doubtful, codes)
        self.assertLess(balance["quarantined"], QUARANTINE_MAX * balance["received"])
        found = {patient.number: self.death_of(one, patient) for patient in day.patients if patient.died or patient.unclear}
        for patient in day.patients:
            if patient.taken_back:
                self.assertIn(found[patient.number], [(None, None), (patient.died, DOUBTFUL)], patient)
            elif patient.died:
                self.assertEqual((patient.died, "sure"), found[patient.number], patient)
        return found

    @staticmethod
    def death_of(one, patient):
        families = one.family(patient.number) or []
        members = [member for family in families for member in family["members"] if member["person"]["citizen_id"] == patient.number]
        died = (members[0]["died"] if members else None) or {}
        return died.get("on"), died.get("certainty")

    def test_captured_and_live_come_to_the_same(self):
        day = hospital_day.Day(self.seed())
        captured = self.hub()
        file = self.folder / "day.hl7"
        file.write_bytes(b"".join(message.text.encode() for message in day.messages))
        captured.do("ingest", "hospital-his", file, code=1)
        found = self.judge(captured, day)

        with mllp.listening(self) as running:
            with contextlib.closing(running.connect()) as sender:
                for message in day.messages:
                    told = sender.deliver(message.text)
                    self.assertIn(told[1], ("AA", "CA"))
                    self.assertEqual(message.control_id, told[2])
            running.wait_until_stored(len(day.messages))
        self.assertEqual(found, self.judge(running.hub, day))


if __name__ == "__main__":
    hub.main()
