#include "tests/contract/store/store_contract.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub {
namespace {

template <class Fixture>
class StoreIdentityPairs : public StoreContract<Fixture> {};
TYPED_TEST_SUITE(StoreIdentityPairs, Stores);

TYPED_TEST(StoreIdentityPairs, IdentityPairsAreFoundByEitherAnchor) {
  auto first = identity_pair_row(1, PairState::open), second = identity_pair_row(2, PairState::open),
       third = identity_pair_row(3, PairState::open);
  first.a = token_of(1), first.b = token_of(2), second.a = token_of(2), second.b = token_of(3);
  third.a = token_of(1), third.b = token_of(3), third.why = first.why;
  this->commit([&](StoreTransaction& t) { t.identity_pairs().put(std::vector{third, first, second}); });
  auto found = [&](std::vector<Token> anchors) { return this->reading()->identity_pairs().of(anchors); };
  EXPECT_EQ(text_of(found({token_of(2)})), text_of(std::vector{first, second}));
  EXPECT_EQ(text_of(found({token_of(3), token_of(1), token_of(3)})),
            text_of(std::vector{first, second, third}))
      << "each once, in order of id";
  EXPECT_TRUE(found({token_of(9)}).empty());
  third.state = PairState::same;
  this->commit([&](StoreTransaction& t) { t.identity_pairs().put({&third, 1}); });
  EXPECT_EQ(text_of(all_identity_pairs(this->reading()->identity_pairs(), PairState::open)),
            text_of(std::vector{first, second}));
  EXPECT_EQ(this->reading()->identity_pairs().waiting(),
            (std::vector<std::pair<PairWhy, std::int64_t>>{{first.why, 1}, {second.why, 1}}));
}

}  // namespace
}  // namespace kinhub
