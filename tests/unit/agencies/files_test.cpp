#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unicode/ucnv.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <sstream>

#include "hub/base/secrets.hpp"
#include "tests/agencies/depot.hpp"
#include "tests/agencies/gb18030.hpp"
#include "tests/agencies/poison.hpp"

namespace kinhub::agencies {
namespace {

namespace fs = std::filesystem;

const Window window{Date(2026, 9, 1), Date(2026, 11, 30)};

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "agencies-test-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string utf8(const std::string& gb) {
  UErrorCode error = U_ZERO_ERROR;
  UConverter* converter = ucnv_open("gb18030", &error);
  ucnv_setToUCallBack(converter, UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  std::string text(gb.size() * 3 + 16, '\0');
  const auto size = ucnv_toAlgorithmic(UCNV_UTF8, converter, text.data(), static_cast<int32_t>(text.size()),
                                       gb.data(), static_cast<int32_t>(gb.size()), &error);
  ucnv_close(converter);
  EXPECT_TRUE(U_SUCCESS(error)) << u_errorName(error);
  text.resize(static_cast<std::size_t>(size));
  return text;
}

/// Everything in files, as `files --with-snapshot` does it.
void write_all(const fs::path& root, std::uint64_t seed, std::size_t families) {
  Storyteller teller({seed, window, false});
  const Batch batch = make_batch(teller, window, 0, families, 0);
  Depot depot({root / "public-security", root / "civil-affairs", root / "medical-insurance",
               root / "hospital-his", root / "public-security/snapshot", root / "civil-affairs/snapshot",
               root / "medical-insurance/snapshot", root / "hospital-his/snapshot", true, 20});
  depot.write_changes(batch, window);
  depot.write_captures(batch, window, 0);
  depot.write_snapshot(batch, window, 0);
  TruthBook truth(seed, window);
  truth.add(batch);
  std::ofstream(root / "truth.json") << truth.text();
}

std::vector<fs::path> files_in(const fs::path& root, const std::string& extension) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.is_regular_file() && entry.path().extension() == extension) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  EXPECT_FALSE(files.empty()) << root << extension;
  return files;
}

class Files : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<Folder>();
    write_all(folder_->path(), 11, 800);
  }
  static void TearDownTestSuite() { folder_.reset(); }
  static fs::path root() { return folder_->path(); }

 private:
  static inline std::unique_ptr<Folder> folder_;
};

TEST_F(Files, SameSeedSameBytes) {
  Folder again, other;
  write_all(again.path(), 11, 800);
  write_all(other.path(), 12, 800);
  auto digests = [](const fs::path& from) {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(from))
      if (entry.is_regular_file())
        all[fs::relative(entry.path(), from).string()] = sha256_hex(read(entry.path()));
    return all;
  };
  EXPECT_EQ(digests(root()), digests(again.path()));
  EXPECT_NE(digests(root()), digests(other.path()));
}

TEST_F(Files, EveryFileHasItsFlag) {
  for (const char* extension : {".xml", ".csv"})
    for (fs::path file : files_in(root(), extension))
      EXPECT_TRUE(fs::exists(file.replace_extension(".ok"))) << file;
}

TEST_F(Files, PoliceXmlIsGb18030WithTheSamplesFields) {
  const std::map<std::string, std::vector<std::string>> begins{
      {"SWZX", {"HJYWID", "YWFL"}},
      {"CSDJ", {"HJYWID", "YWFL", "RYID", "GMSFHM", "X", "M"}},
      {"QCZX", {"HJYWID", "YWFL", "YWLX"}},
      {"QRDJ", {"HJYWID", "YWFL", "YWLX"}},
      {"BGGZ", {"HJYWID", "YWFL", "RYID", "BGGZXM"}},
      {"CZRK", {"RYID", "RYNBID", "GMSFHM", "XM"}}};
  std::map<std::string, std::size_t> seen;
  bool four_bytes = false;
  for (const fs::path& file : files_in(root() / "public-security", ".xml")) {
    const std::string text = utf8(read(file));
    four_bytes = four_bytes || text.find("𠮷") != std::string::npos;
    pugi::xml_document document;
    ASSERT_TRUE(document.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8))
        << file;
    const auto head = document.child("root").child("head");
    const std::string type = head.child("sjblx").text().as_string();
    ASSERT_TRUE(begins.contains(type)) << type;
    EXPECT_THAT(file.filename().string(), testing::StartsWith(type + "_"));
    EXPECT_EQ(
        std::string(head.child("bwbh").text().as_string()),
        std::string(head.child("fsdw_sjgsdwdm").text().as_string()) + head.child("ywlsh").text().as_string());
    std::size_t records = 0;
    for (const auto record : document.child("root").child("body").children("RECORD")) {
      ++records;
      ++seen[type];
      auto field = record.first_child();
      for (const std::string& name : begins.at(type)) {
        EXPECT_EQ(field.name(), name);
        field = field.next_sibling();
      }
      EXPECT_TRUE(CitizenNumber::read(record.child("GMSFHM").text().as_string()));
      const std::string stamp = record.child("GXSJ").text().as_string(),
                        sent = head.child("fssj").text().as_string();
      EXPECT_EQ(stamp.size(), 14u);
      EXPECT_LE(stamp, sent) << file;
    }
    EXPECT_EQ(records, head.child("jls").text().as_ullong());
  }
  EXPECT_EQ(seen.size(), begins.size());
  EXPECT_TRUE(four_bytes);
}

TEST_F(Files, AReversalHasTheKeyOfItsOriginal) {
  std::map<std::string, std::set<std::string>> flags;
  for (const fs::path& file : files_in(root() / "public-security", ".xml")) {
    const std::string text = utf8(read(file));
    pugi::xml_document document;
    ASSERT_TRUE(document.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8));
    for (const auto record : document.child("root").child("body").children("RECORD"))
      if (std::string_view(record.child("YWFL").text().as_string()) == "SWZX")
        flags[std::string(record.child("HJYWID").text().as_string()) +
              record.child("RYID").text().as_string()]
            .insert(record.child("CXBZ").text().as_string());
  }
  std::size_t reversed = 0;
  for (const auto& [key, values] : flags) {
    EXPECT_TRUE(values.contains("0")) << key;
    reversed += values.contains("1");
  }
  EXPECT_GT(reversed, 0u);
}

TEST_F(Files, CivilPagesAreInWatermarkOrder) {
  std::map<std::string, std::string> last;
  for (const fs::path& file : files_in(root() / "civil-affairs", ".json")) {
    const auto page = nlohmann::json::parse(read(file));
    const auto& rows = page["data"]["cxjg"];
    const std::string interface = page["data"]["cxywlb"];
    EXPECT_EQ(page["head"]["records"], rows.size());
    EXPECT_EQ(page["head"]["status"], "0");
    const std::string watermark = page["head"]["watermark"];
    if (rows.empty()) continue;
    EXPECT_EQ(watermark.size(), 17u);
    std::string before;
    for (const auto& row : rows) {
      EXPECT_LE(before, row["gxsj"].get<std::string>());
      before = row["gxsj"];
    }
    EXPECT_LT(last[interface], watermark);
    last[interface] = watermark;
  }
  EXPECT_EQ(last.size(), 8u);
}

TEST_F(Files, DisabilityCertificatesCarryNumberKindAndGrade) {
  std::size_t reissued = 0;
  for (const fs::path& file : files_in(root() / "civil-affairs", ".json")) {
    const auto page = nlohmann::json::parse(read(file));
    if (!page["data"]["cxywlb"].get<std::string>().starts_with("cjrz")) continue;
    for (const auto& row : page["data"]["cxjg"]) {
      const std::string card = row["card_num"], number = row["citizen_id"];
      EXPECT_EQ(card.substr(0, 20),
                number + row["idt_kind"].get<std::string>() + row["idt_level"].get<std::string>());
      EXPECT_EQ(card.size() > 20, card.find('B') == 20) << card;
      reissued += card.size() == 22;
    }
  }
  EXPECT_GT(reissued, 0u);
}

TEST_F(Files, InsuranceRowsFollowTheCursor) {
  for (const fs::path& file : files_in(root() / "medical-insurance", ".json")) {
    const auto batch = nlohmann::json::parse(read(file));
    EXPECT_EQ(file.filename().string(), batch["batch_no"].get<std::string>() + ".json");
    EXPECT_EQ(batch["rows"], batch["records"].size());
    if (file.string().find("FULL") != std::string::npos) continue;
    std::pair<std::string, std::string> before;
    for (const auto& row : batch["records"]) {
      std::pair<std::string, std::string> cursor(row["updt_time"], row["rid"]);
      EXPECT_LE(before, cursor);
      before = cursor;
      EXPECT_LT(cursor.first, batch["to_updt_time"].get<std::string>());
      EXPECT_EQ(row.contains("surv_stas_ocur_date"), row["surv_stas"] == "2");
      EXPECT_EQ(row["rid"].get<std::string>(), "32" + row["psn_no"].get<std::string>());
    }
  }
}

TEST_F(Files, CertificatesAreGb18030LinesWithCrlf) {
  for (const fs::path& file : files_in(root() / "hospital-his", ".csv")) {
    const std::string text = utf8(read(file));
    ASSERT_TRUE(text.starts_with(certificate_header)) << file;
    ASSERT_TRUE(text.ends_with("\r\n"));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_EQ(std::count(line.begin(), line.end(), ','), 27) << file;
      EXPECT_TRUE(line.ends_with('\r'));
    }
  }
}

TEST_F(Files, HospitalMessagesEndTheirSegmentsWithCr) {
  std::map<std::string, std::size_t> events;
  for (const fs::path& file : files_in(root() / "hospital-his", ".hl7")) {
    const bool old = file.filename().string().starts_with("OLD");
    const std::string text = old ? utf8(read(file)) : read(file);
    EXPECT_EQ(text.find('\n'), std::string::npos);
    EXPECT_TRUE(text.ends_with('\r'));
    std::string segment;
    std::istringstream segments(text);
    while (std::getline(segments, segment, '\r')) {
      if (!segment.starts_with("MSH|")) continue;
      std::vector<std::string> fields;
      std::istringstream parts(segment);
      for (std::string field; std::getline(parts, field, '|');)
        fields.push_back(field);
      ASSERT_GE(fields.size(), 18u);
      EXPECT_EQ(fields[1], "^~\\&");
      EXPECT_EQ(fields.back(), old ? "GB18030" : "UNICODE UTF-8");
      EXPECT_FALSE(fields[9].empty());
      ++events[fields[8].substr(0, 7)];
    }
  }
  for (const char* event : {"ADT^A01", "ADT^A03", "ADT^A08", "ADT^A13", "ADT^A40"})
    EXPECT_GT(events[event], 0u) << event;
}

TEST_F(Files, TruthKnowsThePolicesLastWord) {
  std::string last;
  for (const fs::path& file : files_in(root() / "public-security", ".xml")) {
    const std::string text = read(file), begin = "<fssj>";
    last = std::max(last, text.substr(text.find(begin) + begin.size(), 8));
  }
  const auto truth = nlohmann::json::parse(read(root() / "truth.json"));
  const std::string told = truth["told_until"]["public-security"];
  EXPECT_EQ(last, told.substr(0, 4) + told.substr(5, 2) + told.substr(8));
}

TEST_F(Files, TruthIsJsonAndNamesOnlyPeopleOfTheTown) {
  const auto truth = nlohmann::json::parse(read(root() / "truth.json"));
  for (const char* section : {"entitled", "past", "future"}) {
    EXPECT_GT(truth[section].size(), 0u);
    for (const auto& span : truth[section]) {
      EXPECT_TRUE(CitizenNumber::read(span["citizen_number"].get<std::string>()));
      const std::string from = span["from"], today = truth["today"];
      if (!span["until"].is_null()) {
        EXPECT_LT(from, span["until"].get<std::string>());
      }
      if (section == std::string("entitled")) {
        EXPECT_LE(from, today);
        if (!span["until"].is_null()) {
          EXPECT_GT(span["until"].get<std::string>(), today);
        }
        EXPECT_TRUE(span["fen_per_month"] == 59000 || span["fen_per_month"] == 46000);
      }
      if (section == std::string("past")) {
        EXPECT_LE(span["until"].get<std::string>(), today);
      }
      if (section == std::string("future")) {
        EXPECT_GT(from, today);
      }
    }
  }
}

TEST(Gb18030, WritesFourBytesForRareCharacters) {
  EXPECT_EQ(gb18030("王"), "\xCD\xF5");
  EXPECT_EQ(gb18030("·"), "\xA1\xA4");
  EXPECT_EQ(gb18030("𠮷").size(), 4u);
  EXPECT_EQ(gb18030("㛃").size(), 4u);
}

TEST(Poison, WritesEachFileItsIndexNames) {
  Folder folder;
  const std::size_t count = write_poison(folder.path());
  const auto index = nlohmann::json::parse(read(folder.path() / "index.json"));
  EXPECT_EQ(index.size(), count);
  std::set<std::string> kinds;
  for (const auto& entry : index) {
    kinds.insert(entry["kind"]);
    EXPECT_TRUE(fs::exists(folder.path() / entry["file"].get<std::string>())) << entry;
    if (entry["kind"] == "too_large") {
      EXPECT_GT(fs::file_size(folder.path() / entry["file"].get<std::string>()), 100'000'000u);
    }
  }
  for (const char* kind : {"check_digit", "unknown_charset", "truncated", "too_large", "doctype", "no_msh",
                           "missing_column", "duplicate_key"})
    EXPECT_TRUE(kinds.contains(kind)) << kind;
}

}  // namespace
}  // namespace kinhub::agencies
