#include "hub/store/notice_numbers.hpp"

#include <algorithm>
#include <iterator>
#include <string>

#include "hub/base/bytes.hpp"
#include "hub/store/coded_store.hpp"
#include "hub/store/leads.hpp"
#include "hub/store/notices.hpp"
#include "hub/store/people.hpp"

namespace kinhub {
namespace {

constexpr char jumps_name[] = "notice jumps";

std::vector<NoticeRow> notices_from(NoticeShelf& notices, std::int64_t first) {
  constexpr std::size_t page_size = 1000;
  std::vector<NoticeRow> all;
  for (auto after = first - 1;;) {
    auto page = notices.page(after, page_size);
    if (page.empty()) return all;
    after = page.back().sequence;
    std::move(page.begin(), page.end(), std::back_inserter(all));
  }
}

/// The same notice under another number: `seq` stands before `data`, so it is the first of this name.
std::string renumbered(std::string body, std::int64_t sequence) {
  constexpr std::string_view mark = "\"seq\":";
  const auto at = body.find(mark);
  if (at == std::string::npos) return body;
  const auto from = at + mark.size();
  const auto until = body.find_first_not_of("0123456789", from);
  return body.replace(from, until - from, std::to_string(sequence));
}

}  // namespace

std::vector<NoticeJump> notice_jumps(ValueShelf& values) {
  const auto bytes = values.get(jumps_name);
  std::vector<NoticeJump> jumps;
  if (bytes.empty()) return jumps;
  Unpacker in(bytes);
  for (auto count = in.count(); count > 0; --count) {
    NoticeJump one;
    one.before = in.signed_number(), one.up_to = in.signed_number();
    jumps.push_back(one);
  }
  return jumps;
}

bool may_follow(const std::vector<NoticeJump>& jumps, std::int64_t before, std::int64_t sequence) {
  // From jump to jump: where one ends another may begin.
  for (bool further = true; further && before + 1 < sequence;) {
    further = false;
    for (const auto& jump : jumps)
      if (jump.before <= before && before < jump.up_to) before = jump.up_to, further = true;
  }
  return before + 1 == sequence;
}

std::vector<NoticeJump> with_jump(std::vector<NoticeJump> jumps, NoticeJump one) {
  jumps.push_back(one);
  std::sort(jumps.begin(), jumps.end(),
            [](const NoticeJump& a, const NoticeJump& b) { return a.before < b.before; });
  std::vector<NoticeJump> merged;
  for (const auto& jump : jumps) {
    if (!merged.empty() && jump.before <= merged.back().up_to)
      merged.back().up_to = std::max(merged.back().up_to, jump.up_to);
    else
      merged.push_back(jump);
  }
  return merged;
}

bool is_given_up(const std::vector<NoticeJump>& jumps, std::int64_t sequence) {
  return std::any_of(jumps.begin(), jumps.end(), [&](const NoticeJump& jump) {
    return jump.before < sequence && sequence <= jump.up_to;
  });
}

void give_up_numbers(StoreTransaction& writing, std::int64_t up_to, std::optional<std::int64_t> differs_at) {
  const auto last = writing.notices().last();
  up_to = std::max(up_to, last);
  const auto again = differs_at ? notices_from(writing.notices(), *differs_at) : std::vector<NoticeRow>();
  if (up_to > last || !again.empty()) {
    const auto jumps =
        with_jump(notice_jumps(writing.values()), {again.empty() ? last : *differs_at - 1, up_to});
    Packer out;
    out.number(jumps.size());
    for (const auto& jump : jumps)
      out.signed_number(jump.before), out.signed_number(jump.up_to);
    writing.values().put(jumps_name, out.bytes());
    CodedStore::digests_in(writing).last_notice = up_to;
  }
  for (const auto& notice : again) {
    ++up_to;
    writing.notices().add({up_to, renumbered(notice.body, up_to)});
  }
  for (int i = 0; i < numbers_passed_over; ++i)
    writing.leads().new_lead(), writing.people().new_person();
}

}  // namespace kinhub
