#pragma once
// Parser of one policy file: from the YAML tree to a Document. One class; its functions stand in one
// document_*.cpp for each part of the file.

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/policy/document.hpp"

namespace YAML {
class Node;
}

namespace kinhub::policy {

/// A key of the language in English; an unknown key comes back as it is.
std::string canonical(std::string_view key);

/// Whether the text is an id: small letters, digits and '-' between them, 1 to 80 characters.
bool is_slug(std::string_view text);

/// Reads one document. Goes on after a problem, so that one run reports all of them.
class DocumentReader {
 public:
  /// `parent` may be null. REQUIRES: parent, issued, vocabulary and errors outlive the reader.
  DocumentReader(const Head& head, const Document* parent, const IssuedTexts& issued,
                 const Vocabulary& vocabulary, std::vector<Error>& errors)
      : file_(head.file), parent_(parent), issued_(issued), vocabulary_(vocabulary), errors_(errors) {}

  /// REQUIRES: root is a map; called once.
  Document read(const YAML::Node& root);

  /// "allowance dead (特别扶助金-死亡)": the name and the Chinese one; twice the same where it has no
  /// brackets.
  static std::pair<std::string, std::string> two_names(std::string_view written);

 private:
  using Entries = std::map<std::string, YAML::Node, std::less<>>;
  /// A named rule of the calendar and what choosing it sets.
  using Choices = std::vector<std::pair<std::string, std::function<void()>>>;

  // Limit against files that are small and mean endless work.
  static constexpr std::size_t conditions_max = 50'000;

  // document_reader.cpp: the head of the document, and what all parts need
  Place place(const YAML::Node& node) const;
  void fail(const YAML::Node& node, std::string code, std::string words);
  Entries entries(const YAML::Node& node, const std::vector<std::string>& allowed);
  std::string scalar(const YAML::Node& node);
  std::string text(const Entries& from, std::string_view key, const YAML::Node& around);
  std::string optional_text(const Entries& from, std::string_view key);
  void read_in_force(const Entries& top, const YAML::Node& root, Document& document);
  void read_text(const Entries& top);
  std::string read_quote(const Entries& from, std::string_view key = "quote");

  // document_calendar.cpp
  void choose(const Entries& from, std::string_view key, const YAML::Node& around, const Choices& choices);
  void read_calendar(Entries& top, const YAML::Node& root, Document& document);
  void read_late(const Entries& own, const YAML::Node& node, Calendar& calendar);

  // document_evidence.cpp
  Proof read_proof(const YAML::Node& node);
  void read_evidence(const YAML::Node& node, ProofRules& rules);
  void read_document_evidence(Entries& top, const YAML::Node& root, Document& document);

  // document_conditions.cpp
  const Definition* definition(std::string_view name) const;
  std::vector<std::string> all_words() const;
  Condition read_phrase(const YAML::Node& node, std::string phrase, bool events);
  Condition read_parts(const YAML::Node& node, Condition::Op op, int depth);
  Condition read_condition(const YAML::Node& node, int depth);
  void read_definitions(const YAML::Node& node);

  // document_benefits.cpp
  void read_benefits(const YAML::Node& node);
  void read_benefit(const YAML::Node& key, const YAML::Node& node);
  void read_whose(const Entries& map, Draft& draft);
  void read_mode(const YAML::Node& node, Draft& draft);
  void read_wait(const YAML::Node& node, Benefit& benefit);
  void read_excludes(const YAML::Node& node, Draft& draft);

  // document_amounts.cpp
  AmountRule read_sum(const YAML::Node& node, bool once);
  std::vector<AmountRule> read_amounts(const YAML::Node& node, bool once);

  // document_tests.cpp
  void read_tests(const YAML::Node& node);

  std::filesystem::path file_;
  const Document* parent_;
  const IssuedTexts& issued_;
  const Vocabulary& vocabulary_;
  std::vector<Error>& errors_;
  Document* document_ = nullptr;
  const Calendar* calendar_ = nullptr;
  std::optional<std::string> document_text_;
  bool in_event_ = false;
  std::size_t conditions_ = 0;
};

}  // namespace kinhub::policy
