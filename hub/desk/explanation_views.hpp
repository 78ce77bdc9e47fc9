#pragma once
// Views of an account: codes and words of why, or why not, with who told each fact. Pure.

#include <functional>

#include "hub/desk/views.hpp"
#include "hub/lead/account_words.hpp"

namespace kinhub {

/// The evidence of a cause; none: not known.
using EvidenceOfCause = std::function<std::vector<Evidence>(const Cause&)>;

ExplanationView explanation_view(const Account& account, const PolicySet& policies,
                                 const Situation& situation, const CoverageTold& told,
                                 const EvidenceOfCause& evidence);

}  // namespace kinhub
