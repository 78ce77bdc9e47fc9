#include "hub/base/secrets.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "hub/base/mask.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;

struct Folder {
  fs::path path = fs::temp_directory_path() / ("kinhub-secrets-" + std::to_string(::getpid()));
  Folder() {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
};

TEST(Keyring, MakesAKeyFileNobodyElseMayRead) {
  Folder folder;
  auto first = Keyring::open(folder.path / "kinhub.key");
  EXPECT_EQ(first.created, Keyring::Created::yes);
  struct stat status {};
  ASSERT_EQ(::stat((folder.path / "kinhub.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  auto second = Keyring::open(folder.path / "kinhub.key");
  EXPECT_EQ(second.created, Keyring::Created::no);
  EXPECT_EQ(first.keyring.token("citizen_number", "x"), second.keyring.token("citizen_number", "x"));
}

TEST(Keyring, RefusesAKeyFileOthersMayRead) {
  Folder folder;
  Keyring::open(folder.path / "kinhub.key");
  fs::permissions(folder.path / "kinhub.key", fs::perms::group_read, fs::perm_options::add);
  EXPECT_THROW(Keyring::open(folder.path / "kinhub.key"), std::runtime_error);
}

TEST(Keyring, TwoKeysInOneThreadDoNotDisturbEachOther) {
  auto one = Keyring::from_passphrase("one"), two = Keyring::from_passphrase("two");
  auto first = one.token("name", "x"), second = two.token("name", "x");
  EXPECT_NE(first, second);
  for (int i = 0; i < 3; ++i) {
    auto sealed_one = one.seal("plain", "c"), sealed_two = two.seal("plain", "c");
    EXPECT_THROW(one.unseal(sealed_two, "c"), std::runtime_error);
    EXPECT_EQ(one.unseal(sealed_one, "c"), "plain") << "after a failure the thread's context still works";
    EXPECT_THROW(two.unseal(sealed_one, "c"), std::runtime_error);
    EXPECT_EQ(two.unseal(sealed_two, "c"), "plain");
    EXPECT_EQ(one.token("name", "x"), first);
    EXPECT_EQ(two.token("name", "x"), second);
  }
}

TEST(Keyring, NoNonceIsUsedTwiceAlsoNotByAForkedChild) {
  auto keyring = Keyring::from_passphrase("one");
  std::set<std::string> nonces;
  auto take = [&] { return keyring.seal("", "").substr(0, 12); };
  nonces.insert(take());  // the parent now holds a stock that the child inherits
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    for (int i = 0; i < 100; ++i)
      if (::write(ends[1], take().data(), 12) != 12) ::_exit(1);
    ::_exit(0);
  }
  for (int i = 0; i < 200; ++i)
    EXPECT_TRUE(nonces.insert(take()).second);
  for (int i = 0; i < 100; ++i) {
    std::string nonce(12, '\0');
    ASSERT_EQ(::read(ends[0], nonce.data(), 12), 12);
    EXPECT_TRUE(nonces.insert(nonce).second) << "the child used a nonce of its parent";
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  ::close(ends[0]), ::close(ends[1]);
}

TEST(Keyring, OpensOnlyWhatItSealedUnderTheSameContext) {
  auto keys = Keyring::from_passphrase("one");
  auto sealed = keys.seal("王试男", "person 7");
  EXPECT_EQ(keys.unseal(sealed, "person 7"), "王试男");
  EXPECT_NE(sealed, keys.seal("王试男", "person 7"));
  EXPECT_THROW(keys.unseal(sealed, "person 8"), std::runtime_error);
  EXPECT_THROW(Keyring::from_passphrase("two").unseal(sealed, "person 7"), std::runtime_error);
  sealed.back() ^= 1;
  EXPECT_THROW(keys.unseal(sealed, "person 7"), std::runtime_error);
  EXPECT_THROW(keys.unseal("short", "person 7"), std::runtime_error);
}

TEST(Keyring, TokensDependOnKeyDomainAndValue) {
  auto keys = Keyring::from_passphrase("one");
  EXPECT_EQ(keys.token("a", "b"), keys.token("a", "b"));
  EXPECT_NE(keys.token("a", "b"), keys.token("a", "c"));
  EXPECT_NE(keys.token("a", "b"), keys.token("c", "b"));
  EXPECT_NE(keys.token("a", "b"), Keyring::from_passphrase("two").token("a", "b"));
}

TEST(Reference, IsReversibleOnlyForItsKindAndKey) {
  auto keys = Keyring::from_passphrase("one");
  for (std::int64_t number : {1, 2, 1000, 12'345'678}) {
    auto text = reference_of(keys, 'P', number);
    EXPECT_EQ(text.size(), 14u);
    EXPECT_EQ(number_behind(keys, 'P', text), number);
    EXPECT_FALSE(number_behind(keys, 'L', text));
    EXPECT_FALSE(number_behind(Keyring::from_passphrase("two"), 'P', text));
  }
  EXPECT_FALSE(number_behind(keys, 'P', "P"));
  EXPECT_FALSE(number_behind(keys, 'P', "Piiiiiiiiiiiii"));
}

TEST(Mask, HidesTheMiddle) {
  EXPECT_EQ(mask_name("王试男"), "王*男");
  EXPECT_EQ(mask_name("周雪"), "周*");
  EXPECT_EQ(mask_name("周"), "*");
  EXPECT_EQ(mask_name("𠮷田"), "𠮷*");
  EXPECT_EQ(mask_name("阿依·古丽"), "阿***丽");
  EXPECT_EQ(mask_number("322228197503120246"), "3222****0246");
  EXPECT_EQ(mask_number("12345678"), "********");
  // What stands in a number's place: by characters, of which those beyond ASCII are never shown.
  EXPECT_EQ(mask_number("王试子"), "***");
  EXPECT_EQ(mask_number("HIS|王*子"), "*******");
  EXPECT_EQ(mask_number("HOSPITAL|王试子"), "HOSP****|***");
  EXPECT_EQ(mask_number("王试子322228200005210171"), "***3****0171");
  EXPECT_EQ(mask_number("\xCD\xF5\xCA\xD4\xD7\xD3|0077120"), "********7120") << "GB18030";
  EXPECT_EQ(mask_number("0077120|A\xE7\x8E"), "0077****0|A*") << "cut inside a character";
  EXPECT_EQ(mask_numbers_in("a 3222281975031202463222281975 b"), "a 3222****1975 b") << "two in one run";
}

TEST(Mask, HidesNumbersAndNamesInABusinessKey) {
  const std::pair<const char*, const char*> foreign[] = {
      {"13812345678.xml", "*********78.xml"},  // a telephone
      {"chart 123456789, visit 12345678", "chart *******89, visit 12345678"},
      {"a_322228197503120246_b", "a_3222****0246_b"},
      {"a_32222819500312011X_b", "a_3222****011X_b"},
      {"a_322228500521017.csv", "a_3222****1017.csv"},  // of fifteen digits
      {"CZRK_320812000000_20261120230000_0001.xml", "CZRK_320812000000_20261120230000_0001.xml"},
      {"deathcert_20261118.csv", "deathcert_20261118.csv"},
      {"x_202611180645.csv", "x_202611180645.csv"},
      {"x_20261118064512123.csv", "x_20261118064512123.csv"},
      {"x_20269918064512.csv", "x_************12.csv"},  // no time
      {"x_19500312011234.csv", "x_************34.csv"},  // of the last century: part of a number
      {"320812000001", "**********01"},
      {"adoptions/0@1234567890", "adoptions/0@1234567890"},
      {"", ""},
      {"X", "X"},
      {"12345678X", "*******8X"},
  };
  for (const auto& [text, expected] : foreign)
    EXPECT_EQ(mask_foreign(text), expected) << text;
  EXPECT_EQ(mask_key("322228-B0017"), "322228-B0017");
  EXPECT_EQ(mask_key("322228197503120246|2001"), "3222****0246|2001");
  EXPECT_EQ(mask_key("王试男|322228197503120246"), "王*男|3222****0246");
  EXPECT_EQ(mask_key("X-周雪"), "X-周*");
  EXPECT_EQ(mask_key("X-\xD6\xDC\xD1\xA9-1"), "X-*-1") << "GBK";
  EXPECT_EQ(mask_key("X-周雪\xE7\x8E"), "X-*") << "cut inside a character";
  EXPECT_EQ(mask_key(""), "");
}

}  // namespace
}  // namespace kinhub
