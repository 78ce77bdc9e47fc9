#pragma once
// The service behind the sockets: a request as values becomes an answer as values. Authentication, routing,
// parameters, problems; every answer has the same security headers.

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>

#include "hub/api/call.hpp"
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
  std::optional<Date> today;  ///< a rehearsal: as if today were
  Note note;                  ///< for the log: faults inside, with the id of the request
};

/// Safe from any thread, each with a desk of its own.
class Service {
 public:
  explicit Service(ServiceOptions options) : options_(std::move(options)) {}

  /// What can be answered without a desk, at once: health, problems of authentication, route and method.
  std::optional<Answer> at_once(const Request& request, const std::string& request_id) const;
  /// REQUIRES: at_once() answered nothing. Opens `desk` when there is none, and closes it when it is broken.
  Answer answer(const Request& request, const std::string& request_id, std::unique_ptr<GuardedDesk>& desk,
                const OpenDesk& open) const;
  Answer refusal(std::string_view code, std::string_view detail, const std::string& request_id,
                 std::string_view accept_language = {}) const;

  RequestCounts& counts() { return counts_; }

 private:
  Answer routed(const Request& request, const std::string& request_id, GuardedDesk& desk) const;

  const ServiceOptions options_;
  const Cursors cursors_;
  RequestCounts counts_;
};

/// The headers of every answer.
std::vector<std::pair<std::string, std::string>> security_headers();

}  // namespace kinhub::api
