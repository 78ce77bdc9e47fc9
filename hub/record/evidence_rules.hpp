#pragma once
// Evidence rules: which word counts where several words about one thing differ. A value that the pure
// functions of the record take; hub/evidence reads it from a file that a site may change.

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "hub/record/fact.hpp"

namespace kinhub {

inline constexpr std::size_t evidence_class_count = static_cast<std::size_t>(EvidenceClass::care_desk) + 1;
inline constexpr std::size_t fact_kind_count = static_cast<std::size_t>(FactKind::archive) + 1;

/// Set of evidence classes.
class EvidenceClasses {
 public:
  constexpr EvidenceClasses() = default;
  constexpr EvidenceClasses(std::initializer_list<EvidenceClass> classes) {
    for (auto one : classes)
      add(one);
  }
  constexpr void add(EvidenceClass one) { bits_ |= 1u << static_cast<unsigned>(one); }
  constexpr bool has(EvidenceClass one) const { return (bits_ >> static_cast<unsigned>(one) & 1u) != 0; }
  friend constexpr bool operator==(EvidenceClasses, EvidenceClasses) = default;

 private:
  unsigned bits_ = 0;
};
/// Every class but a case worker's, whose word alone proves nothing whatever a file says (decision 0022).
inline constexpr EvidenceClasses every_agency{EvidenceClass::police_registration, EvidenceClass::certificate,
                                              EvidenceClass::hospital, EvidenceClass::cremation,
                                              EvidenceClass::insurance};

/// Total order of the evidence classes by weight. By default that of the enumeration.
class EvidenceOrder {
 public:
  EvidenceOrder();
  /// REQUIRES: each class once, the weightiest first, care_desk last.
  explicit EvidenceOrder(std::span<const EvidenceClass> weightiest_first);
  int rank(EvidenceClass one) const { return rank_[static_cast<std::size_t>(one)]; }
  bool outweighs(EvidenceClass one, EvidenceClass other) const { return rank(one) < rank(other); }
  friend bool operator==(const EvidenceOrder&, const EvidenceOrder&) = default;

 private:
  std::array<std::uint8_t, evidence_class_count> rank_{};  // 0: the weightiest
};

/// What any message may tell of a person, beside what it is about.
enum class PersonWord : std::uint8_t { name, number, sex, born };
inline constexpr std::size_t person_word_count = static_cast<std::size_t>(PersonWord::born) + 1;
std::string_view name_of(PersonWord word);

/// The rules of one kind of fact, or of one word about a person.
struct EvidenceRule {
  EvidenceOrder order;
  EvidenceClasses proof = every_agency;  ///< of which one word makes it sure; what others tell is possible
  std::uint32_t line = 0;                ///< of the file; 0: built in
};

/// Parameters of conflict resolution, as docs/decisions/0005-evidence-rules.md settled them; a site changes
/// them by docs/evidence.md.
struct EvidenceRules {
  /// Days of one death further apart than this open 待核实.
  int date_dispute_days = 30;
  /// Days after its day on which somebody may be seen alive before a death is disputed.
  int seen_alive_days = 0;
  std::array<EvidenceRule, person_word_count> person{};
  std::array<EvidenceRule, fact_kind_count> kinds{};
  std::string file;  ///< that the lines are of; empty: built in

  const EvidenceRule& of(PersonWord word) const { return person[static_cast<std::size_t>(word)]; }
  const EvidenceRule& of(FactKind kind) const { return kinds[static_cast<std::size_t>(kind)]; }
  EvidenceRule& of(PersonWord word) { return person[static_cast<std::size_t>(word)]; }
  EvidenceRule& of(FactKind kind) { return kinds[static_cast<std::size_t>(kind)]; }
};
/// Whether both say the same, wherever it stands in their files.
bool same_rules(const EvidenceRules& a, const EvidenceRules& b);

/// Rules as units of work share them: a hub may take up others while some of it still works by these.
using SharedEvidenceRules = std::shared_ptr<const EvidenceRules>;
/// The rules that count where no file has been adopted: what the shipped file says.
SharedEvidenceRules built_in_evidence();

/// Which rules have an effect on facts of a kind. What is settled by its days alone, or stands as each
/// source tells it, has none.
struct EvidenceUse {
  bool order = false, proof = false;
  bool any() const { return order || proof; }
};
EvidenceUse evidence_use(FactKind kind);

}  // namespace kinhub
