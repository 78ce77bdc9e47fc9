#pragma once
// kinhub agreement: its handler, and its answer as text for people.

#include <filesystem>
#include <iosfwd>

#include "hub/cli/context.hpp"
#include "hub/desk/agreement_view.hpp"

// Beside the values, where the context's show() finds it.
namespace kinhub {
void print(std::ostream& out, const AgreementView& view);
}

namespace kinhub::cli {

struct AgreementCommand {
  AgreementQuestion question;
  std::filesystem::path csv;  ///< every difference goes there; empty: nowhere
};

/// Exit 1: some source says otherwise than what counts.
Exit agreement(const Context& context, const AgreementCommand& command);

}  // namespace kinhub::cli
