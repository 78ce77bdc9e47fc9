#pragma once
// Standard of proof: which evidence of a death lets money move, as data of a policy.

#include <optional>
#include <string>

#include "hub/record/situation.hpp"

namespace kinhub {

/// Evidence that proves a death: one word of a class that suffices alone, or enough different sources
/// together.
struct Proof {
  std::uint8_t alone = 0;  ///< bit set of EvidenceClass
  int sources = 0;         ///< so many different sources of any class; 0: however many, they prove nothing
  friend bool operator==(const Proof&, const Proof&) = default;
};

/// What a policy asks for. A death that is not proven is possible: it neither starts nor stops money by
/// itself.
struct ProofRules {
  Proof death;      ///< of a child or a spouse, on which rights begin
  Proof own_death;  ///< of the parent: a right stops only with it
  friend bool operator==(const ProofRules&, const ProofRules&) = default;
};

/// Whether what is told of a death proves it. A death of which nobody is named is taken as proven.
bool proves(const Proof& proof, const SituationPerson::Died& died);

/// "death: police_registration, certificate; or 2 sources; own_death: ..."
std::string describe(const ProofRules& rules);

/// The situation as a policy sees it: every death that its rules do not find proven is possible. Nothing when
/// all are proven, so that the situation stands as it is.
std::optional<Situation> as_proven(const Situation& situation, const ProofRules& rules);

}  // namespace kinhub
