# SPDX-License-Identifier: Apache-2.0
# Install rules and the package file for find_package(varve).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/varve")
install(TARGETS ${VARVE_TARGETS} EXPORT varveTargets
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        FILE_SET bodies DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT varveTargets NAMESPACE varve:: DESTINATION "${package_dir}")

string(JOIN " " VARVE_INSTALLED_COMPONENTS ${VARVE_COMPONENTS})
configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/varveConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/varveConfig.cmake" INSTALL_DESTINATION "${package_dir}")
# Before 1.0 a minor version may change the layout: the inline namespace moves with it.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/varveConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
file(GLOB find_modules "${CMAKE_CURRENT_LIST_DIR}/Find*.cmake")
install(FILES "${PROJECT_BINARY_DIR}/varveConfig.cmake" "${PROJECT_BINARY_DIR}/varveConfigVersion.cmake"
              "${CMAKE_CURRENT_LIST_DIR}/VarveDependencies.cmake" ${find_modules}
        DESTINATION "${package_dir}")
