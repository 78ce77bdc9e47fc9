#include <fmt/format.h>

#include <cassert>
#include <chrono>
#include <cstring>

#include "hub/base/mutex.hpp"
#include "hub/connector/config_check.hpp"
#include "hub/connector/event_limits.hpp"
#include "hub/connector/instance.hpp"

namespace kinhub {
namespace {

constexpr std::size_t explanation_max = event_detail_max;
// The buffer limit: events behind the last position wait for the next one, for a restart would double them if
// they were written sooner.
constexpr std::size_t waiting_count_max = 8000, waiting_bytes_max = 64u << 20;
constexpr int notes_per_window = 20;
constexpr auto notes_window = std::chrono::seconds(10);

std::string_view view(kinhub_str text) {
  return text.data == nullptr ? std::string_view{} : std::string_view{text.data, text.size};
}
kinhub_str border(std::string_view text) {
  return {text.data(), text.size()};
}
bool possible(kinhub_str text) {
  return text.data != nullptr || text.size == 0;
}

const char* name_of(kinhub_status status) {
  switch (status) {
    case KINHUB_OK:
      return "OK";
    case KINHUB_RETRY:
      return "RETRY";
    case KINHUB_REJECT:
      return "REJECT";
    case KINHUB_FATAL:
      return "FATAL";
    default:
      return "a status that does not exist";
  }
}

/// The kinhub_host of one instance. Between calls it holds nothing:
/// what a call emitted is durable or discarded.
class LocalInstance final : public Instance {
 public:
  LocalInstance(std::shared_ptr<const Connector> connector, Secrets secrets, Intake& intake,
                const Clock& clock, std::stop_token stop)
      : connector_(std::move(connector)),
        secrets_(std::move(secrets)),
        intake_(intake),
        clock_(clock),
        stop_(std::move(stop)) {
    host_.struct_size = sizeof host_;
    host_.self = this;
    host_.emit = &LocalInstance::emit;
    host_.reject = &LocalInstance::reject;
    host_.commit = &LocalInstance::commit;
    host_.complete_until = &LocalInstance::complete_until;
    host_.stop_requested = &LocalInstance::stop_requested;
    host_.secret = &LocalInstance::secret;
    host_.now_us = &LocalInstance::now_us;
    host_.log = &LocalInstance::log;
    host_.metric = &LocalInstance::metric;
    host_.explain = &LocalInstance::explain;
    host_.reject_event = &LocalInstance::reject_event;
    host_.checkpoint = &LocalInstance::checkpoint;
  }
  ~LocalInstance() override {
    if (made_) connector_->source().destroy(plugin_);
  }
  LocalInstance(const LocalInstance&) = delete;
  LocalInstance& operator=(const LocalInstance&) = delete;

  CallOutcome create(const std::string& config) {
    auto status = connector_->source().create(&host_, border(config), &plugin_);
    made_ = status == KINHUB_OK;
    return outcome(status, "create");
  }

  CallOutcome poll(const std::string& position, std::uint32_t timeout_ms, HarvestLimits limits) override {
    begin(Call::poll, limits);
    return finish(connector_->source().poll(plugin_, border(position), timeout_ms), "poll");
  }
  CallOutcome snapshot(const std::string& cursor, HarvestLimits limits) override {
    if (connector_->source().snapshot == nullptr)
      return {KINHUB_REJECT, "connector " + connector_->card().name + " delivers no snapshots", false};
    begin(Call::snapshot, limits);
    return finish(connector_->source().snapshot(plugin_, border(cursor)), "snapshot");
  }
  CallOutcome skip(const std::string& position) override {
    if (connector_->source().skip == nullptr)
      return {KINHUB_REJECT, "connector " + connector_->card().name + " cannot skip a record", false};
    begin(Call::poll, {});
    return finish(connector_->source().skip(plugin_, border(position)), "skip");
  }
  CallOutcome read_capture(std::string_view origin, std::string_view bytes, HarvestLimits limits) override {
    if (connector_->source().read_capture == nullptr)
      return {KINHUB_FATAL, "connector " + connector_->card().name + " reads no captured files", false};
    begin(Call::capture, limits);
    return finish(connector_->source().read_capture(plugin_, border(origin), border(bytes)), "read_capture");
  }

 private:
  enum class Call : std::uint8_t { none, poll, snapshot, capture };
  enum class Flush : std::uint8_t { up_to_position, everything };

  // ---- a call's beginning and end

  void begin(Call call, HarvestLimits limits) {
    MutexLock lock(mutex_);
    call_ = call, limits_ = limits;
    forget();
    poisoned_ = saw_position_ = false;
    complete_until_us_.reset();
    explanation_.clear();
    intake_.alive();
  }

  CallOutcome finish(kinhub_status status, const char* what) {
    {
      MutexLock lock(mutex_);
      if (poisoned_) {
        if (status == KINHUB_OK) status = KINHUB_RETRY;
      } else {
        // A failed call is rolled back to its last position: the source will tell the rest again. A captured
        // file has no positions; what was cut before it was refused stays.
        bool whole = status == KINHUB_OK || (call_ == Call::capture && status == KINHUB_REJECT);
        if (!flush(whole ? Flush::everything : Flush::up_to_position) && status == KINHUB_OK)
          status = KINHUB_RETRY;
      }
      forget();
      call_ = Call::none;
    }
    intake_.alive();
    return outcome(status, what);
  }

  CallOutcome outcome(kinhub_status status, const char* what) {
    MutexLock lock(mutex_);
    if (status == KINHUB_OK) return {};
    bool known = status == KINHUB_RETRY || status == KINHUB_REJECT || status == KINHUB_FATAL;
    auto why = std::exchange(explanation_, {});
    if (why.empty())
      why = fmt::format("{} of connector {} gave {} without saying why", what, connector_->card().name,
                        name_of(status));
    return {known ? status : KINHUB_FATAL, std::move(why), false};
  }

  // ---- the buffer

  void forget() KINHUB_REQUIRES(mutex_) {
    buffer_.clear();
    bytes_ = positioned_ = positioned_bytes_ = 0;
    position_.clear();
  }

  /// False: nothing became durable and the buffer is forgotten;
  /// the plugin starts again at the stored position.
  bool flush(Flush how) KINHUB_REQUIRES(mutex_) {
    bool whole = how == Flush::everything;
    auto count = whole ? buffer_.size() : positioned_;
    Harvest harvest;
    if (whole) harvest.complete_until_us = complete_until_us_;
    if (count == 0 && position_.empty() && !harvest.complete_until_us) return true;
    auto end = buffer_.begin() + static_cast<std::ptrdiff_t>(count);
    harvest.events.assign(std::move_iterator(buffer_.begin()), std::move_iterator(end));
    harvest.position = std::move(position_);
    if (!intake_.commit(std::move(harvest))) {
      forget();
      complete_until_us_.reset();
      return false;
    }
    buffer_.erase(buffer_.begin(), end);
    bytes_ = whole ? 0 : bytes_ - positioned_bytes_;
    positioned_ = positioned_bytes_ = 0;
    position_.clear();
    if (whole) complete_until_us_.reset();
    return true;
  }

  /// The source continues there after everything in the buffer.
  void keep(std::string_view position) KINHUB_REQUIRES(mutex_) {
    position_ = position;
    positioned_ = buffer_.size(), positioned_bytes_ = bytes_;
    saw_position_ = true;
  }

  kinhub_status take(Event event, std::string_view position) KINHUB_REQUIRES(mutex_) {
    hold_to_limits(event, body_max());
    event.received_at_us = clock_.now_us();
    event.trace = new_trace_id();
    bytes_ += event.body.size() + event.key.size() + event.detail.size() + event.origin.size() +
              event.content_type.size() + event.charset.size() + event.place.size() + 256;
    buffer_.push_back(std::move(event));
    if (!position.empty()) keep(position);
    bool full = buffer_.size() >= limits_.count || bytes_ >= limits_.bytes;
    if (!full) return KINHUB_OK;
    bool overfull = buffer_.size() >= waiting_count_max || bytes_ >= waiting_bytes_max;
    bool ok = true;
    if (call_ == Call::capture || (positioned_ == 0 && overfull)) {
      auto complete =
          std::exchange(complete_until_us_, std::nullopt);  // said at the end of the call, not now
      ok = flush(Flush::everything);
      complete_until_us_ = complete;
    } else if (positioned_ > 0) {
      ok = flush(Flush::up_to_position);
    }
    if (!ok) poisoned_ = true;
    return ok ? KINHUB_OK : KINHUB_RETRY;
  }

  /// A captured file is kept whole: nobody sends it again.
  std::size_t body_max() const KINHUB_REQUIRES(mutex_) {
    return call_ == Call::capture ? capture_body_max : rejected_body_max;
  }
  /// As much of a body as its limit looks at.
  std::string bounded_body(kinhub_str body) const KINHUB_REQUIRES(mutex_) {
    return std::string(view(body).substr(0, body_max() + 1));
  }

  kinhub_status refuse(const char* why) KINHUB_REQUIRES(mutex_) {
    explanation_ = why;
    return KINHUB_FATAL;
  }

  // ---- what the plugin calls. Nothing may leave them but a status.

  /// Not analysed: clang 14 does not see that the instance `work` requires the lock of is `here`.
  template <class Work>
  static kinhub_status guarded(void* self, Work work) noexcept KINHUB_NO_ANALYSIS {
    auto& here = *static_cast<LocalInstance*>(self);
    try {
      here.intake_.alive();
      MutexLock lock(here.mutex_);
      if (here.call_ == Call::none)
        return here.refuse(
            "emit, reject and commit are for poll, snapshot and read_capture only; mend the connector");
      return work(here);
    } catch (...) {  // out of memory: the same later
      MutexLock lock(here.mutex_);
      here.forget();
      here.poisoned_ = true;
      return KINHUB_RETRY;
    }
  }

  /// An event as a plugin of any age gives it. Nothing: explanation_ says what is wrong with it.
  std::optional<Event> read(const char* call, const kinhub_event* theirs, std::string& position)
      KINHUB_REQUIRES(mutex_) {
    const auto wrong = [&](const char* why) KINHUB_REQUIRES(mutex_) {
      explanation_ = std::string(call) + " " + why;
      return std::nullopt;
    };
    if (theirs == nullptr || theirs->struct_size < offsetof(kinhub_event, content_type))
      return wrong("without an event, or with struct_size not set; mend the connector");
    kinhub_event event{};
    std::memcpy(&event, theirs, std::min(theirs->struct_size, sizeof event));
    if (theirs->struct_size < offsetof(kinhub_event, record_begin))
      event.occurred_at_us = KINHUB_TIME_UNKNOWN;
    for (const auto& text :
         {event.key, event.body, event.content_type, event.charset, event.position, event.origin})
      if (!possible(text)) return wrong("with a null pointer that has a size; mend the connector");
    if (event.position.size > position_max) return wrong("with a position over 1 MiB; mend the connector");
    // One byte more than the limits tells that they were passed; no more of it is copied.
    Event ours;
    ours.body = bounded_body(event.body);
    ours.key = view(event.key).substr(0, event_text_max + 1);
    ours.content_type = view(event.content_type).substr(0, event_text_max + 1);
    ours.charset = view(event.charset).substr(0, event_text_max + 1);
    ours.origin = view(event.origin).substr(0, event_text_max);
    if (event.occurred_at_us != KINHUB_TIME_UNKNOWN) ours.occurred_at_us = event.occurred_at_us;
    if (theirs->struct_size < sizeof event) event.record_begin = event.record_size = 0;
    if (ours.body.size() < event.body.size) event.record_begin = event.record_size = 0;
    if (event.record_size > event.body.size || event.record_begin > event.body.size - event.record_size)
      return wrong("with a record that does not lie in its body; mend the connector");
    ours.record_begin = event.record_begin, ours.record_size = event.record_size;
    position = view(event.position);
    return ours;
  }

  static void set_reason(Event& event, kinhub_str code, kinhub_str detail, kinhub_str place) {
    event.kind = EventKind::rejected;
    event.code = code.size == 0 ? "REJECTED" : one_line(view(code), event_code_max);
    event.detail = one_line(view(detail), event_detail_max);
    event.place = one_line(view(place), event_text_max);
  }

  static kinhub_status emit(void* self, const kinhub_event* theirs) noexcept {
    return guarded(self, [&](LocalInstance& here) KINHUB_REQUIRES(here.mutex_) -> kinhub_status {
      if (here.poisoned_) return KINHUB_RETRY;
      std::string position;
      auto event = here.read("emit", theirs, position);
      return event ? here.take(std::move(*event), position) : KINHUB_FATAL;
    });
  }

  static kinhub_status reject_event(void* self, const kinhub_event* theirs, kinhub_str code,
                                    kinhub_str detail, kinhub_str place) noexcept {
    return guarded(self, [&](LocalInstance& here) KINHUB_REQUIRES(here.mutex_) -> kinhub_status {
      if (here.poisoned_) return KINHUB_RETRY;
      for (const auto& text : {code, detail, place})
        if (!possible(text))
          return here.refuse("reject_event with a null pointer that has a size; mend the connector");
      std::string position;
      auto event = here.read("reject_event", theirs, position);
      if (!event) return KINHUB_FATAL;
      set_reason(*event, code, detail, place);
      return here.take(std::move(*event), position);
    });
  }

  static kinhub_status checkpoint(void* self, kinhub_str position) noexcept {
    return guarded(self, [&](LocalInstance& here) KINHUB_REQUIRES(here.mutex_) -> kinhub_status {
      if (here.poisoned_) return KINHUB_RETRY;
      if (!possible(position) || position.size == 0 || position.size > position_max)
        return here.refuse("checkpoint without a position, or with one over 1 MiB; mend the connector");
      if (here.call_ == Call::capture) return KINHUB_OK;  // captured files have no positions
      here.keep(view(position));
      return KINHUB_OK;
    });
  }

  static kinhub_status reject(void* self, kinhub_str bytes, kinhub_str content_type, kinhub_str charset,
                              kinhub_str code, kinhub_str detail, kinhub_str place, kinhub_str position,
                              kinhub_str origin) noexcept {
    return guarded(self, [&](LocalInstance& here) KINHUB_REQUIRES(here.mutex_) -> kinhub_status {
      if (here.poisoned_) return KINHUB_RETRY;
      for (const auto& text : {bytes, content_type, charset, code, detail, place, position, origin})
        if (!possible(text))
          return here.refuse("reject with a null pointer that has a size; mend the connector");
      if (position.size > position_max)
        return here.refuse("reject with a position over 1 MiB; mend the connector");
      Event ours;
      ours.body = here.bounded_body(bytes);
      ours.content_type = view(content_type).substr(0, event_text_max);
      ours.charset = view(charset).substr(0, event_text_max);
      ours.origin = view(origin).substr(0, event_text_max);
      set_reason(ours, code, detail, place);
      return here.take(std::move(ours), view(position));
    });
  }

  static kinhub_status commit(void* self) noexcept {
    return guarded(self, [](LocalInstance& here) KINHUB_REQUIRES(here.mutex_) -> kinhub_status {
      bool ok = !here.poisoned_ && here.flush(Flush::everything);
      if (ok) return KINHUB_OK;
      // A sender that waits for its answer sends again, so the next message may be taken. A source that is
      // read by position must start again at the stored one: going on would leave a hole.
      here.forget();
      here.poisoned_ = here.saw_position_ || here.call_ != Call::poll;
      return KINHUB_RETRY;
    });
  }

  static void complete_until(void* self, std::int64_t utc_us) noexcept {
    guarded(self, [&](LocalInstance& here) KINHUB_REQUIRES(here.mutex_) -> kinhub_status {
      // A captured file proves nothing about what was not captured.
      if (here.call_ != Call::capture && !here.poisoned_) here.complete_until_us_ = utc_us;
      return KINHUB_OK;
    });
  }

  static std::int32_t stop_requested(void* self) noexcept {
    auto& here = *static_cast<LocalInstance*>(self);
    here.intake_.alive();  // who asks whether to stop does not hang
    return here.stop_.stop_requested() ? 1 : 0;
  }

  static kinhub_str secret(void* self, kinhub_str name) noexcept {
    const auto& secrets = static_cast<LocalInstance*>(self)->secrets_;
    auto found = secrets.find(view(name));
    return found == secrets.end() ? kinhub_str{"", 0} : border(found->second);
  }

  static std::int64_t now_us(void* self) noexcept {
    return static_cast<LocalInstance*>(self)->clock_.now_us();
  }

  static void log(void* self, std::int32_t level, kinhub_str text) noexcept {
    auto& here = *static_cast<LocalInstance*>(self);
    try {
      int unsaid = 0;
      {
        MutexLock lock(here.notes_mutex_);
        auto now = std::chrono::steady_clock::now();
        if (now - here.notes_since_ >= notes_window) {
          here.notes_since_ = now, here.notes_ = 0;
          unsaid = std::exchange(here.notes_unsaid_, 0);
        }
        if (here.notes_ >= notes_per_window) {
          ++here.notes_unsaid_;
          return;
        }
        ++here.notes_;
      }
      if (unsaid > 0)
        here.intake_.note(KINHUB_LOG_WARNING,
                          fmt::format("{} lines were left out: too many at once", unsaid));
      here.intake_.note(std::clamp<int>(level, KINHUB_LOG_DEBUG, KINHUB_LOG_ERROR),
                        one_line(view(text), 1000));
    } catch (...) {  // a line that cannot be written is not worth a process
    }
  }

  static void metric(void* self, kinhub_str name, std::int64_t add) noexcept {
    try {
      static_cast<LocalInstance*>(self)->intake_.count(view(name).substr(0, 100), add);
    } catch (...) {  // likewise
    }
  }

  static void explain(void* self, kinhub_str text) noexcept {
    auto& here = *static_cast<LocalInstance*>(self);
    try {
      MutexLock lock(here.mutex_);
      here.explanation_ = one_line(view(text), explanation_max);
    } catch (...) {  // the status alone has to do
    }
  }

  const std::shared_ptr<const Connector> connector_;
  const Secrets secrets_;
  Intake& intake_;
  const Clock& clock_;
  const std::stop_token stop_;
  kinhub_host host_{};
  void* plugin_ = nullptr;
  bool made_ = false;

  Mutex mutex_;
  Call call_ KINHUB_GUARDED_BY(mutex_) = Call::none;
  HarvestLimits limits_ KINHUB_GUARDED_BY(mutex_);
  std::vector<Event> buffer_ KINHUB_GUARDED_BY(mutex_);
  std::size_t bytes_ KINHUB_GUARDED_BY(mutex_) = 0;
  // Positioned: up to the last event with a position.
  std::size_t positioned_ KINHUB_GUARDED_BY(mutex_) = 0, positioned_bytes_ KINHUB_GUARDED_BY(mutex_) = 0;
  std::string position_ KINHUB_GUARDED_BY(mutex_);
  std::optional<std::int64_t> complete_until_us_ KINHUB_GUARDED_BY(mutex_);
  // Something was lost since the stored position: nothing more in this call.
  bool poisoned_ KINHUB_GUARDED_BY(mutex_) = false;
  bool saw_position_ KINHUB_GUARDED_BY(mutex_) = false;  // in this call
  std::string explanation_ KINHUB_GUARDED_BY(mutex_);

  Mutex notes_mutex_;
  std::chrono::steady_clock::time_point notes_since_ KINHUB_GUARDED_BY(notes_mutex_){};
  int notes_ KINHUB_GUARDED_BY(notes_mutex_) = 0, notes_unsaid_ KINHUB_GUARDED_BY(notes_mutex_) = 0;
};

}  // namespace

Created create_local_instance(std::shared_ptr<const Connector> connector, std::string_view config_json,
                              Secrets secrets, Intake& intake, const Clock& clock, std::stop_token stop) {
  assert(connector);
  auto checked = check_config(connector->config_schema(), config_json);
  if (!checked.errors.empty()) {
    std::string all;
    for (const auto& error : checked.errors)
      all += (all.empty() ? "" : "; ") + describe(error);
    return {nullptr,
            {KINHUB_REJECT, "the configuration does not fit connector " + connector->card().name + ": " + all,
             false}};
  }
  auto instance = std::make_unique<LocalInstance>(std::move(connector), std::move(secrets), intake, clock,
                                                  std::move(stop));
  auto outcome = instance->create(checked.config);
  if (outcome.status != KINHUB_OK) return {nullptr, std::move(outcome)};
  return {std::move(instance), {}};
}

}  // namespace kinhub
