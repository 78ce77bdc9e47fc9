// Runs the tests that stand in form files: through the same decision as every entry, and the same mappings as
// every event.
#include <algorithm>

#include "hub/care/entry.hpp"
#include "hub/mapping/mapping.hpp"

namespace kinhub {
namespace {

constexpr std::int64_t day_us = 86'400'000'000, noon_us = 4 * 3'600'000'000;  // noon in Shanghai

std::string told(const std::vector<Error>& errors) {
  std::string text;
  for (const auto& error : errors)
    text += (text.empty() ? "" : "; ") + describe(error);
  return text;
}

std::string fault_of_rejection(const FormTest& test, const std::vector<Error>& errors) {
  const bool same = std::equal(errors.begin(), errors.end(), test.refused.begin(), test.refused.end(),
                               [](const Error& error, const FormTest::Refused& refused) {
                                 return error.code == refused.code && error.place == refused.field;
                               });
  return same ? "" : "found the errors: " + told(errors);
}

std::string fault_of_values(const FormTest& test, const CareEntry& entry) {
  for (const auto& wanted : test.expect) {
    const bool there = std::find(entry.values.begin(), entry.values.end(), wanted) != entry.values.end();
    const bool late = wanted.first == "late" && (wanted.second == "true") == entry.late;
    if (!there && !late) return "the event does not have " + wanted.first + " as expected";
  }
  return "";
}

std::string fault_of_facts(const FormTest& test, const std::string& body, const MappingSet& mappings) {
  const auto outcome = mappings.apply({body, "application/json", "UTF-8"});
  if (const auto* rejected = std::get_if<Rejected>(&outcome))
    return "the mappings reject the event: " + describe(rejected->error);
  std::vector<std::string> kinds;
  if (const auto* mapped = std::get_if<Mapped>(&outcome))
    for (const auto& fact : mapped->facts)
      kinds.emplace_back(name_of(fact.kind));
  if (kinds == test.facts) return "";
  std::string found;
  for (const auto& kind : kinds)
    found += " " + kind;
  return "the mappings make these facts of it:" + found;
}

std::string fault(const FormTest& test, const Form& form, const FormSet& set, const MappingSet& mappings) {
  const auto at_us = test.today.days() * day_us + noon_us;
  const auto decided = decide_entry({form,
                                     set.tables(),
                                     entry_id(at_us, 0),
                                     test.person,
                                     test.values,
                                     {"test", "a test of the form", at_us},
                                     test.today});
  if (const auto* errors = std::get_if<std::vector<Error>>(&decided))
    return test.refused.empty() ? "refused: " + told(*errors) : fault_of_rejection(test, *errors);
  if (!test.refused.empty()) return "nothing was refused";
  const auto& entry = std::get<CareEntry>(decided);
  const auto body = to_bytes(entry, form);
  const auto again = entry_from(body);
  if (!again || to_bytes(*again, form) != body) return "the event is not read back as it was written";
  if (auto wrong = fault_of_values(test, entry); !wrong.empty()) return wrong;
  return fault_of_facts(test, body, mappings);
}

}  // namespace

FormSet::TestReport FormSet::test(const MappingSet& mappings) const {
  TestReport report;
  for (const auto& form : forms_)
    for (const auto& test : form.tests) {
      auto text = fault(test, form, *this, mappings);
      if (text.empty())
        ++report.passed;
      else
        report.failed.push_back({"FORM_TEST", "'" + test.name + "': " + text, test.place});
    }
  return report;
}

}  // namespace kinhub
