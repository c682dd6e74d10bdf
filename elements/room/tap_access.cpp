#include "elements/room/tap_access.hpp"

#include <fmt/format.h>

#include <string_view>

namespace parley::room_elements {

Result<Route> route_of(const std::string& uri) {
    const std::string_view text{uri};
    if (text.empty()) return Route::here;
    if (text.starts_with("fd:")) return Route::fd;
    if (text.starts_with("unix:")) return Route::unix;
    if (text.starts_with("ws://") || text.starts_with("wss://")) return Route::rooms;
    if (text.starts_with("http://") || text.starts_with("https://")) return Route::http;
    return fail(fmt::format("uri \"{}\": use unix:PATH, fd:N, ws(s)://HOST/ws or http(s)://..., "
                            "or none for the rtcsfu of this process",
                            uri));
}

void TapAccess::watch(GstElement* element, const RendezvousPtr& rendezvous,
                      const std::string& server_name, Changed changed,
                      std::function<void(std::string)> trouble) {
    MediaServerWatch watch;
    watch.changed = [this, changed = std::move(changed)](std::shared_ptr<net::MediaServer> server) {
        const bool there = server != nullptr;
        {
            const std::lock_guard lock{mutex_};
            server_ = std::move(server);
        }
        changed(there);
    };
    watch.trouble = std::move(trouble);
    registration_ = watch_media_server(element, rendezvous, server_name, false, std::move(watch));
}

void TapAccess::stop() {
    registration_.end();
    const std::lock_guard lock{mutex_};
    server_.reset();
}

Result<net::FileDescriptor> TapAccess::open(const std::string& room,
                                            const room::Permissions& permissions) {
    const std::lock_guard lock{mutex_};
    if (!server_) return fail("there is no rtcsfu in this process");
    return server_->open_tap({room, permissions});
}

} // namespace parley::room_elements
