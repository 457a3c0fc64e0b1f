# Makes CMake's own NSIS template one for a single person: no administrator is asked for, menus and registry are that person's. Stops when the
# template no longer says what is replaced here.  cmake -DTEMPLATE=…/NSIS.template.in -DOUT=… -P per_user_nsis.cmake
file(READ ${TEMPLATE} text)
foreach(pair IN ITEMS "RequestExecutionLevel admin|RequestExecutionLevel user" "SetShellVarContext all|SetShellVarContext current"
    [[HKLM "Software\Microsoft\Windows\CurrentVersion\Uninstall|HKCU "Software\Microsoft\Windows\CurrentVersion\Uninstall]])
  string(REPLACE "|" ";" pair "${pair}")
  list(GET pair 0 from)
  list(GET pair 1 to)
  string(FIND "${text}" "${from}" place)
  if(place EQUAL -1)
    message(FATAL_ERROR "${TEMPLATE} has no “${from}”: packaging/windows/per_user_nsis.cmake must be fitted to this CMake")
  endif()
  string(REPLACE "${from}" "${to}" text "${text}")
endforeach()
file(WRITE ${OUT} "${text}")
