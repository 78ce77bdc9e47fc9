// Accounts at the door: signing in and out, what a foreign page may not do, acts with what was seen and a
// key, openings, the files of the console.

#include "hub/account/random_text.hpp"
#include "hub/api/body.hpp"
#include "hub/api/buckets.hpp"
#include "hub/api/console_files.hpp"
#include "hub/api/routes.hpp"
#include "hub/desk/operations.hpp"
#include "tests/unit/api/server_fixture.hpp"

namespace kinhub::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string header_of(const std::string& answer, const std::string& name) {
  const auto at = answer.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const auto from = at + name.size() + 4;
  return answer.substr(from, answer.find("\r\n", from) - from);
}
/// The cookie that an answer sets, as a request sends it.
std::string cookie_of(const std::string& answer) {
  const auto set = header_of(answer, "Set-Cookie");
  return set.substr(0, set.find(';'));
}
std::string bytes_of(const std::string& answer) {  // without what differs by nature
  auto text = answer;
  const auto id = text.find("Kinhub-Request: ");
  if (id != std::string::npos) text.erase(id, text.find("\r\n", id) - id);
  const auto instance = text.find("\"instance\":\"");
  if (instance != std::string::npos) text.erase(instance, text.find('"', instance + 12) - instance + 1);
  return text;
}

class SessionTest : public ServerTest {
 protected:
  std::string origin() const {
    return "Origin: http://127.0.0.1:" + std::to_string(server_->port()) + "\r\n";
  }
  std::string ask(const std::string& method, const std::string& path, const std::string& fields,
                  const std::string& body = "") const {
    auto head = method + " " + path + " HTTP/1.1\r\n" + host() + "Connection: close\r\n" + fields;
    if (!body.empty() || method == "POST" || method == "PUT")
      head += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return exchange(head + "\r\n" + body);
  }
  std::string json() const { return "Content-Type: application/json\r\n"; }
  std::string sign_in(const std::string& name, const std::string& password,
                      const std::string& fields = "") const {
    return ask("POST", "/api/v1/session", origin() + json() + fields,
               Json{{"name", name}, {"password", password}}.dump());
  }
  struct Signed {
    std::string cookie, csrf;
    std::string fields() const { return "Cookie: " + cookie + "\r\nKinhub-CSRF: " + csrf + "\r\n"; }
  };
  Signed signed_in(const std::string& name = "zhang") const {
    const auto answer = sign_in(name, FakeAccounts::password);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200")) << answer;
    return {cookie_of(answer), body_of(answer).value("csrf", "")};
  }
  std::string act(const Signed& who, const std::string& method, const std::string& path, const Json& body,
                  const std::string& fields = "") const {
    return ask(method, path, origin() + json() + who.fields() + fields, body.dump());
  }
  std::string look(const Signed& who, const std::string& path, const std::string& fields = "") const {
    return ask("GET", path, "Cookie: " + who.cookie + "\r\n" + fields);
  }
  static std::string seen(const std::string& tag) { return "If-Match: \"" + tag + "\"\r\n"; }
  static std::string key(const std::string& text) { return "Idempotency-Key: " + text + "\r\n"; }
  static constexpr const char* a_key = "4f5a0c1e-8d5b-4a57-9a55-0d2f1c3b7e10";
  const Json a_decision_ = {{"verdict", "confirm"}, {"reason", "已入户核实"}};
};

TEST_F(SessionTest, SigningInAndOutWithACookieThatNoScriptReads) {
  const auto answer = sign_in("zhang", FakeAccounts::password);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  const auto set = header_of(answer, "Set-Cookie");
  for (const char* part : {"kinhub=", "; HttpOnly", "; SameSite=Strict", "; Path=/"})
    EXPECT_THAT(set, HasSubstr(part));
  const auto body = body_of(answer);
  EXPECT_EQ(body["account"], "zhang");
  EXPECT_EQ(body["roles"], Json({"case-worker"}));
  EXPECT_EQ(body["features"], Json({"trial"}));
  EXPECT_EQ(body["idle_until"], "2026-11-21T12:15:00+08:00");
  EXPECT_EQ(body["ends_at"], "2026-11-21T20:00:00+08:00");
  const Signed who{cookie_of(answer), body["csrf"]};
  EXPECT_EQ(body_of(look(who, "/api/v1/session"))["csrf"], who.csrf);
  EXPECT_THAT(look(who, "/api/v1/leads/L1"), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(trail_->told.back().account.at(0), 'A');
  const auto out = ask("DELETE", "/api/v1/session", origin() + who.fields());
  EXPECT_THAT(out, StartsWith("HTTP/1.1 204"));
  EXPECT_THAT(header_of(out, "Clear-Site-Data"), HasSubstr("storage"));
  const auto after = look(who, "/api/v1/leads");
  EXPECT_THAT(after, StartsWith("HTTP/1.1 401"));
  EXPECT_EQ(body_of(after)["code"], "SESSION_ENDED");
  EXPECT_EQ(body_of(ask("GET", "/api/v1/session", ""))["code"], "SIGN_IN");
}

TEST_F(SessionTest, ACookieThatWasPlantedIsNotTheSession) {
  const auto planted = "kinhub=" + random_secret();
  const auto first = sign_in("zhang", FakeAccounts::password, "Cookie: " + planted + "\r\n");
  const Signed who{cookie_of(first), body_of(first)["csrf"]};
  EXPECT_NE(who.cookie, planted);
  EXPECT_THAT(look({planted, ""}, "/api/v1/leads"), StartsWith("HTTP/1.1 401"));
  const auto renewed = act(who, "POST", "/api/v1/session/renewal", {{"password", FakeAccounts::password}});
  EXPECT_THAT(renewed, StartsWith("HTTP/1.1 200"));
  EXPECT_NE(cookie_of(renewed), who.cookie);
  EXPECT_THAT(look(who, "/api/v1/leads"), StartsWith("HTTP/1.1 401")) << "the old one is dead";
  EXPECT_THAT(look({cookie_of(renewed), ""}, "/api/v1/leads"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask("GET", "/api/v1/leads", "Cookie: " + cookie_of(renewed) + "; " + planted + "\r\n"),
              StartsWith("HTTP/1.1 401"))
      << "of two nobody knows which";
}

TEST_F(SessionTest, NothingTellsWhetherANameExists) {
  accounts_.make("wang", {{"viewer"}, {}, {}});
  ASSERT_TRUE(accounts_.book().lock("wang"));
  const auto unknown = bytes_of(sign_in("nobody", "wrong"));
  EXPECT_THAT(unknown, StartsWith("HTTP/1.1 401"));
  EXPECT_EQ(bytes_of(sign_in("zhang", "wrong")), unknown);
  EXPECT_EQ(bytes_of(sign_in("wang", FakeAccounts::password)), unknown);
  EXPECT_EQ(bytes_of(sign_in("zhang", FakeAccounts::password)), unknown) << "closed for a second";
}

TEST_F(SessionTest, ManyTriesAreTooMany) {
  for (int i = 0; i < 5; ++i)
    EXPECT_THAT(sign_in("nobody", "wrong"), StartsWith("HTTP/1.1 401"));
  const auto over = sign_in("zhang", FakeAccounts::password);
  EXPECT_THAT(over, StartsWith("HTTP/1.1 429"));
  EXPECT_EQ(header_of(over, "Retry-After"), "12");
  EXPECT_EQ(body_of(over)["retry_after"], 12);
  clock_.set(noon_us - 86'400'000'000);
  EXPECT_EQ(header_of(sign_in("zhang", FakeAccounts::password), "Retry-After"), "12")
      << "the time of day was a day ahead, and was set right";
  go_to(noon_us + 12'000'000);
  EXPECT_THAT(sign_in("zhang", FakeAccounts::password), StartsWith("HTTP/1.1 200"));
}

TEST_F(SessionTest, AForeignPageCanDoNothing) {
  const auto who = signed_in();
  reached_ = 0;
  const std::string path = "/api/v1/leads/L1/decisions", cookie = "Cookie: " + who.cookie + "\r\n",
                    csrf = "Kinhub-CSRF: " + who.csrf + "\r\n", rest = seen("L1.7") + key(a_key);
  struct Case {
    std::string fields;
    const char* code;
  };
  for (const auto& [fields, code] : {
           Case{cookie + "Content-Type: text/plain\r\n", "ORIGIN"},  // no-cors fetch without an origin
           {cookie + "Origin: http://evil.example\r\nContent-Type: application/x-www-form-urlencoded\r\n",
            "ORIGIN"},
           {cookie + csrf + "Origin: http://evil.example\r\n" + json(), "ORIGIN"},
           {cookie + csrf + "Origin: null\r\n" + json(), "ORIGIN"},
           {cookie + csrf + "Origin: https://127.0.0.1:" + std::to_string(server_->port()) + "\r\n" + json(),
            "ORIGIN"},
           {cookie + csrf + "Origin: http://127.0.0.1:1\r\n" + json(), "ORIGIN"},
           {cookie + csrf + origin() + "Sec-Fetch-Site: cross-site\r\n" + json(), "ORIGIN"},
           {cookie + csrf + origin() + "Sec-Fetch-Site: same-site\r\n" + json(), "ORIGIN"},
           {cookie + origin() + json(), "CSRF"},
           {cookie + origin() + json() + "Kinhub-CSRF: " + std::string(32, '0') + "\r\n", "CSRF"},
           {cookie + csrf + origin() + "Content-Type: text/plain\r\n", "CONTENT_TYPE"},
       }) {
    const auto answer = ask("POST", path, fields + rest, a_decision_.dump());
    EXPECT_EQ(body_of(answer)["code"], code) << fields;
    EXPECT_THAT(answer, Not(HasSubstr("Access-Control"))) << "no other origin ever reads an answer";
  }
  EXPECT_EQ(body_of(ask("DELETE", "/api/v1/session", cookie))["code"], "ORIGIN");
  EXPECT_THAT(look(who, "/api/v1/session"), StartsWith("HTTP/1.1 200")) << "still signed in";
  const auto foreign = ask("POST", "/api/v1/session", "Origin: http://evil.example\r\n" + json(),
                           Json{{"name", "zhang"}, {"password", FakeAccounts::password}}.dump());
  EXPECT_EQ(body_of(foreign)["code"], "ORIGIN") << "nor sign anybody in";
  const auto fine = ask("POST", path, cookie + csrf + origin() + json() + rest, a_decision_.dump());
  EXPECT_THAT(fine, StartsWith("HTTP/1.1 201")) << fine;
}

TEST_F(SessionTest, ADecisionIsOfWhatWasSeenAndAnsweredAgainUnderItsKey) {
  const auto who = signed_in();
  const std::string path = "/api/v1/leads/L1/decisions";
  EXPECT_THAT(act(who, "POST", path, a_decision_, seen("L1.7")), HasSubstr("IDEMPOTENCY_KEY_NEEDED"));
  EXPECT_THAT(act(who, "POST", path, a_decision_, seen("L1.7") + key("short")), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(act(who, "POST", path, a_decision_, key(a_key)), StartsWith("HTTP/1.1 428"));
  for (const char* wrong : {"L2.7", "L1", "L1.x", "L1.", "L17"})
    EXPECT_THAT(act(who, "POST", path, a_decision_, seen(wrong) + key(a_key)), StartsWith("HTTP/1.1 412"))
        << wrong;
  const auto moved = act(who, "POST", path, a_decision_, seen("L1.6") + key(a_key));
  EXPECT_THAT(moved, StartsWith("HTTP/1.1 412"));
  EXPECT_EQ(body_of(moved)["now"]["revision"], 7);
  EXPECT_EQ(body_of(moved)["now"]["person"]["name"], "王*男") << "masked";
  EXPECT_EQ(body_of(moved)["changed"], Json({"revision", "proposed"})) << "a proposal came as well";
  const auto first = act(who, "POST", path, a_decision_, seen("L1.7") + key(a_key));
  EXPECT_THAT(first, StartsWith("HTTP/1.1 201"));
  EXPECT_EQ(header_of(first, "ETag"), "\"L1.7\"");
  EXPECT_EQ(FakeDesk::decided_by, "zhang: 已入户核实");
  reached_ = 0;
  FakeDesk::decided_by.clear();
  const auto again = act(who, "POST", path, a_decision_, seen("L1.7") + key(a_key));
  EXPECT_THAT(again, StartsWith("HTTP/1.1 201"));
  EXPECT_EQ(header_of(again, "Idempotency-Replayed"), "true");
  EXPECT_EQ(header_of(again, "ETag"), "\"L1.7\"");
  EXPECT_EQ(body_of(again), body_of(first));
  EXPECT_EQ(FakeDesk::decided_by, "") << "done once";
  auto other = a_decision_;
  other["reason"] = "另有原因";
  EXPECT_THAT(act(who, "POST", path, other, seen("L1.7") + key(a_key)), HasSubstr("IDEMPOTENCY_KEY_REUSED"));
  go_to(noon_us + answer_life_us);
  EXPECT_THAT(act(signed_in(), "POST", path, a_decision_, seen("L1.7") + key(a_key)),
              Not(HasSubstr("Idempotency-Replayed")))
      << "kept for a day";
}

TEST_F(SessionTest, AKeptAnswerIsGivenAgainOnlyToWhoeverMaySeeItNow) {
  const std::string path = "/api/v1/leads/L1/decisions";
  const auto decide = [&](const Signed& who) {
    return act(who, "POST", path, a_decision_, seen("L1.7") + key(a_key));
  };
  const Json subjects = {{"subjects", {"P1"}}, {"purpose", "verify"}, {"reason", "入户核实"}};
  const auto open = [&](const Signed& who) {
    return act(who, "POST", "/api/v1/openings", subjects, key("opened-once-00001"));
  };
  auto who = signed_in();
  EXPECT_THAT(decide(who), StartsWith("HTTP/1.1 201"));
  EXPECT_THAT(open(who), StartsWith("HTTP/1.1 201"));
  trail_->told.clear();
  EXPECT_EQ(header_of(decide(who), "Idempotency-Replayed"), "true");
  ASSERT_EQ(trail_->told.size(), 1u) << "whoever sees it again is written down";
  EXPECT_EQ(trail_->told[0].operation, "lead.decide");
  EXPECT_EQ(trail_->told[0].outcome, AuditEntry::Outcome::shown);
  EXPECT_EQ(trail_->told[0].on, std::vector<std::string>{"L1"});
  trail_->room = 0;
  EXPECT_EQ(body_of(decide(who))["code"], "AUDIT_AWAY");
  trail_->room = 1000;

  ASSERT_TRUE(accounts_.book().grant("zhang", {{"case-worker"}, {}, {"370306002"}}));
  who = signed_in();
  EXPECT_EQ(body_of(decide(who))["code"], "NO_SUCH_LEAD") << "in another area now";
  EXPECT_EQ(trail_->told.back().outcome, AuditEntry::Outcome::refused);
  EXPECT_EQ(body_of(open(who))["code"], "NO_SUCH_PERSON") << "ids of the body, too";
  ASSERT_TRUE(accounts_.book().grant("zhang", {{"viewer"}, {}, {}}));
  who = signed_in();
  EXPECT_EQ(body_of(decide(who))["right"], "lead.decide");
  EXPECT_EQ(body_of(open(who))["right"], "record.open");
}

TEST_F(SessionTest, BodiesAreReadStrictly) {
  const auto who = signed_in();
  const std::string path = "/api/v1/leads/L1/decisions",
                    fields = origin() + json() + who.fields() + seen("L1.7") + key(a_key);
  std::string deep;
  for (int i = 0; i < 33; ++i)
    deep += "[";
  struct Case {
    std::string body;
    int status;
  };
  for (const auto& [body, status] : {
           Case{"", 400},
           {"{", 400},
           {"[]", 422},
           {R"({"verdict":"confirm","reason":"x","extra":1})", 422},
           {R"({"verdict":"confirm","verdict":"dismiss","reason":"x"})", 400},
           {R"({"verdict":"maybe","reason":"x"})", 422},
           {R"({"verdict":"confirm","reason":" "})", 422},
           {R"({"verdict":"confirm","reason":5})", 422},
           {R"({"verdict":"confirm"})", 422},
           {R"({"verdict":"confirm","reason":")" + std::string(5000, 'a') + "\"}", 422},
           {deep, 400},
           {"{\"reason\":" + deep, 400},
           {"{\"reason\":\"\xff\"}", 400},
       })
    EXPECT_THAT(ask("POST", path, fields, body), StartsWith("HTTP/1.1 " + std::to_string(status)))
        << body.substr(0, 60);
  const auto wrong = ask("POST", path, fields, R"({"verdict":"maybe","reason":"x"})");
  EXPECT_EQ(body_of(wrong)["errors"][0]["pointer"], "/verdict");
  const auto large =
      exchange("POST " + path + " HTTP/1.1\r\n" + host() + fields + "Content-Length: 9437184\r\n\r\n");
  EXPECT_THAT(large, StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(exchange("POST /api/v1/session HTTP/1.1\r\n" + host() + "Content-Length: 9000\r\n\r\n"),
              StartsWith("HTTP/1.1 413"))
      << "less of strangers";
}

TEST_F(SessionTest, OnlyOfALivingSessionMoreThanEightKibibytesAreRead) {
  const auto who = signed_in();
  const std::string path = "/api/v1/quarantine/discards",
                    large = Json{{"ids", {"42"}}, {"reason", std::string(20'000, 'a')}}.dump();
  const auto head = [&](const std::string& to, const std::string& cookie) {
    return "POST " + to + " HTTP/1.1\r\n" + host() + origin() + json() + cookie + "Kinhub-CSRF: " + who.csrf +
           "\r\nContent-Length: " + std::to_string(large.size()) + "\r\n\r\n";
  };
  EXPECT_THAT(act(who, "POST", path, Json::parse(large), key(a_key)), StartsWith("HTTP/1.1 422"))
      << "it was read, and its reason is too long";
  const auto dead = exchange(head(path, "Cookie: kinhub=" + random_secret() + "\r\n"));
  EXPECT_EQ(body_of(dead)["code"], "SESSION_ENDED") << "answered while its body had not come: " << dead;
  EXPECT_THAT(dead, HasSubstr("Connection: close"));
  EXPECT_EQ(body_of(exchange(head(path, "Authorization: Bearer khm_0\r\n")))["code"], "SIGN_IN");
  EXPECT_THAT(exchange(head(path, "Cookie: kinhub=x\r\n")), StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(exchange(head(path, "")), StartsWith("HTTP/1.1 413"));
  const auto cookie = "Cookie: " + who.cookie + "\r\n";
  for (const char* of_strangers : {"/api/v1/session", "/api/v1/session/renewal", "/api/v1/csp"})
    EXPECT_THAT(exchange(head(of_strangers, cookie)), StartsWith("HTTP/1.1 413")) << of_strangers;
}

TEST_F(SessionTest, WhoeverHasNoLivingSessionIsAStrangerWhateverTheCookieSays) {
  const auto made_up = [] { return "Cookie: kinhub=" + random_secret() + "\r\n"; };
  const auto renew = [&](const std::string& cookie) {
    return ask("POST", "/api/v1/session/renewal", origin() + json() + cookie, R"({"password":"x"})");
  };
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(body_of(renew(made_up()))["code"], "SESSION_ENDED");
  reached_ = 0;
  EXPECT_THAT(renew(made_up()), StartsWith("HTTP/1.1 429"));
  EXPECT_EQ(reached_, 0) << "before it waits for the thread of passwords";
  const auto words = ask("GET", "/api/v1/leads", "Cookie: kinhub=x\r\n");
  EXPECT_EQ(body_of(words)["code"], "SESSION_ENDED");
  EXPECT_EQ(reached_, 0) << "what is no secret is looked up nowhere";
  for (int i = 0; i < 14; ++i)
    EXPECT_THAT(ask("GET", "/api/v1/leads", made_up()), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(ask("GET", "/api/v1/leads", made_up()), StartsWith("HTTP/1.1 429"));
  EXPECT_THAT(ask("GET", "/api/v1/leads", "Cookie: kinhub=x\r\n"), StartsWith("HTTP/1.1 429"));
}

TEST_F(SessionTest, AnOpeningShowsInPlainUntilItIsClosed) {
  const auto who = signed_in();
  const Json request = {{"subjects", {"P1"}}, {"purpose", "verify"}, {"reason", "入户核实"}};
  const auto answer = act(who, "POST", "/api/v1/openings", request, key(a_key));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 201")) << answer;
  const auto id = body_of(answer)["id"].get<std::string>();
  EXPECT_EQ(body_of(answer)["covers"], Json({"P1"}));
  EXPECT_EQ(body_of(act(who, "POST", "/api/v1/openings", request, key(a_key)))["id"], id)
      << "the same request";
  const auto opened = "Kinhub-Opening: " + id + "\r\n";
  EXPECT_EQ(
      body_of(look(who, "/api/v1/persons/P1/families", opened))["items"][0]["members"][0]["person"]["name"],
      "王试男");
  EXPECT_EQ(body_of(look(who, "/api/v1/persons/P1/families"))["items"][0]["members"][0]["person"]["name"],
            "王*男");
  EXPECT_EQ(body_of(look(who, "/api/v1/leads/L2", opened))["person"]["name"], "周*女") << "of another";
  const auto elsewhere = signed_in();
  EXPECT_EQ(body_of(look(elsewhere, "/api/v1/persons/P1/families", opened))["code"], "OPENING_ENDED")
      << "another session";
  EXPECT_EQ(body_of(look(who, "/api/v1/openings"))["items"].size(), 1u);
  EXPECT_THAT(ask("DELETE", "/api/v1/openings/" + id, origin() + who.fields()), StartsWith("HTTP/1.1 204"));
  EXPECT_EQ(body_of(look(who, "/api/v1/persons/P1/families", opened))["code"], "OPENING_ENDED");
  const auto machine = ask("POST", "/api/v1/openings",
                           "Authorization: Bearer " + token_ + "\r\n" + json() + key(a_key), request.dump());
  EXPECT_EQ(body_of(machine)["right"], "record.open") << "a person opens, no machine";
}

TEST_F(SessionTest, ARenewedSessionRefillsNoLimitAndManyRecordsAskForThePassword) {
  auto who = signed_in();
  const auto renew = [&] {
    const auto renewed = act(who, "POST", "/api/v1/session/renewal", {{"password", FakeAccounts::password}});
    EXPECT_THAT(renewed, StartsWith("HTTP/1.1 200")) << renewed;
    who = {cookie_of(renewed), body_of(renewed)["csrf"]};
  };
  const auto search = [&] { return act(who, "POST", "/api/v1/persons/search", {{"ref", "P1"}}); };
  for (int i = 0; i < 30; ++i)
    EXPECT_THAT(search(), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(search(), StartsWith("HTTP/1.1 429"));
  renew();
  EXPECT_THAT(search(), StartsWith("HTTP/1.1 429")) << "it is still the same account";

  const auto open = [&](std::size_t records) {
    static int number = 0;
    return act(who, "POST", "/api/v1/openings",
               {{"subjects", std::vector<std::string>(records, "P1")},
                {"purpose", "verify"},
                {"reason", "入户核实"}},
               key("many-records-" + std::to_string(1000 + number++)));
  };
  go_to(noon_us + 11 * 60'000'000LL);  // no longer fresh
  EXPECT_THAT(open(50), StartsWith("HTTP/1.1 201"));
  EXPECT_THAT(open(49), StartsWith("HTTP/1.1 201"));
  EXPECT_EQ(body_of(open(2))["code"], "FRESH_SIGN_IN");
  EXPECT_THAT(open(1), StartsWith("HTTP/1.1 201")) << "a hundred";
  EXPECT_EQ(body_of(open(1))["code"], "FRESH_SIGN_IN");
  renew();
  EXPECT_THAT(open(1), StartsWith("HTTP/1.1 201"));
  HourlyCount count;
  count.add("a", 60, 0);
  count.add("a", 50, 1'000'000);
  EXPECT_EQ(count.within_hour("a", 3'599'999'999), 110);
  EXPECT_EQ(count.within_hour("a", 3'600'000'000), 50);
  EXPECT_EQ(count.within_hour("a", 3'601'000'000), 0);
  EXPECT_EQ(count.within_hour("b", 0), 0);
}

TEST_F(SessionTest, EveryRoleIsAnsweredAsTheTableSays) {
  /// Each route with a request of P1 that nothing but a right is missing for.
  const std::map<std::string, std::pair<std::string, Json>> asked = {
      {"/api/v1/leads/{id}/decisions", {seen("L1.7"), a_decision_}},
      {"/api/v1/leads/{id}/countersignature", {seen("L1.7"), {{"agree", true}, {"reason", "同意"}}}},
      {"/api/v1/leads/{id}/proposal", {seen("L1.7"), {}}},
      {"/api/v1/leads/{id}/assignee", {"", {{"account", nullptr}}}},
      {"/api/v1/persons/search", {"", {{"ref", "P1"}}}},
      {"/api/v1/openings", {"", {{"subjects", {"P1"}}, {"purpose", "verify"}, {"reason", "入户核实"}}}},
      {"/api/v1/quarantine/{id}/replay", {seen("42.0"), Json::object()}},
      {"/api/v1/accounts", {"", {{"name", "neu"}, {"roles", {"viewer"}}}}},
      {"/api/v1/accounts/{name}", {"", {{"state", "locked"}}}},
      {"/api/v1/accounts/{name}/grants", {"", {{"roles", {"viewer"}}}}},
      {"/api/v1/quarantine/discards", {"", {{"ids", {"42"}}, {"reason", "测试报文"}}}},
  };
  int number = 0;
  std::int64_t now = noon_us;
  for (const auto& role : account_roles()) {
    const auto name = "u-" + std::string(role.id);
    accounts_.make(name, {{std::string(role.id)}, {}, {}});
    go_to(now += 120'000'000);
    const auto who = signed_in(name);
    for (const auto& route : routes()) {
      if (!route.operation) continue;
      go_to(now += 2'000'000);  // within every limit
      std::string path(route.path);
      for (const auto& [place, value] : {std::pair("{id}", path.find("quarantine") != path.npos ? "42"
                                                           : path.find("openings") != path.npos ? "O1"
                                                                                                : "L1"),
                                         std::pair("{ref}", "P1"), std::pair("{name}", "zhang")})
        if (const auto at = path.find(place); at != path.npos) path.replace(at, std::strlen(place), value);
      if (path.ends_with("persons/P1/explanation")) path += "?benefit=b";
      const auto request = asked.find(std::string(route.path));
      const bool reads = route.method == "GET";
      const auto more = request == asked.end() || reads ? std::string() : request->second.first;
      const auto sent = reads || route.method == "DELETE" ? std::string()
                        : request == asked.end()          ? std::string()
                                                          : request->second.second.dump();
      const auto with_key =
          route.key == Key::none ? "" : key("role-test-" + std::to_string(1'000'000 + number++));
      const auto answer =
          ask(std::string(route.method), path, origin() + json() + who.fields() + more + with_key, sent);
      const auto& row = operation(*route.operation);
      SCOPED_TRACE(std::string(role.name) + " " + std::string(route.method) + " " + path);
      if (role.rights.have(row.right)) {
        EXPECT_THAT(body_of(answer).value("right", ""), ::testing::AnyOf("", "proposal")) << "another's";
        EXPECT_THAT(answer, Not(StartsWith("HTTP/1.1 5")));
      } else {
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 403"));
        EXPECT_EQ(body_of(answer)["right"], name_of(row.right));
        EXPECT_EQ(trail_->told.back().code, "FORBIDDEN");
      }
    }
  }
}

TEST_F(SessionTest, AccountsAreKeptByWhoeverHasJustGivenThePassword) {
  accounts_.make("zhao", {{"security"}, {}, {}});
  auto zhao = signed_in("zhao");
  const Json request = {{"name", "sun"}, {"roles", {"case-worker"}}, {"areas", {"370306001"}}};
  const auto made = act(zhao, "POST", "/api/v1/accounts", request);
  EXPECT_THAT(made, StartsWith("HTTP/1.1 201")) << made;
  EXPECT_EQ(body_of(made)["account"]["state"], "invited");
  const auto link = body_of(made)["link"].get<std::string>();
  EXPECT_THAT(link, StartsWith("http://127.0.0.1:"));
  EXPECT_THAT(act(zhao, "POST", "/api/v1/accounts", request), StartsWith("HTTP/1.1 409"));
  const Json keyed = {{"name", "qian"}, {"roles", {"viewer"}}};
  const auto once = act(zhao, "POST", "/api/v1/accounts", keyed, key(a_key)),
             twice = act(zhao, "POST", "/api/v1/accounts", keyed, key(a_key));
  EXPECT_THAT(once, StartsWith("HTTP/1.1 201"));
  EXPECT_EQ(header_of(twice, "Idempotency-Replayed"), "true");
  EXPECT_EQ(body_of(twice), body_of(once)) << "the answer was lost, the link is not";
  EXPECT_THAT(act(zhao, "POST", "/api/v1/accounts", keyed, key("short")), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(act(zhao, "POST", "/api/v1/accounts", {{"name", "x y"}, {"roles", {"viewer"}}}),
              HasSubstr("/name"));
  EXPECT_THAT(ask("POST", "/api/v1" + link.substr(link.find("/activate")), origin() + json(),
                  Json{{"password", FakeAccounts::password}}.dump()),
              StartsWith("HTTP/1.1 204"));
  const auto sun = signed_in("sun");
  EXPECT_EQ(body_of(look(sun, "/api/v1/session"))["scope"], Json({"370306001"}));
  EXPECT_THAT(look(sun, "/api/v1/leads/L2"), StartsWith("HTTP/1.1 404"));
  EXPECT_TRUE(body_of(look(sun, "/api/v1/status"))["persons"].is_null());
  EXPECT_TRUE(body_of(look(sun, "/api/v1/balance"))["received"].is_null());
  const auto granted = act(zhao, "PUT", "/api/v1/accounts/sun/grants", {{"roles", {"viewer"}}});
  EXPECT_EQ(body_of(granted)["scope"], Json({"whole"})) << granted;
  EXPECT_THAT(look(sun, "/api/v1/session"), StartsWith("HTTP/1.1 401")) << "its sessions ended";
  EXPECT_THAT(act(zhao, "PATCH", "/api/v1/accounts/sun", {{"state", "active"}}), StartsWith("HTTP/1.1 422"));
  EXPECT_EQ(body_of(act(zhao, "PATCH", "/api/v1/accounts/sun", {{"state", "locked"}}))["state"], "locked");
  EXPECT_THAT(act(zhao, "PATCH", "/api/v1/accounts/zhao", {{"state", "locked"}}), StartsWith("HTTP/1.1 409"));
  EXPECT_THAT(act(zhao, "POST", "/api/v1/accounts/sun/activation", Json::object()),
              StartsWith("HTTP/1.1 201"));
  go_to(noon_us + 10 * 60'000'000LL);
  EXPECT_EQ(body_of(act(zhao, "POST", "/api/v1/accounts/sun/activation", Json::object()))["code"],
            "FRESH_SIGN_IN");
  const auto renewed = act(zhao, "POST", "/api/v1/session/renewal", {{"password", FakeAccounts::password}});
  zhao = {cookie_of(renewed), body_of(renewed)["csrf"]};
  EXPECT_THAT(act(zhao, "POST", "/api/v1/accounts/sun/activation", Json::object()),
              StartsWith("HTTP/1.1 201"));
}

TEST_F(SessionTest, ANewPasswordEndsAllOtherSessions) {
  const auto here = signed_in(), there = signed_in();
  const auto change = [&](const char* old_one, const char* new_one) {
    return act(here, "PUT", "/api/v1/account/password", {{"old", old_one}, {"new", new_one}});
  };
  EXPECT_THAT(change(FakeAccounts::password, "short"), HasSubstr("PASSWORD_SHORT"));
  EXPECT_THAT(change("wrong", "another horse battery"), StartsWith("HTTP/1.1 401"));
  go_to(noon_us + 60'000'000);
  const auto changed = change(FakeAccounts::password, "another horse battery");
  EXPECT_THAT(changed, StartsWith("HTTP/1.1 200"));
  for (const auto& old : {here, there})
    EXPECT_THAT(look(old, "/api/v1/session"), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(look({cookie_of(changed), ""}, "/api/v1/session"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(sign_in("zhang", FakeAccounts::password), StartsWith("HTTP/1.1 401"));
  go_to(noon_us + 120'000'000);
  EXPECT_THAT(sign_in("zhang", "another horse battery"), StartsWith("HTTP/1.1 200"));
}

TEST_F(SessionTest, ALinkMakesOneAccountAndNoSecretIsInAnAddressOfThePage) {
  const auto link = random_secret();
  const auto page = ask("GET", "/first/" + link, "");
  EXPECT_THAT(page, StartsWith("HTTP/1.1 303"));
  EXPECT_EQ(header_of(page, "Location"), "/ui/first#" + link);
  EXPECT_THAT(ask("GET", "/first/short", ""), StartsWith("HTTP/1.1 401")) << "as whatever is not there";
  const auto make = [&](const std::string& path, const Json& body) {
    return ask("POST", "/api/v1/" + path, origin() + json(), body.dump());
  };
  EXPECT_THAT(make("first/" + link, {{"name", "wu"}, {"password", FakeAccounts::password}}),
              StartsWith("HTTP/1.1 404"));
  auto book = accounts_.book();
  ASSERT_TRUE(book.add("li", {{"viewer"}, {}, {}}));
  const auto activation = "activate/" + book.activate("li")->secret;
  const auto weak = make(activation, {{"password", "short"}});
  EXPECT_THAT(weak, StartsWith("HTTP/1.1 422"));
  EXPECT_EQ(body_of(weak)["errors"][0]["code"], "PASSWORD_SHORT");
  EXPECT_EQ(body_of(weak)["errors"][0]["pointer"], "/password");
  EXPECT_THAT(make(activation, {{"password", FakeAccounts::password}}), StartsWith("HTTP/1.1 204"));
  EXPECT_THAT(make(activation, {{"password", FakeAccounts::password}}), StartsWith("HTTP/1.1 404")) << "once";
  EXPECT_THAT(sign_in("li", FakeAccounts::password), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(sign_in("li", FakeAccounts::password), StartsWith("HTTP/1.1 429"))
      << "five tries, of links too";
}

TEST_F(SessionTest, TheConsoleIsServedFromMemoryByExactAddress) {
  EXPECT_THAT(ask("GET", "/ui/", ""), HasSubstr("控制台尚未构建"));
  scratch_.write("console/index.html", "<meta content=\"__KINHUB_NONCE__\"><i nonce=\"__KINHUB_NONCE__\">");
  scratch_.write("console/assets/app.1234.js", "plain");
  scratch_.write("console/assets/app.1234.js.br", "brotli");
  scratch_.write("console/assets/app.1234.js.gz", "gzipped");
  scratch_.write("console/assets/app.1234.js.map", "{}");
  scratch_.write("secret.html", "outside");
  std::filesystem::create_symlink(scratch_.path() / "secret.html", scratch_.path() / "console/linked.html");
  start(scratch_.path() / "console");
  const auto page = ask("GET", "/ui/", "");
  EXPECT_THAT(page, StartsWith("HTTP/1.1 200"));
  const auto policy = header_of(page, "Content-Security-Policy");
  const auto nonce = policy.substr(policy.find("'nonce-") + 7, 43);
  EXPECT_EQ(page.substr(page.find("\r\n\r\n") + 4),
            "<meta content=\"" + nonce + "\"><i nonce=\"" + nonce + "\">");
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_EQ(header_of(page, "Cache-Control"), "no-store");
  EXPECT_NE(header_of(ask("GET", "/ui/leads/L1", ""), "Content-Security-Policy"), policy)
      << "a screen, a new nonce";
  EXPECT_EQ(header_of(ask("GET", "/", ""), "Location"), "/ui/");
  const auto asset = [&](const std::string& fields) { return ask("GET", "/ui/assets/app.1234.js", fields); };
  EXPECT_THAT(asset(""), HasSubstr("plain"));
  EXPECT_THAT(asset("Accept-Encoding: gzip, deflate, br\r\n"), HasSubstr("Content-Encoding: br"));
  EXPECT_THAT(asset("Accept-Encoding: gzip, br;q=0\r\n"), HasSubstr("gzipped"));
  EXPECT_EQ(header_of(asset(""), "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(header_of(asset(""), "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(header_of(asset(""), "X-Content-Type-Options"), "nosniff");
  const auto none = ask("GET", "/ui/none.js", "");
  EXPECT_THAT(none, StartsWith("HTTP/1.1 404"));
  for (const char* path :
       {"/ui/assets/app.1234.js.map", "/ui/assets/app.1234.js.br", "/ui/linked.html", "/ui/secret.html"})
    EXPECT_EQ(bytes_of(ask("GET", path, "")), bytes_of(none)) << path;
  for (const char* path : {"/ui/../secret.html", "/ui/%2e%2e%2fsecret.html", "/ui/%2e%2e/secret.html",
                           "/ui/..%5csecret.html", "/ui/%00", "/ui/%252e%252e%252fsecret.html"})
    EXPECT_THAT(ask("GET", path, ""), StartsWith("HTTP/1.1 400")) << path;
}

TEST(Buckets, RefillAtTheirPaceAndForgetWhatIsFull) {
  Buckets buckets(3, 1000);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(buckets.take("a", 0), 0);
  EXPECT_EQ(buckets.take("a", 0), 1000);
  EXPECT_EQ(buckets.take("b", 0), 0) << "of its own";
  EXPECT_EQ(buckets.take("a", 400), 600);
  EXPECT_EQ(buckets.take("a", 1000), 0);
  EXPECT_EQ(buckets.take("a", 1000), 1000);
  EXPECT_EQ(buckets.take("a", 100'000), 0);
  for (int i = 0; i < 30'000; ++i)
    buckets.take(std::to_string(i), 200'000 + i);
  EXPECT_LE(buckets.size(), 10'001u);
}

}  // namespace
}  // namespace kinhub::api
