// Withdrawal of a claim of completeness: a person takes back what a source said beyond a time.
#include "hub/pipeline/batch.hpp"
#include "hub/pipeline/pipeline.hpp"

namespace kinhub {

Result<CoverageTakenBack> Pipeline::take_back_coverage(const std::string& source, std::int64_t until_us) {
  return in_one_transaction(
      store_, means(), [&](Batch& batch, StoreTransaction&) -> Result<CoverageTakenBack> {
        if (auto done = batch.take_back_coverage(source, until_us, clock_.now_us())) return *done;
        return Error{"COVERAGE_NOT_CLAIMED",
                     source + " does not claim to be complete beyond this time: see 'kinhub source list'",
                     ""};
      });
}

}  // namespace kinhub
