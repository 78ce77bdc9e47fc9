#pragma once
// The JSON splitter: cuts a file or answer page into the elements of one array, by structure alone. Strings
// and brackets are followed, values are not read. What is inside an element is the mapping's to judge.

#include <optional>
#include <string>
#include <string_view>

#include "plugins/sdk/cut.hpp"

namespace kinhub::sdk {

/// Cuts at the elements of the array at `array_path` ("data/cxjg"). The whole document is refused with
/// JSON_EMPTY, JSON_TRUNCATED, JSON_MALFORMED, JSON_NO_RECORDS (no such array), JSON_DUPLICATE_KEY (the array
/// stands there twice), JSON_TOO_DEEP, JSON_NOT_UTF8 (all of these: outside the elements). One element alone
/// can be refused with JSON_TOO_DEEP, JSON_TOO_LARGE or JSON_NOT_UTF8. An empty array gives no records, and
/// `head` is the whole document.
Result<Cut> cut_json(std::string_view bytes, std::string_view array_path, CutLimits limits = {});

/// The raw bytes of a value: json_value(page, "head/watermark") -> "\"2026...\"". Nothing when it is not
/// there or the document cannot be followed that far.
std::optional<std::string_view> json_value(std::string_view object, std::string_view path);

/// A string value decoded, a number or literal as it stands,
/// empty when it is not there, null, or not a scalar.
std::string json_text(std::string_view object, std::string_view path);

}  // namespace kinhub::sdk
