# One language level, one set of warnings, one set of hardening flags for every target.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

# Older compilers get coroutines wrong in ways that no test of ours would show.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  message(FATAL_ERROR "GCC ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines; use 14 or later, "
                      "or clang 19: ./dev build picks it")
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "clang ${CMAKE_CXX_COMPILER_VERSION} lacks std::expected on libstdc++ 12; "
                      "use 19 or later: ./dev build picks it")
endif()

add_library(zest_flags INTERFACE)
target_compile_options(zest_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wnon-virtual-dtor -Werror
  $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wno-missing-designated-field-initializers>
  -fstack-clash-protection -fcf-protection -fno-omit-frame-pointer)
target_compile_definitions(zest_flags INTERFACE
  _GLIBCXX_ASSERTIONS
  $<$<CONFIG:Release,RelWithDebInfo>:_FORTIFY_SOURCE=3>)

set(ZEST_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=")
if(ZEST_SANITIZE)
  # Not vptr: to look at an object it opens a pipe, and some tests run out of fds on purpose.
  add_compile_options(-fsanitize=${ZEST_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${ZEST_SANITIZE})
endif()

find_program(ZEST_CCACHE ccache)
if(ZEST_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${ZEST_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ZEST_CCACHE})
endif()
