#include "hub/ground/run_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "hub/ground/ground.hpp"

namespace kinhub {
namespace {

constexpr std::chrono::minutes lease{10}, renewed_after{3};

}  // namespace

RunLock::RunLock(const HubGround& ground, const std::string& source)
    : ground_(ground), name_("reconcile " + source), owner_(ground.node + " (reconcile)") {}

Result<std::unique_ptr<RunLock>> RunLock::take(const HubGround& ground, const std::string& source) {
  const auto at_work = [&](const std::string& where) {
    return Error{"RUN_AT_WORK",
                 "another run over this source is at work" + where +
                     ": wait for its end, 'kinhub reconcile list --source " + source + "' shows it",
                 source};
  };
  std::unique_ptr<RunLock> lock(new RunLock(ground, source));
  const auto file = ground.config.data / ("reconcile-" + source + ".lock");
  lock->handle_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock->handle_ < 0)
    throw std::system_error(errno, std::generic_category(), "cannot open " + file.string());
  if (::flock(lock->handle_, LOCK_EX | LOCK_NB) != 0) return at_work(" on this data directory");
  if (shares_store(ground.config) && !lock->take_lease()) return at_work(" on another node");
  return lock;
}

/// Nobody of this node can hold it: the file lock is ours.
bool RunLock::take_lease() {
  std::int64_t seen = 0;
  for (const auto& row : ground_.store.leases())
    if (row.partition == name_) {
      seen = row.epoch;
      if (row.owner != owner_ && row.remaining_ms > 0) return false;
    }
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(lease).count();
  const auto taken = ground_.store.take_lease(name_, owner_, seen, ms);
  if (!taken) return false;
  epoch_ = *taken, leased_at_ = std::chrono::steady_clock::now();
  return true;
}

void RunLock::renew() {
  if (epoch_ != 0 && std::chrono::steady_clock::now() - leased_at_ > renewed_after) take_lease();
}

RunLock::~RunLock() {
  try {
    if (epoch_ != 0) ground_.store.release_lease(name_, owner_, epoch_);
  } catch (const std::exception&) {  // it runs out
  }
  if (handle_ >= 0) ::close(handle_);
}

}  // namespace kinhub
