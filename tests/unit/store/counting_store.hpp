#pragma once
// A store that counts: passes everything on to another one and notes each question that a server would have
// to answer.

#include <map>

#include "hub/store/store.hpp"

namespace kinhub::test {

/// Questions by name. Writes and new numbers are not counted: an implementation may keep them back.
using Questions = std::map<std::string, int>;

class CountingTransaction final : public StoreTransaction {
 public:
  CountingTransaction(StoreTransaction& inner, Questions& asked) : inner_(inner), asked_(asked) {}

  void commit() override { inner_.commit(); }
  StoredPosition position(std::string_view partition) override { return ask("position").position(partition); }
  bool advance(const Advance& move) override { return ask("advance").advance(move); }
  PersonId new_person() override { return inner_.new_person(); }
  std::vector<DossierRow> dossiers(std::span<const PersonId> people) override {
    return ask("dossiers").dossiers(people);
  }
  void put_dossiers(std::span<const DossierRow> rows) override { inner_.put_dossiers(rows); }
  void erase_dossiers(std::span<const PersonId> people) override { inner_.erase_dossiers(people); }
  std::vector<HolderRow> holders(std::span<const Token> tokens) override {
    return ask("holders").holders(tokens);
  }
  void add_holders(std::span<const HolderRow> rows) override { inner_.add_holders(rows); }
  void remove_holders(std::span<const HolderRow> rows) override { inner_.remove_holders(rows); }
  std::vector<HomeRow> homes(std::span<const Token> histories) override {
    return ask("homes").homes(histories);
  }
  void set_homes(std::span<const HomeRow> rows) override { inner_.set_homes(rows); }
  std::vector<PersonId> all_people() override { return ask("all_people").all_people(); }
  Size size() override { return ask("size").size(); }
  LeadId new_lead() override { return inner_.new_lead(); }
  void put_lead(const LeadRow& lead) override { inner_.put_lead(lead); }
  std::optional<LeadRow> lead(LeadId id) override { return ask("lead").lead(id); }
  std::vector<LeadRow> open_leads(PersonId person) override { return ask("open_leads").open_leads(person); }
  std::vector<LeadRow> open_leads_of(std::span<const PersonId> people) override {
    return ask("open_leads_of").open_leads_of(people);
  }
  std::vector<LeadRow> leads(std::optional<LeadState> state) override { return ask("leads").leads(state); }
  std::vector<PersonId> people_with_leads(std::optional<LeadState> state) override {
    return ask("people_with_leads").people_with_leads(state);
  }
  std::vector<LeadRow> leads_of(PersonId person) override { return ask("leads_of").leads_of(person); }
  std::vector<DecidedRow> decided(PersonId person) override { return ask("decided").decided(person); }
  std::vector<DecidedRow> decided_for(std::span<const PersonId> people) override {
    return ask("decided_for").decided_for(people);
  }
  void put_decided(const DecidedRow& row) override { inner_.put_decided(row); }
  void erase_decided(PersonId person, const std::string& benefit, const Token& anchor) override {
    inner_.erase_decided(person, benefit, anchor);
  }
  void add_decision(const DecisionRow& row) override { inner_.add_decision(row); }
  std::vector<DecisionRow> decisions(LeadId lead) override { return ask("decisions").decisions(lead); }
  void put_identity_pairs(std::span<const IdentityPairRow> rows) override { inner_.put_identity_pairs(rows); }
  std::optional<IdentityPairRow> identity_pair(PairId id) override {
    return ask("identity_pair").identity_pair(id);
  }
  std::vector<IdentityPairRow> identity_pairs(std::optional<PairState> state) override {
    return ask("identity_pairs").identity_pairs(state);
  }
  std::vector<IdentityPairRow> identity_pairs_of(std::span<const Token> anchors) override {
    return ask("identity_pairs_of").identity_pairs_of(anchors);
  }
  std::vector<std::pair<PairWhy, std::int64_t>> identity_pairs_waiting() override {
    return ask("identity_pairs_waiting").identity_pairs_waiting();
  }
  void set_next_change(PersonId person, std::optional<Date> day) override {
    inner_.set_next_change(person, day);
  }
  std::vector<PersonId> due(Date until) override { return ask("due").due(until); }
  void add_notice(const NoticeRow& row) override { inner_.add_notice(row); }
  std::int64_t last_notice() override { return ask("last_notice").last_notice(); }
  std::vector<NoticeRow> notices(std::int64_t after, std::size_t count_max) override {
    return ask("notices").notices(after, count_max);
  }
  std::int64_t add_quarantine(const QuarantineRow& row) override {
    return ask("add_quarantine").add_quarantine(row);
  }
  void update_quarantine(std::int64_t id, QuarantineState state, std::int64_t attempts, std::string_view code,
                         std::string_view place, std::string_view reason) override {
    inner_.update_quarantine(id, state, attempts, code, place, reason);
  }
  std::vector<QuarantineRow> quarantine(std::optional<QuarantineState> state) override {
    return ask("quarantine").quarantine(state);
  }
  std::optional<QuarantineRow> quarantined(std::int64_t id) override {
    return ask("quarantined").quarantined(id);
  }
  std::vector<QuarantineRow> held_like(std::span<const std::string> digests,
                                       std::span<const Token> keys) override {
    return ask("held_like").held_like(digests, keys);
  }
  std::vector<HeldMention> held_mentions(std::span<const Token> identifiers) override {
    return ask("held_mentions").held_mentions(identifiers);
  }
  std::vector<std::pair<std::string, Counters>> counters() override { return ask("counters").counters(); }
  void add_counters(const std::string& source, const Counters& change) override {
    inner_.add_counters(source, change);
  }
  std::vector<CoverageRow> coverage() override { return ask("coverage").coverage(); }
  void put_coverage(const CoverageRow& row) override { inner_.put_coverage(row); }
  void add_disclosure(std::int64_t at_us, std::string_view sealed) override {
    inner_.add_disclosure(at_us, sealed);
  }
  std::vector<std::pair<std::int64_t, std::string>> disclosures() override {
    return ask("disclosures").disclosures();
  }
  void put_dated(const DatedRow& row) override { inner_.put_dated(row); }
  std::vector<DatedRow> dated(const std::string& name) override { return ask("dated").dated(name); }
  std::string value(const std::string& name) override { return ask("value").value(name); }
  void put_value(const std::string& name, std::string_view value) override { inner_.put_value(name, value); }
  SealedRows& sealed() override { return ask("sealed").sealed(); }

 private:
  StoreTransaction& ask(const char* question) {
    ++asked_[question];
    return inner_;
  }
  StoreTransaction& inner_;
  Questions& asked_;
};

}  // namespace kinhub::test
