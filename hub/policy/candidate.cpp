#include "hub/policy/candidate.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "hub/base/yaml.hpp"
#include "hub/policy/document.hpp"
#include "hub/policy/vocabulary.hpp"

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

/// What a vocabulary is named; empty: it says no name, or is no YAML.
std::string vocabulary_name(const PolicyText& text) try {
  const auto root = read_yaml(text.text);
  if (!root.IsMap()) return "";
  for (const auto* key : {"vocabulary", "词汇"})
    if (const auto name = root[key]; name.IsScalar()) return name.Scalar();
  return "";
} catch (const YamlError&) {  // whoever reads the set says what is wrong
  return "";
}

/// The vocabulary that another takes the place of: the one of its name, else the only one.
std::vector<PolicyText>::iterator vocabulary_like(std::vector<PolicyText>& texts, const PolicyText& file) {
  const auto name = vocabulary_name(file);
  const auto same = std::ranges::find_if(
      texts, [&](const PolicyText& one) { return one.is_vocabulary() && vocabulary_name(one) == name; });
  const auto count = std::ranges::count_if(texts, [](const PolicyText& one) { return one.is_vocabulary(); });
  return same != texts.end() || count != 1 ? same : std::ranges::find_if(texts, &PolicyText::is_vocabulary);
}

/// The vocabularies that count where `replaced` lies, the outermost first, as they are to count in `folder`.
std::vector<PolicyText> vocabularies_for(const fs::path& folder, const fs::path& replaced,
                                         const std::vector<PolicyText>& texts) {
  const auto lies_in = [](const fs::path& inner, const fs::path& outer) {
    return std::ranges::mismatch(outer, inner).in1 == outer.end();
  };
  static const auto everywhere = vocabulary_name({"", std::string(policy::Vocabulary::built_in())});
  std::vector<PolicyText> found;
  for (const auto& one : texts) {
    const auto its = fs::path(one.file).parent_path();
    if (one.is_vocabulary() && lies_in(replaced.parent_path(), its) && !lies_in(folder, its) &&
        vocabulary_name(one) != everywhere)
      found.push_back(one);
  }
  std::ranges::stable_sort(found, {}, [](const PolicyText& one) { return one.file.size(); });
  for (auto& one : found)
    one.file = (folder / "vocabulary.yaml").string(), one.tried = true;
  return found;
}

}  // namespace

std::vector<PolicyText> with_policy(std::vector<PolicyText> texts, const PolicyText& file,
                                    const std::vector<PolicyText>& beside) {
  if (file.is_vocabulary()) {
    if (const auto like = vocabulary_like(texts, file); like != texts.end())
      like->text = file.text;  // where it was: it counts for the policies of that folder
    else
      texts.push_back(file), texts.back().tried = true;
    return texts;
  }
  const auto name = fs::path(file.file).filename();
  const auto head = head_of(file);
  const auto replaced = std::ranges::find_if(texts, [&](const PolicyText& one) {
    const auto its = head_of(one);
    return head && its && its->id == head->id &&
           (fs::path(one.file).filename() == name || first_day(*its) == first_day(*head));
  });
  const auto folder = fs::path(file.file).parent_path();
  std::vector<PolicyText> issued = beside;
  const auto related = replaced != texts.end() ? replaced : std::ranges::find_if(texts, [&](const auto& one) {
    const auto its = head_of(one);
    return head && its && its->id == head->id;
  });
  std::vector<PolicyText> words;
  if (related != texts.end()) words = vocabularies_for(folder, related->file, texts);
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
  for (auto& one : issued) {
    const auto there = std::ranges::find(texts, one.file, &PolicyText::file);
    if (there == texts.end()) {
      one.tried = true;
      texts.push_back(std::move(one));
    } else if (std::ranges::find(beside, one.file, &PolicyText::file) != beside.end()) {
      there->text = std::move(one.text);  // it was read later
    }
  }
  texts.insert(texts.end(), words.begin(), words.end());
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
