#include "hub/api/console_files.hpp"

#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "hub/account/random_text.hpp"

namespace kinhub::api {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view base = "/ui/", index_name = "index.html", hashed = "assets/",
                           nonce_place = "__KINHUB_NONCE__";
constexpr std::size_t bytes_max = 16u << 20;

constexpr const char* not_built =
    "<!doctype html><html lang=\"zh\"><meta charset=\"utf-8\"><title>Kinhub</title>"
    "<h1>控制台尚未构建</h1><p>接口可用。构建控制台需要 Node.js: make build, 然后重新启动 kinhub run。</p>"
    "<h1 lang=\"en\">The console is not built</h1><p lang=\"en\">The API works. Building the console needs "
    "Node.js: make build, then start kinhub run again.</p></html>\n";

/// Content types by extension; what has none of these is not served.
std::string_view type_of(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 11> types = {{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".json", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".txt", "text/plain; charset=utf-8"},
      {".wasm", "application/wasm"},
  }};
  for (const auto& [extension, type] : types)
    if (name.ends_with(extension)) return type;
  return {};
}

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  if (!in) throw std::runtime_error("cannot read " + file.string());
  return bytes;
}

/// Whether a coding is accepted: named, and not with a weight of nothing.
bool accepts(std::string_view header, std::string_view coding) {
  while (!header.empty()) {
    const auto end = std::min(header.find(','), header.size());
    auto one = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    while (one.starts_with(' '))
      one.remove_prefix(1);
    const auto name = one.substr(0, one.find_first_of("; "));
    if (name == coding) return one.find("q=0") == one.npos || one.find("q=0.") != one.npos;
  }
  return false;
}

}  // namespace

std::string content_security_policy(const std::string& nonce) {
  return "default-src 'none'; script-src 'self'; style-src 'self'" +
         (nonce.empty() ? std::string() : " 'nonce-" + nonce + "'") +
         "; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
         "frame-ancestors 'none'; report-uri /api/v1/csp";
}

ConsoleFiles ConsoleFiles::read(const fs::path& folder) {
  ConsoleFiles console;
  std::error_code none;
  if (folder.empty() || !fs::is_directory(folder, none)) return console;
  std::size_t size = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_symlink() || !entry.is_regular_file()) continue;
    auto name = entry.path().lexically_relative(folder).generic_string();
    const auto into = name.ends_with(".br")   ? &File::brotli
                      : name.ends_with(".gz") ? &File::gzip
                                              : &File::plain;
    if (into != &File::plain) name.resize(name.size() - 3);
    const auto type = type_of(name);
    if (type.empty()) continue;
    auto& file = console.files_[name];
    file.type = type;
    file.*into = bytes_of(entry.path());
    size += (file.*into).size();
    if (size > bytes_max)
      throw std::runtime_error("the files of the console in " + folder.string() + " are more than 16 MiB");
  }
  // A variant of nothing is no file.
  std::erase_if(console.files_, [](const auto& one) { return one.second.plain.empty(); });
  return console;
}

bool ConsoleFiles::owns(std::string_view path) {
  return path == "/" || path == "/ui" || path.starts_with(base);
}

Answer ConsoleFiles::index() const {
  const auto found = files_.find(index_name);
  if (found == files_.end()) return {200, "text/html; charset=utf-8", not_built, {}, false, "/ui/"};
  const auto nonce = random_secret();
  auto page = found->second.plain;
  for (auto at = page.find(nonce_place); at != std::string::npos;
       at = page.find(nonce_place, at + nonce.size()))
    page.replace(at, nonce_place.size(), nonce);
  return {200,
          found->second.type,
          std::move(page),
          {{"Content-Security-Policy", content_security_policy(nonce)}},
          false,
          "/ui/"};
}

std::optional<Answer> ConsoleFiles::answer(std::string_view path, std::string_view accept_encoding) const {
  if (path == "/" || path == "/ui")
    return Answer{302, "text/plain; charset=utf-8", "", {{"Location", std::string(base)}}, false, "/ui/"};
  const auto name = path.substr(base.size());
  const auto last = name.substr(name.rfind('/') == name.npos ? 0 : name.rfind('/') + 1);
  if (name == index_name) return index();
  const auto found = files_.find(name);
  if (found == files_.end()) return last.find('.') == last.npos ? std::optional(index()) : std::nullopt;
  const auto& file = found->second;
  Answer answer{200, file.type, "", {{"Vary", "Accept-Encoding"}}, false, "/ui/*"};
  if (name.starts_with(hashed))
    answer.headers.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
  if (!file.brotli.empty() && accepts(accept_encoding, "br")) {
    answer.headers.emplace_back("Content-Encoding", "br"), answer.body = file.brotli;
  } else if (!file.gzip.empty() && accepts(accept_encoding, "gzip")) {
    answer.headers.emplace_back("Content-Encoding", "gzip"), answer.body = file.gzip;
  } else {
    answer.body = file.plain;
  }
  return answer;
}

}  // namespace kinhub::api
