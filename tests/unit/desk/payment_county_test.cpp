// The worked example of 试县 through log, pipeline, store and desk: agencies tell, people decide, lists are
// checked, signed, closed and sent, banks answer. The figures are those of the specification of care,
// part 8.3.

#include <gmock/gmock.h>

#include <fstream>
#include <map>

#include "hub/care/entry.hpp"
#include "hub/desk/payment_desk.hpp"
#include "hub/payment/list_csv.hpp"
#include "hub/pipeline/pipeline.hpp"
#include "hub/store/payments.hpp"
#include "hub/store/sealed_rows.hpp"
#include "hub/store/sqlite/sqlite_store.hpp"
#include "tests/care/shixian.hpp"
#include "tests/places/places.hpp"
#include "tests/unit/pipeline/fake_log.hpp"
#include "tests/unit/store/record_fixture.hpp"

namespace kinhub::test {
namespace {

using shixian::Whom;
using ::testing::HasSubstr;
using ::testing::Not;

class PaidCounty : public ::testing::Test {
 protected:
  PaidCounty() {
    config_.payments =
        PaymentsConfig{Date(2026, 4, 1), "quarter", {{"A", "试甲银行"}, {"B", "试乙银行"}}, ""};
    live(Date(2026, 6, 1));
    for (int family = 1; family <= 13; ++family)
      for (const auto whom : {Whom::woman, Whom::man})
        open_account(family, whom, bank_of(family, whom),
                     "62000000" + std::to_string(1000 + family * 10 + (whom == Whom::man)), Date(2026, 6, 2));
  }

  void live(Date day) {
    life_.until(day);
    today_ = day;
    payments_ = make_payments(
        {config_, *store_, keys_, [this]() -> const Rules& { return rules_; }, evidence_, clock_, today_});
  }
  /// As the example has it: A for 901, 902 and family 11, B for 903 and family 08.
  static std::string bank_of(int family, Whom whom) {
    if (family == 11) return "A";
    if (family == 8 || family >= 9) return "B";
    return family == 5 && whom == Whom::man ? "B" : "A";
  }
  void open_account(int family, Whom whom, const std::string& bank, const std::string& account, Date told,
                    std::optional<Date> since = std::nullopt) {
    const auto found = forms_.find("account");
    ASSERT_TRUE(found) << describe(found.error());
    const auto at_us = shixian::noon_us(told) + ++entries_;
    auto decided = decide_entry({**found,
                                 forms_.tables(),
                                 entry_id(at_us, static_cast<std::uint64_t>(entries_)),
                                 {{IdentifierKind::citizen_number, shixian::number_of(family, whom)}},
                                 {{"bank", bank},
                                  {"account", account},
                                  {"holder", names_.at({family, whom})},
                                  {"on", since.value_or(told).text()}},
                                 {"试经办", "worked example", at_us},
                                 told});
    ASSERT_TRUE(std::holds_alternative<CareEntry>(decided));
    Event event;
    event.source = care_desk, event.key = std::get<CareEntry>(decided).id;
    event.body = to_bytes(std::get<CareEntry>(decided), **found);
    event.content_type = "application/json", event.charset = "UTF-8", event.origin = "care desk";
    event.received_at_us = at_us;
    log_.append({event}, std::nullopt);
  }

  PaymentListView checked(const std::string& period) {
    auto view = payments_->check({"320812", period, "张制表", "kinhub"});
    EXPECT_TRUE(view) << describe(view.error());
    EXPECT_EQ(red(*view), "");
    EXPECT_EQ(view->state, "checked");
    return std::move(*view);
  }
  PaymentListView closed(const PaymentListView& view) {
    const auto& number = view.list.list_no;
    auto reviewed = payments_->review({number, "李复核", "kinhub", view.digest});
    EXPECT_TRUE(reviewed) << describe(reviewed.error());
    auto done = payments_->close({number, "王批准", "kinhub", view.digest});
    EXPECT_TRUE(done) << describe(done.error());
    EXPECT_EQ(done->state, "closed");
    return std::move(*done);
  }
  static std::string red(const PaymentListView& view) {
    std::string text;
    for (const auto& one : view.findings)
      if (one.level == ListFinding::Level::red) text += one.check + " " + one.place + " " + one.text + "; ";
    return text;
  }
  static std::string file_name(const PaymentListView& view, const std::string& bank) {
    return "HP_" + view.list.list_no + "_" + bank + ".csv";
  }
  /// What the bank answers: everything is paid but one line.
  std::string answers(const PaymentListView& view, const std::string& bank, int returned,
                      const std::string& code, const std::string& time) {
    std::string text = "LIST_NO,LINE_NO,ZH_TAIL,JE,JG,SM,HPSJ\n";
    std::int64_t count = 0, paid = 0;
    for (const auto& line : view.list.lines) {
      if (!line.sent() || line.account.bank != bank) continue;
      const bool back = line.line_no == returned;
      ++count, paid += back ? 0 : line.total();
      text += view.list.list_no + "," + std::to_string(line.line_no) + "," +
              line.account.account.substr(line.account.account.size() - 4) + "," + yuan_text(line.total()) +
              "," + (back ? code : "00") + ",," + time + "\n";
    }
    return text + "T," + std::to_string(count) + "," + yuan_text(paid) + ",,,,\n";
  }
  int line_of(const PaymentListView& view, int family, Whom whom) {
    for (const auto& line : view.list.lines)
      if (line.number == shixian::number_of(family, whom)) return line.line_no;
    return 0;
  }
  /// "A 1770.00 +590.00 新增、补发"
  std::string told(const PaymentListView& view, int family, Whom whom) {
    std::string text;
    for (const auto& line : view.list.lines) {
      if (line.number != shixian::number_of(family, whom)) continue;
      if (!text.empty()) text += " | ";
      text += type_text(line).substr(0, 1) + " " + yuan_text(line.regular());
      if (line.arrears() != 0) text += " +" + yuan_text(line.arrears());
      text += " " + changes_text(line);
    }
    return text;
  }
  static std::string told(const std::vector<ListSums::Sum>& sums) {
    std::string text;
    for (const auto& sum : sums)
      text += (text.empty() ? "" : "; ") + sum.what + " " + std::to_string(sum.rows) + " " +
              yuan_text(sum.total_fen);
    return text;
  }
  /// The second quarter: closed on 06-25, sent, and 08 comes back on 07-03.
  void second_quarter() {
    live(Date(2026, 6, 25));
    const auto list = closed(checked("2026Q2"));
    ASSERT_TRUE(payments_->send(list.list.list_no));
    live(Date(2026, 7, 3));
    ASSERT_TRUE(payments_->returns(file_name(list, "A"), answers(list, "A", 0, "", "20260703100000")));
    const auto returned = payments_->returns(
        file_name(list, "B"), answers(list, "B", line_of(list, 8, Whom::woman), "03", "20260703100000"));
    ASSERT_TRUE(returned) << describe(returned.error());
    EXPECT_EQ(payments_->returns("HP_TF-320812-2026Q9-01_B.csv", answers(list, "B", 0, "", "20260703100000"))
                  .error()
                  .code,
              "RETURN_NAME");
    EXPECT_EQ(payments_->returns("HP_TF-320812-2026Q2-01_C.csv", answers(list, "B", 0, "", "20260703100000"))
                  .error()
                  .code,
              "RETURN_NAME")
        << "no line went to bank C";
    EXPECT_EQ(yuan_text(returned->sums.returned.total_fen), "1770.00");
    EXPECT_EQ(returned->state, "settled");
    live(Date(2026, 7, 19));
    open_account(8, Whom::woman, "B", "620000008888", Date(2026, 7, 20));
  }

  static std::map<std::pair<int, Whom>, std::string> all_names() {
    const std::array<std::string, 14> surnames{"",   "赵", "钱", "孙", "李", "周", "吴",
                                               "郑", "王", "冯", "陈", "褚", "卫", "蒋"};
    std::map<std::pair<int, Whom>, std::string> names;
    for (int family = 1; family <= 13; ++family) {
      names[{family, Whom::woman}] = surnames.at(static_cast<std::size_t>(family)) + "试云";
      names[{family, Whom::man}] = surnames.at(static_cast<std::size_t>(family)) + "试国";
    }
    return names;
  }

  TemporaryFolder folder_;
  Config config_ = shixian::config(kinhub::tests::binary_dir() + "/bin/kinhub", folder_.path);
  Keyring keys_ = Keyring::from_passphrase("worked example");
  std::unique_ptr<SqliteStore> store_ = SqliteStore::open(folder_.path / "kinhub.db", keys_);
  FakeLog log_{{"care-desk", "civil-affairs", "public-security"}, 1};
  FixedClock clock_{shixian::noon_us(Date(2012, 1, 1))};
  Rules rules_ = shixian::rules(config_);
  FormSet forms_ = shixian::forms(config_);
  EvidenceBook evidence_{keys_};
  const std::map<std::pair<int, Whom>, std::string> names_ = all_names();
  shixian::Life life_{{log_, *store_, keys_, rules_, clock_}, forms_};
  Date today_;
  std::unique_ptr<Payments> payments_;
  std::int64_t entries_ = 0;
};

TEST_F(PaidCounty, TwoQuartersToTheLastFigure) {
  live(Date(2026, 6, 25));
  {
    const auto q2 = payments_->draft({"320812", "2026Q2", "", ""});
    ASSERT_TRUE(q2) << describe(q2.error());
    const auto sums = sums_of(q2->list.lines);
    EXPECT_EQ(told({sums.all}), "total 16 25200.00");
    EXPECT_EQ(told(sums.towns), "320812901 5 8070.00; 320812902 6 9060.00; 320812903 5 8070.00");
    EXPECT_EQ(red(*q2), "");
  }
  second_quarter();
  live(Date(2026, 9, 25));
  const auto q3 = closed(checked("2026Q3"));
  EXPECT_EQ(told(q3, 1, Whom::woman), "A 1770.00 续发");
  EXPECT_EQ(told(q3, 2, Whom::man), "B 1380.00 迁移 320812901->320812902");
  EXPECT_EQ(told(q3, 3, Whom::woman), "A 1180.00 新增");
  EXPECT_EQ(told(q3, 4, Whom::man), "A 1180.00 末次、暂存");
  EXPECT_EQ(told(q3, 6, Whom::man), "A 1770.00 变更");
  EXPECT_EQ(told(q3, 7, Whom::man), "");
  EXPECT_EQ(told(q3, 8, Whom::woman), "A 1770.00 +1770.00 重发、账户变更");
  EXPECT_EQ(told(q3, 9, Whom::man), "");
  EXPECT_EQ(told(q3, 10, Whom::woman), "A 1770.00 末次");
  EXPECT_EQ(told(q3, 11, Whom::woman), "A 1770.00 新增");
  EXPECT_EQ(told(q3, 12, Whom::man), "A 1770.00 +590.00 新增、补发");
  EXPECT_EQ(told(q3, 13, Whom::man), "B 1380.00 待核实");
  const auto sums = sums_of(q3.list.lines);
  EXPECT_EQ(told({sums.all}), "total 19 32660.00");
  EXPECT_EQ(yuan_text(sums.all.regular_fen) + " + " + yuan_text(sums.all.arrears_fen), "30300.00 + 2360.00");
  EXPECT_EQ(told(sums.towns), "320812901 5 7080.00; 320812902 6 11610.00; 320812903 8 13970.00");
  EXPECT_EQ(told(sums.benefits),
            "national-special-assistance/death 15 27140.00; "
            "national-special-assistance/disability 4 5520.00");
  EXPECT_EQ(told(sums.banks), "A 11 17510.00; B 7 13970.00");
  EXPECT_EQ(told({sums.held, sums.sent}), "held 1 1180.00; sent 18 31480.00");
  EXPECT_EQ(yuan_text(sums.towns[0].regular_fen) + " " + yuan_text(sums.towns[1].regular_fen) + " " +
                yuan_text(sums.towns[2].regular_fen),
            "7080.00 9840.00 13380.00");
  EXPECT_EQ(q3.list.stopped.size(), 2u);
  const auto overpaid = payments_->overpaid();
  ASSERT_EQ(overpaid.size(), 2u);
  EXPECT_EQ(overpaid[0].entry.period, Date(2026, 6, 1));
  EXPECT_EQ(overpaid[0].entry.fen + overpaid[1].entry.fen, 92'000);

  const auto files = payments_->send(q3.list.list_no);
  ASSERT_TRUE(files);
  ASSERT_EQ(files->files.size(), 2u);
  EXPECT_EQ(files->files[0].name, "FK_TF-320812-2026Q3-01_A.csv");
  EXPECT_EQ(files->files[0].lines, 11);
  live(Date(2026, 9, 29));
  const auto back = payments_->returns(file_name(q3, "A"),
                                       answers(q3, "A", line_of(q3, 1, Whom::man), "02", "20260929161000"));
  ASSERT_TRUE(back) << describe(back.error());
  EXPECT_EQ(yuan_text(back->sums.paid.total_fen), "15740.00") << "11 lines of bank A";
  const auto all = payments_->returns(file_name(q3, "B"), answers(q3, "B", 0, "", "20260929161000"));
  ASSERT_TRUE(all);
  EXPECT_EQ(yuan_text(all->sums.paid.total_fen) + " " + yuan_text(all->sums.returned.total_fen),
            "29710.00 1770.00");
  EXPECT_EQ(all->state, "settled");
  const auto q4 = payments_->draft({"320812", "2026Q4", "", ""});
  ASSERT_TRUE(q4);
  EXPECT_EQ(told(*q4, 1, Whom::man), "A 1770.00 +1770.00 重发、暂存") << "until the account is mended";
}

TEST_F(PaidCounty, ThreePeopleSignWhatTheySawAndTheListIsDrawnAgainWhenItIsClosed) {
  second_quarter();
  config_.payments->cut_off_day = 1;
  live(Date(2026, 9, 11));
  const auto early = checked("2026Q3");
  EXPECT_EQ(payments_->review({early.list.list_no, "张制表", "kinhub", early.digest}).error().code,
            "SIGNED_BY_SAME");
  EXPECT_EQ(payments_->review({early.list.list_no, " 张制表　", "kinhub", early.digest}).error().code,
            "SIGNED_BY_SAME");
  EXPECT_EQ(payments_->review({early.list.list_no, "李复核", "kinhub", "0000"}).error().code, "LIST_CHANGED");
  EXPECT_EQ(payments_->close({early.list.list_no, "王批准", "kinhub", early.digest}).error().code,
            "SIGNED_OUT_OF_ORDER");
  ASSERT_TRUE(payments_->review({early.list.list_no, "李复核", "kinhub", early.digest}));
  live(Date(2026, 9, 13));  // the move of 02 is known, the end of 10 is decided
  EXPECT_EQ(payments_->close({early.list.list_no, "王批准", "kinhub", early.digest}).error().code,
            "LIST_CHANGED");
  const auto again = checked("2026Q3");
  EXPECT_NE(again.digest, early.digest);
  EXPECT_EQ(again.signatures.size(), 1u) << "all three sign anew";
  const auto done = closed(again);
  ASSERT_EQ(done.signatures.size(), 3u);
  EXPECT_EQ(done.signatures[2].by, "王批准");
  ASSERT_FALSE(done.findings.empty());
  EXPECT_EQ(done.findings.back().check, "signers");
  EXPECT_THAT(done.findings.back().text, HasSubstr("made, reviewed, approved"));
  EXPECT_EQ(payments_->review({again.list.list_no, "李复核", "kinhub", again.digest}).error().code,
            "LIST_NOT_CHECKED");
  const auto second = payments_->draft({"320812", "2026Q3", "", ""});
  ASSERT_FALSE(second) << "one list of a payer and a period";
  EXPECT_EQ(second.error().code, "PERIOD_HAS_LIST");
  EXPECT_THAT(second.error().text, HasSubstr("TF-320812-2026Q3-01"));
  EXPECT_EQ(payments_->check({"320812", "2026Q3", "张制表", "kinhub"}).error().code, "PERIOD_HAS_LIST");
}

TEST_F(PaidCounty, NothingIsMadeBeforeItsDayAndNothingIsPaidAhead) {
  live(Date(2026, 6, 24));
  const auto early = payments_->check({"320812", "2026Q2", "张制表", "kinhub"});
  ASSERT_TRUE(early);
  EXPECT_EQ(early->state, "draft");
  EXPECT_THAT(red(*early), HasSubstr("cut_off 2026Q2 a list of this period is made from 2026-06-25 on"));
  EXPECT_TRUE(payments_->lists().empty());
  const auto ahead = payments_->draft({"320812", "2027Q1", "", ""});
  ASSERT_TRUE(ahead);
  EXPECT_THAT(red(*ahead), HasSubstr("cut_off 2027Q1"));
  for (const auto& line : ahead->list.lines)
    for (const auto& one : line.periods)
      if (one.as == PaidAs::arrears) {
        EXPECT_LT(one.period, Date(2026, 7, 1));
      }
  config_.payments->cut_off_day = 24;
  checked("2026Q2");
}

TEST_F(PaidCounty, WhoDiesBetweenTheCheckAndTheClosingIsNotPaid) {
  live(Date(2026, 8, 9));
  const auto early = checked("2026Q2");
  ASSERT_TRUE(payments_->review({early.list.list_no, "李复核", "kinhub", early.digest}));
  live(Date(2026, 8, 13));  // the man of 04 died on the 10th, and the police told it on the 12th
  EXPECT_EQ(payments_->close({early.list.list_no, "王批准", "kinhub", early.digest}).error().code,
            "LIST_CHANGED");
  const auto done = closed(checked("2026Q2"));
  EXPECT_EQ(done.list.lines.at(static_cast<std::size_t>(line_of(done, 4, Whom::man) - 1)).held, Held::dead);
}

TEST_F(PaidCounty, AnAccountThatBeginsBetweenTheCheckAndTheClosingIsNotForgotten) {
  live(Date(2026, 6, 25));
  const auto early = checked("2026Q2");
  ASSERT_TRUE(payments_->review({early.list.list_no, "李复核", "kinhub", early.digest}));
  open_account(1, Whom::woman, "A", "620000009999", Date(2026, 6, 26));
  live(Date(2026, 6, 26));
  EXPECT_EQ(payments_->close({early.list.list_no, "王批准", "kinhub", early.digest}).error().code,
            "LIST_CHANGED");
}

TEST_F(PaidCounty, AnAccountThatIsCorrectedSinceAnEarlierDayIsTheOnePaidTo) {
  open_account(1, Whom::woman, "A", "620000007777", Date(2026, 6, 20), Date(2026, 5, 1));
  live(Date(2026, 6, 25));
  const auto draft = payments_->draft({"320812", "2026Q2", "", ""});
  ASSERT_TRUE(draft);
  const auto& line = draft->list.lines.at(static_cast<std::size_t>(line_of(*draft, 1, Whom::woman) - 1));
  EXPECT_EQ(line.account.account, "620000007777") << "told last";
}

TEST_F(PaidCounty, ARowThatIsNotWhatWasSignedStopsTheNextList) {
  second_quarter();
  {
    auto writing = store_->begin(Store::For::writing);
    const auto row = writing->payments().lines(1, 0, 1).at(0);
    std::string attempt;
    auto line =
        payment_line_from(keys_.unseal(row.content, payment_line_context(row.list, row.line)), &attempt);
    line.periods[0].fen += 1;
    const Resealed bent{{row.list, std::to_string(row.line), {}},
                        row.content,
                        keys_.seal(to_bytes(line, attempt), payment_line_context(row.list, row.line))};
    writing->sealed().replace(SealedShelf::payment_lines, {&bent, 1});
    writing->commit();
  }
  live(Date(2026, 9, 25));
  const auto refused = payments_->check({"320812", "2026Q3", "张制表", "kinhub"});
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->state, "draft");
  EXPECT_THAT(red(*refused), HasSubstr("F18 TF-320812-2026Q2-01"));
  const auto shown = payments_->show("TF-320812-2026Q2-01");
  ASSERT_TRUE(shown);
  EXPECT_THAT(red(*shown), HasSubstr("F18"));
  EXPECT_FALSE(payments_->lists().at(0).as_signed);
  EXPECT_EQ(payments_->send("TF-320812-2026Q2-01").error().code, "LIST_NOT_AS_SIGNED");
  EXPECT_EQ(
      payments_->returns(file_name(*shown, "A"), answers(*shown, "A", 0, "", "20260703100000")).error().code,
      "LIST_NOT_AS_SIGNED");
}

TEST_F(PaidCounty, ALineOfAnEarlierCheckIsNotALineOfThisOne) {
  live(Date(2026, 6, 25));
  checked("2026Q2");
  const auto before = store_->begin(Store::For::reading)->payments().lines(1, 0, 1).at(0);
  live(Date(2026, 6, 26));
  const auto list = closed(checked("2026Q2"));
  EXPECT_EQ(red(*payments_->show(list.list.list_no)), "");
  auto writing = store_->begin(Store::For::writing);
  const auto now = writing->payments().lines(1, 0, 1).at(0);
  const Resealed back{{now.list, std::to_string(now.line), {}}, now.content, before.content};
  writing->sealed().replace(SealedShelf::payment_lines, {&back, 1});
  writing->commit();
  writing.reset();
  EXPECT_THAT(red(*payments_->show(list.list.list_no)), HasSubstr("F18"));
  EXPECT_EQ(payments_->send(list.list.list_no).error().code, "LIST_NOT_AS_SIGNED");
}

TEST_F(PaidCounty, TheStateBesideTheSealChangesNothingAndIsRed) {
  const auto set = [&](std::int64_t id, PaymentListState state) {
    auto writing = store_->begin(Store::For::writing);
    auto row = *writing->payments().list(id);
    row.state = state;
    writing->payments().put_list(row);
    writing->commit();
  };
  second_quarter();
  live(Date(2026, 9, 25));
  const auto honest = payments_->draft({"320812", "2026Q3", "", ""});
  ASSERT_TRUE(honest);
  for (const auto state : {PaymentListState::checked, PaymentListState::closed, PaymentListState::imported}) {
    set(1, state);
    const auto drawn = payments_->draft({"320812", "2026Q3", "", ""});
    ASSERT_TRUE(drawn);
    EXPECT_EQ(drawn->digest, honest->digest) << "what was paid is not paid again";
    EXPECT_THAT(red(*drawn), HasSubstr("F18 TF-320812-2026Q2-01"));
    EXPECT_THAT(red(*payments_->show("TF-320812-2026Q2-01")), HasSubstr("F18"));
    EXPECT_EQ(payments_->send("TF-320812-2026Q2-01").error().code, "LIST_NOT_AS_SIGNED");
    EXPECT_EQ(payments_->draft({"320812", "2026Q2", "", ""}).error().code, "PERIOD_HAS_LIST");
  }
  set(1, PaymentListState::settled);
  const auto waits = checked("2026Q3");
  set(2, PaymentListState::closed);
  EXPECT_EQ(payments_->send(waits.list.list_no).error().code, "LIST_NOT_AS_SIGNED") << "nobody signed it";
  EXPECT_EQ(payments_->show(waits.list.list_no)->state, "checked");
}

TEST_F(PaidCounty, ALineThatComesBackLateIsUnpaidOnceSomebodyAcceptsIt) {
  second_quarter();
  const auto list = *payments_->show("TF-320812-2026Q2-01");
  const auto line = line_of(list, 1, Whom::woman);
  const auto late =
      payments_->returns(file_name(list, "A"), answers(list, "A", line, "03", "20260710100000"));
  ASSERT_TRUE(late) << describe(late.error());
  ASSERT_EQ(late->aside.size(), 1u);
  EXPECT_EQ(late->aside[0].code, "RETURN_DIFFERS");
  EXPECT_EQ(yuan_text(late->sums.returned.total_fen), "1770.00") << "08 alone";
  live(Date(2026, 9, 25));
  EXPECT_EQ(told(*payments_->draft({"320812", "2026Q3", "", ""}), 1, Whom::woman), "A 1770.00 续发");

  const auto& number = list.list.list_no;
  EXPECT_EQ(payments_->accept({number, line, "li", "kinhub", " "}).error().code, "REASON_MISSING");
  EXPECT_EQ(payments_->accept({number, 99, "li", "kinhub", "来函"}).error().code, "NOTHING_ASIDE");
  const auto accepted = payments_->accept({number, line, "li", "kinhub", "来函"});
  ASSERT_TRUE(accepted) << describe(accepted.error());
  EXPECT_EQ(yuan_text(accepted->sums.returned.total_fen), "3540.00");
  EXPECT_EQ(payments_->accept({number, line, "li", "kinhub", "来函"}).error().code, "NOTHING_ASIDE");
  const auto shown = payments_->show(number);
  ASSERT_TRUE(shown);
  ASSERT_EQ(shown->aside.size(), 1u);
  EXPECT_EQ(shown->aside[0].accepted_by, "li");
  EXPECT_EQ(red(*shown), "");
  EXPECT_EQ(told(*payments_->draft({"320812", "2026Q3", "", ""}), 1, Whom::woman),
            "A 1770.00 +1770.00 重发、暂存");
}

TEST_F(PaidCounty, NobodyStandsInTheStoreInPlain) {
  second_quarter();
  store_.reset();
  std::string bytes;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path)) {
    std::ifstream in(entry.path(), std::ios::binary);
    bytes.append(std::istreambuf_iterator<char>(in), {});
  }
  EXPECT_GT(bytes.size(), 100'000u);
  EXPECT_THAT(bytes, Not(HasSubstr("试云")));
  EXPECT_THAT(bytes, Not(HasSubstr("620000008888")));
  EXPECT_THAT(bytes, Not(HasSubstr(shixian::number_of(1, Whom::woman))));
}

TEST_F(PaidCounty, WhatIsAskedWronglyIsSaid) {
  live(Date(2026, 6, 25));
  const auto code = [](const auto& answer) { return answer ? std::string("taken") : answer.error().code; };
  EXPECT_EQ(code(payments_->draft({"3208", "2026Q2", "", ""})), "REGION_FORMAT");
  EXPECT_EQ(code(payments_->draft({"320812", "2026H1", "", ""})), "PERIOD_FORM");
  EXPECT_EQ(code(payments_->draft({"320812", "2026Q1", "", ""})), "PERIOD_FORM") << "before the books begin";
  EXPECT_EQ(code(payments_->show("TF-320812-2026Q2-01")), "NO_SUCH_LIST");
  EXPECT_EQ(code(payments_->returns("HP.csv", "no file")), "RETURN_HEADER");
  EXPECT_EQ(code(payments_->settle_overpaid({"O000", LedgerState::told, "", "", ""})), "NO_SUCH_ENTRY");
  const auto other = payments_->draft({"320813", "2026Q2", "", ""});
  ASSERT_TRUE(other);
  EXPECT_TRUE(other->list.lines.empty()) << "another county pays nobody of these";
  const auto list = checked("2026Q2");
  EXPECT_EQ(code(payments_->send(list.list.list_no)), "LIST_NOT_CLOSED");
  EXPECT_EQ(code(payments_->import("b.csv", "person,benefit,month,fen,list\nX,y,2026-03,1,z\n")),
            "NO_SUCH_PERSON");
  const auto books = [&](const std::string& rows) {
    return payments_->import("b.csv", "person,benefit,month,fen,list\n" + rows);
  };
  const auto row = [](const std::string& month, const std::string& fen) {
    return shixian::number_of(1, Whom::woman) + ",national-special-assistance/death," + month + "," + fen +
           ",旧账\n";
  };
  EXPECT_EQ(code(books(row("2026-04", "59000"))), "IMPORT_PERIOD") << "from here on the hub keeps the books";
  EXPECT_EQ(code(books(row("9999-12", "59000"))), "IMPORT_PERIOD");
  EXPECT_EQ(code(books(row("2026-02", "9223372036854775807") + row("2026-03", "9223372036854775807"))),
            "IMPORT_LINE");
  EXPECT_EQ(code(books(row("2026-03", "59001"))), "IMPORT_SUM");
  EXPECT_THAT(books(row("2026-03", "59001")).error().text, HasSubstr("590.00"));
  EXPECT_EQ(code(books(row("2026-03", "59000") + row("2026-03", "59000"))), "IMPORT_TWICE");
  ASSERT_EQ(code(books(row("2026-03", "59000"))), "taken");
  EXPECT_EQ(code(books(row("2026-03", "59000"))), "IMPORT_TWICE");
  config_.payments.reset();
  EXPECT_EQ(code(payments_->draft({"320812", "2026Q2", "", ""})), "PAYMENTS_NOT_CONFIGURED");
}

}  // namespace
}  // namespace kinhub::test
