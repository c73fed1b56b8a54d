# What "cmake --install build/release --prefix X" puts there, and how others find it: zest.pc and
# zest-proxy.pc for pkg-config; for find_package(zest) zest::zest and zest::proxy, and the archives
# as zest::zest-static and zest::proxy-static.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# What a program that links libzest.a needs besides; the shared library has it inside.
set(ZEST_STATIC_LIBS -lstdc++ -lm)
list(JOIN ZEST_STATIC_LIBS " " ZEST_PC_LIBS_PRIVATE)
# From the folder of zest.pc up to the prefix, so that an installed tree may be moved.
file(RELATIVE_PATH ZEST_PC_UP /x/${CMAKE_INSTALL_LIBDIR}/pkgconfig /x)
set(zest_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/zest)

foreach(name zest zest-proxy)
  configure_file(
    ${CMAKE_CURRENT_LIST_DIR}/${name}.pc.in ${PROJECT_BINARY_DIR}/package/${name}.pc @ONLY)
endforeach()
configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/zestConfig.cmake.in ${PROJECT_BINARY_DIR}/package/zestConfig.cmake
  INSTALL_DESTINATION ${zest_package_dir}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR
  NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/package/zestConfigVersion.cmake COMPATIBILITY SameMajorVersion)

install(TARGETS zest zest_static zest_pipeline zest_pipeline_static
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/zest DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h")
install(FILES
  ${PROJECT_BINARY_DIR}/package/zest.pc ${PROJECT_BINARY_DIR}/package/zest-proxy.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES
  ${PROJECT_BINARY_DIR}/package/zestConfig.cmake
  ${PROJECT_BINARY_DIR}/package/zestConfigVersion.cmake
  DESTINATION ${zest_package_dir})
