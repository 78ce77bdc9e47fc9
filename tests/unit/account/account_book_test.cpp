// The book of accounts on a real store: links, signing in, closed doors, sessions.

#include "hub/account/account_book.hpp"

#include <gtest/gtest.h>

#include "hub/account/random_text.hpp"
#include "hub/account/slips.hpp"
#include "hub/store/sqlite/sqlite_store.hpp"
#include "tests/unit/base/scratch.hpp"

namespace kinhub {
namespace {

constexpr std::int64_t second = 1'000'000, minute = 60 * second, hour = 60 * minute;
constexpr const char* password = "correct horse battery";
const Grants clerk{{"case-worker"}, {}, {"370306"}};

class AccountBookTest : public ::testing::Test {
 protected:
  AccountBook book() { return {*store_, keys_, clock_, rules_, {64, 1, 1}}; }
  /// An account that has its password.
  void make(const std::string& name) {
    auto all = book();
    ASSERT_TRUE(all.add(name, clerk));
    ASSERT_TRUE(all.set_password(all.activate(name)->secret, password));
  }
  static std::string code_of(const auto& result) { return result ? "" : result.error().code; }
  std::string sign_in(const std::string& name, const std::string& word,
                      const std::string& from = "10.0.0.1") {
    return code_of(book().sign_in(name, word, from, ""));
  }
  void later(std::int64_t us) { clock_.set(clock_.now_us() + us); }

  Scratch scratch_;
  Keyring keys_ = Keyring::from_passphrase("accounts");
  FixedClock clock_{1'795'233'600'000'000};
  AccountRules rules_;
  std::unique_ptr<Store> store_ = SqliteStore::open(scratch_.path() / "kinhub.db", keys_);
};

TEST_F(AccountBookTest, TheFirstLinkMakesOneAccountOnce) {
  auto all = book();
  const auto old = all.first_link(), link = all.first_link();
  ASSERT_TRUE(link);
  EXPECT_TRUE(all.empty());
  EXPECT_EQ(code_of(all.make_first(old->secret, "zhang", password, clerk)), "NO_SUCH_PAGE") << "a newer one";
  EXPECT_EQ(code_of(all.make_first(random_secret(), "zhang", password, clerk)), "NO_SUCH_PAGE");
  EXPECT_EQ(code_of(all.make_first(link->secret, "zhang", "short", clerk)), "PASSWORD_SHORT");
  EXPECT_EQ(code_of(all.make_first(link->secret, "z z", password, clerk)), "ACCOUNT_NAME");
  EXPECT_TRUE(all.empty()) << "what was refused did not use it up";
  EXPECT_EQ(all.make_first(link->secret, "Zhang", password, clerk)->name, "zhang");
  EXPECT_EQ(code_of(all.make_first(link->secret, "li", password, clerk)), "NO_SUCH_PAGE") << "once";
  EXPECT_FALSE(all.first_link());
  EXPECT_EQ(sign_in("zhang", password), "");
}

TEST_F(AccountBookTest, TheFirstLinkIsVoidAfterAQuarterOfAnHour) {
  const auto link = book().first_link();
  later(15 * minute - 1);
  auto all = book();
  EXPECT_EQ(code_of(all.make_first(link->secret, "zhang", "short", clerk)), "PASSWORD_SHORT");
  later(1);
  EXPECT_EQ(code_of(all.make_first(link->secret, "zhang", password, clerk)), "NO_SUCH_PAGE");
}

TEST_F(AccountBookTest, AnAccountSignsInOnlyAfterItsLinkWasUsed) {
  auto all = book();
  ASSERT_TRUE(all.add("zhang", clerk));
  EXPECT_EQ(code_of(all.add(" ZHANG", clerk)), "ACCOUNT_EXISTS");
  EXPECT_EQ(sign_in("zhang", ""), "SIGN_IN");
  const auto void_link = all.activate("zhang"), link = all.activate("zhang");
  EXPECT_EQ(code_of(all.set_password(void_link->secret, password)), "NO_SUCH_PAGE");
  EXPECT_EQ(code_of(all.set_password(link->secret, "aaaaaaaaaaaaaaa")), "PASSWORD_COMMON");
  later(minute);
  EXPECT_TRUE(all.set_password(link->secret, password));
  EXPECT_EQ(code_of(all.set_password(link->secret, password)), "NO_SUCH_PAGE") << "once";
  EXPECT_EQ(sign_in("zhang", password), "");
  EXPECT_EQ(code_of(all.activate("nobody")), "NO_SUCH_ACCOUNT");
}

TEST_F(AccountBookTest, ALockAndANewPasswordMakeUnusedLinksVoid) {
  auto all = book();
  ASSERT_TRUE(all.add("zhang", clerk));
  const auto before_lock = all.activate("zhang");
  ASSERT_TRUE(all.lock("zhang"));
  EXPECT_EQ(code_of(all.set_password(before_lock->secret, password)), "NO_SUCH_PAGE");
  EXPECT_EQ(all.named("zhang")->state, AccountState::locked);
  const auto after_lock = all.activate("zhang");
  EXPECT_TRUE(all.set_password(after_lock->secret, password)) << "whoever keeps the accounts opens it again";
  const auto in_a_drawer = all.activate("zhang");
  const auto signed_in = all.sign_in("zhang", password, "10.0.0.1", "");
  ASSERT_TRUE(all.change_password(signed_in->secret, password, "another horse battery"));
  EXPECT_EQ(code_of(all.set_password(in_a_drawer->secret, password)), "NO_SUCH_PAGE");
  EXPECT_EQ(sign_in("zhang", "another horse battery"), "");
}

TEST_F(AccountBookTest, WhateverIsWrongIsAnsweredAlike) {
  make("zhang");
  make("wang");
  ASSERT_TRUE(book().lock("wang"));
  const auto wrong = book().sign_in("zhang", "wrong", "10.0.0.1", "").error();
  EXPECT_EQ(book().sign_in("nobody", "wrong", "10.0.0.1", "").error(), wrong);
  EXPECT_EQ(book().sign_in("wang", password, "10.0.0.1", "").error(), wrong) << "locked";
  EXPECT_EQ(book().sign_in("zhang", password, "10.0.0.1", "").error(), wrong) << "a second too early";
  later(second);
  EXPECT_EQ(sign_in("zhang", password), "");
}

TEST_F(AccountBookTest, FiveFailuresCloseANameFromOneAddressForAQuarterOfAnHour) {
  make("zhang");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(sign_in("zhang", "wrong"), "SIGN_IN");
    later(8 * second);
  }
  EXPECT_EQ(sign_in("zhang", password), "SIGN_IN");
  EXPECT_EQ(sign_in("zhang", password, "10.0.0.2"), "") << "another address";
  later(15 * minute - 8 * second - 1);
  EXPECT_EQ(sign_in("zhang", password), "SIGN_IN") << "a try while it is closed does not prolong it";
  later(1);
  EXPECT_EQ(sign_in("zhang", password), "");
  EXPECT_EQ(sign_in("zhang", "wrong"), "SIGN_IN");
  later(second);
  EXPECT_EQ(sign_in("zhang", password), "") << "it counts from the beginning";
}

TEST_F(AccountBookTest, TwentyFailuresInAnHourCloseTheDoorUntilAPersonOpensItAndSessionsLiveOn) {
  make("zhang");
  const auto living = book().sign_in("zhang", password, "10.0.0.9", "");
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(sign_in("zhang", "wrong", "10.0.1." + std::to_string(i)), "SIGN_IN");
  later(2 * minute);
  EXPECT_TRUE(book().session(living->secret));
  later(3 * hour);
  EXPECT_EQ(sign_in("zhang", password), "SIGN_IN");
  later(second);
  auto all = book();
  ASSERT_TRUE(all.set_password(all.activate("zhang")->secret, password));
  EXPECT_EQ(sign_in("zhang", password), "");
}

TEST_F(AccountBookTest, AClockThatIsSetBackClosesForNoLongerAndKeepsNothingOpen) {
  make("zhang");
  make("li");
  later(24 * hour);  // it was wrong until now
  for (int i = 0; i < 5; ++i) {
    sign_in("zhang", "wrong");
    later(10 * second);
  }
  const auto session = book().sign_in("li", password, "10.0.0.1", "");
  later(-24 * hour);
  EXPECT_EQ(code_of(book().session(session->secret)), "SESSION_ENDED") << "nobody knows how long it was idle";
  EXPECT_EQ(sign_in("zhang", password), "SIGN_IN");
  later(15 * minute - 1);
  EXPECT_EQ(sign_in("zhang", password), "SIGN_IN");
  later(1);
  EXPECT_EQ(sign_in("zhang", password), "") << "a quarter of an hour, not a day";
}

TEST_F(AccountBookTest, ASessionHasANewSecretAtSignInAndAtRenewal) {
  make("zhang");
  const auto planted = random_secret();
  const auto first = book().sign_in("zhang", password, "10.0.0.1", planted);
  EXPECT_NE(first->secret, planted);
  EXPECT_EQ(code_of(book().session(planted)), "SESSION_ENDED");
  const auto second_one = book().sign_in("zhang", password, "10.0.0.1", first->secret);
  EXPECT_EQ(code_of(book().session(first->secret)), "SESSION_ENDED") << "the old one is dead";
  later(12 * minute);
  EXPECT_FALSE(is_fresh(book().session(second_one->secret)->session, clock_.now_us(), rules_.sessions));
  EXPECT_EQ(code_of(book().renew(second_one->secret, "wrong")), "SIGN_IN");
  later(second);
  const auto renewed = book().renew(second_one->secret, password);
  ASSERT_TRUE(renewed);
  EXPECT_NE(renewed->secret, second_one->secret);
  EXPECT_EQ(code_of(book().session(second_one->secret)), "SESSION_ENDED");
  EXPECT_TRUE(is_fresh(book().session(renewed->secret)->session, clock_.now_us(), rules_.sessions));
  EXPECT_EQ(renewed->session.ends_us, second_one->session.ends_us) << "no longer than a working day";
  book().sign_out(renewed->secret);
  EXPECT_EQ(code_of(book().session(renewed->secret)), "SESSION_ENDED");
}

TEST_F(AccountBookTest, UseKeepsASessionAliveForEightHoursAtMost) {
  make("zhang");
  const auto session = book().sign_in("zhang", password, "10.0.0.1", "");
  for (int i = 0; i < 34; ++i) {
    later(14 * minute);
    ASSERT_TRUE(book().session(session->secret)) << i;
  }
  later(4 * minute);
  EXPECT_EQ(code_of(book().session(session->secret)), "SESSION_ENDED");
  const auto idle = book().sign_in("zhang", password, "10.0.0.1", "");
  later(15 * minute);
  EXPECT_EQ(code_of(book().session(idle->secret)), "SESSION_ENDED");
}

TEST_F(AccountBookTest, ThreeSessionsAtMostAndNoneOfOneThatWasChangedOrLocked) {
  make("zhang");
  std::vector<std::string> secrets;
  for (int i = 0; i < 4; ++i, later(second))
    secrets.push_back(book().sign_in("zhang", password, "10.0.0.1", "")->secret);
  EXPECT_EQ(code_of(book().session(secrets[0])), "SESSION_ENDED") << "the oldest gave way";
  EXPECT_TRUE(book().session(secrets[1]));
  EXPECT_EQ(book().sessions_of(1), 3);
  ASSERT_TRUE(book().grant("zhang", {{"viewer"}, {}, {}}));
  EXPECT_EQ(code_of(book().session(secrets[3])), "SESSION_ENDED");
  const auto again = book().sign_in("zhang", password, "10.0.0.1", "");
  EXPECT_EQ(again->account.grants.roles, std::vector<std::string>{"viewer"});
  ASSERT_TRUE(book().lock("zhang"));
  EXPECT_EQ(code_of(book().session(again->secret)), "SESSION_ENDED");
}

TEST_F(AccountBookTest, SlipsAreReadAsTheyWereWritten) {
  auto writing = store_->begin(Store::For::writing);
  auto& shelf = writing->accounts();
  put(shelf, keys_, OpeningSlip{"O1", 1, 99, "digest", {"P1", "L1"}, "verify", "入户核实"});
  const auto opening = find_opening(shelf, keys_, "O1");
  EXPECT_EQ(opening->covers, (std::vector<std::string>{"P1", "L1"}));
  EXPECT_EQ(opening->session + opening->purpose + opening->reason, "digestverify入户核实");
  EXPECT_EQ(openings_of(shelf, keys_, 1).size(), 1u);
  put(shelf, keys_, ProposalSlip{"L1", 1, 5, 99, 7, false, "zhang", "adopted", "收养已核实"});
  const std::string leads[] = {"L1", "L2"};
  const auto proposals = find_proposals(shelf, keys_, leads);
  ASSERT_EQ(proposals.size(), 1u);
  EXPECT_EQ(proposals[0].revision, 7);
  EXPECT_FALSE(proposals[0].confirms);
  EXPECT_EQ(proposals[0].by + proposals[0].reason_code + proposals[0].reason, "zhangadopted收养已核实");
  put(shelf, keys_, AssigneeSlip{"L2", "li", 2, 6});
  EXPECT_EQ(find_assignees(shelf, keys_, leads).at(0).name, "li");
  const auto name = answer_name(keys_, "A1", "key-0123456789abcdef");
  put(shelf, keys_, AnswerSlip{name, "digest", 1, 99, 201, "{}", "\"L1.8\""});
  EXPECT_EQ(find_answer(shelf, keys_, name)->status, 201);
  EXPECT_EQ(find_answer(shelf, keys_, name)->etag, "\"L1.8\"");
  EXPECT_FALSE(find_answer(shelf, keys_, answer_name(keys_, "A2", "key-0123456789abcdef")));
  shelf.forget_ended(99);
  EXPECT_FALSE(find_opening(shelf, keys_, "O1"));
  EXPECT_EQ(find_assignees(shelf, keys_, leads).size(), 1u) << "kept for ever";
}

}  // namespace
}  // namespace kinhub
