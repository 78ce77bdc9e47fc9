#include "hub/record/statement.hpp"

#include <algorithm>
#include <cassert>

#include "hub/record/fact_bytes.hpp"

namespace kinhub {

Statement::Statement(Fact said, std::string by, std::int64_t at_us, std::int64_t sequence)
    : fact(std::move(said)), source(std::move(by)), received_at_us(at_us), event_sequence(sequence) {
  Packer out;
  write(out, fact);
  content = out.take();
}

bool version_before(const Statement& a, const Statement& b) {
  if (a.fact.version != b.fact.version) return a.fact.version < b.fact.version;
  // Of one instant the retraction counts: a source that says both has taken its word back.
  if (a.fact.op != b.fact.op) return a.fact.op < b.fact.op;
  return a.content < b.content;
}

Token statement_key(const Keyring& keys, const std::string& source, const Fact& fact) {
  std::string name;
  name.append(source).append("\n").append(name_of(fact.kind)).append("\n").append(fact.key);
  return keys.token("statement", name);
}

Token identifier_token(const Keyring& keys, const Identifier& identifier) {
  return keys.token(name_of(identifier.kind), identifier.value);
}

std::vector<Token> identifier_tokens(const Keyring& keys, const Mention& mention) {
  std::vector<Token> tokens;
  tokens.reserve(mention.identifiers.size() + mention.former.size());
  for (const auto* identifiers : {&mention.identifiers, &mention.former})
    for (const auto& identifier : *identifiers)
      tokens.push_back(identifier_token(keys, identifier));
  return tokens;
}

KeyedStatement keyed(const Keyring& keys, Statement statement) {
  KeyedStatement result{std::move(statement), {}, {}};
  result.history = statement_key(keys, result.statement.source, result.statement.fact);
  for (const auto& mention : result.statement.fact.people)
    result.identifiers.push_back(identifier_tokens(keys, mention));
  return result;
}

void Versions::insert(const Statement* before, const Statement& statement) {
  assert(begin() <= before && before <= end());
  const auto at = before - begin();
  if (!all_)
    all_ = std::make_shared<std::vector<Statement>>();
  else if (all_.use_count() > 1)
    all_ = std::make_shared<std::vector<Statement>>(*all_);
  all_->insert(all_->begin() + at, statement);
}

const Statement* History::current(std::int64_t known_at_us) const {
  for (const auto* version = versions.end(); version != versions.begin();)
    if ((--version)->received_at_us <= known_at_us) return version;
  return nullptr;
}

bool History::add(const Statement& statement) {
  assert(!statement.content.empty());
  const auto* at = std::lower_bound(versions.begin(), versions.end(), statement, version_before);
  if (at != versions.end() && at->content == statement.content) return false;
  versions.insert(at, statement);
  return true;
}

}  // namespace kinhub
