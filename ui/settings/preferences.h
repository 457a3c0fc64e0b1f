// What the window remembers from one day to the next, as a plain value. Leaves where it is kept to app/.
#pragma once

#include <QByteArray>
#include <QString>

#include "ui/listening/listening.h"
#include "ui/settings/preset.h"
#include "ui/widgets/language.h"
#include "ui/widgets/theme.h"

namespace xllm::ui {

// When what was said goes out.
enum class SayingGoes {
  AtOnceHandsFree = 1,  // hands-free at once; else the person reads it first
  AtOnce,
  AfterReading
};

// How one talks.
struct TalkPreferences {
  ListenMode mode = ListenMode::ClickToTalk;
  ListenSettings listening = {};
  bool showsWords = true;  // what is understood, while one speaks and to be corrected
  SayingGoes goes = SayingGoes::AtOnceHandsFree;

  bool operator==(const TalkPreferences&) const = default;
};

// How answers are read aloud.
struct ReadingPreferences {
  bool answers = false;  // each, while it is written
  QString voice = {};    // as the system calls it; empty: the first one of the text's language
  double rate = 0;       // -1 … 1; 0: as the voice speaks by itself
  double volume = 1;     // 0 … 1

  bool operator==(const ReadingPreferences&) const = default;
};

// What the fields of a form and the reader of a file allow.
inline constexpr double kShortestEndDelay = 0.3, kLongestEndDelay = 3.0;  // seconds
inline constexpr double kLeastSensitivity = 0.1, kMostSensitivity = 0.9;  // ListenSettings::sensitivity

// A microphone that one can choose.
struct Microphone {
  QByteArray id = {};  // ListenSettings::device
  QString name = {};   // as the system calls it

  bool operator==(const Microphone&) const = default;
};

struct Preferences {
  LanguageChoice language = LanguageChoice::System;
  ThemeChoice theme = ThemeChoice::System;
  int textZoom = 100;                           // percent
  QString packFolder = {};                      // chosen by hand; empty: the starter
  QByteArray geometry = {};                     // of the window, as Qt saves it
  bool firstRun = false;                        // the first steps are still to be shown
  bool sidebar = true;                          // the conversations beside the one that is shown
  bool tray = false;                            // closing the window leaves the program in the tray, where there is one
  QList<Preset> presets = Presets::builtIn();   // never empty
  QString preset = QStringLiteral("balanced");  // the id of the one in use
  bool halfMemory = false;                      // of a conversation, whatever the preset
  QByteArray camera = {};                       // media::CameraDevice::id; empty: the default
  TalkPreferences talk = {};
  ReadingPreferences reading = {};

  bool operator==(const Preferences&) const = default;
};

}  // namespace xllm::ui
