#pragma once
// Request signing for the sharing platform: HMAC-SHA256 in Base64.

#include <string>
#include <string_view>

namespace kinhub::sdk {

std::string hmac_sha256_base64(std::string_view key, std::string_view text);

/// Percent-encoded for a query: everything but unreserved characters (RFC 3986).
std::string query_encoded(std::string_view text);

}  // namespace kinhub::sdk
