// A reader of Kinhub's notices that has the effect of each notice once, in order, whatever is killed when.
// It stands alone: librdkafka and the standard library. docs/notices.md explains the rule; this shows it at
// work.
//
//   g++ -std=c++20 notice_reader.cpp -lrdkafka -o notice_reader
//   notice_reader BROKERS TOPIC STATE OUT [--until SEQ] [-X librdkafka.setting=value]...
//
// Its effect is a line appended to OUT. Put your own in the place of `Effect`.

#include <fcntl.h>
#include <librdkafka/rdkafka.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace {

/// What must outlive the reader: changed in one step, by renaming a file that is whole.
struct Memory {
  std::int64_t seq = -1;     // the last notice whose effect is done; -1: none yet
  std::int64_t offset = -1;  // where it stood in the topic
  std::int64_t done = 0;     // how long OUT is with that effect, and no more
  std::string id;            // the last notice's: in a topic made anew another one stands there
};

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Appends, or cuts to `from` first; on the disk when it returns.
void write_durably(const std::string& path, std::int64_t from, std::string_view text) {
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) fail(path);
  auto written = ::ftruncate(file, from) == 0 ? ::pwrite(file, text.data(), text.size(), from) : -1;
  bool well = written == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  ::close(file);
  if (!well) fail(path);
}

Memory recall(const std::string& path) {
  Memory memory;
  std::ifstream in(path);
  if (!in) return memory;  // the first start
  if (!(in >> memory.seq >> memory.offset >> memory.done >> memory.id))
    throw std::runtime_error(path + " is no memory of this reader: it was changed by hand");
  return memory;
}

void remember(const std::string& path, const Memory& memory) {
  auto next = path + ".next";
  write_durably(next, 0,
                std::to_string(memory.seq) + " " + std::to_string(memory.offset) + " " +
                    std::to_string(memory.done) + " " + memory.id + "\n");
  if (::rename(next.c_str(), path.c_str()) != 0) fail(path);
}

/// The effect of a notice, and how it is undone when the reader died between effect and memory: here a line
/// of a file. In a database, do the effect and the memory in one transaction, and there is nothing to undo.
/// Where neither is possible, let the effect be one that may happen twice: the notice's `id` is the same both
/// times.
struct Effect {
  std::string path;
  void forget_after(std::int64_t done) { write_durably(path, done, ""); }
  void do_it(std::string_view notice, Memory& memory) {
    auto line = std::string(notice) + "\n";
    write_durably(path, memory.done, line);
    memory.done += static_cast<std::int64_t>(line.size());
  }
};

/// The member "seq" of the notice. Your JSON library does it better; the hub writes it before `data`.
std::int64_t seq_of(std::string_view notice) {
  constexpr std::string_view mark = "\"seq\":";
  std::int64_t seq = -1;
  if (auto at = notice.find(mark); at != std::string_view::npos)
    std::from_chars(notice.data() + at + mark.size(), notice.data() + notice.size(), seq);
  if (seq < 1) throw std::runtime_error("a message in the topic is no notice");
  return seq;
}

/// The member "id", which has no blank and no escape.
std::string id_of(std::string_view notice) {
  constexpr std::string_view mark = "\"id\":\"";
  auto at = notice.find(mark);
  if (at == std::string_view::npos) throw std::runtime_error("a message in the topic is no notice");
  notice.remove_prefix(at + mark.size());
  return std::string(notice.substr(0, notice.find('"')));
}

struct DestroyClient {
  void operator()(rd_kafka_t* client) const {
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }
};
struct DestroyMessage {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
using ClientPtr = std::unique_ptr<rd_kafka_t, DestroyClient>;

void set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  char why[512];
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK)
    throw std::runtime_error(why);
}

/// Where to go on. The last notice seen is read again, to see that it still stands there; but not where it
/// went out of the topic by its age: then the rule on gaps has to do.
std::int64_t place_of(rd_kafka_t* client, const std::string& topic, const Memory& memory) {
  if (memory.offset < 0) return RD_KAFKA_OFFSET_BEGINNING;
  auto* places = rd_kafka_topic_partition_list_new(1);
  auto* first = rd_kafka_topic_partition_list_add(places, topic.c_str(), 0);
  first->offset = RD_KAFKA_OFFSET_BEGINNING;
  auto error = rd_kafka_offsets_for_times(client, places, 30'000);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = first->err;
  auto begins_at = first->offset;
  rd_kafka_topic_partition_list_destroy(places);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(topic + ": " + rd_kafka_err2str(error));
  return begins_at > memory.offset ? memory.offset + 1 : memory.offset;
}

ClientPtr open_topic(rd_kafka_conf_t* conf, const std::string& topic, const Memory& memory, bool& must_know) {
  char why[512];
  ClientPtr client(rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why));
  if (!client) throw std::runtime_error(why);
  const auto from = place_of(client.get(), topic, memory);
  must_know = memory.offset >= 0 && from == memory.offset;
  auto* places = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(places, topic.c_str(), 0)->offset = from;
  auto error = rd_kafka_assign(client.get(), places);
  rd_kafka_topic_partition_list_destroy(places);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(error));
  rd_kafka_poll_set_consumer(client.get());
  return client;
}

int read(int count, char** words) {
  const std::string brokers = words[1], topic = words[2], state = words[3];
  Effect effect{words[4]};
  std::int64_t until = INT64_MAX;
  auto* conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", brokers);
  set(conf, "group.id", "notice-reader");    // only a name: nothing is committed to the brokers,
  set(conf, "enable.auto.commit", "false");  // the memory says where to go on
  set(conf, "isolation.level", "read_committed");
  set(conf, "auto.offset.reset", "error");  // never jump over what is not there any more
  set(conf, "check.crcs", "true");
  for (int i = 5; i + 1 < count; i += 2) {
    std::string_view option = words[i], value = words[i + 1];
    if (option == "--until") until = std::stoll(words[i + 1]);
    if (option == "-X")
      set(conf, std::string(value.substr(0, value.find('='))),
          std::string(value.substr(value.find('=') + 1)));
  }

  auto memory = recall(state);
  effect.forget_after(memory.done);
  bool must_know = false;  // the next message is the last one seen
  auto client = open_topic(conf, topic, memory, must_know);
  while (memory.seq < until) {
    std::unique_ptr<rd_kafka_message_t, DestroyMessage> message(rd_kafka_consumer_poll(client.get(), 1000));
    if (!message) continue;
    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
        message->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE)
      throw std::runtime_error(
          "what follows notice " + std::to_string(memory.seq) +
          " is not in the topic any more: this reader was away for too long, or the topic was made anew");
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;  // the client tries again by itself
    std::string_view notice(static_cast<const char*>(message->payload), message->len);
    auto seq = seq_of(notice);
    if (must_know && (message->offset != memory.offset || seq != memory.seq || id_of(notice) != memory.id))
      throw std::runtime_error("another notice stands where " + std::to_string(memory.seq) +
                               " was read: the topic was made anew; take all leads again and forget " +
                               state);
    must_know = false;
    if (memory.seq >= 0 && seq <= memory.seq) continue;  // the rule: seen already
    if (memory.seq >= 0 && seq > memory.seq + 1)
      throw std::runtime_error("notices " + std::to_string(memory.seq + 1) + " to " +
                               std::to_string(seq - 1) + " are missing: this reader was away for too long");
    effect.do_it(notice, memory);  // first the effect, then the memory of it: never the other way round
    memory.seq = seq;
    memory.offset = message->offset;
    memory.id = id_of(notice);
    remember(state, memory);
  }
  return 0;
}

}  // namespace

int main(int count, char** words) try {
  if (count >= 5 && count % 2 == 1) return read(count, words);
  std::fprintf(
      stderr,
      "usage: notice_reader BROKERS TOPIC STATE OUT [--until SEQ] [-X librdkafka.setting=value]...\n");
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "notice_reader: %s\n", error.what());
  return 1;
}
