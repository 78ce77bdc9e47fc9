// Handlers of acts: each names what was seen (If-Match), and comes with a key of its own.
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "hub/api/body.hpp"
#include "hub/api/handlers.hpp"
#include "hub/desk/json.hpp"

namespace kinhub::api {
namespace {

constexpr std::size_t reason_max = 2000, word_max = 60;

/// What If-Match says was seen of an object.
struct Seen {
  std::int64_t revision = 0;
  std::string proposal;  ///< of a lead, by its id; empty: there was none
};

/// Errors: IF_MATCH_NEEDED; CHANGED, of what is no tag of this object.
Result<Seen> seen_of(const Call& call) {
  const auto& id = call.in_path.at(0);
  std::string_view tag = call.request.if_match;
  if (tag.empty())
    return Error{"IF_MATCH_NEEDED", "send the ETag of what was seen: If-Match: \"ID.REVISION\"", ""};
  const Error other{"CHANGED", "the tag is not one of this object: look at it again", ""};
  if (tag.size() < 2 || tag.front() != '"' || tag.back() != '"') return other;
  tag = tag.substr(1, tag.size() - 2);
  if (!tag.starts_with(id) || tag.size() <= id.size() + 1 || tag[id.size()] != '.') return other;
  tag.remove_prefix(id.size() + 1);
  Seen seen;
  const auto* const all = tag.data() + tag.size();
  const auto [end, failed] = std::from_chars(tag.data(), all, seen.revision);
  if (failed != std::errc() || seen.revision < 0 || (end != all && *end != '.')) return other;
  if (end != all) seen.proposal.assign(end + 1, all);
  return seen;
}

/// 412 with the lead as it is, and the names of the members that are not as they were seen.
Result<Answer> moved_on(const Call& call, const Seen& seen, const Error& why) {
  const auto& id = call.in_path.at(0);
  auto reader = call.caller;
  reader.opening.reset();
  const auto now = call.desk.lead(reader, id, std::nullopt);
  if (!now) return now.error();
  ProblemMore more;
  more.now = one_line_json(*now);
  const auto history = call.desk.lead_history(reader, id);
  if (history)
    for (const auto& item : history->items) {
      if (item.revision != seen.revision || seen.revision == now->revision) continue;
      const auto then = call.desk.lead(reader, id, item.at_us);
      if (!then) break;
      const auto before = nlohmann::json::parse(one_line_json(*then)),
                 after = nlohmann::json::parse(more.now);
      for (const auto& [name, value] : after.items())
        if (!before.contains(name) || before[name] != value) more.changed.push_back(name);
      break;
    }
  const bool same_proposal = seen.proposal == (now->proposed ? now->proposed->id : "");
  const auto say = [&](const char* member) {
    if (std::ranges::find(more.changed, member) == more.changed.end()) more.changed.emplace_back(member);
  };
  if (more.changed.empty() && (seen.revision != now->revision || same_proposal)) say("revision");
  if (!same_proposal) say("proposed");
  const auto& one = problem("CHANGED");
  Answer answer{
      one.status, "application/problem+json",
      problem_json(one, why.text, call.request_id, language_of(call.request.accept_language), more)};
  answer.headers.emplace_back("ETag", '"' + tag_of(*now) + '"');
  return answer;
}

Result<Answer> answer_to_act(const Call& call, const Seen& seen, const Result<LeadView>& done, int status) {
  const bool closed = !done && done.error().code == "LEAD_NOT_OPEN";
  if (closed) {  // of what was seen before it was decided: it has changed, and they see how
    const auto now = call.desk.lead(call.caller, call.in_path.at(0), std::nullopt);
    if (now && now->revision != seen.revision) return moved_on(call, seen, done.error());
  }
  if (!done && done.error().code == "CHANGED") return moved_on(call, seen, done.error());
  if (!done) return done.error();
  return answer_of(*done, status);
}

}  // namespace

Result<Answer> decide_lead(const Call& call) {
  constexpr int created = 201, accepted = 202;
  const auto seen = seen_of(call);
  if (!seen) return seen.error();
  const auto body = Body::read(call.request.body, {"verdict", "reason_code", "reason"});
  if (!body) return body.error();
  const auto verdict = body->text("verdict", word_max), reason = body->text("reason", reason_max);
  const auto code = body->text_if("reason_code", word_max);
  if (!verdict || !reason) return (verdict ? reason : verdict).error();
  if (!code) return code.error();
  if (*verdict != "confirm" && *verdict != "dismiss")
    return Error{"INVALID", "verdict: confirm or dismiss", "/verdict"};
  const auto done =
      call.desk.decide(call.caller,
                       {call.in_path.at(0), *verdict == "confirm" ? Verdict::confirm : Verdict::dismiss,
                        seen->revision, *reason, call.caller.name, code->value_or(""), seen->proposal},
                       call.keep);
  return answer_to_act(call, *seen, done, done && done->state == "open" ? accepted : created);
}

Result<Answer> countersign_lead(const Call& call) {
  const auto seen = seen_of(call);
  if (!seen) return seen.error();
  const auto body = Body::read(call.request.body, {"agree", "reason"});
  if (!body) return body.error();
  const auto agrees = body->flag("agree");
  const auto reason = body->text("reason", reason_max);
  if (!agrees) return agrees.error();
  if (!reason) return reason.error();
  return answer_to_act(
      call, *seen,
      call.desk.countersign(
          call.caller, {call.in_path.at(0), *agrees, seen->revision, *reason, seen->proposal}, call.keep),
      200);
}

Result<Answer> withdraw_proposal(const Call& call) {
  const auto seen = seen_of(call);
  if (!seen) return seen.error();
  return answer_to_act(call, *seen,
                       call.desk.withdraw(call.caller, {call.in_path.at(0), seen->revision, seen->proposal}),
                       200);
}

Result<Answer> assign_lead(const Call& call) {
  const auto body = Body::read(call.request.body, {"account", "was"});
  if (!body) return body.error();
  const auto account = body->text_if("account", word_max), was = body->text_if("was", word_max);
  if (!account || !was) return (account ? was : account).error();
  if (!body->has("account")) return Error{"INVALID", "account: the name of one, or null", "/account"};
  auto done = call.desk.assign(call.caller, call.in_path.at(0), account->value_or(""),
                               body->has("was") ? std::optional(was->value_or("")) : std::nullopt);
  if (!done && done.error().code == "NO_SUCH_ACCOUNT") return Error{"INVALID", done.error().text, "/account"};
  if (!done) return done.error();
  return answer_of(*done);
}

Result<Answer> open_records(const Call& call) {
  constexpr std::size_t subjects_max = 50, opening_reason_max = 500;
  const auto body = Body::read(call.request.body, {"subjects", "purpose", "reason", "beyond"});
  if (!body) return body.error();
  if (body->has("beyond"))
    return Error{"INVALID", "beyond: records outside one's areas cannot be opened in this version",
                 "/beyond"};
  const auto subjects = body->texts("subjects", subjects_max, word_max);
  const auto purpose = body->text("purpose", word_max), reason = body->text("reason", opening_reason_max);
  if (!subjects) return subjects.error();
  if (!purpose || !reason) return (purpose ? reason : purpose).error();
  const auto opened = call.desk.open_records(call.caller, {*subjects, *purpose, *reason}, call.keep);
  if (!opened) return opened.error();
  return Answer{
      201, "application/json", one_line_json(*opened), {{"Location", "/api/v1/openings/" + opened->id}}};
}

Result<Answer> close_opening(const Call& call) {
  const auto closed = call.desk.close_opening(call.caller, call.in_path.at(0));
  if (!closed) return closed.error();
  return Answer{204, "", ""};
}

Result<Answer> replay_quarantined(const Call& call) {
  const auto seen = seen_of(call);
  if (!seen) return seen.error();
  if (!seen->proposal.empty())
    return Error{"CHANGED", "the tag is not one of this object: look at it again", ""};
  if (!call.request.body.empty()) {
    const auto body = Body::read(call.request.body, {});
    if (!body) return body.error();
  }
  QuarantineFilter one;
  one.ids = {call.in_path.at(0)}, one.seen_attempts = seen->revision;
  const auto done = call.desk.replay(call.caller, one);
  if (!done) return done.error();
  return Answer{200, "application/json", one_line_json(*done)};
}

Result<Answer> discard_quarantined(const Call& call) {
  constexpr std::size_t ids_max = 1000, id_max = 18;
  const auto body = Body::read(call.request.body, {"ids", "reason"});
  if (!body) return body.error();
  const auto ids = body->texts("ids", ids_max, id_max);
  const auto reason = body->text("reason", reason_max);
  if (!ids) return ids.error();
  if (!reason) return reason.error();
  const auto done = call.desk.discard(call.caller, *ids, *reason);
  if (!done) return done.error();
  return Answer{200, "application/json", one_line_json(*done)};
}

}  // namespace kinhub::api
