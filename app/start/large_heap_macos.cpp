// The heap of macOS grows in large steps by itself.
