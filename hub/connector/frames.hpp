#pragma once
// The wire protocol between the hub and a connector's child process:
// length-prefixed frames and their payloads.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hub/connector/instance.hpp"

namespace kinhub {

enum class FrameType : std::uint8_t {
  // hub to child
  create = 1,  ///< everything an instance needs
  poll,        ///< position, timeout_ms, limits
  snapshot,    ///< cursor, limits
  skip,        ///< position
  committed,   ///< 1: durable
  stop,        ///< return from the call soon
  end,         ///< destroy the instance and exit
  describe,    ///< as create, and no instance: the outcome explains the connector's schema
  // child to hub
  outcome = 32,  ///< of create, poll, snapshot, skip
  commit,        ///< a harvest; answered with committed
  alive,         ///< the heartbeat: how often the connector has shown life in this call
  note,
  count
};

struct Frame {
  FrameType type;
  std::string payload;
};

/// What a harvest waits with for its position, and one event more, fits in; captured files are read
/// elsewhere.
constexpr std::size_t frame_size_max = 112u << 20;
constexpr std::size_t harvest_events_max = 10'000;  ///< a peer that announces more has none
constexpr std::size_t note_text_max = 2000;

/// Appends the frame's bytes to `out`.
void put_frame(std::string& out, FrameType type, std::string_view payload);

/// Incremental framing: takes whole frames out of a stream of bytes that comes in pieces. Memory is taken for
/// bytes that are there, never for a size that was announced.
class FrameReader {
 public:
  void add(std::string_view bytes);
  /// The next whole frame. Throws std::runtime_error when the bytes are no frames.
  std::optional<Frame> next();

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

struct CreateOrder {
  std::string connector;
  std::vector<std::string> directories;
  std::string config_json;
  Secrets secrets;
  std::int64_t clock_offset_us = 0;  ///< the hub's clock minus the system's
  std::uint64_t memory_max_bytes = 0;
  // Of the sandbox.
  std::vector<std::string> readable, writable;
  bool landlock = true, seccomp = true;
};
struct CallOrder {
  std::string position;
  std::uint32_t timeout_ms = 0;
  HarvestLimits limits;
};
/// A line with its level, something counted with how much, or a sign of life with how many there were.
struct Note {
  std::int64_t number = 0;
  std::string text;
};

// Each decode gives nothing when the bytes are not what encode made.
std::string encode(const CreateOrder& order);
std::optional<CreateOrder> decode_create(std::string_view payload);
std::string encode(const CallOrder& order);
std::optional<CallOrder> decode_call(std::string_view payload);
std::string encode(const Harvest& harvest);
std::optional<Harvest> decode_harvest(std::string_view payload);
std::string encode(const CallOutcome& outcome);
std::optional<CallOutcome> decode_outcome(std::string_view payload);
std::string encode(const Note& note);
std::optional<Note> decode_note(std::string_view payload);

}  // namespace kinhub
