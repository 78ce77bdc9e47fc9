#pragma once
// Masking of the desk's answers, in the guard alone: names and numbers are replaced and free text is taken
// out, before an answer leaves the desk. What is masked cannot be calculated back (docs/decisions/0037).

#include <set>

#include "hub/desk/agreement_view.hpp"
#include "hub/desk/as_decided.hpp"
#include "hub/desk/care_views.hpp"
#include "hub/desk/payment_desk.hpp"
#include "hub/desk/requests.hpp"
#include "hub/desk/what_if_view.hpp"

namespace kinhub {

/// Masks in place. What holds no personal data is left as it is.
void mask(LeadView& lead);
void mask(FoundPersonView& found);
void mask(EntitlementView& entitlement);
void mask(FieldOriginView& origin);
void mask(FamilyChangesView& changes);
void mask(EvidenceRulesView& rules);
void mask(EvidenceComparisonView& compared);
void mask(EvidenceAdoptedView& adopted);
void mask(AsDecidedView& view);
void mask(WhatIfView& view);
void mask(AgreementView& view);
void mask(QuarantineView& row);
void mask(EventTraceView& view);
void mask(FamilyView& family);
void mask(CareEntryView& entry);
void mask(CareAnswer& answer);
void mask(ReportView& view);
void mask(IssuedView& view);
void mask(IssuedRowView& row);
void mask(WorklistView& view);
void mask(ArchiveRowView& row);
void mask(ArchiveView& view);
void mask(IdentityPairView& pair);
void mask(IdentityQueueView& queue);
void mask(IdentityAnswer& answer);
void mask(PaymentListView& view);
void mask(OverpaidView& view);
void mask(ReturnsView& view);
/// References of those whose data an answer shows in plain: persons (P...), entries of the care desk, events
/// in quarantine (by number), stored events (SOURCE.SEQUENCE).
using Shown = std::set<std::string>;
void add_shown(const LeadView& lead, Shown& shown);
void add_shown(const FoundPersonView& found, Shown& shown);
void add_shown(const EntitlementView& entitlement, Shown& shown);
void add_shown(const FieldOriginView& origin, Shown& shown);
void add_shown(const FamilyChangesView& changes, Shown& shown);
void add_shown(const EvidenceRulesView& rules, Shown& shown);
void add_shown(const EvidenceComparisonView& compared, Shown& shown);
void add_shown(const EvidenceAdoptedView& adopted, Shown& shown);
void add_shown(const AsDecidedView& view, Shown& shown);
void add_shown(const WhatIfView& view, Shown& shown);
void add_shown(const AgreementView& view, Shown& shown);
void add_shown(const QuarantineView& row, Shown& shown);
void add_shown(const EventTraceView& view, Shown& shown);
void add_shown(const FamilyView& family, Shown& shown);
void add_shown(const CareEntryView& entry, Shown& shown);
void add_shown(const CareAnswer& answer, Shown& shown);
void add_shown(const ReportView& view, Shown& shown);
void add_shown(const IssuedView& view, Shown& shown);
void add_shown(const IssuedRowView& row, Shown& shown);
void add_shown(const WorklistView& view, Shown& shown);
void add_shown(const ArchiveRowView& row, Shown& shown);
void add_shown(const ArchiveView& view, Shown& shown);
void add_shown(const IdentityPairView& pair, Shown& shown);
void add_shown(const IdentityQueueView& queue, Shown& shown);
void add_shown(const IdentityAnswer& answer, Shown& shown);
void add_shown(const PaymentListView& view, Shown& shown);
void add_shown(const OverpaidView& view, Shown& shown);
void add_shown(const ReturnsView& view, Shown& shown);

/// A view of people: it has both functions above.
template <class View>
concept OfPeople = requires(View& view, Shown& shown) {
  mask(view);
  add_shown(view, shown);
};

template <OfPeople View>
void mask(std::vector<View>& views) {
  for (auto& view : views)
    mask(view);
}
template <OfPeople View>
void add_shown(const std::vector<View>& views, Shown& shown) {
  for (const auto& view : views)
    add_shown(view, shown);
}
template <OfPeople View>
void mask(Page<View>& page) {
  mask(page.items);
}
template <OfPeople View>
void add_shown(const Page<View>& page, Shown& shown) {
  add_shown(page.items, shown);
}

/// Answers that tell of nobody: references, figures, states. The guard takes no other kind, so that a new
/// view is masked or named here.
template <class View>
inline constexpr bool of_nobody = false;
template <>
inline constexpr bool of_nobody<bool> = true;
template <>
inline constexpr bool of_nobody<IngestView> = true;
template <>
inline constexpr bool of_nobody<NightView> = true;
template <>
inline constexpr bool of_nobody<reconcile::RunRecord> = true;
template <>
inline constexpr bool of_nobody<std::vector<reconcile::RunRecord>> = true;
template <>
inline constexpr bool of_nobody<ReconcileView> = true;  // its report is kept masked
template <>
inline constexpr bool of_nobody<LeadCountsView> = true;
template <>
inline constexpr bool of_nobody<LeadTimelineView> = true;
template <>
inline constexpr bool of_nobody<ExplanationView> = true;
template <>
inline constexpr bool of_nobody<ReplayView> = true;
template <>
inline constexpr bool of_nobody<DiscardView> = true;
template <>
inline constexpr bool of_nobody<RemapView> = true;
template <>
inline constexpr bool of_nobody<IdentityScanView> = true;
template <>
inline constexpr bool of_nobody<std::vector<SourceSummary>> = true;
template <>
inline constexpr bool of_nobody<std::vector<PositionState>> = true;
template <>
inline constexpr bool of_nobody<RewindView> = true;
template <>
inline constexpr bool of_nobody<CheckpointView> = true;
template <>
inline constexpr bool of_nobody<CoverageView> = true;
template <>
inline constexpr bool of_nobody<std::vector<PaymentSummary>> = true;
template <>
inline constexpr bool of_nobody<ImportedView> = true;
/// Leaves whole: the bank pays by it. Its act asks for a reason and is in the trail with the list.
template <>
inline constexpr bool of_nobody<BankFilesView> = true;
template <>
inline constexpr bool of_nobody<NoticesView> = true;
template <>
inline constexpr bool of_nobody<Balance> = true;
template <>
inline constexpr bool of_nobody<HubState> = true;
template <>
inline constexpr bool of_nobody<LeadHistoryView> = true;
template <>
inline constexpr bool of_nobody<OpeningView> = true;
template <>
inline constexpr bool of_nobody<std::vector<OpeningView>> = true;
template <>
inline constexpr bool of_nobody<UserView> = true;
template <>
inline constexpr bool of_nobody<std::vector<UserView>> = true;
template <>
inline constexpr bool of_nobody<AccountLinkView> = true;
template <>
inline constexpr bool of_nobody<AuditView> = true;  // references, and what was said is sealed

}  // namespace kinhub
