#include "elements/egress/service.hpp"

#include "elements/common/json.hpp"
#include "elements/common/main_context.hpp"
#include "elements/egress/processes.hpp"
#include "elements/egress/spawn.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <pthread.h>

#include <algorithm>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

namespace parley::egress {

Result<unsigned> count_taps(const Config& config) {
    Program program{config.program, {"check", "--json", config.pipeline, "room=room"}, {}, {}};
    program.arguments.insert(program.arguments.end(), config.values.begin(), config.values.end());
    const auto finished = run_to_end(std::move(program));
    if (!finished) return tl::make_unexpected(finished.error());
    unsigned taps = 0;
    std::string trouble;
    std::size_t begin = 0;
    const auto& output = finished->output;
    while (begin < output.size()) {
        const auto end = std::min(output.find('\n', begin), output.size());
        const auto document =
            json::Document::parse_object(std::string_view{output}.substr(begin, end - begin));
        begin = end + 1;
        if (!document) continue;
        const auto root = document->root();
        const auto text = root.text_or("text", "");
        if (text && !text->empty() && trouble.empty()) trouble = *text;
        const auto elements = root.objects_or_none("elements");
        if (!elements) continue;
        taps += static_cast<unsigned>(
            std::count_if(elements->begin(), elements->end(), [](const json::Object& element) {
                const auto factory = element.text_or("factory", "");
                return factory && (*factory == "rtcroomsrc" || *factory == "rtcroomsink");
            }));
    }
    if (!WIFEXITED(finished->status) || WEXITSTATUS(finished->status) != 0) {
        if (trouble.empty()) trouble = describe_exit(finished->status) + ": " + output;
        return fail(fmt::format("template {}: {}", config.pipeline, trouble));
    }
    return taps;
}

struct Service::Thread {
    GstPtr<GMainContext> context = adopt_ptr(g_main_context_new());
    GstPtr<GMainLoop> loop = adopt_ptr(g_main_loop_new(context.get(), FALSE));
    TapSource taps;
    std::unique_ptr<Processes> processes; ///< there for as long as the thread runs
    std::mutex watch_mutex;               ///< taken with the directory's held
    net::MediaServer::RoomWatch watch;    // watch_mutex
    mutable std::mutex mutex;
    bool running = false; // mutex: the context takes calls
    std::thread thread;

    void run(Config config, Handlers handlers, std::promise<void> ready) {
        pthread_setname_np(pthread_self(), "parley-egress");
        g_main_context_push_thread_default(context.get());
        processes = std::make_unique<Processes>(std::move(config), std::move(handlers), taps,
                                                context.get());
        running = true; // nobody else is here yet
        ready.set_value();
        g_main_loop_run(loop.get());
        {
            const std::lock_guard lock{mutex};
            running = false;
        }
        while (g_main_context_iteration(context.get(), FALSE)) { // what has been asked is answered
        }
        processes.reset();
        g_main_context_pop_thread_default(context.get());
    }

    /// False: it is over.
    bool call(std::function<void(Processes&)> function) {
        const std::lock_guard lock{mutex};
        if (!running) return false;
        call_in(context.get(), [this, function = std::move(function)] { function(*processes); });
        return true;
    }
};

Service::Service() : thread_{std::make_unique<Thread>()} {}

std::shared_ptr<Service> Service::start(Config config, Handlers handlers) {
    std::shared_ptr<Service> service{new Service};
    auto& thread = *service->thread_;
    std::promise<void> ready;
    auto is_ready = ready.get_future();
    thread.thread =
        std::thread{[&thread, config = std::move(config), handlers = std::move(handlers),
                     ready = std::move(ready)]() mutable {
            thread.run(std::move(config), std::move(handlers), std::move(ready));
        }};
    is_ready.wait();
    return service;
}

Service::~Service() {
    set_media_server(nullptr);
    stop();
}

void Service::set_media_server(std::shared_ptr<net::MediaServer> media) {
    const std::lock_guard lock{thread_->watch_mutex};
    const bool was_there = thread_->watch != nullptr;
    thread_->watch.reset();
    thread_->taps.set(media);
    if (was_there) thread_->call([](Processes& processes) { processes.on_server_gone(); });
    if (!media) return;
    thread_->call([](Processes& processes) { processes.on_server_here(); });
    thread_->watch = media->watch_rooms([thread = thread_.get()](const room::Notice& notice) {
        thread->call([notice](Processes& processes) { processes.on_notice(notice); });
    });
}

void Service::shut_down(std::function<void()> done) {
    auto shared = std::make_shared<std::function<void()>>(std::move(done));
    const bool called =
        thread_->call([shared](Processes& processes) { processes.shut_down(*shared); });
    if (!called) (*shared)();
}

void Service::stop() {
    if (!thread_->thread.joinable()) return;
    shut_down([loop = thread_->loop] { g_main_loop_quit(loop.get()); });
    thread_->thread.join();
}

std::vector<EgressInfo> Service::list() const {
    const std::lock_guard lock{thread_->mutex};
    return thread_->running ? thread_->processes->list() : std::vector<EgressInfo>{};
}

void Service::request(const std::string& id, std::string members, Answer answer) {
    const bool called =
        thread_->call([id, members = std::move(members), answer](Processes& processes) {
            processes.request(id, members, answer);
        });
    if (!called) answer(fail("the egress has ended"));
}

void Service::stop(const std::string& id, Answer answer) {
    const bool called =
        thread_->call([id, answer](Processes& processes) { processes.stop(id, answer); });
    if (!called) answer(fail("the egress has ended"));
}

} // namespace parley::egress
