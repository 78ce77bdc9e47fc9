#pragma once
// One pass over a snapshot: to compare it with what is held, or to bring what differs in as correcting
// events.

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "hub/base/clock.hpp"
#include "hub/base/keyed_digest.hpp"
#include "hub/pipeline/mapped_event.hpp"
#include "hub/reconcile/flat_table.hpp"
#include "hub/reconcile/report.hpp"
#include "hub/reconcile/runs.hpp"
#include "hub/reconcile/snapshot.hpp"
#include "hub/store/entries.hpp"
#include "hub/store/store.hpp"

namespace kinhub {
class Workspace;
}

namespace kinhub::reconcile {

/// What a run stands on; all outlive it.
struct Means {
  EventLog& log;
  Store& store;
  const Keyring& keys;
  const Rules& rules;
  const Clock& clock;
  std::optional<Date> today;
};

/// On one thread.
class Pass {
 public:
  enum class Purpose : std::uint8_t {
    look,     ///< nothing is written
    compare,  ///< what is found equal is marked in the index
    correct   ///< what differs is brought in; what was compared before is compared again
  };
  /// Reads the index of the source. `run`: of a correcting pass with its watermark and contested keys.
  Pass(const Means& means, const RunRecord& run, Purpose purpose);

  /// The next record. Throws DossierUnreadable, and what store and log throw.
  void take(Event&& event);
  /// Behind the last one, of a comparing pass: what it found, written into `run`.
  void finish(const SnapshotRead& read, RunRecord& run);
  /// Behind finish(), of a whole snapshot: what counts here and is in it no more.
  void find_not_there(RunRecord& run);
  /// Behind the last one, of a correcting pass: how many records that could be mended were not, because they
  /// are waiting in quarantine, or changed here since.
  std::int64_t finish_correcting();

  std::vector<Finding>& findings() { return findings_; }
  std::int64_t records() const { return counts_.records; }
  std::int64_t corrections() const { return corrections_; }  ///< in the log
  /// Corrections and unreadable records, in the log or about to be.
  std::int64_t brought() const {
    return corrections_ + static_cast<std::int64_t>(corrections_waiting_.size());
  }
  std::uint64_t fingerprint() const { return fingerprint_; }

 private:
  /// What is known of the records that carry one digest.
  struct Known {
    std::uint8_t entries = 0, expected = 0;
    bool seen = false;
    bool whole() const { return expected > 0 && entries == expected; }
  };
  struct Waiting {
    Event event;
    std::uint64_t digest = 0;
  };
  /// How late what counts here is, of a record that differs: decided when the watermark is known.
  struct Late {
    std::vector<std::pair<std::string, std::int64_t>> counting;  ///< versions and arrivals of what counts
    RowClass otherwise{};
    bool mendable = false, older = false;
    std::optional<std::size_t> finding;
    Token key;                 ///< of its first fact
    std::uint64_t record = 0;  ///< digest of the record that said what counts under it
  };
  struct Look;

  void load_index();
  std::uint64_t digest_of(const Event& event);
  void note_rejected(Event&& event);
  void note_unreadable(Event event, Error error);
  std::optional<std::size_t> note(Finding finding);
  void look_at_waiting();
  void look_at(Waiting& waiting, const MappedEvent& mapped, Look& look);
  void compare(Waiting& waiting, const MappedEvent& mapped, Look& look);
  void note_damaged(const Event& event, const std::string& why);
  bool is_duplicate(const MappedEvent& mapped, const Look& look);
  void correct(Event event, const MappedEvent& mapped, const Look& look);
  void append_corrections();
  void write_marks();
  bool was_seen(const EntryRow& entry);
  bool may_be_unreadable(const std::string& key) const;
  void look_for_gone(const std::vector<EntryRow>& unseen, const Watermark& watermark);
  void settle_late(const Watermark& watermark);

  const Means means_;
  const RunRecord run_;
  const Purpose purpose_;
  const KeyedDigest digest_;
  const std::shared_ptr<const MappingSet> mapping_;
  Watermark watermark_;
  RunCounts counts_;
  FlatTable<Known> known_;
  FlatTable<std::uint64_t> told_;  ///< what mapped records told, by the first half of the entry's key
  std::vector<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::vector<EntryRow> marks_;
  std::vector<Late> late_;
  std::vector<Finding> findings_;
  std::map<int, std::size_t> findings_of_;
  std::vector<Error> faults_;
  std::set<Token> contested_;
  std::string unreadable_;  ///< the bodies of records that could not be read, one after the other
  bool unreadable_kept_ = true;
  std::map<std::string, std::size_t> gone_;  ///< findings by the key of the record
  std::vector<Event> corrections_waiting_;
  std::size_t corrections_bytes_ = 0;
  std::int64_t corrections_ = 0, left_ = 0;
  std::optional<std::int64_t> newest_us_;
  std::uint64_t fingerprint_ = 0;
  // The head and tail that the last record shared with the others of its file, and the digest of what is read
  // of them.
  bool around_known_ = false;
  std::string head_, tail_, content_type_, charset_;
  std::uint64_t around_ = 0;
};

}  // namespace kinhub::reconcile
