#include "media/isolated/parent_watch.h"

namespace xllm::media {

void endWithParent() {}

}  // namespace xllm::media
