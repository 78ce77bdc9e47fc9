#pragma once
// Workbench of mappings: captured files tried against mappings without a hub, and the words that mappings may
// use. Reads only; opens no store and no log.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/clock.hpp"
#include "hub/config/config.hpp"
#include "hub/desk/requests.hpp"
#include "hub/stream/event.hpp"

namespace kinhub {

struct MapTryQuestion {
  std::vector<std::filesystem::path> files;
  std::string source;   ///< whose files they are; empty: the one whose mappings know them
  std::string mapping;  ///< a mapping file or a folder of them, in place of those of the source; or empty
  std::size_t records_max = 20;  ///< that are traced; 0: all
  bool reveal = false;           ///< values as they stand in the files; else masked by class
};

struct MapTryView {
  std::string source;
  std::size_t events = 0, mapped = 0, filtered = 0, rejected = 0;
  bool more = false;  ///< there are further records than were traced
  std::vector<TriedEvent> tried;
};
/// Errors: NO_SUCH_SOURCE, SOURCE_UNCLEAR, NO_SUCH_MAPPING, NO_SUCH_FILE, and those of mappings and
/// connectors.
std::variant<MapTryView, std::vector<Error>> try_mappings(const Config& config,
                                                          const MapTryQuestion& question, const Clock& clock);

/// Plans of reading the stored events of a source anew, by one or two sets of mappings.
struct MapDiffView {
  std::string source;
  struct Side {
    std::string mappings;  ///< as named
    RemapView plan;
  };
  std::vector<Side> sides;  ///< the new ones last
};

/// The words that mapping files may use, from the tables that the reader itself uses.
struct MapWords {
  struct Helper {
    std::string name, use, gives;
  };
  struct Field {
    std::string name, type, words;
    bool needed = false;
  };
  struct Fact {
    std::string name;
    std::vector<Field> fields;
  };
  struct Table {
    std::string name;
    std::vector<std::string> meanings;
  };
  std::vector<std::string> formats, evidence;
  std::vector<Helper> helpers;
  std::vector<Fact> facts;
  std::vector<Table> tables;
  std::vector<Error> problems;  ///< of the code tables
};
MapWords map_words(const Config& config);

/// Traces one event, at most `records_max` records of it; not masked.
TriedEvent try_event(const Event& event, const MappingTracer& tracer, std::size_t records_max);
/// Masks values and raw texts by their class.
void mask_trace(TriedEvent& event);

std::string to_json(const MapTryView& view);
std::string to_json(const MapDiffView& view);
std::string to_json(const EventTraceView& view);
std::string to_json(const MapWords& words);

}  // namespace kinhub
