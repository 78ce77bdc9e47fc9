#pragma once
// The mapping stage: one event's bytes -> facts, or filtered, or rejected.
// Pure: no clock, no state, no files after reading.

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "hub/base/result.hpp"
#include "hub/record/fact.hpp"

namespace kinhub {

/// An event as the mapping sees it. Views are read during the call only.
struct RawEvent {
  std::string_view body;
  std::string_view content_type;
  std::string_view charset;  ///< as declared; an unknown one is rejected, never guessed
};

struct Mapped {
  std::vector<Fact> facts;          ///< at least one
  std::vector<RuleOrigin> origins;  ///< of each fact
};
/// The mapping knows this message and says that it changes nothing
/// (a re-issued certificate, an acknowledgement).
struct Filtered {
  std::string mapping;  ///< public_security/death
  std::string reason;   ///< as the mapping file says it
};
/// Could not be read: nothing of it is in the record. Error::place is native to the format:
/// /root/body/RECORD/GMSFHM, PID-3.1, data.cxjg[0].op_date, column CSRQ. `field` is the canonical target or
/// empty. Values are masked.
struct Rejected {
  Error error;
  std::string mapping;
  std::string field;
};
using Outcome = std::variant<Mapped, Filtered, Rejected>;

/// A mapping file as text, kept by whoever stores facts so that their origins can be told when it has
/// changed.
struct MappingText {
  std::string name;          ///< public_security/death
  std::uint64_t digest = 0;  ///< of the text, never 0
  std::string text;
};
/// Index of a mapping file's text: on which line each rule sets each field, and says what its absence means.
class FieldLines {
 public:
  explicit FieldLines(const std::string& text);
  /// The line, from 1, on which the rule that begins on `fact_line` sets this field; nothing when it does
  /// not.
  std::optional<int> find(std::uint32_t fact_line, const std::string& field) const;
  /// The line of what the rule says of its absence; nothing when it says nothing.
  std::optional<int> of_absence(std::uint32_t fact_line) const;

 private:
  std::map<std::pair<std::uint32_t, std::string>, int> lines_;
  std::map<std::uint32_t, int> absences_;
};

/// All mapping files of one source, compiled. Immutable: safe from any thread.
class MappingSet {
 public:
  /// Reads every *.yaml of `folder` (one file per message type) and the code tables of `codes`. All problems
  /// of all files are found, each with file:line:column.
  static std::variant<MappingSet, std::vector<Error>> read(const std::filesystem::path& folder,
                                                           const std::filesystem::path& codes);

  /// Dispatches each record to the one file whose `from` fits; none: rejected NO_MAPPING; several: rejected
  /// AMBIGUOUS_MAPPING.
  /// A body that holds several records gives the facts of all; one bad record rejects the whole body.
  Outcome apply(const RawEvent& event) const;

  /// Runs the tests in the files; what failed, with place, expected and found. Empty: all passed.
  struct TestReport {
    std::size_t passed = 0;
    std::vector<Error> failed;
  };
  TestReport test() const;

  /// Source fields of the event that hold something and that no rule reads, where the fitting mapping says
  /// `unmapped: report`: what `kinhub map check` shows so that a new field of an agency is noticed.
  std::vector<std::string> unmapped(const RawEvent& event) const;

  /// What the files read around the record itself (its head, as text: the values at their absolute paths, and
  /// of CSV the line of names): two records of the same bytes with the same of it are mapped alike. Without a
  /// record's place in the body, or where the document cannot be read, all that stands around it.
  std::string read_around(const RawEvent& event, std::string_view head, std::string_view tail) const;
  /// Digest of all that an outcome depends on beside the event: the files, the code tables, the program.
  const std::string& digest() const;
  /// Whether a record that a whole snapshot holds no more is gone, by the word of this file
  /// (missing_from_snapshot: gone).
  bool gone_when_missing(std::string_view name) const;

  /// Names of the mapping files read, in order.
  std::vector<std::string> names() const;
  /// The mapping files read, in order of name.
  std::vector<MappingText> texts() const;

  /// The source's own words for one field of the fact that this event gave at `fact_index`: each place that
  /// the rule of the field reads, with the text that stands there. Empty when the event gives no such fact
  /// now.
  struct RawValue {
    std::string place, text;
  };
  std::vector<RawValue> raw_values(const RawEvent& event, std::size_t fact_index,
                                   std::string_view field) const;

  MappingSet(MappingSet&&) noexcept;
  MappingSet& operator=(MappingSet&&) noexcept;
  ~MappingSet();

 private:
  MappingSet();
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace kinhub
