#pragma once
// The bearer token of this machine: whoever may read the data directory may use the API, as at the command
// line.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "hub/base/result.hpp"

namespace kinhub::api {

/// Makes a new token and keeps it in a file of mode 0600; the one before is void at once. Throws
/// std::system_error.
std::string mint_token(const std::filesystem::path& file);

/// The token of a file. Errors: TOKEN_MISSING; TOKEN_OPEN_TO_OTHERS: others may read it; TOKEN_FORM.
Result<std::string> read_token(const std::filesystem::path& file);

/// Whether an Authorization header carries this token; takes as long whatever is wrong with it.
bool carries(std::string_view authorization, std::string_view token);

}  // namespace kinhub::api
