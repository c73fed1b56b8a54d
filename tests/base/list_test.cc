// A list through nodes that live in their owners.
#include "base/list.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "support/child.h"

namespace zest {
namespace {

struct Item : ListNode {
  char name = 0;
};

std::string drain(List<Item>& list) {
  std::string names;
  while (const Item* item = list.pop_front()) names += item->name;
  return names;
}

struct Items {
  Items() {
    for (size_t i = 0; i < all.size(); ++i) all[i].name = static_cast<char>('a' + i);
  }
  std::array<Item, 4> all;
};

TEST_CASE("a list gives its items in the order they came") {
  Items items;
  List<Item> list;
  CHECK(list.empty());
  CHECK(list.front() == nullptr);
  CHECK(list.pop_front() == nullptr);
  for (Item& item : items.all) list.push_back(item);
  CHECK(list.front() == items.all.data());
  CHECK(drain(list) == "abcd");
  CHECK(list.empty());
  for (const Item& item : items.all) CHECK_FALSE(item.linked());
}

TEST_CASE("an item takes itself out, wherever it stands") {
  for (size_t gone = 0; gone < 4; ++gone) {
    Items items;
    List<Item> list;
    for (Item& item : items.all) list.push_back(item);
    items.all[gone].unlink();
    CHECK_FALSE(items.all[gone].linked());
    std::string expected = "abcd";
    expected.erase(gone, 1);
    CHECK(drain(list) == expected);
  }
}

TEST_CASE("an item that is on no list may be taken out") {
  Item item;
  item.unlink();
  CHECK_FALSE(item.linked());
}

TEST_CASE("an item comes back after it was taken out") {
  Items items;
  List<Item> list;
  for (Item& item : items.all) list.push_back(item);
  items.all[1].unlink();
  list.push_back(items.all[1]);
  CHECK(drain(list) == "acdb");
}

TEST_CASE("everything moves behind what another list holds") {
  Items items;
  List<Item> first;
  List<Item> second;
  first.push_back(items.all[2]);
  first.push_back(items.all[3]);
  second.push_back(items.all[0]);
  second.push_back(items.all[1]);
  first.move_to(second);
  CHECK(first.empty());
  first.move_to(second);
  CHECK(drain(second) == "abcd");
  first.push_back(items.all[0]);
  first.move_to(second);
  CHECK(drain(second) == "a");
}

TEST_CASE("an item on two lists at once is a broken invariant") {
  CHECK(test::dies([] {
    Item item;
    List<Item> first;
    List<Item> second;
    first.push_back(item);
    second.push_back(item);
  }));
}

}  // namespace
}  // namespace zest
