// What a hostile connector (plugins/stranger.c) can do from its process: tried in each sandbox this kernel
// has, and without its parts, as on kernels that lack them.
#include "hub/connector/sandbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>

#include "hub/connector/child_process.hpp"
#include "source_fixture.hpp"

namespace kinhub {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Stranger : public SourceFixture {
 protected:
  Stranger() {
    folder_.install("stranger");
    folder_.write("hidden/kinhub.key", "the key");
    folder_.write("inbox/one.csv", "K\n");
    ::mkdir((folder_.path / "out").c_str(), 0700);
  }
  SourceOptions stranger(const std::string& act, const std::string& path = {}) {
    auto wanted = options(R"({"act":")" + act + R"(","path":")" + path + R"("})");
    wanted.name = "stranger", wanted.connector = "stranger";
    wanted.isolation = Isolation::process;
    wanted.silence_max_ms = 1500;
    wanted.hidden = {(folder_.path / "hidden").string()};
    return wanted;
  }
  /// The bodies of what it said until its deed was told.
  std::vector<std::string> said(SourceOptions wanted) {
    const auto before = log_.end(0).sequence;
    SourceRunner runner(std::move(wanted), library_, log_, clock_);
    runner.start();
    until([&] { return log_.end(0).sequence > before; });
    runner.stop();
    log_.set_checkpoint({"stranger", ""});
    std::vector<std::string> bodies;
    for (const auto& logged : log_.read(LogPosition{0, before}, 1000, 0, {}))
      bodies.push_back(logged.event.body);
    return bodies;
  }
  std::string deed(const std::string& act, const std::string& path = {}, SandboxUse sandbox = {}) {
    auto wanted = stranger(act, path);
    wanted.sandbox = sandbox;
    return said(std::move(wanted)).back();
  }
  std::string key() const { return (folder_.path / "hidden/kinhub.key").string(); }

  const SandboxSupport support_ = sandbox_support();
};

TEST_F(Stranger, ReadsNoFileButWhatItsSettingsName) {
  if (support_.landlock == 0) {
    std::cout << "this kernel has no Landlock: " << sandbox_lacks(support_).front() << "\n";
    EXPECT_EQ(deed("read", "/etc/hostname"), "read: done") << "and the source says so";
    return;
  }
  EXPECT_EQ(deed("read", (folder_.path / "inbox/one.csv").string()), "read: done");
  EXPECT_EQ(deed("list", (folder_.path / "inbox").string()), "list: done");
  EXPECT_EQ(deed("read", key()), "read: EACCES") << "its settings name the key itself";
  EXPECT_EQ(deed("list", (folder_.path / "hidden").string()), "list: EACCES");
  EXPECT_EQ(deed("list", folder_.path.parent_path().string()), "list: EACCES") << "a folder above it";
  EXPECT_EQ(deed("list", "/"), "list: EACCES");
  EXPECT_EQ(deed("write", (folder_.path / "inbox/two.csv").string()), "write: EACCES");
}

TEST_F(Stranger, ReachesAFileThatWasReplacedInAProcessOfItsOwn) {
  const auto watched = folder_.path / "inbox/one.csv";
  SourceRunner runner(stranger("watch", watched.string()), library_, log_, clock_);
  runner.start();
  until([&] { return log_.end(0).sequence == 1; });
  const auto first = runner.status().process;
  folder_.write("inbox/next.csv", "K\n2\n");
  std::filesystem::rename(folder_.path / "inbox/next.csv", watched);
  const auto polled = runner.status().last_call_at_us;
  if (support_.landlock == 0) {
    until([&] { return runner.status().last_call_at_us != polled; });
    EXPECT_EQ(runner.status().process, first) << "nothing was taken from it";
    return;
  }
  until([&] {
    const auto now = runner.status();
    return now.process && now.process != first && now.state == SourceState::running;
  });
  EXPECT_THAT(runner.status().last_error, HasSubstr(watched.string() + " was replaced"));
  EXPECT_EQ(runner.status().restarts, 1) << "once";
  runner.stop();
}

TEST_F(Stranger, TrustsTheCertificatesThatTheHubIsToldToTrust) {
  folder_.write("own/ca.pem", "a certificate");
  folder_.write("elsewhere/linked.pem", "a certificate");
  folder_.write("trusted/.keep", "");
  std::filesystem::create_symlink(folder_.path / "elsewhere/linked.pem", folder_.path / "trusted/ca.pem");
  std::filesystem::create_symlink(key(), folder_.path / "trusted/key.pem");
  // Relative paths: what the settings name is allowed by itself.
  const auto relative = [&](const char* name) {
    return std::filesystem::relative(folder_.path / name, std::filesystem::current_path()).string();
  };
  ::setenv("SSL_CERT_FILE", (folder_.path / "own/ca.pem").c_str(), 1);
  ::setenv("SSL_CERT_DIR", ("/nowhere:" + (folder_.path / "trusted").string()).c_str(), 1);
  const auto file = deed("read", relative("own/ca.pem")), link = deed("read", relative("trusted/ca.pem"));
  const auto hidden = deed("read", relative("trusted/key.pem"));
  const auto beside = deed("list", relative("elsewhere"));
  ::unsetenv("SSL_CERT_FILE"), ::unsetenv("SSL_CERT_DIR");
  EXPECT_EQ(file, "read: done");
  EXPECT_EQ(link, "read: done");
  if (support_.landlock > 0) {
    EXPECT_EQ(hidden, "read: EACCES");
    EXPECT_EQ(beside, "list: EACCES");
  }
}

TEST_F(Stranger, WritesWhereItMayAlone) {
  auto wanted = stranger("write", (folder_.path / "out/one.csv").string());
  wanted.writable = {(folder_.path / "out").string()};
  EXPECT_EQ(said(wanted).back(), "write: done");
  EXPECT_TRUE(std::filesystem::exists(folder_.path / "out/one.csv"));
}

TEST_F(Stranger, DoesNothingToItsHub) {
  if (!support_.seccomp) {
    std::cout << "this kernel has no seccomp: " << sandbox_lacks(support_).back() << "\n";
    EXPECT_EQ(deed("unix"), "unix: done") << "and the source says so";
    return;
  }
  for (const auto* const act : {"ptrace", "signal", "signal all", "fork", "program", "session", "limits",
                                "dump", "dump by high bits", "own", "slow"})
    EXPECT_EQ(deed(act), std::string(act) + ": EPERM");
  EXPECT_EQ(deed("unix"), "unix: EACCES");
  EXPECT_EQ(deed("unix by high bits"), "unix by high bits: EACCES");
  EXPECT_EQ(deed("thread"), "thread: done") << "what is its own affair";
  for (const auto* const act : {"memory", "hub environment"})
    EXPECT_THAT(deed(act), AnyOf(HasSubstr("EACCES"), HasSubstr("EPERM")));
}

TEST_F(Stranger, LeavesNoProcessOfItsSessionBehind) {
  adopt_orphans();
  const auto told = deed("leave", {}, {false, false});  // as where the kernel has no seccomp to refuse it
  ASSERT_THAT(told, StartsWith("leave: "));
  const auto left = static_cast<pid_t>(std::strtol(told.c_str() + 7, nullptr, 10));
  ASSERT_GT(left, 0) << told;
  until([&] { return ::waitpid(left, nullptr, WNOHANG) != 0 && ::kill(left, 0) != 0; });
}

TEST_F(Stranger, IsHeldByEachPartOfTheSandboxAlone) {
  // As on a kernel that lacks the other part: what is left still holds, and what is missing is named.
  EXPECT_EQ(deed("read", key(), {true, false}), support_.landlock > 0 ? "read: EACCES" : "read: done");
  if (support_.seccomp) {
    EXPECT_EQ(deed("signal", {}, {false, true}), "signal: EPERM");
  }
  EXPECT_EQ(deed("thread", {}, {false, false}), "thread: done");
  EXPECT_TRUE(sandbox_lacks({6, true}).empty());
  EXPECT_THAT(sandbox_lacks({0, true}), Contains(HasSubstr("Landlock")));
  EXPECT_THAT(sandbox_lacks({6, false}), Contains(HasSubstr("seccomp")));
  EXPECT_EQ(sandbox_lacks({0, false}).size(), 2U);
}

TEST_F(Stranger, ReadsFilesOfOtherUsersForRootWithAndWithoutLandlock) {
  constexpr uid_t agency = 12'345;
  const auto delivered = (folder_.path / "inbox/one.csv").string();
  ASSERT_EQ(::chmod(delivered.c_str(), 0600), 0);
  const bool foreign = ::chown(delivered.c_str(), agency, static_cast<gid_t>(-1)) == 0;
  if (!foreign) std::cout << "not root: no file can be given to another user here, so it is one's own\n";
  EXPECT_EQ(deed("read", delivered), "read: done");
  EXPECT_EQ(deed("read", delivered, {false, true}), "read: done");
  EXPECT_THAT(sandbox_lacks({0, true, true}), Contains(HasSubstr("for root is every file")));
  EXPECT_THAT(sandbox_lacks({0, true, false}), Each(Not(HasSubstr("every file"))));
}

TEST_F(Stranger, SeesItsOwnSecretsAndNoneOfTheHubs) {
  ::setenv("KINHUB_SECRET_OF_ANOTHER", "do not tell", 1);
  const auto variables = said(stranger("environment"));
  ::unsetenv("KINHUB_SECRET_OF_ANOTHER");
  EXPECT_THAT(variables, Each(Not(HasSubstr("do not tell"))));
  EXPECT_THAT(variables, Each(Not(StartsWith("HOME="))));
  auto wanted = stranger("secret");
  wanted.secrets = {{"own", "its own"}};
  EXPECT_EQ(said(wanted).back(), "secret: its own");
}

TEST_F(Stranger, AnnouncesAFrameAndGetsNoMemoryForIt) {
  SourceRunner runner(stranger("announce"), library_, log_, clock_);
  runner.start();
  until([&] { return runner.status().restarts >= 1; });
  EXPECT_THAT(runner.status().last_error, HasSubstr("no frame"));
}

TEST_F(Stranger, IsHeardNoMoreThanOthers) {
  SourceRunner runner(stranger("noise"), library_, log_, clock_);
  runner.start();
  until([&] {
    return runner.status().last_call_at_us.has_value() && runner.status().state != SourceState::stopped;
  });
  until([&] {
    std::lock_guard lock(notes_mutex_);
    return !notes_.empty();
  });
  runner.stop();
  std::lock_guard lock(notes_mutex_);
  EXPECT_LE(notes_.size(), 400U) << "of a hundred thousand";
}

TEST_F(Stranger, ARecordItHangsOnIsSetAside) {
  auto wanted = stranger("hang");
  wanted.silence_max_ms = 400;
  SourceRunner runner(wanted, library_, log_, clock_);
  runner.start();
  until([&] { return log_.end(0).sequence == 1; });
  until([&] { return runner.status().state == SourceState::running; });
  runner.stop();
  const auto event = logged().front();
  EXPECT_EQ(event.code, "PLUGIN_CRASHED");
  EXPECT_THAT(event.detail, HasSubstr("has not returned"));
  EXPECT_EQ(event.origin, "record 1") << "it says which";
}

TEST_F(Stranger, AKeyThatIsTooLongSetsItsRecordAside) {
  for (const auto isolation : {Isolation::in_process, Isolation::process}) {
    auto wanted = stranger("long key");
    wanted.isolation = isolation;
    wanted.name = isolation == Isolation::process ? "b" : "a";
    SourceRunner runner(wanted, library_, log_, clock_);
    runner.start();
    until([&] { return log_.checkpoint(wanted.name) == "2"; });
    EXPECT_EQ(runner.status().state, SourceState::running);
    runner.stop();
  }
  const auto events = logged();
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[0].code, "KEY_TOO_LONG");
  EXPECT_EQ(events[0].place, "file.csv#7") << "the file is named";
  EXPECT_EQ(events[0].body, "long") << "kept whole";
  EXPECT_EQ(events[1].kind, EventKind::change) << "the next record follows";
}

TEST_F(Stranger, WhatItsProcessSaidLastNamesNobody) {
  SourceRunner runner(stranger("speak"), library_, log_, clock_);
  runner.start();
  until([&] { return runner.status().restarts >= 1; });
  runner.stop();
  const auto status = runner.status();
  std::string all = status.last_error;
  for (const auto& line : status.process_said)
    all += line;
  EXPECT_THAT(all, Not(HasSubstr("王试子")));
  EXPECT_THAT(all, Not(HasSubstr("13800138000")));
}

TEST_F(Stranger, IsDescribedWithoutARunningInstance) {
  ChildOptions child{"/proc/self/exe", {folder_.path}, "stranger", 0, 8000, {}, {}, {}};
  const auto schema = describe_connector(child);
  ASSERT_TRUE(schema) << describe(schema.error());
  EXPECT_THAT(*schema, HasSubstr("\"act\""));
  child.connector = "nowhere";
  ASSERT_FALSE(describe_connector(child));
  EXPECT_THAT(describe_connector(child).error().text, HasSubstr("CONNECTOR_MISSING"));
}

TEST(PathsInSettings, AreThoseThatHideNothing) {
  const std::vector<std::string> hidden{"/data/hub", "/etc/kinhub/secrets"};
  EXPECT_THAT(
      paths_in_settings(R"({"inbox":"/in/police","n":1,"list":["/a",{"b":"/c"}],"text":"in"})", hidden),
      ::testing::ElementsAre("/in/police", "/a", "/c"));
  EXPECT_THAT(paths_in_settings(R"(["/","/data","/data/hub","/data/hub/","/data/x/../hub","/etc"])", hidden),
              ::testing::IsEmpty());
  EXPECT_THAT(paths_in_settings(R"(["/data/hub/kinhub.key","/data/hubs"])", hidden),
              ::testing::ElementsAre("/data/hubs"));
  const PluginFolder folder;
  folder.write("data/inbox/one.csv", "");
  const auto data = (folder.path / "data").string();
  EXPECT_THAT(paths_in_settings("[\"" + data + "/inbox\"]", {data}), ::testing::ElementsAre(data + "/inbox"));
  EXPECT_THAT(paths_in_settings("no JSON", hidden), ::testing::IsEmpty());
}

}  // namespace
}  // namespace kinhub
