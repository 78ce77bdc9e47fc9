// The paths of XML and JSON: a small, compiled subset of XPath and of dotted names.
#include "hub/mapping/source.hpp"

namespace kinhub {
namespace {

constexpr std::size_t steps_max = 16;

Error wrong(std::size_t offset, std::string text) {
  return {"MAP_PATH", std::move(text), std::to_string(offset)};
}

/// "[2]" or "[NAME='x']" from `at`, which stands on '['.
std::optional<Error> read_bracket(Format format, std::string_view text, std::size_t& at, PathStep& step) {
  auto start = at++;
  auto skip_blanks = [&] {
    while (at < text.size() && text[at] == ' ')
      ++at;
  };
  skip_blanks();
  if (at < text.size() && text[at] >= '0' && text[at] <= '9') {
    std::size_t number = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9' && number < 1'000'000)
      number = number * 10 + static_cast<std::size_t>(text[at++] - '0');
    if (format == Format::xml && number == 0) return wrong(start, "elements are counted from 1");
    step.index = format == Format::json ? number + 1 : number;
  } else {
    auto name = at;
    while (at < text.size() && text[at] != '=' && text[at] != ']' && text[at] != ' ')
      ++at;
    step.predicate = std::string(text.substr(name, at - name));
    skip_blanks();
    if (step.predicate.empty() || at >= text.size() || text[at] != '=')
      return wrong(start, "expected [2] or [NAME = 'value']");
    ++at;
    skip_blanks();
    if (at >= text.size() || text[at] != '\'')
      return wrong(at, "the value of a predicate stands in 'single quotes'");
    auto close = text.find('\'', at + 1);
    if (close == std::string_view::npos) return wrong(at, "the quote is not closed");
    step.wanted = std::string(text.substr(at + 1, close - at - 1));
    at = close + 1;
  }
  skip_blanks();
  if (at >= text.size() || text[at] != ']') return wrong(start, "the bracket is not closed");
  ++at;
  return std::nullopt;
}

}  // namespace

Result<Path> compile_tree_path(Format format, std::string_view text) {
  Path path;
  path.text = std::string(text);
  const char separator = format == Format::xml ? '/' : '.';
  std::size_t at = 0;
  if (format == Format::xml && text.front() == '/') {
    path.absolute = true;
    at = 1;
  } else if (format == Format::json && text.front() == '$') {
    path.absolute = true;
    at = 1;
    if (at == text.size()) return path;  // the document itself
    if (text[at] != '.') return wrong(at, "after $ comes a dot and a name");
    ++at;
  }
  for (;;) {
    PathStep step;
    if (format == Format::xml && at < text.size() && text[at] == '@') step.attribute = true, ++at;
    auto start = at;
    while (at < text.size() && text[at] != separator && text[at] != '[')
      ++at;
    step.name = std::string(text.substr(start, at - start));
    if (step.name.empty()) return wrong(start, "a name is missing");
    if (step.name == "*" || step.name == "." || step.name == ".." ||
        step.name.find_first_of("()|:*") != std::string::npos ||
        (format == Format::xml && step.name.find('$') != std::string::npos))
      return wrong(start, "only names, /, @, [number] and [NAME = 'value'] are known in paths");
    if (at < text.size() && text[at] == '[')
      if (auto error = read_bracket(format, text, at, step)) return *error;
    step.hash = hash_of(step.name);
    const bool last = at == text.size();
    if (step.attribute && !last) return wrong(at, "an attribute is the end of a path");
    path.steps.push_back(std::move(step));
    if (path.steps.size() > steps_max) return wrong(at, "a path has at most 16 steps");
    if (last) return path;
    if (text[at] != separator) return wrong(at, "expected '" + std::string(1, separator) + "'");
    ++at;
  }
}

}  // namespace kinhub
