#include <random>

#include "tests/contract/store/store_contract.hpp"
#include "tests/seeds.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub {
namespace {

template <class Fixture>
class StoreRandomWork : public StoreContract<Fixture> {};
TYPED_TEST_SUITE(StoreRandomWork, PlainAndCodedStores);

/// Rows of the table of cases: few areas, codes and states, so that they meet.
struct RandomCases {
  std::mt19937& chance;
  static std::vector<std::int64_t> people() {
    std::vector<std::int64_t> all;
    for (int i = 1; i <= 30; ++i)
      all.push_back(i * 1'000'003 - 15'000'000);
    return all;
  }
  CaseKey key() {
    return {people()[chance() % 30], static_cast<CaseKind>(chance() % 3),
            static_cast<std::uint16_t>(chance() % 2)};
  }
  std::vector<CaseRow> rows() {
    std::map<CaseKey, CaseRow> rows;
    for (auto i = chance() % 5; i > 0; --i) {
      const auto at = key();
      const auto since = Date(2026, 1, 1).plus_days(static_cast<int>(chance() % 400));
      rows[at] = {at,
                  static_cast<std::int64_t>(chance() % 4) * 370'306'000'000 / 3,
                  static_cast<CaseState>(chance() % 4),
                  since,
                  chance() % 2 == 0 ? Date::forever() : since.plus_days(30),
                  static_cast<std::int64_t>(chance() % 3) * 59'000 - 1};
    }
    std::vector<CaseRow> all;
    for (const auto& [at, row] : rows)
      all.push_back(row);
    return all;
  }
  CaseFilter filter() {
    CaseFilter filter{static_cast<CaseKind>(chance() % 3), static_cast<std::uint16_t>(chance() % 2),
                      static_cast<CaseState>(chance() % 4), 0, 1'000'000'000'000};
    if (chance() % 2 == 0) filter.area_from = 123'435'333'333, filter.area_until = 370'306'000'000;
    return filter;
  }
};

std::string kept_counts_of(StoreTransaction& t) {
  const auto size = t.people().size();
  std::string text = text_of(size.people) + " people, " + text_of(size.histories) + " histories\n" +
                     text_of(t.leads().open_counts()) + text_of(t.identity_pairs().waiting());
  return text + text_of(t.cases().counts());
}
/// The same, counted row by row. `histories`: all there may be.
std::string counts_of_rows(StoreTransaction& t, const std::vector<Token>& histories) {
  std::map<LeadKind, std::int64_t> open;
  for (const auto& row : all_leads(t.leads(), LeadState::open))
    ++open[row.kind];
  std::map<PairWhy, std::int64_t> waiting;
  for (const auto& row : all_identity_pairs(t.identity_pairs(), PairState::open))
    ++waiting[row.why];
  std::string text = text_of(std::int64_t(all_people(t.people()).size())) + " people, " +
                     text_of(std::int64_t(t.people().homes("police", histories).size() +
                                          t.people().homes("civil", histories).size())) +
                     " histories\n" +
                     text_of(std::vector<std::pair<LeadKind, std::int64_t>>(open.begin(), open.end())) +
                     text_of(std::vector<std::pair<PairWhy, std::int64_t>>(waiting.begin(), waiting.end()));
  std::map<std::int64_t, std::int64_t> cases;
  for (const auto& row : t.cases().of(RandomCases::people()))
    ++cases[CaseCount::code(row)];
  std::vector<CaseCount> counts;
  for (const auto& [code, number] : cases)
    counts.push_back(CaseCount::of(code, number));
  std::sort(counts.begin(), counts.end());
  return text + text_of(counts);
}

/// A random sequence of operations, done to the store and to the model alike; each answer is compared.
class RandomWork {
 public:
  RandomWork(StoreTransaction& real, StoreTransaction& model, std::mt19937& chance)
      : real_(real), model_(model), chance_(chance) {}

  static Asked asked() {
    Asked all;
    all.partitions = {"police", "civil"}, all.values = {"a", "b", "c"},
    all.digests = {sealed_of(0, 32), sealed_of(4, 32)};
    for (int i = 1; i <= 30; ++i)
      all.people.push_back({i});
    for (int i = 0; i < 20; ++i)
      all.tokens.push_back(token_of(i));
    return all;
  }

  void step() {
    switch (pick(43)) {
      case 38:
        return both([row = account_row(1 + pick(6))](auto& t) { return t.accounts().put(row), ""; });
      case 39:
        return both([session = session_row(pick(9)), slip = slip_row(pick(30))](auto& t) {
          t.accounts().put_session(session), t.accounts().put_slip(slip);
          return "";
        });
      case 40:
        return both([session = session_row(pick(9)), slip = slip_row(pick(30))](auto& t) {
          const auto found = text_of(t.accounts().find_slip(slip.kind, slip.name)) +
                             text_of(t.accounts().find_session(session.digest)) +
                             text_of(t.accounts().page(pick_after(slip), 2)) +
                             text_of(t.accounts().last_account());
          t.accounts().end_session(session.digest), t.accounts().erase_slip(slip.kind, slip.name);
          return found;
        });
      case 41:
        return both([series = std::string(pick(2) ? "a" : "b"), version = std::int64_t(1 + pick(5)),
                     c = content()](auto& t) {
          return t.issued().add({series, version, version, c}) ? "added" : "stands";
        });
      case 42:
        return both([series = std::string(pick(2) ? "a" : "b"), version = std::int64_t(pick(5))](auto& t) {
          return text_of(t.issued().find(series, version)) + text_of(t.issued().latest(series)) +
                 text_of(t.issued().page(series, version, 3));
        });
      case 37:
        return both([until = 1000 + std::int64_t(pick(6))](auto& t) {
          t.accounts().forget_ended(until);
          return text_of(t.accounts().slips_of(SlipKind::answer, 1)) + text_of(t.accounts().sessions_of(2));
        });
      case 30:
        return both([rows = RandomCases{chance_}.rows()](auto& t) { return t.cases().put(rows), ""; });
      case 31:
        return both([key = RandomCases{chance_}.key()](auto& t) { return t.cases().erase({&key, 1}), ""; });
      case 32:
        return both([filter = RandomCases{chance_}.filter(), most = 1 + pick(5)](auto& t) {
          CasePlace after;
          std::string pages;
          for (;;) {
            const auto page = t.cases().page(filter, after, most);
            pages += text_of(page) + "|";
            if (page.empty()) return pages;
            after = {page.back().area, page.back().key.person};
          }
        });
      case 33:
        return both([id = static_cast<std::int64_t>(1 + pick(6)), s = static_cast<PaymentListState>(pick(3)),
                     c = content()](auto& t) {
          t.payments().put_list({id, 320'800 + id % 3, s, id, c});
          return text_of(t.payments().list(id)) + std::to_string(t.payments().last_list());
        });
      case 34: {
        std::vector<PaymentLineRow> lines;
        const auto list = static_cast<std::int64_t>(1 + pick(6));
        for (std::int64_t i = 1, most = pick(6); i <= most; ++i)
          lines.push_back({list, i, token(), content()});
        return both([list, lines](auto& t) {
          const bool replaced = t.payments().replace_lines(list, lines);
          return (replaced ? "replaced " : "stays ") + text_of(t.payments().lines(list, 1, 3));
        });
      }
      case 35:
        return both([k = several_tokens(), after = token()](auto& t) {
          std::string text = text_of(t.payments().lines_of(k)) + text_of(t.payments().lists(2, 2));
          for (const auto& payee : t.payments().payees(after, 3))
            text += hex(payee.view());
          return text;
        });
      case 36:
        return both([a = PaymentLedgerRow{static_cast<std::int64_t>(1 + pick(9)), token(), pick(6),
                                          content()}](auto& t) {
          t.payments().put_entries({&a, 1});
          return text_of(t.payments().entries(2, 3)) + std::to_string(t.payments().last_entry());
        });
      case 0:
        return both(
            [](auto& t) { return text_of(t.people().new_person()) + text_of(t.people().last_person()); });
      case 1:
        return both([row = dossier()](auto& t) { return t.people().put_dossiers({&row, 1}), ""; });
      case 2:
        return both([a = dossier(), b = dossier()](auto& t) {
          DossierRow rows[]{a, b, a};
          return t.people().put_dossiers(rows), "";
        });
      case 3:
        return both([p = person()](auto& t) { return t.people().erase_dossiers({&p, 1}), ""; });
      case 4:
        return both([p = several_people()](auto& t) { return sorted_text_of(t.people().dossiers(p)); });
      case 5:
        return both([h = holders()](auto& t) { return t.people().add_holders(h), ""; });
      case 6:
        return both([h = holders()](auto& t) { return t.people().remove_holders(h), ""; });
      case 7:
        return both([k = several_tokens()](auto& t) { return sorted_text_of(t.people().holders(k)); });
      case 8:
        return both([s = source(), r = entries()](auto& t) { return t.people().put_histories(s, r), ""; });
      case 9:
        return both(
            [s = source(), k = several_tokens()](auto& t) { return sorted_text_of(t.people().homes(s, k)); });
      case 10:
        return put_lead();
      case 11:
        return both([p = person(), all = several_people()](auto& t) {
          return text_of(t.leads().open_of(p)) + text_of(t.leads().open_of(all)) + text_of(t.leads().of(p));
        });
      case 12:
        return both(
            [l = LeadId{static_cast<std::int64_t>(pick(8))}](auto& t) { return text_of(t.leads().find(l)); });
      case 13:
        return move_leads();
      case 14:
        return both([r = DecidedRow{person(), benefit(), content(), pick(2) ? token() : Token{}},
                     gone = pick(3) == 0](auto& t) {
          if (gone)
            t.leads().erase_decided(r.person, r.benefit, r.anchor);
          else
            t.leads().put_decided(r);
          return "";
        });
      case 15:
        return both([p = person(), all = several_people()](auto& t) {
          return text_of(t.leads().decided(p)) + sorted_text_of(t.leads().decided(all));
        });
      case 16:
        return both([p = person(), d = day()](auto& t) { return t.people().set_next_change(p, d), ""; });
      case 17:
        return both([d = Date(2027, 1, 1).plus_days(static_cast<int>(pick(40)))](auto& t) {
          auto next = t.people().next_changes(std::vector<PersonId>{{1}, {2}, {3}, {5}, {8}, {13}, {21}});
          std::sort(next.begin(), next.end());
          return text_of(all_due(t.people(), d)) + text_of(next);
        });
      case 18:
        return both([b = content()](auto& t) {
          return t.notices().add({t.notices().last() + 1, "{\"" + hex(b) + "\"}"}),
                 text_of(t.notices().last());
        });
      case 19:
        return both([r = quarantine_row(static_cast<std::int64_t>(pick(50)))](auto& t) {
          return text_of(t.quarantine().add(r));
        });
      case 20:
        return both([id = static_cast<std::int64_t>(pick(12)), s = static_cast<QuarantineState>(pick(3)),
                     c = content()](auto& t) {
          return t.quarantine().update(id, s, 4, c, "place", "reason"), text_of(t.quarantine().find(id));
        });
      case 21:
        return both([n = static_cast<std::int64_t>(pick(9))](auto& t) {
          return t.balance().add_counters("s" + std::to_string(n % 3), {n, 1, 2, 3, 4, 5, n, -1, n}), "";
        });
      case 22:
        return both([name = std::string(1, static_cast<char>('a' + pick(3))), c = content()](auto& t) {
          auto before = t.values().get(name);
          t.values().put_dated({name, static_cast<std::int64_t>(c.size() % 9), c});
          return t.values().put(name, c), before + t.values().get(name) + text_of(t.values().dated(name));
        });
      case 23:
        return both(
            [from = static_cast<std::int64_t>(pick(4)), to = static_cast<std::int64_t>(pick(4))](auto& t) {
              bool moved = t.positions().advance({"police", from, to, to * 10, 0});
              return (moved ? "moved " : "not moved ") + text_of(t.positions().at("police"));
            });
      case 24:
        return both([a = pair_row(), b = pair_row()](auto& t) {
          const IdentityPairRow rows[]{a, b, a};
          return t.identity_pairs().put(rows), "";
        });
      case 25:
        return both([k = several_tokens(), id = PairId{static_cast<std::int64_t>(pick(12))},
                     s = static_cast<PairState>(pick(4))](auto& t) {
          return text_of(t.identity_pairs().of(k)) + text_of(t.identity_pairs().find(id)) +
                 text_of(all_identity_pairs(t.identity_pairs(), s)) + text_of(t.identity_pairs().waiting());
        });
      case 26:
        return both([](auto& t) { return kept_counts_of(t); });
      case 27:
        return both([s = source(), r = entries()](auto& t) { return t.people().put_histories(s, r), ""; });
      case 28:
        return both([s = source(), r = entries()](auto& t) { return t.entries().fill(s, r), ""; });
      case 29:
        return both([s = source(), r = entries(), k = several_tokens()](auto& t) {
          return text_of(t.entries().mark(s, r)) + sorted_text_of(t.entries().find(s, k));
        });
    }
  }

 private:
  static std::int64_t pick_after(const SlipRow& slip) { return slip.account; }
  unsigned pick(unsigned below) { return chance_() % below; }
  PersonId person() { return {1 + static_cast<std::int64_t>(pick(30))}; }
  Token token() { return token_of(pick(20)); }
  IdentityPairRow pair_row() {
    auto row = identity_pair_row(static_cast<std::int64_t>(1 + pick(12)), static_cast<PairState>(pick(4)));
    row.a = token(), row.b = token(), row.digest = content();
    return row;
  }
  std::string source() { return pick(2) == 0 ? "police" : "civil"; }
  /// Each key once: of one that comes twice in a call stores may take either.
  std::vector<EntryRow> entries() {
    std::vector<EntryRow> rows;
    for (const auto& key : several_tokens()) {
      auto row = entry_row(pick(3));
      row.key = key, row.record = pick(3), row.run = pick(4);
      rows.push_back(row);
    }
    return rows;
  }
  std::string benefit() { return "benefit/" + std::to_string(pick(3)); }
  std::string content() { return sealed_of(pick(1000), 10 + pick(100)); }
  DossierRow dossier() {
    return {person(),
            {pick(2) == 0, pick(2) == 0, false, pick(2) == 0},
            pick(5) == 0 ? "" : sealed_of(pick(1000), 10 + pick(9000))};
  }
  std::vector<PersonId> several_people() {
    std::set<PersonId> all;
    for (auto i = pick(10); i > 0; --i)
      all.insert(person());
    return {all.begin(), all.end()};
  }
  std::vector<Token> several_tokens() {
    std::set<Token> all;
    for (auto i = pick(10); i > 0; --i)
      all.insert(token());
    return {all.begin(), all.end()};
  }
  std::vector<HolderRow> holders() {
    std::vector<HolderRow> rows;
    for (auto i = pick(5); i > 0; --i)
      rows.push_back({token(), person()});
    return rows;
  }
  std::optional<Date> day() {
    if (pick(3) == 0) return std::nullopt;
    return Date(2027, 1, 1).plus_days(static_cast<int>(pick(40)));
  }
  /// Opens one, or changes or ends the open one: of a person and benefit one is open.
  void put_lead() {
    auto owner = person();
    auto what = benefit();
    auto open = model_.leads().open_of(owner);
    auto at = std::ranges::find(open, what, &LeadRow::benefit);
    LeadRow row;
    if (at != open.end()) {
      row = *at;
      row.state = static_cast<LeadState>(pick(4)), row.revision += 1, row.content = content();
    } else {
      both([](auto& t) { return text_of(t.leads().new_lead().value); });
      row = lead_row({++leads_}, owner, what);
    }
    both([row](auto& t) { return t.leads().put(row), ""; });
  }
  /// As the lead desk does: all go to another person, and an open one that the other has too is closed first.
  void move_leads() {
    auto from = person(), to = person();
    if (from == to) return;
    for (auto row : model_.leads().of(from)) {
      auto theirs = model_.leads().open_of(to);
      if (row.state == LeadState::open &&
          std::ranges::find(theirs, row.benefit, &LeadRow::benefit) != theirs.end())
        row.state = LeadState::closed;
      row.person = to;
      both([row](auto& t) { return t.leads().put(row), ""; });
    }
  }
  template <class Work>
  void both(Work work) {
    std::string real = work(real_), model = work(model_);
    ASSERT_EQ(real, model);
  }

  StoreTransaction& real_;
  StoreTransaction& model_;
  std::mt19937& chance_;

 public:
  std::int64_t leads_ = 0;  ///< numbers given so far
};

TYPED_TEST(StoreRandomWork, DoesWhatTheModelDoes) {
  std::mt19937 chance(test::seed(1));
  StoreModel model;
  for (int round = 0; round < 40 && !this->HasFatalFailure(); ++round) {
    auto real = this->writing();
    ModelTransaction truth(model);
    RandomWork work(*real, truth, chance);
    work.leads_ = model.last_lead;
    for (auto steps = chance() % 80; steps > 0 && !this->HasFatalFailure(); --steps)
      work.step();
    bool keep = chance() % 4 != 0;
    if (keep) real->commit(), truth.commit();
    real.reset();
    if (chance() % 10 == 0) this->store_.reset(), this->store_ = this->fixture_.open();
    ModelTransaction now(model);
    auto t = chance() % 2 == 0 ? this->reading() : this->writing();
    ASSERT_EQ(picture_of(*t, RandomWork::asked()), picture_of(now, RandomWork::asked())) << "round " << round;
    ASSERT_EQ(kept_counts_of(*t), counts_of_rows(*t, RandomWork::asked().tokens)) << "round " << round;
  }
}

}  // namespace
}  // namespace kinhub
