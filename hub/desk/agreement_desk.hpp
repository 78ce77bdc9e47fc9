#pragma once
// Agreement at the desk: the answer of hub/reconcile/agreement as a view, with the people it is about.

#include <stop_token>

#include "hub/base/progress.hpp"
#include "hub/base/result.hpp"
#include "hub/desk/agreement_view.hpp"
#include "hub/reconcile/agreement.hpp"

namespace kinhub {

/// find_agreement() as a view, unmasked. Errors: STOPPED.
Result<AgreementView> compare_agreement(const AgreementMeans& means, const AgreementQuestion& question,
                                        std::stop_token stop, const OnProgress& on_progress);

}  // namespace kinhub
