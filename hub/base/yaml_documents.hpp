#pragma once
// Strict syntax check of YAML before it is loaded: configuration, mappings, policies and forms are one
// document each.

#include <cstddef>
#include <string>

namespace kinhub {

/// Bounded count of the documents of `text`, stops at `count_max`. Parsed by libyaml, which refuses what
/// yaml-cpp reads as something else: a quote that is never closed, a tab that indents, a line whose
/// indentation fits nothing. After a misplaced comma yaml-cpp even finds documents without end. Throws
/// YAML::ParserException: where the fault is, and what to do.
std::size_t count_yaml_documents(const std::string& text, std::size_t count_max);

}  // namespace kinhub
