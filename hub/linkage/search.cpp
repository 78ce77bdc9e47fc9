#include "hub/linkage/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "hub/linkage/blocking.hpp"
#include "hub/linkage/compare.hpp"
#include "hub/linkage/number.hpp"

namespace kinhub::linkage {
namespace {

constexpr std::size_t digits = 17;

/// The digits of a valid citizen number before its check character, which follows from them.
std::uint64_t number_of(std::string_view valid) {
  std::uint64_t number = 0;
  std::from_chars(valid.data(), valid.data() + std::min(valid.size(), digits), number);
  return number;
}

std::string text_of(std::uint64_t number) {
  return fmt::format("{:0{}}", number, digits);
}

/// Whether a character of it could not be written: any other may stand there, so no key finds it.
bool unwritten(const Name& name) {
  return name.points.find(U'?') != name.points.npos;
}

template <class T>
void sort_unique(std::vector<T>& all) {
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
}

}  // namespace

void Probes::see(std::uint32_t record, const Features& features) {
  for (const auto& number : features.numbers)
    numbers_.emplace_back(number_of(number), record);
  const auto telling = telling_numbers(features);
  if (telling.empty() || std::any_of(features.names.begin(), features.names.end(), unwritten))
    return probes_.push_back(record);
  for (const auto& name : folded_names(features, rules_))
    for (const auto number : telling)
      named_.push_back({key_hash(name), number_of(number), record});
}

std::vector<std::uint32_t> Probes::found() {
  sort_unique(numbers_);
  for (std::size_t i = 1; i < numbers_.size(); ++i)
    if (numbers_[i - 1].first == numbers_[i].first)
      probes_.push_back(numbers_[i - 1].second), probes_.push_back(numbers_[i].second);
  std::sort(named_.begin(), named_.end(), [](const Numbered& a, const Numbered& b) {
    return std::tie(a.name, a.number, a.record) < std::tie(b.name, b.number, b.record);
  });
  std::vector<std::string> texts;
  for (std::size_t from = 0; from < named_.size();) {
    auto until = from;
    texts.clear();
    for (; until < named_.size() && named_[until].name == named_[from].name; ++until)
      texts.push_back(text_of(named_[until].number));
    if (texts.size() > bearers_max) {
      ++names_skipped_;
    } else {
      for (std::size_t i = 0; i < texts.size(); ++i)
        for (std::size_t k = i + 1; k < texts.size(); ++k)
          if (named_[from + i].record != named_[from + k].record && one_slip(texts[i], texts[k]))
            probes_.push_back(named_[from + i].record), probes_.push_back(named_[from + k].record);
    }
    from = until;
  }
  numbers_ = {}, named_ = {};
  sort_unique(probes_);
  return std::move(probes_);
}

void ProbeBlocks::probe(std::uint32_t record, const Features& features) {
  probes_.push_back(record);
  for (const auto& key : blocking_keys(features, rules_))
    blocks_.try_emplace(key_hash(key));
}

void ProbeBlocks::see(std::uint32_t record, const Features& features) {
  for (const auto& key : blocking_keys(features, rules_)) {
    const auto at = blocks_.find(key_hash(key));
    if (at == blocks_.end()) continue;
    auto& block = at->second;
    if (!block.members.empty() && block.members.back() == record) continue;  // two keys of one hash
    ++block.count;
    if (block.count <= rules_.block_max)
      block.members.push_back(record);
    else if (!block.members.empty())
      block.members = {};
  }
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> ProbeBlocks::pairs() {
  sort_unique(probes_);
  const auto is_probe = [&](std::uint32_t record) {
    return std::binary_search(probes_.begin(), probes_.end(), record);
  };
  std::vector<std::pair<std::uint32_t, std::uint32_t>> found;
  for (const auto& [hash, block] : blocks_) {
    if (block.count > rules_.block_max) {
      ++blocks_skipped_;
      continue;
    }
    for (auto one : block.members) {
      if (!is_probe(one)) continue;
      for (auto other : block.members)
        if (other != one) found.emplace_back(std::min(one, other), std::max(one, other));
    }
  }
  sort_unique(found);
  return found;
}

}  // namespace kinhub::linkage
