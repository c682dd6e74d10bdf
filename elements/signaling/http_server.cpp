#include "elements/signaling/http_server.hpp"

#include "core/base/log.hpp"
#include "elements/signaling/listener.hpp"

#include <algorithm>
#include <exception>

namespace parley::signaling {
namespace {

bool lies_below(std::string_view path, std::string_view prefix) {
    if (path.substr(0, prefix.size()) != prefix) return false;
    return prefix == "/" || path.size() == prefix.size() || path[prefix.size()] == '/';
}

void on_request_begun(SoupServer*, SoupServerMessage* message, gpointer) {
    Listener::touch(soup_server_message_get_remote_address(message),
                    Listener::Activity::request_begun);
}

void on_request_ended(SoupServer*, SoupServerMessage* message, gpointer) {
    Listener::touch(soup_server_message_get_remote_address(message),
                    Listener::Activity::request_ended);
}

// A large file on a slow line takes its time.
void on_written(SoupServerMessage* message, guint, gpointer) {
    Listener::touch(soup_server_message_get_remote_address(message),
                    Listener::Activity::request_progress);
}

// A body that is too large is not kept: chunks past the limit are dropped as they come.
void on_chunk(SoupServerMessage* message, GBytes*, gpointer) {
    auto* body = soup_server_message_get_request_body(message);
    if (body->length > static_cast<goffset>(max_body_size)) {
        soup_message_body_set_accumulate(body, FALSE);
    }
}

} // namespace

HttpServer::HttpServer() : server_{adopt_ptr(soup_server_new("server-header", "Parley", nullptr))} {
    g_signal_connect(server_.get(), "request-started", G_CALLBACK(on_request_begun), nullptr);
    g_signal_connect(server_.get(), "request-finished", G_CALLBACK(on_request_ended), nullptr);
    g_signal_connect(server_.get(), "request-aborted", G_CALLBACK(on_request_ended), nullptr);

    const SoupServerCallback early = [](SoupServer*, SoupServerMessage* message, const char* path,
                                        GHashTable*, gpointer) {
        HttpExchange exchange{message, path};
        if (exchange.body_too_large()) {
            exchange.problem(SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, "the body is too large");
            return;
        }
        g_signal_connect(message, "got-chunk", G_CALLBACK(on_chunk), nullptr);
        g_signal_connect(message, "wrote-body-data", G_CALLBACK(on_written), nullptr);
    };
    soup_server_add_early_handler(server_.get(), nullptr, early, nullptr, nullptr);

    const SoupServerCallback handler = [](SoupServer*, SoupServerMessage* message, const char* path,
                                          GHashTable*, gpointer self) {
        static_cast<HttpServer*>(self)->serve(message, path);
    };
    soup_server_add_handler(server_.get(), nullptr, handler, this, nullptr);
}

HttpServer::~HttpServer() {
    disconnect();
}

void HttpServer::route(std::string prefix, Route route) {
    routes_.push_back({std::move(prefix), std::move(route)});
    std::stable_sort(routes_.begin(), routes_.end(), [](const Entry& a, const Entry& b) {
        return a.prefix.size() > b.prefix.size();
    });
}

void HttpServer::accept(GIOStream* stream, GSocketAddress* local, GSocketAddress* remote) {
    GErrorOut error;
    if (!soup_server_accept_iostream(server_.get(), stream, local, remote, error)) {
        log::debug("signaling", "a connection was not accepted: {}", error.message());
    }
}

void HttpServer::disconnect() {
    soup_server_disconnect(server_.get());
}

void HttpServer::serve(SoupServerMessage* message, const char* path) {
    HttpExchange exchange{message, path};
    try {
        if (exchange.body_too_large()) {
            exchange.problem(SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, "the body is too large");
            return;
        }
        const auto entry = std::find_if(routes_.begin(), routes_.end(), [&](const Entry& e) {
            return lies_below(exchange.path(), e.prefix);
        });
        if (entry == routes_.end()) {
            exchange.problem(SOUP_STATUS_NOT_FOUND, "there is nothing at this address");
        } else {
            entry->route(exchange);
        }
    } catch (const std::exception& e) {
        log::warning("signaling", "{} {} failed: {}", exchange.method(), exchange.path(), e.what());
        exchange.problem(SOUP_STATUS_INTERNAL_SERVER_ERROR, "this is our fault");
    }
}

} // namespace parley::signaling
