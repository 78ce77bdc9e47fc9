// Handlers of who it is: signing in and out, and the links that make accounts.
#include "hub/api/body.hpp"
#include "hub/api/handlers.hpp"
#include "hub/desk/json.hpp"

namespace kinhub::api {
namespace {

constexpr std::size_t name_max = 60, password_max = 512;

std::string cookie_of(const std::string& secret) {
  return "kinhub=" + secret + "; Path=/; HttpOnly; SameSite=Strict" + (secret.empty() ? "; Max-Age=0" : "");
}

Result<Answer> signed_in(const Result<SignedInView>& view) {
  if (!view) return view.error();
  return Answer{
      200, "application/json", one_line_json(view->session), {{"Set-Cookie", cookie_of(view->secret)}}};
}

}  // namespace

Result<Answer> show_session(const Call& call) {
  const auto session = call.desk.session(call.secret);
  if (!session) return session.error();
  return Answer{200, "application/json", one_line_json(*session)};
}

Result<Answer> sign_in(const Call& call) {
  const auto body = Body::read(call.request.body, {"name", "password"});
  if (!body) return body.error();
  const auto name = body->text("name", name_max), password = body->text("password", password_max);
  if (!name || !password) return (name ? password : name).error();
  return signed_in(call.desk.sign_in(call.caller, *name, *password, call.secret));
}

Result<Answer> sign_out(const Call& call) {
  call.desk.sign_out(call.caller, call.secret);
  return Answer{204, "", "", {{"Set-Cookie", cookie_of("")}, {"Clear-Site-Data", "\"cache\", \"storage\""}}};
}

Result<Answer> renew_session(const Call& call) {
  const auto body = Body::read(call.request.body, {"password"});
  if (!body) return body.error();
  const auto password = body->text("password", password_max);
  if (!password) return password.error();
  return signed_in(call.desk.renew(call.caller, call.secret, *password));
}

Result<Answer> make_first(const Call& call) {
  const auto body = Body::read(call.request.body, {"name", "password"});
  if (!body) return body.error();
  const auto name = body->text("name", name_max), password = body->text("password", password_max);
  if (!name || !password) return (name ? password : name).error();
  return signed_in(call.desk.make_first(call.caller, call.in_path.at(0), *name, *password, call.secret));
}

Result<Answer> activate(const Call& call) {
  const auto body = Body::read(call.request.body, {"password"});
  if (!body) return body.error();
  const auto password = body->text("password", password_max);
  if (!password) return password.error();
  const auto set = call.desk.set_password(call.caller, call.in_path.at(0), *password);
  if (!set) return set.error();
  return Answer{204, "", ""};
}

Result<Answer> change_password(const Call& call) {
  const auto body = Body::read(call.request.body, {"old", "new"});
  if (!body) return body.error();
  const auto old_one = body->text("old", password_max), new_one = body->text("new", password_max);
  if (!old_one || !new_one) return (old_one ? new_one : old_one).error();
  return signed_in(call.desk.change_password(call.caller, call.secret, *old_one, *new_one));
}

/// Reports of the browser that something was refused by the policy of the page: counted by their route.
Result<Answer> take_report(const Call&) {
  return Answer{204, "", ""};
}

}  // namespace kinhub::api
