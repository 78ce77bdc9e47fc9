// The scheduled re-evaluation (night scan): rights that the calendar alone has changed.
#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "hub/pipeline/batch.hpp"
#include "hub/pipeline/pipeline.hpp"
#include "hub/pipeline/policy_history.hpp"
#include "hub/population/walk.hpp"
#include "hub/store/cases.hpp"

namespace kinhub {
namespace {

constexpr char last_scan[] = "last scan", everybody_by[] = "everybody reviewed by";

/// What a page is decided by. The desk and the workspace are of each page's own; these are shared and do not
/// change.
struct ReviewMeans {
  const Keyring& keys;
  const Rules& rules;
  const Clock& clock;
  SharedEvidenceRules evidence;
  Date today;
  std::size_t page_size;
  /// Reviews those of a page whose leads or calendar would change, in a writing transaction.
  std::function<void(StoreTransaction& writing, const std::vector<PersonId>& changing)> review;
};

/// Most people stay as they are. Who does is found by reading, beside events and other pages; whoever does
/// not is reviewed anew in the transaction that writes it, by what the store says then. Whom an event changes
/// in between is reviewed with that event, by the same rules: nobody is missed.
WalkDeed decide_review(const ReviewMeans& means, StoreTransaction& reading,
                       const std::vector<PersonId>& page) {
  LeadDesk desk(*means.rules.policies, means.keys, means.clock);
  Workspace people(reading.people(), means.keys, means.evidence);
  desk.begin(reading, coverage_of(reading.balance().coverage(), means.rules.covers, means.today),
             means.rules.covers, means.today);
  people.prefetch_rights(page);
  try {
    desk.foresee(page, people, reading);
  } catch (const DossierUnreadable&) {  // asked for again, person by person
  }
  auto changing = desk.would_change(page, people, reading);
  if (changing.empty()) return {};
  return {[&means, changing = std::move(changing)](StoreTransaction& writing) {
            means.review(writing, changing);
          },
          {}};
}

class ReviewOfEverybody final : public PeopleWalk {
 public:
  ReviewOfEverybody(const ReviewMeans& means, PersonId last, std::string by)
      : PeopleWalk(last, means.page_size), means_(means), by_(std::move(by)) {}
  std::string purpose() const override { return "review of everybody"; }
  std::string digest() const override { return by_; }

 protected:
  WalkDeed decide(StoreTransaction& reading, const std::vector<PersonId>& people) const override {
    return decide_review(means_, reading, people);
  }

 private:
  const ReviewMeans& means_;
  const std::string by_;
};

/// Of them the coverage, or the days of `not_before` and of months, may tell otherwise than yesterday.
class ReviewOfOpen final : public PeopleWalk {
 public:
  ReviewOfOpen(const ReviewMeans& means, PersonId last, std::string by)
      : PeopleWalk(last, means.page_size), means_(means), by_(std::move(by)) {}
  std::string purpose() const override { return "review of open leads"; }
  std::string digest() const override { return by_ + " " + means_.today.text(); }

 protected:
  std::vector<PersonId> page(StoreTransaction& reading, PersonId after,
                             std::size_t count_max) const override {
    return reading.leads().people_with_open(after, count_max);
  }
  WalkDeed decide(StoreTransaction& reading, const std::vector<PersonId>& people) const override {
    return decide_review(means_, reading, people);
  }

 private:
  const ReviewMeans& means_;
  const std::string by_;
};

/// Whose rights the calendar changes by today, in its order. Who was reviewed stands behind today.
class ReviewOfDue final : public Walk {
 public:
  ReviewOfDue(const ReviewMeans& means, std::string by) : means_(means), by_(std::move(by)) {}
  std::string purpose() const override { return "review of those due"; }
  std::string digest() const override { return by_ + " " + means_.today.text(); }

  std::optional<WalkPage> next(StoreTransaction& reading, std::string_view position) override {
    const auto rows = reading.people().due(means_.today, row_at(position), means_.page_size);
    if (rows.empty()) return std::nullopt;
    std::vector<PersonId> people;
    for (const auto& row : rows)
      people.push_back(row.person);
    return WalkPage{position_of(rows.back()), static_cast<std::int64_t>(rows.size()),
                    [this, people = std::move(people)](StoreTransaction& in) {
                      return decide_review(means_, in, people);
                    }};
  }

 private:
  static std::string position_of(const DueRow& row) {
    Packer out;
    out.signed_number(row.day.days()), out.signed_number(row.person.value);
    return out.take();
  }
  static DueRow row_at(std::string_view position) {
    if (position.empty()) return {};
    Unpacker in(position);
    DueRow row;
    row.day = Date::from_days(static_cast<std::int32_t>(in.signed_number()));
    row.person = {in.signed_number()};
    return row;
  }

  const ReviewMeans& means_;
  const std::string by_;
};

/// Who has a case that is possible and not sure: more is known of the completeness of sources than yesterday.
/// Found by the table of cases, whose references only this hub resolves.
class ReviewOfPossible final : public Walk {
 public:
  ReviewOfPossible(const ReviewMeans& means, std::string by) : means_(means), by_(std::move(by)) {}
  std::string purpose() const override { return "review of what is possible"; }
  std::string digest() const override { return by_ + " " + means_.today.text(); }

  std::optional<WalkPage> next(StoreTransaction& reading, std::string_view position) override {
    auto at = Place::read(position);
    for (const auto& [kind, what] : kinds_in(reading)) {
      const auto here = std::pair(kind, what);
      if (here < at.kind) continue;
      const auto after = here == at.kind ? at.after : CasePlace{};
      const auto rows = reading.cases().page({kind, what, CaseState::possible}, after, means_.page_size);
      if (rows.empty()) continue;
      std::vector<PersonId> people;
      for (const auto& row : rows)
        if (const auto person = person_of_case(means_.keys, row.key.person)) people.push_back(*person);
      std::sort(people.begin(), people.end());
      return WalkPage{Place{here, {rows.back().area, rows.back().key.person}}.bytes(),
                      static_cast<std::int64_t>(rows.size()),
                      [this, people = std::move(people)](StoreTransaction& in) {
                        return decide_review(means_, in, people);
                      }};
    }
    return std::nullopt;
  }

 private:
  using Kind = std::pair<CaseKind, std::uint16_t>;
  struct Place {
    Kind kind;
    CasePlace after;
    std::string bytes() const {
      Packer out;
      out.number(static_cast<std::uint64_t>(kind.first)), out.number(kind.second);
      out.signed_number(after.area), out.signed_number(after.person);
      return out.take();
    }
    static Place read(std::string_view bytes) {
      if (bytes.empty()) return {};
      Unpacker in(bytes);
      Place at;
      at.kind.first = static_cast<CaseKind>(in.number());
      at.kind.second = static_cast<std::uint16_t>(in.number());
      at.after.area = in.signed_number(), at.after.person = in.signed_number();
      return at;
    }
  };
  static std::set<Kind> kinds_in(StoreTransaction& reading) {
    std::set<Kind> all;
    for (const auto& count : reading.cases().counts())
      if (count.state == CaseState::possible) all.insert({count.kind, count.what});
    return all;
  }

  const ReviewMeans& means_;
  const std::string by_;
};

constexpr char case_form[] = "cases 1";  // another one where rows are to be made anew of everybody

constexpr std::size_t questions_per_write = 200;

}  // namespace

bool Pipeline::question_deaths(const std::vector<PersonId>& people, std::stop_token stop) {
  for (std::size_t at = 0; at < people.size(); at += questions_per_write) {
    if (stop.stop_requested()) return false;
    const auto end = std::min(people.size(), at + questions_per_write);
    in_one_transaction(store_, means(), [&](Batch& batch, StoreTransaction&) {
      batch.question_deaths({people.begin() + static_cast<std::ptrdiff_t>(at),
                             people.begin() + static_cast<std::ptrdiff_t>(end)});
      return true;
    });
  }
  return true;
}

Scanned Pipeline::scan(const ScanOptions& options) {
  in_one_transaction(store_, means(), [&](Batch& batch, StoreTransaction& store) {
    keep_policies(rules_, keys_, store.values(), clock_.now_us());
    batch.review_restored();
    return true;
  });
  const auto review = [&](StoreTransaction& writing, const std::vector<PersonId>& changing) {
    Batch batch(means(), writing);
    batch.review(changing);
    batch.save();
  };
  ReviewMeans by{keys_, rules_, clock_, nullptr, today(), options.page_size, review};
  std::string evidence, rules;
  PersonId last;
  std::int64_t people = 0, open = 0, possible = 0;
  bool everybody = false;
  {
    auto reading = store_.begin(Store::For::reading);
    evidence = evidence_digest(reading->values());
    by.evidence = evidence_.rules_in(reading->values());
    rules = policies_since(reading->values()) + ", " + evidence_in_force(reading->values(), keys_) + ", " +
            case_form;
    // Full scan after a change of policies, or of evidence rules: they may give or end rights of people
    // nothing else was told of.
    everybody = reading->values().get(everybody_by) != rules || !evidence_reviewed(reading->values());
    last = reading->people().last_person();
    people = reading->people().size().people;
    for (const auto& [kind, count] : reading->leads().open_counts())
      open += count;
    for (const auto& count : reading->cases().counts())
      if (count.state == CaseState::possible) possible += count.number;
  }
  Scanned done;
  const auto walked = [&](Walk&& what, std::int64_t total, bool tells = true) {
    WalkOptions how;
    how.workers = options.workers, how.stop = options.stop, how.progress = options.progress;
    how.total = total;
    const auto result = walk(store_, what, how);
    if (tells) done.people += result.items;
    done.complete &= result.complete;
    return done.complete;
  };
  if (everybody ? !walked(ReviewOfEverybody(by, last, rules), people)
                : !walked(ReviewOfOpen(by, last, rules), open) || !walked(ReviewOfDue(by, rules), 0) ||
                      !walked(ReviewOfPossible(by, rules), possible, false))
    return done;
  in_one_transaction(store_, means(), [&](Batch&, StoreTransaction& store) {
    store.values().put(last_scan, today().text());
    if (everybody) store.values().put(everybody_by, rules);
    note_evidence_reviewed(store.values(),
                           evidence);  // of the beginning: what was adopted since is scanned again
    return true;
  });
  return done;
}

}  // namespace kinhub
