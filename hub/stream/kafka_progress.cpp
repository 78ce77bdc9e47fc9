#include "hub/stream/kafka_progress.hpp"

#include <fmt/format.h>

#include <cstring>

#include "hub/base/bytes.hpp"
#include "hub/base/key_fingerprint.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub::kafka {
namespace {

constexpr std::uint64_t codec_version = 1;
constexpr std::string_view key_prefix = "events/";
constexpr auto key_header = "key-file";

std::string context_of(const std::string& source) {
  return "kinhub kafka progress " + source;
}

}  // namespace

std::string encode(const Progress& progress) {
  Packer out;
  out.number(codec_version);
  out.signed_number(progress.appends);
  out.signed_number(progress.sequence);
  out.signed_number(progress.offset);
  out.number(progress.recent.size());
  for (const auto& id : progress.recent)
    out.raw({id.data(), id.size()});
  out.number(progress.checkpoints.size());
  for (const auto& [name, mark] : progress.checkpoints) {
    out.text(name);
    out.text(mark.position);
    out.signed_number(mark.append);
  }
  return out.take();
}

std::optional<Progress> decode_progress(std::string_view bytes) try {
  Unpacker in(bytes);
  if (in.number() != codec_version) return std::nullopt;
  Progress progress;
  progress.appends = in.signed_number();
  progress.sequence = in.signed_number();
  progress.offset = in.signed_number();
  auto recent = in.number();
  if (recent > Progress::recent_max) return std::nullopt;
  for (std::uint64_t i = 0; i < recent; ++i) {
    auto raw = in.raw(AppendId{}.size());
    std::copy(raw.begin(), raw.end(), progress.recent.emplace_back().begin());
  }
  for (auto marks = in.number(); marks > 0; --marks) {
    std::string name(in.text());
    auto& mark = progress.checkpoints[name];
    mark.position = in.text();
    mark.append = in.signed_number();
  }
  if (!in.at_end()) return std::nullopt;
  return progress;
} catch (const std::runtime_error&) {  // cut short
  return std::nullopt;
}

std::optional<bool> was_written(const Progress& now, std::int64_t append, const AppendId& id,
                                const std::vector<std::string>& checkpoints) {
  if (now.appends < append) return false;
  // Its checkpoints decide: it would have set them, and whoever sets them later leaves a later mark.
  for (const auto& name : checkpoints) {
    auto mark = now.checkpoints.find(name);
    if (mark == now.checkpoints.end() || mark->second.append < append) return false;
  }
  auto back = now.appends - append;
  if (back >= static_cast<std::int64_t>(now.recent.size())) return std::nullopt;
  return now.recent[now.recent.size() - 1 - static_cast<std::size_t>(back)] == id;
}

ProgressTopic::ProgressTopic(const KafkaSettings& settings, const Keyring& keyring, Looker& looker)
    : topic_(progress_topic(settings)),
      keyring_(keyring),
      key_mark_(key_fingerprint(keyring)),
      looker_(looker) {}

std::string ProgressTopic::seal(const std::string& source, const Progress& progress) const {
  return keyring_.seal(encode(progress), context_of(source));
}

bool ProgressTopic::refresh(Deadline give_up, int settle_ms) {
  const auto end = looker_.end(topic_, give_up);
  if (!refreshing_.try_lock_until(give_up)) return false;
  MutexLock lock(refreshing_, std::adopt_lock);
  if (end <= position_) {
    // The end may have grown while this waited for the lock, but never shrinks.
    if (end < position_ && looker_.end(topic_, give_up) < position_)
      throw LogDamaged(
          fmt::format("Kafka topic {} ends at offset {}, but it was read up to {} before: it was cut or made "
                      "anew. Stop the hub and "
                      "find out what happened to the cluster; the topic says how far each source is",
                      topic_, end, position_));
    return true;
  }
  // A compacted topic keeps its start.
  const auto from = position_ > 0 ? position_ : looker_.start(topic_, give_up);
  return looker_.scan(topic_, from, end, std::min(give_up, in_ms(settle_ms)),
                      [&](const auto& message) KINHUB_REQUIRES(refreshing_) {
                        take(message);
                        position_ = message.offset + 1;
                        return true;
                      }) &&
         (position_ = std::max(position_, end), true);
}

void ProgressTopic::take(const rd_kafka_message_t& message) {
  std::string_view key(static_cast<const char*>(message.key), message.key_len);
  // The notices' progress, or a tombstone.
  if (!key.starts_with(key_prefix) || message.payload == nullptr) return;
  std::string source(key.substr(key_prefix.size()));
  std::string_view sealed(static_cast<const char*>(message.payload), message.len);
  rd_kafka_headers_t* headers = nullptr;
  const void* mark = nullptr;
  std::size_t size = 0;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
      rd_kafka_header_get_last(headers, key_header, &mark, &size) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    // Of the first key, with which tokens are made: another may seal.
    std::string needed(static_cast<const char*>(mark), size);
    if (needed != key_mark_)
      throw LogDamaged(
          fmt::format("Kafka topic {}, offset {}, key {}: it was sealed with key file {}, the key file "
                      "given is {}. Put back the key file that belongs "
                      "to these topics, or choose another prefix; without it the log cannot be read",
                      topic_, message.offset, key, needed, key_mark_));
  }
  std::optional<Progress> progress;
  std::string why = "its bytes are of a version this program does not know; run a newer Kinhub";
  try {
    progress = decode_progress(keyring_.unseal(sealed, context_of(source)));
  } catch (const std::runtime_error& error) {
    const bool key_missing = dynamic_cast<const UnknownKey*>(&error) != nullptr;
    why =
        std::string(error.what()) +
        (key_missing ? ", and start this hub anew"
                     : ". Somebody else wrote it: see to it that nobody can, and write the last good record "
                       "of this key, with its headers, once more behind it");
  }
  if (progress) return note(source, *progress);
  MutexLock lock(mutex_);
  unreadable_[source] =
      fmt::format("Kafka topic {}, offset {}, key {}: {}", topic_, message.offset, key, why);
}

Progress ProgressTopic::of(const std::string& source, std::int32_t partition) {
  MutexLock lock(mutex_);
  if (auto why = unreadable_.find(source); why != unreadable_.end()) throw LogDamaged(why->second, partition);
  auto found = sources_.find(source);
  return found == sources_.end() ? Progress{} : found->second;
}

void ProgressTopic::note(const std::string& source, const Progress& progress) {
  MutexLock lock(mutex_);
  unreadable_.erase(source);
  auto& known = sources_[source];
  if (progress.appends >= known.appends) known = progress;
}

}  // namespace kinhub::kafka
