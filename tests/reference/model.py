"""A second opinion: what record and leads must be, computed from the agencies' files alone, and a judge of what a hub made of them.

    model.py compute --today DAY SOURCE=PATH...            prints what must be, as JSON
    model.py check   --today DAY --leads FILE [--balance FILE] [--notices FILE] [--families FILE] SOURCE=PATH...
                     prints every difference; exit 0 none, 1 some, 3 the files hold what this model does not know

It shares no code with the hub and was written from the agencies' interfaces, the policies and docs/, not from hub/. It is
small because it is slow and plain: facts in one list, rights day by day over all worlds that what is unknown leaves open.
Known times are a shorter list (known), origins the facts that say what stands (Origins): decisions 0019, 0020 and 0024.
It knows the national special assistance (docs/policies.md) without coverage: captured files never say that they are complete,
so that "no other living child" is never sure. What it does not know (two people of one number, sources that name different
mothers, days without a day, the district policy) it refuses rather than guesses.
"""

import argparse
import collections
import csv
import datetime
import functools
import io
import itertools
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as tree

DEATH, DISABILITY = "national-special-assistance/death", "national-special-assistance/disability"
WEIGHT = {"police_registration": 5, "certificate": 4, "hospital": 3, "cremation": 2, "insurance": 1,
          "care_desk": 0.5}   # decision 0022: it is no source that could prove a death beside another
SCHEME_START = datetime.date(2007, 1, 1)   # N10
BORN_SINCE = datetime.date(1933, 1, 1)     # N01
RAISED = datetime.date(2022, 7, 1)         # N11
SUMS_SINCE = datetime.date(2018, 8, 1)     # what was paid before is in no document
PROOF = {"police_registration", "certificate", "hospital"}  # N09: each of them alone; else two sources
AGE_LINE = 49                              # N02
DISPUTE_DAYS = 30                          # decision 0005
DAY = datetime.timedelta(days=1)
FOREVER = datetime.date.max
# Why a word does not count. What ends a state names whom it is about, and says nothing else of them.
REPLACED, TAKEN_BACK, ENDED = "a later version of its source replaced it", "its source took it back", "it ends what was told before"
STATES = {"residence": (), "ethnic_group": (), "address": (), "marital_state": (), "support": ("what",)}   # what is compared of decision 0021, and its part
DENIED = "denied"                          # instead of True: a row of state that says that it is not so
UNTOLD = "untold"                          # instead of True: the record tells it no more, which takes back what it told (decision 0030)
ENDS = ("end", "lapse")                    # operations that end a state; lapse: the record tells it no more
CITIZEN_TYPES = {"SFZ", "111", "01"}
SEX = {"1": "male", "M": "male", "男": "male", "2": "female", "F": "female", "女": "female"}


class Unknown(Exception):
    """The files hold something that this model does not know."""


class Rejected(Exception):
    """The event cannot be read: it belongs into quarantine."""


# ---- Reading what agencies write

def citizen(text):
    """A checked citizen number of 18 characters, or None where nothing stands."""
    text = (text or "").strip().lstrip("'").translate({ord("０") + i: str(i) for i in range(10)} | {ord("Ｘ"): "X", ord("ｘ"): "X"}).upper().replace(" ", "")
    if not text:
        return None
    if re.fullmatch(r"\d{15}", text):
        text = text[:6] + ("18" if text[12:] >= "996" else "19") + text[6:]
        return text + check_character(text)
    if not re.fullmatch(r"\d{17}[\dX]", text) or check_character(text[:17]) != text[17]:
        raise Rejected("citizen number")
    try:
        datetime.date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError as why:
        raise Rejected("citizen number") from why
    return text


def check_character(front):
    return "10X98765432"[sum(int(digit) * (1 << (17 - i)) for i, digit in enumerate(front)) % 11]


def citizen_of(kind, number):
    """The number, if its certificate is that of a citizen."""
    return citizen(number) if (kind or "SFZ") in CITIZEN_TYPES else None


def right_number(text):
    try:
        return bool(citizen(text))
    except Rejected:
        return False


def flag(text):
    """A digit, perhaps with noughts before it, as programs that pad write it."""
    return text.lstrip("0") or text[-1:]


@functools.lru_cache(maxsize=1 << 16)
def moment(text):
    """Fourteen digits of any usual way to write a time, in Asia/Shanghai."""
    text = (text or "").strip()
    zone = re.search(r"([+-])(\d\d):?(\d\d)$", text) if len(text) > 10 and not re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    digits = re.sub(r"\D", "", text[:zone.start()] if zone else text)[:14]
    if len(digits) < 8:
        raise Rejected(f"time {text!r}")
    try:
        padded = digits.ljust(14, "0")
        when = datetime.datetime(int(padded[:4]), *(int(padded[at:at + 2]) for at in range(4, 14, 2)))
    except ValueError as why:
        raise Rejected(f"time {text!r}") from why
    if zone:
        ahead = int(zone[1] + "1") * datetime.timedelta(hours=int(zone[2]), minutes=int(zone[3]))
        when += datetime.timedelta(hours=8) - ahead
    return f"{when:%Y%m%d%H%M%S}" if zone else padded


def day(text):
    if not (text or "").strip():
        return None
    digits = moment(text)
    return datetime.date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))


def area_of(text, region):
    """A community or town of 12 or 9 digits that lies in the region, without noughts that stand for none; else nothing."""
    if not re.fullmatch(r"\d{6}|\d{9}|\d{12}", text):
        return ""
    while len(text) > 6 and text.endswith("000"):
        text = text[:-3]
    return text if len(text) > 6 else ""


class Mention:
    """One person as one message names one: identifiers, and what it says of name, sex and birth."""

    def __init__(self, number=None, former=None, sex=None, born=None, name=None, **others):
        self.number, self.former, self.sex, self.born, self.name = number, former, SEX.get((sex or "").strip()), born, (name or "").strip() or None
        self.identifiers = [(kind, value) for kind, value in others.items() if value]
        self.identifiers += [("number", value) for value in (number, former) if value]

    @property
    def strong(self):
        return [one for one in self.identifiers if one[0] in ("number", "ryid")]

    @property
    def papers(self):
        return [one for one in self.identifiers if one[0] not in ("number", "ryid")]

    @property
    def content(self):
        return self.number, self.former, self.sex, self.born, self.name, tuple(self.identifiers)


# `event`: the place of the event that says it in the order in which the hub took everything in, from 1.
Fact = collections.namedtuple("Fact", "kind source key version retract evidence people values event", defaults=[0])
Event = collections.namedtuple("Event", "source facts filtered rejected")


def is_absence(one):
    return one.retract == UNTOLD or one.values.get("op") == "lapse"


def content(one):
    """What a fact says, without when it came."""
    return (one.version, one.retract, one.evidence, tuple(sorted((role, who.content) for role, who in one.people.items())),
            tuple(sorted(one.values.items(), key=str)))


def fact(kind, source, key, version, evidence, people, retract=False, **values):
    return Fact(kind, source, tuple(key), version, retract, evidence, {role: who for role, who in people.items() if who.identifiers}, values)


def police(source, row, kind):
    """One RECORD of the police, or of their resident master (CZRK)."""
    field = lambda name: (row.findtext(name) or "").strip()
    number, version = citizen(field("GMSFHM")), moment(field("GXSJ"))
    person = Mention(number, sex=field("XBDM"), born=day(field("CSRQ")), name=field("XM"), ryid=field("RYID"), birth=field("CSZMBH").upper())
    # What a row says of names, sex and birth belongs to the facts that say it; to the others it names the person alone.
    named, numbered = Mention(number, name=field("XM"), ryid=field("RYID")), Mention(number, ryid=field("RYID"))
    parents = {"mother": (field("MQ_GMSFHM"), field("MQ_XM")), "father": (field("FQ_GMSFHM"), field("FQ_XM"))}

    def parentage(key, who, strictly=False):
        people = {"person": who}
        for role, (value, name) in parents.items():
            try:
                people[role] = Mention(citizen(value), name=name)
            except Rejected:
                if strictly:
                    raise
        return fact("birth" if strictly else "parentage", source, key, version, "police_registration", people,
                    strictly and flag(field("CXBZ")) == "1", on=day(field("CSRQ")))

    if field("SSXQDM") == "370306":
        raise Unknown("a resident of 370306: the district policy is not in this model")
    def lives(key, since, op="", retract=False, place=field("SSXQDM"), area=field("JCWHDM"), before="", who=numbered):
        """Registered somewhere since a day, and until then, as far as it is said, in `before`."""
        return fact("residence", source, key, version, "police_registration", {"person": who}, retract, value=(place, area_of(area, place)),
                    before=before, on=since, op=op)

    def household(key, since, retract=False, op=""):
        return fact("household", source, key, version, "police_registration", {"person": numbered}, retract, household=(field("HH"), field("YHZGXDM")),
                    since=since, op=op)

    if kind == "CZRK":
        if field("JLBZ") not in ("", "1"):
            return None
        key, dead = [field("RYID")], field("RYZT") == "9"
        facts = [fact("identity", source, key, version, "police_registration", {"person": person}),
                 fact("death", source, key, version, "police_registration", {"person": named}, not dead and DENIED, on=day(field("SWRQ")))]
        lives_here = field("RYZT") in ("0", "2", "6")
        if field("YHZGXDM") not in ("27", "37") and any(value or name for value, name in parents.values()):
            facts.append(parentage(key, named))
        if re.fullmatch(r"0[1-9]|[1-4]\d|5[0-6]|97|98", field("MZDM")):
            facts.append(fact("ethnic_group", source, key, version, "police_registration", {"person": numbered}, value=(field("MZDM"),)))
        if lives_here and field("HH"):
            facts.append(household(key, day(field("QYSJ")), op="succeed"))
        elif lives_here:
            facts.append(household(key, day(field("QYSJ")), op="lapse"))
        # A row is a state of its day: it succeeds, and does not correct (decision 0019).
        if lives_here and field("SSXQDM"):
            facts.append(lives(key, day(field("QYSJ")), "succeed"))
        elif field("RYZT") == "8":
            facts.append(lives(key, day(field("GXSJ")[:8]), "end"))
        return facts
    key, taken_back = [field("HJYWID"), field("RYID")], flag(field("CXBZ")) == "1"
    if flag(field("CXBZ")) not in ("", "0", "1"):
        raise Rejected("CXBZ")
    if kind == "SWZX":
        if field("SWZXLBDM") not in ("", "1"):
            return None
        unborn = Mention(number, sex=field("XBDM"), born=day(field("CSRQ")), name=field("XM"), ryid=field("RYID"))
        facts = [fact("death", source, key, version, "police_registration", {"person": unborn}, taken_back, on=day(field("SWRQ")))]
        if not taken_back and field("YHZGXDM") not in ("27", "37") and any(value or name for value, name in parents.values()):
            facts.append(parentage(key, unborn))
        return facts
    if kind == "CSDJ":
        facts = [parentage(key, person, strictly=True)]
        if field("SSXQDM") or taken_back:
            facts.append(lives(key, day(field("SLSJ")) or day(field("CSRQ")), retract=taken_back))
        return facts + ([household(key, day(field("SLSJ")) or day(field("CSRQ")), taken_back)] if field("HH") or taken_back else [])
    if kind == "QRDJ":
        moved = [lives(key, day(field("QRRQ")), retract=taken_back, who=person)]
        return moved + ([household(key, day(field("QRRQ")), taken_back)] if field("HH") or taken_back else [])
    if kind == "QCZX":
        return [lives(key, day(field("QCRQ")), retract=taken_back, place=field("QWD_SSXQDM"), area="", before=field("SSXQDM"), who=person)]
    if kind == "BGGZ":
        item, after = field("BGGZXM"), field("BGGZHNR")
        if item not in ("GMSFHM", "XM", "XBDM", "CSRQ"):
            return None
        former = None
        if item == "GMSFHM":
            number = citizen(after)
            try:
                former = citizen(field("BGGZQNR"))
            except Rejected:
                pass
        who = Mention(number, former, after if item == "XBDM" else field("XBDM"), day(after) if item == "CSRQ" else day(field("CSRQ")),
                      after if item == "XM" else field("XM"), ryid=field("RYID"))
        return [fact("identity", source, key, version, "police_registration", {"person": who}, taken_back)]
    raise Rejected(f"YWFL {kind}")


def civil(source, row, kind):
    """One row of civil affairs or of the federation of the disabled."""
    text = lambda name: str(row.get(name) or "").strip()
    version, act = moment(text("gxsj")), text("op_type")
    if kind.startswith("bzfwhhxx"):
        return [fact("death", source, ["cremation", text("id")], version, "cremation",
                     {"person": Mention(citizen(text("id_card")), sex=text("sex"), name=text("name"))}, on=day(text("death_time")))]
    if kind.startswith("cjrz"):
        if text("card_status") not in ("", "1"):
            return None
        number, card = citizen(text("citizen_id")), text("card_num")
        if citizen(card[:18]) != number or card[19:20] != text("idt_level"):
            raise Rejected("card")
        person, named = Mention(number, sex=text("gender"), born=day(text("birthdate")), name=text("name")), Mention(number, name=text("name"))
        facts = [fact("disability", source, ["disability", text("id")], version, "certificate", {"person": person}, grade=int(text("idt_level")),
                      on=day(text("cert_date")), until=day(text("valid_until")), earlier=False)]
        old = text("old_card_num")
        if old and text("first_cert_date") and old[:20] != card[:20]:
            facts.append(fact("disability", source, ["disability", text("id"), "before"], version, "certificate", {"person": named},
                              grade=int(old[19]), on=day(text("first_cert_date")), until=day(text("cert_date")), earlier=True))
        elif old and old[:20] == card[:20]:
            facts.append(fact("disability", source, ["disability", text("id"), "before"], version, "certificate", {"person": named}, UNTOLD))
        return facts
    if kind.startswith("hyxx"):
        couple = {role: Mention(citizen_of(text(f"cert_type_{which}"), text(f"cert_num_{which}")), born=day(text(f"birth_{which}")), name=text(f"name_{which}"))
                  for role, which in (("husband", "man"), ("wife", "woman"))}
        what = {"IA": "marriage", "INR": "marriage", "IB": "divorce", "ID": "annulment"}.get(act)
        if act in ("ICA", "ICB"):
            return None
        if not what:
            raise Rejected(act)
        return [fact(what, source, [what, text("id")], version, "certificate", couple, on=day(text("op_date")))]
    if kind.startswith("sydjxx"):
        people = {"person": Mention(citizen(text("baby_cert_num")), sex=text("baby_sex"), born=day(text("baby_birth")), name=text("baby_name"))}
        people |= {role: Mention(citizen_of(text(f"adopt_cert_type_{which}"), text(f"adopt_cert_num_{which}")), born=day(text(f"adopt_birth_{which}")),
                                 name=text(f"adopt_name_{which}")) for role, which in (("father", "man"), ("mother", "woman"))}
        what = {"SYDJ": "adoption", "JCSY": "dissolution", "WXSY": "void"}.get(act)
        if not what:
            raise Rejected(act)
        return [fact(what, source, [what, text("id")], version, "certificate", people, on=day(text("op_date")))]
    raise Rejected(kind)


def insurance(source, row, kind):
    text = lambda name: str(row.get(name) or "").strip()
    if kind != "PSN_INSU_D":
        raise Unknown("an answer of the insurance platform, not an increment")
    if text("psn_insu_stas") == "0":
        return None
    version, state, void = moment(text("updt_time")), text("surv_stas"), text("vali_flag") == "0"
    person = {"person": Mention(citizen_of(text("psn_cert_type"), text("certno")), sex=text("gend"), born=day(text("brdy")), name=text("psn_name"),
                                insured=text("psn_no"))}
    facts = [fact("insurance", source, [text("rid")], version, "insurance", person, void)]
    dead = text("psn_insu_stas") == "4" and state == "2" and text("surv_stas_ocur_date")
    if moment(text("updt_time")) != moment(text("crte_time")) if state == "1" else dead:
        facts.append(fact("death", source, [text("rid")], version, "insurance", person, (void or state == "1") and DENIED,
                          on=day(text("surv_stas_ocur_date"))))
    return facts


def states(source, row):
    """One row of reference.states: any kind of fact, in words, or that it is told no more. It always tells the number of whom it is."""
    text = lambda name: str(row.get(name) or "").strip()
    values = dict(value=tuple(text(name) for name in ("a", "b", "c") if text(name)), on=day(text("on")), until=day(text("until")), op=text("act"))
    who = {"person": Mention(citizen(text("number")))}
    told = {"retract": True, "untold": UNTOLD}.get(text("act"), False)
    return [fact("identity", source, [text("id")], moment(text("told")), "insurance", who),
            fact(text("kind"), source, [text("id")], moment(text("told")), text("weight"), who, told, **values)]


def certificate(source, row):
    text = lambda name: (row.get(name) or "").strip()
    if flag(text("ZT")) not in ("0", "1"):
        raise Rejected("ZT")
    number = citizen(text("ZJHM")) if text("ZJLBDM") in CITIZEN_TYPES or (text("ZJLBDM") == "05" and right_number(text("ZJHM"))) else None
    # A number that is the person's own tells no two certificates of that person apart: then the day does.
    by_number = text("DEATHCERT_NO") and not right_number(text("DEATHCERT_NO"))
    key = [text("QFJG_USCC"), text("DEATHCERT_NO") or text("ZJHM"), "" if by_number else str(day(text("QFRQ")))]
    return [fact("death", source, key, moment(text("GXSJ")), "certificate",
                 {"person": Mention(number, sex=text("XBDM"), born=day(text("CSRQ")), name=text("XM") if text("XM") not in ("无", "不详") else "")}, flag(text("ZT")) == "0", on=day(text("SWSJ")))]


class Hl7:
    """A message, by segment, field, component: PID-3.1 is at("PID", 3, 1)."""

    def __init__(self, data):
        head = data.split(b"\r")[0].split(b"|")
        said = head[17].decode("ascii", "replace").upper() if len(head) > 17 else ""
        charset = {"": "gb18030", "GB18030": "gb18030", "GBK": "gb18030", "GB2312": "gb18030", "UNICODE UTF-8": "utf-8", "UTF-8": "utf-8"}.get(said)
        if not charset:
            raise Rejected(f"charset {said}")
        try:
            lines = data.decode(charset).split("\r")
        except UnicodeDecodeError as why:
            raise Rejected("charset") from why
        self.segments = [line.split("|") for line in lines if line.strip()]

    def fields(self, name, where=None):
        for segment in self.segments:
            if segment[0] == name:
                found = [""] + segment[1:] if name != "MSH" else ["", "|"] + segment[1:]
                if not where or self.part(found, *where[0]) == where[1]:
                    return found
        return []

    @staticmethod
    def part(fields, number, component=1, kind=None):
        """A component; with `kind`, of the repetition whose fifth component is that."""
        for repetition in (fields[number] if number < len(fields) else "").split("~"):
            parts = [part.strip() for part in repetition.split("^")]
            if kind is None or (len(parts) > 4 and parts[4] == kind):
                return parts[component - 1] if component <= len(parts) else ""
        return ""

    def at(self, name, number, component=1, kind=None, where=None):
        return self.part(self.fields(name, where), number, component, kind)


# How hospitals spell that somebody died, and by which ways (PV1-36) they say that somebody left, dead or alive.
DEAD = {"Y", "1", "T", "TRUE", "YES", "DEAD", "DIED", "DECEASED", "EXPIRED", "是", "死亡", "已死亡"}
ALIVE = {"N", "0", "F", "FALSE", "NO", "ALIVE", "否", "存活", "未死亡"}
LEFT_DEAD = {"5", "20", "40", "41", "42", "死亡"} | {str(code) for code in range(22, 30)}
LEFT_ALIVE = {"1", "2", "3", "4", "9", *(f"0{code}" for code in range(1, 10))}
NUMBER_TYPES = ("NNCN", "NNCHN", "SFZ", "NI", "")
CITIZEN_SYSTEM = "2.16.156.10011.1.3"


def numbered(message, *where):
    """The citizen number in a list of identifiers, whatever way it is marked."""
    fields, number = message.fields(*where[1:]), where[0]
    for repetition in (fields[number] if number < len(fields) else "").split("~"):
        value, _, _, system, kind = ([part.strip() for part in repetition.split("^")] + [""] * 5)[:5]
        if value and (kind in ("NNCN", "NNCHN", "SFZ") or kind in NUMBER_TYPES and CITIZEN_SYSTEM in system):
            return value
    return ""


def person_name(message, *where):
    """Family and given name joined, of the first repetition that is written in characters; else of the first, with a blank."""
    fields, number = message.fields(*where[1:]), where[0]
    repetitions = [([part.strip() for part in one.split("^")] + [""])[:2] for one in (fields[number] if number < len(fields) else "").split("~")]
    for family, given in repetitions:
        if re.search("[\u3400-\u9fff\U00020000-\U0003ffff]", family + given):
            return family + given
    return " ".join(part for part in repetitions[0] if part)


def hospital(source, data):
    message = Hl7(data)
    at = message.at
    if at("MSH", 9) == "ACK":
        return None
    if at("MSH", 11) not in ("P", ""):
        raise Rejected("processing id")
    if at("MSH", 9) != "ADT":
        return None
    facility, event, version = at("MSH", 4) or at("MSH", 3), at("MSH", 9, 2), moment(at("MSH", 7))
    chart = at("PID", 3, 1, "PI") or at("PID", 3)
    key = [facility, chart, at("PV1", 19)]
    word, left = at("PID", 30).upper(), (at("PV1", 36) or at("PV1", 36, 2)).upper()
    died, cancels = at("PID", 29).strip('"'), event in ("A11", "A13")
    dead = word in DEAD or bool(died) or bool(message.fields("PDA")) or left in LEFT_DEAD and not cancels
    if dead and (cancels or word in ALIVE or event == "A03" and left in LEFT_ALIVE):
        raise Rejected("dead and alive")
    if event == "A03" and not message.fields("PV1"):
        raise Rejected("PV1")
    facts = []
    if at("PV1", 4) == "N" and event in ("A01", "A04", "A28", "A11", "A08"):
        mother = Mention(citizen(numbered(message, 21, "PID") or numbered(message, 33, "NK1", ((3,), "MTH"))),
                         name=person_name(message, 2, "NK1", ((3,), "MTH")), chart=(facility, at("PID", 21, 1, "PI")) if at("PID", 21, 1, "PI") else None)
        father = Mention(citizen(numbered(message, 33, "NK1", ((3,), "FTH"))), name=person_name(message, 2, "NK1", ((3,), "FTH")))
        baby = Mention(sex=at("PID", 8), born=day(at("PID", 7)), chart=(facility, chart), birth=at("OBX", 5, where=((3,), "BIRTHCERTNO")).upper())
        facts.append(fact("birth", source, key, version, "hospital", {"person": baby, "mother": mother, "father": father}, event == "A11",
                          on=day(at("PID", 7))))
    number = citizen(numbered(message, 3, "PID") or at("PID", 19))
    name = person_name(message, 5, "PID")
    person = Mention(number, sex=at("PID", 8), born=day(at("PID", 7)), name=name, chart=(facility, chart))
    if dead:
        facts.append(fact("death", source, key, version, "hospital", {"person": person},
                          on=day(died or (at("PV1", 45) if event == "A03" or left in LEFT_DEAD else ""))))
    if cancels and not facts:
        facts.append(fact("death", source, key, version, "hospital", {"person": Mention(number, name=name, chart=(facility, chart))}, True))
    if event in ("A40", "A34", "A18"):
        merged = Mention(number, sex=at("PID", 8), born=day(at("PID", 7)), name=name, chart=(facility, chart))
        merged.identifiers.append(("chart", (facility, at("MRG", 1))))
        facts.append(fact("identity", source, [facility, chart, at("MRG", 1)], version, "hospital", {"person": merged}))
    return facts or None


def care_desk(source, entry):
    """An entry of a case worker. Marriages, parents and residences it tells leave more open than this model weighs."""
    person, retract = entry["person"], entry["op"] == "D"
    who = Mention(citizen(person.get("citizen_number")), ryid=person.get("police_id"))
    if entry["event"] != "death-seen" or not who.identifiers:
        raise Unknown(f"an entry of {entry['event']}, of a person named by {list(person)}")
    return [fact("death", source, [entry["id"]], entry["version"].replace(".", ""), "care_desk", {"person": who}, retract,
                 on=datetime.date.fromisoformat(entry["on"]))]


def cut(source, path):
    """For each record of a captured file the function that reads it."""
    data = path.read_bytes()
    if path.suffix == ".xml":
        declared = re.match(rb"<\?xml[^>]*encoding=[\"']([\w-]+)", data)
        text = re.sub(r"^<\?xml[^>]*\?>", "", data.decode(declared[1].decode() if declared else "utf-8"))
        root = tree.fromstring(text)
        kind = root.findtext("head/sjblx")
        for row in root.iterfind("body/RECORD"):
            yield lambda row=row: police(source, row, "CZRK" if kind == "CZRK" else (row.findtext("YWFL") or "").strip())
    elif path.suffix == ".json":
        whole = json.loads(data.decode("utf-8"))
        rows, reader, kind = ((whole["records"], lambda source, row, _: states(source, row), None) if whole.get("table") == "STATES" else
                              (whole["records"], insurance, whole.get("table")) if "records" in whole else
                              (whole["data"]["cxjg"], civil, whole["data"]["cxywlb"]))
        for row in rows:
            yield lambda row=row: reader(source, row, kind)
    elif path.suffix == ".jsonl":   # what case workers entered, an event a line
        for line in data.decode("utf-8").splitlines():
            yield lambda line=line: care_desk(source, json.loads(line))
    elif path.suffix == ".csv":
        for row in csv.DictReader(io.StringIO(data.decode("gb18030"), newline="")):
            yield lambda row=row: certificate(source, row)
    elif path.suffix == ".hl7":
        plain = data.replace(b"\x0b", b"").replace(b"\x1c", b"").replace(b"\r\n", b"\r").replace(b"\n", b"\r")
        for message in re.split(rb"(?<=\r)(?=MSH\|)", plain):
            if message.strip():
                yield lambda message=message: hospital(source, message)
    else:
        raise Unknown(f"{path}: no agency's format")


def plausible(facts, today):
    """Facts in which no happening lies after the day of receipt, with a day of grace."""
    for one in facts:
        on = one.values.get("on")
        if not one.retract and on and one.kind != "insurance" and on > today + DAY:
            raise Rejected(f"{one.kind} on {on}")
        if one.version[:8] > (today + DAY).strftime("%Y%m%d"):
            raise Rejected(f"version {one.version}")
    return facts


def files_of(place):
    return sorted(p for p in ([place] if place.is_file() else place.rglob("*")) if p.is_file() and p.suffix != ".ok")


def read(inputs, today, taken_in=0):
    """All events of SOURCE=PATH arguments, in the order in which a hub that is given them takes them in, after so many others."""
    sequence = taken_in
    for argument in inputs:
        source, _, place = argument.partition("=")
        for path in files_of(pathlib.Path(place)):
            for reader in cut(source, path):
                sequence += 1
                try:
                    facts = reader()
                    facts = facts and [one._replace(event=sequence) for one in facts]
                    yield Event(source, plausible(facts or [], today), facts is None, None)
                except Rejected as why:
                    yield Event(source, [], False, str(why))


# ---- The record: who is who, and what is true of them

class Groups:
    """Union-find: what was ever joined, directly or by others, has one root."""

    def __init__(self):
        self.leader = {}

    def root(self, member):
        self.leader.setdefault(member, member)
        while self.leader[member] != member:
            self.leader[member] = member = self.leader[self.leader[member]]
        return member

    def join(self, members):
        for other in members:
            self.leader[self.root(other)] = self.root(members[0])

    def found(self, member):
        """The root, or None where it never was joined to anything, itself included."""
        return self.root(member) if member in self.leader else None


class Record:
    """What holds of everyone, from a set of facts in any order."""

    def __init__(self, facts):
        histories, self.told_again = collections.defaultdict(list), collections.Counter()   # event -> how many of its facts
        for one in facts:
            told, said = histories[one.source, one.kind, one.key], content(one)   # [(fact, its content)]
            # Told again while it holds it changes nothing: the first place and arrival count. After another word of its version it is
            # told again (decision 0015).
            last, last_said = max(told, key=lambda other: (other[0].version, other[0].event), default=(None, None))
            if last is None or last_said != said and not (one.version < last.version and any(other == said for _, other in told)):
                told.append((one, said))
            else:
                self.told_again[one.event] += 1
        self.groups = Groups()
        self.said = collections.defaultdict(list)         # person -> [(fact, mention, why it does not count or None)]
        self.holding, self.withdrawn = collections.defaultdict(list), []   # withdrawn: deaths, with the last claim under the key or None
        self.states = collections.defaultdict(list)   # person, kind -> histories
        naming = []   # [(fact, why it does not count)]
        for told in histories.values():
            versions = [one for one, _ in told]
            # Of equal versions the one that came later: sorting keeps the order of the log (decision 0015).
            versions.sort(key=lambda one: one.version)
            versions = self.without_idle_absences(versions)
            if not versions:
                continue
            last = versions[-1]
            if last.kind in STATES:
                self.states[last.kind].append(versions)
            if not last.retract:
                self.holding[last.kind].append(last)
            elif last.kind == "death":
                self.withdrawn.append((last, next((one for one in reversed(versions) if not one.retract), None)))
            # Only the current version binds identifiers and says names and numbers (decision 0019). A correction or a merge that was
            # taken back joins nobody; of everything else that was, the retraction still names whom it is about.
            if not (last.retract and last.kind == "identity"):
                naming.append((last, TAKEN_BACK if last.retract else ENDED if last.values.get("op") in ENDS else None))
            naming += [(one, TAKEN_BACK if last.retract else REPLACED) for one in versions[:-1] if not one.retract]
        binding = [who for one, lost in naming if (lost in (None, ENDED) or one.retract) and not is_absence(one)   # by what is not told nobody is joined
                   for who in one.people.values()]
        self.shared = self.shared_papers(binding)
        for who in binding:
            self.join(who)
        for one, lost in naming:
            for who in one.people.values():
                if (person := self.find(who)) is not None:
                    self.said[person].append((one, who, lost))
        self.numbers = {}
        for person, said in self.said.items():
            for _, who, _ in said:
                for number in filter(None, (who.number, who.former)):
                    self.numbers.setdefault(number, person)
        self.deaths = self.all_deaths()
        self.standing = collections.defaultdict(list)   # kind, person -> [(from, fact)]
        self.stands = {kind: self.over_time(histories, len(STATES[kind])) for kind, histories in self.states.items()}
        self.marriages = self.all_marriages()
        self.married = collections.defaultdict(list)   # person -> marriages
        for marriage in self.marriages:
            for one in {*marriage[:2]} - {None}:
                self.married[one].append(marriage)
        self.children = self.all_children()
        self.grades = self.all_grades()

    @staticmethod
    def without_idle_absences(versions):
        """What is told no more says something only where the version before tells it (decision 0030)."""
        kept = []
        for one in versions:
            if not is_absence(one) or (kept and not kept[-1].retract and kept[-1].values.get("op") not in ENDS):
                kept.append(one)
        return kept

    @staticmethod
    def shared_papers(binding):
        """Charts, certificates and the like that stand for people of different citizen numbers (decision 0006)."""
        people = Groups()
        for who in binding:
            people.join(who.strong)
        bearers = collections.defaultdict(set)   # paper -> people
        for who in binding:
            if who.strong:
                for paper in who.papers:
                    bearers[paper].add(people.root(who.strong[0]))
        return {paper for paper, borne_by in bearers.items() if len(borne_by) > 1}

    def bonds(self, who):
        """What the person is known by: of one whose number is told no paper that others have, too."""
        return [one for one in who.identifiers if one not in self.shared] if who.strong else who.identifiers

    def join(self, who):
        self.groups.join(self.bonds(who))

    def find(self, who):
        """The person, or None where nothing that counts names these identifiers."""
        return self.groups.found(self.bonds(who)[0])

    def people(self, one, *roles):
        return [self.find(one.people[role]) if role in one.people else None for role in roles]

    def words(self, person, name):
        """What counts of a person's name, sex, number or day of birth, the weightiest source's latest word first (decision 0005)."""
        found = [(WEIGHT[one.evidence], one.version, one.source, one.event, getattr(who, name)) for one, who, lost in self.said[person]
                 if lost is None and getattr(who, name)]
        return sorted(found, key=lambda one: one[:4], reverse=True)

    def attribute(self, person, name):
        """The settled word; where nobody says it, what the citizen number says (N05)."""
        for *_, value in self.words(person, name):
            return value
        if name == "name":
            return self.left_of(person, name)
        if (number := self.number(person)) is None:
            return None
        return day(number[6:14]) if name == "born" else ("male" if int(number[16]) % 2 else "female")

    def number(self, person):
        former = {who.former for _, who, lost in self.said[person] if who.former and lost is None}
        return next((value for *_, value in self.words(person, "number") if value not in former), None) or self.left_of(person, "number")

    def left_of(self, person, name):
        """Of somebody of whom all was taken back the names and numbers stay by which that was said."""
        return max(((one.version, getattr(who, name)) for one, who, _ in self.said[person] if getattr(who, name)), default=(None, None))[1]

    def all_deaths(self):
        """person -> (day, disputed): decision 0005."""
        by_person, lost = collections.defaultdict(list), collections.defaultdict(int)
        left = collections.defaultdict(int)   # the weightiest word that nothing told later under another key may mean
        said = collections.defaultdict(set)
        taken_back = collections.defaultdict(list)
        for back, claim in self.withdrawn:
            taken_back[self.people(back, "person")[0]].append((back, claim))
        for one in self.holding["death"]:
            person = self.people(one, "person")[0]
            by_person[person].append((WEIGHT[one.evidence], one.values["on"]))
            said[person].add((one.source, one.evidence))
            if any(self.may_mean(back, claim, one) for back, claim in taken_back[person]):
                continue
            left[person] = max(left[person], WEIGHT[one.evidence])
        self.attesting = said
        for one, claim in self.withdrawn:
            person = self.people(one, "person")[0]
            lost[person] = max(lost[person], WEIGHT[one.evidence] if claim else 0)
        found, seen = {}, collections.defaultdict(set)
        for one in self.holding["alive"]:
            seen[self.people(one, "person")[0]].add(one.values["on"])
        for person, words in by_person.items():
            heaviest = max(weight for weight, _ in words)
            days = [on for _, on in words]
            found[person] = (min(on for weight, on in words if weight == heaviest),
                             lost[person] > heaviest or left[person] < heaviest or (max(days) - min(days)).days > DISPUTE_DAYS)
            on, disputed = found[person]
            found[person] = on, disputed or any(later > on for later in seen[person])
        return found

    @staticmethod
    def chain(versions):
        """What of a history still holds of some day: a correction removes the version before it, a retraction all (decision 0019)."""
        chain = []
        for one in versions:
            if one.retract:
                chain = []
                continue
            if chain and one.values.get("op") not in ("succeed", *ENDS):
                chain.pop()
            chain.append(one)
        return chain

    def over_time(self, histories, part):
        """person -> sorted [(part, from, until, rest of the value)]: decision 0021. What told it is kept in `standing`."""
        chains = collections.defaultdict(list)
        for versions in histories:
            chain = self.chain(versions)
            for who in {self.people(one, "person")[0] for one in chain}:
                chains[who].append(chain)
        return {who: list(self.timelines(who, told, part)) for who, told in chains.items()}

    def timelines(self, who, chains, part):
        """Of one person, day by day."""
        words = collections.defaultdict(list)   # part -> [(weight, order of telling, days on which it stands, value)]
        said = [one for chain in chains for one in chain]
        days = sorted({one.values.get("on") or datetime.date.min for one in said} | {datetime.date.min}
                      | {one.values["until"] + DAY for one in said if one.values.get("until")})
        for chain in chains:
            for place, one in enumerate(chain):
                begin = one.values.get("on") or datetime.date.min
                ends = min((other.values.get("on") or datetime.date.min for other in chain[place + 1:]), default=FOREVER)
                stands = {on for on in days if begin <= on < ends and not (one.values.get("until") and on > one.values["until"])}
                if stands and one.values.get("op") not in ENDS and self.people(one, "person") == [who]:
                    self.standing[one.kind, who].append((begin, one))
                    words[one.values["value"][:part]].append((WEIGHT[one.evidence], (begin, one.version, one.source, one.event), stands, one.values["value"][part:]))
        for of, told in words.items():
            line = []
            for begin, end in zip(days, [*days[1:], FOREVER]):
                value = None
                for weight in sorted({weight for weight, *_ in told}, reverse=True):
                    begun = [(order, stands, value) for mine, order, stands, value in told if mine == weight and order[0] <= begin]
                    if begun and begin in max(begun, key=lambda one: one[0])[1]:
                        value = max(begun, key=lambda one: one[0])[2]
                        break
                if value is not None and line and line[-1][2] == begin and line[-1][3] == value:
                    line[-1][2] = end
                elif value is not None:
                    line.append([of, begin, end, value])
            yield from line

    def residences(self, person):
        """[[region, area, from, until]]. A move out says where somebody was registered before, if nothing else does; a word that names no
        area says nothing of it, so that the one told before of this stay in the region stands."""
        found, stay = [], None
        for _, begin, end, (region, area) in self.stands.get("residence", {}).get(person, []):
            goes_on = bool(found) and found[-1][0] == region and found[-1][3] == begin
            stay = stay if goes_on else begin
            area = area or next((one.values["value"][1] for since, one in sorted(self.standing["residence", person], key=self.as_told, reverse=True)
                                 if one.values["value"][0] == region and one.values["value"][1] and stay <= since <= begin), "")
            if goes_on and found[-1][1] == area:
                found[-1][3] = end
            else:
                found.append([region, area, begin, end])
        first = [one for since, one in self.standing["residence", person] if one.values["before"] and since == found[0][2]] if found else []
        return [[one.values["before"], "", datetime.date.min, one.values["on"]] for one in first[:1]] + found

    @staticmethod
    def as_told(word):
        since, one = word
        return since, one.version, one.source, one.event

    def unproven(self, who):
        """One word of somebody who may not attest a death is no proof of it."""
        words = self.attesting.get(who)
        return (words is not None and not PROOF & {evidence for _, evidence in words}
                and len({source for source, evidence in words if evidence != "care_desk"}) < 2)

    def tell_of(self, child, newborn):
        """Decision 0005: the death of a newborn that is taken for a registered child is a word about that child, and alone it is in doubt."""
        if newborn not in self.deaths:
            return
        on, _ = self.deaths[newborn]
        if child not in self.deaths:
            self.deaths[child] = on, True
        elif abs((self.deaths[child][0] - on).days) > DISPUTE_DAYS:
            self.deaths[child] = self.deaths[child][0], True
        self.attesting[child] |= self.attesting[newborn]

    @staticmethod
    def may_mean(back, claim, one):
        """Decision 0016: whether a source that took `claim` back, or nothing, may mean its word `one` under another key."""
        if back.source != one.source or WEIGHT[back.evidence] < WEIGHT[one.evidence]:
            return False
        return one.version < (claim.version if claim and back.retract != DENIED else back.version)

    def is_open(self, person):
        """Whether somebody says that the person died, and nobody can rely on it yet."""
        return person in self.deaths and (self.deaths[person][1] or self.unproven(person))

    def all_marriages(self):
        """[husband, wife, from, until]; from None: only the divorce is known."""
        annulled = {tuple(self.people(one, "husband", "wife")) for one in self.holding["annulment"]}
        found = [[*self.people(one, "husband", "wife"), one.values["on"], FOREVER] for one in self.holding["marriage"]]
        found = sorted((one for one in found if tuple(one[:2]) not in annulled), key=lambda one: one[2])
        of_couple = collections.defaultdict(list)
        for marriage in found:
            of_couple[tuple(marriage[:2])].append(marriage)
        for one in sorted(self.holding["divorce"], key=lambda one: one.values["on"]):
            couple, on = self.people(one, "husband", "wife"), one.values["on"]
            open_ones = [m for m in of_couple[tuple(couple)] if m[2] <= on and m[3] == FOREVER]
            if open_ones:
                open_ones[0][3] = on
            else:
                found.append([*couple, None, on])
        return found

    def all_children(self):
        """parent -> {child: (how, from, until, mother)}."""
        parents = {role: collections.defaultdict(set) for role in ("mother", "father")}
        hospital_only = {}
        for one in self.holding["birth"] + self.holding["parentage"]:
            child, mother, father = self.people(one, "person", "mother", "father")
            for role, parent in (("mother", mother), ("father", father)):
                if parent:
                    parents[role][child].add(parent)
        # Both are shown; what rights it gives is not known here.
        self.of_several = {child for of in parents.values() for child, named in of.items() if len(named) > 1}
        found = collections.defaultdict(dict)
        for child in set(parents["mother"]) | set(parents["father"]):
            mother = min(parents["mother"][child], key=str, default=None)
            born = self.attribute(child, "born")
            identified = any(who.number or ("ryid" in dict(who.identifiers)) for _, who, lost in self.said[child] if lost is None)
            for parent in {*parents["mother"][child], *parents["father"][child]}:
                found[parent][child] = ("born", born, FOREVER, mother)
                if not identified:
                    hospital_only.setdefault((parent, born), []).append(child)
        self.told_births = collections.defaultdict(list)
        for one in self.holding["birth"]:
            self.told_births[self.people(one, "person")[0]].append((one.source, one.key))
        # A newborn known only from a hospital is the registered child of the same parent born that day, else a day before or after.
        same = set()
        for parent in found:
            for child, newborn in self.taken_for_others(found[parent], {one for unnamed in hospital_only.values() for one in unnamed}):
                del found[parent][newborn]
                same.add((child, newborn))
        for child, newborn in same:
            self.tell_of(child, newborn)
        # A judgement voids the latest adoption before its day, whoever told it and how often; one that was dissolved in between was another.
        adopted, parted, void = collections.defaultdict(list), collections.defaultdict(list), set()
        for kind, of in (("adoption", adopted), ("dissolution", parted)):
            for one in self.holding[kind]:
                child, *pair = self.people(one, "person", "mother", "father")
                for parent in {*pair} - {None}:
                    of[child, parent].append(one.values["on"])
        for one in self.holding["void"]:
            child, *pair = self.people(one, "person", "mother", "father")
            for parent in {*pair} - {None}:
                before = [on for on in adopted[child, parent] if on <= one.values["on"]]
                void |= {(child, parent, on) for on in before if not any(on <= end <= max(before) for end in parted[child, parent]) or on == max(before)}
        ends = {tuple(self.people(one, "person")): one.values["on"] for one in self.holding["dissolution"]}
        for one in self.holding["adoption"]:
            child, mother, father = self.people(one, "person", "mother", "father")
            for parent in {mother, father} - {None}:
                if (child, parent, one.values["on"]) in void:
                    continue
                found[parent][child] = ("adopted", one.values["on"], ends.get((child,), FOREVER), mother)
        return found

    def taken_for_others(self, children, hospital_only):
        """(registered child, newborn) of one parent. Of one sex first; of these both dead or both alive, then a newborn that lives."""
        told = {child: (self.number(child) or "", sorted(self.told_births[child]))
                for child, (_, born, _, _) in children.items() if born}
        newborns, registered = (sorted((one for one in told if (one in hospital_only) == unnamed), key=told.get) for unnamed in (True, False))
        sex = {one: self.attribute(one, "sex") for one in told}
        fates = (lambda newborn, child: (newborn in self.deaths) == (child in self.deaths), lambda newborn, _: newborn not in self.deaths, lambda *_: True)
        for apart, one_sex, fate in itertools.product((0, -1, 1), (True, False), fates):
            for newborn in list(newborns):
                fitting = [child for child in registered if children[child][1] == children[newborn][1] + apart * DAY
                           and (not one_sex or None in (sex[child], sex[newborn]) or sex[child] == sex[newborn])
                           and (fate(newborn, child) or fates[0](newborn, child))]
                if fitting:
                    newborns.remove(newborn)
                    registered.remove(fitting[0])
                    yield fitting[0], newborn

    def all_grades(self):
        """person -> sorted [(from, grade, last printed day)]; a word about the card before only fills days that no card tells."""
        cards, earlier = collections.defaultdict(list), collections.defaultdict(list)
        for one in self.holding["disability"]:
            values = one.values
            (earlier if values["earlier"] else cards)[self.people(one, "person")[0]].append(
                (values["on"], values["grade"], values["until"], one.version))
        for person, words in earlier.items():
            # Up to the first card of its own; nothing where such a card stands on the same or an earlier day. Each card dates the one
            # before it from the first of all, so that of several words the one that ends first is true of these days.
            first = min((on for on, *_ in cards[person]), default=FOREVER)
            before = [word for word in words if word[0] < first]
            if before:
                cards[person].append(min(sorted(before, key=self.in_time, reverse=True), key=lambda word: word[2] or FOREVER))
        # Of two cards of one day the later word counts: a span without a day is none.
        return {person: list({word[0]: word for word in sorted(words, key=self.in_time)}.values()) for person, words in cards.items()}

    @staticmethod
    def in_time(word):
        on, _, _, version = word
        return on, version


# ---- Origins: who said what a person's record holds (decision 0020)

class Origins:
    """Of each field of a person: [[value, number of another person, {(source, event)}]], the values that count and who says them.
    Parents and marriages are listed as they are told."""

    FIELDS = ("name", "sex", "number", "born", "died", "residence", "parents", "marriage", "grade", "ethnic_group")

    def __init__(self, record):
        self.record = record
        self.facts = collections.defaultdict(lambda: collections.defaultdict(list))   # kind -> person -> [(fact, role)]
        for kind, holding in record.holding.items():
            for one in holding:
                for role in one.people:
                    self.facts[kind][record.people(one, role)[0]].append((one, role))

    def of(self, person, field):
        return sorted(getattr(self, field)(person), key=str)

    def said(self, person, field, value, shown):
        by = {(source, event) for _, _, source, event, word in self.record.words(person, field) if word == value}
        return [[shown, "", by]]   # by nobody: a day of birth and a sex that only the number tells

    def name(self, person):
        value = self.record.attribute(person, "name")
        return self.said(person, "name", value, value) if value else []

    def sex(self, person):
        value = self.record.attribute(person, "sex")
        return self.said(person, "sex", value, value) if value else []

    def born(self, person):
        value = self.record.attribute(person, "born")
        return self.said(person, "born", value, text(value)) if value else []

    def number(self, person):
        value = self.record.number(person)
        return self.said(person, "number", value, value) if value else []

    def died(self, person):
        on = self.record.deaths.get(person, (None,))[0]
        return [[text(on), "", {(one.source, one.event) for one, _ in self.facts["death"][person]}]] if on else []

    def parents(self, person):
        found = collections.defaultdict(set)
        for kind in ("birth", "parentage", "adoption"):
            for one, role in self.facts[kind][person]:
                for parent in ("mother", "father") if role == "person" else ():
                    if parent in one.people:
                        found[("adopting " if kind == "adoption" else "") + parent, one.people[parent].number or ""].add((one.source, one.event))
        return [[role, number, by] for (role, number), by in found.items()]

    def marriage(self, person):
        found = collections.defaultdict(set)
        for kind, word in (("marriage", "married"), ("divorce", "divorced")):
            for one, role in self.facts[kind][person]:
                other = one.people.get("wife" if role == "husband" else "husband")
                found[f"{word} {one.values['on']}", other.number or "" if other else ""].add((one.source, one.event))
        return [[value, number, by] for (value, number), by in found.items()]

    def grade(self, person):
        cards = self.record.grades.get(person, [])
        # A card ends the day after the last that is printed on it, or where another begins.
        ends = {on: min([until + DAY for until in [until] if until] + [begin for begin, *_ in cards if begin > on], default=None) for on, _, until, _ in cards
                if until or any(begin > on for begin, *_ in cards)}
        found = []
        for on, grade, *_ in cards:
            told = [one for one, _ in self.facts["disability"][person] if (one.values["on"], one.values["grade"]) == (on, grade)]
            # A card's own word, else what the one after it says of it.
            by = [one for one in told if not one.values["earlier"]] or told
            found.append([[(on, grade), ends.get(on)], "", {(one.source, one.event) for one in by}])
        return found

    def residence(self, person):
        told, found = self.record.standing["residence", person], []
        for region, area, begin, end in self.record.residences(person):
            by = set()
            for since, one in sorted(told, key=self.record.as_told):
                # Whoever says less of the same place, later, supports it.
                if begin <= since < end and one.values["value"] in [(region, area)] + [(region, "")] * bool(by):
                    by.add((one.source, one.event))
            # Where somebody was before is told by the move away.
            by = by or {(one.source, one.event) for since, one in told if one.values["before"] == region and since == end}
            found.append([(region, area, begin, end), "", by])
        return found

    def ethnic_group(self, person):
        return [[value[0], "", {(one.source, one.event) for _, one in self.record.standing["ethnic_group", person] if one.values["value"] == value}]
                for _, _, _, value in self.record.stands.get("ethnic_group", {}).get(person, [])]


    def judge(self, number, field, answer):
        """Every difference between what must be and an answer of `kinhub explain --field`, masked or not."""
        must = [[self.shown(field, value), other, sorted(by)] for value, other, by in self.of(self.record.numbers[number], field)]
        said = [[settled["name"] if field == "name" else settled["number"] if field == "number" else settled["value"] or "",
                 settled["number"] or "" if field in ("parents", "marriage") else "",
                 sorted({(word["source"], word["sequence"]) for word in settled["by"]})] for settled in answer["settled"]]
        if sorted(must, key=str) != sorted(said, key=str):
            yield f"{number}: {field} is {said}, must be {must}"

    @staticmethod
    def shown(field, value):
        """As the answer words it."""
        if field == "residence":
            region, area, begin, end = value
            return (area or region) + (f" since {begin}" if begin != datetime.date.min else "") + (f" until {end}" if end != FOREVER else "")
        if field == "grade":
            (on, grade), end = value
            return f"grade {grade} since {on}" + (f" until {end}" if end else "")
        return value


# ---- Rights: day by day, in every world that is left open

def reaches(born, age):
    """The birthday; of the 29th of February the 28th in common years."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return datetime.date(born.year + age, 2, 28)


class Rights:
    def __init__(self, record):
        self.record = record

    def dead(self, person, on, world):
        """The day of a death counts as dead here: a child lives no more, a marriage is over."""
        if person not in self.record.deaths:
            return False
        return on >= self.record.deaths[person][0] and (not self.record.is_open(person) or world["dies", person])

    def alive_as_parent(self, person, on, world):
        return not self.dead(person, on - DAY, world)

    def spouse(self, person, on, world):
        """(known?, spouse or None, marriage)."""
        known = False
        for marriage in self.record.married[person]:
            husband, wife, begin, until = marriage
            if begin is None or begin <= on:  # a divorce whose marriage nobody told: married until then
                known = True
                other = wife if person == husband else husband
                if on < until and not self.dead(husband, on, world) and not self.dead(wife, on, world):
                    return True, other, marriage
        return known, None, None

    def candidates(self, person):
        """Everyone a man is or may have been married to before anything is known: known wives, mothers of his children."""
        wives = {m[1] for m in self.record.married[person] if m[0] == person}
        wives |= {mother for _, _, _, mother in self.record.children[person].values()}
        return wives - {None}

    def is_remarriage(self, person, marriage):
        births = sorted((begin, mother) for how, begin, _, mother in self.record.children[person].values())
        other = marriage[1]
        first_parent = births[0][1] if births else None
        if first_parent is not None:
            return other != first_parent
        return any(m is not marriage and marriage[2] and (m[2] or m[3]) < marriage[2] and m[3] <= marriage[2] for m in self.record.married[person])

    def of_age(self, person, on, world):
        """N02, N06."""
        own = self.reached(person, on)
        if self.record.attribute(person, "sex") == "female":
            return own
        known, spouse, marriage = self.spouse(person, on, world)
        if spouse:
            return own if self.is_remarriage(person, marriage) else self.reached(spouse, on)
        if known:
            return own
        chosen = world["married", person]
        return own if chosen is None or self.dead(chosen, on, world) else self.reached(chosen, on)

    def reached(self, person, on):
        born = self.record.attribute(person, "born")
        if not born:
            raise Unknown("a person without a day of birth")
        return on >= reaches(born, AGE_LINE)

    def birth_line(self, person, on, world):
        """N01."""
        _, spouse, _ = self.spouse(person, on, world)
        return all(self.record.attribute(one, "born") >= BORN_SINCE for one in (person, spouse) if one)

    def side_by_side(self, person, on, world):
        """N03: two of different births that lived at one time, up to this day; adoptions that ended do not count."""
        children = [(child, how, begin, mother) for child, (how, begin, until, mother) in self.record.children[person].items()
                    if until == FOREVER and begin <= on]
        for (a, how_a, begin_a, mother_a), (b, how_b, begin_b, mother_b) in itertools.combinations(children, 2):
            one_birth = how_a == how_b == "born" and begin_a == begin_b
            if not one_birth and not self.dead(a, max(begin_a, begin_b), world) and not self.dead(b, max(begin_a, begin_b), world):
                return True
        return False

    def right(self, person, on, world):
        """DEATH, DISABILITY or None on one day in one world."""
        if on < SCHEME_START or world["another child"] or not self.alive_as_parent(person, on, world):
            return None
        if not self.birth_line(person, on, world) or not self.of_age(person, on, world) or self.side_by_side(person, on, world):
            return None
        now = [child for child, (_, begin, until, _) in self.record.children[person].items() if begin <= on < until]
        living = [child for child in now if not self.dead(child, on, world)]
        if now and not living:
            return DEATH
        if len(living) != 1:
            return None
        cards = [card for card in self.record.grades.get(living[0], []) if card[0] <= on]
        if not cards or cards[-1][1] > 3:
            return None
        expired = cards[-1][2] is not None and on > cards[-1][2]
        return DISABILITY if not expired or world["renewed", living[0]] else None

    def worlds(self, person):
        """Every way in which what is open may turn out."""
        children = self.record.children[person]
        relatives = {person, *children, *self.candidates(person), *(one for m in self.record.married[person] for one in m[:2])}
        choices = {("dies", one): (True, False) for one in relatives if self.record.is_open(one)}
        choices.update({("renewed", child): (True, False) for child in children if child in self.record.grades})
        choices["married", person] = (None, *sorted(self.candidates(person)))
        choices["another child"] = (False, True)   # nobody said that the records are complete
        names = list(choices)
        return [dict(zip(names, values)) for values in itertools.product(*choices.values())]

    def days(self, person):
        """Every day on which anything may change."""
        record, found = self.record, {SCHEME_START, SUMS_SINCE, RAISED}
        near = {person, *record.children[person], *self.candidates(person), *(one for m in record.married[person] for one in m[:2])}
        for one in near:
            born = record.attribute(one, "born")
            found |= {born, reaches(born, AGE_LINE)} if born else set()
            if one in record.deaths:
                found |= {record.deaths[one][0], record.deaths[one][0] + DAY}
            for begin, _, until, _ in record.grades.get(one, []):
                found |= {begin, until + DAY} if until else {begin}
        for marriage in record.married[person]:
            found |= {marriage[2], marriage[3]}
        for _, begin, until, _ in record.children[person].values():
            found |= {begin, until}
        return sorted(one for one in found if one and SCHEME_START <= one < FOREVER)

    def timeline(self, person):
        """benefit -> [[from, until, fen, certainty, since when it hangs on a disputed death, or None]], neighbours of equal sum and certainty joined."""
        if self.record.of_several & set(self.record.children[person]):
            raise Unknown("two sources name different parents of a child")
        spans = {DEATH: [], DISABILITY: []}
        worlds, days = self.worlds(person), self.days(person)
        alike = [tuple(choice for name, choice in world.items() if name[0] != "dies") for world in worlds]  # but for deaths
        for begin, end in zip(days, [*days[1:], FOREVER]):
            rights = [self.right(person, begin, world) for world in worlds]
            for benefit, line in spans.items():
                if benefit not in rights:
                    continue
                fen = (59000 if benefit == DEATH else 46000) if begin >= RAISED else (45000 if benefit == DEATH else 35000)
                certainty = "sure" if all(right == benefit for right in rights) else "pending"
                if begin < SUMS_SINCE:
                    fen, certainty = None, "pending"
                due = collections.defaultdict(set)
                for world, right in zip(alike, rights):
                    due[world].add(right == benefit)
                disputed = begin if any(len(answers) > 1 for answers in due.values()) else None
                if line and line[-1][1] == begin and line[-1][2:4] == [fen, certainty]:
                    line[-1][1] = end
                    line[-1][4] = line[-1][4] or disputed
                else:
                    line.append([begin, end, fen, certainty, disputed])
        return spans


def text(on):
    return None if on is None or on == FOREVER else on.isoformat()


def known(events, until=None):
    """The record as of the first `until` events: known times are that (decision 0024), for arrivals follow the order of taking in."""
    return Record([one for event in events[:until] for one in event.facts])


def people_of(record):
    """number -> what a family shows of the person."""
    people = {}
    for person in list(record.said):
        if record.number(person):
            died = record.deaths.get(person)
            people[record.number(person)] = {
                "born": text(record.attribute(person, "born")), "died": died and {"on": text(died[0]), "disputed": died[1]},
                "standing": sorted(([kind, *of, *value, None if begin == datetime.date.min else text(begin), text(end)]
                                    for kind, stands in record.stands.items() if kind != "residence" for of, begin, end, value in stands.get(person, [])), key=str),
                "residences": [[region, area or None, None if begin == datetime.date.min else text(begin), text(end)]
                               for region, area, begin, end in record.residences(person)],
                "disability": [[text(on), grade, text(until)] for on, grade, until, _ in record.grades.get(person, [])],
                "children": sorted([record.number(child) or "", how, text(begin), text(until)]
                                   for child, (how, begin, until, _) in record.children[person].items()),
                "married": sorted(([record.number(other) or "", text(begin), text(until)] for husband, wife, begin, until in record.married[person]
                                   for other in [wife if person == husband else husband] if other), key=str),
            }
    return people


def compute(inputs, today):
    """What must be: counts of events, people, and leads (nothing was ever decided)."""
    return judged(list(read(inputs, today)), today)


def judged(events, today):
    record = known(events)
    rights = Rights(record)
    leads = []
    for person in sorted(one for one, children in record.children.items() if children):
        number = record.number(person)
        for benefit, line in rights.timeline(person).items():
            begun = [span for span in line if span[0] <= today]
            # Money begins with the confirmation (N07): nothing is owed for a right that ended before this month, or to the dead.
            if not begun or number is None or begun[-1][1] <= today.replace(day=1):
                continue
            if person in record.deaths and not record.is_open(person) and record.deaths[person][0] <= today:
                continue
            # The last run of days that began by today; what lay before stays in the timeline.
            last = line.index(begun[-1])
            first = end = last
            while first > 0 and line[first - 1][1] == line[first][0]:
                first -= 1
            while end + 1 < len(line) and line[end + 1][0] == line[end][1]:
                end += 1
            doubt = any(disputed and disputed <= today for *_, disputed in line)
            leads.append({"citizen_id": number, "benefit": benefit, "kind": "verify" if doubt else "new", "from": text(line[first][0]),
                          "until": text(line[end][1]), "amount_fen": line[last][2], "certainty": line[last][3],
                          "timeline": [[text(a), text(b), fen, certainty] for a, b, fen, certainty, _ in line]})
    counts = collections.Counter(received=len(events))
    for event in events:
        counts["quarantined"] += event.rejected is not None
        counts["filtered"] += event.filtered
        counts["duplicate"] += bool(event.facts) and record.told_again[event.facts[0].event] == len(event.facts)
    counts["applied"] = counts["received"] - counts["quarantined"] - counts["filtered"] - counts["duplicate"]
    return {"today": today.isoformat(), "events": dict(counts), "people": people_of(record), "leads": leads}


# ---- The judge

def judge_leads(wanted, leads):
    """Every difference between what must be open and what is."""
    opened = collections.defaultdict(list)
    for lead in leads:
        # Rights under other policies are beyond this model, and not judged.
        if lead["state"] == "open" and lead["benefit"] in (DEATH, DISABILITY):
            opened[lead["person"]["citizen_id"], lead["benefit"]].append(lead)
    due = {(lead["citizen_id"], lead["benefit"]): lead for lead in wanted}
    for key, found in opened.items():
        if len(found) > 1:
            yield f"{len(found)} open leads for {key}"
        if key not in due:
            yield f"a lead that must not be: {key} {found[0]['kind']} from {found[0]['from']} until {found[0]['until']}"
    for key, must in due.items():
        if key not in opened:
            yield f"lost: no open lead for {key}: {must}"
            continue
        lead = opened[key][0]
        timeline = [[span["from"], span["until"], span["amount"] and span["amount"]["fen"], span["certainty"]] for span in lead["timeline"]]
        got = {"kind": lead["kind"], "from": lead["from"], "until": lead["until"], "amount_fen": lead["amount"] and lead["amount"]["fen"],
               "certainty": lead["certainty"], "timeline": timeline}
        for name, value in got.items():
            if value != must[name]:
                yield f"{key}: {name} is {value}, must be {must[name]}"


def judge_notices(notices, leads=None):
    """Gap-free from 1, in order, each id once; the notices of a lead a chain of revisions whose last is the lead."""
    ids, chains, last, expected = collections.Counter(), collections.defaultdict(int), {}, 1
    for notice in notices:
        if notice["seq"] != expected:
            yield (f"notice lost: {expected} to {notice['seq'] - 1} are not there" if notice["seq"] > expected else
                   f"notice doubled or out of order: {notice['seq']} where {expected} is due")
        expected = max(expected, notice["seq"]) + (notice["seq"] >= expected)
        ids[notice["id"]] += 1
        data = notice["data"]
        chains[data["lead"]] += 1
        if data["revision"] != chains[data["lead"]]:
            yield f"notice {notice['id']}: revision {data['revision']} where {chains[data['lead']]} is due (order within a lead)"
            chains[data["lead"]] = data["revision"]
        last[data["lead"]] = data
    for name, count in ids.items():
        if count > 1:
            yield f"notice doubled: {name} stands there {count} times"
    if leads is None:
        return
    for lead in leads:
        told = last.pop(lead["id"], None)
        if told is None:
            yield f"notice lost: nothing was told of lead {lead['id']}"
            continue
        for name in ("kind", "state", "benefit", "from", "until", "amount", "certainty"):
            if told[name] != lead[name]:
                yield f"lead {lead['id']}: the last notice says {name} {told[name]}, the lead {lead[name]}"
    for name in last:
        yield f"notices tell of lead {name}, which there is not"


def judge_balance(wanted, balance):
    if balance["residue"] or balance["in_flight"]:
        yield f"the balance does not close: residue {balance['residue']}, in flight {balance['in_flight']}"
    for name in ("received", "applied", "filtered", "duplicate", "quarantined"):
        if balance[name] != wanted.get(name, 0):
            yield f"balance: {name} is {balance[name]}, must be {wanted.get(name, 0)}"


def judge_families(people, families, asked=None):
    """Deaths, grades and kin of everyone in the given families, an answer of `kinhub family --of ASKED`; of the kin of the one who
    was asked for none may be missing."""
    number = {member["person"]["ref"]: member["person"]["citizen_id"] for family in families for member in family["members"]}
    told = {(number.get(edge["from_person"]), number.get(edge["to_person"]))
            for family in families for edge in family["kin"] if edge["kind"] == "parent_of"}
    for family in families:
        for member in family["members"]:
            who = member["person"]["citizen_id"]
            if who is None:
                continue
            must = people.get(who)
            if must is None:
                yield f"nobody has the number {who}"
                continue
            died = member["died"] and {"on": member["died"]["on"], "disputed": member["died"]["certainty"] != "sure"}
            if died != must["died"]:
                yield f"{who}: died {died}, must be {must['died']}"
            if member["born"] != must["born"]:
                yield f"{who}: born {member['born']}, must be {must['born']}"
            stands = sorted(([one["kind"], *(str(value) for value in one["values"].values()), one["from"], one["until"]]
                             for one in member["standing"] if one["kind"] in STATES), key=str)
            lived = [[home["region"], home["area"], home["from"], home["until"]] for home in member["residences"]]
            if lived != must["residences"]:
                yield f"{who}: registered {lived}, must be {must['residences']}"
            if stands != must["standing"]:
                yield f"{who}: {stands} stands, must be {must['standing']}"
            grades = [[span["from"], span["grade"]] for span in member["disabilities"]]
            # A renewal of the same grade is no new span.
            wanted = [[on, grade] for (on, grade, _), before in zip(must["disability"], [None, *must["disability"]]) if not before or before[1] != grade]
            if [grade for (_, grade), before in zip(grades, [None, *grades]) if not before or before[1] != grade] != [grade for _, grade in wanted]:
                yield f"{who}: grades {grades}, must be {wanted}"
        for edge in family["kin"]:
            a, b = number.get(edge["from_person"]), number.get(edge["to_person"])
            if not a or not b or a not in people or b not in people:
                continue
            if edge["kind"] == "parent_of":
                if edge["how"] != "step" and not any(child == b and how == edge["how"] and (how == "born" or until == edge["until"])
                                                     for child, how, _, until in people[a]["children"]):
                    yield f"{a} is told to be parent of {b} ({edge['how']} until {edge['until']}), must be {people[a]['children']}"
            elif not any(other == b and begin == edge["from"] for other, begin, _ in people[a]["married"]):
                yield f"{a} is told to be married to {b} from {edge['from']}, must be {people[a]['married']}"
        members = {member["person"]["citizen_id"] for member in family["members"]}
        for who in members:
            for child, how, _, _ in people.get(who, {"children": []})["children"]:
                if asked in (who, child) and child in members and (who, child) not in told:
                    yield f"{who} is not told to be parent of {child} ({how})"


def load(path, lines=False):
    if path is None:
        return None
    data = pathlib.Path(path).read_text(encoding="utf-8")
    return [json.loads(line) for line in data.splitlines()] if lines else json.loads(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("compute", "check"))
    parser.add_argument("--today", required=True, type=datetime.date.fromisoformat, metavar="DAY")
    parser.add_argument("--leads", metavar="FILE", help="of kinhub leads --json --reveal")
    parser.add_argument("--balance", metavar="FILE", help="of kinhub balance --json")
    parser.add_argument("--families", metavar="FILE", help="{number: answer of kinhub family --of number --json --reveal}")
    parser.add_argument("--notices", metavar="FILE", help="the notices in the order of their stream, one a line")
    parser.add_argument("input", nargs="+", metavar="SOURCE=PATH")
    given = parser.parse_args()
    try:
        must = compute(given.input, given.today)
    except Unknown as why:
        print(f"beyond this model: {why}", file=sys.stderr)
        return 3
    if given.verb == "compute":
        print(json.dumps(must, ensure_ascii=False, indent=1))
        return 0
    leads, found = load(given.leads), []
    if leads is not None:
        found += judge_leads(must["leads"], leads)
    if given.balance:
        found += judge_balance(must["events"], load(given.balance))
    if given.families:
        for number, families in load(given.families).items():
            found += judge_families(must["people"], families, number)
    if given.notices:
        found += judge_notices(load(given.notices, lines=True), leads)
    for difference in found:
        print(difference)
    print(f"{len(must['leads'])} leads, {must['events'].get('received')} events, {len(must['people'])} people: {len(found)} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
