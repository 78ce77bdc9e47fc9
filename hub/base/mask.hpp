#pragma once
// Masking of personal data: what a screen or a log may show of a person without a stated reason.

#include <string>
#include <string_view>

namespace kinhub {

/// Masks a name by characters, not bytes: 王试男 -> 王*男, 周雪 -> 周*. REQUIRES: UTF-8.
std::string mask_name(std::string_view name);
/// Masks a number of any shape. Of fifteen digits or more, as a citizen number or a disability card has them,
/// not one is shown: beside a birth day, which views of people tell, a region and two last characters leave
/// nine candidates (docs/decisions/0037). Of a shorter one the last two characters are shown, of less than
/// nine characters none. A character beyond ASCII is always a star.
std::string mask_number(std::string_view number);

/// Masks numbers inside a text: every run of 15 digits or more (and a last X), however long, and a citizen
/// number written in groups (322228 19750312 0246) or in full width; no digit of them is left.
std::string mask_numbers_in(std::string_view text);

/// Masks once more what an earlier version masked as 3222****0246, which could be undone beside a birth day.
std::string mask_again(std::string_view masked);

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
