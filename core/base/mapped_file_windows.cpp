#include <windows.h>

#include <cstdint>
#include <system_error>
#include <utility>

#include "core/base/mapped_file.h"

namespace xllm {

namespace {

std::string because(::DWORD error) { return std::system_category().message(static_cast<int>(error)); }

}  // namespace

MappedFile::MappedFile(std::filesystem::path path, std::span<const std::byte> bytes)
    : m_path(std::move(path)), m_bytes(bytes) {}

MappedFile::~MappedFile() {
  if (!m_bytes.empty()) ::UnmapViewOfFile(m_bytes.data());
}

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::filesystem::path& path) {
  constexpr ::DWORD kEverybody = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return fail(ErrorCode::BadInput, path.string() + " is not a regular file.");
  }
  const ::HANDLE file =
      ::CreateFileW(path.c_str(), GENERIC_READ, kEverybody, nullptr, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file == INVALID_HANDLE_VALUE) {
    return fail(ErrorCode::NotFound, "Cannot open " + path.string() + ": " + because(::GetLastError()));
  }
  ::LARGE_INTEGER size{};
  const bool regular = ::GetFileType(file) == FILE_TYPE_DISK && ::GetFileSizeEx(file, &size);
  const void* address = nullptr;
  ::DWORD error = 0;
  if (regular && size.QuadPart > 0) {
    const ::HANDLE mapping = ::CreateFileMappingW(file, nullptr, PAGE_READONLY, 0, 0, nullptr);
    if (mapping != nullptr) address = ::MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
    error = address == nullptr ? ::GetLastError() : 0;
    if (mapping != nullptr) ::CloseHandle(mapping);  // the view holds what it needs
  }
  ::CloseHandle(file);
  if (!regular) return fail(ErrorCode::BadInput, path.string() + " is not a regular file.");
  if (error != 0) {
    return fail(error == ERROR_NOT_ENOUGH_MEMORY ? ErrorCode::OutOfMemory : ErrorCode::NotFound,
                "Cannot map " + path.string() + ": " + because(error));
  }
  const std::size_t bytes = address == nullptr ? 0 : static_cast<std::size_t>(size.QuadPart);
  return std::shared_ptr<const MappedFile>(new MappedFile(path, {static_cast<const std::byte*>(address), bytes}));
}

// Pages that are unlocked though they were not locked leave the working set; the rest is the system's.
void MappedFile::letGo(std::span<const std::byte> part) const {
  ::SYSTEM_INFO system{};
  ::GetSystemInfo(&system);
  const auto page = static_cast<std::uintptr_t>(system.dwPageSize);
  const auto begin = (reinterpret_cast<std::uintptr_t>(part.data()) + page - 1) / page * page;
  const auto end = (reinterpret_cast<std::uintptr_t>(part.data()) + part.size()) / page * page;
  if (begin < end) ::VirtualUnlock(reinterpret_cast<void*>(begin), end - begin);
}

}  // namespace xllm
