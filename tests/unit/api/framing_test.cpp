// Heads that proxies and servers are known to read in two ways: each is refused, whatever stands behind it.

#include "hub/api/framing.hpp"

#include <gmock/gmock.h>

#include <string>

namespace kinhub::api {
namespace {

std::string head(const std::string& first, const std::string& fields) {
  return first + "\r\nHost: 127.0.0.1:8632\r\n" + fields + "\r\n";
}

TEST(Framing, OrdinaryRequestsPass) {
  for (const auto& good :
       {head("GET /healthz HTTP/1.1", ""), head("HEAD /api/v1/leads?limit=2 HTTP/1.1", "Accept: */*\r\n"),
        head("GET /api/v1/leads?benefit=a%2Fb HTTP/1.1", "Authorization: Bearer khm_0\r\n"),
        head("GET / HTTP/1.0", ""), head("POST /x HTTP/1.1", "Content-Length: 12\r\n"),
        head("GET / HTTP/1.1", "Content-Length: 0\r\n"), head("DELETE /x HTTP/1.1", "")}) {
    EXPECT_EQ(framing_fault(good), "") << good;
    EXPECT_EQ(head_size(good + "GET "), good.size());
    EXPECT_FALSE(has_bare_line_feed(good));
  }
}

TEST(Framing, AttacksAreRefused) {
  struct Attack {
    const char* what;
    std::string head;
    const char* fault = "FRAMING";
  };
  const std::string get = "GET / HTTP/1.1", post = "POST / HTTP/1.1";
  for (const auto& [what, bytes, fault] : {
           Attack{"TE before CL", head(post, "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")},
           {"CL before TE", head(post, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")},
           {"TE gzip and CL", head(post, "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n")},
           {"chunked, gzip", head(post, "Transfer-Encoding: chunked, gzip\r\n")},
           {"chunked twice", head(post, "Transfer-Encoding: chunked, chunked\r\n")},
           {"chunked in 1.0", head("POST / HTTP/1.0", "Transfer-Encoding: chunked\r\n"), "HTTP_VERSION"},
           {"TE with a tab", head(post, "Transfer-Encoding:\tchunked\r\n")},
           {"TE with another name", head(post, "transfer_encoding: chunked\r\n"), "LENGTH_NEEDED"},
           {"TE on GET", head(get, "TRANSFER-ENCODING: identity\r\n")},
           {"two lengths", head(post, "Content-Length: 5\r\nContent-Length: 6\r\n")},
           {"two equal lengths", head(post, "Content-Length: 5\r\nContent-Length: 5\r\n")},
           {"a list of lengths", head(post, "Content-Length: 5, 5\r\n")},
           {"a signed length", head(post, "Content-Length: +5\r\n")},
           {"a negative length", head(post, "Content-Length: -1\r\n")},
           {"a hex length", head(post, "Content-Length: 0x5\r\n")},
           {"a long length", head(post, "Content-Length: 000000005\r\n")},
           {"no digits", head(post, "Content-Length: \r\n")},
           {"no length", head(post, ""), "LENGTH_NEEDED"},
           {"a blank before the colon", head(get, "Content-Length : 5\r\n")},
           {"a tab before the colon", head(get, "Content-Length\t: 5\r\n")},
           {"a folded line", head(get, "X: a\r\n b\r\n")},
           {"a line without a colon", head(get, "X\r\n")},
           {"a name of nothing", head(get, ": x\r\n")},
           {"a body on GET", head(get, "Content-Length: 5\r\n")},
           {"a body on DELETE", head("DELETE / HTTP/1.1", "Content-Length: 5\r\n")},
           {"a second host", head(get, "Host: evil.example\r\n")},
           {"no host", "GET / HTTP/1.1\r\nX: y\r\n\r\n"},
           {"an empty host", "GET / HTTP/1.1\r\nHost: \r\n\r\n"},
           {"a NUL in a value", head(get, std::string("X: a") + '\0' + "b\r\n")},
           {"a bare CR in a value", head(get, "X: a\rContent-Length: 5\r\n")},
           {"a vertical tab", head(get,
                                   "X:\x0b"
                                   "chunked\r\n")},
           {"expect", head(post, "Content-Length: 5\r\nExpect: 100-continue\r\n")},
           {"upgrade", head(get, "Upgrade: h2c\r\n")},
           {"absolute form", head("GET http://evil.example/ HTTP/1.1", "")},
           {"asterisk", head("OPTIONS * HTTP/1.1", "")},
           {"authority", head("CONNECT evil.example:443 HTTP/1.1", "")},
           {"no version", head("GET /", "")},
           {"1.2", head("GET / HTTP/1.2", ""), "HTTP_VERSION"},
           {"2.0", head("PRI / HTTP/2.0", ""), "HTTP_VERSION"},
           {"two blanks", head("GET  / HTTP/1.1", "")},
           {"a blank in the target", head("GET /a b HTTP/1.1", "")},
           {"up", head("GET /ui/../x HTTP/1.1", "")},
           {"up, encoded", head("GET /ui/%2e%2e/x HTTP/1.1", "")},
           {"a slash, encoded", head("GET /a%2Fb HTTP/1.1", "")},
           {"a backslash, encoded", head("GET /a%5cb HTTP/1.1", "")},
           {"a backslash", head("GET /a\\b HTTP/1.1", "")},
           {"a NUL, encoded", head("GET /a?x=%00 HTTP/1.1", "")},
           {"encoded twice", head("GET /%252e%252e/x HTTP/1.1", "")},
           {"a fragment", head("GET /a#b HTTP/1.1", "")},
           {"two slashes", head("GET //evil.example/ HTTP/1.1", "")},
           {"bytes beyond ASCII", head("GET /\xe5 HTTP/1.1", "")},
       })
    EXPECT_EQ(framing_fault(bytes), fault) << what;
  for (const std::string bare :
       {"GET / HTTP/1.1\nHost: x\n\n", "\nGET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nA: b\nC: d\r\n"})
    EXPECT_TRUE(has_bare_line_feed(bare)) << bare;
}

TEST(Framing, SizesHaveLimits) {
  std::string fields;
  for (std::size_t i = 0; i + 1 < header_fields_max; ++i)  // and the host
    fields += "X: y\r\n";
  EXPECT_EQ(framing_fault(head("GET / HTTP/1.1", fields)), "");
  EXPECT_EQ(framing_fault(head("GET / HTTP/1.1", fields + "X: y\r\n")), "HEADERS_TOO_LARGE");
  EXPECT_EQ(framing_fault(head("GET /" + std::string(target_bytes_max - 1, 'a') + " HTTP/1.1", "")), "");
  EXPECT_EQ(framing_fault(head("GET /" + std::string(target_bytes_max, 'a') + " HTTP/1.1", "")),
            "URI_TOO_LONG");
}

TEST(Framing, OnlyOurOwnNamesAreOurs) {
  for (const char* own : {"127.0.0.1:8632", "localhost:8632", "LOCALHOST:8632", "[::1]:8632"})
    EXPECT_TRUE(is_own_host(own, 8632)) << own;
  for (const char* other : {"127.0.0.1", "127.0.0.1:80", "evil.example", "127.0.0.1.evil.example:8632",
                            "localhost.evil.example:8632", "127.0.0.1:8632@evil.example", "0.0.0.0:8632", ""})
    EXPECT_FALSE(is_own_host(other, 8632)) << other;
}

}  // namespace
}  // namespace kinhub::api
