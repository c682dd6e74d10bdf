#include "elements/common/rendezvous.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <mutex>
#include <optional>

namespace parley {
namespace {

std::string path_of(GstElement* element) {
    const GStringPtr path{gst_object_get_path_string(GST_OBJECT(element))};
    return path.get();
}

class Directory {
  public:
    struct Offer {
        std::string element;
        RendezvousPtr rendezvous;
        std::string server_name;
        std::shared_ptr<net::MediaServer> server;
        std::string signaling; ///< the element that is this server's signalling; empty: none yet
    };
    struct Signaling {
        std::string element;
        RendezvousPtr rendezvous;
        std::string server_name;
    };
    struct Watcher {
        std::string element;
        RendezvousPtr rendezvous;
        std::string server_name;
        bool as_signaling = false;
        MediaServerWatch watch;
        Offer* current = nullptr;
        std::string told; ///< the last trouble, told once
    };

    static Directory& instance() {
        static Directory directory;
        return directory;
    }

    Result<Registration> add_offer(Offer offer) {
        const std::lock_guard lock{mutex_};
        for (const auto& other : offers_) {
            if (other.rendezvous == offer.rendezvous && other.server_name == offer.server_name) {
                return fail(both("media servers", offer.server_name, other.element, offer.element));
            }
        }
        const auto at = offers_.insert(offers_.end(), std::move(offer));
        settle();
        return Registration{[this, at] {
            const std::lock_guard guard{mutex_};
            for (auto& watcher : watchers_) {
                if (watcher.current == &*at) drop(watcher);
            }
            offers_.erase(at);
            settle();
        }};
    }

    Result<Registration> add_signaling(Signaling signaling) {
        const std::lock_guard lock{mutex_};
        for (const auto& other : signalings_) {
            if (other.rendezvous == signaling.rendezvous &&
                other.server_name == signaling.server_name) {
                return fail(both("signalling servers", signaling.server_name, other.element,
                                 signaling.element));
            }
        }
        const auto at = signalings_.insert(signalings_.end(), std::move(signaling));
        return Registration{[this, at] {
            const std::lock_guard guard{mutex_};
            signalings_.erase(at);
        }};
    }

    Registration add_watcher(Watcher watcher) {
        const std::lock_guard lock{mutex_};
        const auto at = watchers_.insert(watchers_.end(), std::move(watcher));
        settle();
        return Registration{[this, at] {
            const std::lock_guard guard{mutex_};
            drop(*at);
            watchers_.erase(at);
            settle();
        }};
    }

  private:
    static std::string both(const char* what, const std::string& name, const std::string& first,
                            const std::string& second) {
        return fmt::format("two {} are called \"{}\": {} and {}; give one of them another "
                           "server-name",
                           what, name, first, second);
    }

    void drop(Watcher& watcher) {
        if (!watcher.current) return;
        watcher.watch.changed(nullptr);
        if (watcher.as_signaling) watcher.current->signaling.clear();
        watcher.current = nullptr;
    }

    /// The pipeline's own server, else the only one of that name elsewhere.
    tl::expected<Offer*, std::string> choose(const Watcher& watcher) {
        Offer* elsewhere = nullptr;
        for (auto& offer : offers_) {
            if (offer.server_name != watcher.server_name) continue;
            if (offer.rendezvous == watcher.rendezvous) return &offer;
        }
        for (auto& offer : offers_) {
            if (offer.server_name != watcher.server_name) continue;
            if (elsewhere) {
                return tl::make_unexpected(
                    both("media servers", watcher.server_name, elsewhere->element, offer.element));
            }
            elsewhere = &offer;
        }
        return elsewhere;
    }

    void settle() {
        for (auto& watcher : watchers_) {
            if (watcher.current) continue;
            auto chosen = choose(watcher);
            std::string trouble;
            if (!chosen) {
                trouble = chosen.error();
            } else if (*chosen && watcher.as_signaling && !(*chosen)->signaling.empty()) {
                trouble = both("signalling servers", watcher.server_name, (*chosen)->signaling,
                               watcher.element);
            } else if (*chosen) {
                watcher.current = *chosen;
                if (watcher.as_signaling) watcher.current->signaling = watcher.element;
                watcher.watch.changed(watcher.current->server);
            }
            if (!trouble.empty() && trouble != watcher.told) watcher.watch.trouble(trouble);
            watcher.told = std::move(trouble);
        }
    }

    std::mutex mutex_;
    std::list<Offer> offers_; // lists: entries keep their address
    std::list<Signaling> signalings_;
    std::list<Watcher> watchers_;
};

// The context holds a boxed shared pointer, so that whatever keeps the context keeps the meeting
// point.
GType rendezvous_boxed_type() {
    static const GType type = g_boxed_type_register_static(
        "ParleyRendezvous",
        [](gpointer p) -> gpointer { return new RendezvousPtr{*static_cast<RendezvousPtr*>(p)}; },
        [](gpointer p) { delete static_cast<RendezvousPtr*>(p); });
    return type;
}

GstPtr<GstContext> make_context(const RendezvousPtr& rendezvous) {
    auto context = adopt_ptr(gst_context_new(rendezvous_context_type, FALSE));
    auto* structure = gst_context_writable_structure(context.get());
    gst_structure_set(structure, "rendezvous", rendezvous_boxed_type(), &rendezvous, nullptr);
    return context;
}

} // namespace

RendezvousPtr rendezvous_of(GstContext* context) {
    if (!context || !gst_context_has_context_type(context, rendezvous_context_type)) return nullptr;
    const auto* value = gst_structure_get_value(gst_context_get_structure(context), "rendezvous");
    if (!value || !G_VALUE_HOLDS(value, rendezvous_boxed_type())) return nullptr;
    return *static_cast<RendezvousPtr*>(g_value_get_boxed(value));
}

RendezvousPtr find_rendezvous(GstElement* element, const std::function<RendezvousPtr()>& known) {
    if (auto found = known()) return found;
    gst_element_post_message(
        element, gst_message_new_need_context(GST_OBJECT(element), rendezvous_context_type));
    if (auto found = known()) return found;

    auto made = std::make_shared<Rendezvous>();
    auto context = make_context(made);
    gst_element_set_context(element, context.get());
    gst_element_post_message(element,
                             gst_message_new_have_context(GST_OBJECT(element), context.release()));
    return made;
}

Result<Registration> offer_media_server(GstElement* element, const RendezvousPtr& rendezvous,
                                        const std::string& server_name,
                                        std::shared_ptr<net::MediaServer> server) {
    return Directory::instance().add_offer(
        {path_of(element), rendezvous, server_name, std::move(server), {}});
}

Result<Registration> register_signaling(GstElement* element, const RendezvousPtr& rendezvous,
                                        const std::string& server_name) {
    return Directory::instance().add_signaling({path_of(element), rendezvous, server_name});
}

Registration watch_media_server(GstElement* element, const RendezvousPtr& rendezvous,
                                const std::string& server_name, bool as_signaling,
                                MediaServerWatch watch) {
    Directory::Watcher watcher;
    watcher.element = path_of(element);
    watcher.rendezvous = rendezvous;
    watcher.server_name = server_name;
    watcher.as_signaling = as_signaling;
    watcher.watch = std::move(watch);
    return Directory::instance().add_watcher(std::move(watcher));
}

} // namespace parley
