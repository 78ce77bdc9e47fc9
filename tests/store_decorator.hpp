#pragma once
// A store's transaction that passes every call on to another one, through a hook: what counts and what breaks
// calls is made of it.

#include <memory>
#include <utility>

#include "hub/store/accounts.hpp"
#include "hub/store/audit.hpp"
#include "hub/store/balance.hpp"
#include "hub/store/cases.hpp"
#include "hub/store/entries.hpp"
#include "hub/store/identity_pairs.hpp"
#include "hub/store/issued.hpp"
#include "hub/store/leads.hpp"
#include "hub/store/notices.hpp"
#include "hub/store/payments.hpp"
#include "hub/store/people.hpp"
#include "hub/store/positions.hpp"
#include "hub/store/quarantine.hpp"
#include "hub/store/store.hpp"
#include "hub/store/values.hpp"

namespace kinhub::test {

/// `Hook` has two templates of functions, which call `work()` and return its answer:
///   ask(const char* question, Work work): a server would have to answer;
///   tell(Work work): a write or a new number, which an implementation may keep back.
template <class Hook>
class DecoratedPositions : public PositionShelf {
 public:
  DecoratedPositions(PositionShelf& inner, Hook& hook) : inner_(inner), hook_(hook) {}
  StoredPosition at(std::string_view partition) override {
    return hook_.ask("positions", [&] { return inner_.at(partition); });
  }
  bool advance(const Advance& move) override {
    return hook_.ask("advance", [&] { return inner_.advance(move); });
  }

 private:
  PositionShelf& inner_;
  Hook& hook_;
};

template <class Hook>
class DecoratedPeople final : public PeopleShelf {
 public:
  DecoratedPeople(PeopleShelf& inner, Hook& hook) : inner_(inner), hook_(hook) {}
  PersonId new_person() override {
    return hook_.tell([&] { return inner_.new_person(); });
  }
  PersonId last_person() override {
    return hook_.ask("last_person", [&] { return inner_.last_person(); });
  }
  std::vector<DossierRow> dossiers(std::span<const PersonId> people) override {
    return hook_.ask("dossiers", [&] { return inner_.dossiers(people); });
  }
  void put_dossiers(std::span<const DossierRow> rows) override {
    hook_.tell([&] { inner_.put_dossiers(rows); });
  }
  void erase_dossiers(std::span<const PersonId> people) override {
    hook_.tell([&] { inner_.erase_dossiers(people); });
  }
  std::vector<HolderRow> holders(std::span<const Token> identifiers) override {
    return hook_.ask("holders", [&] { return inner_.holders(identifiers); });
  }
  void add_holders(std::span<const HolderRow> rows) override {
    hook_.tell([&] { inner_.add_holders(rows); });
  }
  void remove_holders(std::span<const HolderRow> rows) override {
    hook_.tell([&] { inner_.remove_holders(rows); });
  }
  std::vector<HomeRow> homes(const std::string& source, std::span<const Token> histories) override {
    return hook_.ask("homes", [&] { return inner_.homes(source, histories); });
  }
  void put_histories(const std::string& source, std::span<const EntryRow> rows) override {
    hook_.tell([&] { inner_.put_histories(source, rows); });
  }
  std::vector<PersonId> page(PersonId after, std::size_t count_max) override {
    return hook_.ask("people", [&] { return inner_.page(after, count_max); });
  }
  Size size() override {
    return hook_.ask("size", [&] { return inner_.size(); });
  }
  void set_next_change(PersonId person, std::optional<Date> day) override {
    hook_.tell([&] { inner_.set_next_change(person, day); });
  }
  std::vector<DueRow> next_changes(std::span<const PersonId> people) override {
    return hook_.ask("next_changes", [&] { return inner_.next_changes(people); });
  }
  std::vector<DueRow> due(Date until, const DueRow& after, std::size_t count_max) override {
    return hook_.ask("due", [&] { return inner_.due(until, after, count_max); });
  }

 private:
  PeopleShelf& inner_;
  Hook& hook_;
};

template <class Hook>
class DecoratedLeads final : public LeadShelf {
 public:
  DecoratedLeads(LeadShelf& inner, Hook& hook) : inner_(inner), hook_(hook) {}
  LeadId new_lead() override {
    return hook_.tell([&] { return inner_.new_lead(); });
  }
  void put(const LeadRow& lead) override {
    hook_.tell([&] { inner_.put(lead); });
  }
  std::optional<LeadRow> find(LeadId id) override {
    return hook_.ask("lead", [&] { return inner_.find(id); });
  }
  std::vector<LeadRow> open_of(std::span<const PersonId> people) override {
    return hook_.ask("open_leads", [&] { return inner_.open_of(people); });
  }
  std::vector<LeadRow> of(PersonId person) override {
    return hook_.ask("leads_of", [&] { return inner_.of(person); });
  }
  std::vector<LeadRow> page(std::optional<LeadState> state, LeadId after, std::size_t count_max) override {
    return hook_.ask("leads", [&] { return inner_.page(state, after, count_max); });
  }
  std::vector<std::pair<LeadKind, std::int64_t>> open_counts() override {
    return hook_.ask("open_counts", [&] { return inner_.open_counts(); });
  }
  std::vector<PersonId> people_with_open(PersonId after, std::size_t count_max) override {
    return hook_.ask("people_with_open", [&] { return inner_.people_with_open(after, count_max); });
  }
  std::vector<DecidedRow> decided(std::span<const PersonId> people) override {
    return hook_.ask("decided", [&] { return inner_.decided(people); });
  }
  void put_decided(const DecidedRow& row) override {
    hook_.tell([&] { inner_.put_decided(row); });
  }
  void erase_decided(PersonId person, const std::string& benefit, const Token& anchor) override {
    hook_.tell([&] { inner_.erase_decided(person, benefit, anchor); });
  }
  void add_decision(const DecisionRow& row) override {
    hook_.tell([&] { inner_.add_decision(row); });
  }
  std::vector<DecisionRow> decisions(LeadId lead) override {
    return hook_.ask("decisions", [&] { return inner_.decisions(lead); });
  }

 private:
  LeadShelf& inner_;
  Hook& hook_;
};

template <class Hook>
class DecoratedCases final : public CaseShelf {
 public:
  DecoratedCases(CaseShelf& inner, Hook& hook) : inner_(inner), hook_(hook) {}
  std::vector<CaseRow> of(std::span<const std::int64_t> people) override {
    return hook_.ask("cases_of", [&] { return inner_.of(people); });
  }
  void put(std::span<const CaseRow> rows) override {
    hook_.tell([&] { inner_.put(rows); });
  }
  void erase(std::span<const CaseKey> keys) override {
    hook_.tell([&] { inner_.erase(keys); });
  }
  std::vector<CaseRow> page(const CaseFilter& filter, const CasePlace& after,
                            std::size_t count_max) override {
    return hook_.ask("cases", [&] { return inner_.page(filter, after, count_max); });
  }
  std::vector<CaseCount> counts() override {
    return hook_.ask("case_counts", [&] { return inner_.counts(); });
  }

 private:
  CaseShelf& inner_;
  Hook& hook_;
};

template <class Hook>
class DecoratedIdentityPairs final : public IdentityPairShelf {
 public:
  DecoratedIdentityPairs(IdentityPairShelf& inner, Hook& hook) : inner_(inner), hook_(hook) {}
  void put(std::span<const IdentityPairRow> rows) override {
    hook_.tell([&] { inner_.put(rows); });
  }
  std::optional<IdentityPairRow> find(PairId id) override {
    return hook_.ask("identity_pair", [&] { return inner_.find(id); });
  }
  std::vector<IdentityPairRow> page(std::optional<PairState> state, PairId after,
                                    std::size_t count_max) override {
    return hook_.ask("identity_pairs", [&] { return inner_.page(state, after, count_max); });
  }
  std::vector<IdentityPairRow> of(std::span<const Token> anchors) override {
    return hook_.ask("identity_pairs_of", [&] { return inner_.of(anchors); });
  }
  std::vector<std::pair<PairWhy, std::int64_t>> waiting() override {
    return hook_.ask("identity_pairs_waiting", [&] { return inner_.waiting(); });
  }

 private:
  IdentityPairShelf& inner_;
  Hook& hook_;
};

template <class Hook>
class DecoratedNotices final : public NoticeShelf {
 public:
  DecoratedNotices(NoticeShelf& inner, Hook& hook) : inner_(inner), hook_(hook) {}
  void add(const NoticeRow& row) override {
    hook_.tell([&] { inner_.add(row); });
  }
  std::int64_t last() override {
    return hook_.ask("last_notice", [&] { return inner_.last(); });
  }
  std::vector<NoticeRow> page(std::int64_t after, std::size_t count_max) override {
    return hook_.ask("notices", [&] { return inner_.page(after, count_max); });
  }

 private:
  NoticeShelf& inner_;
  Hook& hook_;
};

template <class Hook>
class DecoratedQuarantine final : public QuarantineShelf {
 public:
  DecoratedQuarantine(QuarantineShelf& inner, Hook& hook) : inner_(inner), hook_(hook) {}
  std::int64_t add(const QuarantineRow& row) override {
    return hook_.ask("add_quarantine", [&] { return inner_.add(row); });
  }
  void update(std::int64_t id, QuarantineState state, std::int64_t attempts, std::string_view code,
              std::string_view place, std::string_view reason) override {
    hook_.tell([&] { inner_.update(id, state, attempts, code, place, reason); });
  }
  std::optional<QuarantineRow> find(std::int64_t id) override {
    return hook_.ask("quarantined", [&] { return inner_.find(id); });
  }
  std::vector<QuarantineRow> page(std::optional<QuarantineState> state, std::int64_t after,
                                  std::size_t count_max) override {
    return hook_.ask("quarantine", [&] { return inner_.page(state, after, count_max); });
  }
  std::vector<QuarantineRow> held_like(std::span<const std::string> digests,
                                       std::span<const Token> keys) override {
    return hook_.ask("held_like", [&] { return inner_.held_like(digests, keys); });
  }
  std::vector<HeldMention> held_mentions(std::span<const Token> identifiers) override {
    return hook_.ask("held_mentions", [&] { return inner_.held_mentions(identifiers); });
  }
  std::optional<std::vector<HeldMention>> all_held_mentions(std::size_t count_max) override {
    return hook_.ask("all_held_mentions", [&] { return inner_.all_held_mentions(count_max); });
  }

 private:
  QuarantineShelf& inner_;
  Hook& hook_;
};

template <class Hook>
class DecoratedBalance final : public BalanceShelf {
 public:
  DecoratedBalance(BalanceShelf& inner, Hook& hook) : inner_(inner), hook_(hook) {}
  std::vector<std::pair<std::string, Counters>> counters() override {
    return hook_.ask("counters", [&] { return inner_.counters(); });
  }
  void add_counters(const std::string& source, const Counters& change) override {
    hook_.tell([&] { inner_.add_counters(source, change); });
  }
  std::vector<CoverageRow> coverage() override {
    return hook_.ask("coverage", [&] { return inner_.coverage(); });
  }
  void put_coverage(const CoverageRow& row) override {
    hook_.tell([&] { inner_.put_coverage(row); });
  }

 private:
  BalanceShelf& inner_;
  Hook& hook_;
};

template <class Hook>
class DecoratedAudit final : public AuditShelf {
 public:
  DecoratedAudit(AuditShelf& inner, Hook& hook) : inner_(inner), hook_(hook) {}
  void add_disclosure(std::int64_t at_us, std::string_view sealed) override {
    hook_.tell([&] { inner_.add_disclosure(at_us, sealed); });
  }
  std::vector<DisclosureRow> page(std::int64_t after, std::size_t count_max) override {
    return hook_.ask("disclosures", [&] { return inner_.page(after, count_max); });
  }

 private:
  AuditShelf& inner_;
  Hook& hook_;
};

template <class Hook>
class DecoratedValues final : public ValueShelf {
 public:
  DecoratedValues(ValueShelf& inner, Hook& hook) : inner_(inner), hook_(hook) {}
  std::string get(const std::string& name) override {
    return hook_.ask("value", [&] { return inner_.get(name); });
  }
  void put(const std::string& name, std::string_view value) override {
    hook_.tell([&] { inner_.put(name, value); });
  }
  void put_dated(const DatedRow& row) override {
    hook_.tell([&] { inner_.put_dated(row); });
  }
  std::vector<DatedRow> dated(const std::string& name) override {
    return hook_.ask("dated", [&] { return inner_.dated(name); });
  }

 private:
  ValueShelf& inner_;
  Hook& hook_;
};

template <class Hook>
class DecoratedEntries final : public EntryShelf {
 public:
  DecoratedEntries(EntryShelf& inner, Hook& hook) : inner_(inner), hook_(hook) {}
  void fill(const std::string& source, std::span<const EntryRow> rows) override {
    hook_.tell([&] { inner_.fill(source, rows); });
  }
  std::int64_t mark(const std::string& source, std::span<const EntryRow> rows) override {
    return hook_.ask("mark_entries", [&] { return inner_.mark(source, rows); });
  }
  std::vector<EntryRow> find(const std::string& source, std::span<const Token> keys) override {
    return hook_.ask("entries", [&] { return inner_.find(source, keys); });
  }
  std::vector<EntryRow> page(const std::string& source, const Token& after, std::size_t count_max) override {
    return hook_.ask("entries_page", [&] { return inner_.page(source, after, count_max); });
  }

 private:
  EntryShelf& inner_;
  Hook& hook_;
};

template <class Hook>
class DecoratedPayments final : public PaymentShelf {
 public:
  DecoratedPayments(PaymentShelf& inner, Hook& hook) : inner_(inner), hook_(hook) {}
  std::int64_t last_list() override {
    return hook_.ask("last_list", [&] { return inner_.last_list(); });
  }
  void put_list(const PaymentListRow& list) override {
    hook_.tell([&] { inner_.put_list(list); });
  }
  std::optional<PaymentListRow> list(std::int64_t id) override {
    return hook_.ask("payment_list", [&] { return inner_.list(id); });
  }
  std::vector<PaymentListRow> lists(std::int64_t after, std::size_t count_max) override {
    return hook_.ask("payment_lists", [&] { return inner_.lists(after, count_max); });
  }
  bool replace_lines(std::int64_t list, std::span<const PaymentLineRow> lines) override {
    return hook_.ask("replace_lines", [&] { return inner_.replace_lines(list, lines); });
  }
  std::vector<PaymentLineRow> lines(std::int64_t list, std::int64_t after, std::size_t count_max) override {
    return hook_.ask("payment_lines", [&] { return inner_.lines(list, after, count_max); });
  }
  std::vector<PaymentLineRow> lines_of(std::span<const Token> payees) override {
    return hook_.ask("payment_lines_of", [&] { return inner_.lines_of(payees); });
  }
  std::vector<Token> payees(const Token& after, std::size_t count_max) override {
    return hook_.ask("payees", [&] { return inner_.payees(after, count_max); });
  }
  std::int64_t last_entry() override {
    return hook_.ask("last_entry", [&] { return inner_.last_entry(); });
  }
  void put_entries(std::span<const PaymentLedgerRow> rows) override {
    hook_.tell([&] { inner_.put_entries(rows); });
  }
  std::vector<PaymentLedgerRow> entries(std::int64_t after, std::size_t count_max) override {
    return hook_.ask("payment_entries", [&] { return inner_.entries(after, count_max); });
  }

 private:
  PaymentShelf& inner_;
  Hook& hook_;
};

template <class Hook>
class DecoratedIssued final : public IssuedShelf {
 public:
  DecoratedIssued(IssuedShelf& inner, Hook& hook) : inner_(inner), hook_(hook) {}
  bool add(const IssuedRow& row) override {
    return hook_.ask("add_issued", [&] { return inner_.add(row); });
  }
  std::optional<IssuedRow> find(std::string_view series, std::int64_t version) override {
    return hook_.ask("issued", [&] { return inner_.find(series, version); });
  }
  std::optional<IssuedRow> latest(std::string_view series) override {
    return hook_.ask("latest_issued", [&] { return inner_.latest(series); });
  }
  std::vector<IssuedRow> page(std::string_view series, std::int64_t version, std::size_t count_max) override {
    return hook_.ask("issued_page", [&] { return inner_.page(series, version, count_max); });
  }

 private:
  IssuedShelf& inner_;
  Hook& hook_;
};

template <class Hook>
class DecoratedAccounts final : public AccountShelf {
 public:
  DecoratedAccounts(AccountShelf& inner, Hook& hook) : inner_(inner), hook_(hook) {}
  std::int64_t last_account() override {
    return hook_.ask("last_account", [&] { return inner_.last_account(); });
  }
  void put(const AccountRow& row) override {
    hook_.tell([&] { inner_.put(row); });
  }
  std::optional<AccountRow> find(std::int64_t id) override {
    return hook_.ask("account", [&] { return inner_.find(id); });
  }
  std::optional<AccountRow> find_named(const Token& name) override {
    return hook_.ask("account_named", [&] { return inner_.find_named(name); });
  }
  std::vector<AccountRow> page(std::int64_t after, std::size_t count_max) override {
    return hook_.ask("accounts_page", [&] { return inner_.page(after, count_max); });
  }
  void put_session(const SessionRow& row) override {
    hook_.tell([&] { inner_.put_session(row); });
  }
  std::optional<SessionRow> find_session(std::string_view digest) override {
    return hook_.ask("session", [&] { return inner_.find_session(digest); });
  }
  std::vector<SessionRow> sessions_of(std::int64_t account) override {
    return hook_.ask("sessions", [&] { return inner_.sessions_of(account); });
  }
  void end_session(std::string_view digest) override {
    hook_.tell([&] { inner_.end_session(digest); });
  }
  void put_slip(const SlipRow& row) override {
    hook_.tell([&] { inner_.put_slip(row); });
  }
  std::vector<SlipRow> find_slips(SlipKind kind, std::span<const std::string> names) override {
    return hook_.ask("find_slips", [&] { return inner_.find_slips(kind, names); });
  }
  std::vector<SlipRow> slips_of(SlipKind kind, std::int64_t account) override {
    return hook_.ask("slips", [&] { return inner_.slips_of(kind, account); });
  }
  void erase_slip(SlipKind kind, std::string_view name) override {
    hook_.tell([&] { inner_.erase_slip(kind, name); });
  }
  void forget_ended(std::int64_t now_us) override {
    hook_.tell([&] { inner_.forget_ended(now_us); });
  }

 private:
  AccountShelf& inner_;
  Hook& hook_;
};

/// All shelves of `inner`, which must outlive this. `Positions`: may be a class of one's own.
template <class Hook, class Positions = DecoratedPositions<Hook>>
class DecoratedTransaction : public StoreTransaction {
 public:
  DecoratedTransaction(StoreTransaction& inner, Hook hook) : inner_(inner), hook_(std::move(hook)) {}

  void commit() override {
    hook_.tell([&] { inner_.commit(); });
  }
  PositionShelf& positions() override { return positions_; }
  PeopleShelf& people() override { return people_; }
  LeadShelf& leads() override { return leads_; }
  CaseShelf& cases() override { return cases_; }
  IdentityPairShelf& identity_pairs() override { return identity_pairs_; }
  NoticeShelf& notices() override { return notices_; }
  QuarantineShelf& quarantine() override { return quarantine_; }
  BalanceShelf& balance() override { return balance_; }
  AuditShelf& audit() override { return audit_; }
  ValueShelf& values() override { return values_; }
  EntryShelf& entries() override { return entries_; }
  PaymentShelf& payments() override { return payments_; }
  IssuedShelf& issued() override { return issued_; }
  AccountShelf& accounts() override { return accounts_; }
  CodeShelf& codes() override { return inner_.codes(); }
  SealedRows& sealed() override { return inner_.sealed(); }

 private:
  StoreTransaction& inner_;
  Hook hook_;
  Positions positions_{inner_.positions(), hook_};
  DecoratedPeople<Hook> people_{inner_.people(), hook_};
  DecoratedLeads<Hook> leads_{inner_.leads(), hook_};
  DecoratedCases<Hook> cases_{inner_.cases(), hook_};
  DecoratedIdentityPairs<Hook> identity_pairs_{inner_.identity_pairs(), hook_};
  DecoratedNotices<Hook> notices_{inner_.notices(), hook_};
  DecoratedQuarantine<Hook> quarantine_{inner_.quarantine(), hook_};
  DecoratedBalance<Hook> balance_{inner_.balance(), hook_};
  DecoratedAudit<Hook> audit_{inner_.audit(), hook_};
  DecoratedValues<Hook> values_{inner_.values(), hook_};
  DecoratedEntries<Hook> entries_{inner_.entries(), hook_};
  DecoratedPayments<Hook> payments_{inner_.payments(), hook_};
  DecoratedIssued<Hook> issued_{inner_.issued(), hook_};
  DecoratedAccounts<Hook> accounts_{inner_.accounts(), hook_};
};

}  // namespace kinhub::test
