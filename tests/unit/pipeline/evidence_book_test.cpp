// The evidence rules that count: adopted once, kept with their time, taken up by every transaction, reviewed
// by the next scan.
#include "hub/pipeline/evidence_book.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/pipeline/pipeline_fixture.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub::test {
namespace {

std::string shipped_text() {
  std::ifstream in(kinhub::tests::source_dir() + "/mappings/evidence/evidence.yaml", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

EvidenceFile file_of(const std::string& text) {
  auto read = parse_evidence("rules/evidence.yaml", text);
  if (auto* errors = std::get_if<std::vector<Error>>(&read))
    throw std::runtime_error(describe(errors->front()));
  return std::get<EvidenceFile>(std::move(read));
}
EvidenceFile shipped() {
  return file_of(shipped_text());
}
/// The shipped rules with so many days before a dispute, without tests.
EvidenceFile with_days(int days) {
  auto text = shipped_text();
  text.resize(text.find("\ntests:") + 1);
  const std::string was = "dispute_days: 30";
  return file_of(text.replace(text.find(was), was.size(), "dispute_days: " + std::to_string(days)));
}

void adopt(Ground& ground, const EvidenceFile& file, std::int64_t since_us = noon_us) {
  auto writing = ground.store->begin(Store::For::writing);
  adopt_evidence(writing->values(), ground.keys, file,
                 {file.digest, "evidence.yaml", since_us, "zhang", "minutes"});
  writing->commit();
}
int dispute_days(EvidenceBook& book, Ground& ground) {
  return book.rules_in(ground.store->begin(Store::For::reading)->values())->date_dispute_days;
}

TEST(EvidenceBook, TheRulesBuiltInCountUntilOthersAreAdopted) {
  Ground ground;
  EvidenceBook book(ground.keys);
  EXPECT_EQ(dispute_days(book, ground), 30);
  adopt(ground, with_days(7), 5);
  EXPECT_EQ(dispute_days(book, ground), 7) << "by the book of a hub that was at work before";
  const auto rules = book.rules_in(ground.store->begin(Store::For::reading)->values());
  EXPECT_EQ(rules->file, "evidence.yaml");
  EXPECT_GT(rules->of(FactKind::death).line, 0U);
  adopt(ground, with_days(9), 6);
  EXPECT_EQ(dispute_days(book, ground), 9);
  EXPECT_EQ(rules->date_dispute_days, 7) << "whoever works by them still has them";

  auto reading = ground.store->begin(Store::For::reading);
  const auto all = evidence_adoptions(reading->values(), ground.keys);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].since_us, 5);
  EXPECT_EQ(all[1].by + " " + all[1].reason, "zhang minutes");
  EXPECT_EQ(evidence_text(reading->values(), ground.keys, all[0].digest), with_days(7).text)
      << "every text is kept";
  EXPECT_EQ(evidence_text(reading->values(), ground.keys, "none"), std::nullopt);
}

TEST(EvidenceBook, AtAPastTimeTheRulesOfThatTimeCount) {
  Ground ground;
  EvidenceBook book(ground.keys);
  adopt(ground, with_days(7), 50);
  adopt(ground, with_days(9), 60);
  auto reading = ground.store->begin(Store::For::reading);
  struct Row {
    std::optional<std::int64_t> known_at_us;
    int days;
  };
  for (const auto& row : {Row{49, 30}, Row{50, 7}, Row{59, 7}, Row{60, 9}, Row{std::nullopt, 9}})
    EXPECT_EQ(book.rules_in(reading->values(), row.known_at_us)->date_dispute_days, row.days)
        << row.known_at_us.value_or(-1);
}

TEST(EvidenceBook, AFirstStartAdoptsWhatChangesNothing) {
  const auto people = [](Ground& ground) {
    FakeLog log({"civil", "hospital", "insurance", "police"}, 7);
    OwnsAll all(log);
    log.append({born("police", 2, 4)}, std::nullopt);
    ground.pipeline(log, *ground.store, all)->drain();
  };
  struct Row {
    const char* what;
    bool known, other;  ///< there are people; the file says something else than what is built in
    int days;
    std::size_t adoptions;
  };
  for (const auto& row :
       {Row{"nobody yet", false, false, 30, 1}, Row{"nobody yet, a site's rules", false, true, 7, 1},
        Row{"an old store", true, false, 30, 1},
        Row{"an old store, a site's rules: somebody decides", true, true, 30, 0}}) {
    Ground ground;
    if (row.known) people(ground);
    const auto file = row.other ? with_days(7) : shipped();
    for (int start = 0; start < 2; ++start)
      adopt_first_evidence(*ground.store, ground.keys, file, noon_us);
    auto reading = ground.store->begin(Store::For::reading);
    EXPECT_EQ(evidence_adoptions(reading->values(), ground.keys).size(), row.adoptions) << row.what;
    EXPECT_TRUE(evidence_reviewed(reading->values())) << row.what;
    reading.reset();
    EvidenceBook book(ground.keys);
    EXPECT_EQ(dispute_days(book, ground), row.days) << row.what;
    adopt_first_evidence(*ground.store, ground.keys, with_days(20), noon_us);  // a second node, another file
    EXPECT_EQ(dispute_days(book, ground), row.days) << row.what;
  }
}

TEST(EvidenceBook, TheScanAfterAnAdoptionReviewsEverybodyAndLeadsFollow) {
  Ground ground;
  FakeLog log({"civil", "hospital", "insurance", "police"}, 7);
  OwnsAll all(log);
  auto later = line("civil", "D4", "death,D4,20261101000001," + number_of("19950303", 4) + ",,20240531,0");
  log.append({loaded("police"), born("police", 2, 4), died("police", 4), later}, std::nullopt);
  auto pipeline = ground.pipeline(log, *ground.store, all);
  pipeline->drain();
  pipeline->scan();
  const auto kinds = [&] {
    std::string text;
    for (const auto& lead : all_leads(ground.store->begin(Store::For::reading)->leads(), LeadState::open))
      text += std::string(name_of(lead.kind)) + " ";
    return text;
  };
  EXPECT_EQ(kinds(), "new ") << "21 days apart";
  EXPECT_EQ(pipeline->scan().people, 1) << "who has an open lead, and nobody else";

  adopt(ground, with_days(20));
  EXPECT_FALSE(evidence_reviewed(ground.store->begin(Store::For::reading)->values()));
  EXPECT_EQ(kinds(), "new ") << "not yet looked at";
  std::int64_t done = 0, total = 0;
  ScanOptions telling;
  telling.progress = [&](const WalkProgress& now) { done = now.done, total = now.total; };
  EXPECT_EQ(pipeline->scan(telling).people, 2) << "mother and child";
  EXPECT_EQ(done, 2);
  EXPECT_EQ(total, 2);
  EXPECT_EQ(kinds(), "verify ");
  EXPECT_TRUE(evidence_reviewed(ground.store->begin(Store::For::reading)->values()));
  EXPECT_EQ(pipeline->scan().people, 1);

  // A batch of the same pipeline works by them, too: another child's death, told 25 days apart.
  auto other = line("civil", "D6", "death,D6,20261101000001," + number_of("19950303", 6) + ",,20240604,0");
  log.append({born("police", 3, 6), died("police", 6), other}, std::nullopt);
  pipeline->drain();
  EXPECT_EQ(kinds(), "verify verify ");
}

TEST(EvidenceBook, RulesThatCannotBeReadAreToldAndNotGuessed) {
  Ground ground;
  auto file = shipped();
  file.text = "evidence: 2\n", file.digest = sha256_hex(file.text);
  adopt(ground, file);
  EvidenceBook book(ground.keys);
  EXPECT_THROW(dispute_days(book, ground), StoreDamaged);
}

}  // namespace
}  // namespace kinhub::test
