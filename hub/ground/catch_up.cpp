#include "hub/ground/catch_up.hpp"

#include <exception>
#include <thread>

#include "hub/base/sleep.hpp"
#include "hub/notice/notice_file.hpp"
#include "hub/store/positions.hpp"

namespace kinhub {
namespace {

constexpr std::chrono::milliseconds look_again{50}, spare{1000};

}  // namespace

CatchUp::CatchUp(HubGround ground, const OnProgress& on_progress)
    : ground_(std::move(ground)), on_progress_(on_progress), lock_(ground_.config.data) {}

CatchUp::~CatchUp() {
  relays_.clear();
  if (leases_) leases_->leave();
}

bool CatchUp::others_live() {
  const auto gone_ms = lease_options(ground_).lease_ms;
  for (const auto& node : ground_.store.nodes())
    if (node.name != ground_.node && node.seen_ms_ago < gone_ms) return true;
  return false;
}

bool CatchUp::may_own() {
  if (leases_) return true;
  // Short critical section: a hub that is started here meanwhile may be the one that is waited for.
  if (others_live() || !lock_.take()) return false;
  if (others_live()) {
    lock_.let_go();
    return false;
  }
  require_own_log(ground_.config, ground_.store, ground_.node);
  if (shares_store(ground_.config))
    claim_node_name(ground_.store, ground_.node, data_directory_mark(ground_.config.data),
                    lease_options(ground_).lease_ms);
  leases_.emplace(ground_.store, ground_.log, lease_options(ground_));
  leases_->tick();
  leases_->start();
  start_relays();
  return true;
}

/// Starts the relays beside the processing. Trouble is not spoken of here:
/// deliver() meets it again and tells.
void CatchUp::start_relays() {
  sinks_ = open_sinks(ground_.config);
  for (auto& sink : sinks_)
    relays_.push_back(std::make_unique<RelayThread>(ground_.store, *sink, RelayThread::Voice{},
                                                    [this] { return leases_->holds("@relay"); }));
}

void CatchUp::wake_relays() {
  for (auto& relay : relays_)
    relay->wake();
}

Pipeline CatchUp::make_pipeline() {
  Pipeline::Options options;
  options.today = ground_.today;
  return Pipeline(ground_.log, ground_.store, ground_.keys, ground_.rules, ground_.clock, *leases_, options);
}

void CatchUp::beside(const std::function<void()>& work) {
  if (!may_own()) return work();
  std::exception_ptr broken;
  auto pipeline = make_pipeline();
  Listener listener;
  listener.after_batch = [this](const BatchTimes&) { wake_relays(); };
  {
    std::jthread processing([&](std::stop_token stop) {
      try {
        pipeline.run(stop, listener);
      } catch (...) {
        broken = std::current_exception();
      }
    });
    work();
  }
  if (broken) std::rethrow_exception(broken);
}

std::optional<Error> CatchUp::first_stopped(const std::vector<std::int32_t>& partitions) {
  auto reading = ground_.store.begin(Store::For::reading);
  for (auto partition : partitions) {
    const auto name = ground_.log.partition_name(partition);
    if (auto why = reading->values().get(stop_reason_name(name)); !why.empty())
      return Error{"SOURCE_STOPPED",
                   name + " is stopped: " + why + " See 'kinhub source positions' and 'kinhub source rewind'",
                   ""};
  }
  return std::nullopt;
}

std::map<std::int32_t, std::int64_t> CatchUp::waiting(const std::map<std::int32_t, std::int64_t>& ends) {
  auto reading = ground_.store.begin(Store::For::reading);
  std::map<std::int32_t, std::int64_t> left;
  for (const auto& [partition, end] : ends)
    if (const auto count = end - reading->positions().at(ground_.log.partition_name(partition)).sequence;
        count > 0)
      left[partition] = count;
  return left;
}

std::string CatchUp::owner_of(std::int32_t partition) {
  for (const auto& lease : ground_.store.leases())
    if (lease.partition == ground_.log.partition_name(partition) && lease.remaining_ms > 0)
      return lease.owner;
  return "";
}

Error CatchUp::nobody_processes(std::int32_t partition) {
  std::string live;
  for (const auto& node : ground_.store.nodes())
    if (node.name != ground_.node && node.seen_ms_ago < lease_options(ground_).lease_ms)
      live += (live.empty() ? "" : ", ") + node.name;
  return {"NOBODY_PROCESSES",
          "events wait in " + ground_.log.partition_name(partition) +
              ", and for two leases no hub has taken them: is the source in the " +
              "configuration of one that is at work" + (live.empty() ? "" : " (nodes: " + live + ")") +
              "? Nothing is lost: configure it there and start that hub anew, and they are processed",
          ""};
}

std::optional<Error> CatchUp::until_processed(const std::vector<std::int32_t>& partitions,
                                              std::optional<std::chrono::steady_clock::time_point> deadline) {
  using std::chrono::steady_clock;
  std::stop_source late;
  std::optional<std::jthread> watch;
  if (deadline)
    watch.emplace([&](const std::stop_token& done) {
      sleep_for(std::chrono::ceil<std::chrono::milliseconds>(*deadline - steady_clock::now()), done);
      late.request_stop();
    });
  // Timeout of two leases: a hub that starts or takes over has every partition it is to have within one.
  const auto patience = std::chrono::milliseconds(2 * lease_options(ground_).lease_ms) + spare;
  std::map<std::int32_t, std::int64_t> ends;
  for (auto partition : partitions)
    ends[partition] = ground_.log.end(partition).sequence;
  auto owned_at = steady_clock::now();
  for (;;) {
    if (may_own()) {
      make_pipeline().drain(late.get_token(), [&](std::int64_t done, std::int64_t total) {
        wake_relays();
        on_progress_("processed " + std::to_string(done) + " of " + std::to_string(total));
      });
    }
    const auto left = waiting(ends);
    if (left.empty()) break;
    if (auto stopped = first_stopped(partitions)) return stopped;
    if (late.stop_requested())
      return Error{"STILL_WAITING",
                   "events that came before it are still being processed: nothing is lost, it follows them",
                   ""};
    const auto [behind, count] = *left.begin();
    const auto owner = owner_of(behind);
    if (!owner.empty()) owned_at = steady_clock::now();
    if (steady_clock::now() - owned_at > patience) return nobody_processes(behind);
    on_progress_((owner.empty() ? "no hub yet" : "the hub of node " + owner) + " has " +
                 std::to_string(count) + " events of " + ground_.log.partition_name(behind) + " to process");
    std::this_thread::sleep_for(look_again);
  }
  deliver();
  return std::nullopt;
}

void CatchUp::deliver() {
  relays_.clear();  // what they are about to deliver, they deliver
  if (!leases_ || !leases_->holds("@relay"))
    return deliver_to_file(ground_.config, ground_.store, ground_.node);
  for (auto& sink : sinks_)
    for (int times = 0; times < 2; ++times)
      sink->deliver(ground_.store, {});  // then nothing waits, and the store knows
}

void deliver_to_file(const Config& config, Store& store, const std::string& node) {
  if (config.notices.empty()) return;
  for (const auto& lease : store.leases())
    if (lease.partition == "@relay" && lease.remaining_ms > 0 && lease.owner != node) return;
  NoticeFile(config.notices).deliver(store);
}

}  // namespace kinhub
