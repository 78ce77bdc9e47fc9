#include "hub/policy/candidate.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "hub/policy/document.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;

std::optional<policy::Head> head_of(const PolicyText& text) {
  if (!text.is_policy()) return std::nullopt;
  auto raw = policy::RawDocument::parse(text.file, text.text);
  if (std::holds_alternative<Error>(raw)) return std::nullopt;
  return std::get<policy::RawDocument>(raw).head();
}

std::string first_day(const policy::Head& head) {
  return head.in_force.substr(0, std::min<std::size_t>(head.in_force.find(' '), head.in_force.find('.')));
}

std::string text_in(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

std::vector<PolicyText> with_policy(std::vector<PolicyText> texts, const PolicyText& file,
                                    const std::vector<PolicyText>& beside) {
  const auto name = fs::path(file.file).filename();
  const auto head = head_of(file);
  const auto replaced = std::ranges::find_if(texts, [&](const PolicyText& one) {
    if (one.is_vocabulary() || file.is_vocabulary()) return one.is_vocabulary() && file.is_vocabulary();
    const auto its = head_of(one);
    return head && its && its->id == head->id &&
           (fs::path(one.file).filename() == name || first_day(*its) == first_day(*head));
  });
  const auto folder = fs::path(file.file).parent_path();
  std::vector<PolicyText> issued = beside;
  if (replaced != texts.end()) {
    const auto its_folder = fs::path(replaced->file).parent_path();
    for (const auto& one : texts) {
      const auto path = folder / fs::path(one.file).filename();
      const bool beside_it = !one.file.ends_with(".yaml") && fs::path(one.file).parent_path() == its_folder;
      if (beside_it &&
          std::ranges::none_of(issued, [&](const auto& its) { return its.file == path.string(); }))
        issued.push_back({path.string(), one.text});
    }
    *replaced = file;  // in its place: the order of files is that of benefits
    replaced->tried = true;
  } else {
    texts.push_back(file);
    texts.back().tried = true;
  }
  for (auto& one : issued)
    if (std::ranges::none_of(texts, [&](const auto& there) { return there.file == one.file; })) {
      one.tried = true;
      texts.push_back(std::move(one));
    }
  return texts;
}

std::variant<std::vector<PolicyText>, std::vector<Error>> read_candidate(
    const fs::path& named, const std::vector<PolicyText>& texts) {
  std::error_code failed;
  if (fs::is_directory(named, failed)) return read_policy_texts(named);
  if (!fs::is_regular_file(named, failed) || named.extension() != ".yaml")
    return std::vector{Error{"POLICY_FOLDER",
                             "there is neither a policy file (*.yaml) nor a folder of this name",
                             named.string()}};
  std::vector<PolicyText> beside;
  const auto folder = named.has_parent_path() ? named.parent_path() : fs::path(".");
  for (const auto& entry : fs::directory_iterator(folder, failed))
    if (entry.path().extension() == ".txt" && entry.is_regular_file(failed))
      beside.push_back({(named.parent_path() / entry.path().filename()).string(), text_in(entry.path())});
  std::ranges::sort(beside, {}, &PolicyText::file);
  return with_policy(texts, {named.string(), text_in(named)}, beside);
}

}  // namespace kinhub
