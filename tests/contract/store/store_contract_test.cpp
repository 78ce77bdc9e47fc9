#include "tests/contract/store_contract.hpp"

namespace kinhub {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, StoreContract, SqliteForTest);
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, StoreContract, PostgresForTest);

}  // namespace
}  // namespace kinhub
