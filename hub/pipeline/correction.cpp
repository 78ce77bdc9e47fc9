#include "hub/pipeline/correction.hpp"

#include <fmt/format.h>

#include <cassert>
#include <cstdlib>

#include "hub/store/workspace.hpp"

namespace kinhub {
namespace {

std::string digests_text(const std::vector<std::uint64_t>& digests) {
  std::string text;
  for (const auto digest : digests)
    text += fmt::format(" {:016x}", digest);
  return text;
}

}  // namespace

void make_correction(Event& event, std::int64_t run, const std::vector<std::uint64_t>& compared) {
  assert(event.kind == EventKind::change && run > 0);
  event.code = correction_code;
  event.detail = std::to_string(run) + digests_text(compared);
  event.origin = fmt::format("reconcile {}: {}", run, event.origin);
}

std::int64_t run_of(const Event& event) {
  if (event.kind != EventKind::change || event.code != correction_code) return 0;
  return std::strtoll(event.detail.c_str(), nullptr, 10);
}

bool stands_as_compared(const Event& event, const std::vector<KeyedStatement>& said, Workspace& people,
                        const Keyring& keys) {
  const auto run = run_of(event);
  if (run == 0) return true;
  const auto digest = entry_digest(keys);
  std::vector<std::uint64_t> now;
  for (const auto& told : said) {
    const auto* history = people.history(told.statement.source, told.history);
    const auto* counts = history ? history->current(known_now) : nullptr;
    now.push_back(counts ? digest.of(counts->content) : 0);
  }
  return event.detail == std::to_string(run) + digests_text(now);
}

}  // namespace kinhub
