// What the allocator does with large pieces of memory that are given back.
#pragma once

namespace xllm {

// Keeps up to 64 MB of freed memory instead of giving every large piece back to the system at once: a network asks for
// the same megabytes again in its next layer, and fresh pages are slow (zeroed one by one; measured: 10 % of the time
// that reading a prompt takes). For the beginning of a program, before it has threads; does nothing where the C library
// is not glibc.
void keepFreedMemory();

}  // namespace xllm
