// How a language model's tokens are spelled, for the Vocabulary adapter: a token that training never showed is still
// recognised by its letters. Leaves the tokens' texts to whoever knows the tokenizer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace xllm::x2l {

// Kinds of characters at one place of a token: 0 past its end, 1 … those of the alphabet, the last: any other.
std::int64_t spellingKinds(const std::string& alphabet);

enum class LetterCase {
  AsWritten = 1,
  Folded,  // A … Z count as a … z: capitals sound alike
};

// One-hot rows [tokens, places · kinds] uint8: row t has a one per place, at place · kinds + kind. Characters past
// `places` are dropped. `texts` and `alphabet` are UTF-8; broken bytes count as other characters.
at::Tensor spelledTable(const std::vector<std::string>& texts, const std::string& alphabet, std::int64_t places,
                        LetterCase letterCase = LetterCase::AsWritten);

// What a CTC head is to hear of a written text: the place of each of its characters in the alphabet, from 1 on; 0 is
// the blank. Capitals that the alphabet lacks count as their small letters; ASCII punctuation that it lacks is not
// heard, but parts words as a space does where it stands between two. `unknown` becomes the first other character that
// it lacks.
struct HeardCharacters {
  std::vector<std::int64_t> places;
  std::string unknown;  // empty: none
};
HeardCharacters heardCharacters(const std::string& text, const std::string& alphabet);

// What a CTC head reads: the best character of each frame, repeats and blanks (kind 0) removed. logits [B, T, 1 +
// alphabet]; frames [B] int64, valid ones.
std::vector<std::string> readLetters(const at::Tensor& logits, const at::Tensor& frames, const std::string& alphabet);

// How likely a CTC head finds each of several texts: log-probabilities [texts], -inf where a text has more characters
// than there are frames. logits [T, 1 + alphabet] of one recording; a text is places as of heardCharacters().
at::Tensor letterLikelihoods(const at::Tensor& logits, const std::vector<std::vector<std::int64_t>>& texts);

// The characters of a UTF-8 text; a byte that starts none stands alone.
std::vector<std::string> charactersOf(const std::string& utf8);

}  // namespace xllm::x2l
