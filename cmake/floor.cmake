# zest_floor(base SOURCES a.cc LINKS zest_x): one folder of src/ as one library. Its link list is
# what it may include; tests/house/floors.py proves it.
function(zest_floor name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  if(arg_SOURCES)
    add_library(zest_${name} STATIC ${arg_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(zest_${name} PRIVATE zest_flags)
  else()
    add_library(zest_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  # For "..." alone: <sys/socket.h> is the system's, "sys/socket.h" ours.
  target_compile_options(zest_${name} ${scope} -iquote${PROJECT_SOURCE_DIR}/src)
  target_compile_definitions(zest_${name} ${scope} $<$<BOOL:${ZEST_FAULTS}>:ZEST_FAULTS=1>)
  target_link_libraries(zest_${name} ${scope} ${arg_LINKS})
endfunction()
