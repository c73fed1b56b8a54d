// A doubly linked list through nodes that live in their owners: no allocation, and a node takes
// itself out in constant time.
#pragma once

#include "base/assert.h"

namespace zest {

struct ListNode {
  ListNode* previous = nullptr;
  ListNode* next = nullptr;

  bool linked() const { return next != nullptr; }
  void unlink() {
    if (!linked()) return;
    previous->next = next;
    next->previous = previous;
    previous = next = nullptr;
  }
};

// T derives from ListNode. The list owns nothing.
template <typename T>
class List {
 public:
  List() { head_.previous = head_.next = &head_; }
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  bool empty() const { return head_.next == &head_; }

  void push_back(T& item) {
    ListNode& node = item;
    ZEST_ASSERT(!node.linked());
    node.previous = head_.previous;
    node.next = &head_;
    head_.previous->next = &node;
    head_.previous = &node;
  }

  void push_front(T& item) {
    ListNode& node = item;
    ZEST_ASSERT(!node.linked());
    node.previous = &head_;
    node.next = head_.next;
    head_.next->previous = &node;
    head_.next = &node;
  }

  T* front() { return empty() ? nullptr : static_cast<T*>(head_.next); }
  T* back() { return empty() ? nullptr : static_cast<T*>(head_.previous); }

  T* after(const T& item) {
    ListNode* next = static_cast<const ListNode&>(item).next;
    return next == &head_ ? nullptr : static_cast<T*>(next);
  }

  T* pop_front() {
    T* item = front();
    if (item) static_cast<ListNode*>(item)->unlink();
    return item;
  }

  // Moves everything to the end of another list: to go through items that may come back meanwhile.
  void move_to(List& other) {
    while (T* item = pop_front()) other.push_back(*item);
  }

 private:
  ListNode head_;
};

}  // namespace zest
