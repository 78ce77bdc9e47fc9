#pragma once
// Typed access to a connector's configuration. What is missing takes its default;
// what is wrong ends create() with its name.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kinhub::sdk {

/// One JSON object. Every getter throws Fatal (see connector.hpp) when the value has another type or range.
class Config {
 public:
  explicit Config(std::string_view json);
  ~Config();
  Config(Config&&) noexcept;

  std::string text(const char* name, std::string_view otherwise = {}) const;
  /// The name of a charset that mappings know, or empty.
  std::string charset(const char* name, std::string_view otherwise = {}) const;
  std::int64_t integer(const char* name, std::int64_t otherwise, std::int64_t minimum,
                       std::int64_t maximum) const;
  bool flag(const char* name, bool otherwise) const;
  std::vector<std::string> texts(const char* name, std::vector<std::string> otherwise) const;
  /// An absolute folder name, or empty.
  std::filesystem::path folder(const char* name) const;

 private:
  struct Object;
  std::unique_ptr<Object> object_;
};

}  // namespace kinhub::sdk
