#include "bench/tap/path.hpp"
#include "elements/common/gst_ptr.hpp"

#include <fmt/format.h>
#include <gst/app/gstappsrc.h>

#include <atomic>

namespace parley::bench {
namespace {

class NoPath final : public Path {
  public:
    void send(const Frame& frame) override { delivered_ += frame.packets.size(); }
    [[nodiscard]] std::uint64_t delivered() const override { return delivered_; }

  private:
    std::uint64_t delivered_ = 0;
};

Result<GstPtr<GstElement>> parse(const std::string& launch) {
    GErrorOut error;
    auto pipeline = sink_ptr(gst_parse_launch(launch.c_str(), error));
    if (error) return fail(error.message());
    return pipeline;
}

class UdpPath final : public Path {
  public:
    UdpPath() = default;
    UdpPath(const UdpPath&) = delete;
    UdpPath& operator=(const UdpPath&) = delete;
    ~UdpPath() override {
        for (const auto* pipeline : {&sender_, &receiver_}) {
            if (*pipeline) gst_element_set_state(pipeline->get(), GST_STATE_NULL);
        }
    }

    Result<void> start() {
        auto receiver = parse("udpsrc name=in port=0 address=127.0.0.1 buffer-size=4194304 ! "
                              "fakesink name=out sync=false async=false");
        if (!receiver) return tl::make_unexpected(receiver.error());
        receiver_ = *receiver;
        const auto out = adopt_ptr(gst_bin_get_by_name(GST_BIN_CAST(receiver_.get()), "out"));
        const auto pad = adopt_ptr(gst_element_get_static_pad(out.get(), "sink"));
        gst_pad_add_probe(
            pad.get(), GST_PAD_PROBE_TYPE_BUFFER,
            [](GstPad*, GstPadProbeInfo*, gpointer self) noexcept {
                ++static_cast<UdpPath*>(self)->delivered_;
                return GST_PAD_PROBE_OK;
            },
            this, nullptr);
        if (gst_element_set_state(receiver_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
            return fail("udpsrc does not start");
        }
        const auto in = adopt_ptr(gst_bin_get_by_name(GST_BIN_CAST(receiver_.get()), "in"));
        int port = 0;
        g_object_get(in.get(), "port", &port, nullptr);

        auto sender = parse(fmt::format("appsrc name=in is-live=true format=time ! udpsink "
                                        "host=127.0.0.1 port={} sync=false async=false",
                                        port));
        if (!sender) return tl::make_unexpected(sender.error());
        sender_ = *sender;
        source_ = adopt_ptr(gst_bin_get_by_name(GST_BIN_CAST(sender_.get()), "in"));
        if (gst_element_set_state(sender_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
            return fail("udpsink does not start");
        }
        return {};
    }

    void send(const Frame& frame) override {
        auto list = adopt_ptr(gst_buffer_list_new_sized(static_cast<guint>(frame.packets.size())));
        for (const auto& packet : frame.packets)
            gst_buffer_list_add(list.get(), gst_buffer_new_memdup(packet.data(), packet.size()));
        gst_app_src_push_buffer_list(GST_APP_SRC_CAST(source_.get()), list.release());
    }
    [[nodiscard]] std::uint64_t delivered() const override { return delivered_; }

  private:
    GstPtr<GstElement> receiver_;
    GstPtr<GstElement> sender_;
    GstPtr<GstElement> source_;
    std::atomic<std::uint64_t> delivered_{0};
};

} // namespace

std::unique_ptr<Path> make_no_path() {
    return std::make_unique<NoPath>();
}

Result<std::unique_ptr<Path>> make_udp_path() {
    auto path = std::make_unique<UdpPath>();
    if (auto started = path->start(); !started) return tl::make_unexpected(started.error());
    return path;
}

} // namespace parley::bench
