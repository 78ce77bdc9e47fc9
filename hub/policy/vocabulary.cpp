// Reading of vocabulary files, and parsing of phrases: pattern matching with holes, in English and Chinese.

#include "hub/policy/vocabulary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>

#include "hub/base/yaml.hpp"
#include "hub/policy/document_reader.hpp"
#include "hub/policy/keys.hpp"

namespace kinhub::policy {
namespace {

constexpr std::array<std::string_view, 4> chinese_grades{"一", "二", "三", "四"};

constexpr std::size_t words_max = 1000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t digits_at_front(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits]))
    ++digits;
  return digits;
}

enum class Hole : std::uint8_t { number, grade, region, date };

std::optional<Hole> hole_of(std::string_view name) {
  if (name == "n" || name == "m" || name == "a" || name == "b") return Hole::number;
  if (name == "grade") return Hole::grade;
  if (name == "region") return Hole::region;
  if (name == "date" || name == "until") return Hole::date;
  return std::nullopt;
}

// 以上 of a grade means more severe: 三级以上 is 1..3.
bool take_grade(std::string_view& text, Bindings& holes) {
  for (std::size_t i = 0; i < chinese_grades.size(); ++i) {
    if (!text.starts_with(chinese_grades[i])) continue;
    text.remove_prefix(chinese_grades[i].size());
    holes["a"] = "1", holes["b"] = std::to_string(i + 1);
    return true;
  }
  return false;
}

bool take_hole(std::string_view name, std::string_view& text, Bindings& holes) {
  auto take = [&](std::size_t length) {
    holes[std::string(name)] = text.substr(0, length);
    text.remove_prefix(length);
    return true;
  };
  const auto digits = digits_at_front(text);
  switch (hole_of(name).value()) {
    case Hole::number:
      return digits > 0 && digits <= 3 && take(digits);
    case Hole::grade:
      return take_grade(text, holes);
    case Hole::region:
      return digits == 6 && take(6);
    case Hole::date:
      return Date::parse(text.substr(0, 10)) && take(10);
  }
  return false;
}

/// The names of the holes of a pattern; a grade fills a and b.
std::vector<std::string> holes_in(std::string_view pattern) {
  std::vector<std::string> holes;
  while (true) {
    const auto open = pattern.find('{');
    if (open == std::string_view::npos) return holes;
    const auto close = pattern.find('}', open);
    if (close == std::string_view::npos) return holes;
    const auto name = pattern.substr(open + 1, close - open - 1);
    if (name == "grade")
      holes.emplace_back("a"), holes.emplace_back("b");
    else
      holes.emplace_back(name);
    pattern.remove_prefix(close + 1);
  }
}

std::vector<std::string> holes_in(const TextTree& tree) {
  auto holes = holes_in(std::string_view(tree.scalar));
  for (const auto& item : tree.items) {
    auto inside = holes_in(item);
    holes.insert(holes.end(), inside.begin(), inside.end());
  }
  return holes;
}

/// What the holes stand for when a word is tried at load.
const Bindings& samples() {
  static const Bindings bindings{{"n", "18"},
                                 {"m", "20"},
                                 {"a", "1"},
                                 {"b", "3"},
                                 {"region", "370306"},
                                 {"grade", "三"},
                                 {"date", "2001-02-03"},
                                 {"until", "2011-02-03"}};
  return bindings;
}

/// A pattern with its holes filled. A Chinese grade is written from b.
std::string filled(std::string_view pattern, const Bindings& holes) {
  auto all = holes;
  if (auto b = holes.find("b");
      b != holes.end() && b->second.size() == 1 && b->second[0] >= '1' && b->second[0] <= '4')
    all["grade"] = chinese_grades[static_cast<std::size_t>(b->second[0] - '1')];
  std::vector<std::string> none;
  return fill(pattern, all, none);
}

constexpr std::array<std::string_view, 3> operators{"all", "any", "not"};

bool is_operator(std::string_view key) {
  return std::find(operators.begin(), operators.end(), key) != operators.end();
}

/// A form in words, for explanations of a word that is made of several.
std::string words_of(std::string_view key, const TextTree& fields, const Bindings& holes) {
  std::vector<std::string> none;
  if (fields.kind == TextTree::Kind::scalar)
    return fmt::format("{}: {}", key, fill(fields.scalar, holes, none));
  std::string text;
  for (std::size_t i = 0; i < fields.items.size() && i < fields.keys.size(); ++i)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", fields.keys[i],
                        fill(fields.items[i].scalar, holes, none));
  return fmt::format("{}: {}", key, text);
}

/// Recursive descent over the body of a word.
class BodyReader {
 public:
  using Phrase = std::function<std::optional<Condition>(const std::string&)>;
  BodyReader(const Bindings& holes, const Calendar& calendar, std::vector<std::string>& problems,
             Phrase phrase)
      : holes_(holes), calendar_(calendar), problems_(problems), phrase_(std::move(phrase)) {}

  Condition read(const TextTree& body, int depth = 0) {
    constexpr int depth_max = 12;
    if (depth > depth_max) return problem("the body of a word nests too deep");
    switch (body.kind) {
      case TextTree::Kind::scalar: {
        auto phrase = fill(body.scalar, holes_, problems_);
        if (auto known = phrase_(phrase)) return *known;
        return problem(
            fmt::format("unknown word '{}': a body uses forms, and words that stand above it", phrase));
      }
      case TextTree::Kind::list:
        return several(body, Condition::Op::all, depth);
      case TextTree::Kind::map:
        break;
    }
    if (body.items.empty()) return problem("a word needs a form");
    if (body.items.size() == 1) return one(body.keys[0], body.items[0], depth);
    Condition condition;
    condition.op = Condition::Op::all;
    condition.text = "all of", condition.chinese = "同时具备";
    for (std::size_t i = 0; i < body.items.size(); ++i)
      condition.parts.push_back(one(body.keys[i], body.items[i], depth));
    return condition;
  }

 private:
  Condition problem(std::string text) {
    problems_.push_back(std::move(text));
    return {};
  }

  Condition several(const TextTree& list, Condition::Op op, int depth) {
    Condition condition;
    condition.op = op;
    condition.text = op == Condition::Op::any ? "any of" : "all of";
    condition.chinese = op == Condition::Op::any ? "具备其一" : "同时具备";
    if (list.kind != TextTree::Kind::list) return read(list, depth + 1);
    if (list.items.empty()) return problem("a list needs at least one condition");
    for (const auto& item : list.items)
      condition.parts.push_back(read(item, depth + 1));
    return condition;
  }

  Condition one(const std::string& key, const TextTree& fields, int depth) {
    const auto known = canonical(key);
    if (known == "all" || known == "any")
      return several(fields, known == "any" ? Condition::Op::any : Condition::Op::all, depth);
    if (known == "not") {
      Condition without;
      without.op = Condition::Op::negate;
      without.parts.push_back(read(fields, depth + 1));
      without.text = "not: " + without.parts[0].text;
      without.worded = without.parts[0].worded;
      without.chinese = "非：" + without.parts[0].chinese;
      return without;
    }
    const auto form = form_name(key);
    if (!form) return problem(fmt::format("'{}' is no form", key));
    auto condition = read_form(*form, fields, holes_, calendar_, problems_);
    condition.text = condition.chinese = words_of(key, fields, holes_);
    condition.worded = false;
    return condition;
  }

  const Bindings holes_;
  const Calendar calendar_;  ///< by value: callers give one of their own
  std::vector<std::string>& problems_;
  Phrase phrase_;
};

}  // namespace

std::optional<Bindings> match(std::string_view pattern, std::string_view phrase) {
  Bindings holes;
  while (!pattern.empty()) {
    if (pattern.front() == '{') {
      const auto end = pattern.find('}');
      assert(end != std::string_view::npos && "patterns are checked when they are read");
      if (!take_hole(pattern.substr(1, end - 1), phrase, holes)) return std::nullopt;
      pattern.remove_prefix(end + 1);
      continue;
    }
    const auto literal = pattern.substr(0, pattern.find('{'));
    if (!phrase.starts_with(literal)) return std::nullopt;
    phrase.remove_prefix(literal.size());
    pattern.remove_prefix(literal.size());
  }
  if (!phrase.empty()) return std::nullopt;
  return holes;
}

std::string fill(std::string_view text, const Bindings& holes, std::vector<std::string>& problems) {
  std::string out;
  while (true) {
    const auto open = text.find('{');
    out += text.substr(0, open);
    if (open == std::string_view::npos) return out;
    const auto close = text.find('}', open);
    const auto name = text.substr(open + 1, close == std::string_view::npos ? close : close - open - 1);
    const auto found = holes.find(name);
    if (found == holes.end())
      problems.push_back(fmt::format("no pattern of the word has the hole '{{{}}}'", name));
    else
      out += found->second;
    if (close == std::string_view::npos) return out;
    text.remove_prefix(close + 1);
  }
}

/// Reads one vocabulary file. Goes on after a problem, so that one run reports all of them.
class VocabularyReader {
 public:
  VocabularyReader(Vocabulary& vocabulary, std::string file, std::vector<Error>& errors,
                   std::vector<Error>& notices)
      : vocabulary_(vocabulary), file_(std::move(file)), errors_(errors), notices_(notices) {}

  void read(std::string_view text) {
    constexpr std::size_t size_max = 1 << 20;
    if (text.size() > size_max) return fail({file_, 1, 1}, "POLICY_SIZE", "a vocabulary is at most 1 MiB");
    if (!valid_utf8(text)) return fail({file_, 1, 1}, "POLICY_SYNTAX", "a vocabulary is UTF-8 text");
    try {
      const auto root = read_yaml(text);
      if (!root.IsMap())
        return fail({file_, 1, 1}, "POLICY_SYNTAX",
                    "one file holds one vocabulary, a map of 'key: value' lines");
      const auto tree = tree_of(root, 0);
      if (!too_large_) read_file(tree);
    } catch (const YamlError& problem) {
      fail({file_, problem.mark.line + 1, problem.mark.column + 1}, "POLICY_SYNTAX", problem.msg);
    }
  }

 private:
  void fail(const Place& place, std::string code, std::string text) {
    errors_.push_back({std::move(code), std::move(text), place.text()});
  }

  TextTree tree_of(const YamlNode& node, int depth) {
    constexpr int depth_max = 16;
    TextTree tree;
    tree.place = {file_, node.Mark().line + 1, node.Mark().column + 1};
    // A small file may mean endless work: aliases of aliases.
    constexpr std::size_t nodes_max = 100'000;
    if (++nodes_ > nodes_max || depth > depth_max) {
      if (!too_large_) fail(tree.place, "POLICY_SIZE", "a vocabulary nests too deep, or holds too much");
      too_large_ = true;
    } else if (node.IsSequence()) {
      tree.kind = TextTree::Kind::list;
      for (const auto& item : node)
        tree.items.push_back(tree_of(item, depth + 1));
    } else if (node.IsMap()) {
      tree.kind = TextTree::Kind::map;
      for (const auto& entry : node) {
        const Place at{file_, entry.first.Mark().line + 1, entry.first.Mark().column + 1};
        auto key = entry.first.IsScalar() ? tidy(entry.first.Scalar()) : std::string();
        if (key.empty()) fail(at, "POLICY_KEY", "a key is plain text");
        if (std::find(tree.keys.begin(), tree.keys.end(), key) != tree.keys.end())
          fail(at, "POLICY_KEY_TWICE", fmt::format("'{}' stands twice; keep one", key));
        tree.keys.push_back(std::move(key));
        tree.items.push_back(tree_of(entry.second, depth + 1));
        tree.items.back().place = at;
      }
    } else if (node.IsScalar()) {
      tree.scalar = node.Scalar();
    }
    return tree;
  }

  void read_file(const TextTree& root) {
    static const auto keys = keys_of(vocabulary_keys);
    const TextTree *words = nullptr, *tests = nullptr;
    std::string name;
    for (std::size_t i = 0; i < root.items.size(); ++i) {
      const auto& key = root.keys[i];
      if (key == "vocabulary" || key == "词汇")
        name = tidy(root.items[i].scalar);
      else if (key == "words" || key == "词语")
        words = &root.items[i];
      else if (key == "tests" || key == "测试")
        tests = &root.items[i];
      else if (key != "title" && key != "标题" && key != "note" && key != "说明")
        unknown(root.items[i].place, key, keys);
    }
    if (!is_slug(name))
      fail(root.place, "POLICY_KEY_MISSING",
           "'vocabulary' is missing: the name of this vocabulary, in small letters");
    vocabulary_.name_ = name;
    if (!words || words->kind != TextTree::Kind::map)
      fail(root.place, "POLICY_KEY_MISSING", "'words' is missing: a map from each word to what it means");
    else
      for (std::size_t i = 0; i < words->items.size(); ++i)
        read_word(words->keys[i], words->items[i]);
    if (tests) read_tests(*tests);
  }

  void unknown(const Place& place, const std::string& key, const std::vector<std::string>& allowed) {
    auto hint = nearest(key, allowed);
    fail(place, "POLICY_KEY_UNKNOWN",
         fmt::format("unknown key '{}'{}", key, hint ? fmt::format("; is '{}' meant?", *hint) : ""));
  }

  // One name, or several of the same language.
  void add_names(const TextTree& names, std::vector<std::string>& to) {
    if (names.kind == TextTree::Kind::scalar) to.push_back(tidy(names.scalar));
    for (const auto& one : names.items)
      to.push_back(tidy(one.scalar));
  }

  void read_word(const std::string& key, const TextTree& body) {
    if (vocabulary_.words_.size() >= words_max)
      return fail(body.place, "POLICY_SIZE", fmt::format("a vocabulary has at most {} words", words_max));
    Word word;
    word.place = body.place;
    auto [english, chinese] = DocumentReader::two_names(key);
    word.english.push_back(english);
    if (chinese != english) word.chinese.push_back(chinese);
    word.body.kind = TextTree::Kind::map;
    word.body.place = body.place;
    if (body.kind != TextTree::Kind::map)
      return fail(body.place, "POLICY_SHAPE",
                  fmt::format("'{}' is a map: a form, as 'children: {{...}}', and 'note'", key));
    auto keys = keys_of(word_keys);
    for (auto name : form_names())
      keys.emplace_back(name);
    for (std::size_t i = 0; i < body.items.size(); ++i) {
      const auto known = canonical(body.keys[i]);
      if (known == "note") {
        word.note = tidy(body.items[i].scalar);
      } else if (known == "also") {
        add_names(body.items[i], word.english);
      } else if (body.keys[i] == "也作") {
        add_names(body.items[i], word.chinese);
      } else if (is_operator(known) || form_name(body.keys[i])) {
        word.body.keys.push_back(body.keys[i]);
        word.body.items.push_back(body.items[i]);
      } else {
        unknown(body.items[i].place, body.keys[i], keys);
      }
    }
    if (word.body.items.empty())
      return fail(
          body.place, "POLICY_EMPTY",
          fmt::format("'{}' has no form: one of {}, or all, any, not", key, fmt::join(form_names(), ", ")));
    if (word.chinese.empty())
      return fail(body.place, "POLICY_WORD",
                  fmt::format("'{}' has no Chinese name: write 'name (名称)'", key));
    hide_outer(word);
    if (check_patterns(word) && check_body(word)) vocabulary_.words_.push_back(std::move(word));
  }

  // Shadowing: a word of an outer file that has one of these names is hidden with all of its names, so that
  // both languages go on meaning one thing.
  void hide_outer(Word& word) {
    const auto outer = std::span(vocabulary_.words_).first(vocabulary_.files_.back());
    for (std::size_t at = outer.size(); at-- > 0;) {
      const auto& other = outer[at];
      auto shares = [](const std::vector<std::string>& mine, const std::vector<std::string>& theirs) {
        return std::any_of(mine.begin(), mine.end(), [&](const std::string& one) {
          return std::find(theirs.begin(), theirs.end(), one) != theirs.end();
        });
      };
      if (!shares(word.english, other.english) && !shares(word.chinese, other.chinese)) continue;
      add_missing(other.english, word.english);
      add_missing(other.chinese, word.chinese);
      notices_.push_back({"POLICY_WORD_SHADOWED",
                          fmt::format("in this folder '{}' means what stands here, and not what stands at {}",
                                      word.english[0], other.place.text()),
                          word.place.text()});
    }
  }
  static void add_missing(const std::vector<std::string>& names, std::vector<std::string>& to) {
    for (const auto& name : names)
      if (std::find(to.begin(), to.end(), name) == to.end()) to.push_back(name);
  }

  bool check_patterns(const Word& word) {
    auto wanted = holes_in(word.body);
    for (const auto* names : {&word.english, &word.chinese})
      for (const auto& pattern : *names) {
        const auto holes = holes_in(std::string_view(pattern));
        auto complain = [&](std::string text) {
          fail(word.place, "POLICY_WORD", fmt::format("'{}': {}", pattern, text));
          return false;
        };
        if (pattern.empty()) return complain("a word has a name");
        if (!braces_match(pattern)) return complain("a hole is written as '{n}'");
        for (const auto& hole : holes)
          if (!hole_of(hole))
            return complain(
                fmt::format("'{{{}}}' is no hole: {{n}} {{m}} {{a}} {{b}} numbers, {{grade}} as 三, "
                            "{{date}} {{until}} days, {{region}} six digits",
                            hole));
        for (const auto& hole : wanted)
          if (std::find(holes.begin(), holes.end(), hole) == holes.end())
            return complain(fmt::format("the body asks for '{{{}}}', which this name does not have", hole));
        for (const auto& other : std::span(vocabulary_.words_).subspan(vocabulary_.files_.back()))
          for (const auto* theirs : {&other.english, &other.chinese})
            if (std::find(theirs->begin(), theirs->end(), pattern) != theirs->end())
              return complain("stands twice: also at " + other.place.text());
      }
    return true;
  }

  static bool braces_match(std::string_view pattern) {
    bool open = false;
    for (char c : pattern) {
      if ((c == '{' && open) || (c == '}' && !open)) return false;
      if (c == '{' || c == '}') open = c == '{';
    }
    return !open;
  }

  // Trial run: the body with sample values in its holes.
  bool check_body(const Word& word) {
    std::vector<std::string> problems;
    BodyReader reader(samples(), Calendar{}, problems, [&](const std::string& phrase) {
      return vocabulary_.condition(phrase, Calendar{}, vocabulary_.words_.size(), problems);
    });
    const auto condition = reader.read(word.body);
    for (const auto& problem : problems)
      fail(word.place, "POLICY_WORD", fmt::format("'{}': {}", word.english[0], problem));
    if (problems.empty() && condition.op != Condition::Op::leaf && has_event(condition)) {
      fail(word.place, "POLICY_EVENT",
           fmt::format("'{}': an event stands alone, not in all, any or not", word.english[0]));
      return false;
    }
    return problems.empty();
  }

  static bool has_event(const Condition& condition) {
    if (condition.op == Condition::Op::leaf) return is_event(condition.leaf.kind);
    return std::any_of(condition.parts.begin(), condition.parts.end(), has_event);
  }

  void read_tests(const TextTree& tests) {
    if (tests.kind != TextTree::Kind::list) return fail(tests.place, "POLICY_SHAPE", "'tests' is a list");
    for (const auto& one : tests.items) {
      WordTest test;
      test.place = one.place;
      for (std::size_t i = 0; i < one.items.size() && i < one.keys.size(); ++i) {
        const auto key = one.keys[i] == "词语" ? std::string("word") : canonical(one.keys[i]);
        if (key == "word")
          test.word = tidy(one.items[i].scalar);
        else if (key == "facts")
          test.facts = one.items[i].scalar;
        else if (key == "expect")
          test.expect = one.items[i].scalar;
        else
          unknown(one.items[i].place, one.keys[i], keys_of(word_test_keys));
      }
      if (test.word.empty() || test.facts.empty() || test.expect.empty())
        fail(one.place, "POLICY_TEST", "a test of a word has 'word', 'facts' and 'expect'");
      else if (!vocabulary_.find(test.word))
        fail(one.place, "POLICY_WORD_UNKNOWN", unknown_word(test.word));
      else
        vocabulary_.tests_.push_back(std::move(test));
    }
  }

  std::string unknown_word(const std::string& phrase) const {
    auto hint = nearest(phrase, vocabulary_.patterns());
    return fmt::format("unknown word '{}'{}", phrase, hint ? fmt::format("; is '{}' meant?", *hint) : "");
  }

  Vocabulary& vocabulary_;
  const std::string file_;
  std::vector<Error>&errors_, &notices_;
  std::size_t nodes_ = 0;
  bool too_large_ = false;
};

namespace {

constexpr std::string_view built_in_file = "vocabulary.yaml (built in)";

/// The folder of a file, with its '/' at the end; empty: none is said.
std::string folder_of(std::string_view file) {
  const auto slash = file.rfind('/');
  return std::string(file.substr(0, slash == std::string_view::npos ? 0 : slash + 1));
}

}  // namespace

const Vocabulary& Vocabulary::shipped() {
  static const Vocabulary words = [] {
    Vocabulary read;
    std::vector<Error> errors, notices;
    VocabularyReader(read, std::string(built_in_file), errors, notices).read(built_in());
    assert(errors.empty() && "the shipped vocabulary is tested");
    return read;
  }();
  return words;
}

Vocabularies Vocabularies::read(std::span<const PolicyText> texts, std::vector<Error>& errors,
                                std::vector<Error>& notices) {
  Vocabularies read;
  std::vector<const PolicyText*> files;
  bool shipped_stands_there = false;
  for (const auto& text : texts)
    if (text.is_vocabulary() && text.text == Vocabulary::built_in())
      shipped_stands_there = true;
    else if (text.is_vocabulary())
      files.push_back(&text);
  auto name_of_file = [](const PolicyText& file) {
    Vocabulary probe;
    std::vector<Error> later;
    VocabularyReader(probe, file.file, later, later).read(file.text);
    return probe.name_;
  };
  // The words of all may only be replaced from the folder in which all lie; below, they are hidden as any.
  auto outermost = [&](const PolicyText& file) {
    return file.tried || std::all_of(texts.begin(), texts.end(), [&](const PolicyText& other) {
             return other.tried || other.file.starts_with(folder_of(file.file));
           });
  };
  const auto instead = std::find_if(files.begin(), files.end(), [&](const PolicyText* file) {
    return outermost(*file) && name_of_file(*file) == Vocabulary::shipped().name_;
  });
  if (instead != files.end()) {
    VocabularyReader(read.all_.emplace_back(), (*instead)->file, errors, notices).read((*instead)->text);
    files.erase(instead);
  } else {
    auto& shipped = read.all_.emplace_back(Vocabulary::shipped());
    if (!shipped_stands_there) shipped.tests_.clear(), shipped.others_ = shipped.words_.size();
  }
  // A folder comes after the one it lies in.
  std::stable_sort(files.begin(), files.end(), [](const PolicyText* a, const PolicyText* b) {
    return folder_of(a->file).size() < folder_of(b->file).size();
  });
  for (const auto* file : files) {
    auto vocabulary = read.of(file->file);
    vocabulary.tests_.clear();
    vocabulary.others_ = vocabulary.words_.size();
    vocabulary.files_.push_back(vocabulary.words_.size());
    VocabularyReader(vocabulary, file->file, errors, notices).read(file->text);
    read.all_.push_back(std::move(vocabulary));
    read.folders_.push_back(folder_of(file->file));
  }
  return read;
}

const Vocabulary& Vocabularies::of(std::string_view file) const {
  std::size_t nearest = 0;
  for (std::size_t i = 1; i < folders_.size(); ++i)
    if (file.starts_with(folders_[i]) && folders_[i].size() >= folders_[nearest].size()) nearest = i;
  return all_[nearest];
}

std::vector<Word> Vocabularies::words() const {
  std::vector<Word> words = all_.front().words();
  for (const auto& one : std::span(all_).subspan(1))
    words.insert(words.end(), one.own_words().begin(), one.own_words().end());
  return words;
}

std::optional<std::size_t> Vocabulary::find(std::string_view phrase, std::size_t before) const {
  auto fits = [&](const std::string& pattern) { return match(pattern, phrase).has_value(); };
  std::size_t end = std::min(before, words_.size());
  for (std::size_t file = files_.size(); file-- > 0; end = std::min(end, files_[file]))
    for (std::size_t at = files_[file]; at < end; ++at)
      if (std::any_of(words_[at].english.begin(), words_[at].english.end(), fits) ||
          std::any_of(words_[at].chinese.begin(), words_[at].chinese.end(), fits))
        return at;
  return std::nullopt;
}

namespace {

std::optional<Bindings> bindings_of(const Word& word, std::string_view phrase) {
  for (const auto* names : {&word.english, &word.chinese})
    for (const auto& pattern : *names)
      if (auto holes = match(pattern, phrase)) return holes;
  return std::nullopt;
}

}  // namespace

std::optional<Condition> Vocabulary::condition(std::string_view phrase, const Calendar& calendar,
                                               std::size_t before, std::vector<std::string>& problems) const {
  const auto at = find(phrase, before);
  if (!at) return std::nullopt;
  const auto& word = words_[*at];
  const auto holes = bindings_of(word, phrase);
  BodyReader reader(*holes, calendar, problems, [&](const std::string& part) {
    return condition(part, calendar, *at, problems);  // only words above: no circle
  });
  auto read = reader.read(word.body);
  read.text = phrase;
  read.chinese = filled(word.chinese[0], *holes);
  read.english = filled(word.english[0], *holes);
  read.worded = true;
  return read;
}

std::optional<Condition> Vocabulary::condition(std::string_view phrase, const Calendar& calendar,
                                               std::vector<std::string>& problems) const {
  return condition(phrase, calendar, words_.size(), problems);
}

const Word* Vocabulary::find(std::string_view phrase) const {
  const auto at = find(phrase, words_.size());
  return at ? &words_[*at] : nullptr;
}

std::vector<std::string> Vocabulary::names_like(std::string_view phrase) const {
  std::vector<std::string> names;
  const auto* word = find(phrase);
  if (!word) return names;
  const auto holes = bindings_of(*word, phrase);
  for (const auto* patterns : {&word->english, &word->chinese})
    for (const auto& pattern : *patterns)
      names.push_back(filled(pattern, *holes));
  return names;
}

std::vector<std::string> Vocabulary::patterns() const {
  std::vector<std::string> all;
  for (const auto& word : words_)
    for (const auto* names : {&word.english, &word.chinese})
      all.insert(all.end(), names->begin(), names->end());
  return all;
}

}  // namespace kinhub::policy
