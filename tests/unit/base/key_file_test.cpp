#include "hub/base/key_file.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/unit/base/scratch.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr char old_form[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
constexpr std::int64_t some_time_us = 1'796'000'000'000'000;

std::string content(const fs::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

void put(const fs::path& file, const std::string& text) {
  std::ofstream(file) << text;
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
}

std::string refusal(const std::string& text) {
  const auto read = KeyFile::parse(text, "k");
  return read ? "" : read.error().place + " " + read.error().text;
}

TEST(KeyFile, ReadsTheOneLineOfOldFiles) {
  for (const auto* end : {"", "\n"}) {
    const auto file = KeyFile::parse(std::string(old_form) + end, "k");
    ASSERT_TRUE(file);
    ASSERT_EQ(file->keys.size(), 1u);
    EXPECT_EQ(file->keys[0].suite, Suite::aes_256_gcm);
    EXPECT_EQ(file->keys[0].bytes[31], 0x1f);
    EXPECT_FALSE(file->keys[0].created_us);
    EXPECT_EQ(file->active, file->keys[0].id);
  }
}

TEST(KeyFile, ReadsWhatItWrites) {
  auto file = *KeyFile::parse(old_form, "k");
  file.keys.push_back(make_key(Suite::sm4, some_time_us));
  file.active = file.keys.back().id;
  const auto again = KeyFile::parse(file.text(), "k");
  ASSERT_TRUE(again) << again.error().text;
  EXPECT_EQ(again->text(), file.text());
  ASSERT_EQ(again->keys.size(), 2u);
  EXPECT_EQ(again->keys[1].suite, Suite::sm4);
  EXPECT_EQ(again->keys[1].created_us, some_time_us);
  EXPECT_EQ(again->keys[1].bytes, file.keys[1].bytes);
  EXPECT_EQ(again->active, file.keys[1].id);
}

TEST(KeyFile, SaysWhatIsWrongAndWhere) {
  const auto first = KeyFile::parse(old_form, "k")->keys[0];
  const auto id = text_of(first.id);
  const auto head = std::string("kinhub keys 2\n"), key = id + " aes-256-gcm - " + old_form + "\n",
             active = "active " + id + "\n";
  EXPECT_EQ(refusal(head + key + active), "");
  EXPECT_EQ(refusal(head + "\n# words\n" + key + active), "");
  const struct {
    std::string text, place, words;
  } cases[] = {
      {"", "k:1", "not 64 hex digits"},
      {"0g" + std::string(old_form + 2), "k:1", "not 64 hex digits"},
      {"kinhub keys 3\n" + key, "k:1", "kinhub keys 2"},
      {head, "k:1", "holds no key"},
      {head + key, "k:2", "'active ID'"},
      {head + key + active + active, "k:4", "one line"},
      {head + key + "active x\n", "k:3", "8 hex digits"},
      {head + key + "active 00000000\n", "k:3", "is not in the file"},
      {head + id + " aes-256-gcm\n", "k:2", "four words"},
      {head + "1234567 aes-256-gcm - " + old_form, "k:2", "8 hex digits"},
      {head + id + " des - " + old_form, "k:2", "no suite"},
      {head + id + " sm4 soon " + old_form, "k:2", "time of creation"},
      {head + id + " sm4 - " + (old_form + 1), "k:2", "not 64 hex digits"},
      {head + "00000000 sm4 - " + old_form, "k:2", "not the one with the id 00000000"},
      {head + key + key + active, "k:3", "twice"},
  };
  for (const auto& [text, place, words] : cases) {
    EXPECT_THAT(refusal(text), HasSubstr(words)) << text;
    EXPECT_THAT(refusal(text), HasSubstr(place + " ")) << text;
    EXPECT_THAT(refusal(text), testing::Not(HasSubstr(old_form + 8))) << "a key is never printed";
  }
}

TEST(KeyFile, IsReplacedWholeAndKeepsItsMode) {
  const Scratch scratch;
  const auto path = scratch.path() / "kinhub.key";
  put(path, std::string(old_form) + "\n");
  const auto added = make_key(Suite::sm4, some_time_us);
  EXPECT_EQ(KeyFile::edit(path,
                          [&](KeyFile& file) -> std::optional<Error> {
                            file.keys.push_back(added), file.active = added.id;
                            return std::nullopt;
                          }),
            std::nullopt);
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(KeyFile::read(path).active, added.id);
  EXPECT_EQ(std::distance(fs::directory_iterator(scratch.path()), {}), 1) << "no draft is left";
  const auto before = content(path);
  const auto refused = KeyFile::edit(path, [](KeyFile& file) -> std::optional<Error> {
    file.keys.pop_back();
    return Error{"NO", "no", ""};
  });
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, "NO");
  EXPECT_EQ(content(path), before);
}

TEST(KeyFile, IsRefusedWhenOthersMayReadIt) {
  const Scratch scratch;
  const auto path = scratch.path() / "kinhub.key";
  put(path, old_form);
  fs::permissions(path, fs::perms::others_read, fs::perm_options::add);
  EXPECT_THROW(KeyFile::read(path), std::runtime_error);
  EXPECT_THROW(KeyFile::edit(path, [](KeyFile&) { return std::nullopt; }), std::runtime_error);
  EXPECT_EQ(content(path), old_form);
}

TEST(KeyFile, IsRefusedWhenItIsAnothersButForTheFoldersOwner) {
  const Scratch scratch;
  const auto path = scratch.path() / "kinhub.key";
  put(path, old_form);
  EXPECT_NO_THROW(KeyFile::read(path));
  if (::chown(path.c_str(), 12'345, static_cast<gid_t>(-1)) != 0) {
    std::cout << "not root: no file can be given to another user here\n";
    return;
  }
  EXPECT_THROW(KeyFile::read(path), std::runtime_error);
  ASSERT_EQ(::chown(scratch.path().c_str(), 12'345, static_cast<gid_t>(-1)), 0);
  EXPECT_NO_THROW(KeyFile::read(path)) << "an administrator looks after a hub of another user";
}

}  // namespace
}  // namespace kinhub
