#include "hub/base/failpoint.hpp"

#include <cassert>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <thread>

#include "hub/base/nearest.hpp"
#include "hub/base/unavailable.hpp"

namespace kinhub {
namespace {

constexpr std::string_view names[] = {
    // An event is appended to the log: before anything is sent; sent, not yet sealed; sealed, not yet told.
    "append.begun", "append.sent", "append.committed",
    // The pipeline has a batch of events; their facts.
    "read.done", "map.done",
    // The batch's transaction: open; the positions moved; the events taken in; everything written; durable.
    "batch.begun", "batch.advanced", "batch.taken", "batch.saved", "batch.committed",
    // Notices go to Kafka: transaction open; notices and progress sent; sealed, not yet known to the caller.
    "relay.begun", "relay.produced", "relay.committed",
    // Notices go to a file: written; on the disk, not yet noted in the store.
    "file.written", "file.synced",
    // Reconciliation: its run is written down; all is compared, nothing changed; some corrections are in the
    // log; all are.
    "reconcile.begun", "reconcile.compared", "reconcile.correcting", "reconcile.corrected",
    // A node has taken a lease and has not done anything with it.
    "lease.taken"};

constexpr std::uint32_t sleep_ms_max = 600'000;

Error refused(std::string text) {
  return {"FAILPOINT", std::move(text), "KINHUB_FAILPOINT"};
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<FailpointOrder> order_of(std::string_view text) {
  using Action = FailpointOrder::Action;
  FailpointOrder order;
  auto equals = text.find('=');
  auto step = text.substr(0, equals);
  if (equals != std::string_view::npos) {
    auto action = text.substr(equals + 1);
    constexpr std::string_view sleep = "sleep-";
    if (action == "kill") {
      order.action = Action::kill;
    } else if (action == "stop") {
      order.action = Action::stop;
    } else if (action == "throw") {
      order.action = Action::throw_;
    } else if (auto ms = number_of<std::uint32_t>(action.substr(std::min(sleep.size(), action.size())));
               action.starts_with(sleep) && ms && *ms <= sleep_ms_max) {
      order.action = Action::sleep;
      order.sleep_ms = *ms;
    } else {
      return refused("'" + std::string(action) +
                     "' is no action: kill, stop, throw or sleep-MS with at most " +
                     std::to_string(sleep_ms_max) + " ms");
    }
  }
  auto colon = step.find(':');
  if (colon != std::string_view::npos) {
    auto passes = number_of<std::uint64_t>(step.substr(colon + 1));
    if (!passes) return refused("'" + std::string(step.substr(colon + 1)) + "' is no number of passes");
    order.passes = *passes;
  }
  order.name = step.substr(0, colon);
  if (std::find(std::begin(names), std::end(names), order.name) == std::end(names))
    return refused("there is no step '" + order.name + "'" + did_you_mean(order.name, names));
  return order;
}

}  // namespace

std::vector<std::string_view> failpoint_names() {
  return {std::begin(names), std::end(names)};
}

Result<std::vector<FailpointOrder>> failpoint_orders(std::string_view text) {
  std::vector<FailpointOrder> orders;
  while (!text.empty()) {
    auto comma = text.find(',');
    auto order = order_of(text.substr(0, comma));
    if (!order) return order.error();
    orders.push_back(std::move(*order));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) return refused("nothing follows the last comma");
  }
  return orders;
}

std::vector<FailpointOrder> FailpointCounter::pass(std::string_view name) {
  std::vector<FailpointOrder> due;
  for (std::size_t i = 0; i < orders_.size(); ++i) {
    if (orders_[i].name != name) continue;
    auto before = passed_[i].fetch_add(1);
    auto again = orders_[i].action == FailpointOrder::Action::sleep && before > orders_[i].passes;
    if (before == orders_[i].passes || again) due.push_back(orders_[i]);
  }
  return due;
}

#ifdef KINHUB_FAILPOINTS
namespace {

std::vector<FailpointOrder> orders_of_environment() {
  const char* text = std::getenv("KINHUB_FAILPOINT");
  auto orders = failpoint_orders(text == nullptr ? "" : text);
  if (!orders) {
    std::fprintf(stderr, "%s\n", describe(orders.error()).c_str());
    std::_Exit(2);
  }
  return std::move(*orders);
}

FailpointCounter& counter() {
  static FailpointCounter the_one(orders_of_environment());
  return the_one;
}
// Reads the variable before main(): a mistyped step must not look like one that was survived.
[[maybe_unused]] const bool read_at_start = (counter(), true);

void act(const FailpointOrder& order) {
  switch (order.action) {
    // raise, not kill: the signal reaches this thread before the next line of it.
    case FailpointOrder::Action::kill:
      std::raise(SIGKILL);
      break;
    case FailpointOrder::Action::stop:
      std::raise(SIGSTOP);
      break;
    case FailpointOrder::Action::throw_:
      throw Unavailable("the failpoint " + order.name + " says so");
    case FailpointOrder::Action::sleep:
      std::this_thread::sleep_for(std::chrono::milliseconds(order.sleep_ms));
      break;
  }
}

}  // namespace

void failpoint(std::string_view name) {
  assert(std::find(std::begin(names), std::end(names), name) != std::end(names));
  if (counter().empty()) return;
  for (const auto& order : counter().pass(name))
    act(order);
}
#endif

}  // namespace kinhub
