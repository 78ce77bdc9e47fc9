#pragma once
// A host for unit tests: keeps what a plugin gives it, and can stop,
// refuse, fail to commit, or stand at a set time.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kinhub/plugin.h"

namespace kinhub::testing {

/// Used from the test's thread; not copied, because the plugin holds its address.
class FakeHost {
 public:
  struct Given {
    bool rejected = false;
    std::string key, body, content_type, charset, position, origin, code, detail, place;
    std::int64_t occurred_at_us = KINHUB_TIME_UNKNOWN;
    friend bool operator==(const Given&, const Given&) = default;
  };

  std::vector<Given> given;
  std::vector<std::pair<std::size_t, std::string>> checkpoints;  ///< with how much was given before
  std::vector<std::int64_t> complete_until;
  std::vector<std::string> logs;
  std::map<std::string, std::int64_t> metrics;
  std::map<std::string, std::string, std::less<>> secrets;
  std::string explanation;
  std::size_t commits = 0;
  // What this host does otherwise than usual:
  std::size_t stop_after = SIZE_MAX;    ///< a stop is requested once so much was given
  std::size_t refuse_after = SIZE_MAX;  ///< from here on nothing is taken:
  kinhub_status refusal = KINHUB_RETRY;
  kinhub_status commit_status = KINHUB_OK;
  std::int64_t now_us = 1'795'000'000'000'000;
  std::function<bool()> stop = [] { return false; };  ///< asked as well

  FakeHost() = default;
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  const kinhub_host* c() {
    host_ = {sizeof(kinhub_host), this,       &emit, &reject, &commit, &complete,
             &stop_requested,     &secret,    &now,  &log,    &metric, &explain,
             &reject_event,       &checkpoint};
    return &host_;
  }
  /// The position the host would store: the last that was not empty.
  std::string position(std::size_t given_count = SIZE_MAX) const {
    std::string last;
    for (std::size_t i = 0; i <= given.size() && i <= given_count; ++i) {
      if (i > 0 && !given[i - 1].position.empty()) last = given[i - 1].position;
      for (const auto& [after, position] : checkpoints)
        if (after == i) last = position;
    }
    return last;
  }

  static std::string text(kinhub_str s) { return s.size == 0 ? std::string() : std::string(s.data, s.size); }
  static kinhub_str str(std::string_view s) { return {s.data(), s.size()}; }

 private:
  static FakeHost& of(void* self) { return *static_cast<FakeHost*>(self); }
  kinhub_status take(Given one) {
    if (given.size() >= refuse_after) return refusal;
    given.push_back(std::move(one));
    return KINHUB_OK;
  }
  static kinhub_status emit(void* self, const kinhub_event* e) noexcept {
    return of(self).take({false,
                          text(e->key),
                          text(e->body),
                          text(e->content_type),
                          text(e->charset),
                          text(e->position),
                          text(e->origin),
                          {},
                          {},
                          {},
                          e->occurred_at_us});
  }
  static kinhub_status reject(void* self, kinhub_str bytes, kinhub_str content_type, kinhub_str charset,
                              kinhub_str code, kinhub_str detail, kinhub_str place, kinhub_str position,
                              kinhub_str origin) noexcept {
    return of(self).take({true,
                          {},
                          text(bytes),
                          text(content_type),
                          text(charset),
                          text(position),
                          text(origin),
                          text(code),
                          text(detail),
                          text(place)});
  }
  static kinhub_status reject_event(void* self, const kinhub_event* e, kinhub_str code, kinhub_str detail,
                                    kinhub_str place) noexcept {
    return of(self).take({true, text(e->key), text(e->body), text(e->content_type), text(e->charset),
                          text(e->position), text(e->origin), text(code), text(detail), text(place),
                          e->occurred_at_us});
  }
  static kinhub_status checkpoint(void* self, kinhub_str position) noexcept {
    if (of(self).given.size() >= of(self).refuse_after) return of(self).refusal;
    of(self).checkpoints.emplace_back(of(self).given.size(), text(position));
    return KINHUB_OK;
  }
  static kinhub_status commit(void* self) noexcept {
    ++of(self).commits;
    return of(self).commit_status;
  }
  static void complete(void* self, std::int64_t utc_us) noexcept {
    of(self).complete_until.push_back(utc_us);
  }
  static std::int32_t stop_requested(void* self) noexcept {
    return of(self).given.size() >= of(self).stop_after || of(self).stop() ? 1 : 0;
  }
  static kinhub_str secret(void* self, kinhub_str name) noexcept {
    const auto found = of(self).secrets.find(std::string_view(name.data, name.size));
    return found == of(self).secrets.end() ? kinhub_str{nullptr, 0} : str(found->second);
  }
  static std::int64_t now(void* self) noexcept { return of(self).now_us; }
  static void log(void* self, std::int32_t, kinhub_str line) noexcept { of(self).logs.push_back(text(line)); }
  static void metric(void* self, kinhub_str name, std::int64_t add) noexcept {
    of(self).metrics[text(name)] += add;
  }
  static void explain(void* self, kinhub_str why) noexcept { of(self).explanation = text(why); }

  kinhub_host host_{};
};

}  // namespace kinhub::testing
