#pragma once
// Candidate policies: the texts of a set with one file changed, or those of a folder, as they are tried out.

#include <filesystem>
#include <variant>
#include <vector>

#include "hub/policy/policy.hpp"

namespace kinhub {

/// The texts with `file` among them, pure: in the place of the file of the same policy that has the same name
/// or begins on the same day; else beside them, as another version or policy. What it quotes is looked for
/// beside it first, in `beside`, else where the replaced file has it; the vocabularies that count there count
/// for it, too. A vocabulary takes the place of the one of its name, else of the only one, under its path.
std::vector<PolicyText> with_policy(std::vector<PolicyText> texts, const PolicyText& file,
                                    const std::vector<PolicyText>& beside);

/// Reads what is tried out: a folder stands for itself; a file takes its place among `texts`. Errors:
/// POLICY_FOLDER, if it is neither.
std::variant<std::vector<PolicyText>, std::vector<Error>> read_candidate(
    const std::filesystem::path& named, const std::vector<PolicyText>& texts);

}  // namespace kinhub
