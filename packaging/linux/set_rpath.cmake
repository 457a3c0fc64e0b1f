# Where `file` looks for libraries from now on: `rpath`. A library whose own entry has no room for it keeps its own.
file(RPATH_SET FILE ${file} NEW_RPATH "${rpath}")
