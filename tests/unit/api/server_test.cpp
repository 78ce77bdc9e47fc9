// The server on a real socket, with a desk that is none: tokens, problems, pages, attacks, limits.

#include "tests/unit/api/server_fixture.hpp"

namespace kinhub::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(ServerTest, HealthNeedsNoTokenAndAllElseDoes) {
  EXPECT_THAT(exchange("GET /healthz HTTP/1.1\r\n" + host() + "Connection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 200 OK"));
  for (const char* path : {"/readyz", "/api/v1/leads", "/api/v1/status", "/nothing"}) {
    const auto answer =
        exchange(std::string("GET ") + path + " HTTP/1.1\r\n" + host() + "Connection: close\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 401")) << path;
    EXPECT_EQ(body_of(answer)["code"], "SIGN_IN");
  }
  for (const auto& wrong :
       {std::string("Bearer khm_0"), "Basic " + token_, "Bearer " + token_ + "0", "bearer " + token_})
    EXPECT_THAT(exchange("GET /readyz HTTP/1.1\r\n" + host() + "Authorization: " + wrong +
                         "\r\nConnection: close\r\n\r\n"),
                StartsWith("HTTP/1.1 401"))
        << wrong;
  EXPECT_EQ(reached_, 0);
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, ANewTokenVoidsTheOldAndOneThatOthersMayReadIsNone) {
  const auto file = scratch_.path() / "api.token";
  struct stat found {};
  ASSERT_EQ(::stat(file.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  const auto old = token_;
  token_ = mint_token(file);
  EXPECT_NE(token_, old);
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 200"));
  ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 401"));
  EXPECT_EQ(read_token(file).error().code, "TOKEN_OPEN_TO_OTHERS");
}

TEST_F(ServerTest, TheTokenIsBoundByFourEyesAndKeepsNoAccounts) {
  const auto post = [&](const std::string& path, const Json& body, const std::string& fields) {
    const auto sent = body.dump();
    return exchange(request("/api/v1" + path,
                            "Content-Type: application/json\r\nContent-Length: " +
                                std::to_string(sent.size()) + "\r\n" + fields,
                            "POST") +
                    sent);
  };
  const std::string fields = "If-Match: \"L1.7\"\r\nIdempotency-Key: by-the-token-0001\r\n";
  const Json decision = {{"verdict", "confirm"}, {"reason", "已核实"}};
  accounts_.rules.four_eyes_ended = true;
  const auto tag = "If-Match: \"L1.7." + accounts_.proposed() + "\"\r\n";
  const auto decided = post("/leads/L1/decisions", decision, tag + "Idempotency-Key: by-the-token-0001\r\n");
  EXPECT_EQ(body_of(decided)["code"], "PROPOSED_ALREADY") << decided;
  accounts_.rules.four_eyes_ended = false;
  EXPECT_THAT(post("/leads/L1/decisions", decision, fields), StartsWith("HTTP/1.1 201"));
  const auto agreed = post("/leads/L1/countersignature", {{"agree", true}, {"reason", "同意"}},
                           tag + "Idempotency-Key: by-the-token-0002\r\n");
  EXPECT_EQ(body_of(agreed)["right"], "lead.countersign") << "a person agrees";
  const auto made = post("/accounts", {{"name", "robot"}, {"roles", {"security"}}}, "");
  EXPECT_EQ(body_of(made)["right"], "account.manage") << "at the command line, or by a person";
  EXPECT_EQ(body_of(get("/api/v1/accounts"))["right"], "account.manage");
}

TEST_F(ServerTest, EveryAnswerHasTheHeaders) {
  for (const auto& answer : {get("/api/v1/leads"), get("/nothing"), exchange("GET / HTTP/1.1\r\n\r\n")})
    for (const char* name : {"Content-Security-Policy: default-src 'none'", "X-Content-Type-Options: nosniff",
                             "Cache-Control: no-store", "Referrer-Policy: no-referrer",
                             "Kinhub-Request: ", "Cross-Origin-Opener-Policy: same-origin"})
      EXPECT_THAT(answer, HasSubstr(name));
}

TEST_F(ServerTest, APersonIsMaskedAndTheEntryIsInTheTrail) {
  const auto answer = get("/api/v1/leads/L1");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("ETag: \"L1.7." + accounts_.proposed() + "\""))
      << "the revision, and the proposal that waits";
  EXPECT_EQ(body_of(answer)["person"]["name"], "王*男");
  EXPECT_THAT(answer, Not(HasSubstr(number_of_wang)));
  ASSERT_EQ(trail_->told.size(), 1u);
  EXPECT_EQ(trail_->told[0].channel, "api");
  EXPECT_EQ(trail_->told[0].from, "127.0.0.1");
  EXPECT_EQ(trail_->told[0].operation, "lead.show");
}

TEST_F(ServerTest, PagesGoOnByACursorOfTheirOwnListAlone) {
  const auto first = body_of(get("/api/v1/leads?limit=1"));
  ASSERT_EQ(first["items"].size(), 1u);
  EXPECT_EQ(first["items"][0]["id"], "L1");
  EXPECT_EQ(first["as_of"], "2026-11-21T12:00:00+08:00");
  const auto cursor = first["next"].get<std::string>();
  const auto second = body_of(get("/api/v1/leads?limit=1&cursor=" + cursor));
  EXPECT_EQ(second["items"][0]["id"], "L2");
  EXPECT_TRUE(second["next"].is_null());
  for (const auto& wrong : {"state=open&cursor=" + cursor, std::string("cursor=00"), std::string("cursor=zz"),
                            "cursor=" + cursor + "00", "cursor=" + cursor.substr(2)})
    EXPECT_EQ(body_of(get("/api/v1/leads?limit=1&" + wrong))["code"], "CURSOR_INVALID") << wrong;
  const Cursors cursors;
  const auto old = cursors.write(7, "list", noon_us);
  EXPECT_EQ(cursors.read(old, "list", noon_us + 3'599'000'000LL).value(), 7);
  EXPECT_EQ(cursors.read(old, "list", noon_us + 3'600'000'000LL).error().code, "CURSOR_GONE");
}

TEST_F(ServerTest, WrongRequestsAreProblems) {
  struct Case {
    std::string target;
    int status;
    std::string code;
  };
  for (const auto& [target, status, code] : {
           Case{"/nothing", 404, "NO_SUCH_PAGE"},
           {"/api/v1/leads/L9", 404, "NO_SUCH_LEAD"},
           {"/api/v1/leads?colour=red", 400, "UNKNOWN_PARAMETER"},
           {"/api/v1/leads?limit=0", 422, "INVALID"},
           {"/api/v1/leads?limit=101", 422, "INVALID"},
           {"/api/v1/leads?limit=1x", 422, "INVALID"},
           {"/api/v1/leads?state=sleeping", 422, "INVALID"},
           {"/api/v1/leads?limit=1&limit=2", 400, "MALFORMED"},
           {"/api/v1/leads?limit", 400, "MALFORMED"},
           {"/api/v1/leads?benefit=%ff", 400, "MALFORMED"},
           {"/api/v1/leads/L1/timeline?from=soon", 422, "INVALID"},
           {"/api/v1/leads/L1/timeline?from=2027-01-01&until=2026-01-01", 422, "INVALID"},
           {"/api/v1/notices?after=-1", 422, "INVALID"},
       }) {
    const auto answer = get(target);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + std::to_string(status))) << target;
    EXPECT_THAT(answer, HasSubstr("application/problem+json")) << target;
    EXPECT_EQ(body_of(answer)["code"], code) << target;
  }
  EXPECT_EQ(body_of(get("/nothing"))["title"], "没有此资源");
  EXPECT_EQ(body_of(get("/nothing", "Accept-Language: en\r\n"))["title"], "There is nothing here");
}

TEST_F(ServerTest, AttacksOnFramingGetOneAnswerAndTheSecondRequestIsNeverRouted) {
  const std::string smuggled =
      "GET /api/v1/status HTTP/1.1\r\n" + host() + "Authorization: Bearer " + token_ + "\r\n\r\n";
  const std::string key = "Authorization: Bearer " + token_ + "\r\n";
  for (const auto& attack : {
           "POST /healthz HTTP/1.1\r\n" + host() +
               "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
           "POST /healthz HTTP/1.1\r\n" + host() +
               "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "POST /healthz HTTP/1.1\r\n" + host() + "Transfer-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
           "GET /healthz HTTP/1.1\r\n" + host() + "Content-Length: 3\r\n\r\nabc",
           "POST /healthz HTTP/1.1\r\n" + host() + "Content-Length: 3\r\n\r\nabc",
           "GET /healthz HTTP/1.1\n" + host() + "\n",
           "GET /healthz HTTP/1.1\r\n" + host() + "\r\n",  // pipelined: nothing wrong but what follows
           "OPTIONS /healthz HTTP/1.1\r\n" + host() + "\r\n",
           "TRACE /healthz HTTP/1.1\r\n" + host() + key + "\r\n",
       }) {
    const auto answer = exchange(attack + smuggled);
    EXPECT_EQ(answers_in(answer), 1u) << attack;
    EXPECT_THAT(answer, HasSubstr("Connection: close")) << attack;
  }
  EXPECT_EQ(reached_, 0) << "nothing came to the desk";
}

TEST_F(ServerTest, AForeignHostIsRefused) {
  for (const char* host : {"evil.example", "127.0.0.1.evil.example", "127.0.0.1:1"})
    EXPECT_THAT(exchange(std::string("GET /healthz HTTP/1.1\r\nHost: ") + host + "\r\n\r\n"),
                StartsWith("HTTP/1.1 421"))
        << host;
  EXPECT_THAT(exchange("GET /healthz HTTP/1.1\r\nX: y\r\n\r\n"), StartsWith("HTTP/1.1 400"));
}

TEST_F(ServerTest, WhatIsTooLargeIsRefused) {
  EXPECT_THAT(get("/healthz", "X: " + std::string(20 * 1024, 'a') + "\r\n"), StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(get("/" + std::string(5 * 1024, 'a')), StartsWith("HTTP/1.1 414"));
}

TEST_F(ServerTest, AConnectionStaysOpenAndAHeadHasNoBody) {
  const int socket = connect();
  const auto ask = [&](const std::string& bytes) {
    EXPECT_EQ(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    std::array<char, 8192> chunk{};
    const auto count = ::recv(socket, chunk.data(), chunk.size(), 0);
    return std::string(chunk.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  };
  const auto bearer = "Authorization: Bearer " + token_ + "\r\n\r\n";
  for (int i = 0; i < 3; ++i)
    EXPECT_THAT(ask("GET /api/v1/balance HTTP/1.1\r\n" + host() + bearer), StartsWith("HTTP/1.1 200"));
  const auto head = ask("HEAD /api/v1/balance HTTP/1.1\r\n" + host() + bearer);
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(head, HasSubstr("Content-Length: "));
  EXPECT_THAT(head, Not(HasSubstr("{")));
  EXPECT_THAT(ask("GET /healthz HTTP/1.1\r\n" + host() + "\r\n"), StartsWith("HTTP/1.1 200"))
      << "still in step";
  ::close(socket);
}

TEST_F(ServerTest, StrangersWhoIdleGiveWayAndWhoeverSignedInIsServed) {
  const auto asks = [&](int socket) {
    const auto bytes =
        "GET /api/v1/balance HTTP/1.1\r\n" + host() + "Authorization: Bearer " + token_ + "\r\n\r\n";
    ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    std::array<char, 8192> chunk{};
    const auto count = ::recv(socket, chunk.data(), chunk.size(), 0);
    return std::string(chunk.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  };
  const int known = connect();
  EXPECT_THAT(asks(known), StartsWith("HTTP/1.1 200"));
  std::vector<int> idle;
  for (int i = 0; i < 70; ++i)
    idle.push_back(connect());
  EXPECT_EQ(read_to_end(idle[0]), "") << "closed by the server: of its address too many came after it";
  EXPECT_THAT(asks(known), StartsWith("HTTP/1.1 200"));
  const int another = connect();
  EXPECT_THAT(asks(another), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(asks(idle.back()), StartsWith("HTTP/1.1 200")) << "the newest strangers have room";
  EXPECT_THAT(get("/metrics"), HasSubstr("kinhub_http_refused_total{why=\"gave_way\"} "));
  for (const int socket : idle)
    ::close(socket);
  ::close(known), ::close(another);
}

TEST_F(ServerTest, WithoutTheStoreOrTheTrailThereAreNoData) {
  trail_->room = 0;
  auto answer = get("/api/v1/leads");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
  EXPECT_EQ(body_of(answer)["code"], "AUDIT_AWAY");
  EXPECT_THAT(answer, Not(HasSubstr("王")));
  trail_->room = 1000;
  EXPECT_THAT(get("/api/v1/leads"), StartsWith("HTTP/1.1 200")) << "it goes on by itself";
}

TEST_F(ServerTest, AwayIsAnsweredAndNotWaitedFor) {
  away_ = true;
  const auto answer = get("/readyz");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
  EXPECT_EQ(body_of(answer)["code"], "STORE_AWAY");
  EXPECT_THAT(answer, HasSubstr("Retry-After: "));
  away_ = false;
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, MetricsAreThoseOfTheHubAndItsOwn) {
  std::ofstream(scratch_.path() / "metrics.prom") << "kinhub_up 1\n";
  get("/api/v1/leads/L1");
  exchange("GET / HTTP/1.1\r\n\r\n");
  const auto answer = get("/metrics");
  EXPECT_THAT(answer, HasSubstr("kinhub_up 1\n"));
  EXPECT_THAT(answer, HasSubstr("kinhub_http_requests_total{route=\"/api/v1/leads/{id}\",status=\"200\"} 1"));
  EXPECT_THAT(answer, HasSubstr("kinhub_http_refused_total{why=\"FRAMING\"} 1"));
  EXPECT_THAT(answer, Not(HasSubstr("L1"))) << "a route, not what was asked for";
  EXPECT_THAT(exchange("GET /metrics HTTP/1.1\r\n" + host() + "Connection: close\r\n\r\n"),
              HasSubstr("kinhub_up 1\n"))
      << "on this machine without the token";
}

TEST(Server, ListensOnThisMachineAlone) {
  FixedClock clock(noon_us);
  for (const char* far : {"0.0.0.0", "10.20.0.8", "evil.example"})
    EXPECT_THROW(Server({far, 0, {"", "", clock, {}, {}, {}}, {}}), std::runtime_error) << far;
}

}  // namespace
}  // namespace kinhub::api
