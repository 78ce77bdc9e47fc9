#include "hub/base/key_file.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <system_error>

#include "hub/base/bytes.hpp"
#include "hub/base/time_text.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view first_line = "kinhub keys 2";
constexpr std::string_view explanation =
    "# id  suite  created  key. The first key stays for ever; 'active' seals, all of them open.\n";
constexpr std::size_t file_size_max = 1u << 20;

std::string hex_of(const ciphers::Key& bytes) {
  return hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

bool are_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

ciphers::Key bytes_of(std::string_view digits) {
  assert(are_hex(digits, 64));
  const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  ciphers::Key bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(value(digits[2 * i]) << 4 | value(digits[2 * i + 1]));
  return bytes;
}

std::uint8_t check_byte(KeyId id) {
  return static_cast<std::uint8_t>(id.bytes[0] ^ id.bytes[1] ^ id.bytes[2] ^ 0x5A);
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; (at = line.find_first_not_of(' ', at)) != std::string_view::npos;) {
    const auto end = std::min(line.find(' ', at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

/// Reads the lines of a file of several keys.
class Reading {
 public:
  explicit Reading(std::string file) : file_(std::move(file)) {}

  Result<KeyFile> read(std::string_view text) {
    std::optional<KeyId> active;
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      const auto line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      ++line_;
      const auto words = words_of(line);
      if (line_ == 1 || words.empty() || words[0].starts_with('#')) continue;
      if (words[0] == "active") {
        if (active || words.size() != 2) return wrong("one line 'active ID' says which key seals");
        active = key_id_from(words[1]);
        if (!active) return wrong("'active' names a key by its 8 hex digits");
      } else if (auto problem = add(words)) {
        return *problem;
      }
    }
    if (found_.keys.empty()) return wrong("it holds no key");
    if (!active) return wrong("no line 'active ID' says which key seals");
    if (found_.find(*active) == nullptr)
      return wrong("the active key " + text_of(*active) + " is not in the file");
    found_.active = *active;
    return std::move(found_);
  }

 private:
  std::optional<Error> add(const std::vector<std::string_view>& words) {
    if (words.size() != 4) return wrong("a key is a line of four words: id, suite, time, 64 hex digits");
    RootKey key;
    const auto id = key_id_from(words[0]);
    if (!id) return wrong("the id of a key is 8 hex digits");
    const auto suite = suite_named(words[1]);
    if (!suite) return wrong("there is no suite of this name, only aes-256-gcm and sm4");
    if (words[2] != "-") {
      const auto created = read_time(words[2]);
      if (!created) return wrong("the time of creation is none");
      key.created_us = *created;
    }
    if (!are_hex(words[3], 64)) return wrong("the key is not 64 hex digits");
    key.bytes = bytes_of(words[3]);
    key.id = id_of(key.bytes), key.suite = *suite;
    if (key.id != *id) return wrong("the key is not the one with the id " + text_of(*id));
    if (found_.find(key.id) != nullptr) return wrong("the key " + text_of(*id) + " stands there twice");
    found_.keys.push_back(key);
    return std::nullopt;
  }

  Error wrong(const std::string& what) const {
    return {"KEY_FILE", "key file " + file_ + ": " + what + ": restore it from its copy",
            file_ + ":" + std::to_string(line_)};
  }

  std::string file_;
  int line_ = 0;
  KeyFile found_;
};

KeyFile::Identity identity_of_status(const struct stat& status) {
  return {status.st_dev, status.st_ino,
          std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec, status.st_size};
}

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

struct Handle {
  int file;
  explicit Handle(int opened) : file(opened) {}
  ~Handle() {
    if (file >= 0) ::close(file);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
};

/// Writes a file beside `file`, whole and durable, with mode 0600 and the owner that `like` has; its name. By
/// the descriptor, for whoever owns the folder may put another file under the name.
std::string write_draft(const fs::path& file, std::string_view text, const struct stat* like = nullptr) {
  auto draft = file.string() + "." + std::to_string(::getpid());
  ::unlink(draft.c_str());  // of a process that had this number and was killed
  const Handle made(::open(draft.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  if (made.file < 0) fail("cannot make key file " + draft);
  // An administrator may do it, who is not the hub's user.
  const bool foreign = like != nullptr && (like->st_uid != ::geteuid() || like->st_gid != ::getegid());
  if (foreign && ::fchown(made.file, like->st_uid, like->st_gid) != 0) {
    const int why = errno;
    ::unlink(draft.c_str());
    errno = why;
    fail("cannot give key file " + draft + " to its owner");
  }
  if (::write(made.file, text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::fsync(made.file) != 0) {
    ::unlink(draft.c_str());
    throw std::runtime_error("cannot write the key file: is the disk full?");
  }
  return draft;
}

/// A key file belongs to whoever works with it; an administrator may read that of the folder's owner.
void require_owner(const struct stat& status, const fs::path& file) {
  if (status.st_uid == ::geteuid()) return;
  struct stat folder {};
  const auto parent = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (::geteuid() == 0 && ::stat(parent.c_str(), &folder) == 0 && folder.st_uid == status.st_uid) return;
  throw std::runtime_error("key file " + file.string() + " belongs to user " + std::to_string(status.st_uid) +
                           ", who can read and change it: chown it to the user of the hub");
}

Handle open_folder(const fs::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) fail("cannot open " + folder.string());
  return Handle(opened);
}

void replace(const fs::path& file, std::string_view text, const Handle& folder) {
  struct stat before {};
  if (::stat(file.c_str(), &before) != 0) fail("cannot read key file " + file.string());
  const auto draft = write_draft(file, text, &before);
  if (::rename(draft.c_str(), file.c_str()) != 0 || ::fsync(folder.file) != 0) {
    const int why = errno;
    ::unlink(draft.c_str());
    errno = why;
    fail("cannot replace key file " + file.string());
  }
}

}  // namespace

KeyId id_of(const ciphers::Key& bytes) {
  const auto digest = ciphers::hmac_sha256(bytes, "kinhub key id v1");
  KeyId id;
  std::copy_n(digest.begin(), 3, id.bytes.begin());
  id.bytes[3] = check_byte(id);
  return id;
}

bool is_key_id(KeyId id) {
  return id.bytes[3] == check_byte(id);
}

RootKey make_key(Suite suite, std::int64_t now_us) {
  RootKey key;
  ciphers::random_bytes(key.bytes.data(), key.bytes.size());
  key.id = id_of(key.bytes), key.suite = suite, key.created_us = now_us;
  return key;
}

const RootKey* KeyFile::find(KeyId id) const {
  const auto at = std::find_if(keys.begin(), keys.end(), [&](const RootKey& key) { return key.id == id; });
  return at == keys.end() ? nullptr : &*at;
}

Result<KeyFile> KeyFile::parse(std::string_view text, const std::string& file) {
  const auto line = text.substr(0, std::min(text.find('\n'), text.size()));
  if (line == first_line) return Reading(file).read(text);
  if (!are_hex(line, 64))
    return Error{"KEY_FILE",
                 "key file " + file + " is not 64 hex digits, and does not begin with '" +
                     std::string(first_line) + "': restore it from its copy",
                 file + ":1"};
  RootKey key;
  key.bytes = bytes_of(line), key.id = id_of(key.bytes);
  return KeyFile{{key}, key.id};
}

std::string KeyFile::text() const {
  auto text = std::string(first_line) + "\n" + std::string(explanation);
  for (const auto& key : keys)
    text += text_of(key.id) + " " + std::string(name_of(key.suite)) + " " +
            (key.created_us ? iso_time(*key.created_us) : "-") + " " + hex_of(key.bytes) + "\n";
  return text + "active " + text_of(active) + "\n";
}

KeyFile::Identity KeyFile::identity_of(const fs::path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 ? identity_of_status(status) : Identity{};
}

KeyFile KeyFile::read(const fs::path& file, Identity* identity) {
  const Handle opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (opened.file < 0 || ::fstat(opened.file, &status) != 0) fail("cannot read key file " + file.string());
  if (identity != nullptr) *identity = identity_of_status(status);
  if ((status.st_mode & 077) != 0)
    throw std::runtime_error("key file " + file.string() + " may be read by others: chmod 600 it");
  require_owner(status, file);
  if (status.st_size > static_cast<off_t>(file_size_max))
    throw std::runtime_error("key file " + file.string() + " is too large for one: restore it from its copy");
  // One buffer, so that no copy of it is left behind in memory.
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  const auto got = ::read(opened.file, text.data(), text.size());
  if (got < 0) fail("cannot read key file " + file.string());
  auto parsed = parse(std::string_view(text).substr(0, static_cast<std::size_t>(got)), file.string());
  OPENSSL_cleanse(text.data(), text.size());
  if (!parsed) throw std::runtime_error(parsed.error().text);
  return std::move(*parsed);
}

bool KeyFile::make(const fs::path& file, std::int64_t now_us) {
  if (fs::exists(file)) return false;
  fs::create_directories(file.parent_path());
  const auto key = make_key(Suite::aes_256_gcm, now_us);
  // Atomic creation: written whole under another name, then linked, so that two processes
  // starting at once agree on one key.
  const auto draft = write_draft(file, KeyFile{{key}, key.id}.text());
  const bool made = ::link(draft.c_str(), file.c_str()) == 0;
  ::unlink(draft.c_str());
  ::fsync(open_folder(file).file);
  return made;
}

std::optional<Error> KeyFile::edit(const fs::path& named,
                                   const std::function<std::optional<Error>(KeyFile&)>& change) {
  const auto file = fs::canonical(named);  // a link stays one
  const auto folder = open_folder(file);
  while (::flock(folder.file, LOCK_EX) != 0)
    if (errno != EINTR) fail("cannot lock the folder of key file " + file.string());
  auto keys = read(file);
  if (auto refused = change(keys)) return refused;
  assert(!keys.keys.empty() && keys.find(keys.active) != nullptr);
  replace(file, keys.text(), folder);
  return std::nullopt;
}

}  // namespace kinhub
