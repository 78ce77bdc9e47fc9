#pragma once
// Parse result of one policy file: an issued document with its definitions, benefits and tests, not yet
// linked to others.

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "hub/base/result.hpp"
#include "hub/policy/program.hpp"

namespace kinhub::policy {

/// Source location: where something stands in a policy file.
struct Place {
  std::string file;
  int line = 0, column = 0;
  std::string text() const;  ///< file:line:column
};

/// A named condition (macro) of `define`.
struct Definition {
  std::string name, chinese;
  Condition condition;
  std::vector<std::string> hides = {};  ///< all names of words of the vocabulary that it takes the place of
  std::string words = {}, chinese_words = {};  ///< the one phrase that it stands for; empty: a list
  bool has_name(std::string_view phrase) const {
    return phrase == name || phrase == chinese ||
           std::find(hides.begin(), hides.end(), phrase) != hides.end();
  }
};

/// A benefit as its document states it; the linker fills in what it inherits from the one it replaces.
struct Draft {
  Place place;
  Benefit benefit;  ///< id, title, clause, quote, whose, calendar ...
  std::optional<Condition> when, event;
  std::vector<AmountRule> amounts;
  std::string replaces;  ///< <policy>/<benefit>; empty: nothing
  enum class Mode : std::uint8_t { replace, add, at_least } mode = Mode::replace;
  std::vector<std::string> excludes;
  bool whose_given = false, amount_given = false;
};

/// A test of the file as text; file_tests.cpp reads and runs it.
struct FileTest {
  Place place;
  std::string name, facts, like, expect, expect_change, then;
  Date then_on;
  bool has_then = false;
  int expect_line = 0, change_line = 0;  ///< where the first line of `expect`, of `expect change` stands
};

/// One issued document.
struct Document {
  Place place;
  std::string id, title, region, parent, note;
  Interval in_force;
  Date published;
  Calendar calendar;
  ProofRules evidence;
  std::vector<Definition> definitions;
  std::vector<Definition> inherited;  ///< of the parent and its parents
  std::vector<Draft> benefits;
  std::vector<FileTest> tests;
  std::vector<Error> notices;  ///< names that hide words of the vocabulary
};

/// The head of a file: enough to read parents before children, and to tell which version it is.
struct Head {
  std::filesystem::path file;
  std::string id, parent;
  std::string in_force;  ///< as written
};

/// Texts of issued documents, by path: what a policy quotes stands in one beside it.
using IssuedTexts = std::map<std::string, std::string_view, std::less<>>;

class Vocabulary;

/// Syntax tree of a policy file, taken apart only as far as YAML goes. Keeps the YAML tree out of this
/// header.
class RawDocument {
 public:
  /// Errors: POLICY_SYNTAX, POLICY_SIZE.
  static std::variant<RawDocument, Error> parse(const std::filesystem::path& file, std::string_view text);
  const Head& head() const { return head_; }
  /// Reads everything; problems are added to `errors`. `parent` may be null. REQUIRES: came out of parse().
  Document read(const Document* parent, const IssuedTexts& issued, const Vocabulary& vocabulary,
                std::vector<Error>& errors) const;

 private:
  Head head_;
  struct Tree;
  std::shared_ptr<const Tree> tree_;
};

/// Whether the text is UTF-8.
bool valid_utf8(std::string_view text);
/// Formats money: "610.00" from fen.
std::string yuan(std::int64_t fen);
/// Parses money: fen from "610" or "610.5" or "610.50"; nothing for anything else.
std::optional<std::int64_t> read_yuan(std::string_view text);

}  // namespace kinhub::policy
