#include "connectors/kafka_topic/message.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cctype>
#include <memory>

#include "plugins/sdk/cut.hpp"
#include "plugins/sdk/cut_json.hpp"

namespace kinhub::kafka_topic {
namespace {

constexpr std::size_t depth_max = 64;
constexpr auto npos = std::string_view::npos;

std::string upper(std::string_view text) {
  std::string all(text);
  for (char& c : all)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return all;
}

bool is_gb(const std::string& charset) {
  return charset == "GB18030" || charset == "GBK" || charset == "GB2312";
}

/// The same document with every character beyond ASCII replaced by as many 'x' as it has bytes: offsets stay,
/// and no half of a character looks like a backslash or a bracket. Nothing: the bytes are not GB18030.
std::optional<std::string> ascii_shape_of_gb(std::string_view bytes) {
  std::string shape(bytes);
  const auto at = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U; };
  const auto lead = [](unsigned c) { return c >= 0x81U && c <= 0xFEU; };
  const auto digit = [](unsigned c) { return c >= 0x30U && c <= 0x39U; };
  for (std::size_t i = 0; i < bytes.size();) {
    if (at(i) < 0x80U) {
      ++i;
      continue;
    }
    const unsigned second = at(i + 1);
    std::size_t length = 0;
    if (lead(at(i)) && digit(second) && lead(at(i + 2)) && digit(at(i + 3))) length = 4;
    if (lead(at(i)) && second >= 0x40U && second <= 0xFEU && second != 0x7FU) length = 2;
    if (length == 0) return std::nullopt;
    std::fill_n(shape.begin() + static_cast<std::ptrdiff_t>(i), length, 'x');
    i += length;
  }
  return shape;
}

/// A JSON text that was looked through in full, and where its values stand. Values are found in the ASCII
/// shape and taken from the bytes.
class Document {
 public:
  static Result<Document> read(std::string_view bytes, const std::string& charset) {
    Document document;
    document.bytes_ = sdk::skip_utf8_mark(bytes);
    if (is_gb(charset)) {
      auto shape = ascii_shape_of_gb(document.bytes_);
      if (!shape)
        return Error{"CHARSET_INVALID", "the value is not " + charset + ": ask who writes the topic", {}};
      document.shape_owned_ = std::make_shared<std::string>(std::move(*shape));
      document.shape_ = *document.shape_owned_;
    } else {
      const auto bad = sdk::find_not_utf8(document.bytes_);
      if (bad != npos)
        return Error{
            "JSON_NOT_UTF8",
            "byte " + std::to_string(bad + 1) + " of the value is not UTF-8: ask who writes the topic",
            {}};
      document.shape_ = document.bytes_;
    }
    if (auto wrong = document.look_through()) return std::move(*wrong);
    return document;
  }

  /// The bytes of the value at a path, from the bytes of an object of this document.
  std::optional<std::string_view> value(std::string_view object, std::string_view path) const {
    const auto found = sdk::json_value(shape(object), path);
    if (!found) return std::nullopt;
    return bytes_.substr(static_cast<std::size_t>(found->data() - shape_.data()), found->size());
  }
  /// A scalar as text; nothing: it is not there, null, or no scalar.
  std::optional<std::string> text(std::string_view object, std::string_view path) const {
    const auto raw = value(object, path);
    if (!raw || *raw == "null" || raw->front() == '{' || raw->front() == '[') return std::nullopt;
    // Beyond ASCII the bytes stand for themselves.
    if (raw->front() == '"' && shape_owned_) return std::string(raw->substr(1, raw->size() - 2));
    return sdk::json_text(shape(object), path);
  }
  std::string_view whole() const {
    const auto begin = bytes_.find_first_not_of(" \t\r\n"), end = bytes_.find_last_not_of(" \t\r\n");
    return bytes_.substr(begin, end - begin + 1);
  }
  bool is_object() const { return whole().starts_with('{'); }
  /// How often a member of this name stands in the document's outermost object.
  std::size_t count(std::string_view name) const {
    return static_cast<std::size_t>(std::count(names_.begin(), names_.end(), name));
  }

 private:
  std::string_view shape(std::string_view part) const {
    return shape_.substr(static_cast<std::size_t>(part.data() - bytes_.data()), part.size());
  }

  std::optional<Error> look_through() {
    if (shape_.find_first_not_of(" \t\r\n") == npos)
      return Error{"JSON_EMPTY", "the value is empty: ask who writes the topic", {}};
    simdjson::dom::parser parser;
    const simdjson::padded_string padded(shape_);
    if (parser.allocate(padded.size(), depth_max) != simdjson::SUCCESS)
      return Error{"JSON_TOO_LARGE", "the value is too large to be looked through", {}};
    simdjson::dom::element root;
    const auto error = parser.parse(padded).get(root);
    if (error == simdjson::DEPTH_ERROR)
      return Error{"JSON_TOO_DEEP", "values are nested deeper than " + std::to_string(depth_max), {}};
    if (error == simdjson::NUMBER_ERROR)
      return Error{
          "JSON_NUMBER",
          "a number in the value needs more than 64 bits, or is none of JSON: have it sent as a text",
          {}};
    if (error != simdjson::SUCCESS)
      return Error{
          "JSON_MALFORMED", std::string("the value is no JSON: ") + simdjson::error_message(error), {}};
    simdjson::dom::object object;
    if (root.get_object().get(object) == simdjson::SUCCESS)
      for (const auto& member : object)
        names_.emplace_back(member.key);
    return std::nullopt;
  }

  std::string_view bytes_, shape_;
  std::vector<std::string> names_;            // of the outermost object's members
  std::shared_ptr<std::string> shape_owned_;  // of a charset that is not UTF-8
};

/// The charset of a message: its own header, that of its content type, or the configured one.
std::string charset_of(const Message& message, const CuttingRules& rules) {
  if (!message.charset_header.empty()) return upper(message.charset_header);
  const auto type = upper(message.content_type_header);
  if (const auto at = type.find("CHARSET="); at != std::string::npos) {
    auto name = type.substr(at + 8);
    name.erase(std::min(name.find_first_of("; "), name.size()));
    std::erase(name, '"');
    return name;
  }
  return upper(rules.charset);
}

/// With a schema around it, a key or value stands in `payload`.
std::optional<std::string_view> unwrapped(const Document& document) {
  if (!document.is_object()) return std::nullopt;
  if (document.count("schema") != 1 || document.count("payload") != 1) return std::nullopt;
  return document.value(document.whole(), "payload");
}

/// The message's own key: without the schema that may stand around it,
/// so that it is the same with schema on and off.
std::string own_key(const Message& message) {
  if (!message.key) return {};
  const auto document = Document::read(*message.key, "UTF-8");
  auto key = std::string(*message.key);
  if (document)
    if (const auto payload = unwrapped(*document)) key = *payload;
  return key;
}

/// The business key from the named paths of one of `objects`, the first that has them all.
std::optional<std::string> key_from(const Document& document, const std::vector<std::string>& paths,
                                    const std::vector<std::string_view>& objects) {
  for (const auto object : objects) {
    std::string key;
    bool all = true;
    for (const auto& path : paths) {
      const auto part = document.text(object, path);
      all = all && part && !part->empty();
      if (!all) break;
      if (&path != paths.data()) key += '|';
      key += *part;
    }
    if (all) return key;
  }
  return std::nullopt;
}

/// The business key as the message's own key says it: an object with all the paths (a table's primary key, in
/// Debezium), or one value, which stands for the one path.
std::optional<std::string> key_from_key(const std::string& own, const std::string& charset,
                                        const std::vector<std::string>& paths) {
  if (own.empty() || paths.empty()) return std::nullopt;
  auto document = Document::read(own, charset);
  if (!document) document = Document::read(own, "UTF-8");
  if (document && document->is_object()) return key_from(*document, paths, {document->whole()});
  if (paths.size() > 1) return std::nullopt;
  if (!document || !own.starts_with('"')) return own;
  const auto named = "{\"key\":" + own + "}";
  document = Document::read(named, charset);
  return document ? key_from(*document, {"key"}, {document->whole()}) : std::nullopt;
}

std::string base64(std::string_view bytes) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = (group << 8U) | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      text += i + k > bytes.size() ? '=' : digits[(group >> (18U - 6U * k)) & 63U];
  }
  return text;
}

std::string json_quoted(std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.append(1, '\\').append(1, c);
    } else if (static_cast<unsigned char>(c) < 0x20U) {
      out.append("\\u00").append(1, digits[static_cast<unsigned char>(c) >> 4U]).append(1, digits[c & 15]);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

class Cutter {
 public:
  Cutter(const Message& message, const CuttingRules& rules) : message_(message), rules_(rules) {}

  Cutting cut() {
    cutting_.charset = charset_of(message_, rules_);
    if (rules_.key.empty() || !message_.value) {
      take_key_from_key();
      if (own_.size() > key_bytes_max)
        return reject("KAFKA_KEY_TOO_LARGE", "the message's key has more than 4096 bytes", "key");
    }
    if (message_.timestamp_ms) cutting_.occurred_at_us = *message_.timestamp_ms * 1000;
    if (!message_.value) return tombstone();
    const auto value = *message_.value;
    if (value.size() > rules_.message_bytes_max)
      return reject("KAFKA_TOO_LARGE", "the value has " + std::to_string(value.size()) +
                                           " bytes, 'message_bytes_max' allows " +
                                           std::to_string(rules_.message_bytes_max));
    if (value.starts_with('\0')) {
      cutting_.content_type = "application/octet-stream";
      return reject("KAFKA_SCHEMA_REGISTRY",
                    "the value begins with the mark of a schema registry (Avro or the like): have it "
                    "published as JSON");
    }
    if (!is_known_charset(cutting_.charset))
      return reject("CHARSET_UNKNOWN",
                    "the message names a charset that is not known: ask who writes the topic",
                    message_.charset_header.empty() ? "header content-type" : "header charset");
    auto document = Document::read(value, cutting_.charset);
    if (!document) return reject(document.error().code.c_str(), document.error().text);
    return rules_.envelope == Envelope::plain ? plain(*document) : debezium(*document);
  }

 private:
  Cutting reject(const char* code, std::string why, std::string_view part = "value") {
    if (!keyed_) take_key_from_key();  // what follows of the record must find this one, whatever its value is
    cutting_.kind = Cutting::Kind::rejection;
    cutting_.error = Error{code, std::move(why), place_of(message_, part)};
    return std::move(cutting_);
  }
  Cutting nothing() {
    cutting_.kind = Cutting::Kind::nothing;
    return std::move(cutting_);
  }

  void take_key_from_key() {
    keyed_ = true;
    own_ = own_key(message_);
    said_ = key_from_key(own_, is_known_charset(cutting_.charset) ? cutting_.charset : upper(rules_.charset),
                         rules_.key);
    if (said_ && said_->size() > key_bytes_max) said_.reset();
    if (own_.size() <= key_bytes_max) cutting_.key = own_;
    if (said_) cutting_.key = *said_;
  }
  bool take_key(const Document& document, const std::vector<std::string_view>& objects) {
    if (rules_.key.empty()) return true;
    auto key = key_from(document, rules_.key, objects);
    if (!key || key->size() > key_bytes_max) return false;
    cutting_.key = std::move(*key);
    return keyed_ = true;
  }
  Cutting no_key() {
    return reject("KAFKA_KEY_MISSING",
                  "a path of the setting 'key' is missing from the message: mend the setting, or ask who "
                  "writes the topic");
  }

  Cutting plain(const Document& document) {
    if (!document.is_object())
      return reject("JSON_NO_OBJECT", "the value is JSON, but no object: ask who writes the topic");
    if (!take_key(document, {document.whole()})) return no_key();
    cutting_.body = *message_.value;
    return std::move(cutting_);
  }

  // The key is gone: said as a small document that a mapping can read (docs/connectors.md).
  Cutting tombstone() {
    if (rules_.envelope == Envelope::debezium) return nothing();  // it follows a delete that has said it all
    if (own_.empty())
      return reject("KAFKA_TOMBSTONE_KEY", "a message with neither key nor value says nothing", "key");
    if (!rules_.key.empty() && !said_)
      return reject("KAFKA_TOMBSTONE_KEY",
                    "the key of a tombstone does not hold every path of the setting 'key': mend the setting",
                    "key");
    const auto document = Document::read(own_, "UTF-8");
    const bool utf8 = sdk::find_not_utf8(own_) == npos;
    cutting_.body = "{\"kafka_tombstone\":{\"topic\":" + json_quoted(message_.topic) +
                    ",\"partition\":" + std::to_string(message_.partition) +
                    ",\"offset\":" + std::to_string(message_.offset);
    if (message_.timestamp_ms) cutting_.body += ",\"ts_ms\":" + std::to_string(*message_.timestamp_ms);
    // A number stays a text: more digits than a number can hold are common in keys, and must not make the
    // document unreadable.
    const bool as_it_is = document && (own_.starts_with('{') || own_.starts_with('"'));
    cutting_.body += as_it_is ? ",\"key\":" + own_
                     : utf8   ? ",\"key\":" + json_quoted(own_)
                              : ",\"key_base64\":\"" + base64(own_) + "\"";
    cutting_.body += "}}";
    cutting_.charset = "UTF-8";
    return std::move(cutting_);
  }

  Cutting debezium(const Document& document) {
    auto change = document.whole();
    if (document.is_object() && document.count("op") == 0) {
      if (document.count("payload") > 1)
        return reject("JSON_DUPLICATE_KEY", "'payload' stands in the value twice");
      if (const auto payload = document.value(change, "payload")) change = *payload;
    }
    if (change == "null") return nothing();  // a tombstone inside its schema
    const auto op = change.starts_with('{') ? document.text(change, "op") : std::nullopt;
    const auto before = object_at(document, change, "before"), after = object_at(document, change, "after");
    std::vector<std::string_view> rows;  // that can say the key
    if (after && op != "d") rows.push_back(*after);
    if (before) rows.push_back(*before);
    const bool has_key = take_key(document, rows);
    if (!op)
      return reject("DEBEZIUM_SHAPE",
                    "the value is no Debezium change (no 'op', here or in 'payload'): is 'envelope' right? "
                    "A flattened topic is 'plain'");
    if (*op == "t")
      return reject("DEBEZIUM_TRUNCATE",
                    "the table was emptied at its source; nothing is taken back by itself: have the agency "
                    "say what it means, and give again what still holds");
    if (*op != "c" && *op != "u" && *op != "r" && *op != "d")
      return reject("DEBEZIUM_OP", "a Debezium change with an 'op' other than c, u, r, d and t");
    if (*op != "d" && !after) return reject("DEBEZIUM_SHAPE", "a Debezium change without 'after'");
    if (!has_key) return no_key();
    auto at = document.text(change, "source/ts_ms");
    if (!at || !read_time(*at)) at = document.text(change, "ts_ms");
    if (at)
      if (const auto time_ms = read_time(*at)) cutting_.occurred_at_us = *time_ms * 1000;
    cutting_.body = change;
    return std::move(cutting_);
  }

  static std::optional<std::string_view> object_at(const Document& document, std::string_view change,
                                                   const char* name) {
    const auto value = change.starts_with('{') ? document.value(change, name) : std::nullopt;
    return value && value->starts_with('{') ? value : std::nullopt;
  }
  // Milliseconds since 1970, of this century or the last.
  static std::optional<std::int64_t> read_time(const std::string& digits) {
    if (digits.empty() || digits.size() > 13 || digits.find_first_not_of("0123456789") != npos)
      return std::nullopt;
    const auto time_ms = std::stoll(digits);
    return time_ms > 0 ? std::optional<std::int64_t>(time_ms) : std::nullopt;
  }

  const Message& message_;
  const CuttingRules& rules_;
  std::string own_;                  // the message's own key, once it was asked for
  std::optional<std::string> said_;  // the business key, as own_ says it
  bool keyed_ = false;               // the cutting has its key
  Cutting cutting_;
};

}  // namespace

Cutting cut_message(const Message& message, const CuttingRules& rules) {
  return Cutter(message, rules).cut();
}

std::string origin_of(const Message& message) {
  return std::string(message.topic) + "/" + std::to_string(message.partition) + "@" +
         std::to_string(message.offset);
}

std::string place_of(const Message& message, std::string_view part) {
  const bool empty = !message.value || message.value->empty();
  return std::string(part) + (empty ? " of " + origin_of(message) : "");
}

bool is_known_charset(std::string_view name) {
  const auto charset = upper(name);
  return charset == "UTF-8" || charset == "UTF8" || charset == "US-ASCII" || charset == "ASCII" ||
         is_gb(charset);
}

}  // namespace kinhub::kafka_topic
