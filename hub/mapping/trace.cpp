#include "hub/mapping/trace.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "hub/mapping/compiled.hpp"

namespace kinhub {

struct MappingTracer::Compiled {
  CodeTables tables;
  std::vector<std::unique_ptr<MappingFile>> files;
};

namespace {

namespace fs = std::filesystem;

TracedField::Shows shows(const Slot& slot) {
  using Shows = TracedField::Shows;
  switch (slot.member) {
    case Slot::Member::identifier:
    case Slot::Member::former:
      return Shows::number;
    case Slot::Member::name:
      return Shows::name;
    case Slot::Member::sex:
    case Slot::Member::born:
      return Shows::plain;
    case Slot::Member::field:
      break;
  }
  const auto& field = traits_of(slot.field);
  switch (field.privacy) {
    case Privacy::name:
      return Shows::name;
    case Privacy::number:
    case Privacy::contact:
      return Shows::number;
    case Privacy::plain:
      return field.type == FieldType::text ? Shows::words : Shows::plain;
  }
  return Shows::number;
}

std::string text_of(const Expression& expression, const Value& value) {
  if (expression.type == ValueType::date) return value.date.text();
  if (expression.type == ValueType::boolean) return value.flag ? "true" : "false";
  return std::string(value.text);
}

std::vector<MappingSet::RawValue> raw_of(const Expression& expression, const Scope& scope) {
  std::vector<const Path*> paths;
  collect_paths(expression, paths);
  std::vector<MappingSet::RawValue> raw;
  for (const auto* path : paths) {
    Error unreadable;
    const auto value = scope.document.read(*path, scope.record, scope.arena, unreadable);
    MappingSet::RawValue one{scope.document.place(*path, scope.record), std::string(value.text)};
    const bool named =
        std::any_of(raw.begin(), raw.end(), [&](const auto& known) { return known.place == one.place; });
    if (value.state == SourceValue::State::text && !named) raw.push_back(std::move(one));
  }
  return raw;
}

TracedField traced(const std::string& field, std::uint32_t line, const Expression& expression, Scope& scope) {
  TracedField traced;
  traced.field = field, traced.line = line, traced.raw = raw_of(expression, scope);
  const auto value = evaluate(expression, scope);
  using State = TracedField::State;
  switch (value.state) {
    case Value::State::missing:
      traced.state = State::missing;
      break;
    case Value::State::null:
      traced.state = State::null;
      break;
    case Value::State::present:
      traced.state = State::set, traced.value = text_of(expression, value);
      break;
    case Value::State::failed:
      traced.state = State::wrong, traced.error = std::move(scope.error);
      break;
  }
  return traced;
}

TracedRule traced(const FactRule& rule, const FieldLines& lines, Scope& scope) {
  TracedRule traced_rule;
  traced_rule.fact = name_of(rule.kind), traced_rule.line = rule.line;
  bool failed = false;
  const bool fits = !rule.when || holds(*rule.when, scope, failed);
  using Applies = TracedRule::Applies;
  traced_rule.applies = failed ? Applies::unknown : fits ? Applies::yes : Applies::no;
  if (traced_rule.applies != Applies::yes) return traced_rule;
  auto& fields = traced_rule.fields;
  for (const auto& part : rule.key) {
    fields.push_back(traced("key", rule.line, part, scope));
    fields.back().shows = TracedField::Shows::number;  // an agency may make a key of anything
  }
  fields.push_back(traced("version", rule.line, rule.version, scope));
  for (const auto& setting : rule.set) {
    const auto line = lines.find(rule.line, setting.field);
    fields.push_back(
        traced(setting.field, line ? static_cast<std::uint32_t>(*line) : rule.line, setting.value, scope));
    fields.back().shows = shows(setting.slot);
    fields.back().passed_over = setting.null_on_error && fields.back().error.has_value();
  }
  return traced_rule;
}

/// The files that fit a record: one, if all is well.
std::vector<const MappingFile*> fitting(const std::vector<const MappingFile*>& files,
                                        const Document& document, RecordIndex record,
                                        const Overlay* overlay) {
  std::vector<const MappingFile*> found;
  for (const auto* file : files) {
    std::pmr::monotonic_buffer_resource arena;
    Scope scope{document, record, arena, overlay, {}};
    bool failed = false;
    if (!file->when || holds(*file->when, scope, failed)) found.push_back(file);
  }
  return found;
}

std::vector<std::string> unread_fields(const MappingFile& file, const Document& document,
                                       RecordIndex record) {
  std::vector<std::string> unread;
  if (!file.report_unmapped) return unread;
  for (const auto& field : document.fields(record))
    if (std::none_of(file.paths.begin(), file.paths.end(),
                     [&](const Path* path) { return uses(*path, field, file.format); }))
      unread.push_back(field);
  return unread;
}

TracedRecord traced(const std::vector<const MappingFile*>& files, const Document& document,
                    RecordIndex record) {
  TracedRecord traced_record;
  traced_record.place = document.place(record);
  const auto fits = fitting(files, document, record, nullptr);
  if (fits.size() != 1) {
    Error error{"NO_MAPPING", "no mapping fits this record: write one, or one that filters it with a reason",
                traced_record.place};
    if (fits.size() > 1)
      error = {"AMBIGUOUS_MAPPING",
               "two mappings fit this record, " + fits[0]->name + " and " + fits[1]->name +
                   ": make their 'when' exclude each other",
               traced_record.place};
    traced_record.outcome = Rejected{std::move(error), {}, {}};
    return traced_record;
  }
  const auto& file = *fits.front();
  traced_record.mapping = file.name, traced_record.file = file.place;
  traced_record.outcome = map_record(file, document, record, nullptr);
  traced_record.unread = unread_fields(file, document, record);
  if (std::holds_alternative<Filtered>(traced_record.outcome)) return traced_record;
  const FieldLines lines(file.text);
  for (const auto& rule : file.facts) {
    std::pmr::monotonic_buffer_resource arena;
    Scope scope{document, record, arena, nullptr, {}};
    traced_record.rules.push_back(traced(rule, lines, scope));
  }
  return traced_record;
}

/// Groups of files that read the same records, in the order of the files.
std::vector<std::vector<const MappingFile*>> groups_of(const std::vector<std::unique_ptr<MappingFile>>& files,
                                                       Format format) {
  std::vector<std::vector<const MappingFile*>> groups;
  for (const auto& file : files) {
    if (file->format != format) continue;
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& known) {
      return known.front()->each.text == file->each.text;
    });
    if (group == groups.end())
      groups.push_back({file.get()});
    else
      group->push_back(file.get());
  }
  return groups;
}

bool whole_document(const MappingFile& file) {
  return file.format == Format::json && file.each.text == "$";
}

/// Line of the rule that reads a path; 1 where no rule of a fact does.
std::uint32_t line_of(const MappingFile& file, const FieldLines& lines, const std::string& path) {
  const auto reads = [&](const Expression& expression) {
    std::vector<const Path*> paths;
    collect_paths(expression, paths);
    return std::any_of(paths.begin(), paths.end(), [&](const Path* one) { return one->text == path; });
  };
  for (const auto& rule : file.facts) {
    for (const auto& setting : rule.set)
      if (reads(setting.value))
        return static_cast<std::uint32_t>(lines.find(rule.line, setting.field).value_or(1));
    if ((rule.when && reads(*rule.when)) || (rule.op.condition && reads(*rule.op.condition)))
      return rule.line;
  }
  return 1;
}

std::uint32_t line_beginning(const std::string& text, std::string_view with) {
  std::uint32_t line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    if (std::string_view(text).substr(at).starts_with(with)) return line;
    const auto end = text.find('\n', at);
    if (end == std::string::npos) break;
    at = end + 1;
  }
  return 1;
}

std::string at(const MappingFile& file, std::uint32_t line) {
  return file.place + ":" + std::to_string(line) + ":1";
}

void add(std::string& list, const std::string& item) {
  list += (list.empty() ? "" : ", ") + item;
}

/// What the samples of a file hold: the paths that were ever filled, and the fields that nothing reads.
struct Samples {
  std::set<std::string> filled, unread;
};

Samples samples_of(const MappingFile& file) {
  Samples found;
  for (const auto& test : file.tests) {
    for (const auto& [path, value] : test.replace)
      if (value.state == SourceValue::State::text) found.filled.insert(path);
    const auto opened = open_document(file.format, {test.body, {}, test.charset});
    if (!opened) continue;
    auto& document = **opened;
    const auto records = document.records(file.each);
    for (const auto record : records.value_or(std::vector<RecordIndex>())) {
      if (fitting({&file}, document, record, test.replace.empty() ? nullptr : &test.replace).empty())
        continue;
      for (const auto* path : file.paths) {
        std::pmr::monotonic_buffer_resource arena;
        Error unreadable;
        const auto state = document.read(*path, record, arena, unreadable).state;
        // A fault is something that stands there, too: a repeated field.
        if (state == SourceValue::State::text || state == SourceValue::State::fault)
          found.filled.insert(path->text);
      }
      for (const auto& field : unread_fields(file, document, record))
        found.unread.insert(field);
    }
  }
  return found;
}

}  // namespace

MappingTracer::MappingTracer() : compiled_(std::make_unique<Compiled>()) {}
MappingTracer::MappingTracer(MappingTracer&&) noexcept = default;
MappingTracer& MappingTracer::operator=(MappingTracer&&) noexcept = default;
MappingTracer::~MappingTracer() = default;

std::variant<MappingTracer, std::vector<Error>> MappingTracer::read(const std::vector<fs::path>& files,
                                                                    const fs::path& codes) {
  std::vector<Error> errors;
  MappingTracer tracer;
  auto& compiled = *tracer.compiled_;
  compiled.tables = read_code_tables(codes, errors);
  for (const auto& file : files)
    if (auto read = read_mapping_file(file, compiled.tables, errors)) {
      read->collect();
      compiled.files.push_back(std::move(read));
    }
  if (!errors.empty()) return errors;
  return tracer;
}

std::vector<fs::path> MappingTracer::files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator(folder, unreadable))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

MappingTrace MappingTracer::trace(const RawEvent& event, std::size_t records_max) const {
  MappingTrace trace;
  const auto format = format_of_content(event.content_type);
  if (!format) {
    trace.rejected =
        Rejected{{"FORMAT_UNKNOWN",
                  "the content type of this event is none that mappings read (XML, JSON, CSV, HL7 v2)",
                  {}},
                 {},
                 {}};
    return trace;
  }
  const auto opened = open_document(*format, event);
  if (!opened) {
    trace.rejected = Rejected{opened.error(), {}, {}};
    return trace;
  }
  auto& document = **opened;
  bool place_found = false;
  std::vector<TracedRecord> whole_unmatched;
  for (const auto& group : groups_of(compiled_->files, *format)) {
    const auto records = document.records(group.front()->each);
    if (!records) continue;
    const bool whole = whole_document(*group.front());
    if (!whole) place_found = true;
    for (const auto record : *records) {
      if (trace.records.size() >= records_max) return trace;
      auto one = traced(group, document, record);
      auto& target = whole && one.mapping.empty() ? whole_unmatched : trace.records;
      target.push_back(std::move(one));
    }
  }
  if (!place_found && trace.records.empty()) trace.records = std::move(whole_unmatched);
  if (!place_found && trace.records.empty())
    trace.rejected = Rejected{
        {"NO_MAPPING",
         "no mapping here knows a message of this shape: write one, or one that filters it with a reason",
         {}},
        {},
        {}};
  return trace;
}

std::vector<Error> MappingTracer::notices() const {
  std::vector<Error> notices;
  for (const auto& file : compiled_->files) {
    if (file->tests.empty()) {
      notices.push_back({"MAP_UNTESTED",
                         "the file has no tests: nothing shows that its paths are those of the source",
                         at(*file, 1)});
      continue;
    }
    const auto samples = samples_of(*file);
    const FieldLines lines(file->text);
    std::map<std::uint32_t, std::string> never;  // by line: the first is the place of all
    for (const auto* path : file->paths)
      if (!samples.filled.contains(path->text)) add(never[line_of(*file, lines, path->text)], path->text);
    std::string names, unread;
    for (const auto& [line, paths] : never)
      names += (names.empty() ? "" : "; ") + std::string("line ") + std::to_string(line) + ": " + paths;
    for (const auto& field : samples.unread)
      add(unread, field);
    if (!never.empty())
      notices.push_back({"MAP_NEVER_FILLED",
                         "no sample of this file ever fills these paths, so nothing shows that they are the "
                         "source's names (" +
                             names + "): give a test a sample, or a 'replace', that holds them",
                         at(*file, never.begin()->first)});
    if (!unread.empty())
      notices.push_back({"MAP_UNREAD",
                         "the samples hold fields that no rule reads (unmapped: report): " + unread,
                         at(*file, line_beginning(file->text, "unmapped:"))});
  }
  return notices;
}

}  // namespace kinhub
