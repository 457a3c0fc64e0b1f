// The logits of a language model at each token of an answer, computed as a chat does it: the prompt in one pass, then
// token by token. For comparing with other programs (tests/app/llama_peer_test.py).
//
// xllm_answer_logits MODEL OUT PROMPT ANSWER
// PROMPT and ANSWER: token ids with commas between. OUT: float32 [tokens of the answer, vocabulary], of which row i is
// what the model expects in the place of token i.
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <torch/types.h>

#include "core/llm/language_model.h"

namespace {

using namespace xllm;

at::Tensor ids(const std::string& text) {
  std::vector<std::int64_t> numbers;
  std::istringstream in(text);
  for (std::string number; std::getline(in, number, ',');) numbers.push_back(std::stoll(number));
  return at::tensor(numbers, at::kLong).unsqueeze(0);
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() != 4) {
    std::cerr << "Usage: xllm_answer_logits MODEL OUT PROMPT ANSWER\n";
    return 2;
  }
  const c10::InferenceMode inference;
  const auto checkpoint = weights::Checkpoint::open(arguments[0]);
  if (!checkpoint) throw std::runtime_error(checkpoint.error().message);
  const auto model = llm::loadLanguageModel(*checkpoint, llm::Precision::AsStored);
  if (!model) throw std::runtime_error(model.error().message);

  llm::KvCache cache = (*model)->emptyCache(llm::KeptAs::Float32);
  std::ofstream out(arguments[1], std::ios::binary);
  const auto read = [&](const at::Tensor& tokens) {
    const at::Tensor hidden = (*model)->forward((*model)->embed(tokens), {}, &cache);
    const at::Tensor row = (*model)->logits(hidden.select(1, -1)).contiguous();
    out.write(static_cast<const char*>(row.const_data_ptr()), static_cast<std::streamsize>(row.nbytes()));
  };
  read(ids(arguments[2]));
  const at::Tensor answer = ids(arguments[3]);
  for (std::int64_t i = 0; i + 1 < answer.size(1); ++i) read(answer.narrow(1, i, 1));
  return out.flush() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
}
