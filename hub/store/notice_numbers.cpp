#include "hub/store/notice_numbers.hpp"

#include <algorithm>

#include "hub/base/bytes.hpp"
#include "hub/store/coded_store.hpp"
#include "hub/store/leads.hpp"
#include "hub/store/notices.hpp"
#include "hub/store/people.hpp"

namespace kinhub {
namespace {

constexpr char jumps_name[] = "notice jumps";

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
  return sequence == before + 1 || std::any_of(jumps.begin(), jumps.end(), [&](const NoticeJump& jump) {
           return jump.before <= before && jump.up_to + 1 == sequence;
         });
}

bool is_given_up(const std::vector<NoticeJump>& jumps, std::int64_t sequence) {
  return std::any_of(jumps.begin(), jumps.end(), [&](const NoticeJump& jump) {
    return jump.before < sequence && sequence <= jump.up_to;
  });
}

void give_up_numbers(StoreTransaction& writing, std::int64_t up_to) {
  const auto last = writing.notices().last();
  if (up_to > last) {
    auto jumps = notice_jumps(writing.values());
    jumps.push_back({last, up_to});
    Packer out;
    out.number(jumps.size());
    for (const auto& jump : jumps)
      out.signed_number(jump.before), out.signed_number(jump.up_to);
    writing.values().put(jumps_name, out.bytes());
    CodedStore::digests_in(writing).last_notice = up_to;
  }
  for (int i = 0; i < numbers_passed_over; ++i)
    writing.leads().new_lead(), writing.people().new_person();
}

}  // namespace kinhub
