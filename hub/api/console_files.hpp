#pragma once
// The files of the web console, read into memory once: a map from exact URL to bytes, so that no path is ever
// opened from a request.

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "hub/api/call.hpp"

namespace kinhub::api {

class ConsoleFiles {
 public:
  /// None.
  ConsoleFiles() = default;
  /// Reads a folder; one that is not there has no files. Throws std::runtime_error when they are more than
  /// 16 MiB, or cannot be read.
  static ConsoleFiles read(const std::filesystem::path& folder);

  /// Whether a path is one of the console's: /, /ui, /ui/...
  static bool owns(std::string_view path);
  /// The answer to GET: the file, in the best coding that is accepted; index.html for what may be a screen of
  /// the console; a page that says how to build it where it is not built. Nothing: there is no such file.
  std::optional<Answer> answer(std::string_view path, std::string_view accept_encoding) const;
  bool empty() const { return files_.empty(); }

 private:
  struct File {
    std::string type, plain, brotli, gzip;
  };
  Answer index() const;
  std::map<std::string, File, std::less<>> files_;  ///< by URL below /ui/
};

/// Content-Security-Policy; `nonce` empty: no inline style at all.
std::string content_security_policy(const std::string& nonce);

}  // namespace kinhub::api
