#pragma once
// A store that counts: passes everything on to another one and notes each question that a server would have
// to answer.

#include <map>
#include <string>

#include "tests/store_decorator.hpp"

namespace kinhub::test {

/// Questions by name. Writes and new numbers are not counted: an implementation may keep them back.
using Questions = std::map<std::string, int>;

struct CountQuestions {
  Questions* asked;
  template <class Work>
  auto ask(const char* question, Work work) {
    ++(*asked)[question];
    return work();
  }
  template <class Work>
  auto tell(Work work) {
    return work();
  }
};

class CountingTransaction final : public DecoratedTransaction<CountQuestions> {
 public:
  CountingTransaction(StoreTransaction& inner, Questions& asked) : DecoratedTransaction(inner, {&asked}) {}
};

}  // namespace kinhub::test
