// What can be wrong with an example for training: one name for each, for reports, for the window's translations and for
// programs that read a report. Leaves out what is done about it.
#pragma once

#include <string_view>

namespace xllm::data {

enum class Fault {
  MalformedRow = 1,  // no object, a wrong number of cells, a key of another kind
  RepeatedRow,       // says what an earlier row says
  ConflictingRow,    // says something else of the same recording
  MissingFile,
  EmptyFile,
  WrongKind,     // another kind of file than the row promises
  UnreadFormat,  // a sound file of a form that is not read
  BrokenFile,    // it cannot be decoded
  CutOffFile,    // the same, because its end is missing
  CutShort,      // it can be decoded, but its end is missing
  WrongEnding,   // its name promises another format
  MissingText,
  EmptyText,
  NotUtf8,
  BrokenLetters,        // letters that a wrong conversion left behind
  PlaceholderMismatch,  // <image> and files do not come out even
  TextWithoutFile,
  FileWithoutText,  // of a list that keeps both apart
  UnusedFile,       // in the folder, and read by nobody
  DuplicateFile,    // the same bytes
  SimilarPicture,   // nearly the same picture
  SameText,
  OtherLanguage,
  TextLength,    // far longer or shorter than the others
  BlankPicture,  // one colour
  SmallPicture,
  NarrowPicture,
  Silence,
  Faint,
  Clipping,
  TooShort,
  TooLong,
  SpeechRate,  // words per second that nobody speaks
  SampleRate,  // converted when it is read
  Leak,        // in training and in validation
};

// "missing-file"
std::string_view toString(Fault fault);

}  // namespace xllm::data
