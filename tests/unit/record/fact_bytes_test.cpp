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
  set(fact, FactField::area, std::string("322228001001"));
  set(fact, FactField::fen_per_month, std::int64_t{113'000});
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
  for (const auto& kind : fact_kinds())
    for (auto evidence :
         {EvidenceClass::police_registration, EvidenceClass::certificate, EvidenceClass::hospital,
          EvidenceClass::cremation, EvidenceClass::insurance, EvidenceClass::care_desk})
      for (auto op : {Op::assert_, Op::retract}) {
        auto fact = filled(kind);
        fact.evidence = evidence, fact.op = op;
        const auto bytes = bytes_of(fact);
        Unpacker in(bytes);
        EXPECT_EQ(read_fact(in), fact) << kind.name << " " << name_of(evidence);
        EXPECT_TRUE(in.at_end());
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
      {"area", [](Fact& f) { set(f, FactField::area, std::string("322228001")); }},
      {"another place", [](Fact& f) { f.attributes[0].field = FactField::town; }},
      {"fen_per_month", [](Fact& f) { set(f, FactField::fen_per_month, std::int64_t{113'001}); }},
      {"no fen_per_month", [](Fact& f) { f.attributes.pop_back(); }},
      {"no attributes", [](Fact& f) { f.attributes.clear(); }},
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

TEST(FactBytes, AFactWithoutAttributesHasTheBytesItHadBeforeThereWereAny) {
  constexpr char bytes[] =
      "\x09\0\0\x01"
      "1\x01"
      "1\0"                 // residence, assert, police, key, version, nobody
      "\x01\xA2\x9E\x02\0"  // on, to the day
      "\0\0\0\0"            // until, registered, grade, category
      "\x01\x06"
      "322228"
      "\0\0\0\0\0";
  const auto fact = residence("police", "1").region("322228").on("2020-02-29").fact();
  EXPECT_EQ(bytes_of(fact), std::string(bytes, sizeof bytes - 1));
}

TEST(FactBytes, AKindOrFieldThatIsNotKnownIsRefused) {
  auto fact = full();
  fact.attributes.clear();
  auto bytes = bytes_of(fact);
  bytes[0] = static_cast<char>(fact_kinds().size());
  Unpacker in(bytes);
  EXPECT_THROW(read_fact(in), std::runtime_error);
  bytes = bytes_of(full());
  const auto area = bytes.find("322228001001");
  bytes[area - 2] = static_cast<char>(fact_fields().size());
  Unpacker again(bytes);
  EXPECT_THROW(read_fact(again), std::runtime_error);
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
