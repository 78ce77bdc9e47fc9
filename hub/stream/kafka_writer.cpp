#include "hub/stream/kafka_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <random>
#include <thread>

#include "hub/base/bytes.hpp"
#include "hub/base/failpoint.hpp"
#include "hub/stream/event_codec.hpp"

namespace kinhub::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t transaction_events_max = 20'000;
constexpr std::size_t transaction_bytes_max = 32u << 20;
constexpr std::size_t overhead_max = 1024;  // of an event: seal, lengths, headers, framing
constexpr int stuck_ms = 500;               // others' open transactions end sooner, unless somebody died
constexpr int retry_pause_ms = 50;

std::uint32_t left_ms(Deadline give_up) {
  auto left = std::chrono::duration_cast<milliseconds>(give_up - steady_clock::now()).count();
  return static_cast<std::uint32_t>(std::max<std::int64_t>(left, 1));
}

/// Empty when it has none.
std::string_view header_of(const rd_kafka_message_t& message, std::string_view name) {
  rd_kafka_headers_t* headers = nullptr;
  const void* text = nullptr;
  std::size_t size = 0;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      rd_kafka_header_get_last(headers, name.data(), &text, &size) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return {};
  return {static_cast<const char*>(text), size};
}

AppendId new_id() {
  static thread_local std::random_device chance;
  AppendId id;
  for (auto& byte : id)
    byte = static_cast<char>(chance());
  return id;
}

}  // namespace

std::string event_context(const std::string& source, std::int64_t sequence) {
  std::string context = "kinhub kafka event " + source;
  for (int shift = 0; shift < 64; shift += 8)
    context.push_back(static_cast<char>(sequence >> shift));
  return context;
}

std::optional<std::int64_t> sequence_of(const rd_kafka_message_t& message) {
  const auto digits = header_of(message, sequence_header);
  std::int64_t sequence = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), sequence);
  if (error != std::errc() || end != digits.data() + digits.size() || sequence < 1) return std::nullopt;
  return sequence;
}

SourceWriter::SourceWriter(const KafkaSettings& settings, std::string source, std::int32_t partition,
                           const Keyring& keyring, Looker& looker, ProgressTopic& progress)
    : settings_(settings),
      source_(std::move(source)),
      topic_(events_topic(settings, source_)),
      partition_(partition),
      keyring_(keyring),
      looker_(looker),
      progress_(progress) {}

void SourceWriter::damaged(const std::string& what) const {
  throw LogDamaged(
      fmt::format("Kafka topic {} of source {}: {}. Nothing is appended to it until a person has looked: "
                  "see docs/kafka.md; kinhub source rewind {} shows the way on",
                  topic_, source_, what, source_),
      partition_);
}

std::size_t SourceWriter::size_of(const std::vector<Event>& events) const {
  std::size_t all = 0;
  for (const auto& event : events) {
    auto size = event.source.size() + event.key.size() + event.body.size() + event.content_type.size() +
                event.charset.size() + event.origin.size() + event.code.size() + event.detail.size() +
                event.place.size() + overhead_max;
    if (size > static_cast<std::size_t>(message_size_max))
      throw std::length_error(
          fmt::format("an event of {} bytes is larger than the log takes ({})", size, message_size_max));
    all += size;
  }
  return all;
}

// ---- group commit: many threads, one transaction

void SourceWriter::append(const std::vector<Event>& events, const std::optional<SourceCheckpoint>& checkpoint,
                          Checkpoint how) {
  assert(
      std::all_of(events.begin(), events.end(), [&](const Event& event) { return event.source == source_; }));
  Request mine{events, checkpoint, how, size_of(events), false, nullptr};
  {
    MutexLock lock(waiting_mutex_);
    waiting_.push_back(&mine);
    while (!mine.done) {
      if (leading_) {
        written_.wait(lock);
        continue;
      }
      leading_ = true;
      auto requests = some_that_wait();
      lock.unlock();
      write_together(requests);
      lock.lock();
      leading_ = false;
      for (auto* request : requests)
        request->done = true;
      written_.notify_all();
    }
  }
  if (mine.failure) std::rethrow_exception(mine.failure);
}

std::vector<SourceWriter::Request*> SourceWriter::some_that_wait() {
  std::vector<Request*> some;
  std::size_t events = 0, bytes = 0;
  while (!waiting_.empty()) {
    auto* next = waiting_.front();
    events += next->events.size(), bytes += next->size;
    if (!some.empty() && (events > transaction_events_max || bytes > transaction_bytes_max)) break;
    some.push_back(next);
    waiting_.pop_front();
  }
  return some;
}

void SourceWriter::write_together(std::vector<Request*> requests) {
  try {
    auto give_up = in_ms(settings_.patience_ms);
    if (!writing_.try_lock_until(give_up))
      throw LogUnavailable(
          fmt::format("Kafka: appending to {} took longer than {} s", topic_, settings_.patience_ms / 1000));
    MutexLock lock(writing_, std::adopt_lock);
    // Recovery comes first: an append in doubt is settled by whoever begins anew,
    // and those who wait now had no part in it.
    if (open_) insist_on_producer(give_up);
    open_.reset();
    while (!requests.empty() && !write(requests, give_up))
      std::this_thread::sleep_for(milliseconds(retry_pause_ms));
  } catch (const LogUnavailable&) {
    for (auto* request : requests)
      request->failure = std::current_exception();
  } catch (const Unavailable& error) {
    for (auto* request : requests)
      request->failure = std::make_exception_ptr(LogUnavailable(error.what()));
  } catch (...) {
    for (auto* request : requests)
      request->failure = std::current_exception();
  }
}

// ---- one transaction

/// True: written. False: not written, and trying again may help.
bool SourceWriter::write(std::vector<Request*>& requests, Deadline give_up) {
  bool sealed = false;
  try {
    if (!producer_ || !producer_->alive()) make_producer(give_up);
    producer_->wait_at_most(left_ms(give_up));
    auto now = progress_.of(source_, partition_);
    refuse_overtaken(requests, now);
    if (requests.empty()) return true;
    Progress next = now;
    ++next.appends;
    next.recent.push_back(new_id());
    if (next.recent.size() > Progress::recent_max) next.recent.pop_front();
    const bool has_events = std::any_of(requests.begin(), requests.end(),
                                        [](const Request* request) { return !request->events.empty(); });
    open_ = Open{next.appends, next.recent.back(), has_events ? now.sequence + 1 : 0, now.offset};
    send(requests, next);
    sealed = true;
    failpoint("append.committed");
    open_.reset();
    progress_.note(source_, next);
    for (auto* request : requests)
      if (request->checkpoint) told(request->checkpoint->source, next);
    return true;
  } catch (const Unavailable&) {
    if (producer_) producer_->abort();
    const bool usable = producer_ && producer_->alive() && !sealed;
    if (usable || (producer_ && !producer_->commit_asked())) open_.reset();  // nothing was written
    if (!usable) producer_.reset();
    if (steady_clock::now() >= give_up) throw;
  } catch (...) {
    if (producer_) producer_->abort();
    open_.reset();
    throw;
  }
  if (!open_ || producer_) return false;
  // In doubt: the outcome must be found out before anybody is told anything.
  insist_on_producer(give_up);
  const auto append = *open_;
  const auto now = progress_.of(source_, partition_);
  auto written = settle(requests, append, now, give_up);
  open_.reset();
  // Whoever set the checkpoint since knew what this append did, or that it did nothing:
  // going on from there is right both ways.
  if (!written) refuse_overtaken(requests, now);
  if (!written && requests.empty()) return true;
  if (!written)
    damaged(fmt::format("whether append {} was written can no longer be told, since {} others came after it",
                        append.append, now.appends - append.append));
  if (*written)
    for (auto* request : requests)
      if (request->checkpoint) {
        auto mark = now.checkpoints.find(request->checkpoint->source);
        if (mark == now.checkpoints.end() || mark->second.append <= append.append)
          told(request->checkpoint->source, now);
      }
  return *written;
}

/// Resolves an append in doubt: whether it was written; nothing when it can no longer be told.
std::optional<bool> SourceWriter::settle(const std::vector<Request*>& requests, const Open& append,
                                         const Progress& now, Deadline give_up) {
  std::vector<std::string> set;
  for (const auto* request : requests)
    if (request->checkpoint) set.push_back(request->checkpoint->source);
  const auto written = was_written(now, append.append, append.id, set);
  if (written) return written;
  // Many others came after it: its progress record is no longer among the latest, but its events
  // are where they were. Of checkpoints alone nothing is lost by setting them again, and whoever
  // was told of an older one is refused.
  if (append.first_sequence == 0) return false;
  for (;;)
    try {
      return stands_in_topic(append, now, give_up);
    } catch (const Unavailable&) {
      if (steady_clock::now() >= give_up) throw;
      std::this_thread::sleep_for(milliseconds(retry_pause_ms));
    }
}

/// Whether this append wrote the event with the sequence of its first one.
/// Nothing: the topic no longer has that place.
std::optional<bool> SourceWriter::stands_in_topic(const Open& append, const Progress& now, Deadline give_up) {
  if (now.sequence < append.first_sequence) return false;  // nobody's
  const auto id = hex({append.id.data(), append.id.size()});
  auto extent = looker_.extent(topic_, give_up);
  std::optional<bool> found;
  const bool whole = looker_.scan(topic_, std::max(extent.low, append.offset_before + 1), extent.high,
                                  give_up, [&](const rd_kafka_message_t& message) {
                                    auto sequence = sequence_of(message);
                                    if (!sequence || *sequence < append.first_sequence) return true;
                                    if (*sequence == append.first_sequence)
                                      found = header_of(message, append_header) == id;
                                    return false;
                                  });
  if (!whole)
    throw LogUnavailable("Kafka topic " + topic_ + ": where an append should be could not be read in time");
  return found;
}

/// Retries until the brokers let a producer be made:
/// what is in doubt must be known before anything else is sent.
void SourceWriter::insist_on_producer(Deadline give_up) {
  for (;;) {
    try {
      return make_producer(give_up);
    } catch (const Unavailable&) {
      if (steady_clock::now() >= give_up) throw;
    }
    std::this_thread::sleep_for(milliseconds(retry_pause_ms));
  }
}

void SourceWriter::make_producer(Deadline give_up) {
  producer_.reset();
  auto settings = settings_;
  settings.patience_ms = left_ms(give_up);
  if (!checked_)
    looker_.end(topic_, give_up);  // of a topic that is gone a producer only says that it took too long
  auto producer = std::make_unique<TransactionalProducer>(settings, topic_);
  if (!progress_.refresh(give_up))
    throw LogUnavailable(
        fmt::format("Kafka topic {}: another client's transaction has been open for long, so how far {} is "
                    "cannot be read. It ends "
                    "by itself; if not, look for a hub that hangs",
                    progress_.topic(), source_));
  if (!checked_) check_topic(give_up);
  checked_ = true;
  producer_ = std::move(producer);
}

void SourceWriter::check_topic(Deadline give_up) {
  for (;;) {
    const auto now = progress_.of(source_, partition_);
    const auto wrong = wrong_at_end(now, give_up);
    if (wrong.empty()) return;
    // Another process may have taken the source since the progress was read: what it wrote is no damage.
    if (!progress_.refresh(give_up))
      throw LogUnavailable("Kafka topic " + topic_ + ": how far it is written could not be read in time");
    if (progress_.of(source_, partition_) == now) damaged(wrong);
  }
}

/// Why the topic's end is not where its progress says; empty when it is. `uncounted`: whether events stand
/// there that the progress does not count.
std::string SourceWriter::wrong_at_end(const Progress& now, Deadline give_up, bool* uncounted) {
  auto extent = looker_.extent(topic_, give_up);
  const bool cut = extent.high <= now.offset;
  std::optional<std::int64_t> strange;  // -1: a foreign message
  auto from = std::max<std::int64_t>({extent.low, cut ? 0 : now.offset, 0});
  bool seen = (cut && !uncounted) ||
              looker_.scan(topic_, from, extent.high, give_up, [&](const rd_kafka_message_t& message) {
                auto sequence = sequence_of(message);
                // Where a person gave up what was there, a foreign message may be what counts as the last.
                if (!cut && message.offset == now.offset && sequence.value_or(now.sequence) == now.sequence)
                  return true;
                strange = std::max(strange.value_or(-1), sequence.value_or(-1));
                return uncounted != nullptr && *strange <= now.sequence;
              });
  if (!seen) throw LogUnavailable("Kafka topic " + topic_ + ": its end could not be read in time");
  if (uncounted) *uncounted = strange && *strange > now.sequence;
  if (cut)
    return fmt::format("it ends at offset {}, but event {} was at offset {}: the topic was cut or made anew",
                       extent.high, now.sequence, now.offset);
  if (strange)
    return fmt::format(
        "{} stands where its progress says that event {} is the last: topic and progress do not belong "
        "together, or somebody else writes to it",
        *strange > 0 ? fmt::format("event {}", *strange) : "a foreign message", now.sequence);
  return {};
}

void SourceWriter::accept_end() {
  auto give_up = in_ms(settings_.patience_ms);
  if (!writing_.try_lock_until(give_up))
    throw LogUnavailable(fmt::format("Kafka: appending to {} takes long", topic_));
  MutexLock lock(writing_, std::adopt_lock);
  if (!open_ && progress_.refresh(give_up) &&
      wrong_at_end(progress_.of(source_, partition_), give_up).empty())
    return;
  checked_ = true;  // what it would find is what is settled here
  try {
    make_producer(give_up);
    checked_ = false;
    open_.reset();
    auto next = progress_.of(source_, partition_);
    bool uncounted = false;
    auto wrong = wrong_at_end(next, give_up, &uncounted);
    if (wrong.empty()) return;
    if (uncounted) damaged(wrong);
    next.offset = looker_.end(topic_, give_up) - 1;
    ++next.appends;
    next.recent.push_back(new_id());
    if (next.recent.size() > Progress::recent_max) next.recent.pop_front();
    producer_->wait_at_most(left_ms(give_up));
    producer_->begin();
    producer_->produce(progress_.topic(), 0, ProgressTopic::key_of(source_), progress_.seal(source_, next),
                       {{"key-file", progress_.key_mark()}});
    producer_->commit();
    progress_.note(source_, next);
  } catch (...) {
    checked_ = false;
    producer_.reset();  // what became of it, the next one learns
    throw;
  }
}

void SourceWriter::send(const std::vector<Request*>& requests, Progress& next) {
  assert(producer_ && !next.recent.empty());
  auto& producer = *producer_;
  auto before = next.offset;
  std::int64_t first = -1, last = -1, events = 0;
  producer.begin();
  failpoint("append.begun");
  std::size_t total = 0;
  for (const auto* request : requests)
    total += request->events.size();
  const auto append = hex({next.recent.back().data(), next.recent.back().size()});
  std::string plain, business_key, key;
  for (const auto* request : requests) {
    for (const auto& event : request->events) {
      auto sequence = ++next.sequence;
      ++events;
      auto digits = std::to_string(sequence);
      plain.clear();
      encode(event, plain);
      key.clear();
      if (!event.key.empty()) {
        business_key.assign(event.source).append(1, '\0').append(event.key);
        append_hex(key, keyring_.token("event_key", business_key).view());
      }
      auto* offset = events == 1 ? &first : static_cast<std::size_t>(events) == total ? &last : nullptr;
      Headers headers{{sequence_header, digits}};
      if (events == 1) headers.emplace_back(append_header, append);
      producer.produce(topic_, 0, key, keyring_.seal(plain, event_context(source_, sequence)), headers,
                       offset);
    }
    if (const auto& checkpoint = request->checkpoint)
      next.checkpoints[checkpoint->source] = {checkpoint->position, next.appends};
  }
  if (events > 0) {
    // Their offsets come back before the progress is written, so that it says where the last one is.
    producer.flush();
    if (events == 1) last = first;
    if (first < 0 || last < 0)
      throw Aborted("Kafka topic " + topic_ +
                    ": the brokers took an append without saying where; it is sent again");
    if (first <= before || last < first) {
      producer.abort();
      damaged(fmt::format("event {} got offset {}, but event {} before it has {}: the topic was made anew",
                          next.sequence - events + 1, first, next.sequence - events, before));
    }
    next.offset = last;
  }
  producer.produce(progress_.topic(), 0, ProgressTopic::key_of(source_), progress_.seal(source_, next),
                   {{"key-file", progress_.key_mark()}});
  failpoint("append.sent");
  producer.commit();
}

// ---- checkpoints

void SourceWriter::told(const std::string& name, const Progress& now) {
  auto mark = now.checkpoints.find(name);
  MutexLock lock(told_mutex_);
  told_[name] = mark == now.checkpoints.end() ? 0 : mark->second.append;
}

void SourceWriter::refuse_overtaken(std::vector<Request*>& requests, const Progress& now) {
  MutexLock lock(told_mutex_);
  std::erase_if(requests, [&](Request* request) KINHUB_REQUIRES(told_mutex_) {
    if (!request->checkpoint || request->how == Checkpoint::replace) return false;
    auto known = told_.find(request->checkpoint->source);
    if (known == told_.end()) return false;  // nobody here has asked for it
    auto mark = now.checkpoints.find(request->checkpoint->source);
    auto set_by = mark == now.checkpoints.end() ? 0 : mark->second.append;
    if (set_by == known->second) return false;
    request->failure = std::make_exception_ptr(LogOvertaken(
        fmt::format("another process has moved the checkpoint {} on; this one reads it anew and goes on "
                    "from there",
                    request->checkpoint->source)));
    return true;
  });
}

std::string SourceWriter::checkpoint(const std::string& name) {
  auto give_up = in_ms(settings_.patience_ms);
  bool fresh = false;
  {
    if (!writing_.try_lock_until(give_up))
      throw LogUnavailable(fmt::format("Kafka: appending to {} takes long", topic_));
    MutexLock lock(writing_, std::adopt_lock);
    // Recovery before reading: what is in doubt must be settled before anything is told. What a process that
    // died left open of this source is ended by fencing it.
    if (!open_) fresh = progress_.refresh(give_up, stuck_ms);
    if (!fresh && (!producer_ || open_)) {
      make_producer(give_up);
      open_.reset();
      fresh = true;
    }
  }
  if (!fresh && !progress_.refresh(give_up))
    throw LogUnavailable(
        fmt::format("Kafka topic {}: another client's transaction has been open for long, so the "
                    "checkpoint {} cannot be read. It ends by itself; if not, look for a hub that hangs",
                    progress_.topic(), name));
  auto now = progress_.of(source_, partition_);
  told(name, now);
  auto mark = now.checkpoints.find(name);
  return mark == now.checkpoints.end() ? std::string() : mark->second.position;
}

}  // namespace kinhub::kafka
