// Structs that say their size: what a caller compiled against another version passes is read as far
// as both sides know it.
#pragma once

#include <zest/base.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include "base/result.h"

namespace zest::capi {

// No version of a struct will be larger: a larger size is a variable that was never set, and is not
// believed.
constexpr size_t struct_size_max = 4096;

// Can a caller's struct have this size? `first_size` is what it had in its first version: fewer
// bytes are no version of it.
template <typename T>
constexpr bool plausible(size_t size, size_t first_size) {
  return size >= first_size && size <= struct_size_max && size % alignof(T) == 0;
}

// A copy of a caller's struct. Bytes that this library does not know must be zero: a setting that
// would not be obeyed is refused.
template <typename T>
Result<T> read_sized(const T* from, size_t first_size, const char* name) {
  const size_t size = from->struct_size;
  if (!plausible<T>(size, first_size))
    return fail(Status::unsupported, "%s.struct_size is %zu: set it with its INIT (here %zu)", name,
                size, sizeof(T));
  const auto* bytes = reinterpret_cast<const char*>(from);
  for (size_t i = sizeof(T); i < size; ++i)
    if (bytes[i] != 0)
      return fail(Status::unsupported, "%s has a field set that this libzest does not know", name);
  T copy{};
  memcpy(&copy, from, std::min(size, sizeof(T)));
  return copy;
}

// What a newer library may give a meaning: this one would not obey it.
inline Result<void> check_flags(uint32_t flags, uint32_t known, const char* member) {
  if ((flags & ~known) == 0) return {};
  return fail(Status::unsupported, "%s 0x%x: this libzest does not know all of them", member,
              flags);
}
inline Result<void> check_reserved(uint32_t value, const char* member) {
  if (value == 0) return {};
  return fail(Status::unsupported, "%s is %u, and has to be 0", member, value);
}
inline Result<void> check_choice(uint32_t choice, uint32_t last, const char* member) {
  if (choice <= last) return {};
  return fail(Status::unsupported, "%s %u is none that this libzest knows", member, choice);
}

// Is there room for what the first version had?
template <typename T>
bool can_write(const T* into, size_t first_size) {
  return plausible<T>(into->struct_size, first_size);
}

// Zero what the caller knows of his struct and we don't.
template <typename T>
void clear_unknown(T* into) {
  const size_t size = into->struct_size;
  if (size > sizeof(T)) memset(reinterpret_cast<char*>(into) + sizeof(T), 0, size - sizeof(T));
}

// Gives a caller's struct as much as he knows of it; struct_size stays his.
template <typename T>
void write_sized(T* into, const T& value) {
  const uint32_t size = into->struct_size;
  memcpy(into, &value, std::min<size_t>(size, sizeof(T)));
  into->struct_size = size;
  clear_unknown(into);
}

// Element i of an array whose stride is its first element's struct_size.
template <typename T>
T* element(T* first, size_t i) {
  using Byte = std::conditional_t<std::is_const_v<T>, const char, char>;
  return reinterpret_cast<T*>(reinterpret_cast<Byte*>(first) + i * first->struct_size);
}

}  // namespace zest::capi
