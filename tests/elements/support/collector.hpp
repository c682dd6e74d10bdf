// What comes out of the pads of an rtcroomsrc.
#pragma once

#include "elements/room/timeline.hpp"
#include "net/clock.hpp"
#include "tests/elements/support/pipeline.hpp"

#include <gst/gst.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace parley::test {

/// What has come out of the pads of an rtcroomsrc.
class Collector {
  public:
    struct Track {
        std::string stream_id;
        std::string caps;
        std::string title;
        std::vector<GstClockTime> times;
        std::size_t with_time = 0; ///< buffers that carry their time on the room's timeline
        std::size_t estimated = 0; ///< of these, by arrival only
        std::vector<std::int64_t> errors_us;               ///< of their PTS against that time
        unsigned gaps = 0;                                 ///< GAP events
        std::vector<std::shared_ptr<GstStructure>> events; ///< custom ones

        /// The newest event of this name and, for `parley-room`, this kind; null: none has come.
        [[nodiscard]] const GstStructure* last(const char* name, const char* kind = nullptr) const {
            const auto found = std::find_if(events.rbegin(), events.rend(), [&](const auto& event) {
                const auto* text = gst_structure_get_string(event.get(), "kind");
                return gst_structure_has_name(event.get(), name) &&
                       (kind == nullptr || g_strcmp0(kind, text) == 0);
            });
            return found == events.rend() ? nullptr : found->get();
        }
        bool eos = false;
    };

    /// Links a fakesink to each pad as it comes.
    Collector(Pipeline& pipeline, const char* source, bool link = true)
        : pipeline_{pipeline}, link_{link} {
        source_ = pipeline.child(source);
        g_signal_connect(source_.get(), "pad-added", G_CALLBACK(on_pad), this);
        g_signal_connect(source_.get(), "pad-removed", G_CALLBACK(on_removed), this);
    }
    ~Collector() {
        pipeline_.set(GST_STATE_NULL); // nothing calls back any more
        g_signal_handlers_disconnect_by_data(source_.get(), this);
    }
    Collector(const Collector&) = delete;
    Collector& operator=(const Collector&) = delete;

    bool wait(const std::function<bool(const Collector&)>& condition,
              std::chrono::seconds limit = std::chrono::seconds{10}) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, limit, [&] { return condition(*this); });
    }
    bool wait_for_buffers(const std::string& stream_id, std::size_t count) {
        return wait([&](const Collector& c) {
            const auto found = c.tracks.find(stream_id);
            return found != c.tracks.end() && found->second.times.size() >= count;
        });
    }
    Track track(const std::string& stream_id) {
        const std::lock_guard lock{mutex_};
        return tracks[stream_id];
    }

    /// What has come so far counts no more.
    void forget() {
        const std::lock_guard lock{mutex_};
        tracks.clear();
    }

    std::map<std::string, Track> tracks; // by stream-id; mutex_
    std::vector<std::string> pads;       // names, in the order they came; mutex_
    unsigned removed = 0;                // mutex_

  private:
    static void on_pad(GstElement*, GstPad* pad, gpointer data) {
        static_cast<Collector*>(data)->add(pad);
    }
    static void on_removed(GstElement*, GstPad*, gpointer data) {
        auto* self = static_cast<Collector*>(data);
        const std::lock_guard lock{self->mutex_};
        ++self->removed;
        self->changed_.notify_all();
    }

    void add(GstPad* pad) {
        const GStringPtr id{gst_pad_get_stream_id(pad)};
        const auto caps = adopt_ptr(gst_pad_get_current_caps(pad));
        const auto segment = adopt_ptr(gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0));
        EXPECT_NE(id, nullptr);
        EXPECT_TRUE(caps) << "caps come before the pad";
        EXPECT_TRUE(segment) << "a segment comes before the pad";
        {
            const std::lock_guard lock{mutex_};
            auto& track = tracks[id.get()];
            if (caps) track.caps = GStringPtr{gst_caps_to_string(caps.get())}.get();
            pads.emplace_back(GST_PAD_NAME(pad));
            changed_.notify_all();
        }
        gst_pad_add_probe(pad, probe_types, on_data, this, nullptr);
        if (!link_) return;
        auto* sink = gst_element_factory_make("fakesink", nullptr);
        g_object_set(sink, "sync", FALSE, "async", FALSE, nullptr);
        gst_bin_add(GST_BIN(pipeline_.get()), sink);
        gst_element_sync_state_with_parent(sink);
        const auto target = adopt_ptr(gst_element_get_static_pad(sink, "sink"));
        EXPECT_EQ(gst_pad_link(pad, target.get()), GST_PAD_LINK_OK);
    }

    static constexpr auto probe_types = static_cast<GstPadProbeType>(
        GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM);

    static GstPadProbeReturn on_data(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
        auto* self = static_cast<Collector*>(data);
        const GStringPtr id{gst_pad_get_stream_id(pad)};
        const std::lock_guard lock{self->mutex_};
        auto& track = self->tracks[id.get()];
        if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
            self->take(track, GST_PAD_PROBE_INFO_BUFFER(info));
        } else if (auto* event = GST_PAD_PROBE_INFO_EVENT(info);
                   GST_EVENT_TYPE(event) == GST_EVENT_EOS) {
            track.eos = true;
        } else if (const auto* structure = gst_event_get_structure(event);
                   structure != nullptr &&
                   (GST_EVENT_TYPE(event) == GST_EVENT_CUSTOM_DOWNSTREAM ||
                    GST_EVENT_TYPE(event) == GST_EVENT_CUSTOM_DOWNSTREAM_STICKY)) {
            track.events.emplace_back(gst_structure_copy(structure), gst_structure_free);
        } else if (GST_EVENT_TYPE(event) == GST_EVENT_GAP) {
            ++track.gaps;
        } else if (GST_EVENT_TYPE(event) == GST_EVENT_TAG) {
            GstTagList* tags = nullptr;
            gst_event_parse_tag(event, &tags);
            char* title = nullptr;
            if (gst_tag_list_get_string(tags, GST_TAG_TITLE, &title)) {
                track.title = GStringPtr{title}.get();
            }
        }
        self->changed_.notify_all();
        return GST_PAD_PROBE_OK;
    }

    void take(Track& track, GstBuffer* buffer) {
        track.times.push_back(GST_BUFFER_PTS(buffer));
        static const auto reference = adopt_ptr(gst_caps_new_empty_simple("timestamp/x-ntp"));
        const auto* meta = gst_buffer_get_reference_timestamp_meta(buffer, reference.get());
        if (meta == nullptr) return;
        ++track.with_time;
        static const auto guessed =
            adopt_ptr(gst_caps_from_string("timestamp/x-ntp, estimated=(boolean)true"));
        if (gst_buffer_get_reference_timestamp_meta(buffer, guessed.get()) != nullptr) {
            ++track.estimated;
        }
        const auto base = gst_element_get_base_time(pipeline_.get());
        const auto ntp = room_elements::from_ntp_nanoseconds(meta->timestamp);
        // The wall clock of this machine, which the room's timeline was tied to.
        if (!wall_) wall_ = net::read_wall_clock();
        const auto monotonic = wall_->at.time_since_epoch() + (ntp - wall_->ntp);
        const auto expected = monotonic.count() - static_cast<std::int64_t>(base);
        track.errors_us.push_back((static_cast<std::int64_t>(GST_BUFFER_PTS(buffer)) - expected) /
                                  1000);
    }

    Pipeline& pipeline_;
    bool link_;
    GstPtr<GstElement> source_;
    std::optional<WallClock> wall_;
    std::mutex mutex_;
    std::condition_variable changed_;
};

} // namespace parley::test
