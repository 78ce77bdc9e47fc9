#pragma once
// The service behind the sockets: a request as values becomes an answer as values. Authentication, routing,
// parameters, problems; every answer has the same security headers.

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "hub/api/buckets.hpp"
#include "hub/api/call.hpp"
#include "hub/api/console_files.hpp"
#include "hub/api/routes.hpp"
#include "hub/base/clock.hpp"
#include "hub/base/mutex.hpp"

namespace kinhub::api {

/// Opens a desk for one thread; throws what broke.
using OpenDesk = std::function<std::unique_ptr<GuardedDesk>()>;
using Note = std::function<void(const std::string&)>;

/// Counts of what was asked, in the text format of Prometheus. Safe from any thread.
class RequestCounts {
 public:
  void add(std::string_view route, int status, double seconds);
  void refused(std::string_view why);
  std::string text() const;

 private:
  mutable Mutex mutex_;
  std::map<std::pair<std::string, int>, std::int64_t> requests_ KINHUB_GUARDED_BY(mutex_);
  std::map<std::string, std::int64_t> refused_ KINHUB_GUARDED_BY(mutex_);
  std::map<std::string, double> seconds_ KINHUB_GUARDED_BY(mutex_);
};

struct ServiceOptions {
  std::filesystem::path token_file;    ///< DATA/api.token
  std::filesystem::path metrics_file;  ///< DATA/metrics.prom
  const Clock& clock;
  std::optional<Date> today;              ///< a rehearsal: as if today were
  Note note;                              ///< for the log: faults inside, with the id of the request
  std::filesystem::path console = {};     ///< built files of the web console; empty: none
  const Clock& pace = monotonic_clock();  ///< by which limits refill
};

/// How often one may ask; over it, 429.
struct Limits {
  Buckets strangers{20, 200'000};    ///< by address
  Buckets sign_ins{5, 12'000'000};   ///< by address
  Buckets sessions{60, 50'000};      ///< by session
  Buckets machine{200, 10'000};      ///< whoever has the token
  Buckets searches{30, 2'000'000};   ///< by account: a renewed session refills nothing
  Buckets openings{60, 60'000'000};  ///< by account
};

/// Safe from any thread, each with a desk of its own.
class Service {
 public:
  explicit Service(ServiceOptions options)
      : options_(std::move(options)), console_(ConsoleFiles::read(options_.console)) {}

  /// What can be answered without a desk, at once: health, files of the console, problems of route, method
  /// and origin.
  std::optional<Answer> at_once(const Request& request, const std::string& request_id) const;
  /// REQUIRES: at_once() answered nothing. Opens `desk` when there is none, and closes it when it is broken.
  Answer answer(const Request& request, const std::string& request_id, std::unique_ptr<GuardedDesk>& desk,
                const OpenDesk& open) const;
  Answer refusal(std::string_view code, std::string_view detail, const std::string& request_id,
                 std::string_view accept_language = {}) const;
  /// How large a body may be, by its head: more than of strangers where a session or a token is named and
  /// such a body has its use. Then the request is handed over with `body_waits` before that is read.
  static std::size_t body_bytes_max(const Request& request);
  static constexpr std::size_t stranger_body_max = 8u << 10;
  /// Whether a password is hashed for it: one after the other, on a thread of their own.
  static bool hashes_password(const Request& request);

  RequestCounts& counts() const { return counts_; }

 private:
  class InFlight;
  Answer routed(const Request& request, const std::string& request_id, GuardedDesk& desk) const;
  Answer answered(const Request& request, const std::string& request_id, GuardedDesk& desk,
                  const Routed& found, const std::string& secret, Caller caller) const;
  Answer acted(const Route& route, Call& call) const;
  bool has_token(const Request& request) const;
  Answer handled(const Route& route, const Call& call) const;
  Answer refused(const Error& error, const Request& request, std::string_view request_id) const;
  std::optional<Answer> over_limit(Buckets& bucket, const std::string& key, const Request& request,
                                   const std::string& request_id) const;
  /// Whoever asks. Errors: SIGN_IN, SESSION_ENDED, CSRF, OPENING_ENDED.
  Result<Caller> caller_of(const Request& request, const Route* route, const std::string& secret,
                           GuardedDesk& desk) const;

  const ServiceOptions options_;
  const ConsoleFiles console_;
  const Cursors cursors_;
  mutable RequestCounts counts_;
  mutable Limits limits_;
  mutable HourlyCount opened_;  ///< records, by account
  mutable Mutex acting_mutex_;
  mutable std::set<std::string> acting_ KINHUB_GUARDED_BY(acting_mutex_);  ///< keys of acts being done
};

/// The headers of every answer.
std::vector<std::pair<std::string, std::string>> security_headers();

}  // namespace kinhub::api
