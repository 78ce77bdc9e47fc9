#include "plugins/sdk/inbox.hpp"

#include <fcntl.h>
#include <openssl/sha.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <exception>
#include <set>
#include <system_error>
#include <tuple>

#include "plugins/sdk/agency_time.hpp"

namespace kinhub::sdk {
namespace {

namespace fs = std::filesystem;
constexpr auto npos = std::string_view::npos;
/// Files considered at once, in order of arrival; inside they are read in the order of their names' times.
constexpr std::size_t window_max = 512;
/// Fingerprints a position may have. Beyond it the reader waits until the folder has settled.
constexpr std::size_t done_max = 4096;
constexpr std::size_t short_position_bytes = 256;
constexpr std::size_t records_between_long_positions = 256;
constexpr auto rescan_pause = std::chrono::milliseconds{200};

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// The status of the name itself: what a link leads to is nobody's business here. One that cannot be asked
/// for is all noughts, so that the name is told.
std::optional<struct stat> stat_of(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) return status;
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  return std::make_optional<struct stat>();
}

std::uint64_t fingerprint_of(const std::string& name, const struct stat& data, std::int64_t arrived) {
  const auto identity = name + '\0' + std::to_string(data.st_size) + '\0' +
                        std::to_string(nanoseconds(data.st_mtim)) + '\0' + std::to_string(arrived);
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(identity.data()), identity.size(), digest);
  std::uint64_t word = 0;
  std::memcpy(&word, digest, sizeof word);
  return word == 0 ? 1 : word;
}

/// Why a file is not read though it stands there. Thrown before a byte of it was read.
struct NotRead : std::runtime_error {
  NotRead(std::string code, const std::string& text)
      : runtime_error(text), error{std::move(code), text, {}} {}
  Error error;
};

class Descriptor {
 public:
  /// Opens a regular file of the folder that belongs to whom it should. Never follows a link, waits for a
  /// writer or touches a device. Throws NotRead for what it is not, std::system_error for what may pass.
  Descriptor(const InboxSettings& settings, const fs::path& path)
      : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)) {
    if (number_ < 0 && (errno == ELOOP || errno == EMLINK))
      throw NotRead("FILE_LINK",
                    "a symbolic link is not followed: have the agency put the file itself there");
    if (number_ < 0 && (errno == ENXIO || errno == ENODEV))
      throw NotRead("FILE_KIND", "a socket or device is no delivery: remove it");
    if (number_ < 0) throw std::system_error(errno, std::generic_category(), "cannot open " + path.string());
    try {
      judge(settings);
    } catch (...) {
      ::close(number_);
      throw;
    }
  }
  ~Descriptor() { ::close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  std::size_t size() const { return static_cast<std::size_t>(status_.st_size); }

 private:
  void judge(const InboxSettings& settings) {
    struct stat folder {};
    if (::fstat(number_, &status_) != 0 || ::stat(settings.folder.c_str(), &folder) != 0)
      throw std::system_error(errno, std::generic_category(),
                              "cannot look at a file in " + settings.folder.string());
    if (!S_ISREG(status_.st_mode))
      throw NotRead("FILE_KIND", "only a regular file is a delivery, and this is none: remove it");
    if (status_.st_nlink > 1)
      throw NotRead("FILE_LINK", "the file has " + std::to_string(status_.st_nlink) +
                                     " names (hard links), so it may be another's: have it copied there");
    const auto owner = status_.st_uid;
    if (!settings.other_owners && owner != folder.st_uid && owner != ::geteuid() && owner != 0)
      throw NotRead("FILE_OWNER", "the file belongs to user " + std::to_string(owner) +
                                      ", the folder to user " + std::to_string(folder.st_uid) +
                                      ": have it put there by the folder's owner, or set other_owners");
  }

  int number_;
  struct stat status_ {};
};

/// At most bytes_max bytes of a file.
std::string read_bytes(const Descriptor& file, const fs::path& path, std::size_t bytes_max) {
  std::string bytes(std::min(file.size(), bytes_max), '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const auto count = ::read(file.number(), bytes.data() + have, bytes.size() - have);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw std::system_error(errno, std::generic_category(), "cannot read " + path.string());
    if (count == 0) break;
    have += static_cast<std::size_t>(count);
  }
  bytes.resize(have);
  return bytes;
}

/// Reads the file and gives it to the host;
/// one that is too large stays where it is and its beginning is rejected.
FileOutcome emit_path(Host& host, const InboxSettings& settings, const FileFormat& format,
                      const std::string& name, std::size_t first_record, const PositionOf& position) {
  const auto path = settings.folder / name;
  const Descriptor file(settings, path);
  if (file.size() > settings.file_bytes_max) {
    constexpr std::size_t beginning_bytes = 4096;
    const Error error{"FILE_TOO_LARGE",
                      "the file has " + std::to_string(file.size()) +
                          " bytes, more than file_bytes_max: these are its first " +
                          std::to_string(beginning_bytes) + "; the file stays in the folder",
                      name};
    host.reject(
        {read_bytes(file, path, beginning_bytes), format.content_type(), {}, position(1, 1), name, error});
    return {0, true, false, std::nullopt};
  }
  const auto bytes = read_bytes(file, path, settings.file_bytes_max);
  return emit_file(host, format, name, bytes, first_record, position);
}

/// A format whose files are not looked into: each is rejected whole.
class Uncut final : public FileFormat {
 public:
  explicit Uncut(const FileFormat& format) : type_(format.content_type()) {}
  std::string_view content_type() const override { return type_; }
  Result<Cut> cut(std::string_view) const override {
    return Error{"CONNECTOR_DIED",
                 "the connector ended several times while it read this file: it is kept whole, unread",
                 "file"};
  }
  std::string charset(const Cut&, std::size_t) const override { return {}; }
  std::string key(const Cut&, std::size_t) const override { return {}; }
  std::optional<std::int64_t> recorded_at_us(const Cut&, std::size_t) const override { return {}; }
  std::optional<std::int64_t> complete_until_us(const Cut&) const override { return {}; }

 private:
  std::string type_;
};

/// Flag -> data file: NAME.xml.ok or NAME.ok beside NAME.xml.
template <class Exists>
std::optional<std::string> data_of_flag(const std::string& flag, const std::vector<std::string>& extensions,
                                        const Exists& exists) {
  const auto stem = flag.substr(0, flag.size() - 3);
  for (const auto& extension : extensions)
    if (stem.ends_with(extension) && exists(stem)) return stem;
  for (const auto& extension : extensions)
    if (exists(stem + extension)) return stem + extension;
  return std::nullopt;
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  try {
    for (const auto& entry : fs::directory_iterator(folder))
      names.insert(entry.path().filename().string());
  } catch (const fs::filesystem_error& why) {
    throw Retry("the folder " + folder.string() + " cannot be read (" + why.code().message() +
                "): check the mount and the rights");
  }
  return names;
}

std::vector<std::string> split(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  for (std::size_t at = 0;;) {
    const auto end = text.find_first_of(separators, at);
    parts.emplace_back(text.substr(at, end == npos ? npos : end - at));
    if (end == npos) return parts;
    at = end + 1;
  }
}

bool is_digits(std::string_view text, std::size_t count) {
  return text.size() == count && text.find_first_not_of("0123456789") == npos;
}

std::string_view stem_of(std::string_view name) {
  return name.substr(0, name.rfind('.'));
}

template <class Number>
bool read_number(std::string_view text, Number& number, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc{} && end == text.data() + text.size();
}

std::string hex(std::uint64_t number) {
  char text[17];
  const auto end = std::to_chars(text, text + sizeof text, number, 16).ptr;
  return {text, end};
}

}  // namespace

std::string time_in_name(std::string_view name) {
  const auto parts = split(stem_of(name), "_-");
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (is_digits(parts[i], 14) && local_time_us(parts[i])) return parts[i];
    if (!is_digits(parts[i], 8) || !local_time_us(parts[i])) continue;
    if (i + 1 < parts.size() && is_digits(parts[i + 1], 4) && local_time_us(parts[i] + parts[i + 1]))
      return parts[i] + parts[i + 1];
    return parts[i];
  }
  return {};
}

std::optional<InboxPosition> InboxPosition::parse(std::string_view text) {
  InboxPosition position;
  if (text.empty()) return position;
  const auto parts = split(text, " ");
  if (parts.size() != 4 || parts[0] != "inbox1" || !read_number(parts[1], position.floor))
    return std::nullopt;
  if (parts[2] != "-") {
    for (const auto& word : split(parts[2], ",")) {
      std::uint64_t fingerprint = 0;
      if (!read_number(word, fingerprint, 16)) return std::nullopt;
      position.done.emplace(fingerprint, INT64_MAX);
    }
  }
  if (parts[3] != "-") {
    const auto at = parts[3].find(':');
    if (at == std::string::npos ||
        !read_number(std::string_view(parts[3]).substr(0, at), position.current, 16) ||
        !read_number(std::string_view(parts[3]).substr(at + 1), position.current_records))
      return std::nullopt;
  }
  return position;
}

std::string InboxPosition::text() const {
  std::string text = "inbox1 " + std::to_string(floor) + " ";
  for (const auto& [fingerprint, arrived] : done)
    text.append(hex(fingerprint)).append(",");
  if (done.empty()) {
    text += '-';
  } else {
    text.pop_back();
  }
  text += ' ';
  return text + (current == 0 ? "-" : hex(current) + ":" + std::to_string(current_records));
}

/// Change notification of a folder (inotify). Where the system has none to give, and for changes that another
/// machine makes on a network folder, the folder is listed at times that its size allows.
class FolderWatch {
 public:
  FolderWatch() : queue_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}
  ~FolderWatch() {
    if (queue_ >= 0) ::close(queue_);
  }
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  /// Watches the folder of this name from now on, also one that was put in the place of another.
  void look_at(const fs::path& folder) const {
    constexpr std::uint32_t changes = IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE |
                                      IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
    if (queue_ >= 0) ::inotify_add_watch(queue_, folder.c_str(), changes);
  }

  /// Whether something happened since it was asked last.
  bool take_changes() {
    char events[4096];
    bool any = false;
    constexpr int reads_max = 1000;
    for (int i = 0; queue_ >= 0 && i<reads_max&& ::read(queue_, events, sizeof events)> 0; ++i)
      any = true;
    return any;
  }

 private:
  int queue_;
};

struct Inbox::ClosedFile {
  InboxFile file;
  std::error_code why;
};

struct Inbox::Listing {
  std::vector<InboxFile> unread;  // in order of arrival
  std::int64_t newest = INT64_MIN;
};

Inbox::Listing Inbox::list(InboxPosition& state) const {
  const auto names = names_in(settings_.folder);
  const auto exists = [&](const std::string& name) { return names.contains(name); };
  Listing listing;
  std::map<std::uint64_t, std::int64_t> still_there;
  std::set<std::string> taken;  // NAME.ok and NAME.xml.ok may both stand there
  for (const auto& flag : names) {
    if (!flag.ends_with(".ok")) continue;
    const auto name = data_of_flag(flag, settings_.extensions, exists);
    if (!name || !taken.insert(*name).second) continue;
    const auto flag_status = stat_of(settings_.folder / flag);
    if (!flag_status) continue;
    const auto arrived = nanoseconds(flag_status->st_ctim);
    InboxFile file{*name, time_in_name(*name), arrived, 0};
    listing.newest = std::max(listing.newest, arrived);
    if (arrived <= state.floor) continue;
    const auto data_status = stat_of(settings_.folder / *name);
    if (!data_status) continue;
    file.fingerprint = fingerprint_of(*name, *data_status, arrived);
    if (state.done.contains(file.fingerprint)) {
      still_there.emplace(file.fingerprint, arrived);
    } else {
      listing.unread.push_back(std::move(file));
    }
  }
  // A file that left the folder needs no remembering: should it come back,
  // its flag has a new time of arrival.
  state.done = std::move(still_there);
  std::sort(listing.unread.begin(), listing.unread.end(), [](const InboxFile& a, const InboxFile& b) {
    return std::tie(a.arrived, a.name) < std::tie(b.arrived, b.name);
  });
  return listing;
}

// The folder's clock is known from its flags alone: at least the newest flag,
// and as much later as we have known it.
void Inbox::note_newest(std::int64_t newest) {
  if (newest == newest_arrived_) return;
  newest_arrived_ = newest;
  newest_noted_ = std::chrono::steady_clock::now();
}

// Everything that arrived up to the floor is read: below the oldest unread file,
// and old enough for none to come.
void Inbox::raise_floor(InboxPosition& state, const Listing& listing) const {
  if (listing.newest == INT64_MIN) return;
  const auto known_for = std::chrono::steady_clock::now() - newest_noted_;
  auto floor = listing.newest + std::chrono::nanoseconds(known_for - settings_.settle).count();
  for (const auto& file : listing.unread)
    if (!state.done.contains(file.fingerprint)) floor = std::min(floor, file.arrived - 1);
  if (floor <= state.floor) return;
  state.floor = floor;
  std::erase_if(state.done, [&](const auto& entry) { return entry.second <= floor; });
}

void Inbox::set_file_aside(Host& host, InboxPosition& state, const InboxFile& file, const FileFormat& format,
                           const Listing& listing, const Error& why) {
  state.current = 0, state.current_records = 0;
  state.done.emplace(file.fingerprint, file.arrived);
  raise_floor(state, listing);
  last_position_ = state.text();
  host.reject({{}, format.content_type(), {}, last_position_, file.name, {why.code, why.text, file.name}});
  unreadable_since_.erase(file.fingerprint);
}

/// Whether any regular file of the folder but those can be opened and read, as its data or flag files can
/// unless it is the folder that is closed (an expired ticket of a network folder).
bool Inbox::reads_others(const std::set<std::string>& than) const {
  constexpr int tries_max = 64;
  int tries = 0;
  std::error_code failed;
  for (fs::directory_iterator at(settings_.folder, failed), end; !failed && at != end && tries < tries_max;
       at.increment(failed)) {
    if (than.contains(at->path().filename().string())) continue;
    try {
      ++tries;
      char byte = 0;
      const Descriptor file(settings_, at->path());
      if (::pread(file.number(), &byte, 1, 0) >= 0) return true;
    } catch (const NotRead&) {  // no delivery, so it says nothing
    } catch (const std::system_error&) {
    }
  }
  return false;
}

/// Blames single files whose rights are wrong: those that stayed closed for `unreadable_patience` while
/// others of the folder were read. What closes all of them is the folder's, and counts against none.
void Inbox::set_closed_aside(Host& host, InboxPosition& state, const std::vector<ClosedFile>& closed,
                             const FileFormat& format, const Listing& listing, Outcome& outcome) {
  std::set<std::string> names;
  for (const auto& one : closed)
    names.insert(one.file.name);
  if (!closed.empty() && !reads_others(names)) {
    unreadable_since_.clear();
    return;
  }
  for (const auto& [file, why] : closed) {
    const auto since = unreadable_since_.try_emplace(file.fingerprint, listed_at_).first->second;
    if (listed_at_ - since < settings_.unreadable_patience) continue;
    set_file_aside(host, state, file, format, listing,
                   {"FILE_UNREADABLE",
                    "the file cannot be read (" + why.message() +
                        "), and others of its folder can: look at its owner and mode, then have its flag "
                        "file written anew",
                    file.name});
    ++outcome.files;
  }
}

/// Rate limit of listing: at once when something happened in the folder, else so seldom that listing it takes
/// a fiftieth of the time.
bool Inbox::is_due(std::string_view position) {
  constexpr int idle_times_its_cost = 50;
  if (!watch_) watch_ = std::make_shared<FolderWatch>();
  const bool changed = watch_->take_changes();
  if (!started_ || !read_all_ || position != last_position_ || changed) return true;
  const auto pause =
      std::max<std::chrono::steady_clock::duration>(rescan_pause, idle_times_its_cost * listing_took_);
  return std::chrono::steady_clock::now() - listed_at_ >= pause;
}

void Inbox::read_file(Host& host, const FileFormat& format, InboxPosition& state, const InboxFile& file,
                      const Listing& listing) {
  const auto first_record = state.current == file.fingerprint ? state.current_records : 0;
  auto middle = state;
  middle.current = file.fingerprint;
  middle.current_records = 0;
  auto middle_text = middle.text();
  middle_text.pop_back();  // the number of records follows
  state.current = 0;
  state.current_records = 0;
  state.done.emplace(file.fingerprint, file.arrived);
  raise_floor(state, listing);
  const auto end_text = state.text();
  const auto position = [&](std::size_t done, std::size_t total) -> std::string {
    if (done == total) return last_position_ = end_text;
    if (middle_text.size() > short_position_bytes && done % records_between_long_positions != 0) return {};
    return last_position_ = middle_text + std::to_string(done);
  };
  const auto outcome = emit_path(host, settings_, format, file.name, first_record, position);
  // What was not read whole says nothing of how complete the agency is.
  if (outcome.rejected || outcome.incomplete) return;
  for (const auto claim_us : {outcome.complete_until_us, local_time_us(file.time)})
    if (claim_us) newest_us_ = std::max(newest_us_.value_or(INT64_MIN), std::min(*claim_us, host.now_us()));
}

Inbox::Outcome Inbox::read(Host& host, std::string_view position, const FileFormat& format,
                           std::size_t files_max) {
  if (!is_due(position)) return {0, true, newest_us_};
  if (!started_ || position != last_position_) {
    const auto parsed = InboxPosition::parse(position);
    if (!parsed) throw Fatal("the stored position is not one of this connector: rewind the source");
    state_ = *parsed;
    last_position_ = position;
    started_ = true;
  }
  auto state = state_;
  watch_->look_at(settings_.folder);
  const auto before_listing = std::chrono::steady_clock::now();
  const auto listing = list(state);
  listed_at_ = std::chrono::steady_clock::now();
  listing_took_ = listed_at_ - before_listing;
  ++listings_;
  read_all_ = false;
  note_newest(listing.newest);
  raise_floor(state, listing);
  Outcome outcome;
  const auto room = done_max - std::min(done_max, state.done.size());
  auto window =
      std::vector(listing.unread.begin(),
                  listing.unread.begin() +
                      static_cast<std::ptrdiff_t>(std::min({listing.unread.size(), window_max, room})));
  std::sort(window.begin(), window.end(), [&](const InboxFile& a, const InboxFile& b) {
    const bool a_begun = a.fingerprint == state.current, b_begun = b.fingerprint == state.current;
    return std::tie(b_begun, a.time, a.name) < std::tie(a_begun, b.time, b.name);
  });
  std::exception_ptr unreadable;
  std::vector<ClosedFile> closed;
  started_ = false;  // until all went well, what the host was given is read again from its text
  for (const auto& file : window) {
    if (outcome.files == files_max || host.stop_requested()) break;
    const auto before = state;
    try {
      read_file(host, format, state, file, listing);
      ++outcome.files;
    } catch (const NotRead& not_read) {
      state = before;
      set_file_aside(host, state, file, format, listing, not_read.error);
      ++outcome.files;
    } catch (const std::system_error& why) {
      state = before;
      if (!unreadable) unreadable = std::current_exception();
      // Anything else (an input/output error, too many open files) is no fault of this file.
      if (why.code() == std::errc::permission_denied || why.code() == std::errc::operation_not_permitted)
        closed.push_back({file, why.code()});
    } catch (const std::bad_alloc&) {  // more than this process may have: the next file may be smaller
      state = before;
      set_file_aside(
          host, state, file, format, listing,
          {"FILE_TOO_LARGE",
           "the file needs more memory than its connector may have: it stays in the folder; have it "
           "split",
           file.name});
      ++outcome.files;
    }
  }
  set_closed_aside(host, state, closed, format, listing, outcome);
  state_ = state;
  started_ = true;
  if (unreadable && outcome.files == 0) std::rethrow_exception(unreadable);
  outcome.caught_up = outcome.files == listing.unread.size();
  read_all_ = listing.unread.empty();
  if (outcome.caught_up) {
    outcome.complete_until_us = newest_us_;
  }
  return outcome;
}

void Inbox::tell(Host& host, const Outcome& outcome) {
  if (!outcome.complete_until_us || outcome.complete_until_us == told_us_) return;
  told_us_ = outcome.complete_until_us;
  host.complete_until(*told_us_);
}

bool Inbox::step(Host& host, std::string_view position, const FileFormat& format) {
  const auto outcome = read(host, position, format, 1);
  tell(host, outcome);
  return outcome.files > 0 && !outcome.caught_up;
}

void Inbox::poll(Host& host, std::string_view position, const FileFormat& format,
                 std::chrono::milliseconds timeout) {
  const auto until = std::chrono::steady_clock::now() + timeout;
  std::string at(position);
  for (;;) {
    const auto outcome = read(host, at, format, window_max);
    at = last_position_;
    tell(host, outcome);
    if (host.stop_requested() || std::chrono::steady_clock::now() >= until) return;
    if (outcome.files > 0 && outcome.caught_up) return;
    if (outcome.files > 0) continue;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (!host.wait(std::min(left, rescan_pause))) return;
  }
}

void Inbox::set_aside(Host& host, std::string_view position, const FileFormat& format) {
  (void)read(host, position, Uncut(format), 1);
}

std::vector<std::string> newest_snapshot(std::vector<std::string> names) {
  std::map<std::string, std::vector<std::string>> series;
  for (auto& name : names) {
    const auto time = time_in_name(name);
    if (time.empty()) continue;
    series[name.substr(0, name.find(time.substr(0, 8)))].push_back(std::move(name));
  }
  std::vector<std::string> chosen;
  for (auto& [prefix, files] : series) {
    const auto order = [](const std::string& a, const std::string& b) {
      return std::pair(time_in_name(a), std::string_view(a)) <
             std::pair(time_in_name(b), std::string_view(b));
    };
    std::sort(files.begin(), files.end(), order);
    const auto day = time_in_name(files.back()).substr(0, 8);
    auto first = std::find_if(files.begin(), files.end(),
                              [&](const std::string& name) { return time_in_name(name).starts_with(day); });
    for (auto file = first; file != files.end(); ++file)
      if (stem_of(*file).ends_with("_0001")) first = file;
    chosen.insert(chosen.end(), first, files.end());
  }
  return chosen;
}

void read_snapshot(Host& host, const InboxSettings& settings, std::string_view cursor,
                   const FileFormat& format) {
  const auto names = names_in(settings.folder);
  const auto exists = [&](const std::string& name) { return names.contains(name); };
  std::set<std::string> complete;
  for (const auto& flag : names)
    if (flag.ends_with(".ok"))
      if (auto name = data_of_flag(flag, settings.extensions, exists)) complete.insert(*name);
  const auto files = newest_snapshot({complete.begin(), complete.end()});
  if (files.empty())
    throw Retry("no snapshot with its flag file in " + settings.folder.string() + ": ask the agency for one");

  std::size_t first_file = 0, first_record = 0;
  if (!cursor.empty()) {
    const auto bar = cursor.rfind('|');
    if (bar == npos || !read_number(cursor.substr(bar + 1), first_record))
      throw Fatal("the snapshot cursor is not one of this connector: begin the snapshot again");
    const auto found = std::find(files.begin(), files.end(), cursor.substr(0, bar));
    if (found == files.end())
      throw Refused("the snapshot that was begun left the folder: begin the snapshot again");
    first_file = static_cast<std::size_t>(found - files.begin());
  }
  std::optional<std::int64_t> watermark_us;
  bool whole = true;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto& name = files[i];
    auto until_us = local_time_us(time_in_name(name));
    if (i >= first_file) {
      const auto position = [&](std::size_t done, std::size_t) { return name + "|" + std::to_string(done); };
      FileOutcome outcome;
      try {
        outcome = emit_path(host, settings, format, name, i == first_file ? first_record : 0, position);
      } catch (const NotRead& not_read) {
        outcome.rejected = true;
        host.reject({{},
                     format.content_type(),
                     {},
                     position(1, 1),
                     name,
                     {not_read.error.code, not_read.error.text, name}});
      }
      whole = whole && !outcome.rejected && !outcome.incomplete;
      if (outcome.complete_until_us) until_us = outcome.complete_until_us;
    }
    if (until_us && (!watermark_us || *until_us < *watermark_us)) watermark_us = until_us;
  }
  if (!whole)
    host.log(KINHUB_LOG_WARNING,
             "a file of the snapshot was rejected, or holds another number of records than it says: the "
             "snapshot is "
             "not complete");
  else if (watermark_us)
    host.complete_until(*watermark_us);
}

}  // namespace kinhub::sdk
