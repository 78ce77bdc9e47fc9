#include "hub/base/secrets.hpp"

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "hub/base/bytes.hpp"
#include "hub/base/key_file.hpp"
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
  auto take = [&] { return keyring.seal("", "").substr(Keyring::header_size, 24); };
  nonces.insert(take());  // the parent now holds a stock that the child inherits
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    for (int i = 0; i < 100; ++i)
      if (::write(ends[1], take().data(), 24) != 24) ::_exit(1);
    ::_exit(0);
  }
  for (int i = 0; i < 200; ++i)
    EXPECT_TRUE(nonces.insert(take()).second);
  for (int i = 0; i < 100; ++i) {
    std::string nonce(24, '\0');
    ASSERT_EQ(::read(ends[0], nonce.data(), 24), 24);
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

std::string bytes(std::string_view digits) {
  std::string made;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    made += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  return made;
}

TEST(Keyring, OpensWhat010Sealed) {
  const auto keys = Keyring::from_passphrase("one");
  const auto name = bytes("094ab4bfc18343db9483e603691df5c3b68af9fc065695828de74a730b1d2b9cbadc32c424");
  EXPECT_EQ(keys.unseal(name, "person 7"), "王试男");
  EXPECT_EQ(keys.unseal(bytes("2e90fbc12e1912aed4eb5f8a2aa39e0ceed8057b97f4fc5e7011c215"), ""), "");
  EXPECT_FALSE(Keyring::key_named_by(name));
  EXPECT_THROW(keys.unseal(name, "person 8"), std::runtime_error);
  EXPECT_THROW(Keyring::from_passphrase("two").unseal(name, "person 7"), std::runtime_error);
  for (std::size_t i = 0; i < name.size(); ++i) {
    auto changed = name;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_THROW(keys.unseal(changed, "person 7"), std::runtime_error) << i;
  }
}

/// Seals as 0.1.0 did, under the nonce given.
std::string sealed_as_010(std::string_view passphrase, const std::string& nonce, std::string_view plain,
                          std::string_view context) {
  const auto key = ciphers::hmac_sha256(sha256(passphrase), "kinhub seal v1");
  std::string text(plain.size(), '\0'), tag(16, '\0');
  const auto raw = [](auto& from) { return reinterpret_cast<unsigned char*>(from.data()); };
  const auto read = [](const auto& from) { return reinterpret_cast<const unsigned char*>(from.data()); };
  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> cipher(EVP_CIPHER_CTX_new(),
                                                                         &EVP_CIPHER_CTX_free);
  int size = 0;
  EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.data(), read(nonce));
  EVP_EncryptUpdate(cipher.get(), nullptr, &size, read(context), static_cast<int>(context.size()));
  EVP_EncryptUpdate(cipher.get(), raw(text), &size, read(plain), static_cast<int>(plain.size()));
  EVP_EncryptFinal_ex(cipher.get(), raw(text), &size);
  EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, 16, tag.data());
  return nonce + tag + text;
}

TEST(Keyring, TheTagDecidesWhenAnOldNonceLooksLikeAHeader) {
  const auto keys = Keyring::from_passphrase("one");
  const std::string plain(100, 'p');
  const auto own = keys.active_header() + "5ran.", foreign = std::string("K2\x01zzz ") + "5ran.";
  for (const auto& nonce : {own, foreign}) {
    const auto sealed = sealed_as_010("one", nonce, plain, "person 7");
    ASSERT_TRUE(Keyring::key_named_by(sealed)) << "looks like a header";
    EXPECT_EQ(keys.unseal(sealed, "person 7"), plain);
    EXPECT_THROW(keys.unseal(sealed, "person 8"), std::runtime_error);
  }
}

struct TwoKeys {
  KeyFile file;
  explicit TwoKeys(Suite second) {
    const auto first = make_key(Suite::aes_256_gcm, 1), other = make_key(second, 2);
    file = {{first, other}, first.id};
  }
  Keyring with(std::size_t active) {
    file.active = file.keys[active].id;
    return Keyring::from_keys(file);
  }
  Keyring only_first() const { return Keyring::from_keys({{file.keys[0]}, file.keys[0].id}); }
};

TEST(Keyring, SealsWithTheActiveKeyAndOpensWithAll) {
  for (auto suite : {Suite::aes_256_gcm, Suite::sm4}) {
    TwoKeys two(suite);
    const auto before = two.with(0), after = two.with(1);
    const auto old = before.seal("王试男", "person 7"), fresh = after.seal("王试男", "person 7");
    EXPECT_EQ(Keyring::key_named_by(old), two.file.keys[0].id);
    EXPECT_EQ(Keyring::key_named_by(fresh), two.file.keys[1].id);
    EXPECT_TRUE(fresh.starts_with(after.active_header()));
    EXPECT_EQ(fresh[2], static_cast<char>(suite));
    for (const auto* keys : {&before, &after})
      for (const auto* sealed : {&old, &fresh}) {
        EXPECT_EQ(keys->unseal(*sealed, "person 7"), "王试男");
        for (std::size_t i = 0; i < sealed->size(); ++i) {
          auto changed = *sealed;
          changed[i] = static_cast<char>(changed[i] ^ 4);
          EXPECT_THROW(keys->unseal(changed, "person 7"), std::runtime_error) << i;
        }
        for (std::size_t size = 0; size < sealed->size(); size += 5)
          EXPECT_THROW(keys->unseal(sealed->substr(0, size), "person 7"), std::runtime_error) << size;
      }
    EXPECT_EQ(before.token("name", "x"), after.token("name", "x")) << "tokens stay";
  }
}

TEST(Keyring, ADamagedHeaderIsNoMissingKey) {
  const auto keys = Keyring::from_passphrase("one");
  const auto sealed = keys.seal("x", "c");
  for (std::size_t bit = 0; bit < 8 * Keyring::header_size; ++bit) {
    auto damaged = sealed;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    try {
      keys.unseal(damaged, "c");
      ADD_FAILURE() << bit;
    } catch (const UnknownKey&) {
      ADD_FAILURE() << bit << ": waiting would not help";
    } catch (const std::runtime_error&) {
    }
  }
}

TEST(Keyring, SaysWhichKeyIsMissing) {
  TwoKeys two(Suite::sm4);
  const auto sealed = two.with(1).seal("x", "c");
  try {
    two.only_first().unseal(sealed, "c");
    FAIL();
  } catch (const UnknownKey& missing) {
    EXPECT_THAT(missing.what(), testing::HasSubstr(text_of(two.file.keys[1].id)));
  }
}

std::optional<Error> add_active(KeyFile& file) {
  file.keys.push_back(make_key(Suite::aes_256_gcm, 5));
  file.active = file.keys.back().id;
  return std::nullopt;
}

TEST(Keyring, TakesANewKeyWhileItIsOpen) {
  Folder folder;
  const auto path = folder.path / "kinhub.key";
  const auto running = Keyring::open(path).keyring, copy = running;
  const auto reading = Keyring::open(path).keyring;
  const auto first = running.keys().at(0).id;
  EXPECT_EQ(Keyring::key_named_by(reading.seal("", "")), first) << "has looked at the file just now";
  ASSERT_EQ(KeyFile::edit(path, add_active), std::nullopt);
  const auto sealed = Keyring::open(path).keyring.seal("x", "c");
  EXPECT_NE(Keyring::key_named_by(sealed), first);
  EXPECT_EQ(reading.unseal(sealed, "c"), "x") << "a key that is not known: the file is read anew";
  EXPECT_EQ(Keyring::key_named_by(reading.seal("", "")), Keyring::key_named_by(sealed));
  EXPECT_EQ(copy.unseal(sealed, "c"), "x");
  EXPECT_EQ(Keyring::key_named_by(running.seal("", "")), Keyring::key_named_by(sealed));
  EXPECT_EQ(running.problem(), "");
}

TEST(Keyring, KeepsItsKeysWhenTheFileTurnsBad) {
  const std::pair<const char*, const char*> bad[] = {
      {"rubbish", "64 hex digits"},
      {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "another installation"},
  };
  for (const auto& [text, problem] : bad) {
    Folder folder;
    const auto path = folder.path / "kinhub.key";
    const auto running = Keyring::open(path).keyring;
    const auto draft = folder.path / "draft";
    std::ofstream(draft) << text;
    fs::permissions(draft, fs::perms::owner_read | fs::perms::owner_write);
    fs::rename(draft, path);
    const auto sealed = running.seal("x", "c");
    EXPECT_EQ(running.unseal(sealed, "c"), "x");
    EXPECT_THAT(running.problem(), testing::HasSubstr(problem));
  }
}

TEST(Keyring, TakesTheFileOnceItsModeIsMended) {
  Folder folder;
  const auto path = folder.path / "kinhub.key";
  const auto running = Keyring::open(path).keyring;
  ASSERT_EQ(KeyFile::edit(path, add_active), std::nullopt);
  const auto sealed = Keyring::open(path).keyring.seal("x", "c");
  fs::permissions(path, fs::perms::others_read, fs::perm_options::add);
  EXPECT_THROW(running.unseal(sealed, "c"), UnknownKey);
  EXPECT_THAT(running.problem(), testing::HasSubstr("chmod 600"));
  fs::permissions(path, fs::perms::others_read, fs::perm_options::remove);
  EXPECT_EQ(running.unseal(sealed, "c"), "x");
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

TEST(Mask, OfANameTheFirstAndTheLastAreShown) {
  EXPECT_EQ(mask_name("王试男"), "王*男");
  EXPECT_EQ(mask_name("周雪"), "周*");
  EXPECT_EQ(mask_name("周"), "*");
  EXPECT_EQ(mask_name("𠮷田"), "𠮷*");
  EXPECT_EQ(mask_name("阿依·古丽"), "阿***丽");
}

TEST(Mask, OfANumberThatMayBeAPersonsNoDigitIsShown) {
  const std::pair<const char*, const char*> numbers[] = {
      {"322228197503120246", "******************"},
      {"32222819500312011X", "******************"},
      {"322228750312024", "***************"},            // of fifteen digits
      {"32222819750312024644", "********************"},  // a disability card: the number, kind and grade
      {"322228 19750312 0246", "********************"},
      {"３２２２２８１９７５０３１２０２４６", "******************"},
      {"322228197503120246|2001", "***********************"},
      {"王试子322228200005210171", "*********************"},
      {"13812345678", "*********78"},  // a telephone
      {"Q320812345", "********45"},    // a certificate of birth
      {"12345678", "********"},
      {"王试子", "***"},
      {"HIS|王*子", "*******"},
      {"HOSPITAL|王试子", "************"},
      {"\xCD\xF5\xCA\xD4\xD7\xD3|0077120", "************20"},  // GB18030
      {"0077120|A\xE7\x8E", "********A*"},                     // cut inside a character
      {"", ""},
  };
  for (const auto& [number, expected] : numbers)
    EXPECT_EQ(mask_number(number), expected) << number;
}

TEST(Mask, NumbersAreFoundInsideATextHoweverTheyAreWritten) {
  const std::pair<const char*, const char*> texts[] = {
      {"a 322228197503120246 b", "a ****************** b"},
      {"a 3222281975031202463222281975 b", "a **************************** b"},  // two in one run
      {"scan322228197503120246201.tif", "scan*********************.tif"},
      {"SWZX_32222819750312024620261118064512", "SWZX_********************************"},
      {"322228-19750312-0246", "******-********-****"},
      {"322228 1975 0312 0246, again", "****** **** **** ****, again"},
      {"322228_19750312_0246", "******_********_****"},
      {"322228_19750312_0245", "322228_19750312_0245"},  // no number: the check character
      {"PSNINSU-320812-20261013-0201.json", "PSNINSU-320812-20261013-0201.json"},
      {"x_322228_19750312_0246.tif", "x_322228_19750312_0246.tif"},  // parts of a name
      {"322228 19500312 011 X", "****** ******** *** *"},
      {"322228 19750312 0247", "****** ******** ****"},  // mistyped
      {"322228/1975/03/12/0246", "******/****/**/**/****"},
      {"322228\xC2\xA0"
       "19750312\xC2\xA0"
       "0246",
       "******\xC2\xA0********\xC2\xA0****"},
      {"３２２２２８１９７５０３１２０２４６号", "******************号"},
      {"322228１９７５０３１２0246", "******************"},
      {"20261118 322228 19750312 0246", "20261118 ****** ******** ****"},
      {"32222819500312011Ｘ", "******************"},
      {"2026-11-18 06:45:12.123456", "2026-11-18 06:45:12.123456"},
      {"2026-11-18 2026-11-19", "2026-11-18 2026-11-19"},
      {"event 12345 of 67890, 1.0 s", "event 12345 of 67890, 1.0 s"},
      {"13812345678", "13812345678"},
      {"X", "X"},
      {"", ""},
  };
  for (const auto& [text, expected] : texts)
    EXPECT_EQ(mask_numbers_in(text), expected) << text;
}

TEST(Mask, WhatAnEarlierVersionMaskedIsMaskedAgain) {
  EXPECT_EQ(mask_again("a_3222****0246.xml: line 3"), "a_************.xml: line 3");
  EXPECT_EQ(mask_again("3222****011X"), "************");
  EXPECT_EQ(mask_again("3222****0246 and 3222****0170"), "************ and ************");
  EXPECT_EQ(mask_again("*********78_20261118.xml"), "*********78_20261118.xml");
  EXPECT_EQ(mask_again("****"), "****");
  EXPECT_EQ(mask_again("3222****"), "3222****");
  EXPECT_EQ(mask_again("e01m****mw4t"), "e01m****mw4t") << "no number";
  EXPECT_EQ(mask_again("王*男"), "王*男");
}

TEST(Mask, HidesNumbersAndNamesInABusinessKey) {
  const std::pair<const char*, const char*> foreign[] = {
      {"13812345678.xml", "*********78.xml"},  // a telephone
      {"chart 123456789, visit 12345678", "chart *******89, visit 12345678"},
      {"a_322228197503120246_b", "a_******************_b"},
      {"a_32222819500312011X_b", "a_******************_b"},
      {"a_322228500521017.csv", "a_***************.csv"},  // of fifteen digits
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
  EXPECT_EQ(mask_key("322228197503120246|2001"), "******************|2001");
  EXPECT_EQ(mask_key("王试男|322228197503120246"), "王*男|******************");
  EXPECT_EQ(mask_key("X-周雪"), "X-周*");
  EXPECT_EQ(mask_key("X-\xD6\xDC\xD1\xA9-1"), "X-*-1") << "GBK";
  EXPECT_EQ(mask_key("X-周雪\xE7\x8E"), "X-*") << "cut inside a character";
  EXPECT_EQ(mask_key("号３２２２２８１９７５０３１２０２４６"), "号" + std::string(18, '*'));
  EXPECT_EQ(mask_key(""), "");
}

}  // namespace
}  // namespace kinhub
