#include "media/isolated/confinement.h"

namespace xllm::media {

void giveUpRights() {}

}  // namespace xllm::media
