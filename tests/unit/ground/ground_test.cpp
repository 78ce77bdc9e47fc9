#include "hub/ground/ground.hpp"

#include <gmock/gmock.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "hub/ground/hub_at_work.hpp"
#include "hub/store/sqlite/sqlite_store.hpp"
#include "tests/unit/base/scratch.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

template <class Work>
std::string refusal(Work work) {
  try {
    work();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(NodeName, IsMadeOnceUnlessTheConfigurationGivesOne) {
  Scratch scratch;
  Config config;
  config.data = scratch.path() / "data";
  auto made = node_name(config);
  EXPECT_FALSE(made.empty());
  EXPECT_EQ(node_name(config), made);
  config.node = "hub-1";
  EXPECT_EQ(node_name(config), "hub-1");
}

TEST(DataDirectoryMark, StaysTheSameAndIsNotThatOfACopy) {
  Scratch scratch;
  auto data = scratch.folder("data");
  auto mark = data_directory_mark(data);
  EXPECT_EQ(data_directory_mark(data), mark);
  fs::copy(data, scratch.path() / "copy", fs::copy_options::recursive);
  EXPECT_NE(data_directory_mark(scratch.path() / "copy"), mark);
}

TEST(ProcessorLock, IsHeldByOneAtATime) {
  Scratch scratch;
  ProcessorLock second(scratch.path());
  {
    ProcessorLock first(scratch.path());
    EXPECT_TRUE(first.take());
    EXPECT_FALSE(second.take());
  }
  EXPECT_TRUE(second.take());
}

TEST(ProcessorLock, IsProbedWithoutBeingMadeOrTaken) {
  Scratch scratch;
  EXPECT_FALSE(ProcessorLock::is_held(scratch.path()));
  EXPECT_FALSE(fs::exists(scratch.path() / "processor.lock")) << "whoever asks first would own it";
  ProcessorLock lock(scratch.path());
  EXPECT_FALSE(ProcessorLock::is_held(scratch.path()));
  EXPECT_TRUE(lock.take());
  EXPECT_TRUE(ProcessorLock::is_held(scratch.path()));
  EXPECT_TRUE(ProcessorLock::is_held(scratch.path())) << "it stays with its process";
  lock.let_go();
  EXPECT_FALSE(ProcessorLock::is_held(scratch.path()));
}

TEST(ProcessorLock, IsTakenWhileOthersProbeIt) {
  Scratch scratch;
  ProcessorLock lock(scratch.path());
  std::jthread probe([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      ProcessorLock::is_held(scratch.path());
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  });
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(lock.take()) << i;
    lock.let_go();
  }
}

TEST(DataDirectory, IsClosedToOthersWhenItHoldsAHubOrNothingAndElseRefused) {
  namespace fs = std::filesystem;
  const Scratch scratch;
  const auto data = scratch.path() / "made";
  open_key(data);
  EXPECT_EQ(fs::status(data).permissions(), fs::perms::owner_all) << "made just now";
  for (const auto wide : {fs::perms(0755), fs::perms(0777), fs::perms(0750)}) {
    fs::permissions(data, wide);
    open_key(data);
    EXPECT_EQ(fs::status(data).permissions(), fs::perms::owner_all);
  }
  const auto empty = scratch.folder("made by hand");
  fs::permissions(empty, fs::perms(0755));
  open_key(empty);
  EXPECT_EQ(fs::status(empty).permissions(), fs::perms::owner_all);
  const auto other = scratch.folder("srv");
  fs::create_directory(other / "www");
  for (const auto wide : {fs::perms(0755), fs::perms(0777), fs::perms(0750), fs::perms(01777)}) {
    fs::permissions(other, wide);
    EXPECT_THAT(refusal([&] { open_key(other); }), HasSubstr((other / "kinhub-data").string())) << "advice";
    EXPECT_EQ(fs::status(other).permissions(), wide) << "others may use it";
  }
  EXPECT_FALSE(fs::exists(other / "kinhub.key"));
  open_key(other / "kinhub-data");
  EXPECT_TRUE(fs::exists(other / "kinhub-data" / "kinhub.key")) << "and the advice can be followed";
}

/// Groups and user of a container that Kubernetes runs; as root only, and root is back at the end.
class Container {
 public:
  explicit Container(gid_t group) {
    constexpr uid_t user = 65'534;
    if (root_ && (::setgroups(1, &group) != 0 || ::setegid(user) != 0 || ::seteuid(user) != 0))
      throw std::runtime_error("root cannot be another user here");
  }
  ~Container() {
    const gid_t none = 0;
    if (root_ && (::seteuid(0) != 0 || ::setegid(0) != 0 || ::setgroups(1, &none) != 0)) std::abort();
  }
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;

 private:
  const bool root_ = ::geteuid() == 0;
};

TEST(DataDirectory, AVolumeGivenToAGroupOfTheHubIsTakenAndTold) {
  namespace fs = std::filesystem;
  const Scratch scratch;
  fs::permissions(scratch.path(), fs::perms(0755));
  const auto volume = scratch.folder("volume");
  const auto mode = [](const fs::path& path) {
    return static_cast<unsigned>(fs::status(path).permissions());
  };
  const gid_t group = ::geteuid() == 0 ? 20'001 : ::getegid();
  ASSERT_EQ(::chown(volume.c_str(), static_cast<uid_t>(-1), group), 0);
  ASSERT_EQ(::chmod(volume.c_str(), 02770), 0);
  {
    const Container container(group);
    open_key(volume);
    EXPECT_EQ(mode(volume), 02770U) << "as it was given";
    EXPECT_THAT(shared_data_directory(volume), HasSubstr("group " + std::to_string(group)));
    ASSERT_EQ(::chmod((volume / "kinhub.key").c_str(), 0660), 0);  // as at the next mount
    EXPECT_EQ(open_key(volume).created, Keyring::Created::no);
    EXPECT_EQ(mode(volume / "kinhub.key"), 0600U);
  }
  ASSERT_EQ(::chmod(volume.c_str(), 02777), 0);
  {
    const Container container(group);
    EXPECT_EQ(shared_data_directory(volume), "");
    struct stat status {};
    ASSERT_EQ(::stat(volume.c_str(), &status), 0);
    if (status.st_uid != ::geteuid()) {
      EXPECT_THAT(refusal([&] { open_key(volume); }), HasSubstr("fsGroup"));
    }
  }
  EXPECT_EQ(shared_data_directory(scratch.folder("alone")), "");
}

TEST(Key, IsNotMadeWhereItsDataIsAlready) {
  Scratch scratch;
  scratch.write("kinhub.db", "");
  EXPECT_THAT(refusal([&] { open_key(scratch.path()); }), HasSubstr("put the key file back"));
  EXPECT_FALSE(fs::exists(scratch.path() / "kinhub.key"));
}

class NodeNameTest : public ::testing::Test {
 protected:
  std::string claim(const std::string& mark, std::int64_t alive_ms = 3'600'000) {
    return refusal([&] { claim_node_name(*store_, "hub-1", mark, alive_ms); });
  }
  bool has(const std::string& mark) {
    return has_node_name(store_->begin(Store::For::reading)->values(), "hub-1", mark);
  }

  Scratch scratch_;
  Keyring keys_ = Keyring::open(scratch_.path() / "kinhub.key").keyring;
  std::unique_ptr<Store> store_ = SqliteStore::open(scratch_.path() / "kinhub.db", keys_);
};

TEST_F(NodeNameTest, BelongsToOneDataDirectoryWhileItsHubLives) {
  EXPECT_EQ(claim("a"), "");
  store_->renew_leases("hub-1", 1000);
  EXPECT_THAT(claim("b"), HasSubstr("another data directory works as node hub-1"));
  EXPECT_TRUE(has("a"));
}

TEST_F(NodeNameTest, IsThereAtOnceForTheSameDataDirectoryAfterItsHubWasKilled) {
  claim("a");
  store_->renew_leases("hub-1", 1000);
  EXPECT_EQ(claim("a"), "");
}

TEST_F(NodeNameTest, IsFreeWhenItsHubLeftOrFellSilent) {
  claim("a");
  store_->renew_leases("hub-1", 1000);
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_EQ(claim("b", 1), "") << "silent for longer than a lease";
  EXPECT_FALSE(has("a")) << "which the first one finds when it wakes";
  store_->renew_leases("hub-1", 1000);
  store_->forget_node("hub-1");
  EXPECT_EQ(claim("c"), "");
  EXPECT_TRUE(has("c"));
}

TEST_F(NodeNameTest, AnEmbeddedLogWithASharedStoreServesOneNode) {
  Config config;
  config.postgres.emplace();
  EXPECT_EQ(refusal([&] { require_own_log(config, *store_, "hub-1"); }), "");
  EXPECT_EQ(refusal([&] { require_own_log(config, *store_, "hub-1"); }), "");
  EXPECT_THAT(refusal([&] { require_own_log(config, *store_, "hub-2"); }),
              HasSubstr("of node hub-1, and this is node hub-2"));
  config.kafka.emplace();
  EXPECT_EQ(refusal([&] { require_own_log(config, *store_, "hub-2"); }), "");
}

class OutagesTest : public ::testing::Test {
 protected:
  std::vector<std::string> said_;
  Outages outages_{[this](const std::string& line) { said_.push_back(line); }};
};

TEST_F(OutagesTest, OneThingThatIsAwayIsToldOnceHoweverManyAsk) {
  for (auto who : {"leases", "pipeline", "notices file"})
    outages_.waits(who, "store", std::string("refused ") + who);
  EXPECT_THAT(said_, ElementsAre("waiting for the store: refused leases"));
  EXPECT_TRUE(outages_.waiting()["store"]);
  outages_.goes_on("pipeline");
  outages_.waits("pipeline", "store", "an old connection broke");
  outages_.goes_on("leases"), outages_.goes_on("notices file");
  EXPECT_EQ(said_.size(), 1U);
  outages_.goes_on("pipeline");
  EXPECT_THAT(said_,
              ElementsAre("waiting for the store: refused leases", "the store is back, the hub goes on"));
  EXPECT_FALSE(outages_.waiting()["store"]);
}

TEST_F(OutagesTest, TwoThingsAreToldApart) {
  outages_.waits("pipeline", "log", "x");
  outages_.waits("leases", "store", "y");
  outages_.goes_on("leases");
  EXPECT_THAT(said_, ElementsAre("waiting for the log: x", "waiting for the store: y",
                                 "the store is back, the hub goes on"));
  EXPECT_THAT(outages_.waiting(), ElementsAre(std::pair("log", true), std::pair("store", false)));
}

TEST_F(OutagesTest, AQuestionOfTheOutageThatFailsAfterItIsNoNews) {
  outages_.waits("leases", "store", "refused");
  outages_.goes_on("leases");
  outages_.waits("pipeline", "store", "a connection begun before that timed out");
  outages_.goes_on("pipeline");
  EXPECT_THAT(said_, ElementsAre("waiting for the store: refused", "the store is back, the hub goes on"));
}

TEST_F(OutagesTest, AnotherOutageThatLastsIsToldWhenItIsSaidAgain) {
  Outages outages([this](const std::string& line) { said_.push_back(line); }, std::chrono::milliseconds(50));
  outages.waits("leases", "store", "refused");
  outages.goes_on("leases");
  outages.waits("figures", "store", "refused again");
  EXPECT_EQ(said_.size(), 2U);
  EXPECT_TRUE(outages.waiting()["store"]);
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  outages.waits("figures", "store", "refused still");
  EXPECT_EQ(said_.back(), "waiting for the store: refused still");
}

TEST_F(OutagesTest, WhatNobodyAsksAgainIsToldAtOnce) {
  outages_.waits("notices kafka", "notices kafka", "a");
  outages_.goes_on("notices kafka");
  outages_.waits("notices kafka", "notices kafka", "b");
  EXPECT_EQ(said_.back(), "waiting for the notices kafka: b");
}

TEST_F(OutagesTest, WhoNeverWaitedIsNoNews) {
  outages_.goes_on("pipeline");
  EXPECT_THAT(said_, IsEmpty());
}

TEST(WhatIsAway, IsWhatTheFailureNames) {
  auto of = [](auto failure) {
    try {
      throw failure;
    } catch (const std::exception&) {
      return what_is_away("notices kafka");
    }
  };
  EXPECT_EQ(of(StoreUnavailable("x")), "store");
  EXPECT_EQ(of(LogUnavailable("x")), "log");
  EXPECT_EQ(of(LogOvertaken("x")), "log");
  EXPECT_EQ(of(Unavailable("x")), "notices kafka");
}

}  // namespace
}  // namespace kinhub
