# A part is a folder under src/ with a floor (see src/README.md). It may know only the parts that it
# names, all of them on lower floors; tools/check_floors.py holds its #includes to the same rule.
#
#   gannet_part(NAME FLOOR n [KNOWS part...] [LIBRARIES target...] [TEST_KNOWS part...])
#
# Sources are the folder's *.cpp, subfolders included; *_test.cpp go into the executable NAME_test.
set_property(GLOBAL PROPERTY GANNET_FLOORS "")

# Test code is compiled for quick builds: what it tests is optimised all the same.
function(gannet_quick_to_build target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O0>)
endfunction()

function(gannet_part name)
  cmake_parse_arguments(PART "" "FLOOR" "KNOWS;LIBRARIES;TEST_KNOWS" ${ARGN})
  foreach(known IN LISTS PART_KNOWS)
    get_property(floor GLOBAL PROPERTY GANNET_FLOOR_${known})
    if("${floor}" STREQUAL "" OR NOT floor LESS PART_FLOOR)
      message(FATAL_ERROR "${name} (floor ${PART_FLOOR}) may not know ${known} (floor ${floor})")
    endif()
  endforeach()
  set_property(GLOBAL PROPERTY GANNET_FLOOR_${name} ${PART_FLOOR})
  list(JOIN PART_KNOWS "," known_list)
  set_property(GLOBAL APPEND PROPERTY GANNET_FLOORS "${name}:${PART_FLOOR}:${known_list}")

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(TRANSFORM PART_KNOWS PREPEND gannet_ OUTPUT_VARIABLE known_targets)
  if(sources)
    add_library(gannet_${name} STATIC ${sources})
    target_link_libraries(gannet_${name} PUBLIC ${known_targets} ${PART_LIBRARIES})
    add_dependencies(gannet_${name} check_floors)
  else()
    add_library(gannet_${name} INTERFACE)
    target_link_libraries(gannet_${name} INTERFACE ${known_targets} ${PART_LIBRARIES})
  endif()

  if(GANNET_TESTS AND tests)
    list(TRANSFORM PART_TEST_KNOWS PREPEND gannet_ OUTPUT_VARIABLE test_targets)
    add_executable(${name}_test ${tests})
    gannet_quick_to_build(${name}_test)
    target_link_libraries(${name}_test PRIVATE gannet_${name} ${test_targets} GTest::gmock GTest::gtest_main)
    # Only where it is used, so that the compiler's cache serves clones in other folders too.
    foreach(test IN LISTS tests)
      file(STRINGS ${test} used REGEX "GANNET_SOURCE_DIR|test_messages.h" LIMIT_COUNT 1)
      if(used)
        set_source_files_properties(${test} PROPERTIES COMPILE_DEFINITIONS GANNET_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
      endif()
    endforeach()
    add_test(NAME ${name} COMMAND ${name}_test)
  endif()
endfunction()

# Call once, after the last part: the target that compares every #include with what its part may know.
function(gannet_write_floors)
  get_property(floors GLOBAL PROPERTY GANNET_FLOORS)
  list(JOIN floors "\n" text)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/floors.txt CONTENT "${text}\n" @ONLY)
endfunction()

find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_custom_target(check_floors
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/check_floors.py ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/floors.txt
  COMMENT "Checking that parts include only what they may know" VERBATIM)
