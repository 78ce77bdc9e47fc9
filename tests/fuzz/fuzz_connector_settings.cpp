// Any text as a connector's schema, and any as settings checked by it; the two stand behind each other, with
// a zero byte between.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hub/connector/config_check.hpp"
#include "hub/connector/sandbox.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kinhub;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto schema = bytes.substr(0, bytes.find('\0'));
  const auto config = schema.size() < bytes.size() ? bytes.substr(schema.size() + 1) : std::string_view("{}");
  if (!check_schema(schema).empty()) return 0;
  const auto checked = check_config(schema, config);
  if (!checked.errors.empty()) return 0;
  // What fits is completed, and fits again.
  if (!check_config(schema, checked.config).errors.empty()) std::abort();
  (void)resources_of(schema, checked.config);
  (void)texts_of(checked.config);
  (void)paths_in_settings(checked.config, {"/data"});
  (void)check_secret_names(schema, {"app_key"});
  return 0;
}
