// A pipeline under test, and ports for its servers.
#pragma once

#include "elements/common/gst_ptr.hpp"

#include <arpa/inet.h>
#include <gst/gst.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <unistd.h>

#include <stdexcept>
#include <string>

namespace parley::test {

/// A TCP port that was free a moment ago, with the UDP port of the same number.
inline unsigned free_port() {
    for (int attempt = 0; attempt < 100; ++attempt) {
        const int tcp = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int udp = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        socklen_t length = sizeof address;
        bool ok = ::bind(tcp, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                  ::getsockname(tcp, reinterpret_cast<sockaddr*>(&address), &length) == 0 &&
                  ::bind(udp, reinterpret_cast<sockaddr*>(&address), length) == 0;
        ::close(tcp);
        ::close(udp);
        if (ok) return ntohs(address.sin_port);
    }
    throw std::runtime_error{"no free port"};
}

class Pipeline {
  public:
    explicit Pipeline(const std::string& description) {
        GErrorOut error;
        auto* parsed = gst_parse_launch(description.c_str(), error);
        if (!parsed || error) throw std::runtime_error{error.message()};
        // One element alone is handed out as it is.
        if (!GST_IS_PIPELINE(parsed)) {
            auto* around = gst_pipeline_new(nullptr);
            gst_bin_add(GST_BIN(around), parsed);
            parsed = around;
        }
        pipeline_ = sink_ptr(parsed);
        bus_ = adopt_ptr(gst_element_get_bus(pipeline_.get()));
    }
    ~Pipeline() { set(GST_STATE_NULL); }

    bool set(GstState state) {
        return gst_element_set_state(pipeline_.get(), state) != GST_STATE_CHANGE_FAILURE;
    }
    GstPtr<GstMessage> wait_for(GstMessageType type, double seconds = 5) {
        return adopt_ptr(gst_bus_timed_pop_filtered(
            bus_.get(), static_cast<GstClockTime>(seconds * GST_SECOND), type));
    }
    std::string error(double seconds = 5) {
        const auto message = wait_for(GST_MESSAGE_ERROR, seconds);
        if (!message) return {};
        GError* raw = nullptr;
        gst_message_parse_error(message.get(), &raw, nullptr);
        const GErrorPtr owned{raw};
        return raw->message;
    }
    [[nodiscard]] GstElement* get() const { return pipeline_.get(); }
    [[nodiscard]] GstPtr<GstElement> child(const char* name) const {
        return adopt_ptr(gst_bin_get_by_name(GST_BIN(pipeline_.get()), name));
    }

  private:
    GstPtr<GstElement> pipeline_;
    GstPtr<GstBus> bus_;
};

} // namespace parley::test
