#pragma once
// Test runner for the tests inside policy files: facts as people write them, and what
// is expected month by month.

#include <vector>

#include "hub/policy/document.hpp"

namespace kinhub::policy {

/// Runs every test of all documents. Each is run against the whole set, since documents replace one another.
PolicySet::TestReport run_tests(const PolicySet& policies, const std::vector<Document>& documents);

/// Test coverage: benefits that no test expects, and benefits that no test expects to be absent.
std::vector<Error> untested(const PolicySet& policies, const std::vector<Document>& documents);

/// Test fixture: a family as a test's facts tell it, seen by each parent.
struct TestFamily {
  std::optional<Situation> wife, husband;
};
/// Parses the facts language (docs/policies.md). Errors: POLICY_TEST_FACTS.
Result<TestFamily> read_facts(std::string_view facts, const Place& place);

}  // namespace kinhub::policy
