// Each file of tests/data/wrong has one mistake; the message beside it (NAME.txt) says place, cause and what
// to do. KINHUB_GOLDEN=write records the messages anew, of a change that was meant.

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "hub/desk/rule_check.hpp"
#include "hub/ground/sources.hpp"
#include "tests/places/places.hpp"
#include "tests/unit/base/scratch.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;

const Places& places() {
  static const Places found = *find_places(tests::binary_dir() + "/bin/kinhub");
  return found;
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// A connector's process is the program itself, which a test is not.
std::vector<Error> check_connector_here(const Config& config, SourceConfig source) {
  source.isolation = Isolation::in_process;
  return check_connector(config, source);
}

std::vector<Error> check_config(const fs::path& file) {
  auto read = read_config(file, places());
  if (auto* problems = std::get_if<std::vector<Error>>(&read)) return *problems;
  const auto ground = [](const Config& config) { return check_resources(config, true); };
  return check_hub(std::get<Config>(read), {check_connector_here, ground}).problems;
}

/// What is wrong with the one file of this folder.
std::vector<Error> problems_of(const std::string& kind, const fs::path& file) {
  if (kind == "configuration") return check_config(file);
  auto checked = kind == "mapping" ? check_mappings(file.parent_path(), places().codes, Tests::run)
                                   : check_policies(file.parent_path(), Tests::run);
  return checked.problems;
}

/// As `kinhub check` prints it, whatever folder it stands in.
std::string message(const std::string& kind, const fs::path& wrong) {
  const Scratch scratch;
  const auto file = scratch.write(wrong.filename().string(), text_of(wrong));
  std::string said;
  for (const auto& problem : problems_of(kind, file))
    said += describe(problem) + "\n";
  said = with(said, scratch.path().string() + "/", "");
  said = with(said, scratch.path().string(), "HERE");
  said = with(said, places().mappings.string(), "MAPPINGS");
  return with(said, places().connectors.string(), "CONNECTORS");
}

std::vector<fs::path> files_of(const std::string& kind) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(tests::source_dir() + "/tests/data/wrong/" + kind))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

class WrongFiles : public ::testing::TestWithParam<const char*> {};

TEST_P(WrongFiles, SayPlaceCauseAndWhatToDo) {
  const char* writes = std::getenv("KINHUB_GOLDEN");
  for (const auto& file : files_of(GetParam())) {
    const auto said = message(GetParam(), file);
    auto golden = file;
    golden.replace_extension(".txt");
    if (writes && std::string(writes) == "write") std::ofstream(golden, std::ios::binary) << said;
    EXPECT_EQ(said, text_of(golden)) << file;
    // One of them names the line and the column in the file itself.
    EXPECT_THAT(said, ::testing::ContainsRegex(file.filename().string() + ":[0-9]+:[0-9]+: ")) << file;
  }
}

TEST_P(WrongFiles, EachHasItsMessageAndEachMessageItsFile) {
  std::size_t messages = 0;
  for (const auto& entry : fs::directory_iterator(tests::source_dir() + "/tests/data/wrong/" + GetParam()))
    messages += entry.path().extension() == ".txt" ? 1 : 0;
  EXPECT_EQ(messages, files_of(GetParam()).size());
  EXPECT_GE(messages, 20U);
}

INSTANTIATE_TEST_SUITE_P(OfEachKind, WrongFiles, ::testing::Values("configuration", "mapping", "policy"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace kinhub
