#pragma once
// Text rendering of the desk's answers, for people: tables on a terminal, as the desk gives them.

#include <iosfwd>
#include <vector>

#include "hub/base/texts.hpp"
#include "hub/care/form.hpp"
#include "hub/desk/payment_desk.hpp"
#include "hub/desk/requests.hpp"
#include "hub/desk/rule_check.hpp"
#include "hub/ground/keys.hpp"
#include "hub/ground/make_hub.hpp"

namespace kinhub::cli {

// What case workers read, in their language; every text is of the catalogue (hub/base/texts.hpp).
void print(std::ostream& out, const std::vector<LeadView>& leads, Language language);
void print(std::ostream& out, const LeadView& lead, Language language);
void print(std::ostream& out, const std::vector<EntitlementView>& entitlements, Language language);
void print(std::ostream& out, const ExplanationView& explanation, Language language);
void print(std::ostream& out, const PaymentListView& view, Language language);
void print(std::ostream& out, const std::vector<PaymentSummary>& lists, Language language);
void print(std::ostream& out, const ReturnsView& view, Language language);
void print(std::ostream& out, const std::vector<OverpaidView>& entries, Language language);
void print(std::ostream& out, const OverpaidView& entry, Language language);

void print(std::ostream& out, const BankFilesView& view);
void print(std::ostream& out, const ImportedView& view);

void print(std::ostream& out, const FieldOriginView& origin);
void print(std::ostream& out, const Balance& balance);
void print(std::ostream& out, const std::vector<QuarantineView>& rows);
void print(std::ostream& out, const QuarantineView& row);
void print(std::ostream& out, const std::vector<FamilyView>& families);
void print(std::ostream& out, const FamilyChangesView& changes);
void print(std::ostream& out, const CareAnswer& answer);
void print(std::ostream& out, const std::vector<CareEntryView>& entries);
void print(std::ostream& out, const std::vector<Form>& forms);
void print(std::ostream& out, const Form& form);
void print(std::ostream& out, const std::vector<SourceSummary>& sources);
void print(std::ostream& out, const EvidenceRulesView& rules);
void print(std::ostream& out, const EvidenceComparisonView& compared);
void print(std::ostream& out, const EvidenceAdoptedView& adopted);
void print(std::ostream& out, const HubState& status);
void print(std::ostream& out, const std::vector<PositionState>& positions);
void print(std::ostream& out, const RewindView& rewind);
void print(std::ostream& out, const RemapView& remap);
void print(std::ostream& out, const CheckpointView& checkpoint);
void print(std::ostream& out, const CoverageView& coverage);
void print(std::ostream& out, const std::vector<TopicState>& topics);
void print(std::ostream& out, const KeysState& keys);
void print(std::ostream& out, const KeyChange& change);
void print(std::ostream& out, const RotationState& rotation);
void print(std::ostream& out, const IngestView& ingested);
void print(std::ostream& out, const NightView& night);
void print(std::ostream& out, const IdentityScanView& scan);
void print(std::ostream& out, const IdentityQueueView& queue);
void print(std::ostream& out, const IdentityPairView& pair);
void print(std::ostream& out, const IdentityAnswerView& answer);
void print(std::ostream& out, const ReplayView& replayed);
void print(std::ostream& out, const DiscardView& discarded);
void print(std::ostream& out, const HubCheck& checked);
void print(std::ostream& out, const MadeHub& made);

}  // namespace kinhub::cli
