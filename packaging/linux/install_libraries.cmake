# Run by `cmake --install`: `libraries` into `folder` below the prefix, without symbol tables (of libtorch_cpu 94 MB), finding each
# other beside themselves and the GPU add-on's before that.
set(target $ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/${folder})
foreach(library IN LISTS libraries)
  get_filename_component(name ${library} NAME)
  message(STATUS "Installing: ${target}/${name}")
  file(MAKE_DIRECTORY ${target})
  execute_process(COMMAND ${strip} --strip-unneeded -o ${target}/${name} ${library} COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${CMAKE_COMMAND} "-Dfile=${target}/${name}" "-Drpath=$ORIGIN/gpu:$ORIGIN"
    -P ${CMAKE_CURRENT_LIST_DIR}/set_rpath.cmake OUTPUT_QUIET ERROR_QUIET)
  file(CHMOD ${target}/${name} PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endforeach()
