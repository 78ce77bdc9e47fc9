#pragma once
// What is owed and what was done (specification of care 0.4, 2): each obligation of an archive, with its days
// and whether it is met. Pure functions of what is known; a service owed is a reminder and nothing else.

#include <optional>
#include <string>
#include <vector>

#include "hub/service/archive.hpp"
#include "hub/service/service.hpp"

namespace kinhub::service {

/// One obligation.
struct Owed {
  const Service* service = nullptr;
  const Archive* archive = nullptr;
  const Person* person = nullptr;  ///< null: the household
  std::string what;                ///< 2026-09, 中秋, a role that is missing
  Interval acts;                   ///< days on which an act counts
  Date counted_on;                 ///< the day whose town counts
  Date shown_from, target, due;
  Date shown_until = Date::forever();  ///< what can no longer be made up for is not shown for ever
  bool met = false;
  std::optional<Date> met_on;
  bool met_otherwise = false;  ///< by the second rate: any accepted proof
  bool declined = false;
  bool running = true;  ///< its span has not ended: it may be shown as overdue

  /// Days since the due day; 0: it is not overdue on that day.
  int overdue(Date day) const;
  bool open(Date day) const { return !met && running && day >= shown_from && day < shown_until; }
};

/// Whether it can be told if a service was done: it waits for no source, and of one whose acts come by a feed
/// some act is known. What is not connected is 未接入.
bool is_connected(const Service& service, const Record& record);

/// What a service is owed and done by.
class Ledger {
 public:
  Ledger(const Record& record, const Festivals& festivals);
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  const Record& record() const { return record_; }
  const Keeping& keeping() const { return keeping_; }
  const std::vector<Archive>& archives() const { return archives_; }
  /// Events that belong to no archive: a person looks at them (核对).
  const std::vector<const ArchiveEvent*>& strays() const { return book_.strays; }

  /// The obligations of an archive under a service, as of a day: periods and events that end within `range`;
  /// of a state and of what is owed once in a period that of the day itself. REQUIRES: the service outlives
  /// the answer.
  std::vector<Owed> owed(const Service& service, const Archive& archive, Interval range, Date as_of) const;
  /// Of all archives, or of some of them.
  std::vector<Owed> owed(const Service& service, Interval range, Date as_of) const;
  std::vector<Owed> owed(const Service& service, const std::vector<const Archive*>& archives, Interval range,
                         Date as_of) const;

  /// Whose archive an act is of; null: of none.
  const Archive* archive_of(const Act& act) const;
  /// The acts of an archive, by day.
  std::vector<const Act*> acts_of(const Archive& archive) const;
  /// Where an obligation counts: the town of its household, or of the person, on its day.
  std::string area(const Owed& one) const;

 private:
  struct Of;
  bool qualifies(const Service& service, const Archive& archive, const Act& act) const;
  bool is_helper(const Archive& archive, const std::string& name, Date day) const;
  std::vector<const Helper*> helpers_on(const Archive& archive, std::string_view role, Date day) const;
  std::vector<const Act*> qualifying(const Service& service, const Archive& archive, const Person* person,
                                     Interval days) const;
  bool holds(const Service& service, const Person& person, Date day) const;
  bool runs(const Of& of, const Person* person) const;
  bool keeps(const Archive& archive, const Person& person, Date day) const;
  void settle(Owed& one) const;
  void add_whole(const Of& of, std::vector<Owed>& all) const;
  void add_touched(const Of& of, std::vector<Owed>& all) const;
  void add_windows(const Of& of, std::vector<Owed>& all) const;
  void add_after(const Of& of, std::vector<Owed>& all) const;
  void add_contacts(const Of& of, std::vector<Owed>& all) const;
  void add_papers(const Of& of, std::vector<Owed>& all) const;
  void add_by(const Of& of, std::vector<Owed>& all) const;

  const Record& record_;
  const Festivals& festivals_;
  Keeping keeping_;
  ArchiveBook book_;
  const std::vector<Archive>& archives_;                              ///< of the book
  std::map<PersonId, std::vector<const Archive*>> near_;              ///< archives that may be of somebody
  std::map<std::string, std::vector<const Act*>, std::less<>> acts_;  ///< by number of the archive
};

}  // namespace kinhub::service
