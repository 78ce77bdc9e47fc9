// The guard's functions about accounts: who is it, what was opened, who agrees.
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "hub/account/random_text.hpp"
#include "hub/base/bytes.hpp"
#include "hub/base/time_text.hpp"
#include "hub/desk/account_rights.hpp"
#include "hub/desk/guard.hpp"
#include "hub/desk/json.hpp"

namespace kinhub {
namespace {

constexpr std::size_t trail_looked_at = 10'000;
constexpr std::size_t reason_characters_min = 4, subjects_max = 50;

std::size_t characters_in(const std::string& utf8) {
  return static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Keeps the answer to an act in its transaction: the lead as it is afterwards, masked.
Beside keeping(const std::optional<KeepAnswer>& keep, const Caller& caller, int status, std::int64_t now_us,
               Beside also = {}) {
  return [keep, account = caller.account, id = caller.account_id, status, now_us, also = std::move(also)](
             StoreTransaction& transaction, const Keyring& keys, const LeadView& lead) {
    if (also) also(transaction, keys, lead);
    if (!keep) return;
    auto shown = lead;
    mask(shown);
    put(transaction.accounts(), keys,
        AnswerSlip{answer_name(keys, account, keep->key), keep->digest, id, now_us + answer_life_us, status,
                   one_line_json(shown), tag_of(shown)});
  };
}

bool needs_second(const LeadView& lead, const AccountRules& rules) {
  return (rules.four_eyes_ended && lead.kind == "ended") ||
         (rules.four_eyes_overpaid && lead.overpaid_fen > 0);
}

/// Reasons of a decision that a door offers; no free text, for they are shown to everybody.
constexpr std::array confirm_codes = {"originals_seen", "family_confirms", "agency_confirms",
                                      "payment_checked"};
constexpr std::array dismiss_codes = {"not_this_person", "source_wrong", "condition_not_met", "declined",
                                      "moved"};
bool is_code_of(Verdict verdict, const std::string& code) {
  const auto among = [&](const auto& codes) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
  };
  return code.empty() || (verdict == Verdict::confirm ? among(confirm_codes) : among(dismiss_codes));
}
/// The decision as it is kept: its code stands before its words, sealed with them.
LeadDecision with_code(LeadDecision decision) {
  if (!decision.reason_code.empty()) decision.reason = decision.reason_code + ": " + decision.reason;
  return decision;
}

/// Whom somebody made, granted, sent a link or locked within a day, and whom those did: one person's accounts
/// as far as a second person is asked for.
std::set<std::int64_t> in_hands_of(std::int64_t who, const std::vector<UserAccount>& all,
                                   std::int64_t now_us) {
  std::set<std::int64_t> found;
  std::vector<std::int64_t> hands = {who};
  while (!hands.empty()) {
    const auto hand = hands.back();
    hands.pop_back();
    for (const auto& one : all)
      if (one.id != who && one.in_hand_of(hand, now_us) && found.insert(one.id).second)
        hands.push_back(one.id);
  }
  return found;
}
bool may_countersign(const Grants& grants, const LeadView& lead) {
  return rights_of(grants).have(Right::lead_countersign) && scope_of(grants).covers(lead.area);
}

Error not_as_seen(const std::string& lead) {
  return {"CHANGED", "this is not what was seen: look at it again", lead};
}
/// Why a proposal cannot be answered as it was seen; nothing: it can.
std::optional<Error> not_proposed_as_seen(const LeadView& lead, std::int64_t seen_revision,
                                          const std::string& seen_proposal) {
  if (lead.revision != seen_revision) return not_as_seen(lead.id);
  if (seen_proposal != (lead.proposed ? lead.proposed->id : "")) return not_as_seen(lead.id);
  if (!lead.proposed)
    return Error{"NOT_PROPOSED", "no decision on this lead waits for a second person", lead.id};
  return std::nullopt;
}

/// A subject of an opening; nothing: it is an event in quarantine, by its number.
Result<std::optional<Named>> subject_of(const std::string& text) {
  const bool number = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  if (number && text.size() < 15) return std::optional<Named>();
  if (text.starts_with("L")) return std::optional<Named>(LeadName{text});
  if (text.starts_with("P")) return std::optional<Named>(PersonName(text));
  return Error{"INVALID", "a subject is a person P..., a lead L..., or the number of an event in quarantine",
               "/subjects"};
}

/// An act that has no row in the table, because it is asked before there is a caller. That it begins is
/// durable before anything is done: without the trail nobody signs in and no link is used.
class Noted {
 public:
  Noted(AuditTrail& trail, const Clock& clock, const Caller& caller, std::string_view what,
        std::vector<std::string> on = {})
      : trail_(trail), clock_(clock) {
    entry_.operation = what, entry_.on = std::move(on), entry_.outcome = AuditEntry::Outcome::begun;
    entry_.channel = name_of(caller.channel), entry_.from = caller.from, entry_.words = caller.words;
    by(caller);
    entry_.begun = trail_.append(entry_);
    entry_.words.clear();  // said once
  }
  Noted(const Noted&) = delete;
  Noted& operator=(const Noted&) = delete;
  /// What broke is told by what it threw.
  ~Noted() {
    if (!told_) tell(AuditEntry::Outcome::failed);
  }

  void done(const Caller& who, std::vector<std::string> on = {}) {
    by(who), entry_.on = std::move(on);
    tell(AuditEntry::Outcome::done);
  }
  Error refused(const Error& error) {
    entry_.code = error.code;
    tell(AuditEntry::Outcome::refused);
    return error;
  }

 private:
  void by(const Caller& who) {
    entry_.at_us = clock_.now_us(), entry_.account = who.account, entry_.session = who.session;
  }
  /// It is done or refused by now, and must not be told otherwise when the trail takes no outcome.
  void tell(AuditEntry::Outcome outcome) noexcept try {
    told_ = true;
    entry_.at_us = clock_.now_us(), entry_.outcome = outcome;
    trail_.append(entry_);
  } catch (const std::exception& failed) {
    spdlog::error("audit trail: the outcome of entry {} could not be written: {}", entry_.begun.value_or(0),
                  failed.what());
  }

  AuditTrail& trail_;
  const Clock& clock_;
  AuditEntry entry_;
  bool told_ = false;
};

/// Whoever opens bodies of events alone sees and ends their openings, too.
Right right_of_openings(const Caller& caller) {
  return !caller.rights.have(Right::record_open) && caller.rights.have(Right::message_body)
             ? Right::message_body
             : Right::record_open;
}

OpeningView opening_view(const OpeningSlip& opening) {
  return {opening.id, opening.purpose, opening.covers, opening.until_us};
}

}  // namespace

/// An entry of what has no row in the table: it is asked before there is a caller.
void GuardedDesk::note(const Caller& caller, std::string_view what, const std::string& code,
                       std::vector<std::string> on) {
  AuditEntry entry;
  entry.at_us = clock_.now_us();
  entry.account = caller.account, entry.channel = name_of(caller.channel);
  entry.from = caller.from, entry.session = caller.session, entry.words = caller.words;
  entry.operation = what, entry.on = std::move(on), entry.code = code;
  entry.outcome = code.empty() ? AuditEntry::Outcome::done : AuditEntry::Outcome::refused;
  trail_->append(std::move(entry));
}

Result<SignedInView> GuardedDesk::view_of_session(const UserAccount& account, const std::string& secret,
                                                  std::int64_t idle_until_us, std::int64_t ends_at_us) {
  const auto rules = desk_->account_rules();
  SignedInView view{{}, secret};
  auto& session = view.session;
  session.account = account.name, session.roles = account.grants.roles;
  session.may = names_of(rights_of(account.grants));
  session.scope = account.grants.areas;
  if (session.scope.empty()) session.scope = {"whole"};
  if (rules.trial) session.features.emplace_back("trial");
  if (rules.four_eyes_ended || rules.four_eyes_overpaid) session.features.emplace_back("four_eyes");
  session.csrf = desk_->accounts().csrf_of(secret);
  session.idle_until_us = idle_until_us, session.ends_at_us = ends_at_us;
  return view;
}

Result<SignedInView> GuardedDesk::sign_in(const Caller& stranger, const std::string& name,
                                          const std::string& password, const std::string& before) {
  auto& book = desk_->accounts();
  const auto known = book.named(name);
  Noted noted(*trail_, clock_, stranger, "session.begin",
              {known ? book.reference(known->id) : std::string("?")});
  const auto signed_in = book.sign_in(name, password, stranger.from, before);
  if (!signed_in) return noted.refused(signed_in.error());
  auto who = stranger;
  who.account = book.reference(signed_in->account.id), who.session = hex(signed_in->session.digest);
  noted.done(who);
  const auto& session = signed_in->session;
  return view_of_session(signed_in->account, signed_in->secret, ends_at_us(session, book.rules().sessions),
                         session.ends_us);
}

Result<SignedInView> GuardedDesk::renew(const Caller& caller, const std::string& secret,
                                        const std::string& password) {
  auto& book = desk_->accounts();
  Noted noted(*trail_, clock_, caller, "session.renew");
  const auto renewed = book.renew(secret, password);
  if (!renewed) return noted.refused(renewed.error());
  noted.done(caller);
  return view_of_session(renewed->account, renewed->secret,
                         ends_at_us(renewed->session, book.rules().sessions), renewed->session.ends_us);
}

void GuardedDesk::sign_out(const Caller& caller, const std::string& secret) {
  Noted noted(*trail_, clock_, caller, "session.end");
  desk_->accounts().sign_out(secret);
  noted.done(caller);
}

Result<SignedInView> GuardedDesk::make_first(const Caller& stranger, const std::string& link,
                                             const std::string& name, const std::string& password,
                                             const std::string& before) {
  auto& book = desk_->accounts();
  Noted noted(*trail_, clock_, stranger, "account.first");
  const auto made = book.make_first(link, name, password, trial_grants());
  if (!made) return noted.refused(made.error());
  auto who = stranger;
  who.account = book.reference(made->id);
  const auto begun = book.begin_session(*made, stranger.from, before);
  who.session = hex(begun.session.digest);
  noted.done(who, {who.account});
  return view_of_session(*made, begun.secret, ends_at_us(begun.session, book.rules().sessions),
                         begun.session.ends_us);
}

Result<bool> GuardedDesk::set_password(const Caller& stranger, const std::string& link,
                                       const std::string& password) {
  auto& book = desk_->accounts();
  Noted noted(*trail_, clock_, stranger, "account.password");
  const auto set = book.set_password(link, password);
  if (!set) return noted.refused(set.error());
  noted.done(stranger, {book.reference(set->id)});
  return true;
}

Result<SignedInView> GuardedDesk::change_password(const Caller& caller, const std::string& secret,
                                                  const std::string& old_one, const std::string& new_one) {
  auto& book = desk_->accounts();
  Noted noted(*trail_, clock_, caller, "account.password");
  const auto changed = book.change_password(secret, old_one, new_one);
  if (!changed) return noted.refused(changed.error());
  noted.done(caller);
  return view_of_session(changed->account, changed->secret,
                         ends_at_us(changed->session, book.rules().sessions), changed->session.ends_us);
}

Result<Caller> GuardedDesk::caller_of(const std::string& secret, const std::string& from) {
  auto& book = desk_->accounts();
  const auto found = book.session(secret);
  if (!found) return found.error();
  Caller caller;
  caller.account = book.reference(found->account.id), caller.account_id = found->account.id;
  caller.name = found->account.name;
  caller.rights = rights_of(found->account.grants), caller.scope = scope_of(found->account.grants);
  caller.channel = Channel::api, caller.session = hex(found->session.digest), caller.from = from;
  caller.fresh = is_fresh(found->session, clock_.now_us(), book.rules().sessions);
  return caller;
}

Result<SessionView> GuardedDesk::session(const std::string& secret) {
  auto& book = desk_->accounts();
  const auto found = book.session(secret);
  if (!found) return found.error();
  auto view = view_of_session(found->account, secret, ends_at_us(found->session, book.rules().sessions),
                              found->session.ends_us);
  if (!view) return view.error();
  return std::move(view->session);
}

std::string GuardedDesk::csrf_of(const std::string& secret) {
  return desk_->accounts().csrf_of(secret);
}

std::optional<Link> GuardedDesk::first_link(const Caller& caller) {
  auto& book = desk_->accounts();
  if (!book.empty()) return std::nullopt;
  Noted noted(*trail_, clock_, caller, "account.first_link");
  auto link = book.first_link();
  noted.done(caller);
  return link;
}

Result<Opening> GuardedDesk::opening(const Caller& caller, const std::string& id) {
  const auto found = desk_->accounts().opening(id);
  if (!found || found->account != caller.account_id || caller.account_id == 0 ||
      found->session != caller.session || clock_.now_us() >= found->until_us) {
    note(caller, "record.open", "OPENING_ENDED", {});
    return Error{"OPENING_ENDED", "the opening has ended: open the record again", ""};
  }
  return Opening{found->id, found->covers, purpose_named(found->purpose).value_or(Purpose::stated),
                 found->reason, found->until_us};
}

std::optional<AnswerSlip> GuardedDesk::kept_answer(const Caller& caller, const std::string& key) {
  auto found = desk_->accounts().answer(caller.account, key);
  if (found && clock_.now_us() >= found->until_us) return std::nullopt;
  return found;
}

void GuardedDesk::keep_answer(const Caller& caller, const KeepAnswer& keep, int status,
                              const std::string& body) {
  AnswerSlip answer;
  answer.digest = keep.digest, answer.account = caller.account_id;
  answer.until_us = clock_.now_us() + answer_life_us, answer.status = status, answer.body = body;
  desk_->accounts().keep(caller.account, keep.key, std::move(answer));
}

/// Whether somebody else may agree: active, with the right, not for this lead out of their areas. Who was
/// locked, or lost the right, by the caller's own hand within a day is still there: else the caller would
/// decide alone.
bool GuardedDesk::has_second(const Caller& caller, const LeadView& lead) {
  const auto all = desk_->accounts().all();
  const auto own = in_hands_of(caller.account_id, all, clock_.now_us());
  return std::any_of(all.begin(), all.end(), [&](const UserAccount& one) {
    if (one.id == caller.account_id || one.state == AccountState::invited) return false;
    const bool by_caller = own.contains(one.id);
    if (one.state != AccountState::active && !by_caller) return false;
    const auto could = [&](const Grants& grants) { return may_countersign(grants, lead); };
    return could(one.grants) || (by_caller && std::any_of(one.had.begin(), one.had.end(), could));
  });
}

Result<LeadView> GuardedDesk::decide(const Caller& caller, const LeadDecision& decision,
                                     const std::optional<KeepAnswer>& keep) {
  constexpr int created = 201, accepted = 202;
  return guarded_one<LeadView>(
      caller,
      {.op = OperationId::lead_decide,
       .named = {LeadName{decision.id}},
       .reason = decision.reason,
       .revision = decision.seen_revision},
      [&](Desk& desk) -> Result<LeadView> {
        if (!is_code_of(decision.verdict, decision.reason_code))
          return Error{"INVALID", "this is no reason code of this verdict: the contract lists them",
                       "/reason_code"};
        const auto rules = desk.account_rules();
        const auto now_us = clock_.now_us();
        const bool bound = caller.account_id != 0 || caller.channel == Channel::api;  // the token, too
        if (bound && (rules.four_eyes_ended || rules.four_eyes_overpaid)) {
          const auto lead = desk.lead(decision.id, std::nullopt);
          if (!lead) return lead.error();
          if (decision.seen_proposal && lead->revision == decision.seen_revision &&
              *decision.seen_proposal != (lead->proposed ? lead->proposed->id : ""))
            return not_as_seen(decision.id);
          if (lead->proposed)  // whoever else decides alone would pass the second person by
            return Error{"PROPOSED_ALREADY", "a decision waits for a second person already", decision.id};
          if (needs_second(*lead, rules) && has_second(caller, *lead)) {
            ProposalSlip proposal;
            proposal.lead = decision.id, proposal.account = caller.account_id, proposal.at_us = now_us;
            proposal.until_us = std::int64_t{proposal_lapses(shanghai_date(now_us)).days()} * 86'400'000'000 -
                                8 * 3'600'000'000;  // midnight in Shanghai
            proposal.revision = *decision.seen_revision;
            proposal.confirms = decision.verdict == Verdict::confirm;
            proposal.by = decision.by, proposal.reason_code = decision.reason_code;
            proposal.reason = decision.reason;
            return desk.propose(proposal, keeping(keep, caller, accepted, now_us));
          }
        }
        return desk.decide(with_code(decision), keeping(keep, caller, created, now_us));
      });
}

Result<LeadView> GuardedDesk::countersign(const Caller& caller, const Countersignature& said,
                                          const std::optional<KeepAnswer>& keep) {
  constexpr int ok = 200;
  return guarded_one<LeadView>(
      caller,
      {.op = OperationId::lead_countersign,
       .named = {LeadName{said.lead}},
       .reason = said.reason,
       .revision = said.seen_revision},
      [&](Desk& desk) -> Result<LeadView> {
        const auto lead = desk.lead(said.lead, std::nullopt);
        if (!lead) return lead.error();
        if (auto other = not_proposed_as_seen(*lead, *said.seen_revision, said.seen_proposal))
          return std::move(*other);
        const auto& proposal = *lead->proposed;
        if (proposal.account == caller.account_id)
          return Error{"SAME_PERSON", "a second person has to agree: it is your own proposal", said.lead};
        if (in_hands_of(proposal.account, desk.accounts().all(), clock_.now_us()).contains(caller.account_id))
          return Error{"SAME_PERSON",
                       "a second person has to agree: within a day your account was made or changed by who "
                       "proposed this",
                       said.lead};
        const auto now_us = clock_.now_us();
        if (!said.agrees)
          return desk.drop_proposal(said.lead, proposal.id, keeping(keep, caller, ok, now_us));
        LeadDecision decision{said.lead,
                              proposal.verdict == "confirm" ? Verdict::confirm : Verdict::dismiss,
                              proposal.revision,
                              proposal.reason.value_or("") + " / " + said.reason,
                              proposal.by + " / " + caller.name,
                              proposal.reason_code};
        // In the transaction of the decision: the proposal may have been taken back and made anew meanwhile.
        const auto done_with = [&said](StoreTransaction& t, const Keyring& keys, const LeadView&) {
          const auto there = find_proposals(t.accounts(), keys, {&said.lead, 1});
          if (there.empty() || there.front().id != said.seen_proposal)
            throw ErrorThrown(not_as_seen(said.lead));
          t.accounts().erase_slip(SlipKind::proposal, said.lead);
        };
        try {
          return desk.decide(with_code(decision), keeping(keep, caller, ok, now_us, done_with));
        } catch (const ErrorThrown& thrown) {
          return thrown.error();
        }
      });
}

Result<LeadView> GuardedDesk::withdraw(const Caller& caller, const Withdrawal& seen) {
  return guarded_one<LeadView>(
      caller,
      {.op = OperationId::lead_withdraw, .named = {LeadName{seen.lead}}, .revision = seen.seen_revision},
      [&](Desk& desk) -> Result<LeadView> {
        const auto found = desk.lead(seen.lead, std::nullopt);
        if (!found) return found.error();
        if (auto other = not_proposed_as_seen(*found, seen.seen_revision, seen.seen_proposal))
          return std::move(*other);
        if (found->proposed->account != caller.account_id)
          return Error{"FORBIDDEN", "only who proposed it may take it back", "proposal"};
        return desk.drop_proposal(seen.lead, found->proposed->id, {});
      });
}

Result<LeadView> GuardedDesk::assign(const Caller& caller, const std::string& lead,
                                     const std::string& account, const std::optional<std::string>& was) {
  return guarded_one<LeadView>(
      caller, {.op = OperationId::lead_assign, .named = {LeadName{lead}}},
      [&](Desk& desk) -> Result<LeadView> {
        AssigneeSlip assignee{lead, "", 0, clock_.now_us()};
        if (!account.empty()) {
          const auto shown = desk.lead(lead, std::nullopt);
          if (!shown) return shown.error();
          const auto found = desk.accounts().named(account);
          // One answer for all, so that nobody learns here who has an account elsewhere.
          if (!found || found->state != AccountState::active ||
              !rights_of(found->grants).have(Right::lead_decide) ||
              !rights_of(found->grants).have(Right::lead_read) ||
              !scope_of(found->grants).covers(shown->area))
            return Error{"NO_SUCH_ACCOUNT", "nobody of this name sees and decides this lead", ""};
          assignee.account = found->id, assignee.name = found->name;
        }
        return desk.assign(assignee, was);
      });
}

Result<LeadHistoryView> GuardedDesk::lead_history(const Caller& caller, const std::string& lead) {
  return guarded_one<LeadHistoryView>(
      caller, {.op = OperationId::lead_history, .named = {LeadName{lead}}},
      [&](Desk& desk) -> Result<LeadHistoryView> {
        auto history = desk.lead_history(lead);
        if (!history) return history;
        std::map<std::string, std::string> names;  // of accounts, by reference
        static const std::map<std::string, std::string, std::less<>> told = {
            {"record.open", "opening"},
            {"lead.assign", "assigned"},
            {"lead.withdraw", "withdrawn"},
            {"lead.countersign", "countersigned"}};
        const auto opened_at_us = history->items.empty() ? 0 : history->items.front().at_us;
        const auto tell = [&](const std::string& line) {
          if (line.find('"' + lead + '"') == std::string::npos) return;
          const auto entry = nlohmann::json::parse(line, nullptr, false);
          if (!entry.is_object() || entry.value("result", "") != "done") return;
          const auto what = told.find(entry.value("op", ""));
          if (what == told.end()) return;
          if (names.empty()) {
            for (const auto& one : desk.accounts().all())
              names.emplace(desk.accounts().reference(one.id), one.name);
            names.emplace("", "");
          }
          const auto account = entry.contains("who") ? entry["who"].value("account", "") : std::string();
          const auto name = names.find(account);
          history->items.push_back({entry.value("at_us", std::int64_t{0}), what->second,
                                    name == names.end() ? account : name->second, "", "", 0,
                                    entry.value("purpose", "")});
        };
        // Back to when the lead was opened, however much was written since: in steps, between which others
        // write.
        for (auto before = std::numeric_limits<std::int64_t>::max(); before > 0;) {
          const auto lines = trail_->newest(before, trail_looked_at);
          std::for_each(lines.begin(), lines.end(), tell);
          if (lines.size() < trail_looked_at) break;
          const auto oldest = nlohmann::json::parse(lines.back(), nullptr, false);
          if (!oldest.is_object()) throw AuditAway("the audit trail cannot be read: kinhub audit verify");
          if (oldest.value("at_us", opened_at_us) < opened_at_us) break;
          before = oldest.value("n", std::int64_t{0});
        }
        std::stable_sort(history->items.begin(), history->items.end(),
                         [](const auto& a, const auto& b) { return a.at_us < b.at_us; });
        return history;
      });
}

Result<std::vector<FoundPersonView>> GuardedDesk::find_persons(const Caller& caller, const PersonName& name) {
  return guarded_one<std::vector<FoundPersonView>>(caller, {OperationId::record_find}, [&](Desk& desk) {
    auto found = desk.find_persons(name);
    std::erase_if(found, [&](const FoundPersonView& one) { return !caller.scope.covers(one.area); });
    return found;
  });
}

Result<OpeningView> GuardedDesk::open_records(const Caller& caller, const OpeningRequest& request,
                                              const std::optional<KeepAnswer>& keep) {
  Asked asked{.op = OperationId::record_open, .reason = request.reason};
  std::vector<Error> wrong;
  for (const auto& text : request.subjects) {
    auto subject = subject_of(text);
    if (!subject) {
      wrong.push_back(subject.error());
    } else if (*subject) {
      asked.named.push_back(std::move(**subject));
    } else {
      asked.events.push_back(text);
    }
  }
  const bool bodies = !asked.events.empty();
  if (bodies) asked.rights = {Right::message_body};
  if (bodies && !asked.named.empty()) asked.rights.push_back(Right::record_open);
  return guarded_one<OpeningView>(caller, std::move(asked), [&](Desk& desk) -> Result<OpeningView> {
    if (!wrong.empty()) return wrong.front();
    if (request.subjects.empty() || request.subjects.size() > subjects_max)
      return Error{"INVALID", "open 1 to 50 records at once", "/subjects"};
    if (!purpose_named(request.purpose))
      return Error{"INVALID", "a purpose is decide, verify, visit, complaint, mend, subject or urgent",
                   "/purpose"};
    if (characters_in(request.reason) < reason_characters_min)
      return Error{"INVALID", "say why in four characters at least", "/reason"};
    if (caller.account_id == 0)
      return Error{"FORBIDDEN", "records are opened by whoever has signed in", "record.open"};
    if (bodies && !caller.scope.whole)
      return Error{"FORBIDDEN", "this is for accounts of the whole scope alone", "scope"};
    OpeningSlip opening;
    opening.id = random_reference('O'), opening.account = caller.account_id, opening.session = caller.session;
    opening.purpose = request.purpose, opening.reason = request.reason;
    opening.until_us = clock_.now_us() + opening_life_us;
    const auto cover = [&](const std::string& one) {
      if (!one.empty() &&
          std::find(opening.covers.begin(), opening.covers.end(), one) == opening.covers.end())
        opening.covers.push_back(one);
    };
    for (const auto& text : request.subjects) {
      const auto subject = subject_of(text);
      if (!*subject) {
        const auto held = desk.quarantined(text);
        if (!held) return held.error();
        cover(text);
        continue;
      }
      const auto found = desk.find(**subject);
      if (!found) return unknown(**subject);
      cover(found->ref), cover(found->person);
    }
    std::optional<AnswerSlip> answer;
    if (keep)
      answer = AnswerSlip{"",
                          keep->digest,
                          caller.account_id,
                          clock_.now_us() + answer_life_us,
                          201,
                          one_line_json(opening_view(opening)),
                          ""};
    desk.accounts().open(opening, caller.account, keep ? keep->key : "", std::move(answer));
    return opening_view(opening);
  });
}

Result<std::vector<OpeningView>> GuardedDesk::openings(const Caller& caller) {
  Asked asked{.op = OperationId::record_openings, .rights = {right_of_openings(caller)}};
  return guarded_one<std::vector<OpeningView>>(caller, std::move(asked), [&](Desk& desk) {
    std::vector<OpeningView> views;
    for (const auto& one : desk.accounts().openings(caller.account_id))
      if (one.session == caller.session && clock_.now_us() < one.until_us) views.push_back(opening_view(one));
    return views;
  });
}

Result<bool> GuardedDesk::close_opening(const Caller& caller, const std::string& id) {
  return guarded_one<bool>(
      caller, {.op = OperationId::record_close, .on = {id}, .rights = {right_of_openings(caller)}},
      [&](Desk& desk) -> Result<bool> {
        auto& book = desk.accounts();
        const auto found = book.opening(id);
        if (!found || found->account != caller.account_id || caller.account_id == 0)
          return Error{"NO_SUCH_OPENING", "there is no opening of this id", id};
        book.close(id);
        return true;
      });
}

UserView GuardedDesk::view_of(const UserAccount& account, std::int64_t sessions) const {
  UserView view;
  view.id = desk_->accounts().reference(account.id), view.name = account.name;
  view.state = name_of(account.state), view.door_closed = account.door_closed;
  view.roles = account.grants.roles, view.rights = account.grants.rights, view.areas = account.grants.areas;
  view.created_at_us = account.created_at_us, view.sessions = sessions;
  if (account.signed_in_at_us != 0) view.signed_in_at_us = account.signed_in_at_us;
  return view;
}

Result<std::vector<UserView>> GuardedDesk::accounts(const Caller& caller) {
  return guarded_one<std::vector<UserView>>(caller, {OperationId::account_list}, [&](Desk& desk) {
    auto& book = desk.accounts();
    std::vector<UserView> views;
    for (const auto& account : book.all())
      views.push_back(view_of(account, book.sessions_of(account.id)));
    return views;
  });
}

Result<AccountLinkView> GuardedDesk::account_add(const Caller& caller, const AccountRequest& request) {
  return guarded_one<AccountLinkView>(
      caller, {.op = OperationId::account_add}, [&](Desk& desk) -> Result<AccountLinkView> {
        auto& book = desk.accounts();
        auto grants = read_grants(request);
        if (!grants) return grants.error();
        const auto account = book.add(request.name, std::move(*grants), caller.account_id);
        if (!account) return account.error();
        const auto link = book.activate(account->name, caller.account_id);
        if (!link) return link.error();
        return AccountLinkView{view_of(*account, 0), link->secret, link->until_us};
      });
}

/// Whether nobody else could keep the accounts: the last one who can is neither locked nor given less.
bool GuardedDesk::is_last_keeper(AccountBook& book, const std::string& name) const {
  const auto of = book.named(name);
  if (!of || !rights_of(of->grants).have(Right::account_manage)) return false;
  const auto all = book.all();
  return std::none_of(all.begin(), all.end(), [&](const UserAccount& one) {
    return one.id != of->id && one.state == AccountState::active &&
           rights_of(one.grants).have(Right::account_manage);
  });
}

Result<UserView> GuardedDesk::account_grant(const Caller& caller, const AccountRequest& request) {
  return guarded_one<UserView>(
      caller, {.op = OperationId::account_grant}, [&](Desk& desk) -> Result<UserView> {
        auto& book = desk.accounts();
        auto grants = read_grants(request);
        if (!grants) return grants.error();
        const auto found = book.named(request.name);
        if (found && found->id == caller.account_id)
          return Error{"SAME_PERSON", "nobody grants anything to themselves", ""};
        if (is_last_keeper(book, request.name) && !rights_of(*grants).have(Right::account_manage))
          return Error{"LAST_KEEPER", "nobody else keeps the accounts: give somebody the role security first",
                       request.name};
        const auto account = book.grant(request.name, std::move(*grants), caller.account_id);
        if (!account) return account.error();
        return view_of(*account, 0);
      });
}

Result<UserView> GuardedDesk::account_lock(const Caller& caller, const std::string& name) {
  return guarded_one<UserView>(
      caller, {.op = OperationId::account_lock}, [&](Desk& desk) -> Result<UserView> {
        auto& book = desk.accounts();
        if (is_last_keeper(book, name))
          return Error{"LAST_KEEPER", "nobody else keeps the accounts: give somebody the role security first",
                       name};
        const auto account = book.lock(name, caller.account_id);
        if (!account) return account.error();
        return view_of(*account, 0);
      });
}

Result<AccountLinkView> GuardedDesk::account_activate(const Caller& caller, const std::string& name) {
  return guarded_one<AccountLinkView>(
      caller, {.op = OperationId::account_activate}, [&](Desk& desk) -> Result<AccountLinkView> {
        auto& book = desk.accounts();
        const auto link = book.activate(name, caller.account_id);
        if (!link) return link.error();
        const auto account = book.named(name);
        return AccountLinkView{view_of(*account, book.sessions_of(account->id)), link->secret,
                               link->until_us};
      });
}

Result<AuditView> GuardedDesk::audit(const Caller& caller, const AuditQuestion& question) {
  return guarded_one<AuditView>(caller, {OperationId::audit_list}, [&](Desk& desk) {
    AuditView view;
    auto account_asked = question.account;
    if (const auto named = desk.accounts().named(account_asked); named && !account_asked.empty())
      account_asked = desk.accounts().reference(named->id);
    const bool all = question.account.empty() && question.operation.empty();
    const auto lines = trail_->newest(question.before.value_or(std::numeric_limits<std::int64_t>::max()),
                                      all ? question.count_max : trail_looked_at);
    std::optional<std::int64_t> last;
    for (const auto& line : lines) {
      if (view.lines.size() == question.count_max) break;
      const auto entry = nlohmann::json::parse(line, nullptr, false);
      if (!entry.is_object()) continue;
      last = entry.value("n", std::int64_t{0});
      if (!question.operation.empty() && entry.value("op", "") != question.operation) continue;
      const auto account = entry.contains("who") ? entry["who"].value("account", "") : std::string();
      if (!account_asked.empty() && account != account_asked) continue;
      view.lines.push_back(line);
    }
    if (last && *last > 0) view.before = last;
    return view;
  });
}

}  // namespace kinhub
