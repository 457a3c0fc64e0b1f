// The heap of Windows is the C library's own affair.
