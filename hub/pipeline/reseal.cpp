#include "hub/pipeline/reseal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <memory>

#include "hub/base/bytes.hpp"
#include "hub/lead/lead_desk.hpp"
#include "hub/lead/lead_history.hpp"
#include "hub/pipeline/held_events.hpp"
#include "hub/population/walk.hpp"
#include "hub/store/accounts.hpp"
#include "hub/store/issued.hpp"
#include "hub/store/payments.hpp"
#include "hub/store/sealed_rows.hpp"
#include "hub/store/values.hpp"
#include "hub/store/workspace.hpp"

namespace kinhub {
namespace {

constexpr char probe_name[] = "key probe", probe_context[] = "store key probe";
constexpr std::size_t rows_per_page = 500, bodies_per_page = 16;
constexpr int passes_max = 3;

/// The context that a row's bytes, or the sealed part of them, are sealed under.
std::string context_of(SealedShelf shelf, const SealedRow& row) {
  switch (shelf) {
    case SealedShelf::dossiers:
      return dossier_context({row.key.number});
    case SealedShelf::leads:
      return lead_context({row.key.number});
    case SealedShelf::decided:
      return decided_context({row.key.number}, row.key.text);
    case SealedShelf::decisions:
      return lead_context({row.lead});
    case SealedShelf::quarantine:
      return quarantine_context(row.source);
    case SealedShelf::disclosures:
      return "disclosure";
    case SealedShelf::lead_history:
      break;  // stands in the value
    case SealedShelf::values:
      return row.key.text == probe_name ? probe_context : row.key.text;
    case SealedShelf::payment_lists:
      return payment_list_context(row.key.number);
    case SealedShelf::payment_lines:
      return payment_line_context(row.key.number, std::stoll(row.key.text));
    case SealedShelf::payment_ledger:
      return payment_ledger_context(row.key.number);
    case SealedShelf::accounts:
      return account_context(row.key.number);
    case SealedShelf::slips:
      return slip_context(static_cast<SlipKind>(row.key.number), row.key.text);
    case SealedShelf::issued:
      return issued_context(row.key.text, row.key.number);
  }
  assert(false);
  return {};
}

/// The sealed part of a row, and its context; nothing when there is none.
struct Part {
  std::string_view sealed;
  std::string context;
  std::optional<SupersededContent> inside;
};
std::optional<Part> part_of(SealedShelf shelf, const SealedRow& row) {
  if (row.bytes.empty()) return std::nullopt;
  if (shelf != SealedShelf::lead_history) return Part{row.bytes, context_of(shelf, row), std::nullopt};
  const auto inside = superseded_content(row.key.text, row.bytes);
  if (!inside) return std::nullopt;
  return Part{inside->content, lead_context(inside->lead), inside};
}

/// The key that opens this part; nothing when it is plain. Values of 0.1.0 and plain ones are told apart by
/// opening them.
std::optional<KeyId> key_of(const Keyring& keys, SealedShelf shelf, const Part& part) {
  const auto named = Keyring::key_named_by(part.sealed);
  const auto known = keys.keys();
  const bool is_known =
      named && std::any_of(known.begin(), known.end(), [&](const auto& key) { return key.id == *named; });
  if (is_known || shelf != SealedShelf::values) return named.value_or(known.front().id);
  try {
    keys.unseal(part.sealed, part.context);
    return known.front().id;
  } catch (const UnknownKey&) {
    return named;
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

std::size_t page_size(SealedShelf shelf) {
  return shelf == SealedShelf::quarantine ? bodies_per_page : rows_per_page;
}

/// Where a rotation stands: everything of the shelves before, and of this one up to the key, is done.
struct Position {
  std::size_t shelf = 0;
  SealedKey key;

  std::string bytes() const {
    Packer out;
    out.number(shelf), out.signed_number(key.number), out.text(key.text);
    out.raw(key.anchor.view());
    return out.take();
  }
  static Position read(std::string_view bytes) {
    Position at;
    if (bytes.empty()) return at;
    Unpacker in(bytes);
    at.shelf = static_cast<std::size_t>(in.number());
    at.key.number = in.signed_number(), at.key.text = in.text();
    at.key.anchor = Token::from(in.raw(at.key.anchor.bytes.size()));
    return at;
  }
};

std::string minutes(std::int64_t us) {
  const auto seconds = us / 1'000'000;
  return seconds < 60 ? fmt::format("{} s", seconds) : fmt::format("{} min", (seconds + 59) / 60);
}

/// A walk over the rows that carry another key, shelf by shelf.
class Rotation final : public Walk {
 public:
  Rotation(Store& store, const Keyring& keys, const Clock& clock, const OnProgress& progress)
      : store_(store),
        keys_(keys),
        clock_(clock),
        progress_(progress),
        header_(keys.active_header()),
        began_us_(clock.now_us()) {}

  ResealReport run() {
    progress_("counting what is to be sealed anew");
    left_ = others();
    WalkOptions options;
    options.considerate = true;
    for (int pass = 0; pass < passes_max; ++pass) {
      const auto before = report_.values;
      report_.unreadable = 0, report_.first_unreadable.clear();  // each pass meets them again
      const bool resumed = walk(store_, *this, options).items_before > 0;
      report_.resumed |= resumed;
      report_.other_keys = others();
      // Whoever has an older key file may have sealed meanwhile.
      if (report_.other_keys == 0 || (report_.values == before && !resumed)) break;
    }
    return report_;
  }

  std::string purpose() const override { return "key rotation"; }
  std::string digest() const override { return header_; }

  std::optional<WalkPage> next(StoreTransaction& reading, std::string_view position) override {
    for (auto at = Position::read(position); at.shelf < sealed_shelves.size(); at = {at.shelf + 1, {}}) {
      const auto shelf = sealed_shelves[at.shelf];
      auto rows = reading.sealed().after(shelf, at.key, header_, page_size(shelf));
      if (rows.empty()) continue;
      at.key = rows.back().key;
      return WalkPage{
          at.bytes(), static_cast<std::int64_t>(rows.size()),
          [this, shelf, rows = std::move(rows)](StoreTransaction&) { return decide(shelf, rows); }};
    }
    return std::nullopt;
  }

 private:
  /// What a page came to.
  struct Page {
    std::vector<Resealed> changes;
    std::int64_t unreadable = 0;
    std::string first_unreadable;
  };

  WalkDeed decide(SealedShelf shelf, const std::vector<SealedRow>& rows) const {
    auto page = std::make_shared<Page>();
    for (const auto& row : rows)
      try {
        if (auto after = resealed(keys_, shelf, row))
          page->changes.push_back({row.key, row.bytes, std::move(*after), row.lead});
      } catch (const std::runtime_error& error) {
        if (page->unreadable++ == 0)
          page->first_unreadable = fmt::format("table {}, row {}{}: {}", name_of(shelf), row.key.number,
                                               row.key.text.empty() ? "" : " " + row.key.text, error.what());
      }
    WalkDeed deed;
    if (!page->changes.empty())
      deed.write = [this, shelf, page](StoreTransaction& writing) {
        // The key it was sealed with may have been replaced, and taken out of the file, while we waited.
        if (keys_.active_header() != header_) page->changes.clear();
        writing.sealed().replace(shelf, page->changes);
      };
    deed.committed = [this, shelf, page] { note(shelf, *page); };
    return deed;
  }

  void note(SealedShelf shelf, const Page& page) const {
    report_.values += static_cast<std::int64_t>(page.changes.size());
    if (report_.unreadable == 0) report_.first_unreadable = page.first_unreadable;
    report_.unreadable += page.unreadable;
    tell(shelf);
  }

  std::int64_t others() {
    auto reading = store_.begin(Store::For::reading);
    std::int64_t sum = 0;
    for (const auto& [key, count] : count_sealed(*reading, keys_))
      if (key != Keyring::key_named_by(header_)) sum += count;
    return sum;
  }

  void tell(SealedShelf shelf) const {
    const auto done = report_.values;
    const auto rest = std::max<std::int64_t>(left_ - done, 0);
    const auto spent_us = clock_.now_us() - began_us_;
    progress_(fmt::format("{}: {} of {} sealed anew{}", name_of(shelf), done, std::max(left_, done),
                          done == 0 ? "" : ", about " + minutes(spent_us * rest / done) + " left"));
  }

  Store& store_;
  const Keyring& keys_;
  const Clock& clock_;
  const OnProgress& progress_;
  const std::string header_;
  const std::int64_t began_us_;
  std::int64_t left_ = 0;
  mutable ResealReport report_;  // of the walk's own thread
};

}  // namespace

void count_header(KeyCounts& counts, const Keyring& keys, std::string_view header, std::int64_t count) {
  counts[Keyring::key_named_by(header).value_or(keys.keys().front().id)] += count;
}

KeyCounts count_sealed(StoreTransaction& reading, const Keyring& keys) {
  KeyCounts counts;
  for (auto shelf : sealed_shelves) {
    if (begins_with_header(shelf)) {
      for (const auto& [header, count] : reading.sealed().headers(shelf))
        count_header(counts, keys, header, count);
      continue;
    }
    SealedKey at;
    for (;;) {
      const auto rows = reading.sealed().after(shelf, at, "", page_size(shelf));
      if (rows.empty()) break;
      at = rows.back().key;
      for (const auto& row : rows)
        try {
          if (const auto part = part_of(shelf, row))
            if (const auto key = key_of(keys, shelf, *part)) ++counts[*key];
        } catch (const UnknownKey&) {
          throw;
        } catch (const std::runtime_error&) {  // damaged: the rotation names it
        }
    }
  }
  return counts;
}

std::optional<std::string> resealed(const Keyring& keys, SealedShelf shelf, const SealedRow& row) {
  const auto part = part_of(shelf, row);
  if (!part || part->sealed.starts_with(keys.active_header())) return std::nullopt;
  if (!key_of(keys, shelf, *part)) return std::nullopt;  // plain
  auto sealed = keys.seal(keys.unseal(part->sealed, part->context), part->context);
  return part->inside ? with_content(*part->inside, sealed) : sealed;
}

ResealReport reseal(Store& store, const Keyring& keys, const Clock& clock, const OnProgress& progress) {
  return Rotation(store, keys, clock, progress).run();
}

void reseal_probe(Store& store, const Keyring& keys) {
  auto writing = store.begin(Store::For::writing);
  const auto text = keys.unseal(writing->values().get(probe_name), probe_context);
  writing->values().put(probe_name, keys.seal(text, probe_context));
  writing->commit();
}

}  // namespace kinhub
