#include "hub/base/halves.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace kinhub {
namespace {

TEST(InHalves, EachThingIsWorkedOnOnce) {
  for (std::size_t count : {0U, 1U, 2U, 3U, 63U, 64U, 65U, 1000U}) {
    std::vector<int> worked(count);
    in_halves(count, 64, [&](std::size_t, std::size_t begin, std::size_t end) {
      for (auto i = begin; i < end; ++i) ++worked[i];
    });
    EXPECT_EQ(worked, std::vector<int>(count, 1)) << count << " things";
  }
}

TEST(InHalves, FewAreWorkedOnByTheCallerAlone) {
  std::set<std::thread::id> threads;
  in_halves(63, 64, [&](std::size_t, std::size_t, std::size_t) { threads.insert(std::this_thread::get_id()); });
  EXPECT_EQ(threads, std::set{std::this_thread::get_id()});
}

TEST(InHalves, WhatEitherHalfThrowsIsThrownWhenBothAreDone) {
  for (std::size_t broken : {0U, 1U}) {
    std::atomic<int> done = 0;
    auto work = [&](std::size_t half, std::size_t, std::size_t) {
      if (half == broken) throw std::runtime_error("this half broke");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ++done;
    };
    EXPECT_THROW(in_halves(100, 64, work), std::runtime_error) << broken;
    EXPECT_EQ(done, 1) << "the other half was still at work";
  }
}

}  // namespace
}  // namespace kinhub
