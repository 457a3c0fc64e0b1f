# Writes OUT from app/version/version.cpp.in: VERSION as given, and the commit of the sources in SOURCE. Run at every build, as
# a commit changes without a new configuration; a file that would stay the same is not touched, so nothing is compiled again.
#   cmake -DSOURCE=… -DVERSION=… -DOUT=… -P write_version.cmake
set(COMMIT unknown)
set(COMMIT_TIME 0)
find_program(git git)
if(git AND EXISTS ${SOURCE}/.git)  # an archive unpacked inside another repository has none of its own
  execute_process(COMMAND ${git} --git-dir=${SOURCE}/.git log -1 --no-show-signature "--format=%H;%ct"
    OUTPUT_VARIABLE said OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
elseif(EXISTS ${SOURCE}/cmake/commit.txt)  # `git archive` writes the commit into it
  file(STRINGS ${SOURCE}/cmake/commit.txt said)
endif()
if("${said}" MATCHES "^([0-9a-f]+);([0-9]+)$")
  set(COMMIT_TIME ${CMAKE_MATCH_2})
  string(SUBSTRING ${CMAKE_MATCH_1} 0 12 COMMIT)
endif()
configure_file(${SOURCE}/app/version/version.cpp.in ${OUT} @ONLY)
