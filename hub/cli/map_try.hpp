#pragma once
// Command handlers of the workbench of mappings: `map try`, `map words`, `map watch`.

#include "hub/cli/context.hpp"
#include "hub/desk/map_try.hpp"

namespace kinhub::cli {

Exit map_try(const Context& context, MapTryQuestion question);

/// What `map words` prints: all, or the lines of one word.
Exit map_words(const Context& context, const std::string& of);

/// What the mapping of now makes of a stored event.
Exit map_explain(const Context& context, const std::string& source, std::int64_t sequence);

struct MapDiffCommand {
  std::string source;
  std::vector<std::string>
      mappings;  ///< NEW, or OLD and NEW: folders, or files that replace one of the source
  std::optional<std::int64_t> since_us;
};
/// What the stored events of a source would come to under other mappings than those that read them: the plan
/// of `map replay` with them in place of the configured ones. Reads only.
Exit map_diff(const Context& context, const MapDiffCommand& command);

/// Runs `map test` whenever a file of the folders changes; until SIGINT. Folders as map_test takes them.
Exit map_watch(const Context& context, const std::vector<std::string>& folders);

}  // namespace kinhub::cli
