#pragma once
// Counts YAML documents before they are loaded: configuration, mappings and policies are one each.

#include <cstddef>
#include <string>

namespace kinhub {

/// Bounded count of the documents of `text`, stops at `count_max`: after a misplaced comma yaml-cpp
/// finds documents without end, so that loading all of them takes all memory. Throws
/// YAML::Exception when the text is no YAML.
std::size_t count_yaml_documents(const std::string& text, std::size_t count_max);

}  // namespace kinhub
