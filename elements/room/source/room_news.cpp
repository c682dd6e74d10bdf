#include "elements/room/source/room_news.hpp"

#include "elements/common/json.hpp"

#include <algorithm>

namespace parley::room_elements {

namespace {

GstStructure* news(const char* kind, const std::string& participant) {
    auto* const structure = gst_structure_new("parley-room", "kind", G_TYPE_STRING, kind, nullptr);
    if (!participant.empty()) {
        gst_structure_set(structure, "participant", G_TYPE_STRING, participant.c_str(), nullptr);
    }
    return structure;
}

} // namespace

/// Numbers it and keeps it for pads to come; takes the structure.
GstPtr<GstEvent> RoomNews::add(Kind kind, const std::string& participant, GstStructure* structure,
                               Time at) {
    gst_structure_set(structure, "serial", G_TYPE_UINT64, guint64{next_serial_++}, "running-time",
                      GST_TYPE_CLOCK_TIME, at.value_or(GST_CLOCK_TIME_NONE), nullptr);
    const bool holds = kind != Kind::left && kind != Kind::message;
    auto event = adopt_ptr(gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, structure));
    items_.push_back({event, kind, participant, holds, false});
    if (items_.size() > most_items) {
        const auto oldest = std::find_if(items_.begin(), items_.end(),
                                         [](const Item& item) { return !item.holds; });
        if (oldest != items_.end()) items_.erase(oldest);
    }
    return event;
}

/// What was said of this before is history.
void RoomNews::supersede(Kind kind, const std::string& participant) {
    for (auto& item : items_) {
        if (item.kind == kind && item.participant == participant) item.holds = false;
    }
    std::erase_if(items_, [](const Item& item) { return item.told && !item.holds; });
}

GstPtr<GstEvent> RoomNews::joined(const room::ParticipantInfo& participant, Time at) {
    auto* const structure = news("participant-joined", participant.id);
    gst_structure_set(structure, "display-name", G_TYPE_STRING, participant.name.c_str(), "role",
                      G_TYPE_STRING, std::string{to_string(participant.role)}.c_str(), "consent",
                      G_TYPE_BOOLEAN, gboolean{participant.consent}, nullptr);
    supersede(Kind::joined, participant.id);
    supersede(Kind::consent, participant.id);
    return add(Kind::joined, participant.id, structure, at);
}

GstPtr<GstEvent> RoomNews::left(const tap::ParticipantLeft& gone, Time at) {
    auto* const structure = news("participant-left", gone.participant);
    gst_structure_set(structure, "reason", G_TYPE_STRING, gone.reason.c_str(), nullptr);
    supersede(Kind::joined, gone.participant);
    supersede(Kind::consent, gone.participant);
    return add(Kind::left, gone.participant, structure, at);
}

GstPtr<GstEvent> RoomNews::consent(const tap::ConsentChanged& changed, Time at) {
    auto* const structure = news("consent", changed.participant);
    gst_structure_set(structure, "consent", G_TYPE_BOOLEAN, gboolean{changed.consent}, nullptr);
    supersede(Kind::consent, changed.participant);
    return add(Kind::consent, changed.participant, structure, at);
}

GstPtr<GstEvent> RoomNews::recording(const tap::RecordingChanged& changed, Time at) {
    if (recording_ && recording_->recording == changed.recording &&
        recording_->consent_required == changed.consent_required) {
        return {};
    }
    recording_ = changed;
    auto* const structure = news("recording", {});
    gst_structure_set(structure, "recording", G_TYPE_BOOLEAN, gboolean{changed.recording},
                      "consent-required", G_TYPE_BOOLEAN, gboolean{changed.consent_required},
                      nullptr);
    supersede(Kind::recording, {});
    return add(Kind::recording, {}, structure, at);
}

GstPtr<GstEvent> RoomNews::message(const tap::MessageReceived& received, Time at) {
    const auto document = json::Document::parse_object("{" + received.payload + "}");
    if (!document) return {};
    const auto root = document->root();
    const bool is_text = root.has("text");
    const auto content = is_text ? root.text("text") : json::to_text(root.node("data"));
    if (!content) return {};
    auto* const structure = news("message", received.from);
    gst_structure_set(structure, is_text ? "text" : "data", G_TYPE_STRING, content->c_str(),
                      nullptr);
    return add(Kind::message, received.from, structure, at);
}

std::vector<GstPtr<GstEvent>> RoomNews::backlog() const {
    std::vector<GstPtr<GstEvent>> events;
    for (const auto& item : items_)
        events.push_back(item.event);
    return events;
}

void RoomNews::on_told() {
    for (auto& item : items_)
        item.told = true;
    std::erase_if(items_, [](const Item& item) { return !item.holds; });
}

} // namespace parley::room_elements
