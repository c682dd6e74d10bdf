#include "elements/egress/processes.hpp"

#include "core/base/log.hpp"
#include "elements/common/json.hpp"
#include "elements/common/main_context.hpp"
#include "elements/common/steady_time.hpp"
#include "elements/egress/spawn.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace parley::egress {

namespace {

/// Of `parley run`: wrong usage, which does not get better by being repeated.
constexpr int usage_code = 2;

std::string words_of(State state, const EgressInfo& info) {
    switch (state) {
    case State::starting:
        return fmt::format("{}: starting {}", info.room, info.pipeline);
    case State::running:
        return fmt::format("{}: {} runs", info.room, info.pipeline);
    case State::waiting:
        return fmt::format("{}: {} will be started again", info.room, info.pipeline);
    case State::stopping:
        return fmt::format("{}: ending {}", info.room, info.pipeline);
    case State::ended:
        return fmt::format("{}: {} has ended", info.room, info.pipeline);
    case State::failed:
        return fmt::format("{}: {} cannot run", info.room, info.pipeline);
    }
    return {};
}

} // namespace

Service::Processes::Processes(Config config, Handlers handlers, TapSource& taps,
                              GMainContext* context)
    : config_{std::move(config)}
    , handlers_{std::move(handlers)}
    , taps_{taps}
    , context_{context}
    , supervisor_{config_.policy} {}

Service::Processes::~Processes() {
    if (timer_) g_source_destroy(timer_.get());
}

void Service::Processes::on_notice(const room::Notice& notice) {
    supervisor_.on_notice(notice, steady_now());
    carry_out();
}

void Service::Processes::on_server_here() {
    supervisor_.on_server_here(steady_now());
    carry_out();
}

void Service::Processes::on_server_gone() {
    supervisor_.on_server_gone(steady_now());
    carry_out();
}

void Service::Processes::shut_down(std::function<void()> done) {
    supervisor_.shut_down(steady_now());
    when_idle_.push_back(std::move(done));
    carry_out();
}

/// What the supervisor wants, also what it comes to want meanwhile.
void Service::Processes::carry_out() {
    if (std::exchange(carrying_out_, true)) return;
    for (auto actions = supervisor_.take_actions(); !actions.empty();
         actions = supervisor_.take_actions()) {
        for (const auto& action : actions)
            carry_out(action);
    }
    carrying_out_ = false;
    refresh_list();
    arm_timer();
    if (!supervisor_.idle()) return;
    for (const auto& done : std::exchange(when_idle_, {}))
        done();
}

void Service::Processes::refresh_list() {
    std::map<EgressId, Listed> list;
    for (const auto& egress : supervisor_.list())
        list[egress.id] = {info_of(egress), egress.since};
    const std::lock_guard lock{mutex_};
    listed_ = std::move(list);
}

void Service::Processes::carry_out(const Action& action) {
    if (const auto* starting = std::get_if<StartProcess>(&action)) {
        start(*starting);
    } else if (const auto* stopping = std::get_if<StopProcess>(&action)) {
        if (const auto found = processes_.find(stopping->id); found != processes_.end()) {
            found->second.child->stop();
        }
    } else if (const auto* killing = std::get_if<KillProcess>(&action)) {
        if (const auto found = processes_.find(killing->id); found != processes_.end()) {
            found->second.child->kill();
        }
    } else if (const auto* changed = std::get_if<Changed>(&action)) {
        auto info = info_of(changed->egress);
        const auto state = changed->egress.state;
        const auto& reason = changed->egress.text;
        info.text = words_of(state, info) + (reason.empty() ? "" : ": " + reason);
        refresh_list();
        log::info("egress", "{}", info.text);
        if (handlers_.changed) handlers_.changed(info);
    }
}

void Service::Processes::start(const StartProcess& action) {
    const auto fail_with = [&](const std::string& text) {
        call_in(context_, [this, id = action.id, text] {
            supervisor_.on_exit(id, {false, false, text}, steady_now());
            carry_out();
        });
    };
    Child::Launch launch;
    launch.program = config_.program;
    const auto grace = std::chrono::ceil<std::chrono::seconds>(config_.policy.grace);
    launch.arguments = {fmt::format("--grace={}", grace.count()), config_.pipeline,
                        "room=" + action.room};
    launch.arguments.insert(launch.arguments.end(), config_.values.begin(), config_.values.end());
    for (unsigned i = 0; i < config_.taps; ++i) {
        auto tap = taps_.open(action.room);
        if (!tap) return fail_with(tap.error().text);
        launch.taps.push_back(std::move(*tap));
    }
    const auto id = action.id;
    Child::Handlers handlers;
    handlers.event = [this, id](std::string_view json) { on_event(id, json); };
    handlers.words = [this, id](std::string_view line) { on_words(id, line); };
    handlers.exited = [this, id](int status) { on_exit(id, status); };
    auto child = Child::start(std::move(launch), std::move(handlers));
    if (!child) return fail_with(child.error().text);
    processes_[id].child = std::move(*child);
}

void Service::Processes::on_event(EgressId id, std::string_view json) {
    const auto document = json::Document::parse_object(json);
    if (!document) return;
    const auto root = document->root();
    const auto event = root.text_or("event", "");
    const auto state = root.text_or("state", "");
    if (event && *event == "state") {
        if (state && *state == "PLAYING") {
            supervisor_.on_running(id, steady_now());
            carry_out();
        }
        return;
    }
    const auto info = listed(id);
    if (info && handlers_.event) handlers_.event(*info, json);
}

void Service::Processes::on_words(EgressId id, std::string_view line) {
    const auto process = processes_.find(id);
    constexpr std::string_view ours = "parley: ";
    constexpr std::string_view error = "error: ";
    auto text = line;
    if (text.starts_with(ours)) text.remove_prefix(ours.size());
    if (process != processes_.end() && text.starts_with(error)) {
        process->second.last_words = text.substr(error.size());
    }
    const auto info = listed(id);
    if (info && handlers_.words) handlers_.words(*info, text);
}

std::optional<EgressInfo> Service::Processes::listed(EgressId id) const {
    const std::lock_guard lock{mutex_};
    const auto found = listed_.find(id);
    if (found == listed_.end()) return std::nullopt;
    return found->second.info;
}

void Service::Processes::on_exit(EgressId id, int status) {
    auto process = processes_.extract(id);
    if (!process) return;
    const bool exited = WIFEXITED(status);
    Exit exit;
    exit.clean = exited && WEXITSTATUS(status) == 0;
    exit.futile = exited && WEXITSTATUS(status) == usage_code;
    if (!exit.clean) {
        const auto& words = process.mapped().last_words;
        exit.text = describe_exit(status) + (words.empty() ? "" : ": " + words);
    }
    supervisor_.on_exit(id, exit, steady_now());
    carry_out();
}

void Service::Processes::request(const std::string& id, std::string_view members,
                                 const Answer& answer) {
    const auto parsed = parse(id);
    const auto found = parsed ? processes_.find(*parsed) : processes_.end();
    if (found == processes_.end()) {
        answer(fail(fmt::format("the egress \"{}\" has no process now", json::cut(id, 100))));
        return;
    }
    found->second.child->request(members, answer);
}

void Service::Processes::stop(const std::string& id, const Answer& answer) {
    const auto parsed = parse(id);
    const auto stopped = parsed ? supervisor_.stop(*parsed, steady_now())
                                : Result<void>{fail("there is no such egress")};
    carry_out();
    answer(stopped ? Result<std::string>{std::string{}} : tl::make_unexpected(stopped.error()));
}

void Service::Processes::arm_timer() {
    if (timer_) g_source_destroy(timer_.get());
    timer_ = {};
    const auto next = supervisor_.next_deadline();
    if (!next) return;
    const auto wait =
        std::chrono::ceil<std::chrono::milliseconds>(std::max(*next - steady_now(), Duration{}));
    timer_ = adopt_ptr(g_timeout_source_new(static_cast<guint>(wait.count())));
    g_source_set_callback(
        timer_.get(),
        [](gpointer self) -> gboolean {
            auto& processes = *static_cast<Processes*>(self);
            processes.supervisor_.handle_timeout(steady_now());
            processes.carry_out();
            return G_SOURCE_REMOVE;
        },
        this, nullptr);
    g_source_attach(timer_.get(), context_);
}

EgressInfo Service::Processes::info_of(const Egress& egress) const {
    EgressInfo info;
    info.id = print(egress.id);
    info.room = egress.room;
    info.pipeline = config_.pipeline;
    info.state = to_string(egress.state);
    info.text = egress.text;
    info.restarts = egress.restarts;
    const auto found = processes_.find(egress.id);
    if (found != processes_.end() && found->second.child) info.pid = found->second.child->pid();
    return info;
}

std::vector<EgressInfo> Service::Processes::list() const {
    const std::lock_guard lock{mutex_};
    std::vector<EgressInfo> all;
    for (const auto& [id, one] : listed_) {
        all.push_back(one.info);
        all.back().seconds = std::chrono::duration<double>(steady_now() - one.since).count();
    }
    return all;
}

std::string Service::Processes::print(EgressId id) const {
    return fmt::format("{}-{}", config_.name, static_cast<std::uint32_t>(id));
}

std::optional<EgressId> Service::Processes::parse(const std::string& id) const {
    const auto prefix = config_.name + "-";
    std::uint32_t number = 0;
    const auto digits = std::string_view{id}.substr(std::min(prefix.size(), id.size()));
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (!id.starts_with(prefix) || parsed.ec != std::errc{} ||
        parsed.ptr != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return EgressId{number};
}

} // namespace parley::egress
