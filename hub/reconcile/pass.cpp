#include "hub/reconcile/pass.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <limits>
#include <utility>

#include "hub/base/failpoint.hpp"
#include "hub/base/mask.hpp"
#include "hub/base/trace_id.hpp"
#include "hub/pipeline/correction.hpp"
#include "hub/pipeline/held_events.hpp"
#include "hub/pipeline/mapping_texts.hpp"
#include "hub/record/evidence_rules.hpp"
#include "hub/store/people.hpp"
#include "hub/store/quarantine.hpp"
#include "hub/store/record_gone.hpp"
#include "hub/store/values.hpp"
#include "hub/store/workspace.hpp"

namespace kinhub::reconcile {
namespace {

constexpr std::size_t records_per_page = 1000, bytes_per_page = 16u << 20;
constexpr std::size_t entries_per_page = 5000, marks_per_write = 4000, gone_per_page = 500;
constexpr std::size_t corrections_per_append = 500, bytes_per_append = 8u << 20;
constexpr std::uint64_t count_bits = 0xFF;  // of a record's digest: how many entries it tells
constexpr std::size_t contested_max = 10'000;
constexpr std::size_t unreadable_bytes_max = 16u << 20;

std::uint64_t half_of(const Token& key) {
  std::uint64_t half;
  std::memcpy(&half, key.bytes.data(), sizeof half);
  return half == 0 ? 1 : half;
}

std::string hex_of(const Token& key) {
  std::string text;
  for (const auto byte : key.bytes)
    text += "0123456789abcdef"[byte >> 4], text += "0123456789abcdef"[byte & 15];
  return text;
}

}  // namespace

/// What is read once for a page of records.
struct Pass::Look {
  std::unordered_map<Token, EntryRow> entries;
  Workspace& people;
  std::set<Token> held_keys;
};

Pass::Pass(const Means& means, const RunRecord& run, Purpose purpose)
    : means_(means),
      run_(run),
      purpose_(purpose),
      digest_(entry_digest(means.keys)),
      mapping_(means.rules.mappings.at(run.source)) {
  if (purpose == Purpose::correct) watermark_ = Watermark::at(run.watermark_us);
  load_index();
}

void Pass::load_index() {
  for (Token after;;) {
    const auto page =
        means_.store.begin(Store::For::reading)->entries().page(run_.source, after, entries_per_page);
    if (page.empty()) return;
    after = page.back().key;
    counts_.entries += static_cast<std::int64_t>(page.size());
    for (const auto& entry : page) {
      if (entry.record == 0 || is_gone(entry)) continue;
      auto& known = known_[entry.record & ~count_bits];
      const auto expected = static_cast<std::uint8_t>(entry.record & count_bits);
      // Two records of one digest: neither is recognised by it.
      if (known.entries > 0 && known.expected != expected)
        known.entries = std::numeric_limits<std::uint8_t>::max();
      known.expected = expected;
      if (known.entries < std::numeric_limits<std::uint8_t>::max()) ++known.entries;
    }
  }
}

/// Of the record's own bytes, and of what the mapping reads around them. Its low byte is 0.
std::uint64_t Pass::digest_of(const Event& event) {
  const std::string_view body = event.body;
  const bool told = event.record_size > 0;
  const auto record = told ? body.substr(event.record_begin, event.record_size) : body;
  const auto head = told ? body.substr(0, event.record_begin) : std::string_view();
  const auto tail = told ? body.substr(event.record_begin + event.record_size) : std::string_view();
  if (!around_known_ || head != head_ || tail != tail_ || event.content_type != content_type_ ||
      event.charset != charset_) {
    head_ = head, tail_ = tail, content_type_ = event.content_type, charset_ = event.charset;
    around_known_ = true;
    auto around = mapping_->digest() + "\n" + content_type_ + "\n" + charset_ + "\n";
    if (told) around += mapping_->read_around({body, content_type_, charset_}, head, tail);
    around_ = digest_.of(around);
    fingerprint_ += digest_.of(head, digest_.of(tail));
  }
  const auto digest = digest_.of(record, around_) & ~count_bits;
  return digest == 0 ? count_bits + 1 : digest;
}

void Pass::take(Event&& event) {
  event.source = run_.source;
  if (event.kind == EventKind::coverage) return;
  if (event.occurred_at_us)
    newest_us_ = std::max(newest_us_.value_or(*event.occurred_at_us), *event.occurred_at_us);
  if (event.kind == EventKind::rejected) return note_rejected(std::move(event));
  ++counts_.records;
  const auto digest = digest_of(event);
  fingerprint_ += digest;
  if (auto* known = known_.find(digest); known != nullptr && known->whole()) {
    if (!std::exchange(known->seen, true)) {
      ++counts_.of(RowClass::equal), ++counts_.unchanged;
    } else {
      ++counts_.of(RowClass::duplicate);
      note({RowClass::duplicate, false, false, event.origin, event.key, {}, {}});
    }
    return;
  }
  waiting_bytes_ += event.body.size();
  waiting_.push_back({std::move(event), digest});
  if (waiting_.size() >= records_per_page || waiting_bytes_ >= bytes_per_page) look_at_waiting();
}

void Pass::note_rejected(Event&& event) {
  fingerprint_ += digest_.of(event.body);
  if (is_of_a_file(event)) {
    faults_.push_back({event.code, mask_foreign(event.detail), mask_foreign(event.origin)});
    return;
  }
  ++counts_.records;
  Error error{event.code, event.detail, event.place};
  note_unreadable(std::move(event), std::move(error));
}

void Pass::note_unreadable(Event event, Error error) {
  ++counts_.of(RowClass::unreadable);
  note({RowClass::unreadable, false, false, event.origin, event.key, {}, std::move(error)});
  if (purpose_ != Purpose::correct) {
    unreadable_kept_ = unreadable_kept_ && unreadable_.size() + event.body.size() <= unreadable_bytes_max;
    if (unreadable_kept_) unreadable_.append(event.body).append(1, '\0');
    return;
  }
  const std::string digests[] = {event_digest(event)};
  std::vector<Token> keys;
  if (!event.key.empty()) keys.push_back(event_key(event, means_.keys));
  const auto held = means_.store.begin(Store::For::reading)->quarantine().held_like(digests, keys);
  if (!held.empty()) return;  // of the night before
  event.received_at_us = means_.clock.now_us(), event.trace = new_trace_id();
  event.origin = "reconcile " + std::to_string(run_.id) + ": " + event.origin;
  corrections_bytes_ += event.body.size();
  corrections_waiting_.push_back(std::move(event));
  if (corrections_waiting_.size() >= corrections_per_append || corrections_bytes_ >= bytes_per_append)
    append_corrections();
}

/// Nothing: there are too many of its class to tell each.
std::optional<std::size_t> Pass::note(Finding finding) {
  if (purpose_ == Purpose::correct) return std::nullopt;  // told by the comparison
  const int kind = finding.not_there ? -1 : static_cast<int>(finding.what);
  if (findings_of_[kind]++ >= findings_per_class) return std::nullopt;
  findings_.push_back(std::move(finding));
  return findings_.size() - 1;
}

void Pass::look_at_waiting() {
  if (waiting_.empty()) return;
  auto page = std::exchange(waiting_, {});
  waiting_bytes_ = 0;
  std::vector<MappedEvent> mapped;
  std::vector<Token> keys, event_keys;
  for (const auto& one : page) {
    mapped.push_back(map_event({{0, 0}, one.event}, means_.rules, means_.keys, means_.today));
    for (const auto& told : mapped.back().said)
      keys.push_back(told.history);
    if (mapped.back().key) event_keys.push_back(*mapped.back().key);
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  {
    const auto reading = means_.store.begin(Store::For::reading);
    Workspace people(reading->people(), means_.keys, built_in_evidence());
    Look look{{}, people, {}};
    for (const auto& entry : reading->entries().find(run_.source, keys))
      look.entries.emplace(entry.key, entry);
    if (purpose_ == Purpose::correct)
      for (const auto& held : reading->quarantine().held_like({}, event_keys))
        if (held.key) look.held_keys.insert(*held.key);
    // Only where the digest tells that something else counts, the record itself is opened.
    std::vector<Token> differing;
    for (const auto& one : mapped)
      for (const auto& told : one.said)
        if (const auto entry = look.entries.find(told.history);
            entry != look.entries.end() && entry->second.told != digest_.of(told.statement.content))
          differing.push_back(told.history);
    people.prefetch_histories(run_.source, differing);
    for (std::size_t i = 0; i < page.size(); ++i)
      look_at(page[i], mapped[i], look);
  }
  if (marks_.size() >= marks_per_write) write_marks();
  if (corrections_waiting_.size() >= corrections_per_append || corrections_bytes_ >= bytes_per_append)
    append_corrections();
}

/// Whether its key has come before in this snapshot. Of one that says otherwise than the first nobody knows
/// which is right: neither is brought in.
bool Pass::is_duplicate(const MappedEvent& mapped, const Look& look) {
  const auto& first = mapped.said.front();
  std::uint64_t before = 0;
  const auto entry = look.entries.find(first.history);
  if (const auto* told = told_.find(half_of(first.history)))
    before = *told;
  else if (entry != look.entries.end() && entry->second.record != 0)
    if (const auto* known = known_.find(entry->second.record & ~count_bits); known && known->seen)
      before = entry->second.told;
  if (before == 0) return false;
  bool contradicts = false;
  for (const auto& told : mapped.said) {
    const auto now = digest_.of(told.statement.content);
    const auto* said = told_.find(half_of(told.history));
    const auto counts = look.entries.find(told.history);
    const auto other = said ? *said : counts != look.entries.end() ? counts->second.told : 0;
    contradicts |= now != other;
  }
  if (contradicts && contested_.size() < contested_max) contested_.insert(first.history);
  return true;
}

/// A damaged dossier keeps nobody else from being compared; the run is not clean, and kinhub status tells of
/// the damage.
void Pass::look_at(Waiting& waiting, const MappedEvent& mapped, Look& look) {
  try {
    compare(waiting, mapped, look);
  } catch (const DossierUnreadable& damage) {
    note_damaged(waiting.event, damage.what());
  }
}

void Pass::note_damaged(const Event& event, const std::string& why) {
  ++counts_.of(RowClass::damaged);
  note({RowClass::damaged, false, false, event.origin, event.key, {}, {unreadable_code, why, ""}});
}

void Pass::compare(Waiting& waiting, const MappedEvent& mapped, Look& look) {
  if (const auto* rejected = std::get_if<Rejected>(&*mapped.outcome))
    return note_unreadable(std::move(waiting.event), rejected->error);
  if (mapped.said.empty()) return void(++counts_.of(RowClass::filtered));
  const auto& event = waiting.event;
  if (is_duplicate(mapped, look)) {
    ++counts_.of(RowClass::duplicate);
    const bool contested = contested_.contains(mapped.said.front().history);
    note({RowClass::duplicate, false, contested, event.origin, event.key, {}, {}});
    return;
  }
  std::vector<FactDifference> differences;
  Late late;
  bool held_any = false, all_known = true;
  for (const auto& told : mapped.said) {
    const auto digest = digest_.of(told.statement.content);
    told_[half_of(told.history)] = digest;
    const auto entry = look.entries.find(told.history);
    const bool here = entry != look.entries.end();
    held_any |= here && entry->second.asserts;
    if (here && entry->second.told == digest) continue;
    all_known = false;
    if (!here) {  // without its fields: the agency knows what it says, and the hub says nothing
      if (asserts(told.statement.fact.op))
        differences.push_back({FactDifference::What::not_here,
                               told.statement.fact.kind,
                               told.statement.fact.key,
                               "",
                               told.statement.fact.version,
                               {}});
      continue;
    }
    const auto* history = look.people.history(told.statement.source, told.history);
    if (auto difference = compare_fact(history, told.statement, watermark_)) {
      if (const auto* counts = history ? history->current(known_now) : nullptr)
        late.counting.emplace_back(counts->fact.version, arrival_of_event(*counts));
      differences.push_back(std::move(*difference));
    }
  }
  const auto row = class_of(differences, held_any);
  if (row == RowClass::equal) {
    ++counts_.of(RowClass::equal);
    const auto entries = mapped.said.size();
    if (all_known && entries < count_bits && purpose_ == Purpose::compare)
      for (const auto& told : mapped.said) {
        auto mark = look.entries.at(told.history);
        mark.record = waiting.digest | entries, mark.run = run_.id;
        marks_.push_back(mark);
      }
    return;
  }
  const bool mendable = can_be_mended(differences);
  if (purpose_ == Purpose::correct) {
    if (mendable && run_.repairs.of(row) != Repair::automatic && row != RowClass::late) return;
    if (row == RowClass::late)
      left_ += mendable ? 1 : 0;
    else if (mendable)
      correct(std::move(waiting.event), mapped, look);
    return;
  }
  late.otherwise = row, late.mendable = mendable, late.key = mapped.said.front().history;
  if (const auto first = look.entries.find(late.key); first != look.entries.end())
    late.record = first->second.record & ~count_bits;
  late.older = std::any_of(differences.begin(), differences.end(),
                           [](const auto& one) { return one.what == FactDifference::What::older; });
  late.finding = note({row, false, false, event.origin, event.key, std::move(differences), {}});
  late_.push_back(std::move(late));
}

/// Brings in what a record says, unless its key is contested or held.
void Pass::correct(Event event, const MappedEvent& mapped, const Look& look) {
  const auto& first = mapped.said.front().history;
  const auto text = hex_of(first);
  if (std::find(run_.contested.begin(), run_.contested.end(), text) != run_.contested.end()) return;
  if (mapped.key && look.held_keys.contains(*mapped.key)) return void(++left_);
  std::vector<std::uint64_t> compared;
  for (const auto& told : mapped.said) {
    const auto entry = look.entries.find(told.history);
    compared.push_back(entry == look.entries.end() ? 0 : entry->second.told);
  }
  make_correction(event, run_.id, compared);
  event.received_at_us = means_.clock.now_us(), event.trace = new_trace_id();
  corrections_bytes_ += event.body.size();
  corrections_waiting_.push_back(std::move(event));
}

void Pass::append_corrections() {
  if (corrections_waiting_.empty()) return;
  means_.log.append(corrections_waiting_, std::nullopt);
  corrections_ += static_cast<std::int64_t>(corrections_waiting_.size());
  corrections_waiting_.clear(), corrections_bytes_ = 0;
  failpoint("reconcile.correcting");
}

void Pass::write_marks() {
  if (marks_.empty()) return;
  std::sort(marks_.begin(), marks_.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  const auto writing = means_.store.begin(Store::For::writing);
  writing->entries().mark(run_.source, marks_);
  writing->commit();
  marks_.clear();
}

bool Pass::was_seen(const EntryRow& entry) {
  if (told_.find(half_of(entry.key)) != nullptr) return true;
  if (entry.record == 0 || is_gone(entry)) return false;
  const auto* known = known_.find(entry.record & ~count_bits);
  return known != nullptr && known->seen;
}

/// Whether the record of this key may be one of those that could not be read: then it is there. What of the
/// key stands in a record is at least its longest part; a mapping may have made up the others.
bool Pass::may_be_unreadable(const std::string& key) const {
  if (!unreadable_kept_) return true;
  std::string_view longest;
  for (std::size_t from = 0; from <= key.size();) {
    const auto until = std::min(key.find('|', from), key.size());
    if (until - from > longest.size()) longest = std::string_view(key).substr(from, until - from);
    from = until + 1;
  }
  const auto of_a_word = [&](std::size_t at) {
    return at < unreadable_.size() && std::isalnum(static_cast<unsigned char>(unreadable_[at])) != 0;
  };
  for (auto at = unreadable_.find(longest); at != std::string::npos; at = unreadable_.find(longest, at + 1))
    if ((at == 0 || !of_a_word(at - 1)) && !of_a_word(at + longest.size())) return true;
  return false;
}

/// As far as the mapping of a record says what its absence means.
void Pass::find_not_there(RunRecord& run) {
  const auto watermark = Watermark::at(run.watermark_us);
  const auto names = mapping_->names();
  if (std::none_of(names.begin(), names.end(),
                   [&](const auto& name) { return mapping_->gone_when_missing(name); }))
    return;
  std::vector<EntryRow> unseen;
  for (Token after;;) {
    const auto page =
        means_.store.begin(Store::For::reading)->entries().page(run_.source, after, entries_per_page);
    for (const auto& entry : page)
      if ((entry.asserts || entry.kind == FactKind::death) && !was_seen(entry)) unseen.push_back(entry);
    if (page.empty() || unseen.size() >= gone_per_page) {
      look_for_gone(unseen, watermark);
      unseen.clear();
      write_marks();
    }
    if (page.empty()) break;
    after = page.back().key;
  }
  run.counts.not_there = counts_.not_there;
}

void Pass::look_for_gone(const std::vector<EntryRow>& unseen, const Watermark& watermark) {
  if (unseen.empty()) return;
  const auto reading = means_.store.begin(Store::For::reading);
  Workspace people(reading->people(), means_.keys, built_in_evidence());
  MappingArchive archive(means_.keys);
  std::vector<Token> keys;
  for (const auto& entry : unseen)
    keys.push_back(entry.key);
  people.prefetch_histories(run_.source, keys);
  for (const auto& entry : unseen) {
    const History* history = nullptr;
    try {
      history = people.history(run_.source, entry.key);
    } catch (const DossierUnreadable&) {  // kinhub status tells of the damage
      continue;
    }
    const auto* counts = history ? history->current(known_now) : nullptr;
    if (!counts || (!asserts(counts->fact.op) && counts->fact.op != Op::deny)) continue;
    if (arrival_of_event(*counts) >= run_.begun_us || after_snapshot(*counts, watermark)) continue;
    const auto* text = archive.find(reading->values(), counts->origin.mapping);
    if (!text || !mapping_->gone_when_missing(text->file.name)) continue;
    // The record may be there and tell this fact no more: what follows from that its rule says (0030).
    std::vector<Token> beside;
    for (const auto& kind : fact_kinds()) {
      Fact sibling;
      sibling.kind = kind.kind, sibling.key = counts->fact.key;
      beside.push_back(statement_key(means_.keys, run_.source, sibling));
    }
    const auto siblings = reading->entries().find(run_.source, beside);
    if (std::any_of(siblings.begin(), siblings.end(), [&](const auto& one) { return was_seen(one); }))
      continue;
    if (may_be_unreadable(counts->fact.key)) continue;
    if (purpose_ == Purpose::compare && !is_gone(entry)) {
      auto mark = entry;
      mark.record = record_gone, mark.run = run_.id;
      marks_.push_back(mark);
    }
    if (!asserts(counts->fact.op)) continue;  // that it lists somebody as living is told with its record
    FactDifference gone{
        FactDifference::What::not_there, counts->fact.kind, counts->fact.key, counts->fact.version, "", {},
        arrival_of_event(*counts)};
    const auto [at, fresh] = gone_.try_emplace(counts->fact.key, findings_.size());
    if (fresh) {
      ++counts_.not_there;
      const auto noted = note({RowClass::equal, true, false, "", counts->fact.key, {std::move(gone)}, {}});
      if (!noted) at->second = std::numeric_limits<std::size_t>::max();
    } else if (at->second < findings_.size()) {
      findings_[at->second].facts.push_back(std::move(gone));
    }
  }
}

/// What counts here and is from after the snapshot is not wrong.
void Pass::settle_late(const Watermark& watermark) {
  for (const auto& one : late_) {
    // The record that says what counts here stands in the snapshot as well, recognised without its key.
    if (const auto* known = one.record == 0 ? nullptr : known_.find(one.record);
        known != nullptr && known->seen)
      contested_.insert(one.key);
    const bool late = std::any_of(one.counting.begin(), one.counting.end(), [&](const auto& counts) {
      Statement said;
      said.fact.version = counts.first, said.received_at_us = counts.second;
      return after_snapshot(said, watermark);
    });
    const auto row = late ? RowClass::late : one.otherwise;
    ++counts_.of(row);
    if (one.finding) findings_[*one.finding].what = row;
    if (late) continue;
    const bool contested = contested_.contains(one.key);
    counts_.older += one.older ? 1 : 0;
    counts_.contested += contested ? 1 : 0;
    if (one.mendable && !contested)
      ++(run_.repairs.of(row) == Repair::automatic ? counts_.mendable
         : row == RowClass::missing                ? counts_.kept_missing
                                                   : counts_.kept_changed);
    if (one.finding) findings_[*one.finding].contested = contested;
  }
}

void Pass::finish(const SnapshotRead& read, RunRecord& run) {
  look_at_waiting();
  write_marks();
  // A record dated ahead does not make the snapshot one of that day.
  run.watermark_us = read.watermark_us ? read.watermark_us : newest_us_;
  if (run.watermark_us) run.watermark_us = std::min(*run.watermark_us, run.begun_us);
  run.watermark_told = read.watermark_us.has_value();
  const auto watermark = Watermark::at(run.watermark_us);
  settle_late(watermark);
  run.reasons = read.faults;
  run.reasons.insert(run.reasons.end(), faults_.begin(), faults_.end());
  run.counts = counts_;
  run.fingerprint = fingerprint_;
  for (const auto& key : contested_)
    run.contested.push_back(hex_of(key));
}

std::int64_t Pass::finish_correcting() {
  look_at_waiting();
  append_corrections();
  return left_;
}

}  // namespace kinhub::reconcile
