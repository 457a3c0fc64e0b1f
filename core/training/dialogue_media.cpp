#include "core/training/dialogue_media.h"

#include <map>
#include <utility>

#include "core/data/format_text.h"

namespace xllm::training {

namespace {

using data::ConversationExample;
using Kind = data::ConversationPart::Kind;

std::string nameOf(Kind kind) {
  switch (kind) {
    case Kind::Picture: return "image";
    case Kind::Recording: return "speech";
    case Kind::Clip: return "video";
    case Kind::Text: break;
  }
  return "text";
}

generation::Part emptyMedium(Kind kind) {
  if (kind == Kind::Picture) return generation::Picture();
  if (kind == Kind::Recording) return generation::Sound();
  return generation::Clip();
}

// The row without its features' keys; `files` of its media in their order.
DialogueRow rowOf(const ConversationExample& example, std::vector<std::filesystem::path>& files) {
  DialogueRow row{example.task, {}, {}, example.turns.back().parts.front().text};
  for (std::size_t i = 0; i + 1 < example.turns.size(); ++i) {
    generation::Turn turn{example.turns[i].role, {}};
    for (const auto& part : example.turns[i].parts) {
      if (part.kind == Kind::Text) {
        turn.parts.emplace_back(part.text);
        continue;
      }
      turn.parts.push_back(emptyMedium(part.kind));
      row.media.push_back({part.kind, {}});
      files.push_back(part.file);
    }
    row.turns.push_back(std::move(turn));
  }
  return row;
}

}  // namespace

Result<std::unique_ptr<DialogueMedia>> DialogueMedia::make(const TrainConfig& config, std::int64_t speechWidth) {
  std::unique_ptr<DialogueMedia> media(new DialogueMedia());
  media->m_mostExamples = config.mostExamples;
  const auto& parts = config.integrate.parts;
  if (const auto image = parts.find("image"); image != parts.end()) {
    auto pictures = openPictureEncoder(image->second.encoder, config.store, config.interface.at("image"));
    if (!pictures) return tl::unexpected(pictures.error());
    media->m_pictures = std::move(*pictures);
  }
  if (const auto speech = parts.find("speech"); speech != parts.end()) {
    auto source =
        SpeechFeatureSource::make(speech->second.encoderKind, speech->second.encoder, config.store, speechWidth);
    if (!source) return tl::unexpected(source.error());
    media->m_recordings = std::move(*source);
  }
  if (const auto video = parts.find("video"); video != parts.end()) {
    TrainConfig clips = config;
    clips.clip.encoder = video->second.encoder;
    clips.clip.frames = config.integrate.frames;
    auto source = ClipFeatureSource::make(clips);
    if (!source) return tl::unexpected(source.error());
    media->m_clips = std::move(*source);
  }
  return media;
}

bool DialogueMedia::knows(Kind kind) const {
  return (kind == Kind::Picture && m_pictures.store) || (kind == Kind::Recording && m_recordings) ||
         (kind == Kind::Clip && m_clips);
}

Result<std::vector<std::string>> DialogueMedia::encode(Kind kind, const std::vector<std::filesystem::path>& files,
                                                       const ClipDecoder& decoder, std::stop_token stop,
                                                       TrainObserver& observer) {
  if (kind == Kind::Recording) return m_recordings->encode(files, decoder, std::move(stop), observer);
  if (kind == Kind::Clip) return m_clips->encode(files, decoder, std::move(stop), observer);
  return fillWithPictures(files, 1, *m_pictures.encoder, *m_pictures.store, decoder, std::move(stop), observer);
}

Result<std::vector<DialogueRow>> DialogueMedia::read(const std::filesystem::path& list, const ClipDecoder& decoder,
                                                     std::stop_token stop, TrainObserver& observer) {
  auto examples = data::readConversations(list);
  if (!examples) return tl::unexpected(examples.error());
  takeExamples(*examples, m_mostExamples, observer);
  std::vector<DialogueRow> rows;
  std::map<Kind, std::vector<std::filesystem::path>> files;
  std::map<Kind, std::vector<std::pair<std::size_t, std::size_t>>> places;  // row, medium
  for (const auto& example : *examples) {
    std::vector<std::filesystem::path> own;
    DialogueRow row = rowOf(example, own);
    if (row.media.empty()) {
      return fail(ErrorCode::BadInput, data::formatText("{} has no picture, recording or clip in it: there is nothing "
                                                        "to train on. Take it out of the list.",
                                                        example.where));
    }
    for (std::size_t i = 0; i < own.size(); ++i) {
      const Kind kind = row.media[i].kind;
      if (!knows(kind)) {
        return fail(ErrorCode::BadInput,
                    data::formatText("{} names {}, but the config has no \"{}\" among its \"parts\" and in its "
                                     "\"interface\".",
                                     example.where, own[i].string(), nameOf(kind)));
      }
      files[kind].push_back(own[i]);
      places[kind].emplace_back(rows.size(), i);
    }
    rows.push_back(std::move(row));
  }
  for (const auto& [kind, named] : files) {
    const auto keys = encode(kind, named, decoder, stop, observer);
    if (!keys) return tl::unexpected(keys.error());
    for (std::size_t i = 0; i < named.size(); ++i) {
      const auto [row, medium] = places[kind][i];
      rows[row].media[medium].key = (*keys)[i];
    }
  }
  return rows;
}

Result<void> DialogueMedia::finish() {
  if (m_pictures.store) {
    if (const auto done = m_pictures.store->finish(); !done) return done;
  }
  if (m_recordings) {
    if (const auto done = m_recordings->finish(); !done) return done;
  }
  return m_clips ? m_clips->finish() : Result<void>{};
}

}  // namespace xllm::training
