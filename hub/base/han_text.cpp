#include "hub/base/han_text.hpp"

#include <iterator>

namespace kinhub {
namespace {

/// Code points that stood in private use one after the other.
struct Run {
  std::uint32_t first;
  const std::uint32_t* standard;
  std::size_t count;
};

constexpr std::uint32_t euro[] = {0x20AC};                                            // A2E3
constexpr std::uint32_t vertical_forms[] = {0xFE10, 0xFE12, 0xFE11, 0xFE13, 0xFE14,   // A6D9 .. A6DF
                                            0xFE15, 0xFE16, 0xFE17, 0xFE18, 0xFE19};  // A6EC A6ED A6F3
constexpr std::uint32_t pinyin[] = {0x1E3F, 0x01F9};                                  // A8BC A8BF
constexpr std::uint32_t description[] = {0x303E, 0x2FF0, 0x2FF1, 0x2FF2, 0x2FF3, 0x2FF4, 0x2FF5,
                                         0x2FF6, 0x2FF7, 0x2FF8, 0x2FF9, 0x2FFA, 0x2FFB};  // A989 .. A995
constexpr std::uint32_t hanzi[] = {                                                        // FE50 .. FEA0
    0x2E81, 0x20087, 0x20089, 0x200CC, 0x2E84,  0x3473, 0x3447, 0x2E88, 0x2E8B, 0x9FB4, 0x359E, 0x361A,
    0x360E, 0x2E8C,  0x2E97,  0x396E,  0x3918,  0x9FB5, 0x39CF, 0x39DF, 0x3A73, 0x39D0, 0x9FB6, 0x9FB7,
    0x3B4E, 0x3C6E,  0x3CE0,  0x2EA7,  0x215D7, 0x9FB8, 0x2EAA, 0x4056, 0x415F, 0x2EAE, 0x4337, 0x2EB3,
    0x2EB6, 0x2EB7,  0x2298F, 0x43B1,  0x43AC,  0x2EBB, 0x43DD, 0x44D6, 0x4661, 0x464C, 0x9FB9, 0x4723,
    0x4729, 0x477C,  0x478D,  0x2ECA,  0x4947,  0x497A, 0x497D, 0x4982, 0x4983, 0x4985, 0x4986, 0x499F,
    0x499B, 0x49B7,  0x49B6,  0x9FBA,  0x241FE, 0x4CA3, 0x4C9F, 0x4CA0, 0x4CA1, 0x4C77, 0x4CA2, 0x4D13,
    0x4D14, 0x4D15,  0x4D16,  0x4D17,  0x4D18,  0x4D19, 0x4DAE, 0x9FBB};
static_assert(std::size(hanzi) == 0xE864 - 0xE815 + 1);

constexpr Run runs[] = {{0xE76C, euro, std::size(euro)},
                        {0xE78D, vertical_forms, std::size(vertical_forms)},
                        {0xE7C7, pinyin, std::size(pinyin)},
                        {0xE7E7, description, std::size(description)},
                        {0xE815, hanzi, std::size(hanzi)}};

}  // namespace

std::uint32_t standard_place(std::uint32_t point) {
  if (point < 0xE76C || point > 0xE864) return point;
  for (const auto& run : runs)
    if (point >= run.first && point - run.first < run.count) return run.standard[point - run.first];
  return point;
}

std::string standard_places(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 8);
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '\xEE' || i + 2 >= text.size()) {
      out += text[i++];
      continue;
    }
    const auto low = [&](std::size_t at) { return static_cast<unsigned char>(text[at]) & 0x3FU; };
    append_utf8(out, standard_place(0xE000U | low(i + 1) << 6U | low(i + 2)));
    i += 3;
  }
  return out;
}

std::optional<std::string_view> trace_of_loss(std::string_view text) {
  if (text.find("\uFFFD") != std::string_view::npos) return "U+FFFD";
  if (text.find("\u951F\u65A4") != std::string_view::npos) return "\u951F\u65A4\u62F7";
  return std::nullopt;
}

}  // namespace kinhub
