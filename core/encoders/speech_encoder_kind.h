// What a published speech encoder's weights do not tell of themselves, as packs and training configs say it.
#pragma once

#include <filesystem>
#include <string>

namespace xllm::encoders {

struct SpeechEncoderKind {
  std::string type = "whisper";  // or "wenet-conformer", "espnet-conformer", "funasr-conformer", "paraformer"
  // By what features are normalised: FunASR's am.mvn, WeNet's global_cmvn; empty: it lies in the weights.
  std::filesystem::path statistics = {};
  // ESPnet's and FunASR's rel_pos_type, "legacy" or "latest"; empty: "legacy", which both have unless a config says
  // otherwise.
  std::string positions = {};
};

}  // namespace xllm::encoders
