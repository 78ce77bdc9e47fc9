// Any text as the progress of notices: what was delivered, or that it is none.
#include <cstdint>
#include <string_view>

#include "hub/notice/notice_progress.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)kinhub::notice_progress_from(text);
  return 0;
}
