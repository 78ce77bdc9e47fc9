#pragma once
// Spelling suggestions for messages that say "did you mean".

#include <span>
#include <string>
#include <string_view>

namespace kinhub {

/// Edit distance: the word of `known` with the fewest edits from `word` (bytes; add, drop, change, swap of
/// neighbours), the first of several; empty when none is near enough to be meant, with more than a third
/// of the longer word different.
std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known);

/// The end of an error message: ", did you mean 'X'?" or ", known are A, B, C".
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

}  // namespace kinhub
