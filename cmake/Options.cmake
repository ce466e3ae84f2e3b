# One target carries every compiler switch; rooms and tests link it.
option(REHEARSE_TESTS "build the tests" ON)
option(REHEARSE_WERROR "warnings are errors" OFF)
option(REHEARSE_FUZZ "build the libFuzzer targets" OFF)
option(REHEARSE_COVERAGE "build for gcov" OFF)
set(REHEARSE_SANITIZE "" CACHE STRING "value for -fsanitize=")

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
# Assertions catch our own bugs; they stay in what users run.
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELWITHDEBINFO "${CMAKE_C_FLAGS_RELWITHDEBINFO}")
string(REPLACE "-O3" "-O2" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(rehearse_options INTERFACE)
target_compile_definitions(rehearse_options INTERFACE _GNU_SOURCE REHEARSE_VERSION="${PROJECT_VERSION}")
target_compile_options(rehearse_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wundef
  -Wcast-qual -Wwrite-strings -Wformat=2 -Wvla -Wconversion
  -fno-common -fstack-protector-strong)
if(REHEARSE_WERROR)
  target_compile_options(rehearse_options INTERFACE -Werror)
endif()
if(REHEARSE_SANITIZE)
  target_compile_options(rehearse_options INTERFACE
    -fsanitize=${REHEARSE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(rehearse_options INTERFACE -fsanitize=${REHEARSE_SANITIZE})
endif()
if(REHEARSE_FUZZ)
  target_compile_options(rehearse_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(REHEARSE_COVERAGE)
  target_compile_options(rehearse_options INTERFACE --coverage -O0)
  target_link_options(rehearse_options INTERFACE --coverage)
endif()
