#include "plugins/sdk/inbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <set>
#include <stdexcept>

#include "plugins/sdk/cut_csv.hpp"
#include "tests/unit/connectors/support.hpp"

namespace kinhub::sdk {
namespace {

using testing::FakeHost;
using testing::TemporaryFolder;

/// Rows of one column.
class Rows final : public FileFormat {
 public:
  std::string_view content_type() const override { return "text/csv"; }
  Result<Cut> cut(std::string_view bytes) const override { return cut_csv(bytes); }
  std::string charset(const Cut&, std::size_t) const override { return "UTF-8"; }
  std::string key(const Cut& cut, std::size_t index) const override {
    return std::string(csv_fields(cut.records[index].bytes).front());
  }
  std::optional<std::int64_t> recorded_at_us(const Cut&, std::size_t) const override { return std::nullopt; }
  std::optional<std::int64_t> complete_until_us(const Cut&) const override { return std::nullopt; }
};

InboxSettings settings(const TemporaryFolder& folder) {
  return {folder.path(), {".csv"}, std::chrono::seconds{1}, std::size_t{1} << 20};
}

std::string name(int number) {
  return "ROWS_20261118" + std::to_string(100000 + number) + ".csv";
}

TEST(Inbox, KeepsItsPositionBoundedAndReadsEachOfManyFilesOnce) {
  const TemporaryFolder folder;
  constexpr int files = 4500;  // more than a position may name
  for (int i = 0; i < files; ++i)
    folder.put(name(i), "K\n" + std::to_string(i) + "\n");
  FakeHost host;
  const kinhub_host* const c = host.c();
  Host sdk_host(c);
  std::string position;
  std::size_t longest = 0;
  while (host.given.size() < files) {
    // A new instance every time: nothing but the position carries over.
    Inbox inbox(settings(folder));
    inbox.poll(sdk_host, position, Rows(), std::chrono::milliseconds{1500});
    position = host.position();
    longest = std::max(longest, position.size());
    ASSERT_LE(host.given.size(), static_cast<std::size_t>(files));
  }
  std::set<std::string> keys;
  for (const auto& one : host.given)
    keys.insert(one.key);
  EXPECT_EQ(keys.size(), static_cast<std::size_t>(files));
  EXPECT_LE(longest, 4096U * 17U + 100U);
  // An old name that comes last is still new.
  folder.put("ROWS_20200101000000.csv", "K\nlate\n");
  Inbox inbox(settings(folder));
  inbox.poll(sdk_host, position, Rows(), std::chrono::milliseconds{0});
  ASSERT_EQ(host.given.size(), static_cast<std::size_t>(files) + 1);
  EXPECT_EQ(host.given.back().key, "late");
}

TEST(Inbox, AFileThatIsTooLargeIsRejectedByItsBeginning) {
  const TemporaryFolder folder;
  folder.put(name(1), "K\n" + std::string(2U << 20, 'x') + "\n");
  folder.put(name(2), "K\n2\n");
  FakeHost host;
  Host sdk_host(host.c());
  Inbox inbox(settings(folder));
  inbox.poll(sdk_host, {}, Rows(), std::chrono::milliseconds{0});
  ASSERT_EQ(host.given.size(), 2U);
  EXPECT_EQ(host.given[0].code, "FILE_TOO_LARGE");
  EXPECT_EQ(host.given[0].body.size(), 4096U);
  EXPECT_EQ(host.given[1].key, "2");
}

TEST(Inbox, ReadsAFileAgainWhenItsFlagIsWrittenAnew) {
  const TemporaryFolder folder;
  folder.put(name(1), "K\n1\n");
  FakeHost host;
  Host sdk_host(host.c());
  Inbox inbox(settings(folder));
  inbox.poll(sdk_host, {}, Rows(), std::chrono::milliseconds{0});
  folder.put(name(1), "K\ncorrected\n");
  inbox.poll(sdk_host, host.position(), Rows(), std::chrono::milliseconds{0});
  ASSERT_EQ(host.given.size(), 2U);
  EXPECT_EQ(host.given[1].key, "corrected");
}

/// What ends the process of a connector may be in the cutting.
class Deadly final : public FileFormat {
 public:
  std::string_view content_type() const override { return "text/csv"; }
  Result<Cut> cut(std::string_view) const override {
    throw std::logic_error("this is where the process would end");
  }
  std::string charset(const Cut&, std::size_t) const override { return {}; }
  std::string key(const Cut&, std::size_t) const override { return {}; }
  std::optional<std::int64_t> recorded_at_us(const Cut&, std::size_t) const override { return std::nullopt; }
  std::optional<std::int64_t> complete_until_us(const Cut&) const override { return std::nullopt; }
};

TEST(Inbox, SetsTheNextFileAsideUnread) {
  const TemporaryFolder folder;
  folder.put(name(1), "K\n1\n");
  FakeHost host;
  Host sdk_host(host.c());
  Inbox before(settings(folder));
  before.poll(sdk_host, {}, Rows(), std::chrono::milliseconds{0});
  folder.put(name(2), "K\ndeadly\n");
  folder.put(name(3), "K\n3\n");
  Inbox inbox(settings(folder));
  inbox.set_aside(sdk_host, host.position(), Deadly());
  ASSERT_EQ(host.given.size(), 2U);
  EXPECT_TRUE(host.given[1].rejected);
  EXPECT_EQ(host.given[1].body, "K\ndeadly\n");
  EXPECT_EQ(host.given[1].origin, name(2));
  Inbox after(settings(folder));
  after.poll(sdk_host, host.position(), Rows(), std::chrono::milliseconds{0});
  ASSERT_EQ(host.given.size(), 3U);
  EXPECT_EQ(host.given[2].key, "3");
  const auto end = host.position();
  Inbox(settings(folder)).set_aside(sdk_host, end, Deadly());
  EXPECT_EQ(host.given.size(), 3U) << "nothing is there to be set aside";
}

void flag(const TemporaryFolder& folder, const std::string& of) {
  testing::write_file(folder.path() / (std::filesystem::path(of).stem().string() + ".ok"), "");
}

/// What stands in a folder beside files, and must neither be followed nor waited for nor stop the next file.
TEST(Inbox, SetsAsideByNameWhatIsNoFileOfTheFoldersOwn) {
  const TemporaryFolder folder, elsewhere;
  testing::write_file(elsewhere.path() / "secret", "K\nthe key\n");
  const auto in = [&](int number) { return (folder.path() / name(number)).string(); };
  ASSERT_EQ(::mkfifo(in(1).c_str(), 0600), 0);
  std::filesystem::create_symlink(elsewhere.path() / "secret", in(2));
  std::filesystem::create_symlink(name(3), in(3));  // to itself
  std::filesystem::create_directory(in(4));
  std::filesystem::create_hard_link(elsewhere.path() / "secret", in(5));
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", in(6).c_str());
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  for (int number = 1; number <= 6; ++number)
    flag(folder, name(number));
  folder.put(name(7), "K\nhonest\n");
  FakeHost host;
  Host sdk_host(host.c());
  Inbox inbox(settings(folder));
  inbox.poll(sdk_host, {}, Rows(), std::chrono::milliseconds{0});
  ::close(socket);
  ASSERT_EQ(host.given.size(), 7U);
  const char* const codes[] = {"FILE_KIND", "FILE_LINK", "FILE_LINK", "FILE_KIND", "FILE_LINK", "FILE_KIND"};
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(host.given[static_cast<std::size_t>(i)].code, codes[i]) << i + 1;
    EXPECT_EQ(host.given[static_cast<std::size_t>(i)].origin, name(i + 1)) << "it is named";
    EXPECT_EQ(host.given[static_cast<std::size_t>(i)].body, "") << "and not a byte of it read";
  }
  EXPECT_EQ(host.given[6].key, "honest");
  Inbox again(settings(folder));
  again.poll(sdk_host, host.position(), Rows(), std::chrono::milliseconds{0});
  EXPECT_EQ(host.given.size(), 7U) << "once";
  // In a snapshot, too: what is no file is told, and the snapshot is not complete.
  host.given.clear(), host.complete_until.clear();
  read_snapshot(sdk_host, settings(folder), {}, Rows());
  ASSERT_EQ(host.given.size(), 7U);
  EXPECT_EQ(host.given[1].code, "FILE_LINK");
  EXPECT_TRUE(host.complete_until.empty());
}

TEST(Inbox, ReadsFilesOfTheFoldersOwnerAlone) {
  const TemporaryFolder folder;
  folder.put(name(1), "K\n1\n");
  const bool foreign = ::chown((folder.path() / name(1)).c_str(), 12'345, static_cast<gid_t>(-1)) == 0;
  if (!foreign) std::cout << "not root: no file can be given to another user here, so all are one's own\n";
  FakeHost host;
  Host sdk_host(host.c());
  Inbox(settings(folder)).poll(sdk_host, {}, Rows(), std::chrono::milliseconds{0});
  ASSERT_EQ(host.given.size(), 1U);
  EXPECT_EQ(host.given[0].code, foreign ? "FILE_OWNER" : "");
  auto all = settings(folder);
  all.other_owners = true;
  Inbox(all).poll(sdk_host, {}, Rows(), std::chrono::milliseconds{0});
  EXPECT_EQ(host.given.back().key, "1");
}

/// Works as another user than root, who reads every file; root is back at the end.
class AnyUser {
 public:
  explicit AnyUser(const TemporaryFolder& folder) {
    constexpr uid_t nobody = 65'534;
    if (root_ &&
        (::chown(folder.path().c_str(), nobody, static_cast<gid_t>(-1)) != 0 || ::seteuid(nobody) != 0))
      throw std::runtime_error("root cannot be another user here");
  }
  ~AnyUser() {
    if (root_ && ::seteuid(0) != 0) std::abort();
  }
  AnyUser(const AnyUser&) = delete;
  AnyUser& operator=(const AnyUser&) = delete;

 private:
  const bool root_ = ::geteuid() == 0;
};

void set_mode(const TemporaryFolder& folder, mode_t mode) {
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    ASSERT_EQ(::chmod(entry.path().c_str(), mode), 0);
}

TEST(Inbox, WaitsForAFileThatAloneIsClosedAndThenSetsItAside) {
  const TemporaryFolder folder;
  const AnyUser user(folder);
  auto patient = settings(folder);
  patient.unreadable_patience = std::chrono::seconds{3600};
  folder.put(name(1), "K\n1\n");
  folder.put(name(2), "K\n2\n");
  ASSERT_EQ(::chmod((folder.path() / name(1)).c_str(), 0), 0);
  FakeHost host;
  Host sdk_host(host.c());
  Inbox inbox(patient);
  inbox.poll(sdk_host, {}, Rows(), std::chrono::milliseconds{0});
  ASSERT_EQ(host.given.size(), 1U) << "the next file goes on";
  EXPECT_THROW(inbox.poll(sdk_host, host.position(), Rows(), std::chrono::milliseconds{0}),
               std::system_error);
  patient.unreadable_patience = std::chrono::seconds{0};
  Inbox(patient).poll(sdk_host, host.position(), Rows(), std::chrono::milliseconds{0});
  ASSERT_EQ(host.given.size(), 2U);
  EXPECT_EQ(host.given.back().code, "FILE_UNREADABLE");
  EXPECT_EQ(host.given.back().origin, name(1));
}

TEST(Inbox, AFolderThatIsClosedAsAWholeCountsAgainstNoFile) {
  const TemporaryFolder folder;
  const AnyUser user(folder);
  auto hasty = settings(folder);
  hasty.unreadable_patience = std::chrono::seconds{0};
  for (int i = 1; i <= 3; ++i)
    folder.put(name(i), "K\n" + std::to_string(i) + "\n");
  set_mode(folder,
           0);  // as a network folder whose ticket has expired: the names are there, and nothing opens
  FakeHost host;
  Host sdk_host(host.c());
  Inbox inbox(hasty);
  for (int i = 0; i < 3; ++i)
    EXPECT_THROW(inbox.poll(sdk_host, {}, Rows(), std::chrono::milliseconds{0}), std::system_error);
  EXPECT_TRUE(host.given.empty());
  set_mode(folder, 0600);
  inbox.poll(sdk_host, {}, Rows(), std::chrono::milliseconds{0});
  ASSERT_EQ(host.given.size(), 3U);
  for (const auto& one : host.given)
    EXPECT_FALSE(one.rejected) << one.origin;
}

TEST(Inbox, AnErrorBeneathCountsAgainstNoFile) {
  const TemporaryFolder folder;
  auto hasty = settings(folder);
  hasty.unreadable_patience = std::chrono::seconds{0};
  folder.put(name(1), "K\n1\n");
  folder.put(name(2), "K\n2\n");
  // A lease of another (a file server holds such): opening it would block, which is no matter of rights.
  const auto before = ::signal(SIGIO, SIG_IGN);
  const int held = ::open((folder.path() / name(1)).c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::fcntl(held, F_SETLEASE, F_WRLCK), 0);
  FakeHost host;
  Host sdk_host(host.c());
  Inbox inbox(hasty);
  inbox.poll(sdk_host, {}, Rows(), std::chrono::milliseconds{0});
  EXPECT_THROW(inbox.poll(sdk_host, host.position(), Rows(), std::chrono::milliseconds{0}),
               std::system_error);
  ASSERT_EQ(host.given.size(), 1U) << "the other file alone";
  EXPECT_EQ(host.given[0].key, "2");
  ::close(held);
  ::signal(SIGIO, before);
  inbox.poll(sdk_host, host.position(), Rows(), std::chrono::milliseconds{0});
  ASSERT_EQ(host.given.size(), 2U);
  EXPECT_EQ(host.given[1].key, "1");
}

TEST(Inbox, KeepsTheBeginningOfALargeFileThatIsNone) {
  const TemporaryFolder folder;
  folder.put(name(1), "K\n" + std::string(33U << 20, '"') + "\n");
  folder.put(name(2), "K\n2\n");
  auto large = settings(folder);
  large.file_bytes_max = std::size_t{1} << 30;
  FakeHost host;
  Host sdk_host(host.c());
  Inbox(large).poll(sdk_host, {}, Rows(), std::chrono::milliseconds{0});
  ASSERT_EQ(host.given.size(), 2U);
  EXPECT_TRUE(host.given[0].rejected);
  EXPECT_EQ(host.given[0].body.size(), 1U << 20);
  EXPECT_THAT(host.given[0].detail, ::testing::HasSubstr("the file stays in the folder"));
  EXPECT_EQ(host.given[1].key, "2");
}

TEST(Inbox, ListsAFolderOfReadFilesSeldomAndANewFileAtOnce) {
  const TemporaryFolder folder;
  constexpr int files = 300, idle_rounds = 2000;
  for (int i = 0; i < files; ++i)
    folder.put(name(i), "K\n" + std::to_string(i) + "\n");
  FakeHost host;
  Host sdk_host(host.c());
  Inbox inbox(settings(folder));
  inbox.poll(sdk_host, {}, Rows(), std::chrono::milliseconds{0});
  ASSERT_EQ(host.given.size(), static_cast<std::size_t>(files));
  (void)inbox.read(sdk_host, host.position(), Rows(), 1);
  const auto before = inbox.listings();
  for (int i = 0; i < idle_rounds; ++i)
    (void)inbox.read(sdk_host, host.position(), Rows(), 1);
  EXPECT_LT(inbox.listings() - before, static_cast<std::size_t>(idle_rounds) / 10);
  folder.put("ROWS_20200101000000.csv", "K\nlate\n");
  (void)inbox.read(sdk_host, host.position(), Rows(), 1);
  EXPECT_EQ(host.given.back().key, "late");
}

}  // namespace
}  // namespace kinhub::sdk
