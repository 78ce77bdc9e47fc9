#pragma once
// Vocabulary: the words a policy may ask in, English and Chinese, each defined in a text file by a few typed
// forms. The forms are compiled in (condition.hpp); the words are data.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/policy/document.hpp"

namespace kinhub::policy {

/// Text tree: what stands in a file, as scalars, lists and maps with their places.
struct TextTree {
  enum class Kind : std::uint8_t { scalar, list, map } kind = Kind::scalar;
  Place place;
  std::string scalar;
  std::vector<std::string> keys;  ///< of a map, one for each item
  std::vector<TextTree> items;
};

/// What the holes of a pattern were filled with: "n" -> "49".
using Bindings = std::map<std::string, std::string, std::less<>>;

/// A word: the patterns that name it, and its body.
struct Word {
  Place place;
  std::vector<std::string> english, chinese;  ///< patterns with holes: "wife reaches {n}"
  std::string note;                           ///< when it is met, for people
  TextTree body;                              ///< forms, earlier words, all, any, not
};

/// A test of a word as text; vocabulary_tests.cpp runs it.
struct WordTest {
  Place place;
  std::string word, facts, expect;
};

/// Closed set of words, as the files of one folder see it. Immutable once read: safe from any thread.
class Vocabulary {
 public:
  /// The file that was compiled in (mappings/policies/vocabulary.yaml).
  static std::string_view built_in();
  static const Vocabulary& shipped();

  /// Parses a phrase: the condition it names under the conventions of `calendar`, with its words in both
  /// languages; nothing when no word has this form. What is wrong with its numbers is added to `problems`.
  std::optional<Condition> condition(std::string_view phrase, const Calendar& calendar,
                                     std::vector<std::string>& problems) const;
  /// The word that has this form; null: none has.
  const Word* find(std::string_view phrase) const;
  /// All names of the word that has this form, in both languages, with its numbers; none: no word has it.
  std::vector<std::string> names_like(std::string_view phrase) const;
  /// Every pattern, for nearest-word hints.
  std::vector<std::string> patterns() const;
  const std::vector<Word>& words() const { return words_; }
  const std::vector<WordTest>& tests() const { return tests_; }
  /// The words of the folder itself, without those that were built in or stand in folders above.
  std::span<const Word> own_words() const { return std::span(words_).subspan(others_); }

 private:
  friend class VocabularyReader;
  friend class Vocabularies;
  std::optional<Condition> condition(std::string_view phrase, const Calendar& calendar, std::size_t before,
                                     std::vector<std::string>& problems) const;
  /// Lexical scoping: the index of the word among the first `before`, of the nearest file that has it.
  std::optional<std::size_t> find(std::string_view phrase, std::size_t before) const;

  std::string name_;
  std::vector<Word> words_;
  std::vector<std::size_t> files_{0};  ///< where the words of each file begin, the outermost first
  std::vector<WordTest> tests_;        ///< of the folder itself
  std::size_t others_ = 0;             ///< so many words at the front are not the folder's own
};

/// The vocabularies of a set of policies: a vocabulary.yaml counts for the files of its folder and below, and
/// may give a word of an outer one another meaning there.
class Vocabularies {
 public:
  /// The words the program was built with, and those of every vocabulary.yaml among `texts`. A file whose
  /// vocabulary is named as the built-in one takes its place everywhere. Words that hide another are said in
  /// `notices`, with both places.
  static Vocabularies read(std::span<const PolicyText> texts, std::vector<Error>& errors,
                           std::vector<Error>& notices);
  /// What the file may ask in.
  const Vocabulary& of(std::string_view file) const;
  /// Each once, the outermost first.
  const std::vector<Vocabulary>& all() const { return all_; }
  /// Every word of every folder, in their order.
  std::vector<Word> words() const;

 private:
  std::vector<Vocabulary> all_;
  std::vector<std::string> folders_{""};  ///< of each; the first counts everywhere
};

/// Pattern matching: what the holes of `pattern` stand for in `phrase`; nothing when it does not fit.
std::optional<Bindings> match(std::string_view pattern, std::string_view phrase);

/// Parses the form `key` (as "children") with its fields, holes filled. Problems are added, without places.
/// REQUIRES: is_form(key).
Condition read_form(std::string_view key, const TextTree& fields, const Bindings& holes,
                    const Calendar& calendar, std::vector<std::string>& problems);
/// The English name of a form; nothing when `key` names none. Chinese names count.
std::optional<std::string_view> form_name(std::string_view key);
/// The English names of all forms.
std::vector<std::string_view> form_names();
/// All of them, English and Chinese.
std::vector<std::pair<std::string_view, std::string_view>> form_aliases();
/// `text` with its holes filled; a hole without a binding is a problem.
std::string fill(std::string_view text, const Bindings& holes, std::vector<std::string>& problems);

/// Runs the tests of the vocabulary; adds what failed. The number that passed.
std::size_t run_word_tests(const Vocabulary& vocabulary, std::vector<Error>& failed);
/// Words without a test that meets them, or none that does not.
std::vector<Error> untested_words(const Vocabulary& vocabulary);

/// The page docs/vocabulary.md.
std::string vocabulary_page(std::span<const Word> words);

}  // namespace kinhub::policy
