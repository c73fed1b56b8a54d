# Man pages and the reference in Markdown, out of the headers' comments (tools/reference.py). Without
# Python there are none, and nothing else is missing.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
  set(zest_reference ${PROJECT_BINARY_DIR}/package)
  file(GLOB zest_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/zest/*.h)
  add_custom_command(OUTPUT ${zest_reference}/reference.stamp VERBATIM
    COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/tools/reference.py ${zest_reference} ${PROJECT_VERSION}
    COMMAND ${CMAKE_COMMAND} -E touch ${zest_reference}/reference.stamp
    DEPENDS ${PROJECT_SOURCE_DIR}/tools/reference.py ${zest_headers})
  add_custom_target(reference ALL DEPENDS ${zest_reference}/reference.stamp)
  install(DIRECTORY ${zest_reference}/man3 DESTINATION ${CMAKE_INSTALL_MANDIR})
  install(DIRECTORY ${zest_reference}/reference DESTINATION ${CMAKE_INSTALL_DOCDIR})
endif()
