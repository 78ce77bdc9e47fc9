#include "hub/policy/file_tests.hpp"
namespace kinhub::policy {
PolicySet::TestReport run_tests(const PolicySet&, const std::vector<Document>&) { return {}; }
std::vector<Error> untested(const PolicySet&, const std::vector<Document>&) { return {}; }
}
