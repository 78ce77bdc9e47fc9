"""A day of a hospital in HL7: the messages its systems send, in order, and what is true of its patients in the end.

Stays and visits of the living, births, deaths told by any event and in any spelling, discharges cancelled, charts merged, and between
them twice as many results, orders, documents and appointments. By a seed: one seed, one day.
"""

import dataclasses
import datetime
import random

import hub

FACILITY = "YY320812A"
CITIZEN_SYSTEM = "&2.16.156.10011.1.3&ISO"
DAY = datetime.datetime(2026, 11, 18)
# How the systems of a hospital spell one thing.
DEAD = ["Y", "Y", "y", "1", "DECEASED", "true", "是", ""]  # empty: a day in PID-29 says it
ALIVE = ["N", "N", "", "", "", "0", "U"]
LEFT_ALIVE = ["", "", "1", "2", "01", "02^another hospital^HL70112", "^好转", "4^非医嘱离院", "07"]
LEFT_DEAD = ["20", "20^死亡^HL70112", "5", "41", "^死亡", ""]
NUMBER_TYPES = [f"^^^{CITIZEN_SYSTEM}^NNCN"] * 6 + [f"^^^{CITIZEN_SYSTEM}^NI", "^^^CHN^NNCHN", f"^^^{CITIZEN_SYSTEM}", "^^^JK^SFZ"]
DEATH_EVENTS = ["A03"] * 8 + ["A01", "A02", "A04", "A05", "A06", "A08", "A08", "A28", "A31"]
TIMES = ["%Y%m%d%H%M%S", "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d%H%M%S.000+0800", "%Y%m%d"]
NO_VISIT = 0.1  # messages without the number of the visit
NO_PV1 = 0.1    # of A28 and A31


@dataclasses.dataclass
class Patient:
    """Who is treated, and what is true of the person at the end of the day."""

    number: str
    chart: str
    name: str
    born: str
    sex: str
    visit: str
    number_type: str
    died: str = None        # the day, if a death was stated and stands
    taken_back: bool = False
    unclear: bool = False   # what was stated contradicts itself: it waits in quarantine


@dataclasses.dataclass
class Message:
    at: datetime.datetime
    text: str
    control_id: str


class Day:
    """The messages of a day in `messages`, the patients in `patients`, how many wait in quarantine in `doubtful`."""

    def __init__(self, seed, patients=200, deaths=30):
        self.chance = random.Random(seed)
        self.messages, self.patients, self.doubtful = [], [], 0
        self.serial = 0
        self.asks = self.chance.choice(["||||", "|||AL|NE"])
        for nth in range(patients):
            patient = self.new_patient(nth)
            start = DAY + datetime.timedelta(minutes=self.chance.randrange(12 * 60))
            if nth < deaths:
                self.end_of_a_life(patient, start, nth)
            elif nth % 40 == 0:
                self.birth(patient, start)
            else:
                self.stay(patient, start)
        self.messages.sort(key=lambda message: message.at)  # stable: of one patient in their order

    # ---- people

    def new_patient(self, nth):
        chance = self.chance
        born = datetime.date(1935, 1, 1) + datetime.timedelta(days=chance.randrange(60 * 365))
        sex = chance.choice("MF")
        serial = 2 * (nth % 499) + (1 if sex == "M" else 2)
        name = "试" + "".join(chance.choice("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨") for _ in range(2))
        patient = Patient(hub.citizen_number(born.strftime("%Y%m%d"), serial), f"Z{nth:07}", name, born.strftime("%Y%m%d"), sex,
                          f"ZY{nth:08}", chance.choice(NUMBER_TYPES))
        self.patients.append(patient)
        return patient

    def written_name(self, patient):
        family, given = patient.name[:1], patient.name[1:]
        return self.chance.choice([patient.name, f"{patient.name}^^^^^^L", f"{family}^{given}", f"Shi^X^^^^^L^A~{patient.name}^^^^^^L^I"])

    # ---- messages

    def send(self, at, event, patient, segments, kind="ADT", processing="P"):
        self.serial += 1
        # As some systems do it, the control id begins again and again.
        control_id = str(self.serial % 500)
        head = (f"MSH|^~\\&|HIS|{FACILITY}|HUB|WJW|{at:%Y%m%d%H%M%S}||{kind}^{event}|{control_id}|{processing}|2.5.1{self.asks}||UNICODE UTF-8\r"
                f"EVN|{event}|{at:%Y%m%d%H%M%S}\r")
        self.messages.append(Message(at, head + "".join(segment + "\r" for segment in segments), control_id))

    def pid(self, patient, day="", indicator="", chart=None):
        number = f"~{patient.number}{patient.number_type}" if patient.number else ""
        fields = ["PID", "1", "", f"{chart or patient.chart}^^^{FACILITY}^PI{number}", "", self.written_name(patient), "", patient.born,
                  patient.sex] + [""] * 20 + [day, indicator]
        return "|".join(fields)

    def pv1(self, patient, disposition="", visit=None, kind="", discharged=""):
        visit = patient.visit if visit is None else visit
        return "|".join(["PV1", "1", "I", "", kind] + [""] * 14 + [visit] + [""] * 16 + [disposition] + [""] * 8 + [discharged])

    def visit(self, patient):
        return "" if self.chance.random() < NO_VISIT else patient.visit

    def ordinary(self, at, event, patient, disposition=""):
        segments = [self.pid(patient, indicator=self.chance.choice(ALIVE))]
        if event not in ("A28", "A31") or self.chance.random() > NO_PV1:
            segments.append(self.pv1(patient, disposition, self.visit(patient)))
        self.send(at, event, patient, segments)

    def beside(self, at, patient):
        """What other systems say of the same patient."""
        kind, event = self.chance.choice([("ORU", "R01"), ("ORU", "R01"), ("ORM", "O01"), ("MDM", "T02"), ("SIU", "S12")])
        self.send(at, event, patient, [self.pid(patient, indicator=self.chance.choice(["", "N"])), "OBX|1|TX|NOTE^note^L||line one\nline two"],
                  kind)

    # ---- stories

    def stay(self, patient, start):
        clock = Clock(start, self.chance)
        self.ordinary(clock.next(), self.chance.choice(["A28", "A05", "A04"]), patient)
        self.ordinary(clock.next(), self.chance.choice(["A01", "A06"]), patient)
        for _ in range(self.chance.randrange(3)):
            self.ordinary(clock.next(), self.chance.choice(["A02", "A08", "A08", "A31"]), patient)
        for _ in range(self.chance.randrange(12)):
            self.beside(clock.next(), patient)
        if self.chance.random() < 0.05:
            self.ordinary(clock.next(), "A11", patient)
            return
        self.ordinary(clock.next(), "A03", patient, self.chance.choice(LEFT_ALIVE))
        if self.chance.random() < 0.05:  # discharged too early
            self.ordinary(clock.next(), "A13", patient)
            self.ordinary(clock.next(), "A03", patient, self.chance.choice(LEFT_ALIVE))

    def birth(self, patient, start):
        patient.number, patient.born = "", f"{start:%Y%m%d}"
        mother = f"M{patient.chart}^^^{FACILITY}^PI"
        fields = self.pid(patient).split("|")
        fields[21] = mother
        self.send(start, "A01", patient, ["|".join(fields), self.pv1(patient, kind="N")])
        self.patients.remove(patient)

    def end_of_a_life(self, patient, start, nth):
        clock, chance = Clock(start, self.chance), self.chance
        self.ordinary(clock.next(), "A01", patient)
        self.beside(clock.next(), patient)
        at = clock.next()
        event = DEATH_EVENTS[nth % len(DEATH_EVENTS)] if nth < len(DEATH_EVENTS) else chance.choice(DEATH_EVENTS)
        if nth % 10 == 9:  # one field against another
            patient.unclear = True
            self.doubtful += 1
            self.send(at, "A03", patient, [self.pid(patient, indicator="N"), self.pv1(patient, "20", discharged=f"{at:%Y%m%d%H%M%S}")])
            return
        patient.died = f"{at:%Y-%m-%d}"
        visit = self.visit(patient)
        indicator, disposition, day = chance.choice(DEAD), "", at.strftime(chance.choice(TIMES))
        if event == "A03":
            disposition = chance.choice(LEFT_DEAD)
            if disposition and chance.random() < 0.5:
                indicator, day = chance.choice(["", indicator]), ""
        self.send(at, event, patient, [self.pid(patient, day, indicator), self.pv1(patient, disposition, visit, discharged=f"{at:%Y%m%d%H%M%S}"),
                                       "DG1|1||S06.900^one\ntwo^ICD-10|||F"])
        if nth % 5 == 1:
            self.taken_back(clock.next(), patient)
        elif nth % 5 == 2:
            self.merge(clock.next(), patient)

    def taken_back(self, at, patient):
        """By a cancellation or by N after Y; some without the visit."""
        patient.taken_back = True
        event = self.chance.choice(["A13", "A13", "A11", "A08", "A31"])
        day = '""' if self.chance.random() < 0.5 else ""
        indicator = "N" if event in ("A08", "A31") else self.chance.choice(["N", ""])
        visit = "" if self.chance.random() < 0.3 else patient.visit
        self.send(at, event, patient, [self.pid(patient, day, indicator), self.pv1(patient, visit=visit)])

    def merge(self, at, patient):
        """Two pairs: the chart of the dead goes into a new one, and that of somebody nobody has spoken of."""
        groups = []
        for chart, former in ((f"N{patient.chart}", patient.chart), (f"O{patient.chart}", f"P{patient.chart}")):
            other = patient if former == patient.chart else dataclasses.replace(patient, number="")
            groups += [self.pid(other, chart=chart), f"MRG|{former}^^^{FACILITY}^PI~X-1^^^HIS^VN"]
        self.send(at, "A40", patient, groups)


class Clock:
    """Times that rise by minutes."""

    def __init__(self, start, chance):
        self.now, self.chance = start, chance

    def next(self):
        self.now += datetime.timedelta(seconds=self.chance.randrange(30, 3000))
        return self.now
