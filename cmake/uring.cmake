# liburing, always the static one: libzest.so.1 may depend on libc alone, and the shared library
# of Debian 12 (2.3) does not export io_uring_enable_rings, which its header declares.
find_path(LIBURING_INCLUDE liburing.h REQUIRED)
find_library(LIBURING_ARCHIVE NAMES liburing.a REQUIRED)
add_library(liburing STATIC IMPORTED)
set_target_properties(liburing PROPERTIES
  IMPORTED_LOCATION ${LIBURING_ARCHIVE}
  INTERFACE_INCLUDE_DIRECTORIES ${LIBURING_INCLUDE})
