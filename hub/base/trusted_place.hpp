#pragma once
// Trust in files and folders by who may change them: configuration and code come from places that nobody else
// can write to.

#include <sys/stat.h>

#include <filesystem>
#include <string>

namespace kinhub {

/// Whose a place may be: this user's or root's; or, as root alone, anybody's that a person named by hand.
enum class Owners { us_and_root, named_by_hand };

/// Why what has this status must not be trusted, and what to do; empty: only its owner can change it, and
/// that is one of `owners`. A folder with the sticky bit is as good as one that others cannot write to.
std::string distrust(const struct stat& status, Owners owners);
/// The same of a place by its name, links followed. Empty also where there is none: whoever opens it says
/// that.
std::string distrust(const std::filesystem::path& place, Owners owners);

}  // namespace kinhub
