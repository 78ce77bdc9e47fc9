#pragma once
// A store and a log that break at the n-th call, and not again: before it is done, or after it is done and
// before the answer arrives.

#include <atomic>

#include "hub/store/store.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub::test {

struct Faults {
  enum class When { before, after };
  std::int64_t at = 0;  ///< 0: never
  When when = When::before;
  std::atomic<std::int64_t> calls{0};
  std::int64_t batch_max = 0;  ///< a batch of more events never gets through; 0: any does
  std::atomic<std::int64_t> too_large{0};

  bool struck() const { return at > 0 && calls >= at; }
  template <class Failure, class Call>
  auto through(Call call) {
    const bool strikes = ++calls == at;
    if (strikes && when == When::before) throw Failure("it does not answer");
    if constexpr (std::is_void_v<decltype(call())>) {
      call();
      if (strikes) throw Failure("its answer was lost");
    } else {
      auto answer = call();
      if (strikes) throw Failure("its answer was lost");
      return answer;
    }
  }
};

class FaultyTransaction final : public StoreTransaction {
 public:
  FaultyTransaction(std::unique_ptr<StoreTransaction> real, Faults& faults)
      : real_(std::move(real)), faults_(faults) {}

#define KINHUB_THROUGH(call)                                               \
  override {                                                               \
    return faults_.through<StoreUnavailable>([&] { return real_->call; }); \
  }
  void commit() KINHUB_THROUGH(commit()) StoredPosition position(std::string_view partition)
      KINHUB_THROUGH(position(partition)) bool advance(const Advance& move) override {
    if (faults_.batch_max > 0 && move.to_sequence - move.from_sequence > faults_.batch_max) {
      ++faults_.too_large;
      throw StoreUnavailable("the server ended the session of a batch that took too long");
    }
    return faults_.through<StoreUnavailable>([&] { return real_->advance(move); });
  }
  PersonId new_person() KINHUB_THROUGH(new_person()) std::vector<DossierRow> dossiers(
      std::span<const PersonId> people)
      KINHUB_THROUGH(dossiers(people)) void put_dossiers(std::span<const DossierRow> rows) KINHUB_THROUGH(
          put_dossiers(rows)) void erase_dossiers(std::span<const PersonId> people)
          KINHUB_THROUGH(erase_dossiers(people)) std::vector<HolderRow> holders(std::span<const Token> tokens)
              KINHUB_THROUGH(holders(tokens)) void add_holders(std::span<const HolderRow> rows)
                  KINHUB_THROUGH(add_holders(rows)) void remove_holders(std::span<const HolderRow> rows)
                      KINHUB_THROUGH(remove_holders(rows)) std::vector<HomeRow> homes(
                          std::span<const Token> histories)
                          KINHUB_THROUGH(homes(histories)) void set_homes(std::span<const HomeRow> rows)
                              KINHUB_THROUGH(set_homes(rows)) std::vector<PersonId> all_people()
                                  KINHUB_THROUGH(all_people()) Size size() KINHUB_THROUGH(size()) LeadId
      new_lead() KINHUB_THROUGH(new_lead()) void put_lead(const LeadRow& row) KINHUB_THROUGH(
          put_lead(row)) std::optional<LeadRow> lead(LeadId id)
          KINHUB_THROUGH(lead(id)) std::vector<LeadRow> open_leads(PersonId person) KINHUB_THROUGH(open_leads(
              person)) std::vector<LeadRow> leads(std::optional<LeadState> state) KINHUB_THROUGH(leads(state))
              std::vector<PersonId> people_with_leads(std::optional<LeadState> state) KINHUB_THROUGH(
                  people_with_leads(state)) std::vector<LeadRow> leads_of(PersonId person)
                  KINHUB_THROUGH(leads_of(person)) void erase_decided(PersonId person,
                                                                      const std::string& benefit,
                                                                      const Token& anchor)
                      KINHUB_THROUGH(erase_decided(person, benefit, anchor)) std::vector<DecidedRow> decided(
                          PersonId
                              person) KINHUB_THROUGH(decided(person)) void put_decided(const DecidedRow& row)
                          KINHUB_THROUGH(put_decided(row)) void add_decision(
                              const DecisionRow& row) KINHUB_THROUGH(add_decision(row))
                              std::vector<DecisionRow> decisions(LeadId lead) KINHUB_THROUGH(decisions(
                                  lead)) void set_next_change(PersonId person, std::optional<Date> day)
                                  KINHUB_THROUGH(set_next_change(person, day)) void put_identity_pairs(
                                      std::span<const IdentityPairRow> rows)
                                      KINHUB_THROUGH(put_identity_pairs(
                                          rows)) std::optional<IdentityPairRow> identity_pair(PairId id)
                                          KINHUB_THROUGH(identity_pair(id)) std::vector<
                                              IdentityPairRow> identity_pairs(std::optional<PairState> state)
                                              KINHUB_THROUGH(identity_pairs(state))
                                                  std::vector<IdentityPairRow> identity_pairs_of(
                                                      std::span<const Token> anchors)
                                                      KINHUB_THROUGH(identity_pairs_of(anchors)) std::vector<
                                                          std::pair<PairWhy,
                                                                    std::int64_t>> identity_pairs_waiting()
                                                          KINHUB_THROUGH(identity_pairs_waiting())
                                                              std::vector<PersonId> due(Date until)
                                                                  KINHUB_THROUGH(due(until)) void add_notice(
                                                                      const NoticeRow& row)
                                                                      KINHUB_THROUGH(
                                                                          add_notice(row)) std::int64_t
      last_notice()
          KINHUB_THROUGH(last_notice()) std::vector<NoticeRow> notices(std::int64_t after, std::size_t most)
              KINHUB_THROUGH(notices(after, most)) std::int64_t
      add_quarantine(const QuarantineRow& row) KINHUB_THROUGH(add_quarantine(row)) void update_quarantine(
          std::int64_t id, QuarantineState state, std::int64_t attempts, std::string_view code,
          std::string_view place,
          std::string_view reason) KINHUB_THROUGH(update_quarantine(id, state, attempts, code, place, reason))
          std::vector<QuarantineRow> quarantine(std::optional<QuarantineState> state)
              KINHUB_THROUGH(quarantine(state)) std::optional<QuarantineRow> quarantined(std::int64_t id)
                  KINHUB_THROUGH(quarantined(id)) std::vector<QuarantineRow> held_like(
                      std::span<const std::string> digests, std::span<const Token> keys)
                      KINHUB_THROUGH(held_like(digests, keys)) std::vector<HeldMention> held_mentions(
                          std::span<const Token> identifiers) KINHUB_THROUGH(held_mentions(identifiers))
                          std::vector<std::pair<std::string, Counters>> counters() KINHUB_THROUGH(
                              counters()) void add_counters(const std::string& source, const Counters& change)
                              KINHUB_THROUGH(add_counters(source, change)) std::vector<CoverageRow> coverage()
                                  KINHUB_THROUGH(coverage()) void put_coverage(const CoverageRow& row)
                                      KINHUB_THROUGH(put_coverage(row)) void add_disclosure(
                                          std::int64_t at_us, std::string_view sealed)
                                          KINHUB_THROUGH(add_disclosure(at_us, sealed))
                                              std::vector<std::pair<std::int64_t, std::string>> disclosures()
                                                  KINHUB_THROUGH(disclosures()) std::string
      value(const std::string& name)
          KINHUB_THROUGH(value(name)) void put_value(const std::string& name, std::string_view value)
              KINHUB_THROUGH(put_value(name, value)) void put_dated(const DatedRow& row)
                  KINHUB_THROUGH(put_dated(row)) std::vector<DatedRow> dated(const std::string& name)
                      KINHUB_THROUGH(dated(name)) SealedRows& sealed() KINHUB_THROUGH(sealed())

                          private : std::unique_ptr<StoreTransaction> real_;
  Faults& faults_;
};

class FaultyStore final : public Store {
 public:
  FaultyStore(Store& real, Faults& faults) : real_(&real), faults_(faults) {}
  std::unique_ptr<StoreTransaction> begin(For purpose) override {
    return faults_.through<StoreUnavailable>([&]() -> std::unique_ptr<StoreTransaction> {
      return std::make_unique<FaultyTransaction>(real_->begin(purpose), faults_);
    });
  }
  std::vector<LeaseRow> leases() KINHUB_THROUGH(leases()) std::optional<std::int64_t> take_lease(
      std::string_view partition, std::string_view owner, std::int64_t seen_epoch, std::int64_t duration_ms)
      KINHUB_THROUGH(take_lease(partition, owner, seen_epoch,
                                duration_ms)) std::vector<LeaseRow> renew_leases(std::string_view owner,
                                                                                 std::int64_t duration_ms)
          KINHUB_THROUGH(renew_leases(owner, duration_ms)) void release_lease(std::string_view partition,
                                                                              std::string_view owner,
                                                                              std::int64_t epoch)
              KINHUB_THROUGH(release_lease(partition, owner, epoch)) std::vector<NodeRow> nodes()
                  KINHUB_THROUGH(nodes()) void forget_node(std::string_view name)
                      KINHUB_THROUGH(forget_node(name))
#undef KINHUB_THROUGH

                          private : Store* real_;
  Faults& faults_;
};

class FaultyLog final : public EventLog {
 public:
  FaultyLog(EventLog& real, Faults& faults) : real_(real), faults_(faults) {}
#define KINHUB_THROUGH(call)                                            \
  override {                                                            \
    return faults_.through<LogUnavailable>([&] { return real_.call; }); \
  }
  void append(const std::vector<Event>& events, const std::optional<SourceCheckpoint>& checkpoint)
      KINHUB_THROUGH(append(events, checkpoint)) std::string checkpoint(const std::string& source)
          KINHUB_THROUGH(checkpoint(source)) void set_checkpoint(const SourceCheckpoint& checkpoint)
              KINHUB_THROUGH(set_checkpoint(checkpoint)) using EventLog::read;
  std::vector<LoggedEvent> read(std::span<const LogPosition> after, std::size_t most,
                                std::uint32_t timeout_ms, std::stop_token stop = {})
      KINHUB_THROUGH(read(after, most, timeout_ms, stop)) LogPosition end(std::int32_t partition)
          KINHUB_THROUGH(end(partition)) LogPosition start(std::int32_t partition)
              KINHUB_THROUGH(start(partition)) std::int32_t partitions() const override {
    return real_.partitions();
  }
  std::string partition_name(std::int32_t partition) const override {
    return real_.partition_name(partition);
  }
  std::vector<std::pair<std::string, std::int64_t>> received() KINHUB_THROUGH(received())
#undef KINHUB_THROUGH

      private : EventLog& real_;
  Faults& faults_;
};

}  // namespace kinhub::test
