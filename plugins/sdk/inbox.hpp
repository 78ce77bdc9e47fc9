#pragma once
// Polling of a front-end machine's folder, each file exactly once: data files count once their flag file
// (.ok) stands beside them, are read in the order of the time in their names, late ones too; and the newest
// snapshot in a folder, resumable.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "plugins/sdk/connector.hpp"
#include "plugins/sdk/file_format.hpp"

namespace kinhub::sdk {

struct InboxSettings {
  std::filesystem::path folder;
  std::vector<std::string> extensions;  ///< of data files: ".xml"
  /// How long after the newest flag a file with an older time of arrival may still appear (other machine's
  /// clock, slow network folder).
  std::chrono::seconds settle{10};
  std::size_t file_bytes_max = std::size_t{1} << 30;
  /// Whether files of other users than the folder's owner, root and this process's count.
  bool other_owners = false;
  /// How long a file whose rights do not let it be read, while others of its folder are, is tried again
  /// before it is set aside.
  std::chrono::seconds unreadable_patience{60};
};

/// A data file whose flag is there.
struct InboxFile {
  std::string name;
  std::string time;          ///< digits of the time in its name: 20261118102559; may be empty
  std::int64_t arrived = 0;  ///< change time of the flag, in nanoseconds of the folder's own clock
  std::uint64_t fingerprint = 0;
};

/// The digits of the time in a file name: the 14 digits of SWZX_320812000000_20261118102559_0001.xml,
/// 20261121 and 0200 of PSNINSU-320812-20261121-0200.json. Empty: there is none.
std::string time_in_name(std::string_view name);

/// Which files were read. A position of bounded size: everything that arrived up to `floor` is
/// read, and of what arrived later the files in `done` are. A late file with an old name has a new
/// time of arrival, so it is not missed.
struct InboxPosition {
  std::int64_t floor = INT64_MIN;
  std::map<std::uint64_t, std::int64_t> done;  ///< fingerprint -> arrived
  std::uint64_t current = 0;                   ///< a file read in part
  std::size_t current_records = 0;             ///< how many of its records

  static std::optional<InboxPosition> parse(std::string_view text);
  std::string text() const;
};

class FolderWatch;

/// Reads a folder. One per source; used from the thread of the running call.
class Inbox {
 public:
  explicit Inbox(InboxSettings settings) : settings_(std::move(settings)) {}

  struct Outcome {
    std::size_t files = 0;  ///< read by this call
    bool caught_up = false;
    std::optional<std::int64_t> complete_until_us;  ///< of a caught-up inbox
  };
  /// Reads at most files_max files after `position`. Throws Retry when the folder cannot be read, or a file
  /// that is still waited for. What is no regular file, or not of the folder's owner, is set aside by its
  /// name, unread; so is one that alone is closed for `unreadable_patience`. Errors beneath, and a folder
  /// that is closed as a whole, are waited for.
  Outcome read(Host& host, std::string_view position, const FileFormat& format, std::size_t files_max);

  /// Reads one file and tells the host how complete the source is when it was the last.
  /// True: there is more to read now.
  bool step(Host& host, std::string_view position, const FileFormat& format);
  /// What the host was given last.
  const std::string& position() const { return last_position_; }
  /// How often the folder was listed.
  std::size_t listings() const { return listings_; }

  /// Reads until `timeout` has passed without a new file, or a stop is requested.
  void poll(Host& host, std::string_view position, const FileFormat& format,
            std::chrono::milliseconds timeout);
  /// Rejects the file that would be read next, whole and uncut: its reading ended the connector's process.
  /// Nothing when there is none.
  void set_aside(Host& host, std::string_view position, const FileFormat& format);

 private:
  struct Listing;
  Listing list(InboxPosition& state) const;
  void raise_floor(InboxPosition& state, const Listing& listing) const;
  void tell(Host& host, const Outcome& outcome);
  void note_newest(std::int64_t newest);
  void read_file(Host& host, const FileFormat& format, InboxPosition& state, const InboxFile& file,
                 const Listing& listing);
  void set_file_aside(Host& host, InboxPosition& state, const InboxFile& file, const FileFormat& format,
                      const Listing& listing, const Error& why);
  struct ClosedFile;
  bool reads_others(const std::set<std::string>& than) const;
  void set_closed_aside(Host& host, InboxPosition& state, const std::vector<ClosedFile>& closed,
                        const FileFormat& format, const Listing& listing, Outcome& outcome);
  bool is_due(std::string_view position);

  InboxSettings settings_;
  InboxPosition state_;
  std::string last_position_;  ///< what the host was given last: state_ belongs to it
  bool started_ = false;
  std::int64_t newest_arrived_ = INT64_MIN;
  std::chrono::steady_clock::time_point newest_noted_;
  std::optional<std::int64_t> newest_us_, told_us_;
  std::map<std::uint64_t, std::chrono::steady_clock::time_point> unreadable_since_;  ///< by fingerprint
  // Change notification: a folder in which nothing has happened is not listed again.
  std::shared_ptr<FolderWatch> watch_;
  std::chrono::steady_clock::time_point listed_at_;
  std::chrono::steady_clock::duration listing_took_{};
  bool read_all_ = false;  ///< the last listing held nothing unread
  std::size_t listings_ = 0;
};

/// The newest snapshot in the folder, file by file; the cursor is file name and record.
/// Throws Retry when there is none.
void read_snapshot(Host& host, const InboxSettings& settings, std::string_view cursor,
                   const FileFormat& format);

/// The names of the data files that make up the newest snapshot: of each series (the name before its time)
/// the files of its newest day, from the last one numbered 0001 on.
std::vector<std::string> newest_snapshot(std::vector<std::string> names);

}  // namespace kinhub::sdk
