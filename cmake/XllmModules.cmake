# One folder = one library = one call:
#   xllm_add_library(core/llm HEADERS … SOURCES … LINK … LINK_PRIVATE …)  ->  xllm_core_llm, alias xllm::core::llm
include(XllmPrecompiled)

function(_xllm_settle target path)
  target_link_libraries(${target} PRIVATE xllm::options)
  _xllm_share_precompiled(${target})
  if(path MATCHES "^(ui|media/audio|media/camera|app/desktop|tests/ui|tests/media/audio|tests/media/camera|tests/app/desktop)")
    set_target_properties(${target} PROPERTIES AUTOMOC ON)
  endif()
endfunction()

function(xllm_add_library path)
  cmake_parse_arguments(arg "" "" "HEADERS;SOURCES;LINK;LINK_PRIVATE" ${ARGN})
  string(REPLACE "/" "_" name "xllm_${path}")
  string(REPLACE "/" "::" alias "xllm::${path}")
  if(arg_SOURCES)
    add_library(${name} STATIC)
    target_sources(${name} PRIVATE ${arg_SOURCES}
      PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${arg_HEADERS})
    target_link_libraries(${name} PUBLIC ${arg_LINK} PRIVATE ${arg_LINK_PRIVATE})
    target_compile_features(${name} PUBLIC cxx_std_20)  # its headers alone, too
    _xllm_settle(${name} ${path})
  else()  # headers only
    add_library(${name} INTERFACE)
    target_sources(${name} INTERFACE FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${arg_HEADERS})
    target_link_libraries(${name} INTERFACE ${arg_LINK})
    target_compile_features(${name} INTERFACE cxx_std_20)
    target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR})
  endif()
  add_library(${alias} ALIAS ${name})
endfunction()

# xllm_for_this_system(sources mapped_file …): of mapped_file_windows.cpp, mapped_file_macos.cpp, mapped_file_linux.cpp and
# mapped_file_posix.cpp (macOS and Linux alike) the one for this system. Nothing else includes headers of one system; the test
# `platforms` checks it.
function(xllm_for_this_system out)
  if(WIN32)
    set(systems windows)
  elseif(APPLE)
    set(systems macos posix)
  else()
    set(systems linux posix)
  endif()
  set(found)
  foreach(stem IN LISTS ARGN)
    foreach(system IN LISTS systems)
      if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${stem}_${system}.cpp)
        list(APPEND found ${stem}_${system}.cpp)
        break()
      endif()
    endforeach()
  endforeach()
  list(LENGTH found count)
  list(LENGTH ARGN wanted)
  if(NOT count EQUAL wanted)
    message(FATAL_ERROR "${CMAKE_CURRENT_SOURCE_DIR}: of ${ARGN} only ${found} fit this system")
  endif()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

# xllm_add_executable(app/cli NAME xllm SOURCES … LINK …)
function(xllm_add_executable path)
  cmake_parse_arguments(arg "" "NAME" "SOURCES;LINK" ${ARGN})
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE ${arg_LINK})
  _xllm_settle(${arg_NAME} ${path})
endfunction()

# A test's own code is built quickly; what it tests stays as it is shipped.
function(_xllm_settle_test target path)
  if(NOT MSVC)
    target_compile_options(${target} PRIVATE -O1)
  endif()
  _xllm_settle(${target} tests/${path})
endfunction()

# xllm_add_test(core/llm SOURCES … LINK …) -> xllm_core_llm_test: GoogleTest, one CTest test "core/llm" for all its TEST()s (to
# start LibTorch for each would take longer than most of them), label = top folder. LABELS adds labels; ENVIRONMENT sets
# variables for the run. XLLM_TEST_DIR is the path of tests/.
function(xllm_add_test path)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LINK;LABELS;ENVIRONMENT" ${ARGN})
  string(REPLACE "/" "_" name "xllm_${path}_test")
  string(REGEX MATCH "^[^/]+" layer ${path})
  add_executable(${name} ${arg_SOURCES})
  target_compile_definitions(${name} PRIVATE XLLM_TEST_DIR="${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${name} PRIVATE ${arg_LINK} GTest::gtest_main)
  _xllm_settle_test(${name} ${path})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()
  add_test(NAME ${path} COMMAND ${name} --gtest_brief=1)
  set_tests_properties(${path} PROPERTIES LABELS "${layer};${arg_LABELS}" TIMEOUT ${arg_TIMEOUT}
    ENVIRONMENT "${arg_ENVIRONMENT}")
endfunction()

# xllm_add_qt_test(ui/chat conversation_model_test.cpp LINK …): QtTest, offscreen, one CTest test per file. LAUNCHER: a program
# that is given the test's.
function(xllm_add_qt_test path source)
  cmake_parse_arguments(arg "" "" "LINK;LABELS;LAUNCHER" ${ARGN})
  get_filename_component(stem ${source} NAME_WE)
  string(REPLACE "/" "_" name "xllm_${path}_${stem}")
  string(REGEX MATCH "^[^/]+" layer ${path})
  add_executable(${name} ${source})
  set_target_properties(${name} PROPERTIES AUTOMOC ON)
  target_compile_definitions(${name} PRIVATE XLLM_TEST_DIR="${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${name} PRIVATE ${arg_LINK} Qt6::Test xllm::qt)
  _xllm_settle_test(${name} ${path})
  add_test(NAME "${path}: ${stem}" COMMAND ${arg_LAUNCHER} $<TARGET_FILE:${name}>)
  set_tests_properties("${path}: ${stem}" PROPERTIES LABELS "${layer};${arg_LABELS}" TIMEOUT 120 SKIP_RETURN_CODE 77
    ENVIRONMENT "QT_QPA_PLATFORM=offscreen;LC_ALL=C.UTF-8")
endfunction()

# xllm_add_script_tests("app/cli" SCRIPT cli_test.py ARGUMENTS … CASES a_case … LABELS … TIMEOUT … PROPERTIES …): for each case a test
# "app/cli: a case" that calls the Python script with the arguments and then the case. It is skipped where the script returns 77.
function(xllm_add_script_tests prefix)
  cmake_parse_arguments(arg "" "SCRIPT;TIMEOUT" "ARGUMENTS;CASES;LABELS;PROPERTIES" ${ARGN})
  foreach(case IN LISTS arg_CASES)
    string(REPLACE "_" " " sentence ${case})
    add_test(NAME "${prefix}: ${sentence}"
      COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/${arg_SCRIPT} ${arg_ARGUMENTS} ${case})
    set_tests_properties("${prefix}: ${sentence}" PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77
      ${arg_PROPERTIES})
  endforeach()
endfunction()
