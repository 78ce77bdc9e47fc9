#pragma once
// Serialization of the desk's answers to JSON: the one form that the command line and every other door
// give. Field names: docs/cli.md.

#include <string>
#include <string_view>
#include <vector>

#include "hub/care/form.hpp"
#include "hub/desk/agreement_view.hpp"
#include "hub/desk/as_decided.hpp"
#include "hub/desk/requests.hpp"
#include "hub/desk/rule_check.hpp"
#include "hub/desk/what_if_view.hpp"
#include "hub/ground/keys.hpp"
#include "hub/ground/make_hub.hpp"

namespace kinhub {

/// Serializes to one JSON document, two blanks of indentation, a line break at its end.
std::string to_json(const std::vector<LeadView>& leads);
std::string to_json(const LeadView& lead);
std::string to_json(const std::vector<EntitlementView>& entitlements);
std::string to_json(const ExplanationView& explanation);
std::string to_json(const FieldOriginView& origin);
std::string to_json(const Balance& balance);
std::string to_json(const std::vector<QuarantineView>& rows);
std::string to_json(const QuarantineView& row);
std::string to_json(const std::vector<FamilyView>& families);
std::string to_json(const FamilyChangesView& changes);
std::string to_json(const CareAnswer& answer);
std::string to_json(const std::vector<CareEntryView>& entries);
std::string to_json(const std::vector<Form>& forms);
std::string to_json(const Form& form);
std::string to_json(const std::vector<SourceSummary>& sources);
std::string to_json(const EvidenceRulesView& rules);
std::string to_json(const EvidenceComparisonView& compared);
std::string to_json(const EvidenceAdoptedView& adopted);
std::string to_json(const AsDecidedView& view);
std::string to_json(const WhatIfView& view);
std::string to_json(const AgreementView& view);
std::string to_json(const HubState& status);
std::string to_json(const std::vector<PositionState>& positions);
std::string to_json(const RewindView& rewind);
std::string to_json(const RemapView& remap);
std::string to_json(const CheckpointView& checkpoint);
std::string to_json(const CoverageView& coverage);
std::string to_json(const std::vector<TopicState>& topics);
std::string to_json(const KeysState& keys);
std::string to_json(const KeyChange& change);
std::string to_json(const RotationState& rotation);
std::string to_json(const IngestView& ingested);
std::string to_json(const NightView& night);
std::string to_json(const IdentityScanView& scan);
std::string to_json(const IdentityQueueView& queue);
std::string to_json(const IdentityPairView& pair);
std::string to_json(const IdentityAnswerView& answer);
std::string to_json(const ReplayView& replayed);
std::string to_json(const DiscardView& discarded);
/// `what`: of what the names are, mappings or benefits.
std::string to_json(const std::vector<RuleCheck>& checked, std::string_view what, Tests tests);
std::string to_json(const PolicyWords& words);
std::string to_json(const std::vector<MeaningChange>& changes);
std::string to_json(const HubCheck& checked);
std::string to_json(const MadeHub& made);
std::string to_json(const std::vector<UserView>& accounts);
std::string to_json(const UserView& account);
/// `url`: the link.
std::string to_json(const AccountLinkView& made, const std::string& url);

/// The same objects on one line, as HTTP gives them.
std::string one_line_json(const LeadView& lead);
std::string one_line_json(const LeadCountsView& counts);
std::string one_line_json(const LeadTimelineView& timeline);
std::string one_line_json(const ExplanationView& explanation);
std::string one_line_json(const Balance& balance);
std::string one_line_json(const HubState& status);
/// A page of a list: {items, next, as_of, total}; `next` empty: there is none.
std::string page_json(const Page<LeadView>& leads, const std::string& next, const std::string& as_of);
std::string page_json(const Page<QuarantineView>& rows, const std::string& next, const std::string& as_of);
std::string page_json(const Page<SourceSummary>& sources, const std::string& next, const std::string& as_of);
std::string page_json(const Page<EntitlementView>& page, const std::string& next, const std::string& as_of);
std::string page_json(const Page<FamilyView>& page, const std::string& next, const std::string& as_of);
std::string page_json(const Page<FoundPersonView>& page, const std::string& next, const std::string& as_of);
std::string page_json(const Page<OpeningView>& page, const std::string& next, const std::string& as_of);
std::string page_json(const Page<UserView>& page, const std::string& next, const std::string& as_of);
std::string page_json(const AuditView& audit, const std::string& as_of);
std::string one_line_json(const LeadHistoryView& history);
std::string one_line_json(const SessionView& session);
std::string one_line_json(const OpeningView& opening);
std::string one_line_json(const ReplayView& replayed);
std::string one_line_json(const DiscardView& discarded);
std::string one_line_json(const QuarantineView& row);
std::string one_line_json(const UserView& account);
std::string one_line_json(const AccountLinkView& made, const std::string& url);
std::string roles_json();
/// CloudEvents as one array.
std::string batch_json(const NoticesView& notices);

}  // namespace kinhub
