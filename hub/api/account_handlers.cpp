// Handlers of accounts, for whoever keeps them. No password passes here: a link lets its bearer choose one.
#include "hub/api/body.hpp"
#include "hub/api/handlers.hpp"
#include "hub/desk/json.hpp"

namespace kinhub::api {
namespace {

constexpr std::size_t word_max = 60, list_max = 50;

Result<std::vector<std::string>> texts_if(const Body& body, const char* name) {
  if (!body.has(name)) return std::vector<std::string>();
  return body.texts(name, list_max, word_max);
}

/// What an account shall be, by roles, rights and areas of the body.
Result<AccountRequest> request_of(const Body& body, std::string name) {
  const auto roles = body.texts("roles", list_max, word_max);
  const auto rights = texts_if(body, "rights"), areas = texts_if(body, "areas");
  if (!roles) return roles.error();
  if (!rights || !areas) return (rights ? areas : rights).error();
  return AccountRequest{std::move(name), *roles, *rights, *areas};
}

Result<Answer> with_link(const Call& call, const Result<AccountLinkView>& made) {
  if (!made) return made.error();
  const auto url = "http://" + call.request.host + "/activate/" + made->secret;
  return Answer{201, "application/json", one_line_json(*made, url)};
}

Result<Answer> answer_of(const Result<UserView>& account) {
  if (!account) return account.error();
  return Answer{200, "application/json", one_line_json(*account)};
}

}  // namespace

Result<Answer> add_account(const Call& call) {
  const auto body = Body::read(call.request.body, {"name", "roles", "rights", "areas"});
  if (!body) return body.error();
  const auto name = body->text("name", word_max);
  if (!name) return name.error();
  const auto request = request_of(*body, *name);
  if (!request) return request.error();
  return with_link(call, call.desk.account_add(call.caller, *request));
}

Result<Answer> grant_account(const Call& call) {
  const auto body = Body::read(call.request.body, {"roles", "rights", "areas"});
  if (!body) return body.error();
  const auto request = request_of(*body, call.in_path.at(0));
  if (!request) return request.error();
  return answer_of(call.desk.account_grant(call.caller, *request));
}

Result<Answer> lock_account(const Call& call) {
  const auto body = Body::read(call.request.body, {"state"});
  if (!body) return body.error();
  const auto state = body->text("state", word_max);
  if (!state) return state.error();
  if (*state != "locked")
    return Error{"INVALID", "state: locked; an account is opened again by its activation", "/state"};
  return answer_of(call.desk.account_lock(call.caller, call.in_path.at(0)));
}

Result<Answer> activate_account(const Call& call) {
  return with_link(call, call.desk.account_activate(call.caller, call.in_path.at(0)));
}

}  // namespace kinhub::api
