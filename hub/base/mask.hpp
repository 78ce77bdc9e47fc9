#pragma once
// Masking of personal data: what a screen or a log may show of a person without a stated reason.

#include <string>
#include <string_view>

namespace kinhub {

/// Masks a name by characters, not bytes: 王试男 -> 王*男, 周雪 -> 周*. REQUIRES: UTF-8.
std::string mask_name(std::string_view name);
/// Masks a number: 322228197503120246 -> 3222****0246; shorter than nine characters -> all stars. A character
/// beyond ASCII is no part of a number and always a star: HOSPITAL|王试子 -> HOSP****|***.
std::string mask_number(std::string_view number);

/// Masks numbers inside a text: every run of 15 digits or more (and a last X), as mask_number does. So
/// citizen numbers and disability cards in business keys and places are covered.
std::string mask_numbers_in(std::string_view text);

/// Masks what somebody outside wrote and a screen or log repeats: file names, keys, what connectors and
/// services say. Every run of nine digits or more (and a last X), as any number of a person may stand there:
/// a telephone, a chart, an insurance number. Left as they are: time stamps of this century (202611180645,
/// 20261118064512), a region with noughts behind it (320812000000), and an offset, which stands behind an @.
std::string mask_foreign(std::string_view text);

/// Masks a business key: numbers as mask_foreign does, and every run of characters beyond ASCII as
/// mask_name does, because an agency may make a key of a person's name. REQUIRES: nothing;
/// bytes that are no UTF-8 are hidden, too.
std::string mask_key(std::string_view key);

}  // namespace kinhub
