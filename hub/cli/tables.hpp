#pragma once
// Text rendering of the desk's answers, for people: tables on a terminal, masked unless Reveal::yes.

#include <iosfwd>
#include <vector>

#include "hub/care/form.hpp"
#include "hub/desk/operations.hpp"
#include "hub/desk/rule_check.hpp"
#include "hub/ground/keys.hpp"

namespace kinhub::cli {

void print(std::ostream& out, const std::vector<LeadView>& leads, Reveal reveal);
void print(std::ostream& out, const LeadView& lead, Reveal reveal);
void print(std::ostream& out, const std::vector<EntitlementView>& entitlements, Reveal reveal);
void print(std::ostream& out, const ExplanationView& explanation);
void print(std::ostream& out, const FieldOriginView& origin, Reveal reveal);
void print(std::ostream& out, const Balance& balance);
void print(std::ostream& out, const std::vector<QuarantineView>& rows, Reveal reveal);
void print(std::ostream& out, const QuarantineView& row, Reveal reveal);
void print(std::ostream& out, const std::vector<FamilyView>& families, Reveal reveal);
void print(std::ostream& out, const FamilyChangesView& changes, Reveal reveal);
void print(std::ostream& out, const CareAnswer& answer, Reveal reveal);
void print(std::ostream& out, const std::vector<CareEntryView>& entries, Reveal reveal);
void print(std::ostream& out, const std::vector<Form>& forms);
void print(std::ostream& out, const Form& form);
void print(std::ostream& out, const std::vector<SourceSummary>& sources);
void print(std::ostream& out, const EvidenceRulesView& rules);
void print(std::ostream& out, const EvidenceComparisonView& compared, Reveal reveal);
void print(std::ostream& out, const EvidenceAdoptedView& adopted);
void print(std::ostream& out, const HubState& status);
void print(std::ostream& out, const std::vector<PositionState>& positions);
void print(std::ostream& out, const RewindView& rewind);
void print(std::ostream& out, const RemapView& remap);
void print(std::ostream& out, const CheckpointView& checkpoint);
void print(std::ostream& out, const std::vector<TopicState>& topics);
void print(std::ostream& out, const KeysState& keys);
void print(std::ostream& out, const KeyChange& change);
void print(std::ostream& out, const RotationState& rotation);
void print(std::ostream& out, const IngestView& ingested);
void print(std::ostream& out, const NightView& night);
void print(std::ostream& out, const IdentityScanView& scan);
void print(std::ostream& out, const IdentityQueueView& queue, Reveal reveal);
void print(std::ostream& out, const IdentityPairView& pair, Reveal reveal);
void print(std::ostream& out, const IdentityAnswerView& answer, Reveal reveal);
void print(std::ostream& out, const ReplayView& replayed);
void print(std::ostream& out, const DiscardView& discarded);
void print(std::ostream& out, const HubCheck& checked);

}  // namespace kinhub::cli
