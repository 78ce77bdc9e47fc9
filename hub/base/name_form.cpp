#include "hub/base/name_form.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace kinhub {
namespace {

/// Whether these are unified ideographs (U+4E00 to U+9FFF) alone, as nearly all names: their own normal form.
bool plain_ideographs(std::string_view name) {
  if (name.size() % 3 != 0) return false;
  for (std::size_t i = 0; i < name.size(); i += 3) {
    const auto lead = static_cast<unsigned char>(name[i]), next = static_cast<unsigned char>(name[i + 1]);
    if (lead < 0xE4 || lead > 0xE9 || (lead == 0xE4 && next < 0xB8)) return false;
  }
  return true;
}

/// What is written between the parts of a name in place of U+00B7, in order; after NFKC.
constexpr std::array<UChar32, 21> dots = {0x2E,   0xB7,   0x387,  0x2022, 0x2024, 0x2027, 0x2218,
                                          0x2219, 0x22C5, 0x25CF, 0x25E6, 0x2981, 0x2A2F, 0x2E30,
                                          0x2E31, 0x2E33, 0x3002, 0x30FB, 0xA78F, 0xFF0E, 0xFF65};

bool is_utf8(std::string_view text) {
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t i = 0; i < size;) {
    UChar32 point = 0;
    U8_NEXT(text.data(), i, size, point);
    if (point < 0) return false;
  }
  return true;
}

const icu::Normalizer2& nfkc_casefold() {
  static const auto* form = [] {
    UErrorCode status = U_ZERO_ERROR;
    const auto* found = icu::Normalizer2::getNFKCCasefoldInstance(status);
    if (U_FAILURE(status)) throw std::runtime_error("ICU has no NFKC: its data file is missing");
    return found;
  }();
  return *form;
}

}  // namespace

std::string name_form(std::string_view name) {
  if (plain_ideographs(name) || !is_utf8(name)) return std::string(name);
  UErrorCode status = U_ZERO_ERROR;
  const auto text = icu::UnicodeString::fromUTF8({name.data(), static_cast<std::int32_t>(name.size())});
  const auto normal = nfkc_casefold().normalize(text, status);
  if (U_FAILURE(status)) return std::string(name);
  icu::UnicodeString form;
  for (std::int32_t i = 0; i < normal.length(); i = normal.moveIndex32(i, 1)) {
    const auto point = normal.char32At(i);
    if (u_isUWhiteSpace(point) || u_iscntrl(point)) continue;
    form.append(std::binary_search(dots.begin(), dots.end(), point) ? UChar32{0xB7} : point);
  }
  std::string result;
  form.toUTF8String(result);
  return result;
}

namespace {

constexpr UChar32 first_east_asian = 0x2E80;

/// 之, perhaps which one (长 次 大 小 一 二 三), 子 女 婴 or 儿, and behind it no name: 之婴儿, 之子1,
/// 之长子, 之女A.
bool is_called_after_mother(const icu::UnicodeString& name) {
  const auto mark = name.lastIndexOf(u'之');
  if (mark < 1) return false;
  auto rest = icu::UnicodeString(name, mark + 1);
  static const icu::UnicodeString which(u"长次大小一二三双"), child(u"子女婴儿"),
      end(u"子女婴儿一二三甲乙丙");
  if (rest.length() > 1 && which.indexOf(rest.charAt(0)) >= 0) rest.remove(0, 1);
  if (rest.isEmpty() || child.indexOf(rest.charAt(0)) < 0) return false;
  for (std::int32_t i = 1; i < rest.length(); ++i)
    if (rest.charAt(i) >= 0x80 && end.indexOf(rest.charAt(i)) < 0) return false;
  return true;
}

}  // namespace

bool tells_who(std::string_view name) {
  const auto form = name_form(name);
  if (!is_utf8(form)) return true;
  const auto text = icu::UnicodeString::fromUTF8({form.data(), static_cast<std::int32_t>(form.size())});
  bool east_asian = false;
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1))
    east_asian |= text.char32At(i) >= first_east_asian;
  return east_asian && !is_called_after_mother(text);
}

}  // namespace kinhub
