#include "hub/base/trace_id.hpp"

#include <fmt/format.h>

#include <atomic>
#include <random>

namespace kinhub {
namespace {

std::uint64_t random_start() {
  std::random_device chance;
  return std::uint64_t{chance()} << 32 | chance();
}

/// A bijection that leaves no order to see (the finalizer of splitmix64): two counts never give one id.
std::uint64_t scattered(std::uint64_t count) {
  count = (count ^ count >> 30) * 0xBF58476D1CE4E5B9U;
  count = (count ^ count >> 27) * 0x94D049BB133111EBU;
  return count ^ count >> 31;
}

}  // namespace

TraceId new_trace_id() {
  static std::atomic<std::uint64_t> count{random_start()};  // each process begins elsewhere
  const auto id = scattered(count.fetch_add(1, std::memory_order_relaxed));
  return id == 0 ? 1 : id;
}

std::string trace_text(TraceId id) {
  return fmt::format("{:016x}", id);
}

}  // namespace kinhub
