#pragma once
// Folders and files for the connectors' tests.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <unistd.h>

#include "plugins/testing/loaded_plugin.hpp"
#include "tests/places/places.hpp"

namespace kinhub::testing {

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("no file " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary);
  out << bytes;
  if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}

inline std::string sample(const std::string& name) {
  return read_file(std::filesystem::path(kinhub::tests::source_dir()) / "tests/data/samples" / name);
}

inline std::filesystem::path connector_path(const std::string& name) {
  return std::filesystem::path(KINHUB_PLUGIN_DIRECTORY) / (name + ".so");
}

/// A folder of its own, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "kinhub-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder");
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// A data file, then its flag.
  void put(const std::string& name, const std::string& bytes) const {
    write_file(path_ / name, bytes);
    write_file(path_ / (std::filesystem::path(name).stem().string() + ".ok"), "");
  }

 private:
  std::filesystem::path path_;
};

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace kinhub::testing
