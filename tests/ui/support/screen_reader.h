// Switches Qt's accessibility on without a screen reader, so that its events are sent. Qt has no public call for that;
// these two are exported by its library for its own plug-ins. Tests only.
#pragma once

#include <dlfcn.h>

namespace xllm::tests {

inline bool pretendScreenReader() {
  using Get = void* (*)(const void*);
  using SetActive = void (*)(void*, bool);
  const auto get = reinterpret_cast<Get>(dlsym(RTLD_DEFAULT, "_ZNK20QPlatformIntegration13accessibilityEv"));
  const auto setActive = reinterpret_cast<SetActive>(dlsym(RTLD_DEFAULT, "_ZN22QPlatformAccessibility9setActiveEb"));
  if (!get || !setActive) return false;
  setActive(get(nullptr), true);  // of the offscreen platform: it has no accessibility of its own
  return true;
}

}  // namespace xllm::tests
