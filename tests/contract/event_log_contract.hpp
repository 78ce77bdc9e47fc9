#pragma once
// What every event log promises, as tests. An implementation passes them by instantiating EventLogContract
// with a fixture type:
//
//   struct MyLog {
//     MyLog();                              // a fresh, empty log of its own
//     std::unique_ptr<EventLog> open();     // opens that log, again and again, also in a forked child
//     void forget(const LogPosition& last); // its medium drops the head of last.partition, up to this event
//   };
//   INSTANTIATE_TYPED_TEST_SUITE_P(My, EventLogContract, MyLog);
//
// The tests know nothing of partitions: they collect every partition and look at each source's order.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <random>
#include <thread>

#include "hub/stream/event_log.hpp"
#include "tests/seeds.hpp"

namespace kinhub {

inline Event numbered_event(const std::string& source, std::int64_t number, std::size_t body_size = 40) {
  Event event;
  event.source = source;
  event.key = "K" + std::to_string(number);
  event.body = std::to_string(number) + ":" + std::string(body_size, 'x');
  event.content_type = "text/plain";
  event.charset = "UTF-8";
  event.received_at_us = 1'000'000 + number;
  return event;
}
inline std::int64_t number_of(const Event& event) {
  return std::strtoll(event.body.c_str(), nullptr, 10);
}

/// Everything in the log, partition by partition, read in small portions.
inline std::map<std::int32_t, std::vector<LoggedEvent>> read_everything(EventLog& log,
                                                                        std::size_t portion = 97) {
  std::map<std::int32_t, std::vector<LoggedEvent>> all;
  for (std::int32_t partition = 0; partition < log.partitions(); ++partition) {
    LogPosition at{partition, 0};
    auto end = log.end(partition);
    while (at < end) {
      auto some = log.read(at, portion, 1000);
      if (some.empty()) {
        ADD_FAILURE() << "nothing to read after " << at.sequence << ", yet the end is " << end.sequence;
        break;
      }
      for (auto& logged : some) {
        EXPECT_EQ(logged.position.partition, partition);
        EXPECT_EQ(logged.position.sequence, at.sequence + 1) << "a gap, or out of order";
        at = logged.position;
        all[partition].push_back(std::move(logged));
      }
    }
  }
  return all;
}

/// The numbers of each source's events, in log order.
inline std::map<std::string, std::vector<std::int64_t>> numbers_by_source(EventLog& log) {
  std::map<std::string, std::vector<std::int64_t>> numbers;
  for (auto& [partition, events] : read_everything(log))
    for (auto& logged : events)
      numbers[logged.event.source].push_back(number_of(logged.event));
  return numbers;
}

inline void expect_counts_up(const std::vector<std::int64_t>& numbers, const std::string& source) {
  for (std::size_t i = 0; i < numbers.size(); ++i)
    ASSERT_EQ(numbers[i], static_cast<std::int64_t>(i))
        << "of " << source << ": lost, doubled or out of order";
}

template <class Fixture>
class EventLogContract : public ::testing::Test {
 protected:
  Fixture fixture_;
};
TYPED_TEST_SUITE_P(EventLogContract);

TYPED_TEST_P(EventLogContract, IsEmptyAtFirst) {
  auto log = this->fixture_.open();
  ASSERT_GE(log->partitions(), 1);
  for (std::int32_t partition = 0; partition < log->partitions(); ++partition) {
    EXPECT_EQ(log->end(partition), (LogPosition{partition, 0}));
    EXPECT_TRUE(log->read({partition, 0}, 10, 0).empty());
  }
  EXPECT_EQ(log->checkpoint("police"), "");
  EXPECT_TRUE(log->received().empty());
}

TYPED_TEST_P(EventLogContract, GivesBackEveryFieldUnchanged) {
  Event full;
  full.kind = EventKind::rejected;
  full.source = "police-320812";
  full.key = "HJ01|RY02";
  full.body = std::string("\x81\x30\x00\xff\r\n<a/>", 10);
  full.content_type = "application/xml";
  full.charset = "GB18030";
  full.origin = "SWZX_320812001000_20261118101500_0001.xml record 3";
  full.occurred_at_us = -1;
  full.received_at_us = INT64_MAX;
  full.code = "XML_TRUNCATED", full.detail = "ends inside RECORD", full.place = "line 12";
  Event least;
  least.source = "x";
  Event coverage;
  coverage.kind = EventKind::coverage, coverage.source = "x", coverage.occurred_at_us = INT64_MIN;
  std::vector<Event> written{full, least, coverage};
  this->fixture_.open()->append({full}, std::nullopt);
  this->fixture_.open()->append({least, coverage}, std::nullopt);
  auto log = this->fixture_.open();
  std::multimap<std::string, Event> back;
  for (auto& [partition, events] : read_everything(*log))
    for (auto& logged : events)
      back.emplace(logged.event.source + static_cast<char>('0' + int(logged.event.kind)), logged.event);
  ASSERT_EQ(back.size(), 3u);
  for (const auto& event : written) {
    auto found = back.find(event.source + static_cast<char>('0' + int(event.kind)));
    ASSERT_NE(found, back.end());
    const auto& got = found->second;
    EXPECT_EQ(std::tie(got.source, got.key, got.body, got.content_type, got.charset, got.origin),
              std::tie(event.source, event.key, event.body, event.content_type, event.charset, event.origin));
    EXPECT_EQ(std::tie(got.occurred_at_us, got.received_at_us, got.code, got.detail, got.place),
              std::tie(event.occurred_at_us, event.received_at_us, event.code, event.detail, event.place));
  }
}

TYPED_TEST_P(EventLogContract, KeepsEachSourcesOrderAcrossReopening) {
  std::int64_t next = 0;
  for (int round = 0; round < 5; ++round) {
    auto log = this->fixture_.open();
    std::vector<Event> events;
    for (int i = 0; i < 300; ++i)
      events.push_back(numbered_event("police", next++));
    log->append(events, std::nullopt);
  }
  auto log = this->fixture_.open();
  auto numbers = numbers_by_source(*log);
  ASSERT_EQ(numbers["police"].size(), 1500u);
  expect_counts_up(numbers["police"], "police");
  EXPECT_EQ(log->received(), (std::vector<std::pair<std::string, std::int64_t>>{{"police", 1500}}));
}

TYPED_TEST_P(EventLogContract, StoresTheCheckpointWithItsEventsAndPerSource) {
  auto log = this->fixture_.open();
  log->append({numbered_event("police", 0)}, SourceCheckpoint{"police", std::string("a\0b", 3)});
  log->append({numbered_event("hospital", 0)}, SourceCheckpoint{"hospital", "h1"});
  log->append({numbered_event("police", 1)}, std::nullopt);
  EXPECT_EQ(log->checkpoint("police"), std::string("a\0b", 3));
  log->append({}, SourceCheckpoint{"police#snapshot", "s1"});
  log->append({numbered_event("police", 2)}, SourceCheckpoint{"police", "p3"});
  log = this->fixture_.open();
  EXPECT_EQ(log->checkpoint("police"), "p3");
  EXPECT_EQ(log->checkpoint("hospital"), "h1");
  EXPECT_EQ(log->checkpoint("police#snapshot"), "s1");
  EXPECT_EQ(log->checkpoint("civil"), "");
  EXPECT_EQ(log->received().size(), 2u) << "a checkpoint alone is nothing received";
}

TYPED_TEST_P(EventLogContract, ReplacesACheckpointOnRewind) {
  auto log = this->fixture_.open();
  log->append({numbered_event("police", 0)}, SourceCheckpoint{"police", "p9"});
  log->set_checkpoint({"police", "p2"});
  EXPECT_EQ(log->checkpoint("police"), "p2");
  log->set_checkpoint({"police", ""});
  EXPECT_EQ(this->fixture_.open()->checkpoint("police"), "");
}

TYPED_TEST_P(EventLogContract, ReadsAtMostWhatWasAskedAndGoesOnFromThere) {
  auto log = this->fixture_.open();
  std::vector<Event> events;
  for (int i = 0; i < 100; ++i)
    events.push_back(numbered_event("police", i));
  log->append(events, std::nullopt);
  for (std::int32_t partition = 0; partition < log->partitions(); ++partition) {
    auto end = log->end(partition);
    if (end.sequence < 2) continue;
    EXPECT_EQ(log->read({partition, 0}, 1, 1000).size(), 1u);
    auto rest = log->read({partition, 1}, 1000, 1000);
    ASSERT_FALSE(rest.empty());
    EXPECT_EQ(rest.front().position.sequence, 2);
    EXPECT_TRUE(log->read(end, 10, 0).empty());
    EXPECT_TRUE(log->read({partition, 0}, 0, 0).empty());
  }
}

TYPED_TEST_P(EventLogContract, RefusesAPositionBeyondItsEnd) {
  auto log = this->fixture_.open();
  log->append({numbered_event("police", 0)}, std::nullopt);
  for (std::int32_t partition = 0; partition < log->partitions(); ++partition) {
    auto end = log->end(partition);
    EXPECT_THROW(log->read({partition, end.sequence + 1}, 10, 0), LogDamaged);
    EXPECT_THROW(log->read({partition, INT64_MAX}, 10, 0), LogDamaged);
    EXPECT_THROW(log->read({partition, -1}, 10, 0), LogDamaged);
  }
  EXPECT_THROW(log->read({log->partitions(), 0}, 10, 0), LogDamaged);
}

// What is no longer kept is no damage as long as nobody asks for it.
TYPED_TEST_P(EventLogContract, ReadsOnBehindAForgottenHeadAndRefusesToSkipIt) {
  auto log = this->fixture_.open();
  for (int i = 0; i < 30; i += 5) {
    std::vector<Event> events;
    for (int k = i; k < i + 5; ++k)
      events.push_back(numbered_event("police", k));
    log->append(events, std::nullopt);
  }
  auto all = read_everything(*log);
  ASSERT_EQ(all.size(), 1u);
  auto [partition, events] = *all.begin();
  ASSERT_EQ(events.size(), 30u);
  EXPECT_EQ(log->start(partition), (LogPosition{partition, 0}));
  auto expect_refused = [&](EventLog& asked, const LogPosition& after) {
    try {
      auto some = asked.read(after, 100, 20'000);
      ADD_FAILURE() << "after " << after.sequence << " came "
                    << (some.empty() ? "nothing" : std::to_string(some.front().position.sequence));
    } catch (const LogDamaged& damage) {
      EXPECT_TRUE(damage.partition() == partition || damage.partition() == LogDamaged::whole_log);
    }
  };
  this->fixture_.forget(events[9].position);  // 1 to 10
  for (auto* asked : {log.get(), this->fixture_.open().release()}) {
    std::unique_ptr<EventLog> owned(asked == log.get() ? nullptr : asked);
    EXPECT_EQ(asked->start(partition).sequence, 10);
    expect_refused(*asked, {partition, 0});
    expect_refused(*asked, {partition, 9});
    expect_refused(*asked, events[8].position);
    for (auto after : {LogPosition{partition, 10}, events[9].position, asked->start(partition)}) {
      auto some = asked->read(after, 100, 20'000);
      ASSERT_FALSE(some.empty());
      EXPECT_EQ(some.front().position.sequence, 11);
    }
    EXPECT_EQ(asked->end(partition).sequence, 30);
  }
  this->fixture_.forget(events[28].position);
  expect_refused(*log, events[27].position);
  auto last = log->read(events[28].position, 100, 20'000);
  ASSERT_EQ(last.size(), 1u);
  EXPECT_EQ(last.front().position.sequence, 30);
  log->append({numbered_event("police", 30)}, std::nullopt);
  last = log->read(events[29].position, 100, 20'000);
  ASSERT_EQ(last.size(), 1u);
  EXPECT_EQ(number_of(last.front().event), 30);
}

// A reader that has fallen behind while it was reading learns of it, too.
TYPED_TEST_P(EventLogContract, SaysSoWhenWhatComesNextIsForgottenWhileReading) {
  auto log = this->fixture_.open();
  log->append({numbered_event("police", 0)}, std::nullopt);
  auto all = read_everything(*log);
  auto at = all.begin()->second.back().position;
  EXPECT_TRUE(log->read(at, 10, 300).empty());  // it stands at the end, reading
  auto other = this->fixture_.open();
  for (int i = 1; i < 10; ++i)
    other->append({numbered_event("police", i)}, std::nullopt);
  this->fixture_.forget({at.partition, 5, -1});
  auto read_on = [&] {
    // Some may have been on their way already; those are whole.
    while (at.sequence < 10)
      for (auto& logged : log->read(at, 1, 20'000)) {
        ASSERT_EQ(logged.position.sequence, at.sequence + 1);
        at = logged.position;
      }
    throw LogDamaged("all were on their way already");
  };
  EXPECT_THROW(read_on(), LogDamaged);
}

TYPED_TEST_P(EventLogContract, WakesAReaderThatWaits) {
  auto log = this->fixture_.open();
  auto other = this->fixture_.open();
  std::atomic<std::int64_t> seen{0};
  std::jthread reader([&](std::stop_token stop) {
    std::vector<LogPosition> at;
    for (std::int32_t partition = 0; partition < log->partitions(); ++partition)
      at.push_back({partition, 0});
    while (!stop.stop_requested())
      for (auto& logged : log->read(at, 10, 60'000, stop))
        at[static_cast<std::size_t>(logged.position.partition)] = logged.position, ++seen;
  });
  for (int i = 0; i < 20; ++i) {
    (i % 2 == 0 ? *log : *other).append({numbered_event("police", i)}, std::nullopt);
    while (seen != i + 1)
      std::this_thread::yield();  // ctest's time limit ends a reader that never wakes
  }
  reader.request_stop();  // and it does not wait for its sixty seconds
}

TYPED_TEST_P(EventLogContract, ReturnsNothingWhenStoppedOrTimedOut) {
  auto log = this->fixture_.open();
  EXPECT_TRUE(log->read({0, 0}, 10, 30).empty());
  std::stop_source stopped;
  stopped.request_stop();
  EXPECT_TRUE(log->read({0, 0}, 10, 3'600'000, stopped.get_token()).empty());
}

TYPED_TEST_P(EventLogContract, TakesLargeBodies) {
  auto log = this->fixture_.open();
  Event large = numbered_event("police", 0, 900'000);
  log->append({large, numbered_event("police", 1)}, std::nullopt);
  for (auto& [partition, events] : read_everything(*log))
    for (auto& logged : events)
      if (number_of(logged.event) == 0) {
        EXPECT_EQ(logged.event.body, large.body);
      }
  expect_counts_up(numbers_by_source(*log)["police"], "police");
}

TYPED_TEST_P(EventLogContract, ThreadsMayAppendAndReadTogether) {
  auto log = this->fixture_.open();
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        std::string source = "source-" + std::to_string(t);
        for (int i = 0; i < 50; i += 5) {
          std::vector<Event> batch;
          for (int k = i; k < i + 5; ++k)
            batch.push_back(numbered_event(source, k));
          log->append(batch, SourceCheckpoint{source, std::to_string(i + 5)});
          EXPECT_EQ(log->checkpoint(source), std::to_string(i + 5));
          log->received();
        }
      });
  }
  auto numbers = numbers_by_source(*log);
  ASSERT_EQ(numbers.size(), 4u);
  for (auto& [source, list] : numbers) {
    EXPECT_EQ(list.size(), 50u);
    expect_counts_up(list, source);
  }
}

TYPED_TEST_P(EventLogContract, SeveralProcessesMayAppend) {
  constexpr int process_count = 4, batch_count = 25, batch_size = 7;
  std::vector<pid_t> children;
  for (int p = 0; p < process_count; ++p) {
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      int code = 0;
      try {
        auto log = this->fixture_.open();
        std::string source = "process-" + std::to_string(p);
        for (int b = 0; b < batch_count; ++b) {
          std::vector<Event> batch;
          for (int k = 0; k < batch_size; ++k)
            batch.push_back(numbered_event(source, b * batch_size + k));
          log->append(batch, SourceCheckpoint{source, std::to_string((b + 1) * batch_size)});
        }
      } catch (const std::exception& error) {
        std::fprintf(stderr, "child: %s\n", error.what());
        code = 1;
      }
      ::_exit(code);
    }
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  auto log = this->fixture_.open();
  auto numbers = numbers_by_source(*log);
  ASSERT_EQ(numbers.size(), std::size_t{process_count});
  for (auto& [source, list] : numbers) {
    EXPECT_EQ(list.size(), std::size_t{batch_count * batch_size});
    expect_counts_up(list, source);
    EXPECT_EQ(log->checkpoint(source), std::to_string(batch_count * batch_size));
  }
  for (auto& [source, count] : log->received())
    EXPECT_EQ(count, batch_count * batch_size) << source;
}

// A child appends without pause and is killed at a random moment, many times over. Whatever was acknowledged
// is there, what is there is a prefix of what was sent, and checkpoint and counts speak of exactly that
// prefix.
TYPED_TEST_P(EventLogContract, SurvivesKillMinusNineAtRandomMoments) {
  constexpr int kill_count = 60;
  const unsigned seed = test::seed(1);
  std::mt19937 random(seed);
  auto* acknowledged = static_cast<std::atomic<std::int64_t>*>(::mmap(
      nullptr, sizeof(std::atomic<std::int64_t>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(static_cast<void*>(acknowledged), MAP_FAILED);
  acknowledged->store(0);
  std::int64_t stood = 0;
  for (int kill = 0; kill < kill_count; ++kill) {
    auto child_seed = random();
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      try {
        std::mt19937 dice(child_seed);
        auto log = this->fixture_.open();
        auto at = log->checkpoint("police");
        std::int64_t next = at.empty() ? 0 : std::stoll(at);
        for (;;) {
          std::vector<Event> batch;
          for (std::size_t i = 0, size = dice() % 40 + 1; i < size; ++i)
            batch.push_back(numbered_event("police", next++, dice() % 2000));
          log->append(batch, SourceCheckpoint{"police", std::to_string(next)});
          acknowledged->store(next);
        }
      } catch (const std::exception& error) {
        std::fprintf(stderr, "child: %s\n", error.what());
        ::_exit(1);
      }
    }
    // Some are killed while they open, most while they append.
    if (random() % 8 != 0) {
      auto before = acknowledged->load();
      while (acknowledged->load() == before && ::waitpid(child, nullptr, WNOHANG) == 0)
        std::this_thread::yield();
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 15'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child) << "seed " << seed << ": the child failed by itself";
    ASSERT_TRUE(WIFSIGNALED(status)) << "seed " << seed << ": the child ended by itself";

    auto log = this->fixture_.open();
    auto at = log->checkpoint("police");
    std::int64_t count = at.empty() ? 0 : std::stoll(at);
    ASSERT_GE(count, acknowledged->load())
        << "seed " << seed << ", kill " << kill << ": acknowledged, then lost";
    ASSERT_GE(count, stood) << "seed " << seed;
    std::int64_t received = 0, ends = 0;
    for (auto& [source, number] : log->received())
      received += number;
    for (std::int32_t partition = 0; partition < log->partitions(); ++partition)
      ends += log->end(partition).sequence;
    ASSERT_EQ(received, count) << "seed " << seed << ", kill " << kill;
    ASSERT_EQ(ends, count) << "seed " << seed << ", kill " << kill;
    stood = count;
  }
  auto log = this->fixture_.open();
  auto numbers = numbers_by_source(*log);
  EXPECT_EQ(static_cast<std::int64_t>(numbers["police"].size()), stood) << "seed " << seed;
  EXPECT_GT(stood, kill_count) << "the children hardly wrote anything: this run proves nothing";
  expect_counts_up(numbers["police"], "police");
  ::munmap(acknowledged, sizeof(std::atomic<std::int64_t>));
}

REGISTER_TYPED_TEST_SUITE_P(EventLogContract, IsEmptyAtFirst, GivesBackEveryFieldUnchanged,
                            KeepsEachSourcesOrderAcrossReopening,
                            StoresTheCheckpointWithItsEventsAndPerSource, ReplacesACheckpointOnRewind,
                            ReadsAtMostWhatWasAskedAndGoesOnFromThere, RefusesAPositionBeyondItsEnd,
                            ReadsOnBehindAForgottenHeadAndRefusesToSkipIt,
                            SaysSoWhenWhatComesNextIsForgottenWhileReading, WakesAReaderThatWaits,
                            ReturnsNothingWhenStoppedOrTimedOut, TakesLargeBodies,
                            ThreadsMayAppendAndReadTogether, SeveralProcessesMayAppend,
                            SurvivesKillMinusNineAtRandomMoments);

}  // namespace kinhub
