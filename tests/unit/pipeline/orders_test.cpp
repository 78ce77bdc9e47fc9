// Messages and decisions in every order, through the shipped mappings and the whole pipeline: each person
// ends with what is theirs. The stories are a table, tests/data/orders/orders.yaml.
#include <gtest/gtest.h>
#include <unicode/ucnv.h>
#include <unistd.h>

#include "hub/base/yaml.hpp"
#include "tests/unit/pipeline/pipeline_fixture.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub::test {
namespace {

using Words = std::vector<std::string>;
using Ends = std::map<std::string, std::string>;  // by name

const std::filesystem::path tree = kinhub::tests::source_dir();
const Words sources = {"care-desk", "civil-affairs", "hospital-his", "medical-insurance", "public-security"};

/// The rules of the shipped agencies and of the care desk, read once.
const Rules& shipped_rules() {
  static const Rules rules = [] {
    auto of = rules_for_test();
    of.mappings.clear();
    for (const auto& source : sources) {
      auto folder = source;
      std::replace(folder.begin(), folder.end(), '-', '_');
      auto read = MappingSet::read(tree / "mappings" / folder, tree / "mappings" / "codes");
      if (auto* errors = std::get_if<std::vector<Error>>(&read))
        throw std::runtime_error(describe(errors->front()));
      of.mappings[source] = std::make_shared<const MappingSet>(std::move(std::get<MappingSet>(read)));
    }
    of.covers = {{"public-security", {Covers::births, Covers::residence}},
                 {"civil-affairs", {Covers::adoptions, Covers::marriages}}};
    return of;
  }();
  return rules;
}

std::string in_charset(const std::string& charset, const std::string& text) {
  if (charset == "UTF-8") return text;
  std::string bytes(text.size() * 2, '\0');
  UErrorCode status = U_ZERO_ERROR;
  bytes.resize(static_cast<std::size_t>(ucnv_convert(charset.c_str(), "UTF-8", bytes.data(),
                                                     static_cast<std::int32_t>(bytes.size()), text.data(),
                                                     static_cast<std::int32_t>(text.size()), &status)));
  if (U_FAILURE(status)) throw std::runtime_error(text + " is not in " + charset);
  return bytes;
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Words words_of(const YamlNode& list) {
  Words words;
  for (const auto& item : list)
    words.push_back(item.Scalar());
  return words;
}

Ends ends_of(const YamlNode& map) {
  Ends ends;
  for (const auto& entry : map)
    ends[entry.first.Scalar()] = entry.second.Scalar();
  return ends;
}

std::size_t count_of(const YamlNode& number) {
  return std::stoul(number.Scalar());
}

/// The table as it stands in the file.
class Table {
 public:
  Table() : root_(read_yaml(bytes_of(tree / "tests/data/orders/orders.yaml"))) {}

  const YamlNode& root() const { return root_; }
  std::string number(const std::string& name) const { return root_["people"][name].Scalar(); }

  Event message(const std::string& name) const {
    const auto said = root_["messages"][name];
    if (!said) throw std::runtime_error("orders.yaml has no message " + name);
    if (said["like"]) return changed(message(said["like"].Scalar()), name);
    const std::filesystem::path sample = said["sample"].Scalar();
    auto file = tree / "tests/data/samples" / sample;
    if (!std::filesystem::exists(file)) file = tree / "mappings/care_desk/samples" / sample;
    Event event;
    event.source = said["from"].Scalar();
    event.body = bytes_of(file);
    const auto form = sample.extension();
    event.content_type = form == ".xml"    ? "application/xml"
                         : form == ".json" ? "application/json"
                         : form == ".csv"  ? "text/csv"
                                           : "x-application/hl7-v2+er7";
    event.charset = form == ".xml" || form == ".csv" ? "GB18030" : "UTF-8";
    return changed(std::move(event), name);
  }

 private:
  Event changed(Event event, const std::string& name) const {
    for (const auto& change : root_["messages"][name]["change"]) {
      const auto from = in_charset(event.charset, change.first.Scalar()),
                 to = in_charset(event.charset, change.second.Scalar());
      std::size_t met = 0;
      for (auto at = event.body.find(from); at != std::string::npos;
           at = event.body.find(from, at + to.size()), ++met)
        event.body.replace(at, from.size(), to);
      if (met == 0) throw std::runtime_error(name + ": nothing is " + change.first.Scalar());
    }
    return event;
  }

  YamlNode root_;
};

/// A folder in memory where the system has one: hundreds of stores are made, and whether a disk has them is
/// tried elsewhere.
class QuickFolder {
 public:
  QuickFolder() {
    static int number = 0;
    const std::filesystem::path memory = "/dev/shm";
    path_ = (::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path()) /
            fmt::format("kinhub-orders-{}-{}", ::getpid(), ++number);
    std::filesystem::create_directories(path_);
  }
  QuickFolder(const QuickFolder&) = delete;
  QuickFolder& operator=(const QuickFolder&) = delete;
  ~QuickFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A hub of its own for one order.
class OneOrder {
 public:
  explicit OneOrder(const Table& table) : table_(table), log_(sources, 1), all_(log_) {
    for (const auto* source : {"public-security", "civil-affairs"})
      log_.append({loaded(source)}, std::nullopt);
    pipeline_.drain();
  }

  /// "confirm NAME", or a message.
  void step(const std::string& word) {
    if (word.starts_with("confirm ")) return confirm(bearer(word.substr(8)));
    auto event = table_.message(word);
    event.received_at_us = noon_us + ++arrived_ * 1'000'000;
    log_.append({event}, std::nullopt);
    pipeline_.drain();
  }
  void confirm_all() { confirm(std::nullopt); }

  /// What the people of the table end with, a line each.
  std::string ends_of(const Ends& wanted) {
    std::string found;
    for (const auto& [name, said] : wanted)
      found += name + ": " + text_of(name) + "\n";
    return found;
  }
  std::size_t people() {
    auto reading = store_->begin(Store::For::reading);
    Workspace known(reading->people(), keys_, built_in_evidence());
    const auto all = all_people(reading->people());
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [&](PersonId one) { return !known.dossier(one).entries.empty(); }));
  }
  std::size_t held() {
    return all_quarantine(store_->begin(Store::For::reading)->quarantine(), QuarantineState::held).size();
  }

 private:
  void confirm(std::optional<PersonId> of) {
    std::vector<LeadId> open;
    for (const auto& lead : all_leads(store_->begin(Store::For::reading)->leads(), LeadState::open))
      if (!of || lead.person == *of) open.push_back(lead.id);
    for (const auto lead : open)
      pipeline_.decide(lead, LeadState::confirmed, "走访", "zhang");
  }
  std::optional<PersonId> bearer(const std::string& name) {
    auto reading = store_->begin(Store::For::reading);
    Workspace known(reading->people(), keys_, built_in_evidence());
    const auto bearers =
        known.bearers(identifier_token(keys_, {IdentifierKind::citizen_number, table_.number(name)}));
    // Nobody yet: there is nothing to confirm, and no lead has the person 0.
    return bearers.empty() ? PersonId{} : bearers.front();
  }
  static std::string last_day(Date until) {
    return until == Date::forever() ? "-" : until.plus_days(-1).text();
  }

  std::string text_of(const std::string& name) {
    const auto person = *bearer(name);
    if (!person) return "nobody";
    auto reading = store_->begin(Store::For::reading);
    Workspace known(reading->people(), keys_, built_in_evidence());
    const auto& portrait = known.portrait(person);
    std::string text = "born " + (portrait.born ? portrait.born->text() : "?");
    if (portrait.death) text += ", died " + portrait.death->on.text() + (portrait.death->disputed ? "?" : "");
    for (const auto& lead : reading->leads().open_of(person)) {
      const auto content = lead_content_from(keys_.unseal(lead.content, lead_context(lead.id)));
      text += fmt::format(", open {} {} from {}", name_of(lead.kind), benefit(lead.benefit),
                          content.when.from.text());
      if (content.when.until != Date::forever()) text += " until " + last_day(content.when.until);
      if (lead.kind == LeadKind::new_ && content.certainty != Certainty::sure) text += " pending";
    }
    std::set<std::string> confirmed;
    for (const auto& row : reading->leads().decided(person))
      for (const auto& span :
           decided_from(keys_.unseal(row.content, decided_context(person, row.benefit))).confirmed)
        confirmed.insert(fmt::format(", confirmed {} {} until {}", benefit(row.benefit),
                                     span.when.from.text(), last_day(span.when.until)));
    for (const auto& one : confirmed)
      text += one;
    return text;
  }
  static std::string_view benefit(std::string_view name) { return name.substr(name.rfind('/') + 1); }

  const Table& table_;
  QuickFolder folder_;
  Keyring keys_ = Keyring::from_passphrase("test");
  FixedClock clock_{noon_us};
  std::unique_ptr<SqliteStore> store_ = SqliteStore::open(folder_.path() / "kinhub.db", keys_);
  FakeLog log_;
  OwnsAll all_;
  Pipeline pipeline_{log_, *store_, keys_, shipped_rules(), clock_, all_, {}};
  std::int64_t arrived_ = 0;
};

class Orders : public ::testing::TestWithParam<std::size_t> {};

void expect(OneOrder& hub, const YamlNode& story, const Ends& wanted, const std::string& order) {
  std::string lines;
  for (const auto& [name, said] : wanted)
    lines += name + ": " + said + "\n";
  EXPECT_EQ(hub.ends_of(wanted), lines) << order;
  EXPECT_EQ(hub.held(), 0U) << order;
  EXPECT_EQ(hub.people(), count_of(story["people"])) << order;
}

std::string joined(const Words& words) {
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "" : ", ") + word;
  return text;
}

TEST_P(Orders, EachPersonEndsWithWhatIsTheirs) {
  const Table table;
  const auto story = table.root()["stories"][GetParam()];
  SCOPED_TRACE(story["story"].Scalar());
  const auto first = words_of(story["first"]);
  for (const bool decided : {false, true}) {
    const auto ends = story[decided ? "ends, decided" : "ends"];
    if (!ends) continue;
    auto order = words_of(story["in every order"]);
    std::sort(order.begin(), order.end());
    std::size_t orders = 0;
    do {
      OneOrder hub(table);
      for (const auto& word : first)
        hub.step(word);
      for (const auto& word : order) {
        hub.step(word);
        if (decided) hub.confirm_all();
      }
      expect(hub, story, ends_of(ends), (decided ? "decided at once: " : "") + joined(order));
      ++orders;
    } while (std::next_permutation(order.begin(), order.end()) && !HasFailure());
    if (!HasFailure()) {
      EXPECT_EQ(orders, count_of(story["orders"]));
    }
  }
  // One decision, wherever it may fall.
  for (const auto& place : story["decided at"]) {
    OneOrder hub(table);
    for (const auto& word : first)
      hub.step(word);
    auto order = words_of(place["order"]);
    for (const auto& word : order)
      hub.step(word);
    expect(hub, story, ends_of(place["ends"]), joined(order));
  }
}

INSTANTIATE_TEST_SUITE_P(Stories, Orders, ::testing::Range(std::size_t{0}, Table().root()["stories"].size()));

}  // namespace
}  // namespace kinhub::test
