# Run by `cmake --install`: `libraries` into `folder` below the prefix, without symbol tables (of libtorch_cpu 94 MB), finding each
# other beside themselves and the GPU add-on's before that.
set(target $ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/${folder})
foreach(library IN LISTS libraries)
  get_filename_component(name ${library} NAME)
  message(STATUS "Installing: ${target}/${name}")
  file(MAKE_DIRECTORY ${target})
  execute_process(COMMAND ${strip} --strip-unneeded -o ${target}/${name} ${library} COMMAND_ERROR_IS_FATAL ANY)
  file(RPATH_SET FILE ${target}/${name} NEW_RPATH "$ORIGIN/gpu:$ORIGIN")
  file(CHMOD ${target}/${name} PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endforeach()
