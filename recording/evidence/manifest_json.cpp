// manifest.json as docs/recording.md says; docs/recording.schema.json is its schema.
#include "recording/evidence/event_json.hpp"
#include "recording/evidence/hex.hpp"
#include "recording/evidence/manifest.hpp"
#include "recording/evidence/utc.hpp"

namespace parley::recording {
namespace {

constexpr int version = 1;

void put(json::Writer& w, const char* name, Duration value) {
    w.member(name, std::int64_t{value.count()});
}

void put(json::Writer& w, const char* name, const std::optional<Duration>& value) {
    if (value) {
        put(w, name, *value);
    } else {
        w.null(name);
    }
}

/// Both ways of saying it: people read UTC, RTCP's sender reports have NTP.
void put(json::Writer& w, const char* name, Utc time) {
    if (time == Utc{}) {
        w.null(name);
        return;
    }
    w.begin_object(name).member("utc", to_text(time));
    w.member("ntp", to_hex([&] {
                 std::array<std::uint8_t, 8> bytes{};
                 store_be64(bytes.data(), ntp_since_1970(time.since_1970).value);
                 return bytes;
             }()));
    w.end_object();
}

template <class T>
void put(json::Writer& w, const char* name, const std::vector<Manifest::At<T>>& list) {
    w.begin_array(name);
    for (const auto& item : list) {
        w.begin_object();
        put(w, "at", item.at);
        print_members(w, item.event);
        w.end_object();
    }
    w.end_array();
}

void put(json::Writer& w, const Manifest::Track& track) {
    const auto& about = track.about;
    w.begin_object().member("track", about.track).member("participant", about.participant);
    w.member("source", about.source).member("codec", about.codec);
    put(w, "first", about.first);
    w.member("clock", about.mapped ? "sender" : "arrival");
    put(w, "started", track.started);
    put(w, "ended", track.ended);
    put(w, "sizes", track.sizes);
    put(w, "mutes", track.mutes);
    if (track.drift_ppm) {
        w.member("drift_ppm", *track.drift_ppm);
    } else {
        w.null("drift_ppm");
    }
    w.end_object();
}

void put(json::Writer& w, const Manifest::File& file) {
    const auto& about = file.about;
    w.begin_object().member("file", about.file).member("container", about.container);
    w.member("participant", about.participant).begin_array("tracks");
    for (const auto& track : about.tracks)
        w.element(track);
    w.end_array();
    put(w, "start", about.start);
    put(w, "first", about.wall);
    put(w, "last", file.closed ? file.closed->last : Utc{});
    w.member("chunks", file.chunks);
    w.member("size", file.closed ? file.closed->size : file.size);
    if (file.closed) {
        w.member("sha256", to_hex(file.closed->sha256));
        put(w, "duration", file.closed->duration);
    } else {
        w.null("sha256").null("duration");
    }
    w.member("state", file.closed ? "closed" : "recording").end_object();
}

} // namespace

std::string Manifest::to_json() const {
    json::Writer w;
    w.begin_object().member("version", version);
    w.member("id", about_.id).member("room", about_.room).member("software", about_.software);
    w.member("state", ended_ ? "closed" : "recording");
    put(w, "started", started_);
    put(w, "ended", ended_ ? ended_->utc : Utc{});
    w.member("end_reason", ended_ ? ended_->event.reason : "");
    put(w, "duration", duration_);
    w.member("layout", about_.layout).member("fill", about_.fill);
    w.begin_object("clock").member("state", about_.clock);
    put(w, "uncertainty", about_.uncertainty);
    w.end_object();
    put(w, "expires", about_.expires);
    w.member("consent_policy", about_.consent).member("encryption", about_.encryption);
    w.member("signing", is_signed() ? about_.public_key : "unsigned");
    w.begin_array("participants");
    for (const auto& p : participants_) {
        w.begin_object().member("id", p.id).member("name", p.name).member("role", p.role);
        put(w, "joined", p.joined);
        put(w, "left", p.left);
        w.end_object();
    }
    w.end_array().begin_array("tracks");
    for (const auto& track : tracks_)
        put(w, track);
    w.end_array().begin_array("files");
    for (const auto& file : files_)
        put(w, file);
    w.end_array();
    put(w, "gaps", gaps_);
    w.begin_array("pauses");
    for (const auto& pause : pauses_) {
        w.begin_object();
        put(w, "start", pause.start);
        put(w, "end", pause.end);
        w.member("reason", pause.about.reason).member("actor", pause.about.actor).end_object();
    }
    w.end_array();
    put(w, "marks", marks_);
    put(w, "consent", consent_);
    put(w, "chat", chat_);
    w.begin_array("disk_troubles");
    for (const auto& trouble : troubles_) {
        w.begin_object();
        put(w, "start", trouble.start);
        put(w, "end", trouble.end);
        w.member("file", trouble.about.file).member("text", trouble.about.text).end_object();
    }
    w.end_array();
    w.member("events", events_).member("chain_head", to_hex(head_)).end_object();
    return w.take() + '\n';
}

} // namespace parley::recording
