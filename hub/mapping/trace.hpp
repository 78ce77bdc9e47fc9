#pragma once
// Trace of a mapping: for one event, which file read which record, what each rule found for each field, and
// what the helpers made of it. For people who write mappings; the pipeline uses MappingSet.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "hub/mapping/mapping.hpp"

namespace kinhub {

/// One field of a rule in one record.
struct TracedField {
  enum class State : std::uint8_t { set, missing, null, wrong };
  std::string field;                      ///< person.born; also "key" and "version"
  std::uint32_t line = 0;                 ///< that says it, in the mapping file
  std::vector<MappingSet::RawValue> raw;  ///< what stands at the places that it reads; not masked
  State state = State::missing;
  std::string value;           ///< of a set one, as the fact has it; not masked
  std::optional<Error> error;  ///< of a wrong one
  bool passed_over = false;    ///< on_error: null
  /// As what its values are masked: by its class of privacy, not by its type. From the mildest to the
  /// strictest.
  enum class Shows : std::uint8_t { plain, words, name, number } shows = Shows::plain;
};

struct TracedRule {
  enum class Applies : std::uint8_t { yes, no, unknown };  ///< unknown: its `when` cannot be read
  std::string fact;
  std::uint32_t line = 0;
  Applies applies = Applies::yes;
  std::vector<TracedField> fields;  ///< of one that applies
};

struct TracedRecord {
  std::string place;    ///< in the event
  std::string mapping;  ///< public_security/death; empty: none fits
  std::string file;
  Outcome outcome;
  std::vector<TracedRule> rules;
  std::vector<std::string>
      unread;  ///< source fields that hold something and no rule reads, where the file asks for it
};

struct MappingTrace {
  std::optional<Rejected> rejected;  ///< of the event as a whole: then there are no records
  std::vector<TracedRecord> records;
};

/// Some mapping files, compiled for tracing. Immutable: safe from any thread.
class MappingTracer {
 public:
  /// Reads these files and the code tables of `codes`; or all that is wrong with them.
  static std::variant<MappingTracer, std::vector<Error>> read(const std::vector<std::filesystem::path>& files,
                                                              const std::filesystem::path& codes);
  /// The mapping files of a folder, in order of name.
  static std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder);

  /// Traces an event; stops after `records_max` records.
  MappingTrace trace(const RawEvent& event, std::size_t records_max) const;

  /// Notices about the samples of the files, one of a kind a file: MAP_UNTESTED without tests,
  /// MAP_NEVER_FILLED for paths that stand in none of its samples, MAP_UNREAD for fields of a sample that no
  /// rule reads, where the file says `unmapped: report`.
  std::vector<Error> notices() const;

  MappingTracer(MappingTracer&&) noexcept;
  MappingTracer& operator=(MappingTracer&&) noexcept;
  ~MappingTracer();

 private:
  MappingTracer();
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace kinhub
