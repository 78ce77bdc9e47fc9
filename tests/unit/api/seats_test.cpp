// Who is let in when there is little room, and who gives way.

#include "hub/api/seats.hpp"

#include <gtest/gtest.h>

namespace kinhub::api {
namespace {

TEST(Seats, AnAddressHoldsSixtyFourStrangersAndTheLongestIdleGivesWay) {
  Seats seats(1000);
  const auto first = seats.enter("a")->id, second = seats.enter("a")->id;
  for (std::size_t i = 2; i < Seats::strangers_of_address_max; ++i)
    EXPECT_FALSE(seats.enter("a")->gives_way);
  EXPECT_FALSE(seats.enter("b")->gives_way) << "of another address";
  seats.begin(first), seats.end(first, false);
  EXPECT_EQ(seats.enter("a")->gives_way, second) << "the first has asked for something since";
  EXPECT_EQ(seats.size(), Seats::strangers_of_address_max + 1);
  seats.leave(second);
  EXPECT_EQ(seats.size(), Seats::strangers_of_address_max + 1) << "it had no seat any more";
}

TEST(Seats, WhoeverSignedInNeverGivesWayAndDoesNotCountForTheAddress) {
  Seats seats(1000);
  for (int i = 0; i < 100; ++i) {
    const auto id = seats.enter("gateway")->id;
    seats.begin(id), seats.end(id, true);
  }
  EXPECT_FALSE(seats.enter("gateway")->gives_way);
  EXPECT_EQ(seats.size(), 101u);
}

TEST(Seats, AFifthIsKeptForWhoeverSignedIn) {
  Seats seats(10);
  Seats::Id last = 0;
  for (int i = 0; i < 8; ++i)
    last = seats.enter("of " + std::to_string(i))->id;
  EXPECT_TRUE(seats.enter("another")->gives_way);
  EXPECT_EQ(seats.size(), 8u);
  seats.begin(last), seats.end(last, true);
  EXPECT_FALSE(seats.enter("one more")->gives_way) << "one of the kept seats is taken by who signed in";
  EXPECT_EQ(seats.size(), 9u);
}

TEST(Seats, NobodyIsLetInWhereNobodyCanGiveWay) {
  Seats seats(5);
  for (int i = 0; i < 5; ++i) {
    const auto id = seats.enter("a")->id;
    seats.begin(id);
    if (i > 0) seats.end(id, true);  // the first is being answered
  }
  EXPECT_FALSE(seats.enter("b"));
  EXPECT_EQ(seats.size(), 5u);
}

}  // namespace
}  // namespace kinhub::api
