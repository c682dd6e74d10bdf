// The words that the rooms protocol (docs/signaling.md) and taps (docs/tap.md) share, as JSON.
#pragma once

#include "core/room/messages.hpp"
#include "elements/common/json.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace parley::words {

inline constexpr std::int64_t max_dimension = 16384; ///< of a picture

/// Members of an object that has been begun.
void print(json::Writer& w, const room::ParticipantInfo& participant);
void print(json::Writer& w, const room::TrackInfo& track);
void print(json::Writer& w, const std::vector<room::LayerInfo>& layers);
void print(json::Writer& w, const std::vector<room::Speakers::Speaker>& speakers);
void print(json::Writer& w, const LayerChoice& choice);

// Members that are checked in full; the error names the member and what it may be.

Result<std::string> read_bounded(const json::Object& o, const char* member, std::size_t maximum);
Result<std::string> read_identifier(const json::Object& o, const char* member);
Result<std::string> read_identifier_or_none(const json::Object& o, const char* member);
Result<std::string> read_track(const json::Object& o);        ///< `track`: an id
Result<std::string> read_display_name(const json::Object& o); ///< `name`
Result<room::Role> read_role(const json::Object& o);          ///< `role`; absent: participant
Result<room::TrackSource> read_source(const json::Object& o); ///< `source`
/// The member `layer`; the highest where there is none.
Result<LayerChoice> read_layer(const json::Object& o, std::size_t max_rid_length);
/// The member `text` or `data` with its key, as JSON: exactly one is there.
Result<std::string> read_payload(const json::Object& o);

// What a server says, leniently: a newer one may say more, and in words that are not known here.

/// 0 where it is not there.
Result<std::int64_t> integer_or_zero(const json::Object& o, const char* member,
                                     std::int64_t maximum);
Result<room::ParticipantInfo> read_participant(const json::Object& o, const char* id_member);
Result<std::vector<room::LayerInfo>> read_layers(const json::Object& o); ///< `layers`
Result<room::TrackInfo> read_track_info(const json::Object& o);
Result<std::vector<room::Speakers::Speaker>> read_speakers(const json::Object& o); ///< `speakers`

} // namespace parley::words
