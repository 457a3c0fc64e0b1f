#include "core/data/fault.h"

namespace xllm::data {

std::string_view toString(Fault fault) {
  switch (fault) {
    case Fault::MalformedRow: return "malformed-row";
    case Fault::RepeatedRow: return "repeated-row";
    case Fault::ConflictingRow: return "conflicting-row";
    case Fault::MissingFile: return "missing-file";
    case Fault::EmptyFile: return "empty-file";
    case Fault::WrongKind: return "wrong-kind";
    case Fault::UnreadFormat: return "unread-format";
    case Fault::BrokenFile: return "broken-file";
    case Fault::CutOffFile: return "cut-off";
    case Fault::CutShort: return "cut-short";
    case Fault::WrongEnding: return "wrong-ending";
    case Fault::MissingText: return "missing-text";
    case Fault::EmptyText: return "empty-text";
    case Fault::NotUtf8: return "not-utf8";
    case Fault::BrokenLetters: return "broken-letters";
    case Fault::PlaceholderMismatch: return "placeholder-mismatch";
    case Fault::TextWithoutFile: return "text-without-file";
    case Fault::FileWithoutText: return "file-without-text";
    case Fault::UnusedFile: return "unused-file";
    case Fault::DuplicateFile: return "duplicate-file";
    case Fault::SimilarPicture: return "similar-pictures";
    case Fault::SameText: return "same-text";
    case Fault::OtherLanguage: return "other-language";
    case Fault::TextLength: return "text-length";
    case Fault::BlankPicture: return "blank-picture";
    case Fault::SmallPicture: return "small-picture";
    case Fault::NarrowPicture: return "narrow-picture";
    case Fault::Silence: return "silence";
    case Fault::Faint: return "faint";
    case Fault::Clipping: return "clipping";
    case Fault::TooShort: return "too-short";
    case Fault::TooLong: return "too-long";
    case Fault::SpeechRate: return "speech-rate";
    case Fault::SampleRate: return "sample-rate";
    case Fault::Leak: return "leak";
  }
  return "unknown";
}

}  // namespace xllm::data
