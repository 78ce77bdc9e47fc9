// Runs the tests that stand in mapping files through the same apply() as every event.
#include <algorithm>

#include "hub/base/mask.hpp"
#include "hub/mapping/compiled.hpp"
#include "hub/mapping/values.hpp"

namespace kinhub {
namespace {

std::string_view content_type_of(Format format) {
  switch (format) {
    case Format::xml:
      return "application/xml";
    case Format::json:
      return "application/json";
    case Format::csv:
      return "text/csv";
    case Format::hl7:
      return "x-application/hl7-v2+er7";
  }
  return {};
}

/// What of `wanted` the fact does not say; empty when it says all of it.
std::string difference(const Fact& fact, const std::vector<std::pair<std::string, std::string>>& wanted) {
  for (const auto& [field, value] : wanted) {
    auto found = text_of_field(fact, field);
    if (found.value_or("null") != value)
      return field + ": expected " + mask_key(value) + ", found " +
             (found ? mask_key(*found) : std::string("nothing"));
  }
  return {};
}

std::string describe_outcome(const Outcome& outcome) {
  if (const auto* rejected = std::get_if<Rejected>(&outcome))
    return "rejected" + (rejected->field.empty() ? std::string() : " at " + rejected->field) + ": " +
           describe(rejected->error);
  if (const auto* filtered = std::get_if<Filtered>(&outcome)) return "filtered: " + filtered->reason;
  std::string text = "facts:";
  for (const auto& fact : std::get<Mapped>(outcome).facts)
    text += " " + std::string(name_of(fact.op)) + " " + std::string(name_of(fact.kind));
  return text;
}

/// Why the outcome is not what the test says; empty when it is.
std::string fault(const TestCase& test, const MappingFile& file, const Outcome& outcome) {
  if (test.reject_code) {
    const auto* rejected = std::get_if<Rejected>(&outcome);
    if (rejected != nullptr && rejected->error.code == *test.reject_code &&
        (!test.reject_field || rejected->field == *test.reject_field))
      return {};
    return "expected rejection " + *test.reject_code +
           (test.reject_field ? " at " + *test.reject_field : "") + ", found " + describe_outcome(outcome);
  }
  if (test.filter) {
    const auto* filtered = std::get_if<Filtered>(&outcome);
    if (filtered != nullptr && filtered->mapping == file.name &&
        (test.filter->empty() || filtered->reason == *test.filter))
      return {};
    return "expected it filtered by " + file.name + ", found " + describe_outcome(outcome);
  }
  const auto* mapped = std::get_if<Mapped>(&outcome);
  if (mapped == nullptr) return "expected facts, found " + describe_outcome(outcome);
  if (test.exact) {
    if (mapped->facts.size() != test.expect.size())
      return "expected " + std::to_string(test.expect.size()) + " facts, found " +
             std::to_string(mapped->facts.size()) + " (" + describe_outcome(outcome) + ")";
    for (std::size_t i = 0; i < test.expect.size(); ++i)
      if (auto text = difference(mapped->facts[i], test.expect[i]); !text.empty())
        return "fact " + std::to_string(i + 1) + ", " + text;
    return {};
  }
  std::string nearest;
  for (const auto& fact : mapped->facts) {
    auto text = difference(fact, test.expect.front());
    if (text.empty()) return {};
    if (nearest.empty() || nearest.starts_with("fact:")) nearest = text;
  }
  return nearest;
}

}  // namespace

MappingSet::TestReport MappingSet::test() const {
  TestReport report;
  for (const auto& file : compiled_->files)
    for (const auto& test : file->tests) {
      RawEvent event{test.body, content_type_of(file->format), test.charset};
      auto outcome = compiled_->apply(event, test.replace.empty() ? nullptr : &test.replace);
      auto text = fault(test, *file, outcome);
      if (text.empty())
        ++report.passed;
      else
        report.failed.push_back({"MAP_TEST", "'" + test.name + "': " + text, test.place});
    }
  return report;
}

}  // namespace kinhub
