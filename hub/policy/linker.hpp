#pragma once
// Linker: documents that were read one by one become one program; versions, errata, replacements between
// regions and what is never paid together are resolved here.

#include <vector>

#include "hub/policy/document.hpp"
#include "hub/policy/program.hpp"

namespace kinhub::policy {

/// Links all documents. Drops from `documents` those that an erratum takes the place of. Problems go to
/// `errors`, and the program is meaningless then; what an officer should know goes to `notices`.
/// REQUIRES: every document was read without errors, and `errors` is empty.
Program link_documents(std::vector<Document>& documents, std::vector<Error>& notices,
                       std::vector<Error>& errors);

}  // namespace kinhub::policy
