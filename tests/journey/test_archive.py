"""The first page of the archive (一、基本情况) of two sample families: each field that the record keeps, traced to the file that tells it.

For each field of the form `kinhub explain --field` says the value, the event, what stands there and the line of the mapping that read it.
Here each is followed back: the event to the sample file or the entry of a case worker, the raw words to what stands in it, the line to the
text of the mapping. The page is kept in tests/data/golden/archive.txt; KINHUB_GOLDEN=write records it anew.
"""

import difflib
import os
import pathlib
import re

import hub
from hub import IDS, Journey

KEPT = hub.SOURCE / "tests" / "data" / "golden" / "archive.txt"
ADDED = hub.SOURCE / "tests" / "data" / "archive"

# What agencies send of the two families, file by file in the order in which it is taken in.
FILES = [ADDED / "police_couples.xml", ADDED / "civil_marriages.json", "police_birth_2003.xml", "disability_grade.json", "police_death.xml",
         hub.SOURCE / "mappings/public_security/samples/police_resident.xml", "insurance_pause_move.json", "civil_adoption.json"]

# What a case worker writes down at the first visit (W of the form), with the care desk.
ENTRIES = [
    ("household-type", "wife", "household_type=农村", "on=1998-10"), ("household-type", "husb", "household_type=农村", "on=1973-09"),
    ("schooling", "wife", "education=初级中学教育", "school=试县试镇中学", "on=1991"), ("schooling", "husb", "education=普通高级中学教育", "on=1992"),
    ("address", "wife", "address=试县试镇1号", "on=1998-10"), ("address", "husb", "address=试县试镇1号", "on=1998-10"),
    ("housing", "wife", "living=与配偶同住", "housing=自建房", "unsafe=否", "square_metre_tenths=965", "on=1998-10"),
    ("housing", "husb", "living=与配偶同住", "housing=自建房", "unsafe=否", "square_metre_tenths=965", "on=1998-10"),
    ("work", "wife", "work=务农", "on=1995-06"), ("work", "husb", "work=单位职工", "unit=试县试厂", "on=2012-03"),
    ("work", "dau2", "work=无劳动能力", "on=2026-11"),
    ("insured", "wife", "scheme=390", "on=2026-01-01", "until=2026-12-31"), ("insured", "husb", "scheme=310", "on=2012-03"),
    ("support", "wife", "what=最低生活保障", "fen_per_month=565.00", "on=2026-10"),
    ("pension", "husb", "what=职工养老保险", "state=领取", "fen_per_month=2380.00", "on=2026-09"),
    ("contact", "wife", "channel=mobile", "contact=试号0001", "on=2026-11-20"),
    ("helper", "wife", "role=village_cadre", "helper_name=赵试干", "on=2026-11-20"),
]

# 表, 栏, of whom, field of `explain`. R is computed of agencies' words, W is entered: the form's own source.
PAGE = [
    ("封面", "住址", "wife", "address"), ("封面", "联系人", "wife", "helper"), ("封面", "联系方式", "wife", "contact"),
    *((f"基本信息 {column}", label, who, field) for column, who in (("男", "husb"), ("女", "wife")) for label, field in (
        ("姓名", "name"), ("性别", "sex"), ("出生日期", "born"), ("身份证号", "number"), ("民族", "ethnic_group"), ("户籍所在地", "residence"),
        ("户", "household"), ("地域", "household_type"), ("文化程度", "schooling"), ("婚姻情况", "marriage"))),
    *((f"居住情况 {column}", label, who, field) for column, who in (("男", "husb"), ("女", "wife")) for label, field in (
        ("现住地址", "address"), ("居住方式、住房类型、是否危房、面积", "housing"))),
    *((f"其他家庭成员 {column}", label, who, field) for column, who in (("子", "son"), ("女", "dau2"), ("养女", "adopt")) for label, field in (
        ("姓名", "name"), ("性别", "sex"), ("出生日期", "born"), ("身份证号", "number"), ("父母", "parents"))),
    ("其他家庭成员 子", "死亡", "son", "died"), ("其他家庭成员 女", "伤残级别", "dau2", "grade"),
    ("工作情况 男", "单位、工作情况", "husb", "work"), ("工作情况 女", "工作情况", "wife", "work"), ("工作情况 子女", "工作情况", "dau2", "work"),
    ("再生育、收养", "收养", "adopt", "parents"),
    ("社会保障 男", "医疗", "husb", "insured"), ("社会保障 女", "医疗", "wife", "insured"), ("社会保障 男", "养老", "husb", "pension"),
    ("社会保障 女", "低保", "wife", "support"), ("社会保障 男", "参保登记", "husb2", "insurance"),
]
# Fields of the form that no kind of fact tells in this version.
NOT_KEPT = ["照片", "面貌", "伤残类别（disability tells it, no answer shows it）", "家庭年收入、年支出", "健康状况（身高、体重、血型、血压、四肢活动、既往病史、长期用药、重大疾病）"]


class Archive(Journey):

    def test_every_field_of_the_first_page_is_traced_to_a_file_and_a_mapping_line(self):
        one = self.hub()
        self.texts = {}   # event -> (name of what tells it, its text)
        for file in FILES:
            path = file if isinstance(file, pathlib.Path) else hub.SAMPLES / file
            before = one.balance()["received"]
            one.ingest(path)
            data = path.read_bytes()
            text = data.decode("gb18030" if b"GB18030" in data[:100] else "utf-8")
            for event in range(before + 1, one.balance()["received"] + 1):
                self.texts[event] = (path.name, text)
        for form, who, *values in ENTRIES:
            shown = one.read("care", "add", form, "--of", IDS[who], *values, "--as", "zhang")
            self.assertEqual("applied", shown["state"], shown)
            self.texts[shown["sequence"]] = (f"care add {form}", " ".join(str(told["value"]) for told in shown["values"]))
        self.assert_closes(one, quarantined=0)
        page = [line for row in PAGE for line in self.lines(one, *row)] + [f"{label}: no kind of fact tells it" for label in NOT_KEPT]
        text = "\n".join(page) + "\n"
        if os.environ.get("KINHUB_GOLDEN") == "write":
            KEPT.write_text(text, encoding="utf-8")
        kept = KEPT.read_text(encoding="utf-8") if KEPT.exists() else ""
        if kept != text:
            self.fail("".join(difflib.unified_diff(kept.splitlines(True), text.splitlines(True), str(KEPT), "what it says now", n=3)))

    def lines(self, one, table, label, who, field):
        """A field of the page: its values, and of each where it comes from."""
        origin = one.read("explain", "--of", IDS[who], "--field", field)
        self.assertTrue(origin["settled"], f"{table} {label} of {who}: nothing is known")
        for settled in origin["settled"]:
            yield f"{table} · {label}: {' '.join(str(settled[part]) for part in ('value', 'name', 'number') if settled[part])}"
            self.assertTrue(settled["by"])
            for word in settled["by"]:
                yield f"    {self.traced(word, f'{table} {label}')}"

    def traced(self, word, of):
        """Where a word comes from, followed back by other means than the hub's."""
        file, text = self.texts[word["sequence"]]
        mapping = (hub.SOURCE / "mappings" / (word["mapping"] + ".yaml")).read_text(encoding="utf-8").splitlines()
        line = mapping[word["line"] - 1].strip()
        self.assertRegex(line, r"^[\w.]+: |^fact: |^- fact: ", f"{of}: {word['mapping']}:{word['line']} sets nothing")
        self.assertTrue(word["raw"], f"{of}: of event {word['sequence']} nothing is shown")
        for raw in word["raw"]:
            if raw["text"] and word["source"] != "care-desk":
                self.assertIn(raw["text"], text, f"{of}: {file} does not say it")
                self.assertIn(re.split(r"[/.\s]", raw["place"])[-1], text)
        said = ", ".join(f"{raw['place']} = {raw['text']}" for raw in word["raw"] if raw["text"])
        return f"{word['source']}  {file}  {word['mapping']}.yaml:{word['line']} {line.split(':')[0]}  {said}"


if __name__ == "__main__":
    hub.main()
