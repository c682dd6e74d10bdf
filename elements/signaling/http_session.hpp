// One WHIP or WHEP session: its room, its ICE session's entity tag, and the requests that wait for
// the room's word.
#pragma once

#include "core/sdp/trickle_fragment.hpp"
#include "elements/signaling/client_hub.hpp"
#include "elements/signaling/http_exchange.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace parley::signaling {

class HttpSession final : public Client, public std::enable_shared_from_this<HttpSession> {
  public:
    enum class Kind { publisher, viewer }; ///< WHIP, WHEP

    struct Start {
        Kind kind = Kind::publisher;
        std::string id; ///< of the session's URL
        std::string room;
        std::string token;
        room::Join join;
        std::string offer;
    };

    /// Joins the room and offers; `exchange` is answered when the room has. `ended` is called once,
    /// when the session is over.
    static std::shared_ptr<HttpSession> start(ClientHub& hub, Start start, HttpExchange exchange,
                                              std::function<void()> ended);
    HttpSession(const HttpSession&) = delete;
    HttpSession& operator=(const HttpSession&) = delete;
    ~HttpSession() override;

    void on_event(room::Event event) override;
    void on_draining() override;

    void patch(HttpExchange& exchange);
    void leave();

    [[nodiscard]] const std::string& room() const { return start_.room; }
    [[nodiscard]] const std::string& token() const { return start_.token; }

  private:
    HttpSession(ClientHub& hub, Start start, std::function<void()> ended);

    void begin(HttpExchange exchange);
    void on_answer(const room::AnswerEvent& answer);
    void on_restarted(const room::IceRestarted& restarted);
    void on_error(const room::ErrorEvent& error);
    void on_timeout();

    void restart(HttpExchange& exchange, const sdp::TrickleFragment& fragment);
    void add_candidates(const sdp::TrickleFragment& fragment);
    bool post(room::CommandBody body);
    void wait(HttpExchange exchange);
    std::optional<HttpExchange> stop_waiting();
    void end();

    ClientHub& hub_;
    Start start_;
    std::function<void()> ended_;
    room::ClientId id_{};
    std::string participant_;
    std::string etag_;
    std::string remote_ufrag_;
    std::string restart_ufrag_; ///< asked for, not yet answered
    std::string mid_;           ///< the first m-line's, for the answer to a restart
    bool established_ = false;
    std::optional<HttpExchange> waiting_;
    GstPtr<GSource> timer_;
};

/// The status of an error of the room's.
unsigned http_status_of(room::ErrorCode code);

/// Headers that let pages of other origins use WHIP and WHEP.
void add_cors_headers(HttpExchange& exchange);

} // namespace parley::signaling
