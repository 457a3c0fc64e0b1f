# Writes OUT from app/version/version.cpp.in: VERSION as given, and the commit of the sources in SOURCE. Run at every build, as
# a commit changes without a new configuration; a file that would stay the same is not touched, so nothing is compiled again.
#   cmake -DSOURCE=… -DVERSION=… -DOUT=… -P write_version.cmake
set(COMMIT unknown)
find_program(git git)
if(git AND EXISTS ${SOURCE}/.git)  # an archive unpacked inside another repository has none of its own
  execute_process(COMMAND ${git} --git-dir=${SOURCE}/.git rev-parse --short=12 HEAD
    OUTPUT_VARIABLE said OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    set(COMMIT ${said})
  endif()
elseif(EXISTS ${SOURCE}/cmake/commit.txt)  # `git archive` writes the commit into it
  file(STRINGS ${SOURCE}/cmake/commit.txt said LIMIT_COUNT 1)
  if(said MATCHES "^[0-9a-f]+$")
    string(SUBSTRING ${said} 0 12 COMMIT)
  endif()
endif()
configure_file(${SOURCE}/app/version/version.cpp.in ${OUT} @ONLY)
