#pragma once
// The worker of the care desk: gathers what hub/care decides on, appends the event, and tells what became of
// it.

#include "hub/base/clock.hpp"
#include "hub/care/entry.hpp"
#include "hub/desk/requests.hpp"
#include "hub/pipeline/evidence_book.hpp"
#include "hub/pipeline/rules.hpp"
#include "hub/store/workspace.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub {

/// Appender and reader of the source care-desk. References outlive it; used by one thread.
class CareDesk {
 public:
  CareDesk(const Config& config, EventLog& log, Store& store, const Keyring& keys, const Rules& rules,
           const Clock& clock, Date today)
      : config_(config), log_(log), store_(store), keys_(keys), rules_(rules), clock_(clock), today_(today) {}

  /// An entry that was decided, with its bytes, and whether the log has it already (a repeated request).
  struct Decided {
    CareEntry entry;
    std::string body;
    bool known = false;
  };
  std::variant<Decided, std::vector<Error>> decide(const CareRequest& request);
  std::variant<Decided, std::vector<Error>> decide_retraction(const std::string& id,
                                                              const Signature& signature);

  /// Appends the event, durable when this returns.
  void append(const Decided& decided);
  std::int32_t partition() const;

  /// What became of this version, as far as it is known now.
  CareEntryView outcome(const Decided& decided);
  /// The event and the facts it would make, of a dry run.
  CareEntryView plan(const Decided& decided);
  Result<std::vector<CareEntryView>> entries(const PersonName& of);
  /// Whom an entry is about, by the identifiers it names. Errors: NO_SUCH_ENTRY, ENTRY_UNREADABLE.
  Result<std::vector<Identifier>> people_of(const std::string& id);

 private:
  /// One version of an entry and where it is.
  struct Told {
    std::optional<CareEntry> entry;  ///< nothing: the log no longer has its event
    std::string id, version, state, code, reason, quarantine;
    std::int64_t received_at_us = 0, sequence = 0;
  };
  using Forms = std::variant<FormSet, std::vector<Error>>;

  const Forms& forms();
  Result<const Form*> form(std::string_view id);
  Signature signed_by(const CareRequest& request) const {
    return {request.who, request.why, clock_.now_us()};
  }
  Result<std::vector<Identifier>> identifiers_of(const PersonName& name);
  std::optional<Error> refused(const std::string& body, const Form& form);

  /// All versions of an entry, in order.
  std::vector<Told> told(const std::string& id);
  std::vector<Told> told(StoreTransaction& reading, const std::vector<LoggedEvent>& waiting,
                         const std::string& id);
  Result<CareEntry> latest(const std::string& id);
  void add_held(StoreTransaction& reading, const std::string& id, std::vector<Told>& all);
  void add_recorded(StoreTransaction& reading, const std::string& id, std::vector<Told>& all);
  static void add_waiting(const std::vector<LoggedEvent>& waiting, const std::string& id,
                          std::vector<Told>& all);
  std::vector<LoggedEvent> waiting_events(StoreTransaction& reading);
  std::optional<CareEntry> entry_at(std::int64_t sequence, const std::string& id);
  bool is_about(Workspace& people, const CareEntry& entry, PersonId person);
  CareEntryView view_of(const Told& told, bool first);
  void describe_facts(const std::string& body, CareEntryView& view);

  const Config& config_;
  EventLog& log_;
  Store& store_;
  const Keyring& keys_;
  const Rules& rules_;
  const Clock& clock_;
  const Date today_;
  std::optional<Forms> forms_;
  EvidenceBook evidence_{keys_};
};

}  // namespace kinhub
