// What lives on the thread of an HttpLink.
#pragma once

#include "elements/room/remote/http_link.hpp"
#include "elements/room/remote/publishing.hpp"
#include "elements/room/remote/reception.hpp"

#include <libsoup/soup.h>

#include <map>
#include <memory>
#include <string>

namespace parley::room_elements {

class HttpLink::Session {
  public:
    Session(GstBin* bin, RemoteConfig config, Direction direction, Handlers handlers,
            SenderTable& senders, GMainContext* context);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    void begin();
    void on_request(const tap::Up& message);
    /// DELETE, and waits for what the server says to that, for a moment.
    void leave();

  private:
    void on_up(const tap::Subscribe& message);
    void on_up(const tap::Unsubscribe& message);
    void on_up(const tap::RequestKeyframe& message);
    void on_up(const tap::Publish& message);
    void on_up(const tap::Unpublish& message);
    void on_up(const tap::Mute& message);
    template <class Other>
    void on_up(const Other&) {}

    Publishing::Handlers publishing_handlers();
    [[nodiscard]] WebrtcPeer::Config peer_config() const;
    void receive();
    void offer();
    void post(const std::string& sdp);
    void on_answer(GAsyncResult* result);
    void accept(const std::string& sdp);
    void add_tracks(const std::string& sdp);
    void remove_session();
    void on_failed(const std::string& why);
    void call_after(unsigned ms, void (Session::*call)());
    void tell(const tap::Down& message);
    void end(const std::string& reason);

    GstBin* bin_;
    RemoteConfig config_;
    Direction direction_;
    Handlers handlers_;
    GMainContext* context_;
    const WallClock wall_;
    GstPtr<SoupSession> http_;
    GstPtr<SoupMessage> posted_;
    GstPtr<GCancellable> cancellable_;
    std::string session_uri_; ///< of the 201's Location
    std::shared_ptr<WebrtcPeer> peer_;
    std::map<std::string, std::string> tracks_;       ///< received, by mid
    std::map<std::string, Codec> codecs_;             ///< by track
    std::map<tap::StreamId, std::string> subscribed_; ///< mids
    unsigned retry_ms_ = 0;
    Instant trying_since_{};
    bool was_connected_ = false;
    bool ended_ = false;
    GstPtr<GSource> timer_;
    Reception reception_;
    Publishing publishing_;
};

} // namespace parley::room_elements
