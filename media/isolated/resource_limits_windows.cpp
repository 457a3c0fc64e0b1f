#include "media/isolated/resource_limits.h"

namespace xllm::media {

void limitResources() {}

void beginProcessorTime() {}

}  // namespace xllm::media
