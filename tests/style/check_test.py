"""check.py finds each thing it is there for, and leaves a clean tree alone."""
import os
import tempfile
import unittest

import check

CLEAN = {
    "hub/CMakeLists.txt": 'kinhub_folder(base LINKS fmt::fmt)\n'
                          'kinhub_folder(record LINKS kinhub_base)\n'
                          'kinhub_folder(cli\n  LINKS kinhub_base\n    kinhub_record)\n',
    "hub/base/date.hpp": "#pragma once\n// Plain dates, and how they are read.\n",
    "hub/record/fact.hpp": '#pragma once\n// What an event says of people: facts.\n#include "hub/base/date.hpp"\n',
    "hub/main.cpp": '#include "hub/cli/app.hpp"\n',
    "hub/cli/app.hpp": '#pragma once\n// The program: arguments in, exit code out.\n#include "hub/record/fact.hpp"\n',
    "connectors/police/police.cpp": '#include "kinhub/plugin.h"\n',
    "plugins/include/kinhub/plugin.h": "/* The contract. */\n",
    "tests/unit/base/date_test.cpp": "// 322228197503120246 and the standard's 11010519491231002X\n",
    "mappings/x.yaml": "each: /root/body/RECORD\n",
    "Makefile": "all:\n\ttrue\n",
}


def problems_with(changes):
    with tempfile.TemporaryDirectory() as tree:
        for name, text in {**CLEAN, **changes}.items():
            path = os.path.join(tree, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return check.check(tree)


class Check(unittest.TestCase):
    def finds(self, name, text, words):
        found = problems_with({name: text})
        self.assertEqual(len(found), 1, found)
        self.assertIn(words, found[0])
        self.assertTrue(found[0].startswith(name + ":"), found[0])

    def test_leaves_a_clean_tree_alone(self):
        self.assertEqual(problems_with({}), [])

    def test_arrow_against_the_links(self):
        self.finds("hub/record/fact.cpp", '#include "hub/cli/app.hpp"\n', "may not include")

    def test_connector_that_knows_the_hub(self):
        self.finds("connectors/police/police.cpp", '#include "hub/record/fact.hpp"\n', "not the hub")

    def test_line_longer_than_the_formatter_allows(self):
        self.finds("hub/base/date.cpp", "// " + "x" * 108 + "\n", "longer than 110 columns")

    def test_a_line_is_measured_in_characters(self):
        self.assertEqual(problems_with({"hub/base/date.cpp": "// " + "\u5931" * 107 + "\n"}), [])

    def test_folder_without_links(self):
        self.finds("hub/extra/extra.cpp", "int x;\n", "no LINKS line")

    def test_heavy_header(self):
        self.finds("hub/cli/app.hpp", "#pragma once\n// The program: arguments in, exit code out.\n#include <nlohmann/json.hpp>\n", "costly")

    def test_header_without_pragma(self):
        self.finds("hub/base/date.hpp", "// Plain dates, and how they are read.\n", "#pragma once")

    def test_header_without_sentence(self):
        self.finds("hub/base/date.hpp", "#pragma once\n#include <string>\n", "one sentence")

    def test_unfinished_work(self):
        self.finds("hub/base/date.cpp", "// TO" + "DO later\n", "unfinished")

    def test_skipped_test(self):
        self.finds("tests/unit/base/date_test.cpp", "TEST(Date, DISABLED" + "_Later) {}\n", "skipped")

    def test_tab(self):
        self.finds("hub/base/date.cpp", "\tint x;\n", "tab")

    def test_top_level_folder(self):
        self.finds("scripts/x.txt", "x\n", "top-level")

    def test_citizen_number_of_a_real_region(self):
        self.finds("tests/unit/base/date_test.cpp", "// " + self.number("110105", "19491231", "010") + "\n", "region 110105")

    def test_citizen_number_in_captured_bytes(self):
        self.finds("mappings/police/a.xml", "<A>" + self.number("110105", "19800101", "001") + "</A>\n", "region 110105")

    def test_registry(self):
        self.finds("docs/a.md", "from https://registry.npm" + "js.org/x\n", "registry")

    def test_private_path(self):
        self.finds("docs/a.md", "see /hom" + "e/someone/kinhub\n", "path of one machine")

    @staticmethod
    def number(region, born, serial):
        first = region + born + serial
        return next(first + last for last in "0123456789X" if check.valid_citizen_number(first + last))


if __name__ == "__main__":
    unittest.main()
