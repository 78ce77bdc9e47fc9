#include "plugins/sdk/inbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace kinhub::sdk
