// XML as agencies send it: no DOCTYPE, bounded size and depth, then pugixml.
#include <pugixml.hpp>

#include <array>
#include <bit>
#include <cstring>

#include "hub/mapping/source.hpp"

namespace kinhub {
namespace {

constexpr std::size_t elements_max = 500'000;

std::size_t line_of(std::string_view text, std::size_t offset) {
  std::size_t line = 1;
  for (std::size_t i = 0; i < offset && i < text.size(); ++i)
    line += text[i] == '\n';
  return line;
}

Error malformed(std::string_view text, std::size_t offset, const std::string& why) {
  return {"XML_MALFORMED",
          "not well-formed XML: " + why +
              "; was the file cut? ask the source to send it again, or to mend "
              "its writer",
          "line " + std::to_string(line_of(text, offset))};
}

/// XML 1.0, production Char: what may stand in a document, written as it is or as a reference.
bool is_xml_character(std::uint32_t point) {
  return point == 0x9 || point == 0xA || point == 0xD || (point >= 0x20 && point <= 0xD7FF) ||
         (point >= 0xE000 && point <= 0xFFFD) || (point >= 0x10000 && point <= 0x10FFFF);
}

bool is_forbidden_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

/// The first byte of UTF-8 text that begins no character of XML: a control character, U+FFFE, U+FFFF.
std::size_t find_no_character(std::string_view text) {
  constexpr std::uint64_t ones = 0x0101010101010101U, tops = ones << 7U;
  constexpr std::size_t word_size = sizeof(std::uint64_t);
  std::size_t at = 0;
  for (; at + word_size <= text.size(); at += word_size) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, word_size);
    // A top bit for each byte below 0x20, and perhaps for one above such a byte.
    for (auto low = (word - ones * 0x20U) & ~word & tops; low != 0; low &= low - 1)
      if (const auto i = at + static_cast<std::size_t>(std::countr_zero(low)) / 8;
          is_forbidden_control(text[i]))
        return i;
  }
  for (; at < text.size(); ++at)
    if (is_forbidden_control(text[at])) return at;
  for (at = text.find('\xEF'); at != std::string_view::npos; at = text.find('\xEF', at + 1))
    if (at + 2 < text.size() && text[at + 1] == '\xBF' && static_cast<unsigned char>(text[at + 2]) >= 0xBE)
      return at;
  return std::string_view::npos;
}

/// What is wrong with the reference that begins at `text`, an '&'; nothing: it is one of XML's five or names
/// a character.
std::optional<std::string_view> fault_of_reference(std::string_view text) {
  for (const std::string_view known : {"&amp;", "&lt;", "&gt;", "&apos;", "&quot;"})
    if (text.starts_with(known)) return std::nullopt;
  if (!text.starts_with("&#"))
    return "an '&' that begins none of the references that need no declaration (&amp; &lt; &gt; &apos; "
           "&quot;)";
  const bool hexadecimal = text.size() > 2 && text[2] == 'x';
  const std::size_t first = hexadecimal ? 3 : 2;
  std::uint32_t point = 0;
  std::size_t at = first;
  for (; at < text.size() && text[at] != ';'; ++at) {
    const char c = text[at];
    const bool digit = c >= '0' && c <= '9';
    const bool letter = hexadecimal && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
    if ((!digit && !letter) || point > 0x10FFFF) return "a numeric reference that names no character";
    point = point * (hexadecimal ? 16 : 10) +
            static_cast<std::uint32_t>(digit ? c - '0' : (static_cast<unsigned char>(c) | 0x20U) - 'a' + 10);
  }
  if (at == first || at >= text.size() || !is_xml_character(point))
    return "a numeric reference that names no character of XML 1.0";
  return std::nullopt;
}

/// Follows the references of a document in step with its markup. CDATA sections, comments and processing
/// instructions have none.
class References {
 public:
  explicit References(std::string_view text) : text_(text), next_(text.find('&')) {}

  bool any_before(std::size_t end) const { return next_ < end; }
  /// Checks all before `end`.
  std::optional<Error> check_until(std::size_t end) {
    for (; next_ < end; next_ = text_.find('&', next_ + 1))
      if (const auto fault = fault_of_reference(text_.substr(next_)))
        return malformed(text_, next_, std::string(*fault));
    return std::nullopt;
  }
  void pass_over(std::size_t end) {
    if (next_ < end) next_ = text_.find('&', end);
  }

 private:
  std::string_view text_;
  std::size_t next_;
};

/// A pre-check before the parser, which lets them pass: refuses what is no character of XML, references
/// without a meaning, DOCTYPE (entity expansion) and excess depth or size. One pass over every '<' and '&'.
std::optional<Error> inspect(std::string_view text) {
  std::size_t depth = 0, elements = 0;
  if (auto at = find_no_character(text); at != std::string_view::npos)
    return malformed(text, at, "a character that XML 1.0 does not allow");
  References references(text);
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at)) {
    auto rest = text.substr(at);
    auto past = [&](std::string_view end) {
      auto found = text.find(end, at + 2);
      at = found == std::string_view::npos ? found : found + end.size();
      return found != std::string_view::npos;
    };
    const auto start = at;
    if (references.any_before(start))
      if (auto error = references.check_until(start)) return error;
    if (rest.starts_with("<!--")) {
      at += 2;
      if (!past("-->")) return malformed(text, start, "a comment is not closed");
      references.pass_over(at);
    } else if (rest.starts_with("<![CDATA[")) {
      if (!past("]]>")) return malformed(text, start, "a CDATA section is not closed");
      references.pass_over(at);
    } else if (rest.starts_with("<?")) {
      if (!past("?>")) return malformed(text, start, "a processing instruction is not closed");
      references.pass_over(at);
    } else if (rest.starts_with("<!")) {
      return Error{"XML_DOCTYPE",
                   "the message has a document type declaration, which is refused (entities can be made "
                   "to grow without end): ask the source to send it without",
                   "line " + std::to_string(line_of(text, at))};
    } else if (rest.starts_with("</")) {
      if (depth == 0) return malformed(text, start, "an end tag without a start tag");
      --depth;
      at += 2;
    } else {
      if (++elements > elements_max)
        return Error{
            "XML_ELEMENTS",
            "the message has more than " + std::to_string(elements_max) + " elements: ask for it in parts",
            "line " + std::to_string(line_of(text, start))};
      char quote = 0;
      for (++at; at < text.size() && (quote != 0 || text[at] != '>'); ++at) {
        if (quote != 0 && text[at] == quote)
          quote = 0;
        else if (quote == 0 && (text[at] == '"' || text[at] == '\''))
          quote = text[at];
      }
      if (at >= text.size()) return malformed(text, start, "a tag is not closed");
      if (text[at - 1] != '/' && ++depth > depth_max)
        return Error{
            "XML_DEPTH",
            "elements lie more than " + std::to_string(depth_max) + " deep: this is no agency message",
            "line " + std::to_string(line_of(text, start))};
    }
  }
  if (depth != 0) return malformed(text, text.size(), "the text ends inside an element");
  return references.check_until(text.size());
}

/// An index of one record's children by name: a mapping asks for dozens of them, most of them several times.
class ChildIndex {
 public:
  struct Entry {
    std::string_view name;
    pugi::xml_node node;
    std::int32_t next;
    bool repeated;
  };

  void build(pugi::xml_node record) {
    heads_.fill(-1);
    entries_.clear();
    for (auto child = record.first_child(); child; child = child.next_sibling()) {
      if (child.type() != pugi::node_element) continue;
      std::string_view name = child.name();
      const auto hash = hash_of(name);
      if (auto* known = find(name, hash)) {
        known->repeated = true;
        continue;
      }
      auto& head = heads_[hash % heads_.size()];
      entries_.push_back({name, child, head, false});
      head = static_cast<std::int32_t>(entries_.size() - 1);
    }
  }

  Entry* find(std::string_view name, std::uint32_t hash) {
    for (auto at = heads_[hash % heads_.size()]; at >= 0; at = entries_[static_cast<std::size_t>(at)].next)
      if (entries_[static_cast<std::size_t>(at)].name == name) return &entries_[static_cast<std::size_t>(at)];
    return nullptr;
  }

 private:
  std::array<std::int32_t, 128> heads_;
  std::vector<Entry> entries_;
};

class XmlDocument final : public Document {
 public:
  explicit XmlDocument(std::string text) : text_(std::move(text)) {}

  std::optional<Error> parse() {
    if (auto error = inspect(text_)) return error;
    auto result = document_.load_buffer_inplace(
        text_.data(), text_.size(), pugi::parse_default | pugi::parse_ws_pcdata_single, pugi::encoding_utf8);
    // The buffer is changed by parsing, so the line is counted only up to what parsing left as it was.
    if (!result) return malformed({}, 0, result.description());
    if (!document_.document_element() || document_.document_element().next_sibling())
      return malformed({}, 0, "there must be exactly one root element");
    return std::nullopt;
  }

  std::optional<std::vector<RecordIndex>> records(const Path& each) override {
    pugi::xml_node node = document_;
    for (std::size_t i = 0; i + 1 < each.steps.size(); ++i) {
      node = node.child(each.steps[i].name.c_str());
      if (!node) return std::nullopt;
    }
    std::vector<RecordIndex> found;
    const char* name = each.steps.back().name.c_str();
    for (auto child = node.child(name); child; child = child.next_sibling(name)) {
      found.push_back(static_cast<RecordIndex>(nodes_.size()));
      nodes_.push_back({child, found.size(), &each});
    }
    return found;
  }

  SourceValue read(const Path& path, RecordIndex record, Arena& arena, Error& error) const override {
    pugi::xml_node node = path.absolute ? static_cast<const pugi::xml_node&>(document_) : nodes_[record].node;
    for (const auto& step : path.steps) {
      if (&step == &path.steps.front() && !path.absolute && !step.attribute && step.index == 0 &&
          step.predicate.empty()) {
        auto* child = children_of(record).find(step.name, step.hash);
        if (child == nullptr) return {};
        if (child->repeated) return repeated(path, step, record, error);
        node = child->node;
        continue;
      }
      if (step.attribute) {
        auto attribute = node.attribute(step.name.c_str());
        if (!attribute || is_blank(attribute.value())) return {};
        return {SourceValue::State::text, attribute.value()};
      }
      if (descend(node, step)) return repeated(path, step, record, error);
      if (!node) return {};
    }
    return text_of(node, path, record, arena, error);
  }

  std::string place(RecordIndex record) const override {
    const auto& entry = nodes_[record];
    auto text = entry.each->text;
    if (entry.ordinal > 1 || entry.node.next_sibling(entry.node.name()))
      text += "[" + std::to_string(entry.ordinal) + "]";
    return text;
  }
  std::string place(const Path& path, RecordIndex record) const override {
    return path.absolute ? path.text : place(record) + "/" + path.text;
  }

  std::vector<std::string> fields(RecordIndex record) const override {
    std::vector<std::string> found;
    add_fields(nodes_[record].node, "", found);
    return found;
  }

 private:
  struct Node {
    pugi::xml_node node;
    std::size_t ordinal;
    const Path* each;
  };

  ChildIndex& children_of(RecordIndex record) const {
    if (indexed_ != record) {
      index_.build(nodes_[record].node);
      indexed_ = record;
    }
    return index_;
  }

  SourceValue repeated(const Path& path, const PathStep& step, RecordIndex record, Error& error) const {
    error = {"FIELD_REPEATED",
             "the message says '" + step.name +
                 "' more than once and nothing tells which counts: ask the source, or choose "
                 "one with [1] in the mapping",
             place(path, record)};
    return {SourceValue::State::fault, {}};
  }

  /// Moves to the child that `step` names; true when several fit.
  static bool descend(pugi::xml_node& node, const PathStep& step) {
    const char* name = step.name.c_str();
    auto child = node.child(name);
    if (step.predicate.empty()) {
      if (step.index > 0) {
        for (std::size_t i = 1; child && i < step.index; ++i)
          child = child.next_sibling(name);
      } else if (child && child.next_sibling(name)) {
        return true;
      }
      node = child;
      return false;
    }
    auto fits = [&](pugi::xml_node candidate) {
      auto text = step.predicate.front() == '@' ? candidate.attribute(step.predicate.c_str() + 1).value()
                                                : candidate.child(step.predicate.c_str()).child_value();
      return trimmed(text) == step.wanted;
    };
    pugi::xml_node chosen;
    for (; child; child = child.next_sibling(name)) {
      if (!fits(child)) continue;
      if (chosen) return true;
      chosen = child;
    }
    node = chosen;
    return false;
  }

  SourceValue text_of(pugi::xml_node node, const Path& path, RecordIndex record, Arena& arena,
                      Error& error) const {
    auto first = node.first_child();
    if (!first) {
      auto nil = std::string_view(node.attribute("xsi:nil").value());
      return {nil == "true" || nil == "1" ? SourceValue::State::null : SourceValue::State::missing, {}};
    }
    if (!first.next_sibling() && first.type() != pugi::node_element) {
      if (is_blank(first.value())) return {};
      return {SourceValue::State::text, first.value()};
    }
    std::string joined;  // text broken by CDATA sections
    for (auto child : node.children()) {
      if (child.type() == pugi::node_element) {
        error = {"FIELD_NOT_TEXT",
                 "'" + std::string(node.name()) + "' holds elements where a text is expected",
                 place(path, record)};
        return {SourceValue::State::fault, {}};
      }
      joined += child.value();
    }
    if (is_blank(joined)) return {};
    return {SourceValue::State::text, keep(arena, joined)};
  }

  static void add_fields(pugi::xml_node node, const std::string& prefix, std::vector<std::string>& found) {
    for (auto child : node.children()) {
      if (child.type() != pugi::node_element) continue;
      auto path = prefix + child.name();
      if (child.find_child([](pugi::xml_node n) { return n.type() == pugi::node_element; }))
        add_fields(child, path + "/", found);
      else if (!is_blank(child.child_value()))
        found.push_back(path);
    }
  }

  std::string text_;
  pugi::xml_document document_;
  std::vector<Node> nodes_;
  mutable ChildIndex index_;
  mutable std::optional<RecordIndex> indexed_;
};

}  // namespace

Result<std::unique_ptr<Document>> open_xml(std::string text) {
  auto document = std::make_unique<XmlDocument>(std::move(text));
  if (auto error = document->parse()) return *error;
  return std::unique_ptr<Document>(std::move(document));
}

}  // namespace kinhub
