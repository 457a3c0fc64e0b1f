// A voice without loudspeakers: keeps what it is told to say, and a test says when it has said it. Tests only.
#pragma once

#include <QStringList>

#include "ui/speaking/voice.h"

namespace xllm::tests {

class ScriptedVoice final : public ui::Voice {
 public:
  QList<Offered> offers{{QStringLiteral("slt"), QLocale(QLocale::English)},
                        {QStringLiteral("mei"), QLocale(QLocale::Chinese)}};
  bool looked = true;  // it is known what it offers
  QStringList said;
  QList<QLocale::Language> languages;
  ui::VoiceChoice choice;
  int pauses = 0, resumes = 0, stops = 0, wakes = 0;
  bool isSaying = false, isPaused = false;

  void wake() override {
    ++wakes;
    looked = true;
    Q_EMIT offersChanged();
  }
  bool canSpeak() const override { return !looked || !offers.isEmpty(); }
  QString whyNot() const override { return QStringLiteral("This computer has no voice. Install one."); }
  QList<Offered> voices() const override { return looked ? offers : QList<Offered>(); }
  void choose(const ui::VoiceChoice& wanted) override { choice = wanted; }
  void say(const QString& text, const QLocale& language) override {
    said << text;
    languages << language.language();
    isSaying = true;
    isPaused = false;
    Q_EMIT began();
  }
  void pause() override {
    ++pauses;
    isPaused = true;
  }
  void resume() override {
    ++resumes;
    isPaused = false;
  }
  void stop() override {
    ++stops;
    isSaying = isPaused = false;
  }

  // What a test makes it do.
  void finishSentence() {
    if (!isSaying || isPaused) return;
    isSaying = false;
    Q_EMIT ended();
  }
  void finishAll() {
    while (isSaying && !isPaused) finishSentence();
  }
  void fail(const QString& sentence) {
    isSaying = false;
    Q_EMIT failed(sentence);
  }
  bool isHeard() const { return isSaying && !isPaused; }
};

}  // namespace xllm::tests
