#pragma once
// The tests that stand inside policy files: facts as people write them, and what is expected month by month.

#include <vector>

#include "hub/policy/document.hpp"

namespace kinhub::policy {

/// What an in-file test is run against: the whole set, since documents replace one another.
PolicySet::TestReport run_tests(const PolicySet& policies, const std::vector<Document>& documents);

/// Benefits that no test expects, and benefits that no test expects to be absent.
std::vector<Error> untested(const PolicySet& policies, const std::vector<Document>& documents);

/// A family as a test's facts tell it, seen by each parent.
struct TestFamily {
  std::optional<Situation> wife, husband;
};
/// Reads the facts language (docs/policies.md). Errors: POLICY_TEST_FACTS.
Result<TestFamily> read_facts(std::string_view facts, const Place& place);

}  // namespace kinhub::policy
