// A key of a table: its name, what values it takes, and where in T they go.
#pragma once

#include <string>

#include "config/address.h"
#include "config/shape.h"

namespace zest::config {

template <typename T>
struct Key {
  const char* name;
  Shape shape;
  void (*set)(T& into, const Checked& value);
  std::string (*show)(const T& from) = nullptr;  // as the file would say it
  const char* preset = "";                       // what to say without `show`
  bool required = false;
  // Of a value that is more than a shape: reads it, in place of the check and `set`.
  void (*read)(T& into, const Entry& entry, Problems& problems) = nullptr;
};

// The member that a path of member pointers leads to: at<&A::b, &B::c>(a) is a.b.c.
template <auto... path>
constexpr auto& at(auto& of) {
  return (of.*....*path);
}

template <typename Owner, typename Member>
Owner owner_of(Member Owner::*);

template <auto first, auto...>
struct Path {
  using Owner = decltype(owner_of(first));
};
template <auto... path>
using Owner = typename Path<path...>::Owner;

template <auto... path>
void set_number(Owner<path...>& into, const Checked& value) {
  auto& member = at<path...>(into);
  member = static_cast<std::remove_reference_t<decltype(member)>>(value.number);
}

template <auto... path>
std::string show_number(const Owner<path...>& from) {
  return std::to_string(at<path...>(from));
}

template <auto... path>
constexpr Key<Owner<path...>> number(const char* name, int64_t min, int64_t max) {
  return {name,
          {.kind = Shape::Kind::number, .min = min, .max = max},
          set_number<path...>,
          show_number<path...>};
}

template <auto... path>
constexpr Key<Owner<path...>> power_of_two(const char* name, int64_t min, int64_t max) {
  return {name,
          {.kind = Shape::Kind::power_of_two, .min = min, .max = max},
          set_number<path...>,
          show_number<path...>};
}

template <auto... path>
constexpr Key<Owner<path...>> flag(const char* name) {
  return {name,
          {.kind = Shape::Kind::flag},
          set_number<path...>,
          [](const Owner<path...>& from) -> std::string {
            return at<path...>(from) ? "true" : "false";
          }};
}

// `choices` names the values of an enum in their order.
template <const auto& choices, auto... path>
constexpr Key<Owner<path...>> choice(const char* name) {
  return {name,
          {.kind = Shape::Kind::choice, .choices = choices},
          set_number<path...>,
          [](const Owner<path...>& from) -> std::string {
            return '"' + std::string(choices[static_cast<size_t>(at<path...>(from))]) + '"';
          }};
}

template <auto... path>
constexpr Key<Owner<path...>> text(const char* name, const char* described,
                                   const char* (*objection)(std::string_view)) {
  return {name,
          {.kind = Shape::Kind::text, .objection = objection, .described = described},
          [](Owner<path...>& into, const Checked& value) { at<path...>(into) = value.text; },
          [](const Owner<path...>& from) { return '"' + at<path...>(from) + '"'; }};
}

template <auto... path>
constexpr Key<Owner<path...>> address(const char* name) {
  return {name,
          {.kind = Shape::Kind::address},
          [](Owner<path...>& into, const Checked& value) {
            at<path...>(into) = value.addresses.front();
          },
          [](const Owner<path...>&) -> std::string { return "none"; }};
}

template <auto... path>
constexpr Key<Owner<path...>> origins(const char* name) {
  return {name,
          {.kind = Shape::Kind::origins},
          [](Owner<path...>& into, const Checked& value) { at<path...>(into) = value.addresses; },
          [](const Owner<path...>&) -> std::string { return "none"; }};
}

template <auto... path>
constexpr Key<Owner<path...>> blocks(const char* name) {
  return {name,
          {.kind = Shape::Kind::blocks},
          [](Owner<path...>& into, const Checked& value) { at<path...>(into) = value.blocks; },
          [](const Owner<path...>&) -> std::string { return "[]"; }};
}

template <auto... path>
constexpr Key<Owner<path...>> destinations(const char* name) {
  return {
      name,
      {.kind = Shape::Kind::destinations},
      [](Owner<path...>& into, const Checked& value) { at<path...>(into) = value.destinations; },
      [](const Owner<path...>&) -> std::string { return "[]"; }};
}

template <typename T>
constexpr Key<T> special(const char* name, const char* described, const char* preset,
                         void (*read)(T&, const Entry&, Problems&)) {
  return {.name = name,
          .shape = {.objection = nullptr, .described = described},
          .set = nullptr,
          .preset = preset,
          .read = read};
}

template <typename T>
constexpr Key<T> required(Key<T> key) {
  key.required = true;
  return key;
}

}  // namespace zest::config
