#pragma once
// The compiled form of a mapping file: everything resolved at load,
// no look-ups per event. Private to this folder.

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hub/mapping/code_table.hpp"
#include "hub/mapping/expression.hpp"
#include "hub/mapping/mapping.hpp"

namespace kinhub {

/// Where in a Fact a canonical field lives.
struct Slot {
  enum class Member : std::uint8_t {
    identifier,
    former,
    name,
    sex,
    born,  // of a mention
    field  // of the fact itself
  } member{};
  Role role = Role::person;
  IdentifierKind identifier = IdentifierKind::citizen_number;
  FactField field{};
};
/// The slot of a field of fields_of(); nothing for a field this folder does not know yet.
std::optional<Slot> slot_of(std::string_view field);

/// The plain writing of a field of a fact, for tests in mapping files; nothing when it is not set.
std::optional<std::string> text_of_field(const Fact& fact, std::string_view field);

struct FieldSetting {
  std::string field;
  Slot slot;
  Expression value;
  bool null_on_error = false;
};

struct OpRule {
  Op otherwise = Op::assert_;
  std::optional<Expression> condition;
  Op then = Op::assert_;
};

/// What a later version of a key means for the states told before it: that they were wrong, or that they
/// ended.
struct LaterRule {
  bool succeeds = false;  ///< whether it does, or where `condition` holds
  std::optional<Expression> condition;
};

/// What it means for the facts told before that the rule does not fit a later message of the record. By
/// itself nothing: a message may leave out what is still so.
struct AbsenceRule {
  enum class Meaning : std::uint8_t { unknown, retracts, ends } otherwise = Meaning::unknown;
  std::optional<Expression> condition;
  Meaning then = Meaning::unknown;
  /// Index of the rule that tells a fact of every such record, of the same person: an absence names whom it
  /// does.
  std::size_t beside = 0;

  bool may_tell() const { return otherwise != Meaning::unknown || (condition && then != Meaning::unknown); }
};

struct FactRule {
  FactKind kind{};
  std::uint32_t line = 0;  ///< of its `fact:` in the file, from 1
  EvidenceClass evidence{};
  OpRule op;
  LaterRule later;
  AbsenceRule absence;
  std::optional<Expression> when;
  std::vector<Expression> key;
  Expression version;
  std::vector<FieldSetting> set;
  std::vector<std::string> required;
};

struct FilterRule {
  std::optional<Expression> when;
  std::string reason;
};

struct Requirement {
  Expression that;
  std::string code, text;
};

/// A test that stands in a mapping file.
struct TestCase {
  std::string name, place;
  std::string body, charset;
  Overlay replace;
  std::map<std::string, std::string> replaced_texts;  ///< keeps the texts of `replace`
  bool exact = false;                                 ///< expect is a list: as many facts, in this order
  std::vector<std::vector<std::pair<std::string, std::string>>> expect;
  std::optional<std::string> filter;  ///< its reason; empty: any
  std::optional<std::string> reject_code, reject_field;
};

struct MappingFile {
  std::string text;          ///< the whole file
  std::uint64_t digest = 0;  ///< of the text
  std::string name;          ///< public_security/death
  std::string place;         ///< the file's path
  Format format{};
  Path each;
  std::optional<Expression> when;
  std::vector<FilterRule> filters;
  std::vector<Requirement> requirements;
  std::vector<FactRule> facts;
  bool report_unmapped = false;
  bool gone_when_missing = false;  ///< from a whole snapshot
  std::vector<TestCase> tests;
  std::vector<const Path*> paths;  ///< all it reads, each once
  std::optional<Path>
      deleted_mark;  ///< of whole JSON documents: where a flattened change says that the row is gone
  bool reads_deleted_mark = false;

  void collect();  ///< fills `paths`; the file must not move afterwards
};

/// The files that read the same records: one of them must fit each.
struct MappingGroup {
  Format format{};
  Path each;
  bool whole_document = false;
  std::vector<const MappingFile*> files;
};

struct MappingSet::Compiled {
  CodeTables tables;
  std::vector<std::unique_ptr<MappingFile>> files;
  std::vector<MappingGroup> groups;
  std::string digest;  ///< of files, code tables and program

  /// Calls `each` with the file and record of every record that is mapped, before its facts are counted.
  using EachRecord = std::function<void(const MappingFile&, const Document&, RecordIndex, const Mapped&)>;
  Outcome apply(const RawEvent& event, const Overlay* overlay, const EachRecord& each = {}) const;
};

/// Marks the expressions that stand at several places of the file's rules, so that each is evaluated once a
/// record; those with a name (`let`) among them.
void share_repeated(MappingFile& file);

/// Reads one file; all that is wrong is added to `errors`.
std::unique_ptr<MappingFile> read_mapping_file(const std::filesystem::path& file, const CodeTables& tables,
                                               std::vector<Error>& errors);

/// Whether a path reads this field, as Document::fields names it.
bool uses(const Path& path, const std::string& field, Format format);

/// What one record comes to under one mapping.
Outcome map_record(const MappingFile& file, const Document& document, RecordIndex record,
                   const Overlay* overlay);

}  // namespace kinhub
