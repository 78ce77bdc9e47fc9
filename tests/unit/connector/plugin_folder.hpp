#pragma once
// A folder of its own for each test, with test plugins and their cards in it.

#include <kinhub/plugin.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "hub/base/secrets.hpp"
#include "tests/places/places.hpp"

namespace kinhub {

struct PluginFolder {
  PluginFolder() {
    static int number = 0;
    path = std::filesystem::temp_directory_path() /
           ("kinhub-connector-" + std::to_string(::getpid()) + "-" + std::to_string(++number));
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~PluginFolder() { std::filesystem::remove_all(path); }
  PluginFolder(const PluginFolder&) = delete;
  PluginFolder& operator=(const PluginFolder&) = delete;

  static std::string read(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path / name).parent_path());
    std::ofstream(path / name, std::ios::binary) << text;
  }
  static std::string card(const std::string& name, const std::string& sha256, int minor = 0) {
    return R"({"name":")" + name + R"(","version":"1.0","minor":)" + std::to_string(minor) +
           R"(,"sha256":")" + sha256 + "\"}";
  }
  /// The plugin's object and a card that fits it.
  void install(const std::string& name) const {
    auto bytes = read(std::filesystem::path(kinhub::tests::binary_dir()) / "tests/plugins" / (name + ".so"));
    write(name + ".so", bytes);
    const int minor = name == "scripted" ? KINHUB_PLUGIN_MINOR : 0;  // the others are of the first hour
    write(name + ".connector.json", card(name, sha256_hex(bytes), minor));
  }

  std::filesystem::path path;
};

}  // namespace kinhub
