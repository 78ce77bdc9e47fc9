#pragma once
// Writes what agencies deliver as files: police XML, insurance increments, death certificates, and for
// captured traffic also civil-affairs answer pages and hospital messages.

#include <filesystem>
#include <map>
#include <string>

#include "tests/agencies/population.hpp"

namespace kinhub::agencies {

struct DepotFolders {
  std::filesystem::path police, civil, insurance, hospital;  ///< changes
  std::filesystem::path police_snapshot, civil_snapshot, insurance_snapshot, hospital_snapshot;
  bool flags = true;                 ///< an empty .ok file after each file
  std::size_t records_per_file = 1;  ///< police
};

struct DepotCount {
  std::size_t events = 0, files = 0, bytes = 0;
};

/// Runs on one thread.
class Depot {
 public:
  explicit Depot(DepotFolders folders);

  /// Everything of a batch: all changes of the window, in order of delivery.
  void write_changes(const Batch& batch, const Window& window);
  /// Civil-affairs pages and hospital messages as captured files.
  void write_captures(const Batch& batch, const Window& window, std::size_t batch_number);
  void write_snapshot(const Batch& batch, const Window& window, std::size_t batch_number);
  /// The home county's resident master anew on each New Year's Day of the window, among the changes: each row
  /// is the state of its day.
  void write_yearly_masters(const Batch& batch, const Window& window);

  // ---- one day at a time, for the live simulation; telegrams as Batch::stream gives them
  void write_police(std::span<const Telegram> telegrams);
  void write_certificates(const std::string& county, std::span<const Telegram> telegrams);
  /// Rows written in [from, to); `to` is a night's 02:00 plus the batch's minute.
  void write_insurance_night(const std::string& county, std::span<const Telegram> telegrams, Moment from,
                             Moment to);

  const std::map<std::string, DepotCount>& counts() const { return counts_; }

 private:
  void put(const char* source, const std::filesystem::path& folder, const std::string& name,
           std::string_view bytes, std::size_t events);
  void put_masters(const std::filesystem::path& folder, const char* source,
                   const std::map<std::string, std::vector<Resident>>& residents, Moment as_of);
  void put_police(std::string_view type, const std::string& county, std::span<const Telegram> records);

  DepotFolders folders_;
  int police_serial_ = 0;
  std::map<std::string, DepotCount> counts_;
};

}  // namespace kinhub::agencies
