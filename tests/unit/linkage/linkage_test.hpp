#pragma once
// Phrases for linkage tests: a person in one line.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "hub/linkage/compare.hpp"

namespace kinhub::linkage::test {

inline const LinkageRules& shipped() {
  static const auto rules = load_linkage("mappings/identity/linkage.yaml").value();
  return rules;
}

/// A valid number of the test region: born on "20000521", serial of three digits.
inline std::string number_of(std::string_view born, int serial) {
  auto text = "322228" + std::string(born) + std::to_string(1000 + serial).substr(1);
  return text + citizen_number_check(text);
}

/// One person, built by phrases.
struct Who : Features {
  explicit Who(std::string_view name, std::string_view day = "") {
    if (!name.empty()) names.emplace_back(name);
    if (!day.empty()) born.push_back(PartialDate::parse(day).value());
  }
  Who& number(std::string text) { return numbers.push_back(std::move(text)), *this; }
  Who& broken(std::string text) { return broken_numbers.push_back(std::move(text)), *this; }
  Who& police(std::string id) { return police_ids.push_back(std::move(id)), *this; }
  Who& paper(std::string text) { return papers.push_back(std::move(text)), *this; }
  Who& household(std::string text) { return households.push_back(std::move(text)), *this; }
  Who& lives_in(std::string code) { return region = std::move(code), *this; }
  Who& mother(std::string_view name, std::string number = "") {
    return add(mothers, name, std::move(number));
  }
  Who& father(std::string_view name, std::string number = "") {
    return add(fathers, name, std::move(number));
  }
  Who& of(Sex value) { return sex = value, *this; }
  Who& one_of_twins() { return multiple_birth = true, *this; }

 private:
  Who& add(std::vector<Relative>& to, std::string_view name, std::string number) {
    Relative one;
    if (!name.empty()) one.name = Name(name);
    one.number = std::move(number);
    to.push_back(std::move(one));
    return *this;
  }
};

/// "doubtful 31.2: name_same +16.2, born_same +14.0": what a failing test prints.
inline std::string text(const Comparison& found) {
  auto out = std::string(name_of(found.verdict)) + " " + std::to_string(found.score) + ":";
  for (const auto& finding : found.findings)
    out += " " + std::string(name_of(finding.word)) + " " + std::to_string(finding.bits);
  return out;
}

}  // namespace kinhub::linkage::test
