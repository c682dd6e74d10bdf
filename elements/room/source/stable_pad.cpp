#include "elements/room/source/stable_pad.hpp"

#include "elements/common/weak_data.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

GST_DEBUG_CATEGORY_EXTERN(rtcroomsrc_debug);
#define GST_CAT_DEFAULT rtcroomsrc_debug

namespace parley::room_elements {

namespace {

using namespace std::chrono_literals;

/// A silence as long as this is a gap, and is told in pieces as long as this.
constexpr auto gap_interval = 200ms;
constexpr GstClockTime gap_time = 200 * GST_MSECOND;
constexpr const char* owner_key = "parley-stable-pad";

class StreamLock {
  public:
    explicit StreamLock(GstPad* pad) : pad_{pad} { GST_PAD_STREAM_LOCK(pad_); }
    StreamLock(const StreamLock&) = delete;
    StreamLock& operator=(const StreamLock&) = delete;
    ~StreamLock() { GST_PAD_STREAM_UNLOCK(pad_); }

  private:
    GstPad* pad_;
};

} // namespace

struct StablePadCallbacks {
    static std::shared_ptr<StablePad> owner(GstPad* pad) {
        return lock_weak<StablePad>(g_object_get_data(G_OBJECT(pad), owner_key));
    }
    static void set_owner(GstPad* pad, const std::shared_ptr<StablePad>& owner) {
        g_object_set_data_full(G_OBJECT(pad), owner_key, new_weak(std::weak_ptr{owner}),
                               free_weak<StablePad>);
    }
    static GstFlowReturn chain(GstPad* pad, GstObject*, GstBuffer* buffer) noexcept {
        auto owned = adopt_ptr(buffer);
        const auto stable = owner(pad);
        return stable ? stable->on_buffer(pad, std::move(owned)) : GST_FLOW_OK;
    }
    static gboolean event(GstPad* pad, GstObject*, GstEvent* event) noexcept {
        auto owned = adopt_ptr(event);
        if (const auto stable = owner(pad)) stable->on_event(pad, std::move(owned));
        return TRUE;
    }
    static gboolean query(GstPad* pad, GstObject* parent, GstQuery* query) noexcept {
        const auto stable = owner(pad);
        if (!stable) return FALSE;
        // What is behind the stable pad decides; while nothing is, everything goes.
        if (GST_QUERY_TYPE(query) == GST_QUERY_ALLOCATION) return FALSE;
        if (GST_QUERY_TYPE(query) == GST_QUERY_CAPS && gst_pad_is_linked(stable->pad_.get())) {
            return gst_pad_peer_query(stable->pad_.get(), query);
        }
        if (GST_QUERY_TYPE(query) == GST_QUERY_ACCEPT_CAPS) {
            gst_query_set_accept_caps_result(query, TRUE);
            return TRUE;
        }
        return gst_pad_query_default(pad, parent, query);
    }
    static gboolean upstream(GstPad* pad, GstObject*, GstEvent* event) noexcept {
        auto owned = adopt_ptr(event);
        const auto stable = owner(pad);
        return stable ? gboolean{stable->on_upstream(owned.get())} : FALSE;
    }
    static gboolean latency(GstPad* pad, GstObject* parent, GstQuery* query) noexcept {
        if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) {
            return gst_pad_query_default(pad, parent, query);
        }
        const auto stable = owner(pad);
        gst_query_set_latency(query, TRUE, stable ? stable->config_.latency : 0,
                              GST_CLOCK_TIME_NONE);
        return TRUE;
    }
    static void fill_gap(gpointer data) noexcept {
        if (const auto stable = lock_weak<StablePad>(data)) stable->fill_gap();
    }
};

StablePad::StablePad(GstBin* bin, Config config, const Timeline& timeline)
    : bin_{bin}, config_{std::move(config)}, timeline_{timeline} {
    g_rec_mutex_init(&task_lock_);
}

StablePad::~StablePad() {
    remove();
    g_rec_mutex_clear(&task_lock_);
}

std::shared_ptr<StablePad> StablePad::create(GstBin* bin, Config config, const Timeline& timeline) {
    std::shared_ptr<StablePad> stable{new StablePad{bin, std::move(config), timeline}};
    auto* const from = gst_element_class_get_pad_template(
        GST_ELEMENT_GET_CLASS(bin),
        stable->config_.kind == MediaKind::audio ? "audio_%u" : "video_%u");
    stable->pad_ = sink_ptr(gst_pad_new_from_template(from, stable->config_.name.c_str()));
    StablePadCallbacks::set_owner(stable->pad_.get(), stable);
    gst_pad_set_event_function(stable->pad_.get(), StablePadCallbacks::upstream);
    gst_pad_set_query_function(stable->pad_.get(), StablePadCallbacks::latency);
    gst_pad_set_active(stable->pad_.get(), TRUE);
    return stable;
}

GstPtr<GstPad> StablePad::add_input(Input told) {
    auto input = sink_ptr(gst_pad_new(nullptr, GST_PAD_SINK));
    StablePadCallbacks::set_owner(input.get(), shared_from_this());
    gst_pad_set_chain_function(input.get(), StablePadCallbacks::chain);
    gst_pad_set_event_function(input.get(), StablePadCallbacks::event);
    gst_pad_set_query_function(input.get(), StablePadCallbacks::query);
    gst_pad_set_active(input.get(), TRUE);
    const std::lock_guard lock{mutex_};
    inputs_[input.get()] = std::move(told);
    return input;
}

void StablePad::choose(GstPad* input) {
    const std::lock_guard lock{mutex_};
    chosen_ = ref_ptr(input);
}

void StablePad::remove_input(GstPad* input) {
    {
        const std::lock_guard lock{mutex_};
        inputs_.erase(input);
        if (chosen_.get() == input) chosen_.reset();
    }
    gst_pad_set_active(input, FALSE);
    const StreamLock stream{pad_.get()};
    if (passing_.get() == input) passing_.reset();
}

// --- media ---------------------------------------------------------------------------------------

GstFlowReturn StablePad::on_buffer(GstPad* input, GstPtr<GstBuffer> buffer) {
    const StreamLock stream{pad_.get()};
    if (passing_.get() != input) {
        {
            const std::lock_guard lock{mutex_};
            if (chosen_.get() != input) return GST_FLOW_OK;
        }
        switch_to(input);
        std::function<void()> passing;
        {
            const std::lock_guard lock{mutex_};
            if (const auto found = inputs_.find(input); found != inputs_.end()) {
                passing = found->second.passing;
            }
        }
        if (passing) passing();
    }
    // Two tracks' times interlock; a stream's do not go back.
    const auto time = GST_BUFFER_PTS(buffer.get());
    if (GST_CLOCK_TIME_IS_VALID(time) && GST_CLOCK_TIME_IS_VALID(position_) && time < position_) {
        if (config_.kind == MediaKind::audio) return GST_FLOW_OK;
        buffer = adopt_ptr(gst_buffer_make_writable(buffer.release()));
        GST_BUFFER_PTS(buffer.get()) = position_;
    }
    if (GST_BUFFER_PTS_IS_VALID(buffer.get())) {
        const bool audio = config_.kind == MediaKind::audio;
        const auto duration = GST_BUFFER_DURATION(buffer.get());
        position_ = GST_BUFFER_PTS(buffer.get()) +
                    (audio && GST_CLOCK_TIME_IS_VALID(duration) ? duration : 0);
    }
    const auto result = gst_pad_push(pad_.get(), buffer.release());
    if (result != GST_FLOW_NOT_LINKED) return result;
    tell_linked(false);
    return GST_FLOW_OK;
}

/// With the stream lock held.
void StablePad::switch_to(GstPad* input) {
    GST_DEBUG_OBJECT(bin_, "%s passes another track", config_.name.c_str());
    passing_ = ref_ptr(input);
    const auto take = [&](GstEventType type) {
        for (guint i = 0;; ++i) {
            auto* const event = gst_pad_get_sticky_event(input, type, i);
            if (event == nullptr) return;
            gst_pad_push_event(pad_.get(), event);
            if (type != GST_EVENT_CUSTOM_DOWNSTREAM_STICKY) return;
        }
    };
    if (!exposed_) {
        auto start = adopt_ptr(gst_event_new_stream_start(config_.stream_id.c_str()));
        gst_event_set_group_id(start.get(), config_.group_id);
        gst_pad_push_event(pad_.get(), start.release());
    }
    take(GST_EVENT_CAPS);
    if (!exposed_) {
        GstSegment segment;
        gst_segment_init(&segment, GST_FORMAT_TIME);
        gst_pad_push_event(pad_.get(), gst_event_new_segment(&segment));
    }
    take(GST_EVENT_TAG);
    take(GST_EVENT_CUSTOM_DOWNSTREAM_STICKY);
    if (!std::exchange(exposed_, true)) expose();
}

void StablePad::expose() {
    gst_element_add_pad(GST_ELEMENT_CAST(bin_), pad_.get());
    if (!gst_pad_is_linked(pad_.get())) tell_linked(false);
    gap_task_ = adopt_ptr(gst_task_new(StablePadCallbacks::fill_gap, new_weak(weak_from_this()),
                                       free_weak<StablePad>));
    gst_task_set_lock(gap_task_.get(), &task_lock_);
    gst_task_start(gap_task_.get());
}

void StablePad::on_event(GstPad* input, GstPtr<GstEvent> event) {
    switch (GST_EVENT_TYPE(event.get())) {
    case GST_EVENT_CAPS:
    case GST_EVENT_TAG:
    case GST_EVENT_CUSTOM_DOWNSTREAM:
    case GST_EVENT_CUSTOM_DOWNSTREAM_STICKY: {
        const StreamLock stream{pad_.get()};
        if (passing_.get() == input) gst_pad_push_event(pad_.get(), event.release());
        break;
    }
    default: // its beginning and its end are not ours
        break;
    }
}

bool StablePad::on_upstream(GstEvent* event) {
    if (GST_EVENT_TYPE(event) == GST_EVENT_RECONFIGURE) {
        tell_linked(true);
        return true;
    }
    GstPtr<GstPad> input;
    {
        const std::lock_guard lock{mutex_};
        input = chosen_;
    }
    return input && gst_pad_push_event(input.get(), gst_event_ref(event)) != FALSE;
}

void StablePad::tell_linked(bool linked) {
    if (linked_.exchange(linked) == linked) return;
    std::vector<std::function<void(bool)>> told;
    {
        const std::lock_guard lock{mutex_};
        for (const auto& [pad, input] : inputs_)
            told.push_back(input.linked);
    }
    for (const auto& tell : told)
        tell(linked);
}

/// One turn of the task: waits, then tells of the silence since the last buffer.
void StablePad::fill_gap() {
    {
        std::unique_lock lock{mutex_};
        if (removing_.wait_for(lock, gap_interval, [&] { return removed_; })) return;
    }
    const auto now = timeline_.now();
    if (!now || !linked_) return;
    const StreamLock stream{pad_.get()};
    const auto until = *now > config_.latency ? *now - config_.latency : 0;
    if (!GST_CLOCK_TIME_IS_VALID(position_) || until < position_ + gap_time) return;
    const auto start = std::exchange(position_, until);
    gst_pad_push_event(pad_.get(), gst_event_new_gap(start, until - start));
}

// --- the end -------------------------------------------------------------------------------------

void StablePad::end() {
    const StreamLock stream{pad_.get()};
    if (exposed_) gst_pad_push_event(pad_.get(), gst_event_new_eos());
}

void StablePad::remove() {
    std::vector<GstPtr<GstPad>> inputs;
    {
        const std::lock_guard lock{mutex_};
        if (std::exchange(removed_, true)) return;
        for (const auto& [pad, input] : inputs_)
            inputs.push_back(ref_ptr(pad));
        removing_.notify_all();
    }
    for (const auto& input : inputs)
        gst_pad_set_active(input.get(), FALSE);
    gst_pad_set_active(pad_.get(), FALSE);
    if (gap_task_) gst_task_join(gap_task_.get());
    if (exposed_) gst_element_remove_pad(GST_ELEMENT_CAST(bin_), pad_.get());
}

} // namespace parley::room_elements
