#include "hub/desk/map_try.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "hub/base/mask.hpp"
#include "hub/base/nearest.hpp"
#include "hub/base/time_text.hpp"
#include "hub/desk/json.hpp"
#include "hub/ground/file_events.hpp"
#include "hub/mapping/code_table.hpp"
#include "hub/mapping/source.hpp"
#include "hub/mapping/words.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t all_records = 10'000'000;

std::string masked(const std::string& text, TracedField::Shows shows) {
  switch (shows) {
    case TracedField::Shows::plain:
      return mask_numbers_in(text);
    case TracedField::Shows::name:
      return mask_name(text);
    case TracedField::Shows::number:
      return mask_number(text);
    case TracedField::Shows::words:
      return mask_key(text);
  }
  return "";
}

/// Masks what stands at a place by the strictest of the fields that read it there: a name is none the less
/// one where a code is made of it, too.
void mask(TracedRecord& record) {
  using Shows = TracedField::Shows;
  std::map<std::string, Shows> strictest;
  for (const auto& rule : record.rules)
    for (const auto& field : rule.fields) {
      if (field.field == "key") continue;  // masked itself; a day in it is a day elsewhere
      for (const auto& raw : field.raw) {
        // What a date or a code was read from may be free text: words of people are masked in it, too.
        const auto [at, added] = strictest.try_emplace(raw.place, Shows::words);
        at->second = std::max(at->second, field.shows);
      }
    }
  for (auto& rule : record.rules)
    for (auto& field : rule.fields) {
      field.value = masked(field.value, field.shows);
      // What should be a day or a code and is none may be anything: the error tells its shape.
      const bool anything = field.state == TracedField::State::wrong && field.shows == Shows::plain;
      for (auto& raw : field.raw)
        raw.text =
            anything ? "" : masked(raw.text, field.field == "key" ? field.shows : strictest.at(raw.place));
    }
  // An object's key may be a number or a name.
  for (auto& field : record.unread)
    field = mask_key(field);
}

/// The mapping files to try: those of the source, or those that are named.
Result<std::vector<fs::path>> mapping_files(const Config& config, const SourceConfig* source,
                                            const std::string& named) {
  std::error_code failed;
  if (named.empty()) return MappingTracer::files_in(source->mappings);
  if (fs::is_directory(named, failed)) return MappingTracer::files_in(named);
  // As a path, or by its name: public_security/death.
  for (const auto& file : {fs::path(named), config.directories.mappings / (named + ".yaml")})
    if (fs::is_regular_file(file, failed)) return std::vector{file};
  return Error{"NO_SUCH_MAPPING",
               "neither a mapping file, nor a folder of them, nor a name like public_security/death", named};
}

std::string outcome_of(const TriedEvent& event) {
  if (event.refused) return "rejected";
  bool told = false;
  for (const auto& record : event.records) {
    if (std::holds_alternative<Rejected>(record.outcome)) return "rejected";
    told = told || std::holds_alternative<Mapped>(record.outcome);
  }
  return told ? "mapped" : "filtered";
}

void keep(TriedEvent& event, std::size_t records_max) {
  if (event.records.size() > records_max)
    event.records.erase(event.records.begin() + static_cast<std::ptrdiff_t>(records_max),
                        event.records.end());
}

/// Tries all events and counts their outcomes; keeps the first `records_max` records for display.
MapTryView try_events(const std::vector<Event>& events, const MappingTracer& tracer,
                      std::size_t records_max) {
  MapTryView view;
  auto left = records_max == 0 ? all_records : records_max;
  for (const auto& event : events) {
    if (event.kind == EventKind::coverage) continue;
    auto tried = try_event(event, tracer, all_records);
    ++view.events;
    ++(tried.outcome == "mapped" ? view.mapped : tried.outcome == "filtered" ? view.filtered : view.rejected);
    if (left == 0 || tried.records.size() > left) view.more = true;
    if (left == 0) continue;
    keep(tried, left);
    left -= tried.records.size();
    view.tried.push_back(std::move(tried));
  }
  return view;
}

bool knows(const MapTryView& view) {
  return std::any_of(view.tried.begin(), view.tried.end(), [](const TriedEvent& event) {
    return std::any_of(event.records.begin(), event.records.end(),
                       [](const TracedRecord& record) { return !record.mapping.empty(); });
  });
}

std::variant<MapTryView, std::vector<Error>> try_as(const Config& config, const SourceConfig& source,
                                                    const MapTryQuestion& question, const Clock& clock) {
  const auto files = mapping_files(config, &source, question.mapping);
  if (!files) return std::vector{files.error()};
  auto tracer = MappingTracer::read(*files, config.directories.codes);
  if (auto* problems = std::get_if<std::vector<Error>>(&tracer)) return std::move(*problems);
  const auto events = events_of_files(config, source, question.files, clock);
  if (!events) return std::vector{events.error()};
  auto view = try_events(*events, std::get<MappingTracer>(tracer), question.records_max);
  view.source = source.name;
  return view;
}

Error no_such_source(const Config& config, const std::string& name) {
  std::vector<std::string_view> known;
  for (const auto& one : config.sources)
    if (!one.built_in()) known.push_back(one.name);
  return {"NO_SUCH_SOURCE", "there is no source '" + name + "' with a connector" + did_you_mean(name, known),
          ""};
}

/// Tries all sources: exactly one knows these files, or it has to be said.
std::variant<MapTryView, std::vector<Error>> try_all(const Config& config, const MapTryQuestion& question,
                                                     const Clock& clock) {
  std::vector<MapTryView> knowing;
  std::string names;
  std::optional<std::vector<Error>> problems;
  for (const auto& source : config.sources) {
    if (source.built_in()) continue;
    names += (names.empty() ? "" : ", ") + source.name;
    auto tried = try_as(config, source, question, clock);
    if (auto* wrong = std::get_if<std::vector<Error>>(&tried)) {
      problems = std::move(*wrong);
    } else if (auto& view = std::get<MapTryView>(tried); knows(view)) {
      knowing.push_back(std::move(view));
    }
  }
  if (knowing.size() == 1) return std::move(knowing.front());
  if (knowing.empty() && problems) return std::move(*problems);
  return std::vector{
      Error{"SOURCE_UNCLEAR",
            std::string(knowing.empty() ? "no source's mappings know" : "several sources' mappings know") +
                " these files: say whose they are with --source, one of " + names,
            ""}};
}

}  // namespace

std::variant<MapTryView, std::vector<Error>> try_mappings(const Config& config,
                                                          const MapTryQuestion& question,
                                                          const Clock& clock) {
  for (const auto& file : question.files) {
    std::error_code failed;
    if (!fs::exists(file, failed))
      return std::vector{Error{"NO_SUCH_FILE", "there is no such file or folder", file.string()}};
  }
  const auto* source = config.source(question.source);
  if (!question.source.empty() && (source == nullptr || source->built_in()))
    return std::vector{no_such_source(config, question.source)};
  auto tried = source ? try_as(config, *source, question, clock) : try_all(config, question, clock);
  if (const auto* view = std::get_if<MapTryView>(&tried); view && view->events == 0)
    return std::vector{Error{"NO_EVENTS",
                             "the connector of source '" + view->source +
                                 "' finds nothing to read in these files: are they that source's, and whole?",
                             mask_foreign(question.files.empty() ? "" : question.files.front().string())}};
  if (auto* view = std::get_if<MapTryView>(&tried); view && !question.reveal)
    for (auto& event : view->tried)
      mask_trace(event);
  return tried;
}

TriedEvent try_event(const Event& event, const MappingTracer& tracer, std::size_t records_max) {
  TriedEvent tried;
  tried.origin = mask_foreign(event.origin);
  if (event.kind == EventKind::rejected) {
    tried.refused = Error{event.code, mask_numbers_in(event.detail), mask_foreign(event.place)};
  } else {
    auto trace = tracer.trace({event.body, event.content_type, event.charset}, all_records);
    if (trace.rejected) tried.refused = trace.rejected->error;
    tried.records = std::move(trace.records);
  }
  tried.outcome = outcome_of(tried);  // of all records, also of those that are not kept
  keep(tried, records_max);
  return tried;
}

void mask_trace(TriedEvent& event) {
  for (auto& record : event.records)
    mask(record);
}

namespace {

std::string_view type_word(FieldType type) {
  switch (type) {
    case FieldType::identifier:
      return "identifier";
    case FieldType::name:
      return "name";
    case FieldType::sex:
      return "sex";
    case FieldType::date:
      return "date";
    case FieldType::integer:
      return "whole number";
    case FieldType::code:
      return "code";
    case FieldType::text:
      return "text";
    case FieldType::region:
      return "region";
    case FieldType::area:
      return "area";
    case FieldType::money:
      return "money";
  }
  return "";
}

}  // namespace

MapWords map_words(const Config& config) {
  MapWords words;
  for (const auto format : {Format::xml, Format::json, Format::csv, Format::hl7})
    words.formats.emplace_back(name_of(format));
  for (std::size_t i = 0; i <= static_cast<std::size_t>(EvidenceClass::care_desk); ++i)
    words.evidence.emplace_back(name_of(static_cast<EvidenceClass>(i)));
  for (const auto& helper : mapping_helpers())
    words.helpers.push_back({std::string(helper.name), std::string(helper.use), std::string(helper.gives)});
  for (const auto& kind : fact_kinds()) {
    MapWords::Fact fact{std::string(kind.name), {}};
    for (const auto& field : fields_of(kind.kind))
      fact.fields.push_back({std::string(field.field), std::string(type_word(field.type)),
                             std::string(field.words), field.required});
    words.facts.push_back(std::move(fact));
  }
  for (const auto& [name, table] : read_code_tables(config.directories.codes, words.problems))
    words.tables.push_back({name, table.meanings()});
  return words;
}

namespace {

std::string document(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

std::string_view state_word(TracedField::State state) {
  switch (state) {
    case TracedField::State::set:
      return "set";
    case TracedField::State::missing:
      return "missing";
    case TracedField::State::null:
      return "null";
    case TracedField::State::wrong:
      return "wrong";
  }
  return "";
}

Json json(const TracedField& field) {
  auto raw = Json::array();
  for (const auto& one : field.raw)
    raw.push_back({{"place", one.place}, {"text", text_or_null(one.text)}});
  Json shown = {{"field", field.field},
                {"line", field.line},
                {"state", state_word(field.state)},
                {"value", field.state == TracedField::State::set ? Json(field.value) : Json()},
                {"raw", std::move(raw)}};
  if (field.error) shown["code"] = field.error->code, shown["reason"] = field.error->text;
  if (field.passed_over) shown["passed_over"] = true;
  return shown;
}

Json json(const TracedRule& rule) {
  auto fields = Json::array();
  for (const auto& field : rule.fields)
    fields.push_back(json(field));
  return {{"fact", rule.fact},
          {"line", rule.line},
          {"applies", rule.applies == TracedRule::Applies::unknown
                          ? Json()
                          : Json(rule.applies == TracedRule::Applies::yes)},
          {"fields", std::move(fields)}};
}

Json json(const TracedRecord& record) {
  Json shown = {{"place", record.place},
                {"mapping", text_or_null(record.mapping)},
                {"file", text_or_null(record.file)}};
  if (const auto* mapped = std::get_if<Mapped>(&record.outcome)) {
    auto facts = Json::array();
    for (const auto& fact : mapped->facts)
      facts.push_back({{"fact", name_of(fact.kind)}, {"op", name_of(fact.op)}});
    shown["outcome"] = "mapped", shown["facts"] = std::move(facts);
  } else if (const auto* filtered = std::get_if<Filtered>(&record.outcome)) {
    shown["outcome"] = "filtered", shown["reason"] = filtered->reason;
  } else {
    const auto& rejected = std::get<Rejected>(record.outcome);
    shown["outcome"] = "rejected", shown["code"] = rejected.error.code, shown["reason"] = rejected.error.text;
    shown["at"] = text_or_null(rejected.error.place), shown["field"] = text_or_null(rejected.field);
  }
  auto rules = Json::array();
  for (const auto& rule : record.rules)
    rules.push_back(json(rule));
  shown["rules"] = std::move(rules), shown["unread"] = record.unread;
  return shown;
}

Json json(const TriedEvent& event) {
  auto records = Json::array();
  for (const auto& record : event.records)
    records.push_back(json(record));
  return {{"origin", event.origin},
          {"outcome", event.outcome},
          {"code", event.refused ? Json(event.refused->code) : Json()},
          {"reason", event.refused ? Json(event.refused->text) : Json()},
          {"records", std::move(records)}};
}

}  // namespace

std::string to_json(const EventTraceView& view) {
  return document({{"source", view.source},
                   {"sequence", view.sequence},
                   {"received_at", iso_time(view.received_at_us)},
                   {"event", json(view.event)}});
}

std::string to_json(const MapTryView& view) {
  auto events = Json::array();
  for (const auto& event : view.tried)
    events.push_back(json(event));
  return document({{"source", view.source},
                   {"events", view.events},
                   {"mapped", view.mapped},
                   {"filtered", view.filtered},
                   {"rejected", view.rejected},
                   {"more", view.more},
                   {"tried", std::move(events)}});
}

std::string to_json(const MapDiffView& view) {
  auto sides = Json::array();
  for (const auto& side : view.sides)
    sides.push_back({{"mappings", side.mappings}, {"plan", Json::parse(to_json(side.plan))}});
  return document({{"source", view.source}, {"sides", std::move(sides)}});
}

std::string to_json(const MapWords& words) {
  auto helpers = Json::array(), facts = Json::array(), tables = Json::array();
  for (const auto& helper : words.helpers)
    helpers.push_back({{"name", helper.name}, {"use", helper.use}, {"gives", text_or_null(helper.gives)}});
  for (const auto& fact : words.facts) {
    auto fields = Json::array();
    for (const auto& field : fact.fields)
      fields.push_back({{"field", field.name},
                        {"type", field.type},
                        {"needed", field.needed},
                        {"words", text_or_null(field.words)}});
    facts.push_back({{"fact", fact.name}, {"fields", std::move(fields)}});
  }
  for (const auto& table : words.tables)
    tables.push_back({{"table", table.name}, {"meanings", table.meanings}});
  return document({{"formats", words.formats},
                   {"evidence", words.evidence},
                   {"helpers", std::move(helpers)},
                   {"facts", std::move(facts)},
                   {"tables", std::move(tables)}});
}

}  // namespace kinhub
