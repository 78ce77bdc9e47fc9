#pragma once
// The sharing platform's side of civil affairs: checks signatures and answers pages. No sockets: requests are
// values.

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/clock.hpp"
#include "tests/agencies/formats.hpp"

namespace kinhub::agencies {

struct CivilSecrets {
  std::string app_key, rid, sid;
};

/// Base64(HMAC-SHA256(key, text)): how every request is signed.
std::string platform_sign(std::string_view key, std::string_view text);

struct CivilAnswer {
  int http_status = 200;
  std::string body;  ///< JSON, UTF-8
};

/// Safe from any thread.
class CivilDesk {
 public:
  struct Options {
    CivilSecrets secrets;
    std::size_t secret_uses_max =
        0;                  ///< 0: a secret is good all day; otherwise it is renewed after so many requests
    int fault_percent = 0;  ///< share of requests answered with a fault of the platform
  };
  CivilDesk(Options options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}

  /// `rows` in order of writing, of every interface. Nothing is visible until released.
  void load(const std::vector<Telegram>& rows);
  /// Rows written up to that moment become visible.
  void release(Moment until);

  CivilAnswer answer(std::string_view method, std::string_view target, std::string_view body);

  /// Somebody has asked for what comes after the last row of every interface.
  bool all_fetched() const;
  struct Counts {
    std::size_t requests = 0, rows_served = 0, rejected = 0, faults = 0, secrets_issued = 0;
  };
  Counts counts() const;

 private:
  struct Row {
    std::string watermark;
    Telegram telegram;
  };
  struct Register {
    std::vector<Row> rows;
    std::size_t released = 0;
    std::string fetched_to;  ///< the highest watermark a valid request has named, or page shown to its end
  };

  CivilAnswer refresh_secret(std::string_view body);
  CivilAnswer page(std::string_view interface, const std::map<std::string, std::string>& query);
  std::string secret_of_day() const;

  const Options options_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Register, std::less<>> registers_;
  std::size_t uses_ = 0, generation_ = 0;
  Counts counts_;
};

}  // namespace kinhub::agencies
