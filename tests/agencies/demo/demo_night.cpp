#include "tests/agencies/demo/demo_night.hpp"

#include <fstream>
#include <iterator>
#include <optional>
#include <vector>

namespace kinhub::demo {
namespace {

namespace fs = std::filesystem;

/// The text between the first tags of this name in a text: where it begins, and what it is.
struct Told {
  std::size_t at = 0;
  std::string text;
};
std::optional<Told> told(const std::string& in, const std::string& tag) {
  const auto begin = in.find("<" + tag + ">");
  if (begin == std::string::npos) return std::nullopt;
  const auto at = begin + tag.size() + 2, end = in.find("</" + tag + ">", at);
  if (end == std::string::npos) return std::nullopt;
  return Told{at, in.substr(at, end - at)};
}

void tell(std::string& in, const std::string& tag, const std::string& text) {
  if (const auto before = told(in, tag)) in.replace(before->at, before->text.size(), text);
}

}  // namespace

Result<std::string> with_differences(const std::string& residents, PlantedNight& planted) {
  const std::string open = "<RECORD", close = "</RECORD>";
  std::vector<std::pair<std::size_t, std::size_t>> rows;  // of living people with a household
  for (auto at = residents.find(open); at != std::string::npos; at = residents.find(open, at)) {
    const auto end = residents.find(close, at);
    if (end == std::string::npos) break;
    const auto row = residents.substr(at, end + close.size() - at);
    const auto household = told(row, "HH"), state = told(row, "RYZT");
    if (household && !household->text.empty() && state && state->text == "0")
      rows.emplace_back(at, end + close.size());
    at = end;
  }
  const auto time = told(residents, "fssj");
  if (rows.size() < 3 || !time)
    return Error{"DEMO_SNAPSHOT", "the snapshot of the residents has fewer than three rows to differ in", ""};
  const auto text_of = [&](std::size_t row) {
    return residents.substr(rows[row].first, rows[row].second - rows[row].first);
  };
  auto changed = text_of(2);
  tell(changed, "HH", told(changed, "HH")->text + "9");
  tell(changed, "GXSJ", time->text);
  planted = {1, 1, 1};
  return {boost::system::in_place_value,
          residents.substr(0, rows[0].first) +
              residents.substr(rows[0].second, rows[1].second - rows[0].second) + text_of(1) +
              residents.substr(rows[1].second, rows[2].first - rows[1].second) + changed +
              residents.substr(rows[2].second)};
}

Result<PlantedNight> plant_differences(const fs::path& snapshot) {
  fs::path largest;
  for (const auto& file : fs::directory_iterator(snapshot))
    if (file.path().extension() == ".xml" && (largest.empty() || file.file_size() > fs::file_size(largest)))
      largest = file.path();
  if (largest.empty())
    return Error{"DEMO_SNAPSHOT", "there is no snapshot of the residents", snapshot.string()};
  std::ifstream in(largest, std::ios::binary);
  PlantedNight planted;
  const auto text = with_differences(std::string(std::istreambuf_iterator<char>(in), {}), planted);
  if (!text) return text.error();
  std::ofstream out(largest, std::ios::binary | std::ios::trunc);
  if (!(out << *text).flush()) return Error{"DEMO_SNAPSHOT", "cannot write the snapshot", largest.string()};
  return planted;
}

}  // namespace kinhub::demo
