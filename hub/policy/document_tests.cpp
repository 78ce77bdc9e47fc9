// Reading of `tests`: the texts of each in-file test; what they mean is read when
// they are run (file_tests.cpp).

#include <fmt/format.h>

#include "hub/policy/document_reader.hpp"
#include "hub/policy/keys.hpp"

namespace kinhub::policy {

void DocumentReader::read_tests(const YamlNode& node) {
  if (!node.IsSequence()) return fail(node, "POLICY_SHAPE", "'tests' is a list");
  for (const auto& one : node) {
    auto map = entries(one, keys_of(test_keys));
    FileTest test;
    test.place = place(one);
    test.name = text(map, "name", one);
    for (auto& [key, value] : map) {
      if (key == "facts") test.facts = scalar(value);
      if (key == "like") test.like = tidy(scalar(value));
      // Behind '|' a text begins on the next line.
      const auto first_line = [&] {
        return value.Mark().line + (scalar(value).find('\n') == std::string::npos ? 1 : 2);
      };
      if (key == "expect") test.expect = scalar(value), test.expect_line = first_line();
      if (key == "expect change") test.expect_change = scalar(value), test.change_line = first_line();
      if (!key.starts_with("then on ")) continue;
      auto day = Date::parse(tidy(key.substr(8)));
      if (!day) fail(value, "POLICY_DATE", "write 'then on 2020-06-10: ...'");
      if (test.has_then) fail(value, "POLICY_KEY_TWICE", "a test has one 'then on'");
      test.has_then = true;
      test.then_on = day.value_or(Date());
      test.then = scalar(value);
    }
    if (test.facts.empty() == test.like.empty())
      fail(one, "POLICY_TEST", "a test has either 'facts' or 'like'");
    if (test.expect.empty() && test.expect_change.empty())
      fail(one, "POLICY_TEST", "a test without 'expect' tests nothing");
    if (test.has_then && test.expect_change.empty())
      fail(one, "POLICY_TEST", "'then on' needs 'expect change'");
    if (!test.expect_change.empty() && !test.has_then)
      fail(one, "POLICY_TEST", "'expect change' needs 'then on'");
    for (const auto& other : document_->tests)
      if (other.name == test.name)
        fail(one, "POLICY_KEY_TWICE", fmt::format("two tests are named '{}'", test.name));
    document_->tests.push_back(std::move(test));
  }
}

}  // namespace kinhub::policy
