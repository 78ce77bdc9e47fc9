# add_connector(name SOURCES files... [VERSION x.y.z] [LINKS libraries...]): one connector as the loadable object
# ${KINHUB_PLUGIN_DIRECTORY}/<name>.so, with <name>.connector.json (name, version, minor, sha256) beside it.
# The object exports kinhub_plugin_v1 and nothing else.

function(add_connector name)
  cmake_parse_arguments(arg "" "VERSION" "SOURCES;LINKS" ${ARGN})
  if(NOT arg_VERSION)
    set(arg_VERSION ${PROJECT_VERSION})
  endif()
  add_library(${name} MODULE ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE kinhub_sdk ${arg_LINKS} kinhub_options)
  target_compile_options(${name} PRIVATE -fvisibility=hidden -fvisibility-inlines-hidden)
  target_compile_definitions(${name} PRIVATE KINHUB_CONNECTOR_NAME="${name}" KINHUB_CONNECTOR_VERSION="${arg_VERSION}")
  set(exports ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/exports.map)
  target_link_options(${name} PRIVATE -Wl,--no-undefined -Wl,-Bsymbolic-functions -Wl,--version-script=${exports})
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so" LINK_DEPENDS ${exports}
    LIBRARY_OUTPUT_DIRECTORY ${KINHUB_PLUGIN_DIRECTORY})
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND ${CMAKE_COMMAND} -DOBJECT=$<TARGET_FILE:${name}> -DNAME=${name} -DVERSION=${arg_VERSION}
            -DHEADER=${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../include/kinhub/plugin.h
            -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/write_connector_json.cmake
    VERBATIM)
endfunction()
