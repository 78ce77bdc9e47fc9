#pragma once
// The XML splitter: cuts a file into its record elements on bytes; nothing is decoded, no entity
// is expanded, no tree is built. Safe in GB18030 and UTF-8 alike, where '<', '>' and quotes
// never are part of another character.

#include <initializer_list>
#include <string>
#include <string_view>

#include "plugins/sdk/cut.hpp"

namespace kinhub::sdk {

/// Cuts at the elements of `record_path` ("root/body/RECORD"). The whole file is refused with XML_EMPTY,
/// XML_ENCODING (UTF-16), XML_DOCTYPE, XML_TRUNCATED, XML_MALFORMED, XML_TOO_LARGE, XML_TOO_DEEP (both:
/// outside a record) or XML_NO_RECORD. A single record can be refused with XML_TOO_LARGE or XML_TOO_DEEP; one
/// that is only badly formed is cut out like the others, for the mapping to refuse.
Result<Cut> cut_xml(std::string_view bytes, std::string_view record_path, CutLimits limits = {});

/// The text of the first element of this name, as it stands, or empty. For keys: attributes, comments and
/// entities are not looked into.
std::string_view xml_text(std::string_view bytes, std::string_view element);

/// The record with these elements emptied:
/// "<SWYY>...</SWYY>" becomes "<SWYY></SWYY>"; every other byte stays.
std::string blank_xml(std::string_view record, std::initializer_list<std::string_view> elements);

}  // namespace kinhub::sdk
