#pragma once
// What every store promises, as tests. An implementation passes them by instantiating StoreContract with a fixture:
//
//   struct MyStore {
//     MyStore();                                               // a fresh, empty store of its own
//     std::unique_ptr<Store> open();                           // opens it, again and again, also in a forked child
//     std::unique_ptr<Store> open_with(const Keyring& keys);
//   };
//   INSTANTIATE_TYPED_TEST_SUITE_P(My, StoreContract, MyStore);

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/store/store.hpp"
#include "tests/contract/store_servers.hpp"

namespace kinhub {

inline Token token_of(std::int64_t number) {
  Token token;
  for (std::size_t i = 0; i < 8; ++i) token.bytes[i] = static_cast<std::uint8_t>(number * 0x9E3779B97F4A7C15u >> (8 * i));
  for (std::size_t i = 0; i < 8; ++i) token.bytes[8 + i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(number) >> (56 - 8 * i));
  return token;
}
/// Every byte there is, as ciphertext has them.
inline std::string sealed_of(std::int64_t number, std::size_t size = 60) {
  std::string bytes = std::to_string(number) + '\0';
  for (std::size_t i = 0; bytes.size() < size; ++i) bytes += static_cast<char>(number * 7 + static_cast<std::int64_t>(i));
  return bytes;
}

template <class Fixture>
class StoreContract : public ::testing::Test {
 protected:
  std::unique_ptr<StoreTransaction> writing() { return store_->begin(Store::For::writing); }
  std::unique_ptr<StoreTransaction> reading() { return store_->begin(Store::For::reading); }
  Fixture fixture_;
  std::unique_ptr<Store> store_ = fixture_.open();
};
TYPED_TEST_SUITE_P(StoreContract);

TYPED_TEST_P(StoreContract, KeepsPeopleInBulk) {
  std::vector<DossierRow> rows;
  std::vector<PersonId> ids;
  {
    auto t = this->writing();
    for (int i = 0; i < 3000; ++i) {
      auto person = t->new_person();
      ids.push_back(person);
      rows.push_back({person, {i % 2 == 0, i % 3 == 0}, sealed_of(i, 30 + static_cast<std::size_t>(i) * 7)});
    }
    t->put_dossiers(rows);
    t->commit();
  }
  auto t = this->reading();
  auto found = t->dossiers(ids);
  ASSERT_EQ(found.size(), rows.size());
  std::ranges::sort(found, {}, &DossierRow::person);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(found[i].person, rows[i].person);
    EXPECT_EQ(found[i].marks, rows[i].marks);
    ASSERT_EQ(found[i].sealed, rows[i].sealed);
  }
  EXPECT_EQ(t->all_people(), ids);
  EXPECT_EQ(t->size().people, 3000);
}

TYPED_TEST_P(StoreContract, RollbackLeavesNothing) {
  {
    auto t = this->writing();
    DossierRow row{t->new_person(), {}, "sealed"};
    t->put_dossiers({&row, 1});
    EXPECT_EQ(t->all_people().size(), 1u);
  }
  EXPECT_TRUE(this->reading()->all_people().empty());
  EXPECT_EQ(this->writing()->new_person().value, 1);
}

REGISTER_TYPED_TEST_SUITE_P(StoreContract, KeepsPeopleInBulk, RollbackLeavesNothing);

}  // namespace kinhub
