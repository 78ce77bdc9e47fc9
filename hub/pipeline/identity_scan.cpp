#include "hub/pipeline/identity_scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <unordered_map>

#include "hub/linkage/grouping.hpp"
#include "hub/linkage/search.hpp"
#include "hub/pipeline/batch.hpp"
#include "hub/pipeline/identity_queue.hpp"
#include "hub/population/walk.hpp"

namespace kinhub {
namespace {

using linkage::Features;
using Record = std::uint32_t;  ///< index of a person in the walk
using Both = std::pair<PersonId, PersonId>;

constexpr const char* scan_claim = "identity scan at work";
constexpr const char* last_pair = "last identity pair";
constexpr std::size_t features_kept_max = 20'000;

Both ordered(PersonId a, PersonId b) {
  return a < b ? Both{a, b} : Both{b, a};
}

/// A pair that a person is to look at.
struct Asked {
  Both people;
  PairWhy why{};
  double score = 0;
};

/// One scan. Its collections are of records; people are read page by page.
class Scan {
 public:
  Scan(Store& store, const Keyring& keys, const linkage::LinkageRules& rules, const Clock& clock,
       const IdentityScanOptions& options)
      : store_(store), keys_(keys), rules_(rules), clock_(clock), options_(options), evidence_(keys) {}

  IdentityScanned run() {
    store_.begin(Store::For::reading)->people().each([&](PersonId person) { people_.push_back(person); });
    done_.people = static_cast<std::int64_t>(people_.size());
    const auto probes = find_probes();
    done_.probes = static_cast<std::int64_t>(probes.size());
    for (std::size_t from = 0; from < probes.size() && goes_on(); from += options_.probes_per_walk) {
      const auto count = std::min(options_.probes_per_walk, probes.size() - from);
      compare_around({probes.data() + from, count});
    }
    cut_links(options_.links_max);
    if (goes_on()) write(questions());
    return done_;
  }

 private:
  bool goes_on() {
    if (options_.stop.stop_requested()) done_.complete = false;
    return done_.complete;
  }
  void tell(std::string_view what, std::size_t done, std::size_t of) const {
    if (options_.on_progress) options_.on_progress(fmt::format("identities: {}, {} of {}", what, done, of));
  }

  /// Of one person of a page, as a worker read it.
  struct Seen {
    Record record;
    Features features;
    std::vector<PersonId> apart;  ///< of whom somebody said that they are another
  };

  /// A population walk over these records that only reads: features are made in parallel, in pages, and seen
  /// in their order.
  class Pages final : public Walk {
   public:
    Pages(const Scan& of, SharedEvidenceRules evidence, std::span<const Record> records,
          std::function<void(std::vector<Seen>&)> see)
        : of_(of), evidence_(std::move(evidence)), records_(records), see_(std::move(see)) {}
    std::string purpose() const override { return "identity scan"; }
    std::string digest() const override { return ""; }
    std::optional<WalkPage> next(StoreTransaction&, std::string_view position) override {
      const auto from = position.empty() ? std::size_t{0} : std::stoul(std::string(position));
      if (from >= records_.size()) return std::nullopt;
      const auto page = records_.subspan(from, std::min(parents_per_page, records_.size() - from));
      return WalkPage{std::to_string(from + page.size()), static_cast<std::int64_t>(page.size()),
                      [this, page](StoreTransaction& reading) {
                        auto seen = std::make_shared<std::vector<Seen>>(of_.read(page, evidence_, reading));
                        return WalkDeed{{}, [this, seen] { see_(*seen); }};
                      }};
    }

   private:
    const Scan& of_;
    const SharedEvidenceRules evidence_;
    const std::span<const Record> records_;
    const std::function<void(std::vector<Seen>&)> see_;
  };

  template <class See>
  void walk(std::string_view what, std::span<const Record> records, See see) {
    if (!goes_on()) return;
    Pages pages(*this, evidence_.rules_in(store_.begin(Store::For::reading)->values()), records,
                [&](std::vector<Seen>& page) {
                  for (auto& one : page)
                    see(one);
                });
    WalkOptions options;
    options.keeps_place = false, options.stop = options_.stop;
    options.progress = [&](const WalkProgress& now) {
      tell(what, static_cast<std::size_t>(now.done), records.size());
    };
    done_.complete &= kinhub::walk(store_, pages, options).complete;
  }

  /// Reads a page, on a worker thread.
  std::vector<Seen> read(std::span<const Record> page, const SharedEvidenceRules& evidence,
                         StoreTransaction& reading) const {
    Workspace people(reading.people(), keys_, evidence);
    std::vector<PersonId> ids;
    for (auto record : page)
      ids.push_back(people_[record]);
    people.prefetch(std::move(ids));
    std::vector<Seen> all;
    for (auto record : page)
      as_far_as_readable([&] {
        const auto person = people_[record];
        if (people.dossier(person).entries.empty()) return;
        Seen one{record, features(record, people), {}};
        for (const auto& tie : people.portrait(person).ties)
          if (tie.kind == Tie::Kind::distinct_from)
            if (const auto other = people.whose(tie); other && other != person) one.apart.push_back(other);
        all.push_back(std::move(one));
      });
    return all;
  }
  /// Whom a damaged record keeps from being read is left out, and everyone else goes on: the night scan of
  /// rights tells of the damage.
  template <class Work>
  static bool as_far_as_readable(Work work) {
    try {
      work();
      return true;
    } catch (const DossierUnreadable&) {
      return false;
    }
  }
  Features features(Record record, Workspace& people) const {
    const auto person = people_[record];
    return linkage::features_of(people.dossier(person), people.portrait(person), known_now);
  }

  std::vector<Record> find_probes() {
    everybody_.resize(people_.size());
    std::iota(everybody_.begin(), everybody_.end(), Record{0});
    linkage::Probes probes(rules_);
    walk("looked at", everybody_, [&](Seen& one) {
      probes.see(one.record, one.features);
      for (auto other : one.apart)
        apart_.insert(ordered(people_[one.record], other));
    });
    auto found = probes.found();
    done_.names_skipped = static_cast<std::int64_t>(probes.names_skipped());
    return found;
  }

  void compare_around(std::span<const Record> probes) {
    linkage::ProbeBlocks blocks(rules_);
    walk("prepared", probes, [&](Seen& one) { blocks.probe(one.record, one.features); });
    walk("sorted", everybody_, [&](Seen& one) { blocks.see(one.record, one.features); });
    if (!goes_on()) return;
    const auto pairs = blocks.pairs();
    done_.blocks_skipped += static_cast<std::int64_t>(blocks.blocks_skipped());
    const auto before = [&](Record record) {  // a pair of probes of two walks is compared once
      return std::binary_search(compared_.begin(), compared_.end(), record);
    };
    constexpr std::size_t pairs_per_load = 2'000;
    for (std::size_t from = 0; from < pairs.size() && goes_on(); from += pairs_per_load) {
      const auto until = std::min(pairs.size(), from + pairs_per_load);
      std::vector<Record> needed;
      for (auto i = from; i < until; ++i)
        needed.push_back(pairs[i].first), needed.push_back(pairs[i].second);
      load(std::move(needed));
      for (auto i = from; i < until; ++i) {
        const auto [a, b] = pairs[i];
        if (before(a) || before(b)) continue;
        const auto found = linkage::compare(kept_.at(a), kept_.at(b), rules_);
        ++done_.compared;
        if (found.verdict != linkage::Verdict::different)
          links_.push_back({a, b, found.score, found.verdict});
      }
      if (links_.size() > options_.links_max * 2) cut_links(options_.links_max);
      tell("compared", until, pairs.size());
    }
    compared_.insert(compared_.end(), probes.begin(), probes.end());
    std::sort(compared_.begin(), compared_.end());
  }

  /// Keeps the features of these records, and of some others that may be asked for again.
  void load(std::vector<Record> records) {
    if (kept_.size() > features_kept_max) kept_.clear();
    std::sort(records.begin(), records.end());
    records.erase(std::unique(records.begin(), records.end()), records.end());
    std::erase_if(records, [&](Record record) { return kept_.contains(record); });
    for (auto record : records)
      kept_[record] = {};  // who is nobody any more has no features
    for (std::size_t from = 0; from < records.size(); from += parents_per_page) {
      const auto until = std::min(records.size(), from + parents_per_page);
      auto reading = store_.begin(Store::For::reading);
      Workspace people(reading->people(), keys_, evidence_.rules_in(reading->values()));
      std::vector<PersonId> ids;
      for (auto i = from; i < until; ++i)
        ids.push_back(people_[records[i]]);
      people.prefetch(std::move(ids));
      for (auto i = from; i < until; ++i)
        as_far_as_readable([&] { kept_[records[i]] = features(records[i], people); });
    }
  }

  void cut_links(std::size_t most) {
    if (links_.size() <= most) return;
    const auto cut = links_.begin() + static_cast<std::ptrdiff_t>(most);
    std::nth_element(links_.begin(), cut, links_.end(), [](const linkage::Link& x, const linkage::Link& y) {
      return x.score != y.score ? x.score > y.score : std::pair(x.a, x.b) < std::pair(y.a, y.b);
    });
    done_.beyond += links_.end() - cut;
    links_.erase(cut, links_.end());
  }

  /// Groups each connected component of links by itself, with what people have decided.
  std::vector<Asked> questions() {
    std::vector<Asked> asked;
    for (auto& links : components()) {
      if (!goes_on()) return {};
      std::vector<Record> records;
      for (const auto& link : links)
        records.push_back(link.a), records.push_back(link.b);
      std::sort(records.begin(), records.end());
      records.erase(std::unique(records.begin(), records.end()), records.end());
      load(records);
      const auto place = [&](Record record) {
        return static_cast<Record>(std::lower_bound(records.begin(), records.end(), record) -
                                   records.begin());
      };
      std::vector<linkage::Link> here;
      for (const auto& link : links)
        here.push_back({place(link.a), place(link.b), link.score, link.verdict});
      const auto grouped = linkage::group(
          records.size(), here, decisions(records),
          [&](Record a, Record b) {
            return linkage::bar(kept_.at(records[a]), kept_.at(records[b]), rules_);
          },
          rules_);
      for (const auto& one : linkage::questions(grouped, here))
        asked.push_back(
            {ordered(people_[records[one.a]], people_[records[one.b]]), why_of(one.why), one.score});
    }
    std::sort(asked.begin(), asked.end(), [](const Asked& x, const Asked& y) {
      return x.score != y.score ? x.score > y.score : x.people < y.people;
    });
    if (asked.size() > options_.queue_max) {
      done_.beyond += static_cast<std::int64_t>(asked.size() - options_.queue_max);
      asked.resize(options_.queue_max);
    }
    return asked;
  }

  std::vector<std::vector<linkage::Link>> components() {
    std::unordered_map<Record, Record> parent;
    const auto find = [&](Record record) {
      auto at = parent.try_emplace(record, record).first->second;
      while (parent[at] != at)
        at = parent[at] = parent[parent[at]];
      return parent[record] = at;
    };
    for (const auto& link : links_) {
      const auto a = find(link.a), b = find(link.b);
      parent[std::max(a, b)] = std::min(a, b);
    }
    std::map<Record, std::vector<linkage::Link>> by_root;
    for (const auto& link : links_)
      by_root[find(link.a)].push_back(link);
    links_ = {};
    std::vector<std::vector<linkage::Link>> all;
    for (auto& [root, links] : by_root)
      all.push_back(std::move(links));
    return all;
  }

  /// Who was told apart. Whom a word made one is one person in the record already.
  std::vector<linkage::Decision> decisions(const std::vector<Record>& records) const {
    std::vector<linkage::Decision> all;
    for (Record a = 0; a < records.size(); ++a)
      for (auto at = apart_.lower_bound({people_[records[a]], {}});
           at != apart_.end() && at->first == people_[records[a]]; ++at) {
        const auto other = std::lower_bound(people_.begin(), people_.end(), at->second) - people_.begin();
        const auto b = std::lower_bound(records.begin(), records.end(), static_cast<Record>(other));
        if (b != records.end() && *b == static_cast<Record>(other))
          all.push_back({a, static_cast<Record>(b - records.begin()), false, all.size()});
      }
    return all;
  }

  static PairWhy why_of(linkage::Waits why) {
    switch (why) {
      case linkage::Waits::doubtful:
      case linkage::Waits::decisions:
        return PairWhy::doubtful;
      case linkage::Waits::contradicted:
        return PairWhy::contradicted;
      case linkage::Waits::tie:
        return PairWhy::tie;
      case linkage::Waits::too_many:
        return PairWhy::too_many;
      case linkage::Waits::join:
        return PairWhy::likely;
    }
    return PairWhy::doubtful;
  }

  // ---- Writing

  /// Entries there are by the two whom they name now, each pair once; the rest are the others.
  struct Known {
    std::map<Both, PairId> by_people;
    std::vector<PairId> others;
  };
  Known known_entries() {
    Known known;
    auto reading = store_.begin(Store::For::reading);
    std::vector<IdentityPairRow> rows;
    reading->identity_pairs().each(std::nullopt,
                                   [&](IdentityPairRow& row) { rows.push_back(std::move(row)); });
    reading.reset();
    // Of several entries about one pair the decided one stays, then the first.
    std::stable_sort(rows.begin(), rows.end(), [](const auto& x, const auto& y) {
      return (x.state == PairState::gone) < (y.state == PairState::gone);
    });
    std::optional<Workspace> people;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i % parents_per_page == 0) {
        people.reset();
        reading = store_.begin(Store::For::reading);
        people.emplace(reading->people(), keys_, evidence_.rules_in(reading->values()));
      }
      IdentityQueue queue(reading->identity_pairs(), *people, keys_, rules_);
      as_far_as_readable([&] {
        const auto now = queue.resolve(rows[i]);
        const bool two = now.standing == PairStanding::two || now.standing == PairStanding::apart_by_word;
        if (!two || !known.by_people.try_emplace(ordered(now.a, now.b), rows[i].id).second)
          known.others.push_back(rows[i].id);
      });
    }
    return known;
  }

  /// One more scan at work takes the claim, and this one ends: two would enter a pair twice.
  bool claimed(StoreTransaction& writing) {
    if (writing.values().get(scan_claim) == claim_) return true;
    done_.complete = false;
    return false;
  }

  void write(const std::vector<Asked>& asked) {
    if (!goes_on()) return;
    if (!options_.dry_run) {
      auto writing = store_.begin(Store::For::writing);
      const auto before = writing->values().get(scan_claim);
      claim_ = std::to_string((before.empty() ? 0 : std::stoll(before)) + 1);
      writing->values().put(scan_claim, claim_);
      writing->commit();
    }
    auto known = known_entries();
    for (std::size_t from = 0; from < asked.size() && goes_on(); from += options_.pairs_per_page) {
      const auto until = std::min(asked.size(), from + options_.pairs_per_page);
      write_page({asked.data() + from, until - from}, known);
      tell("questions", until, asked.size());
    }
    for (const auto& [people, id] : known.by_people)
      known.others.push_back(id);
    std::sort(known.others.begin(), known.others.end());
    for (std::size_t from = 0; from < known.others.size() && goes_on(); from += options_.pairs_per_page) {
      const auto until = std::min(known.others.size(), from + options_.pairs_per_page);
      settle_page({known.others.data() + from, until - from});
    }
  }

  void count(const IdentityPairRow* before, const IdentityPairRow& after) {
    const bool waited = before && before->state == PairState::open, waits = after.state == PairState::open;
    done_.opened += !waited && waits;
    done_.left += waited && !waits;
    done_.waiting += waits;
    done_.likely += waits && after.why == PairWhy::likely;
  }

  std::unique_ptr<StoreTransaction> begin_page() {
    auto page = store_.begin(options_.dry_run ? Store::For::reading : Store::For::writing);
    if (!options_.dry_run && !claimed(*page)) return nullptr;
    return page;
  }

  void write_page(std::span<const Asked> asked, Known& known) {
    auto page = begin_page();
    if (!page) return;
    Workspace people(page->people(), keys_, evidence_.rules_in(page->values()));
    IdentityQueue queue(page->identity_pairs(), people, keys_, rules_);
    std::vector<PersonId> both;
    for (const auto& one : asked)
      both.push_back(one.people.first), both.push_back(one.people.second);
    people.prefetch(std::move(both));
    const auto last = page->values().get(last_pair);
    auto next = (last.empty() ? 0 : std::stoll(last)) + 1;
    const auto now_us = clock_.now_us();
    std::vector<IdentityPairRow> rows;
    for (const auto& one : asked) {
      std::optional<IdentityPairRow> before;
      if (const auto at = known.by_people.find(one.people); at != known.by_people.end()) {
        before = page->identity_pairs().find(at->second);
        known.by_people.erase(at);
      }
      as_far_as_readable([&] {
        auto row = before ? *before : fresh(queue, people, one.people, now_us);
        if (row.a == Token{}) return;
        const auto now = queue.resolve(row);
        std::optional<PairQuestion> question;
        if (now.standing == PairStanding::two) question = question_of(queue.compare(now.a, now.b), one.why);
        if (!before && state_of(now.standing, question.has_value()) != PairState::open) return;
        if (!before) row.id = {next++};
        row = settled(std::move(row), now.standing, question, now_us);
        row.seen_at_us = now_us;
        count(before ? &*before : nullptr, row);
        rows.push_back(std::move(row));
      });
    }
    if (options_.dry_run) return;
    page->identity_pairs().put(rows);
    page->values().put(last_pair, std::to_string(next - 1));
    page->commit();
  }

  /// An entry that is not numbered yet; without anchors where the two cannot be named.
  IdentityPairRow fresh(IdentityQueue& queue, Workspace& people, const Both& both, std::int64_t now_us) {
    IdentityPairRow row;
    row.since_us = row.changed_at_us = now_us;
    if (people.dossier(both.first).entries.empty() || people.dossier(both.second).entries.empty()) return row;
    const auto anchors = queue.anchors(both.first, both.second);
    if (!anchors) {
      ++done_.nameless;
      return row;
    }
    row.a = anchors->first, row.b = anchors->second;
    return row;
  }

  /// Entries that this scan did not ask about: decided, or nothing to ask any more. Found by reading, so that
  /// writers wait for those alone that change.
  void settle_page(std::span<const PairId> ids) {
    std::vector<PairId> changing;
    for (const auto& row : settled_rows(*store_.begin(Store::For::reading), ids, Count::yes))
      changing.push_back(row.id);
    if (options_.dry_run || changing.empty()) return;
    auto page = begin_page();
    if (!page) return;
    page->identity_pairs().put(settled_rows(*page, changing, Count::no));
    page->commit();
  }

  enum class Count : bool { no, yes };
  /// Those of the entries that stand otherwise now than the store has them.
  std::vector<IdentityPairRow> settled_rows(StoreTransaction& store, std::span<const PairId> ids,
                                            Count counts) {
    Workspace people(store.people(), keys_, evidence_.rules_in(store.values()));
    IdentityQueue queue(store.identity_pairs(), people, keys_, rules_);
    std::vector<IdentityPairRow> rows;
    for (auto id : ids) {
      const auto before = store.identity_pairs().find(id);
      if (!before) continue;
      as_far_as_readable([&] {
        auto after = settled(*before, queue.resolve(*before).standing, std::nullopt, clock_.now_us());
        if (counts == Count::yes) count(&*before, after);
        if (!same_row(*before, after)) rows.push_back(std::move(after));
      });
    }
    return rows;
  }

  Store& store_;
  const Keyring& keys_;
  const linkage::LinkageRules& rules_;
  const Clock& clock_;
  const IdentityScanOptions& options_;
  EvidenceBook evidence_;
  IdentityScanned done_;
  std::vector<PersonId> people_;
  std::vector<Record> everybody_, compared_;  ///< compared_: probes of earlier walks, sorted
  std::set<Both> apart_;
  std::vector<linkage::Link> links_;
  std::unordered_map<Record, Features> kept_;
  std::string claim_;
};

}  // namespace

IdentityScanned scan_identities(Store& store, const Keyring& keys, const linkage::LinkageRules& rules,
                                const Clock& clock, const IdentityScanOptions& options) {
  return Scan(store, keys, rules, clock, options).run();
}

void note_identity_scan(Store& store, Date today) {
  auto writing = store.begin(Store::For::writing);
  writing->values().put(last_identity_scan, today.text());
  writing->commit();
}

}  // namespace kinhub
