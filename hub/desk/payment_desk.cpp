#include "hub/desk/payment_desk.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <unordered_map>

#include "hub/base/name_form.hpp"
#include "hub/config/config.hpp"
#include "hub/desk/payees.hpp"
#include "hub/desk/person_views.hpp"
#include "hub/mapping/charset.hpp"
#include "hub/payment/list_csv.hpp"
#include "hub/policy/program.hpp"
#include "hub/store/pages.hpp"
#include "hub/store/payments.hpp"

namespace kinhub {
namespace {

constexpr std::size_t page_size = 2'000;
constexpr std::int64_t answer_patience_us = std::int64_t{30} * 86'400 * 1'000'000;
constexpr char ledger_prefix = 'O';
constexpr std::string_view import_prefix = "IMPORT-";

bool is_county(std::string_view text) {
  return text.size() == 6 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<PaymentPeriod> period_kind(std::string_view name) {
  for (const auto kind : {PaymentPeriod::quarter, PaymentPeriod::half, PaymentPeriod::year})
    if (name_of(kind) == name) return kind;
  return std::nullopt;
}

Error no_such_list(const std::string& list_no) {
  return {"NO_SUCH_LIST", "there is no list of this number: kinhub paylist list", list_no};
}

/// A list as the store has it, unsealed.
struct Stored {
  PaymentListRow row;
  ListRecord record;
  /// The state by what is sealed: the column beside it finds rows, and anybody with the database writes it.
  PaymentListState state() const {
    if (record.list.list_no.starts_with(import_prefix)) return PaymentListState::imported;
    if (record.closed_at_us == 0) return PaymentListState::checked;
    if (record.sent_at_us == 0) return PaymentListState::closed;
    return row.state == PaymentListState::settled ? PaymentListState::settled : PaymentListState::sent;
  }
  /// Whether the columns say what is sealed.
  bool agrees() const {
    const auto& region = record.list.region;
    return row.state == state() && row.region == (region.empty() ? 0 : std::stoll(region));
  }
  bool closed() const { return state() != PaymentListState::checked && !imported(); }
  bool imported() const { return state() == PaymentListState::imported; }
  /// Whether its lines settle anything.
  bool counts() const { return closed() || imported(); }
};

class PaymentDesk final : public Payments {
 public:
  explicit PaymentDesk(PaymentMeans means) : means_(std::move(means)) {}

  Result<PaymentListView> draft(const ListRequest& request) override {
    auto drawn = draw(request, std::nullopt);
    if (!drawn) return drawn.error();
    return view_of(std::move(drawn->record), "draft");
  }

  Result<PaymentListView> check(const ListRequest& request) override {
    auto drawn = draw(request, std::nullopt);
    if (!drawn) return drawn.error();
    auto& record = drawn->record;
    if (any_red(record.findings)) return view_of(std::move(record), "draft");
    auto made =
        sign(record, {SignedAs::made, request.by, request.account, means_.clock.now_us()}, record.digest);
    if (!made) return made.error();
    record = std::move(*made);
    auto writing = means_.store.begin(Store::For::writing);
    auto& shelf = writing->payments();
    record.attempt = std::to_string(means_.clock.now_us()) + " " + record.digest;
    if (shelf.last_list() != drawn->last_list) return overtaken(record.list.list_no);
    const auto id = drawn->checked.value_or(drawn->last_list + 1);
    put(shelf, {id, std::stoll(record.list.region), PaymentListState::checked, means_.clock.now_us(), ""},
        record);
    std::vector<PaymentLineRow> rows;
    for (const auto& line : record.list.lines)
      rows.push_back(
          {id, line.line_no, line.payee,
           means_.keys.seal(to_bytes(line, record.attempt), payment_line_context(id, line.line_no))});
    if (!shelf.replace_lines(id, rows)) return overtaken(record.list.list_no);
    writing->commit();
    return view_of(std::move(record), std::string(name_of(PaymentListState::checked)));
  }

  Result<PaymentListView> review(const SignRequest& request) override {
    auto writing = means_.store.begin(Store::For::writing);
    auto found = find(writing->payments(), request.list_no);
    if (!found) return found.error();
    if (!as_signed(writing->payments(), *found)) return not_as_signed(request.list_no);
    if (found->state() != PaymentListState::checked) return not_checked(*found);
    auto reviewed =
        sign(found->record, {SignedAs::reviewed, request.by, request.account, means_.clock.now_us()},
             request.seen);
    if (!reviewed) return reviewed.error();
    put(writing->payments(), found->row, *reviewed);
    writing->commit();
    return show(request.list_no);
  }

  Result<PaymentListView> close(const SignRequest& request) override {
    auto reading = means_.store.begin(Store::For::reading);
    auto found = find(reading->payments(), request.list_no);
    if (!found) return found.error();
    if (!as_signed(reading->payments(), *found)) return not_as_signed(request.list_no);
    reading.reset();
    if (found->state() != PaymentListState::checked) return not_checked(*found);
    const auto now_us = means_.clock.now_us();
    auto approved =
        sign(found->record, {SignedAs::approved, request.by, request.account, now_us}, request.seen);
    if (!approved) return approved.error();
    // The cut-off is the time of closing: drawn by its day and out of what is known by now, deaths, accounts
    // and towns with it, the list must be the one that was signed.
    const auto& checked = found->record.list;
    auto drawn = draw({checked.region, checked.period_name, "", ""}, Closing{found->row.id, checked.day});
    if (!drawn) return drawn.error();
    if (drawn->record.digest != found->record.digest)
      return Error{"LIST_CHANGED",
                   "since it was checked something was decided or told that changes this list: check it anew "
                   "(kinhub paylist check)",
                   request.list_no};
    if (any_red(drawn->record.findings))
      return Error{"LIST_RED", "a check is red: kinhub paylist draft shows which", request.list_no};
    approved->findings = drawn->record.findings;
    approved->known_at_us = drawn->record.known_at_us, approved->closed_at_us = now_us;
    approved->list.overpaid = drawn->record.list.overpaid;

    auto writing = means_.store.begin(Store::For::writing);
    auto& shelf = writing->payments();
    const auto still = shelf.list(found->row.id);
    if (!as_signed(shelf, *found)) return not_as_signed(request.list_no);
    if (!still || still->state != PaymentListState::checked || still->content != found->row.content)
      return overtaken(request.list_no);
    auto row = found->row;
    row.state = PaymentListState::closed, row.changed_at_us = now_us;
    put(shelf, row, *approved);
    put(shelf, ledger_after(ledger(shelf), drawn->record.list, now_us));
    writing->commit();
    return show(request.list_no);
  }

  Result<BankFilesView> send(const std::string& list_no) override {
    auto writing = means_.store.begin(Store::For::writing);
    auto& shelf = writing->payments();
    auto found = find(shelf, list_no);
    if (!found) return found.error();
    if (!as_signed(shelf, *found)) return not_as_signed(list_no);
    if (!found->closed())
      return Error{"LIST_NOT_CLOSED",
                   "only a closed list is sent: this one is " + std::string(name_of(found->state())),
                   list_no};
    auto list = found->record.list;
    list.lines = lines(shelf, *found);
    BankFilesView view{list_no, {}};
    for (const auto& sum : sums_of(list.lines).banks) {
      BankFilesView::File file{sum.what, bank_file_name(list_no, sum.what), bank_file(list, sum.what), 0, 0};
      for (const auto& line : list.lines)
        if (line.sent() && line.account.bank == sum.what) ++file.lines, file.fen += line.total();
      if (file.lines > 0) view.files.push_back(std::move(file));
    }
    if (found->state() == PaymentListState::closed) {  // else the same files once more
      found->row.state = PaymentListState::sent;
      found->row.changed_at_us = found->record.sent_at_us = means_.clock.now_us();
      put(shelf, found->row, found->record);
      writing->commit();
    }
    return view;
  }

  Result<ReturnsView> returns(const std::string& name, const std::string& bytes) override {
    auto text = utf8(bytes);
    if (!text) return text.error();
    auto file = read_return_file(*text, name);
    if (!file) return file.error();
    // What the guard judged is the list of the name.
    if (list_of_return_file(name) != file->list_no)
      return Error{"RETURN_NAME",
                   "a file of answers is named HP_LIST_BANK.csv, by the list that its lines are of", name};
    auto writing = means_.store.begin(Store::For::writing);
    auto& shelf = writing->payments();
    auto found = find(shelf, file->list_no);
    if (!found) return no_such_list(is_list_number(file->list_no) ? file->list_no : "");
    if (!as_signed(shelf, *found)) return not_as_signed(file->list_no);
    if (!found->closed() || found->record.sent_at_us == 0)
      return Error{"LIST_NOT_SENT",
                   "no file of this list was sent to a bank: it is " + std::string(name_of(found->state())),
                   file->list_no};
    const auto now_us = means_.clock.now_us();
    for (auto& answer : file->answers)
      answer.known_at_us = now_us;
    auto& record = found->record;
    const auto all = lines(shelf, *found);
    const auto bank = bank_of_return_file(name);
    if (std::none_of(all.begin(), all.end(),
                     [&](const PaymentLine& line) { return line.sent() && line.account.bank == bank; }))
      return Error{"RETURN_NAME", "no line of this list went to the bank of the name: HP_LIST_BANK.csv",
                   name};
    const auto read = match_answers(all, record.answers, file->answers, {bank, record.sent_at_us});
    std::vector<LedgerEntry> freed;
    for (const auto& answer : read.taken) {
      record.answers.emplace(answer.line_no, answer);
      if (!answer.paid()) free_offsets(shelf, file->list_no, answer.line_no, now_us, freed);
    }
    for (const auto& one : read.aside)
      if (std::none_of(record.aside.begin(), record.aside.end(), [&](const AnswerAside& before) {
            return before.code == one.code && before.answer.same_as(one.answer);
          }))
        record.aside.push_back(one);
    ReturnsView view;
    view.list_no = file->list_no, view.repeated = read.repeated, view.aside = read.aside;
    view.taken = static_cast<std::int64_t>(read.taken.size());
    view.sums = sent_sums(all, record.answers);
    found->row.state = view.sums.unanswered.rows == 0 ? PaymentListState::settled : PaymentListState::sent;
    found->row.changed_at_us = now_us;
    put(shelf, found->row, record);
    put(shelf, freed);
    writing->commit();
    view.state = name_of(found->row.state);
    return view;
  }

  Result<ReturnsView> accept(const AcceptRequest& request) override {
    if (name_form(request.reason).empty())
      return Error{"REASON_MISSING", "say why this answer counts all the same: --reason TEXT", ""};
    auto writing = means_.store.begin(Store::For::writing);
    auto& shelf = writing->payments();
    auto found = find(shelf, request.list_no);
    if (!found) return found.error();
    if (!as_signed(shelf, *found)) return not_as_signed(request.list_no);
    auto& record = found->record;
    const auto all = lines(shelf, *found);
    const auto sent = std::any_of(all.begin(), all.end(), [&](const PaymentLine& line) {
      return line.line_no == request.line && line.sent();
    });
    const auto aside = std::find_if(record.aside.rbegin(), record.aside.rend(), [&](const AnswerAside& one) {
      return one.answer.line_no == request.line && one.accepted_at_us == 0;
    });
    if (!sent || record.sent_at_us == 0 || aside == record.aside.rend())
      return Error{"NOTHING_ASIDE",
                   "no answer to this line, sent to a bank, was set aside: kinhub paylist show",
                   request.list_no + "/" + std::to_string(request.line)};
    const auto now_us = means_.clock.now_us();
    aside->accepted_at_us = now_us, aside->accepted_by = request.by, aside->accepted_why = request.reason;
    record.answers.insert_or_assign(request.line, aside->answer);
    std::vector<LedgerEntry> freed;
    if (!aside->answer.paid()) free_offsets(shelf, request.list_no, request.line, now_us, freed);
    ReturnsView view;
    view.list_no = request.list_no, view.taken = 1, view.aside = {*aside};
    view.sums = sent_sums(all, record.answers);
    found->row.state = view.sums.unanswered.rows == 0 ? PaymentListState::settled : PaymentListState::sent;
    found->row.changed_at_us = now_us;
    view.state = name_of(found->row.state);
    put(shelf, found->row, record);
    put(shelf, freed);
    writing->commit();
    return view;
  }

  std::vector<PaymentSummary> lists() override {
    auto reading = means_.store.begin(Store::For::reading);
    std::vector<PaymentSummary> all;
    for (const auto& [id, one] : stored(reading->payments())) {
      PaymentSummary summary;
      const auto& record = one.record;
      summary.list_no = record.list.list_no, summary.region = record.list.region;
      summary.period = record.list.period_name, summary.state = name_of(one.state());
      summary.as_signed = as_signed(reading->payments(), one);
      summary.digest = record.digest, summary.day = record.list.day;
      summary.signatures = static_cast<std::int64_t>(record.signatures.size());
      const auto rows = lines(reading->payments(), one);
      const auto sums = sums_of(rows);
      summary.rows = sums.all.rows, summary.total_fen = sums.all.total_fen,
      summary.held_fen = sums.held.total_fen;
      summary.sent_fen = sums.sent.total_fen;
      const auto answered = sent_sums(rows, record.answers);
      summary.paid_fen = answered.paid.total_fen, summary.returned_fen = answered.returned.total_fen;
      summary.unanswered_fen = answered.unanswered.total_fen;
      all.push_back(std::move(summary));
    }
    return all;
  }

  Result<PaymentListView> show(const std::string& list_no) override {
    auto reading = means_.store.begin(Store::For::reading);
    auto found = find(reading->payments(), list_no);
    if (!found) return found.error();
    const bool intact = as_signed(reading->payments(), *found);
    const auto state = found->state();
    const bool sent = found->closed() && found->record.sent_at_us != 0;
    auto lines_here = lines(reading->payments(), *found);
    auto record = std::move(found->record);
    record.list.lines = std::move(lines_here);
    auto answered = sent ? std::optional(sent_sums(record.list.lines, record.answers)) : std::nullopt;
    auto view = view_of(std::move(record), std::string(name_of(state)));
    view.answered = answered;
    if (!intact)
      view.findings.insert(view.findings.begin(),
                           {"F18", ListFinding::Level::red, not_as_signed("").text, list_no});
    return view;
  }

  std::vector<OverpaidView> overpaid() override {
    auto reading = means_.store.begin(Store::For::reading);
    PersonViews views(*reading, means_.keys, means_.evidence.rules_in(reading->values()));
    std::vector<OverpaidView> all;
    for (auto& entry : ledger(reading->payments()))
      all.push_back(overpaid_view(views, std::move(entry)));
    return all;
  }

  Result<OverpaidView> settle_overpaid(const LedgerRequest& request) override {
    const auto id = number_behind(means_.keys, ledger_prefix, request.id);
    auto writing = means_.store.begin(Store::For::writing);
    auto& shelf = writing->payments();
    for (auto& entry : ledger(shelf)) {
      if (!id || entry.id != *id) continue;
      auto moved = ledger_step(entry, request.to, request.document, request.by, means_.clock.now_us());
      if (!moved) return moved.error();
      put(shelf, {*moved});
      writing->commit();
      auto reading = means_.store.begin(Store::For::reading);
      PersonViews views(*reading, means_.keys, means_.evidence.rules_in(reading->values()));
      return overpaid_view(views, std::move(*moved));
    }
    return Error{"NO_SUCH_ENTRY", "nothing overpaid has this id: kinhub paylist overpaid", request.id};
  }

  Result<ImportedView> import(const std::string& name, const std::string& bytes) override;

 private:
  /// A list as it stands drawn, and what it was drawn beside.
  struct Drawn {
    ListRecord record;
    std::int64_t last_list = 0;
    std::optional<std::int64_t> checked;  ///< the list of this period that waits to be signed
  };

  /// The checked list that is drawn again, and the day that is printed on it.
  struct Closing {
    std::int64_t id = 0;
    Date printed;
  };
  Result<Drawn> draw(const ListRequest& request, const std::optional<Closing>& closing) {
    const auto day = means_.today;
    if (!means_.config.payments) return not_configured();
    const auto& settings = *means_.config.payments;
    if (!is_county(request.region))
      return Error{"REGION_FORMAT", "a payer is a county, six digits: 320812", request.region};
    const auto period = period_named(request.period, *period_kind(settings.period));
    if (!period)
      return Error{"PERIOD_FORM",
                   "the period of a list is a " + settings.period + " (payments: period), as " +
                       (settings.period == "quarter" ? "2026Q3"
                        : settings.period == "half"  ? "2026H2"
                                                     : "2026"),
                   request.period};
    if (settings.ledger_start >= period->until)
      return Error{"PERIOD_FORM", "the books begin behind this period (payments: ledger_start)",
                   request.period};
    auto reading = means_.store.begin(Store::For::reading);
    Drawn drawn;
    drawn.last_list = reading->payments().last_list();
    PaymentList list;
    list.region = request.region, list.period_name = request.period, list.period = *period, list.day = day;
    const auto all = stored(reading->payments());
    std::optional<std::int64_t> previous;
    for (const auto& [id, one] : all) {
      const auto& other = one.record.list;
      if (other.region != request.region) continue;
      if (one.closed()) previous = id, list.previous = other.list_no;
      if (one.closed() && other.period_name == request.period)
        return Error{"PERIOD_HAS_LIST",
                     "this period has the list " + other.list_no +
                         ", closed for ever: see it with kinhub paylist show; what came later stands on the "
                         "list of the next period (kinhub paylist draft)",
                     request.period};
      if (one.state() == PaymentListState::checked && other.period_name == request.period) drawn.checked = id;
    }
    if (closing && drawn.checked != closing->id) return overtaken(request.period);
    list.list_no = list_number(request.region, request.period, 1);
    auto payees = gather(*reading, all, previous, day);
    if (!payees) return payees.error();
    const auto& policies = *means_.rules().policies;
    std::vector<std::string> banks;
    for (const auto& [code, bank] : settings.banks)
      banks.push_back(code);
    auto& record = drawn.record;
    record.known_at_us = means_.clock.now_us();
    record.list = draw_up(policies, std::move(list), *payees, {settings.ledger_start, banks});
    if (closing) record.list.day = closing->printed;
    record.digest = list_digest(record.list);
    std::vector<PaymentLine> last;
    for (const auto& payee : *payees)
      last.insert(last.end(), payee.last.begin(), payee.last.end());
    record.findings =
        check_list(policies, {record.list, *payees, last, broken(reading->payments(), all, request.region),
                              unanswered(reading->payments(), all, request.region)});
    if (const auto cut_off = cut_off_of(*period, settings.cut_off_day); day < cut_off)
      record.findings.insert(record.findings.begin(),
                             {"cut_off", ListFinding::Level::red,
                              "a list of this period is made from " + cut_off.text() +
                                  " on (payments: cut_off_day): until then it may only be looked at",
                              request.period});
    return drawn;
  }

  /// Everybody for whom anything was decided, or who stands on a list, with what the books say of them.
  Result<std::vector<Payee>> gather(StoreTransaction& reading, const std::map<std::int64_t, Stored>& lists,
                                    std::optional<std::int64_t> previous, Date day) {
    PayeeReader people(
        {reading, means_.keys, *means_.rules().policies, means_.evidence.rules_in(reading.values()), day});
    auto found = people.all();
    if (!found) return found.error();
    const auto entries = ledger(reading.payments());
    std::vector<Payee> payees;
    for (auto& one : *found) {
      add_books(reading.payments(), lists, previous, entries, one);
      payees.push_back(std::move(one.payee));
    }
    return payees;
  }

  void add_books(PaymentShelf& shelf, const std::map<std::int64_t, Stored>& lists,
                 std::optional<std::int64_t> previous, const std::vector<LedgerEntry>& entries,
                 PayeeFound& one) {
    const auto& policies = *means_.rules().policies;
    auto& payee = one.payee;
    for (const auto& row : shelf.lines_of(one.anchors)) {
      const auto& list = lists.at(row.list);
      if (!list.counts()) continue;
      auto line =
          payment_line_from(means_.keys.unseal(row.content, payment_line_context(row.list, row.line)));
      const auto answer = list.record.answers.find(line.line_no);
      const bool returned = answer != list.record.answers.end() && !answer->second.paid();
      for (const auto& paid : line.periods) {
        const auto benefit = policies.find(paid.benefit);
        if (!benefit) continue;
        const PaymentKey key{*benefit, paid.period};
        if (returned) payee.given_back.push_back(key);
        if (returned || line.held != Held::no) continue;
        payee.settled[key] += paid.fen;
        if (paid.fen > 0 && list.closed()) payee.settled_in[key] = list.record.list.region;
      }
      if (returned)
        payee.returns.push_back({list.record.list.list_no, line.account.account, answer->second.known_at_us});
      if (previous && row.list == *previous) {
        line.ref = payee.ref;  // who was two may be one since
        payee.last.push_back(std::move(line));
      }
    }
    for (const auto& entry : entries) {
      if (std::find(one.anchors.begin(), one.anchors.end(), entry.payee) == one.anchors.end()) continue;
      payee.ledger.push_back(entry);
      if (const auto benefit = policies.find(entry.benefit); benefit && entry.state == LedgerState::paid_back)
        payee.settled[{*benefit, entry.period}] -= entry.fen;
    }
  }

  /// Whether the rows of a list are those that were signed: its state, its lines by the digest, and of each
  /// line whose it is and which check it is of.
  bool as_signed(PaymentShelf& shelf, const Stored& one) {
    bool bound = one.agrees();
    auto list = one.record.list;
    list.lines = lines(shelf, one, &bound);
    const bool none = one.imported() && one.record.digest.empty();  // imports had no digest at first
    return bound && (none || list_digest(list) == one.record.digest);
  }

  /// Lists whose rows are not what was signed (F18), and those that a later list has behind it as closed and
  /// that are not.
  std::vector<std::string> broken(PaymentShelf& shelf, const std::map<std::int64_t, Stored>& lists,
                                  const std::string& region) {
    std::set<std::string> found, closed;
    for (const auto& [id, one] : lists)
      if (one.closed()) closed.insert(one.record.list.list_no);
    for (const auto& [id, one] : lists) {
      const auto& list = one.record.list;
      if (list.region != region && !one.imported()) continue;
      if (one.counts() ? !as_signed(shelf, one) : !one.agrees()) found.insert(list.list_no);
      if (one.closed() && !list.previous.empty() && !closed.contains(list.previous))
        found.insert(list.previous);
    }
    return {found.begin(), found.end()};
  }

  /// Lines of sent lists that no bank has answered for long (未回盘).
  std::vector<std::string> unanswered(PaymentShelf& shelf, const std::map<std::int64_t, Stored>& lists,
                                      const std::string& region) {
    std::vector<std::string> found;
    for (const auto& [id, one] : lists) {
      const auto& record = one.record;
      if (!one.closed() || record.sent_at_us == 0 || record.list.region != region ||
          means_.clock.now_us() - record.sent_at_us < answer_patience_us)
        continue;
      for (const auto& line : lines(shelf, one))
        if (line.sent() && !record.answers.contains(line.line_no))
          found.push_back(record.list.list_no + "/" + std::to_string(line.line_no));
    }
    return found;
  }

  std::map<std::int64_t, Stored> stored(PaymentShelf& shelf) {
    std::map<std::int64_t, Stored> all;
    std::int64_t after = 0;
    for (;;) {
      auto page = shelf.lists(after, page_size);
      if (page.empty()) return all;
      after = page.back().id;
      for (auto& row : page) {
        auto record = list_record_from(means_.keys.unseal(row.content, payment_list_context(row.id)));
        const auto id = row.id;
        all.emplace(id, Stored{std::move(row), std::move(record)});
      }
    }
  }
  Result<Stored> find(PaymentShelf& shelf, const std::string& list_no) {
    for (auto& [id, one] : stored(shelf))
      if (one.record.list.list_no == list_no) return std::move(one);
    return no_such_list(list_no);
  }
  /// `bound` becomes false where a row is not the line of this list and its last check that it stands for.
  std::vector<PaymentLine> lines(PaymentShelf& shelf, const Stored& of, bool* bound = nullptr) {
    const auto list = of.row.id;
    std::vector<PaymentLine> all;
    std::string attempt;
    std::int64_t after = 0;
    for (;;) {
      const auto page = shelf.lines(list, after, page_size);
      if (page.empty()) return all;
      after = page.back().line;
      for (const auto& row : page) {
        all.push_back(payment_line_from(means_.keys.unseal(row.content, payment_line_context(list, row.line)),
                                        &attempt));
        const auto& line = all.back();
        if (bound && (attempt != of.record.attempt || line.payee != row.payee || line.line_no != row.line))
          *bound = false;
      }
    }
  }
  std::vector<LedgerEntry> ledger(PaymentShelf& shelf) {
    std::vector<LedgerEntry> all;
    std::int64_t after = 0;
    for (;;) {
      const auto page = shelf.entries(after, page_size);
      if (page.empty()) return all;
      after = page.back().id;
      for (const auto& row : page)
        all.push_back(ledger_entry_from(means_.keys.unseal(row.content, payment_ledger_context(row.id))));
    }
  }
  void put(PaymentShelf& shelf, PaymentListRow row, ListRecord record) {
    record.list.lines.clear();
    row.content = means_.keys.seal(to_bytes(record), payment_list_context(row.id));
    shelf.put_list(row);
  }
  void put(PaymentShelf& shelf, std::vector<LedgerEntry> entries) {
    auto last = shelf.last_entry();
    std::vector<PaymentLedgerRow> rows;
    for (auto& entry : entries) {
      if (entry.id == 0) entry.id = ++last;
      rows.push_back({entry.id, entry.payee, static_cast<std::int64_t>(entry.state),
                      means_.keys.seal(to_bytes(entry), payment_ledger_context(entry.id))});
    }
    shelf.put_entries(rows);
  }
  /// What a line took is agreed as before, once a bank gave the line back.
  void free_offsets(PaymentShelf& shelf, const std::string& list_no, int line_no, std::int64_t now_us,
                    std::vector<LedgerEntry>& freed) {
    for (auto& entry : ledger(shelf)) {
      if (entry.taken_by != list_no || entry.taken_line != line_no) continue;
      entry.taken_by.clear(), entry.taken_line = 0, entry.at_us = now_us;
      freed.push_back(std::move(entry));
    }
  }

  OverpaidView overpaid_view(PersonViews& views, LedgerEntry entry) {
    OverpaidView view;
    view.id = reference_of(means_.keys, ledger_prefix, entry.id);
    if (const auto person = views.find(PersonName(entry.ref))) view.name = views.person(*person).name;
    view.entry = std::move(entry);
    return view;
  }

  static PaymentListView view_of(ListRecord record, std::string state) {
    PaymentListView view;
    view.list = std::move(record.list), view.state = std::move(state), view.digest = std::move(record.digest);
    view.signatures = std::move(record.signatures), view.findings = std::move(record.findings);
    view.known_at_us = record.known_at_us, view.aside = std::move(record.aside);
    tell_one_account(view);
    return view;
  }
  /// At the command line a name is typed: that one account of the process signed twice is shown.
  static void tell_one_account(PaymentListView& view) {
    std::map<std::string, std::string> roles;
    for (const auto& one : view.signatures) {
      auto& text = roles[one.account];
      text += (text.empty() ? "" : ", ") + std::string(name_of(one.role));
    }
    for (const auto& [account, text] : roles)
      if (!account.empty() && text.find(',') != std::string::npos)
        view.findings.push_back(
            {"signers", ListFinding::Level::amber,
             "one account signed this as " + text + ": three different people sign a list", account});
  }
  static std::string bank_of_return_file(const std::string& name) {
    const auto bank = name.rfind('_') + 1;
    return name.substr(bank, name.rfind('.') - bank);
  }
  static bool is_list_number(const std::string& text) { return !region_of_list(text).empty(); }
  static Error not_configured() {
    return {"PAYMENTS_NOT_CONFIGURED",
            "payment lists need payments: {ledger_start: 2026-04, banks: {...}} in the configuration", ""};
  }
  static Error not_checked(const Stored& found) {
    return {"LIST_NOT_CHECKED",
            "only a checked list is signed: this one is " + std::string(name_of(found.state())),
            found.record.list.list_no};
  }
  static Error not_as_signed(const std::string& list_no) {
    return {"LIST_NOT_AS_SIGNED",
            "F18: what is stored of this list is not what was signed: restore the store from before",
            list_no};
  }
  static Error overtaken(const std::string& what) {
    return {"LIST_OVERTAKEN", "another list was made or signed meanwhile: look at it again", what};
  }
  static Result<std::string> utf8(const std::string& bytes) {
    if (!utf8_fault(bytes)) return Result<std::string>(boost::system::in_place_value, bytes);
    return to_utf8(bytes, Charset::gb18030);
  }

  PaymentMeans means_;
};

/// Of one month: 100,000.00 yuan. The sum of a file of any size that is read stays far from an overflow.
constexpr std::int64_t import_fen_max = 10'000'000;

/// How a benefit is paid; nothing: no document of it names a sum.
std::optional<Per> per_of(const PolicySet& policies, BenefitIndex benefit) {
  std::optional<Per> per;
  for (const auto& line : policies.program().lines)
    if (line.benefit == benefit)
      for (const auto& rule : line.amounts)
        per = per ? std::min(*per, rule.per) : rule.per;
  return per;
}

/// Why an imported line cannot be one of older books.
std::optional<Error> import_fault(const PolicySet& policies, BenefitIndex benefit, Date month,
                                  std::int64_t fen, Date ledger_start) {
  if (month >= ledger_start)
    return Error{"IMPORT_PERIOD",
                 "the hub keeps the books from " + ledger_start.text().substr(0, 7) +
                     " on (payments: ledger_start): only months before it are imported",
                 ""};
  const auto per = per_of(policies, benefit).value_or(Per::month);
  if (per == Per::once)
    return Error{"IMPORT_PERIOD", "this benefit is paid once, by the day of its event: it has no months", ""};
  if (per == Per::year && month != Date(month.year(), 1, 1))
    return Error{"IMPORT_PERIOD", "this benefit is paid by the year: its month is January, 2025-01", ""};
  // A month whose sum is computed from a record is not held against sums of documents.
  if (!policies.sums_in(benefit, {month, month.plus_months(1)})) return std::nullopt;
  std::set<std::int64_t> sums;
  for (const auto& line : policies.program().lines)
    if (line.benefit == benefit)
      for (const auto& rule : line.amounts)
        if (rule.kind == policy::AmountRule::Kind::fixed) sums.insert(rule.fen);
  if (sums.contains(fen)) return std::nullopt;
  std::string all;
  for (const auto sum : sums)
    all += (all.empty() ? "" : ", ") + yuan_text(sum);
  return Error{"IMPORT_SUM", "no document of this benefit ever had " + yuan_text(fen) + ": it had " + all,
               ""};
}

/// A line of an import: person,benefit,month,fen,list.
struct ImportLine {
  std::string person, benefit, list;
  Date month;
  std::int64_t fen = 0;
};

Result<std::vector<ImportLine>> read_import(std::string_view text, const std::string& name) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<ImportLine> lines;
  for (int number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto place = name + ":" + std::to_string(number);
    if (number == 1) {
      if (line != "person,benefit,month,fen,list")
        return Error{"IMPORT_HEADER", "a file of older books begins with person,benefit,month,fen,list",
                     place};
      continue;
    }
    if (line.empty()) continue;
    std::vector<std::string> cells(1);
    for (const char c : line)
      if (c == ',')
        cells.emplace_back();
      else
        cells.back() += c;
    const auto month = cells.size() == 5 ? Date::parse(cells[2] + "-01") : std::nullopt;
    std::int64_t fen = -1;
    if (month) {
      const auto [rest, failed] = std::from_chars(cells[3].data(), cells[3].data() + cells[3].size(), fen);
      if (failed != std::errc() || rest != cells[3].data() + cells[3].size()) fen = -1;
    }
    if (!month || fen <= 0 || fen > import_fen_max || cells[4].empty())
      return Error{"IMPORT_LINE",
                   "a line is a person, a benefit, a month (2026-03), fen above 0 and at most " +
                       std::to_string(import_fen_max) + ", and a list",
                   place};
    lines.push_back({cells[0], cells[1], cells[4], *month, fen});
  }
  if (lines.empty()) return Error{"IMPORT_LINE", "the file has no line", name};
  return lines;
}

Result<ImportedView> PaymentDesk::import(const std::string& name, const std::string& bytes) {
  if (!means_.config.payments) return not_configured();
  auto text = utf8(bytes);
  if (!text) return text.error();
  if (!means_.config.payments) return not_configured();
  const auto ledger_start = means_.config.payments->ledger_start;
  auto read = read_import(*text, name);
  if (!read) return read.error();
  auto writing = means_.store.begin(Store::For::writing);
  auto& shelf = writing->payments();
  const auto& policies = *means_.rules().policies;
  PayeeReader people(
      {*writing, means_.keys, policies, means_.evidence.rules_in(writing->values()), means_.today});
  PersonViews views(*writing, means_.keys, means_.evidence.rules_in(writing->values()));
  const auto id = shelf.last_list() + 1;
  ListRecord record;
  record.list.list_no = std::string(import_prefix) + std::to_string(id), record.list.period_name = name;
  record.list.day = means_.today, record.known_at_us = means_.clock.now_us();
  record.attempt = std::to_string(record.known_at_us);
  ImportedView view{record.list.list_no, 0, 0};
  std::vector<PaymentLineRow> rows;
  const auto lists = stored(shelf);
  std::set<std::tuple<PersonId, std::string, Date>> seen;
  int number = 1;
  for (const auto& one : *read) {
    const auto place = name + ":" + std::to_string(++number);
    const auto who = read_person(one.person);
    if (!who) return Error{who.error().code, who.error().text, place};
    const auto person = views.find(*who);
    if (!person) return Error{person.error().code, person.error().text, place};
    const auto benefit = policies.find(one.benefit);
    if (!benefit)
      return Error{"NO_SUCH_BENEFIT", "no policy has this benefit: kinhub policy check lists them", place};
    if (auto fault = import_fault(policies, *benefit, one.month, one.fen, ledger_start)) {
      fault->place = place;
      return *fault;
    }
    const auto payee = people.anchor(*person);
    for (const auto& before : shelf.lines_of(people.anchors(*person))) {
      if (!lists.at(before.list).counts()) continue;
      const auto known = payment_line_from(
          means_.keys.unseal(before.content, payment_line_context(before.list, before.line)));
      if (std::any_of(known.periods.begin(), known.periods.end(), [&](const PaidPeriod& paid) {
            return paid.benefit == one.benefit && paid.period == one.month;
          }))
        return Error{"IMPORT_TWICE", "this month of this benefit stands on a list already", place};
    }
    if (!seen.emplace(*person, one.benefit, one.month).second)
      return Error{"IMPORT_TWICE", "this month of this benefit stands twice in the file", place};
    PaymentLine line;
    line.line_no = number, line.payee = payee;
    line.ref = person_reference(means_.keys, *person), line.benefit = one.benefit;
    line.periods = {
        {one.benefit, one.month, per_of(policies, *benefit).value_or(Per::month), one.fen, PaidAs::regular}};
    line.offset_document = one.list;
    rows.push_back({id, number, line.payee,
                    means_.keys.seal(to_bytes(line, record.attempt), payment_line_context(id, number))});
    record.list.lines.push_back(line);
    ++view.months, view.fen += one.fen;
  }
  record.digest = list_digest(record.list);
  PaymentListRow row{id, 0, PaymentListState::checked, means_.clock.now_us(), ""};
  put(shelf, row, record);
  if (!shelf.replace_lines(id, rows)) return overtaken(name);
  row.state = PaymentListState::imported;
  put(shelf, row, record);
  writing->commit();
  return view;
}

}  // namespace

std::unique_ptr<Payments> make_payments(PaymentMeans means) {
  return std::make_unique<PaymentDesk>(std::move(means));
}

std::string list_of_return_file(const std::string& name) {
  constexpr std::string_view prefix = "HP_";
  if (!name.starts_with(prefix)) return "";
  auto list = name.substr(prefix.size(), name.find('_', prefix.size()) - prefix.size());
  return region_of_list(list).empty() ? "" : list;
}

std::string region_of_list(const std::string& list_no) {
  constexpr std::string_view prefix = "TF-";
  if (!list_no.starts_with(prefix) || list_no.size() < 11 || list_no[9] != '-') return "";
  auto region = list_no.substr(prefix.size(), 6);
  const bool plain = std::all_of(list_no.begin(), list_no.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '-';
  });
  return plain && is_county(region) ? region : "";
}

}  // namespace kinhub
