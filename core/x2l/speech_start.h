// Published weights from which S2L's training may start: X-LLM's own, and BERT (bert-base-chinese) for the C-Former
// alone.
#pragma once

#include "core/weights/checkpoint.h"
#include "core/x2l/parameters.h"
#include "core/x2l/speech_interface.h"

namespace xllm::x2l {

// Is it a BERT as Hugging Face stores it, with "bert." in front of the names or without?
bool holdsBert(const weights::Checkpoint& file);

// How loadParameters() takes `file` into a SpeechInterface of these sizes. BERT: the C-Former is read whole, down to
// its old names gamma and beta, and everything around it keeps its values; word embeddings, pooler and heads are left
// out. Another file, of X-LLM or our own: what X-LLM's hold beside the parameters is left out.
LoadOptions publishedSpeechStart(const SpeechInterfaceConfig& config, const weights::Checkpoint& file);

}  // namespace xllm::x2l
