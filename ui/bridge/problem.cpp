#include "ui/bridge/problem.h"

namespace xllm::ui {

Problem Problems::describe(const Error& error, Situation situation, const QString& subject) {
  return {title(error, situation, subject), reason(error.code, situation), QString::fromStdString(error.message)};
}

QString Problems::title(const Error& error, Situation situation, const QString& subject) {
  switch (situation) {
    case Situation::LoadingPack:
      return subject.isEmpty() ? tr("The model pack could not be loaded") : tr("“%1” could not be loaded").arg(subject);
    case Situation::AddingFile:
    case Situation::AddingFolder:
    case Situation::AddingEmptyFile:
    case Situation::AddingDevice:
    case Situation::AddingLargeFile: return tr("“%1” was not added").arg(subject);
    case Situation::OpeningKept: return tr("“%1” could not be opened").arg(subject);
    case Situation::ChoosingFrames: return tr("Other frames of “%1” could not be read").arg(subject);
    case Situation::Keeping:
      if (error.code == ErrorCode::CorruptFile) return tr("The file with your conversations was damaged");
      if (error.code == ErrorCode::NotFound || error.code == ErrorCode::BadInput) {
        return tr("An attachment was not kept");
      }
      return tr("Your conversations cannot be saved");
    case Situation::Answering: break;
  }
  return error.code == ErrorCode::OutOfMemory ? tr("There is not enough memory for this answer")
                                              : tr("This message could not be answered");
}

QString Problems::reasonOfKeeping(ErrorCode code) {
  switch (code) {
    case ErrorCode::CorruptFile:
      return tr(
          "It was put aside under the name below, and what could still be read is in a new one. Nothing was deleted.");
    case ErrorCode::NotFound:
      return tr("Its file is not there any more, or may not be read. The message itself is saved.");
    case ErrorCode::BadInput:
      return tr(
          "The disk has no room for a copy of it. The message itself is saved; the attachment can be used until the "
          "program ends.");
    case ErrorCode::Unsupported:
      return tr(
          "A newer version of this program wrote them, and they were left alone. What is said now is not kept: "
          "update the program first.");
    case ErrorCode::DiskFull:
      return tr(
          "The disk is full or may not be written to. Make room: what is said meanwhile is saved as soon as that "
          "is possible, but not when the program ends before.");
    default: return reason(ErrorCode::Internal, Situation::Keeping);
  }
}

QString Problems::reason(ErrorCode code, Situation situation) {
  if (situation == Situation::ChoosingFrames) {
    return code == ErrorCode::NotFound ? tr("The file is not there any more. The frames chosen before are kept.")
                                       : tr("The frames chosen before are kept. Choose another part, or send these.");
  }
  if (situation == Situation::Keeping && code != ErrorCode::Internal) return reasonOfKeeping(code);
  switch (situation) {
    case Situation::AddingFolder: return tr("It is a folder. Open it and add the files that are in it.");
    case Situation::AddingEmptyFile: return tr("The file is empty: there is nothing in it to look at or to hear.");
    case Situation::AddingDevice:
      return tr("It is no ordinary file but a device or a pipe. Add a copy of its content.");
    case Situation::AddingLargeFile:
      return tr("It is too large or too long to be read. Make it smaller, or cut out the part that matters.");
    default: break;
  }
  const bool isPack = situation == Situation::LoadingPack;
  const bool isFile = situation == Situation::AddingFile || situation == Situation::OpeningKept;
  switch (code) {
    case ErrorCode::NotFound:
      if (isPack)
        return tr("The folder, or a part of the pack in it, is not there. Choose the folder that holds pack.json.");
      if (isFile) return tr("The file is not there any more, or may not be read. Check where it is and add it again.");
      return tr("A part of the model pack is missing. Load the pack again, or choose another one.");
    case ErrorCode::BadInput:
      if (isPack) return tr("This folder is not a model pack. Choose the folder that holds pack.json.");
      if (isFile) return tr("It is not a picture, clip or sound file, whatever its name says. Try another file.");
      return tr(
          "The model cannot use this message: a picture, clip or sound is unusable, or it is too long. Change it and "
          "try "
          "again.");
    case ErrorCode::CorruptFile:
      if (isPack) return tr("A file of the pack is damaged. Fetch or build the pack again.");
      if (isFile) return tr("The file is damaged. Open it in another program and save it anew, or try another file.");
      return tr("A file of the model pack is damaged. Fetch or build the pack again.");
    case ErrorCode::Unsupported:
      if (isPack) return tr("This version of the program does not know this kind of pack. Choose another pack.");
      if (isFile)
        return tr(
            "Files of this kind cannot be read. Pictures (JPEG, PNG, WebP, …), clips (MP4, WebM, …) and sound files "
            "can.");
      return tr("The loaded pack cannot do this. Leave the attachment out, or choose another pack.");
    case ErrorCode::OutOfMemory:
      return tr("Close other programs, make the message or its pictures smaller, or use a smaller pack.");
    case ErrorCode::DiskFull:
      return tr("Nothing could be written: the disk is full or may not be written to. Make room and try again.");
    case ErrorCode::Cancelled: return tr("It was stopped.");
    case ErrorCode::DeviceLost:
      return tr("A device the model runs on went away. Connect it again and load the pack once more.");
    case ErrorCode::Internal: break;
  }
  return tr("This is a fault in the program. Try again; if it happens again, copy the details and report them.");
}

}  // namespace xllm::ui
