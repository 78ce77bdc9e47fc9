#include "hub/linkage/blocking.hpp"

#include <algorithm>

namespace kinhub::linkage {
namespace {

/// Parts of a number such that one slip leaves one of them as it is (pigeonhole principle). Counted from the
/// nearer end, as a character too few or too many moves the rest; without century and check character, which
/// 15 digits have not.
void add_number_keys(std::vector<std::string>& keys, const std::string& number) {
  keys.push_back("n:" + number);
  if (number.size() < 14) return;
  const bool old = number.size() <= 15;
  const auto region = number.substr(0, 6), born = number.substr(old ? 6 : 8, 6);
  const auto end = number.size() - (old ? 0 : 1);
  const auto serial = number.substr(end - 3, 3);
  keys.push_back("nb:" + region + born);
  keys.push_back("nm:" + region + born.substr(0, 4) + serial.substr(1));
  keys.push_back("nr:" + region + born.substr(0, 2) + serial);
  keys.push_back("nd:" + region + born.substr(0, 1) + number.substr(end - 5, 5));
  keys.push_back("nl:" + number.substr(end - 7, 7));
}

/// An address as written, and each of its ends with the year of birth or a name.
void add_address_keys(std::vector<std::string>& keys, const Features& features,
                      const std::vector<PartialDate>& births, const LinkageRules& rules) {
  constexpr std::size_t end_points = 8;
  for (const auto& address : features.addresses) {
    keys.push_back("a:" + to_utf8(address));
    const auto size = std::min(address.size(), end_points);
    for (const auto& end :
         {"b" + to_utf8(address.substr(0, size)), "e" + to_utf8(address.substr(address.size() - size))}) {
      for (const auto& born : births)
        keys.push_back("ay:" + end + std::to_string(born.first.year()));
      for (const auto& name : features.names) {
        if (!rules.names.tells_who(name)) continue;
        if (name.han) keys.push_back("an:" + end + to_utf8(rules.names.fold(name.points)));
        if (name.han) continue;
        for (const auto& word : name.words)
          keys.push_back("aw:" + end + to_utf8(word.substr(0, 3)));
      }
    }
  }
}

std::string day_text(const PartialDate& date) {
  return date.precision == Precision::day ? date.first.text() : std::string();
}

/// Characters in order: surname and given name are exchanged.
std::string folded(std::u32string_view points, const LinkageRules& rules) {
  auto form = rules.names.fold(points);
  std::sort(form.begin(), form.end());
  return to_utf8(form);
}

}  // namespace

/// FNV-1a with a final mix.
std::uint64_t key_hash(std::string_view key) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (char c : key)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return hash ^ hash >> 29U;
}

std::vector<std::string> folded_names(const Features& features, const LinkageRules& rules) {
  std::vector<std::string> names;
  for (const auto& name : features.names) {
    if (!rules.names.tells_who(name)) continue;
    names.push_back(folded(name.points, rules));
    // The husband's surname before her name; a long name of which only the beginning was kept.
    if (name.han && name.points.size() == 4 && rules.names.knows_surname(name.points.substr(0, 1)))
      names.push_back(folded(name.points.substr(1), rules));
    if (!name.han && name.words.size() > 1) names.push_back(folded(name.words.front(), rules));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::vector<std::string> blocking_keys(const Features& features, const LinkageRules& rules) {
  std::vector<std::string> keys;
  auto births = features.born;
  for (const auto& number : features.numbers) {
    add_number_keys(keys, number);
    if (const auto read = CitizenNumber::read(number))
      if (features.born.empty()) births.push_back({read->birth(), Precision::day});
  }
  for (const auto& number : features.broken_numbers)
    add_number_keys(keys, number);
  for (const auto& id : features.police_ids)
    keys.push_back("p:" + id);
  for (const auto& paper : features.papers)
    keys.push_back("q:" + paper);

  const auto names = folded_names(features, rules);
  auto relatives = [&](const std::vector<Relative>& all, std::string_view letter, bool numbers_alone) {
    for (const auto& one : all) {
      const auto name = rules.names.tells_who(one.name) ? folded(one.name.points, rules) : std::string();
      if (!one.number.empty() && numbers_alone) keys.push_back(std::string(letter) + "k:" + one.number);
      for (const auto& own : names) {
        if (!one.number.empty()) keys.push_back("kn:" + one.number + own);
        if (!name.empty()) keys.push_back(std::string(letter) + "n:" + name + own);
      }
      for (const auto& born : births) {
        if (!one.number.empty()) keys.push_back("ky:" + one.number + std::to_string(born.first.year()));
        if (!name.empty() && !day_text(born).empty())
          keys.push_back(std::string(letter) + "b:" + name + day_text(born));
      }
    }
  };
  relatives(features.mothers, "m", false);
  relatives(features.fathers, "f", false);
  relatives(features.children, "c", true);
  relatives(features.spouses, "s", true);

  for (const auto& name : names) {
    for (const auto& born : births) {
      keys.push_back("y:" + name + std::to_string(born.first.year()));
      if (born.precision == Precision::day) keys.push_back("d:" + name + born.first.text().substr(5));
    }
    // Where no birth is told, or a wrong one, the region narrows.
    if (!features.region.empty()) keys.push_back("r:" + name + features.region);
    for (const auto& household : features.households)
      keys.push_back("hn:" + household + name);
  }
  for (const auto& born : births) {
    for (const auto& household : features.households)
      keys.push_back("hy:" + household + std::to_string(born.first.year()));
    const auto day = day_text(born);
    if (day.empty()) continue;
    // A name with another character keeps its surname or its given name.
    for (const auto& name : features.names) {
      if (!rules.names.tells_who(name)) continue;
      if (!name.han) {
        for (const auto& word : name.words) {
          keys.push_back("w:" + to_utf8(word.substr(0, 4)) + day);
          keys.push_back("v:" + to_utf8(word) + day.substr(0, 4));
        }
        continue;
      }
      const auto size = rules.names.surname_size(name.points);
      keys.push_back("s:" + to_utf8(rules.names.fold(name.points.substr(0, size))) + day);
      keys.push_back("g:" + to_utf8(rules.names.fold(name.points.substr(size))) + day);
    }
  }
  add_address_keys(keys, features, births, rules);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

Candidates candidate_pairs(const std::vector<Features>& records, const LinkageRules& rules) {
  // By hash: two keys of one hash are a candidate too many, no more.
  std::vector<std::pair<std::uint64_t, std::uint32_t>> members;
  for (std::uint32_t i = 0; i < records.size(); ++i)
    for (const auto& key : blocking_keys(records[i], rules))
      members.emplace_back(key_hash(key), i);
  std::sort(members.begin(), members.end());
  Candidates found;
  for (std::size_t from = 0; from < members.size();) {
    auto until = from;
    while (until < members.size() && members[until].first == members[from].first)
      ++until;
    if (until - from > rules.block_max) {
      ++found.blocks_skipped;
      found.records_skipped += until - from;
    } else {
      for (auto i = from; i < until; ++i)
        for (auto k = i + 1; k < until; ++k)
          found.pairs.emplace_back(members[i].second, members[k].second);
    }
    from = until;
  }
  std::sort(found.pairs.begin(), found.pairs.end());
  found.pairs.erase(std::unique(found.pairs.begin(), found.pairs.end()), found.pairs.end());
  return found;
}

}  // namespace kinhub::linkage
