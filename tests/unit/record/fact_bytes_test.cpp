// The byte form of a fact: every field survives, every field tells two facts apart, cut bytes are refused.
#include "hub/record/fact_bytes.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "tests/unit/record/facts.hpp"

namespace kinhub::test {
namespace {

std::string bytes_of(const Fact& fact) {
  Packer out;
  write(out, fact);
  return out.take();
}

Fact full() {
  Fact fact =
      birth("police", "322228-B1").of("n:322228200005210331 p:55 -c:A/Z1", "王试子").mother(mother_su).fact();
  fact.people[0].sex = Sex::female;
  fact.people[0].born = PartialDate::parse("2000-05");
  fact.on = PartialDate::parse("2000-05-21"), fact.until = PartialDate::parse("2020");
  fact.registered = Date(2000, 6, 1);
  fact.grade = 2, fact.category = 7;
  fact.region = "322228", fact.region_to = "370306", fact.status = "earlier";
  fact.household_number = "000123", fact.relation = "02", fact.certificate = "Z32";
  return fact;
}

TEST(FactBytes, AFullFactIsReadAsItWasWrittenToTheLastByte) {
  const auto bytes = bytes_of(full());
  Unpacker in(bytes);
  EXPECT_EQ(read_fact(in), full());
  EXPECT_TRUE(in.at_end());
}

TEST(FactBytes, AnEmptyFactIsReadAsItWasWritten) {
  const auto bytes = bytes_of(Fact{});
  Unpacker in(bytes);
  EXPECT_EQ(read_fact(in), Fact{});
  EXPECT_TRUE(in.at_end());
}

TEST(FactBytes, EveryKindAndEveryEvidenceClassIsKept) {
  for (auto kind = FactKind::birth; kind <= FactKind::adoption_voided;
       kind = static_cast<FactKind>(static_cast<int>(kind) + 1))
    for (auto evidence : {EvidenceClass::police_registration, EvidenceClass::certificate,
                          EvidenceClass::hospital, EvidenceClass::cremation, EvidenceClass::insurance})
      for (auto op : {Op::assert_, Op::retract}) {
        Fact fact;
        fact.kind = kind, fact.evidence = evidence, fact.op = op;
        const auto bytes = bytes_of(fact);
        Unpacker in(bytes);
        EXPECT_EQ(read_fact(in), fact) << name_of(kind) << " " << name_of(evidence);
      }
}

TEST(FactBytes, DatesKeepTheirPrecisionFromTheFirstYearToTheLast) {
  for (const char* date : {"0001-01-01", "1955", "1955-07", "1955-07-01", "1970-01-01", "9999-12-31"}) {
    Fact fact;
    fact.on = PartialDate::parse(date);
    const auto bytes = bytes_of(fact);
    Unpacker in(bytes);
    EXPECT_EQ(read_fact(in).on->text(), date);
  }
}

TEST(FactBytes, EveryFieldTellsTwoFactsApart) {
  struct Row {
    const char* field;
    std::function<void(Fact&)> change;
  };
  const std::vector<Row> rows = {
      {"kind", [](Fact& f) { f.kind = FactKind::death; }},
      {"op", [](Fact& f) { f.op = Op::retract; }},
      {"evidence", [](Fact& f) { f.evidence = EvidenceClass::hospital; }},
      {"key", [](Fact& f) { f.key += "0"; }},
      {"version", [](Fact& f) { f.version += "0"; }},
      {"people", [](Fact& f) { f.people.pop_back(); }},
      {"role", [](Fact& f) { f.people[1].role = Role::father; }},
      {"identifiers", [](Fact& f) { f.people[1].identifiers.clear(); }},
      {"identifier kind", [](Fact& f) { f.people[0].identifiers[1].kind = IdentifierKind::chart; }},
      {"former", [](Fact& f) { f.people[0].former.clear(); }},
      {"name", [](Fact& f) { f.people[0].name = "赵试远"; }},
      {"no name", [](Fact& f) { f.people[0].name.reset(); }},
      {"empty name", [](Fact& f) { f.people[0].name = ""; }},
      {"sex", [](Fact& f) { f.people[0].sex = Sex::unknown; }},
      {"no sex", [](Fact& f) { f.people[0].sex.reset(); }},
      {"born", [](Fact& f) { f.people[0].born = PartialDate::parse("2000-05-01"); }},
      {"on", [](Fact& f) { f.on = PartialDate::parse("2000-05-22"); }},
      {"until", [](Fact& f) { f.until.reset(); }},
      {"registered", [](Fact& f) { f.registered = Date(2000, 6, 2); }},
      {"grade", [](Fact& f) { f.grade = 1; }},
      {"category", [](Fact& f) { f.category.reset(); }},
      {"region", [](Fact& f) { f.region.reset(); }},
      {"region_to", [](Fact& f) { f.region_to = "370307"; }},
      {"status", [](Fact& f) { f.status.reset(); }},
      {"household_number", [](Fact& f) { f.household_number = "123"; }},
      {"relation", [](Fact& f) { f.relation.reset(); }},
      {"certificate", [](Fact& f) { f.certificate = "Z33"; }},
  };
  const auto unchanged = bytes_of(full());
  std::set<std::string> all{unchanged};
  for (const auto& [field, change] : rows) {
    auto fact = full();
    change(fact);
    const auto bytes = bytes_of(fact);
    EXPECT_TRUE(all.insert(bytes).second) << field;
    Unpacker in(bytes);
    EXPECT_EQ(read_fact(in), fact) << field;
  }
}

TEST(FactBytes, BytesThatEndTooEarlyAreRefused) {
  const auto bytes = bytes_of(full());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Unpacker in(std::string_view(bytes).substr(0, size));
    EXPECT_THROW(read_fact(in), std::runtime_error) << size;
  }
}

}  // namespace
}  // namespace kinhub::test
