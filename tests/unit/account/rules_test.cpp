// The rules of signing in as tables: failures close a door, sessions end, passwords are refused.

#include "hub/account/rules.hpp"

#include <gtest/gtest.h>

#include "hub/account/account.hpp"
#include "hub/account/password.hpp"
#include "hub/account/random_text.hpp"
#include "hub/account/slips.hpp"

namespace kinhub {
namespace {

constexpr std::int64_t second = 1'000'000, minute = 60 * second, hour = 60 * minute;

TEST(SignInRules, EachFailureFromOneAddressClosesItForTwiceAsLong) {
  struct Case {
    int failures;
    std::int64_t closed_for;
  };
  for (const auto& [count, closed_for] : {Case{1, second}, Case{2, 2 * second}, Case{3, 4 * second},
                                          Case{4, 8 * second}, Case{5, 15 * minute}, Case{9, 15 * minute}}) {
    Failures failures;
    for (int i = 0; i < count; ++i)
      failures = with_failure(failures, 1000 + i);
    EXPECT_EQ(closed_until_us(failures), 1000 + count - 1 + closed_for) << count;
  }
  EXPECT_EQ(closed_until_us({}), 0);
}

TEST(SignInRules, TwentyWithinAnHourCloseTheDoorAndOlderOnesDoNotCount) {
  Failures failures;
  for (int i = 0; i < 19; ++i)
    failures = with_failure(failures, i * minute);
  EXPECT_FALSE(closes_door(failures, 19 * minute));
  failures = with_failure(failures, 19 * minute);
  EXPECT_TRUE(closes_door(failures, 19 * minute));
  EXPECT_FALSE(closes_door(failures, hour)) << "the first is an hour old";
  failures = with_failure(failures, 3 * hour);
  EXPECT_EQ(failures.at_us.size(), 1u) << "what no rule asks for is forgotten";
  for (int i = 0; i < 100; ++i)
    failures = with_failure(failures, 3 * hour + i);
  EXPECT_EQ(failures.at_us.size(), 40u) << "bounded";
  EXPECT_EQ(Failures::read(failures.bytes()).at_us, failures.at_us);
}

TEST(SessionRules, ASessionEndsWhenIdleAndAfterAWorkingDay) {
  const SessionLimits limits;
  SessionRow session;
  session.since_us = session.seen_us = session.fresh_us = hour, session.ends_us = hour + limits.life_us;
  struct Case {
    std::int64_t seen, now;
    bool ended;
  };
  for (const auto& [seen, now, ended] : {Case{hour, hour, false},
                                         {hour, hour + 15 * minute - 1, false},
                                         {hour, hour + 15 * minute, true},
                                         {9 * hour - minute, 9 * hour - 1, false},
                                         {9 * hour - minute, 9 * hour, true}}) {
    session.seen_us = seen;
    EXPECT_EQ(has_ended(session, now, limits), ended) << seen << " " << now;
  }
  session.seen_us = hour;
  EXPECT_TRUE(is_fresh(session, hour + 10 * minute - 1, limits));
  EXPECT_FALSE(is_fresh(session, hour + 10 * minute, limits));
  EXPECT_FALSE(should_note_use(session, hour + minute - 1));
  EXPECT_TRUE(should_note_use(session, hour + minute));
}

TEST(SessionRules, TimesToComeKeepNothingAliveOrFresh) {
  const SessionLimits limits;
  SessionRow session;
  session.since_us = session.seen_us = session.fresh_us = 24 * hour, session.ends_us = 32 * hour;
  EXPECT_TRUE(has_ended(session, hour, limits));
  EXPECT_FALSE(is_fresh(session, hour, limits));
  EXPECT_FALSE(has_ended(session, 24 * hour - minute, limits)) << "two nodes are never quite of one time";
  EXPECT_TRUE(is_fresh(session, 24 * hour - minute, limits));
  const auto failures = with_failure(Failures{{24 * hour, 25 * hour}}, hour);
  EXPECT_EQ(failures.at_us, (std::vector<std::int64_t>{hour, hour, hour}));
}

TEST(SessionRules, TheOldestGiveWay) {
  std::vector<SessionRow> sessions(5);
  for (std::size_t i = 0; i < sessions.size(); ++i)
    sessions[i].digest = std::to_string(i);
  SessionLimits limits;
  EXPECT_EQ(surplus(sessions, limits), (std::vector<std::string>{"0", "1", "2"})) << "room for one of three";
  sessions.resize(3);
  EXPECT_EQ(surplus(sessions, limits), (std::vector<std::string>{"0"}));
  sessions.resize(2);
  EXPECT_TRUE(surplus(sessions, limits).empty());
}

TEST(Passwords, AreRefusedForWhatMakesThemEasyToGuess) {
  struct Case {
    const char* password;
    const char* code;
  };
  for (const auto& [password, code] : {
           Case{"", "PASSWORD_SHORT"},
           {"elf zeichen", "PASSWORD_SHORT"},
           {"十一个字也不够长的词", "PASSWORD_SHORT"},
           {"twelve chars", ""},
           {"十二个字就是一句很好记的话", ""},
           {"correct horse battery staple", ""},
           {"123456789abc", "PASSWORD_COMMON"},
           {"1QAZ2WSX3EDC", "PASSWORD_COMMON"},
           {"aaaaaaaaaaaaaa", "PASSWORD_COMMON"},
           {"kinhub-zhangsan", "PASSWORD_OWN"},
           {"zhangsanzhangsan", "PASSWORD_OWN"},
           {"zhangsan likes long walks", ""},
       }) {
    const auto fault = password_fault(password, "zhangsan");
    EXPECT_EQ(fault ? fault->code : "", code) << password;
    EXPECT_TRUE(!fault || fault->place == "/password");
  }
  std::string long_one;
  for (int i = 0; i < 43; ++i)
    long_one += "abc";
  EXPECT_EQ(password_fault(long_one, "zhangsan")->code, "PASSWORD_LONG");
  long_one.resize(128);
  EXPECT_EQ(password_fault(long_one + "", "zhangsan")->code, "PASSWORD_COMMON") << "three letters";
  EXPECT_FALSE(password_fault(std::string(100, 'x') + "abcdefgh", "zhangsan"));
}

TEST(Passwords, AreVerifiedByTheirHashAndPepperAlone) {
  const auto keys = Keyring::from_passphrase("one"), others = Keyring::from_passphrase("two");
  const PasswordHasher hasher(keys, {64, 1, 1}), elsewhere(others, {64, 1, 1});
  const auto encoded = hasher.hash("correct horse"), again = hasher.hash("correct horse");
  EXPECT_NE(encoded, again) << "a salt of its own";
  EXPECT_TRUE(encoded.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
  EXPECT_TRUE(hasher.verify("correct horse", encoded));
  EXPECT_FALSE(hasher.verify("correct horse ", encoded));
  EXPECT_FALSE(hasher.verify("", encoded));
  EXPECT_FALSE(hasher.verify("correct horse", "")) << "of nobody";
  EXPECT_FALSE(elsewhere.verify("correct horse", encoded)) << "a copy of the store without its key";
  EXPECT_TRUE(PasswordHasher(keys).verify("correct horse", encoded)) << "costs stand in the hash";
}

TEST(Secrets, AreRandomAndComparedWhole) {
  const auto one = random_secret(), other = random_secret();
  EXPECT_EQ(one.size(), 43u);
  EXPECT_NE(one, other);
  EXPECT_TRUE(is_secret(one));
  for (const auto& wrong : {one.substr(1), one + "A", std::string(43, '+'), std::string()})
    EXPECT_FALSE(is_secret(wrong)) << wrong;
  EXPECT_EQ(secret_digest(one).size(), 32u);
  EXPECT_TRUE(same_secret("abc", "abc"));
  EXPECT_FALSE(same_secret("abc", "abd"));
  EXPECT_FALSE(same_secret("abc", "abcd"));
  EXPECT_TRUE(random_reference('O').starts_with("O"));
  EXPECT_EQ(random_reference('O').size(), 17u);
}

TEST(Accounts, AreNamedByWhatOthersMaySee) {
  for (const char* name : {"zhang", "Zhang.San", "王经办", "li_si-2"})
    EXPECT_TRUE(account_name(name)) << name;
  for (const char* name : {"", "a", "322228197503120246", "zhang san", "a/b", "<img>", "a\nb"})
    EXPECT_EQ(account_name(name).error().code, "ACCOUNT_NAME") << name;
  EXPECT_EQ(account_name(" Zhang ").value(), "zhang");
  UserAccount account{
      7,           3, "zhang", AccountState::locked, true, {{"viewer"}, {"lead.countersign"}, {"370306"}},
      "$argon2id", 5, 6};
  const auto read = account_from(to_bytes(account));
  EXPECT_EQ(read.name, "zhang");
  EXPECT_EQ(read.state, AccountState::locked);
  EXPECT_TRUE(read.door_closed);
  EXPECT_EQ(read.grants, account.grants);
  EXPECT_EQ(read.password, "$argon2id");
  EXPECT_EQ(read.created_at_us + read.signed_in_at_us, 11);
  EXPECT_EQ(read.id, 0) << "as the store has it";
}

TEST(Proposals, LapseAfterTenWorkingDays) {
  EXPECT_EQ(proposal_lapses(Date(2026, 11, 20)), Date(2026, 12, 5)) << "a Friday: to the end of Friday";
  EXPECT_EQ(proposal_lapses(Date(2026, 11, 21)), Date(2026, 12, 5)) << "a Saturday";
  EXPECT_EQ(proposal_lapses(Date(2026, 11, 23)), Date(2026, 12, 8)) << "a Monday";
}

}  // namespace
}  // namespace kinhub
