#pragma once
// Message framing, stricter than the parser behind it: what proxies and servers are known to read in two ways
// (request smuggling) is refused before anything is routed. Pure, so that attacks are rows of a table.

#include <cstddef>
#include <optional>
#include <string_view>

namespace kinhub::api {

inline constexpr std::size_t header_bytes_max = 16 * 1024;
inline constexpr std::size_t header_fields_max = 64;
inline constexpr std::size_t target_bytes_max = 4 * 1024;

/// Length of the head with its empty line, at the front of what was read; nothing: it is not all there.
std::optional<std::size_t> head_size(std::string_view bytes);

/// Whether a line ends without CR before LF, so that no whole head will ever come of it.
bool has_bare_line_feed(std::string_view bytes);

/// Why a head is refused, by the code of a problem; empty: it is not. REQUIRES: head_size(head) ==
/// head.size().
std::string_view framing_fault(std::string_view head);

/// Whether this Host names us: a loopback name with our port.
bool is_own_host(std::string_view host, unsigned port);

}  // namespace kinhub::api
