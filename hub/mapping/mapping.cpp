#include "hub/mapping/mapping.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "hub/base/secrets.hpp"
#include "hub/base/version.hpp"
#include "hub/mapping/compiled.hpp"

namespace kinhub {

bool uses(const Path& path, const std::string& field, Format format) {
  if (format == Format::hl7) return path.segment + "-" + std::to_string(path.field) == field;
  if (path.absolute) return false;
  std::string name;
  for (const auto& step : path.steps) {
    if (!name.empty()) name += format == Format::xml ? "/" : ".";
    name += step.name;
    if (format == Format::json && step.index > 0) name += "[" + std::to_string(step.index - 1) + "]";
  }
  return name == field;
}

namespace {

/// The one file of the group that fits the record; null when none does, rejected when two do.
std::variant<const MappingFile*, Rejected> choose_mapping(const MappingGroup& group, const Document& document,
                                                          RecordIndex record, const Overlay* overlay) {
  const MappingFile* chosen = nullptr;
  for (const auto* file : group.files) {
    if (file->when) {
      std::array<std::byte, 512> space;
      std::pmr::monotonic_buffer_resource arena(space.data(), space.size());
      Scope scope{document, record, arena, overlay, {}};
      bool failed = false;
      const bool fits = holds(*file->when, scope, failed);
      if (failed && scope.error.code != "CSV_COLUMN_MISSING")
        return Rejected{std::move(scope.error), file->name, "from"};
      if (!fits) continue;
    }
    if (chosen != nullptr)
      return Rejected{{"AMBIGUOUS_MAPPING",
                       "two mappings fit this record, " + chosen->name + " and " + file->name +
                           ": make their 'when' exclude each other",
                       document.place(record)},
                      chosen->name,
                      {}};
    chosen = file;
  }
  return chosen;
}

std::string digest_of_rules(const std::vector<std::unique_ptr<MappingFile>>& files,
                            const std::filesystem::path& codes) {
  std::string all = std::string(program_version()) + "\n";
  for (const auto& file : files)
    all += sha256_hex(file->text) + " " + file->name + "\n";
  std::vector<std::filesystem::path> tables;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(codes, none))
    if (entry.path().extension() == ".csv") tables.push_back(entry.path());
  std::sort(tables.begin(), tables.end());
  for (const auto& table : tables) {
    std::ifstream in(table, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    all += sha256_hex(text) + " " + table.filename().string() + "\n";
  }
  return sha256_hex(all);
}

}  // namespace

MappingSet::MappingSet() : compiled_(std::make_unique<Compiled>()) {}
MappingSet::MappingSet(MappingSet&&) noexcept = default;
MappingSet& MappingSet::operator=(MappingSet&&) noexcept = default;
MappingSet::~MappingSet() = default;

std::variant<MappingSet, std::vector<Error>> MappingSet::read(const std::filesystem::path& folder,
                                                              const std::filesystem::path& codes) {
  std::vector<Error> errors;
  MappingSet set;
  auto& compiled = *set.compiled_;
  compiled.tables = read_code_tables(codes, errors);
  std::vector<std::filesystem::path> paths;
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator(folder, unreadable))
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
  if (unreadable)
    errors.push_back(
        {"MAP_FOLDER", "the folder of mappings cannot be read: " + unreadable.message(), folder.string()});
  else if (paths.empty())
    errors.push_back({"MAP_FOLDER", "there is no *.yaml in this folder: a source needs at least one mapping",
                      folder.string()});
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    auto file = read_mapping_file(path, compiled.tables, errors);
    if (file) compiled.files.push_back(std::move(file));
  }
  if (!errors.empty()) return errors;
  compiled.digest = digest_of_rules(compiled.files, codes);
  for (auto& file : compiled.files) {
    share_repeated(*file);
    file->collect();
    auto group = std::find_if(compiled.groups.begin(), compiled.groups.end(), [&](const MappingGroup& g) {
      return g.format == file->format && g.each.text == file->each.text;
    });
    if (group == compiled.groups.end()) {
      compiled.groups.push_back(
          {file->format, file->each, file->format == Format::json && file->each.text == "$", {}});
      group = compiled.groups.end() - 1;
    }
    group->files.push_back(file.get());
  }
  return set;
}

Outcome MappingSet::apply(const RawEvent& event) const {
  return compiled_->apply(event, nullptr);
}

Outcome MappingSet::Compiled::apply(const RawEvent& event, const Overlay* overlay,
                                    const EachRecord& each) const {
  auto format = format_of_content(event.content_type);
  if (!format)
    return Rejected{{"FORMAT_UNKNOWN",
                     "the content type of this event is none that mappings read (XML, JSON, CSV, HL7 v2): "
                     "set it in the connector",
                     {}},
                    {},
                    {}};
  auto opened = open_document(*format, event);
  if (!opened) return Rejected{opened.error(), {}, {}};
  auto& document = **opened;

  Mapped mapped;
  std::optional<Filtered> filtered;
  std::optional<Rejected> unmatched, unmatched_whole;
  bool place_found = false;
  for (const auto& group : groups) {
    if (group.format != *format) continue;
    auto records = document.records(group.each);
    if (!records) continue;
    if (!group.whole_document) place_found = true;
    for (auto record : *records) {
      auto choice = choose_mapping(group, document, record, overlay);
      if (auto* rejected = std::get_if<Rejected>(&choice)) return std::move(*rejected);
      const auto* chosen = std::get<const MappingFile*>(choice);
      if (chosen == nullptr) {
        auto& target = group.whole_document ? unmatched_whole : unmatched;
        if (!target)
          target =
              Rejected{{"NO_MAPPING",
                        "no mapping of this source fits this record: write one, or one that filters it with "
                        "a reason",
                        document.place(record)},
                       {},
                       {}};
        continue;
      }
      auto outcome = map_record(*chosen, document, record, overlay);
      if (auto* rejected = std::get_if<Rejected>(&outcome)) return std::move(*rejected);
      if (auto* reason = std::get_if<Filtered>(&outcome)) {
        if (!filtered) filtered = std::move(*reason);
      } else {
        auto& of_record = std::get<Mapped>(outcome);
        if (each) each(*chosen, document, record, of_record);
        for (auto& fact : of_record.facts)
          mapped.facts.push_back(std::move(fact));
        mapped.origins.insert(mapped.origins.end(), of_record.origins.begin(), of_record.origins.end());
      }
    }
  }
  if (unmatched) return std::move(*unmatched);
  if (!mapped.facts.empty()) return mapped;
  if (filtered) return std::move(*filtered);
  if (place_found) return Filtered{{}, "the message holds no record"};
  if (unmatched_whole) return std::move(*unmatched_whole);
  return Rejected{
      {"NO_MAPPING",
       "no mapping of this source knows a message of this shape: write one, or one that filters it "
       "with a reason",
       {}},
      {},
      {}};
}

const std::string& MappingSet::digest() const {
  return compiled_->digest;
}

bool MappingSet::gone_when_missing(std::string_view name) const {
  return std::any_of(compiled_->files.begin(), compiled_->files.end(),
                     [&](const auto& file) { return file->name == name && file->gone_when_missing; });
}

std::string MappingSet::read_around(const RawEvent& event, std::string_view head,
                                    std::string_view tail) const {
  auto whole = std::string(head).append("\n").append(tail);
  const auto format = format_of_content(event.content_type);
  if (!format || *format == Format::csv || *format == Format::hl7) return whole;
  const auto opened = open_document(*format, event);
  if (!opened) return whole;
  const auto& document = **opened;
  std::string around;
  for (const auto& group : compiled_->groups) {
    if (group.format != *format) continue;
    const auto records = (*opened)->records(group.each);
    around += records ? "there\n" : "not there\n";
    if (!records || records->empty()) continue;
    for (const auto* file : group.files)
      for (const auto* path : file->paths) {
        if (!path->absolute) continue;
        std::pmr::monotonic_buffer_resource arena;
        Error unreadable;
        const auto value = document.read(*path, records->front(), arena, unreadable);
        around.append(path->text).append("=").append(std::to_string(static_cast<int>(value.state)));
        around.append(std::to_string(value.text.size())).append(":").append(value.text).append("\n");
      }
  }
  return around;
}

std::vector<std::string> MappingSet::names() const {
  std::vector<std::string> names;
  for (const auto& file : compiled_->files)
    names.push_back(file->name);
  return names;
}

std::vector<MappingText> MappingSet::texts() const {
  std::vector<MappingText> texts;
  for (const auto& file : compiled_->files)
    texts.push_back({file->name, file->digest, file->text});
  return texts;
}

std::vector<MappingSet::RawValue> MappingSet::raw_values(const RawEvent& event, std::size_t fact_index,
                                                         std::string_view field) const {
  std::vector<RawValue> values;
  std::size_t before = 0;
  auto each = [&](const MappingFile& file, const Document& document, RecordIndex record,
                  const Mapped& mapped) {
    const auto first = std::exchange(before, before + mapped.facts.size());
    if (fact_index < first || fact_index >= before) return;
    const auto line = mapped.origins[fact_index - first].line;
    for (const auto& rule : file.facts) {
      if (rule.line != line) continue;
      for (const auto& setting : rule.set) {
        if (setting.field != field) continue;
        std::vector<const Path*> paths;
        collect_paths(setting.value, paths);
        for (const auto* path : paths) {
          std::pmr::monotonic_buffer_resource arena;
          Error unreadable;
          const auto value = document.read(*path, record, arena, unreadable);
          RawValue raw{document.place(*path, record), std::string(value.text)};
          const bool named = std::any_of(values.begin(), values.end(),
                                         [&](const RawValue& one) { return one.place == raw.place; });
          if (value.state == SourceValue::State::text && !named) values.push_back(std::move(raw));
        }
      }
    }
  };
  compiled_->apply(event, nullptr, each);
  return values;
}

std::vector<std::string> MappingSet::unmapped(const RawEvent& event) const {
  std::set<std::string> fields;
  auto format = format_of_content(event.content_type);
  if (!format) return {};
  auto opened = open_document(*format, event);
  if (!opened) return {};
  auto& document = **opened;
  for (const auto& group : compiled_->groups) {
    if (group.format != *format) continue;
    auto records = document.records(group.each);
    if (!records) continue;
    for (auto record : *records)
      for (const auto* file : group.files) {
        std::pmr::monotonic_buffer_resource arena;
        Scope scope{document, record, arena, nullptr, {}};
        bool failed = false;
        if (!file->report_unmapped || (file->when && !holds(*file->when, scope, failed))) continue;
        for (const auto& field : document.fields(record))
          if (std::none_of(file->paths.begin(), file->paths.end(),
                           [&](const Path* path) { return uses(*path, field, *format); }))
            fields.insert(field);
      }
  }
  return {fields.begin(), fields.end()};
}

void MappingFile::collect() {
  paths.clear();
  std::vector<const Path*> all;
  if (when) collect_paths(*when, all);
  for (const auto& rule : filters)
    if (rule.when) collect_paths(*rule.when, all);
  for (const auto& rule : requirements)
    collect_paths(rule.that, all);
  for (const auto& rule : facts) {
    if (rule.when) collect_paths(*rule.when, all);
    if (rule.op.condition) collect_paths(*rule.op.condition, all);
    if (rule.later.condition) collect_paths(*rule.later.condition, all);
    if (rule.absence.condition) collect_paths(*rule.absence.condition, all);
    for (const auto& part : rule.key)
      collect_paths(part, all);
    collect_paths(rule.version, all);
    for (const auto& setting : rule.set)
      collect_paths(setting.value, all);
  }
  std::unordered_set<std::string_view> seen;
  for (const auto* path : all)
    if (seen.insert(path->text).second) paths.push_back(path);
  if (format != Format::json || each.text != "$") return;  // a flattened change is a document of its own
  deleted_mark = *compile_path(Format::json, "__deleted");
  reads_deleted_mark = std::any_of(paths.begin(), paths.end(),
                                   [&](const Path* path) { return path->text == deleted_mark->text; });
}

}  // namespace kinhub
