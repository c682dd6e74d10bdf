#include "elements/signaling/egress_rest.hpp"

#include "elements/common/egress_directory.hpp"
#include "elements/common/json.hpp"
#include "elements/common/main_context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace parley::signaling {
namespace {

using json::quoted;
using json::Writer;

constexpr std::size_t base = 3; ///< segments of /api/v1/egress

void print(Writer& w, const EgressInfo& e) {
    w.begin_object()
        .member("id", e.id)
        .member("room", e.room)
        .member("template", e.pipeline)
        .member("state", e.state)
        .member("pid", e.pid)
        .member("restarts", e.restarts)
        .member("seconds", e.seconds);
    if (!e.text.empty()) w.member("text", e.text);
    w.end_object();
}

void reply_json(HttpExchange& exchange, std::string_view body) {
    exchange.add_header("Cache-Control", "no-store");
    exchange.reply(SOUP_STATUS_OK, "application/json", body);
}

void list_all(HttpExchange& exchange, const std::string& server_name) {
    Writer w;
    w.begin_object().begin_array("egress");
    for (const auto& control : egresses_of(server_name)) {
        for (const auto& info : control->list())
            print(w, info);
    }
    reply_json(exchange, w.end_array().end_object().take());
}

struct Found {
    EgressControlPtr control;
    EgressInfo info;
};

std::optional<Found> find(const std::string& server_name, const std::string& id) {
    for (const auto& control : egresses_of(server_name)) {
        for (auto& info : control->list()) {
            if (info.id == id) return Found{control, std::move(info)};
        }
    }
    return std::nullopt;
}

/// The body as JSON text on one line; where there is none, `fallback`.
Result<std::string> value_of(const std::string& body, std::string_view fallback) {
    if (body.find_first_not_of(" \t\r\n") == std::string::npos) {
        if (fallback.empty()) return fail("the body must be the value as JSON");
        return std::string{fallback};
    }
    const auto document = json::Document::parse_object("{\"value\":" + body + "}");
    if (!document) return fail("the body is no JSON");
    return json::to_text(document->root().node("value"));
}

/// What the control protocol is asked for a request; nothing: there is no such resource.
struct Question {
    std::string allowed; ///< methods
    std::string members; ///< empty: the method is none of them
    std::string trouble; ///< with the body
};

std::optional<Question> question_of(const HttpExchange& exchange,
                                    const std::vector<std::string>& rest) {
    const auto method = exchange.method();
    const bool get = method == "GET" || method == "HEAD";
    const auto asked = [](const char* type) { return fmt::format(R"("type":"{}")", type); };
    if (rest.size() == 1 && (rest[0] == "elements" || rest[0] == "stats")) {
        return Question{"GET, HEAD", get ? asked(rest[0] == "stats" ? "stats" : "list") : "", {}};
    }
    if (rest.size() < 2 || rest[0] != "elements") return std::nullopt;
    const auto element = fmt::format(R"(,"element":{})", quoted(rest[1]));
    if (rest.size() == 2) {
        return Question{"GET, HEAD", get ? asked("properties") + element : "", {}};
    }
    if (rest.size() != 4) return std::nullopt;
    if (rest[2] == "properties") {
        const auto property = element + fmt::format(R"(,"property":{})", quoted(rest[3]));
        Question question{"GET, HEAD, PUT", {}, {}};
        if (get) question.members = asked("get") + property;
        if (method == "PUT") {
            const auto value = value_of(exchange.body(), {});
            if (value) {
                question.members = asked("set") + property + R"(,"value":)" + *value;
            } else {
                question.trouble = value.error().text;
            }
        }
        return question;
    }
    if (rest[2] == "actions") {
        Question question{"POST", {}, {}};
        if (method == "POST") {
            const auto arguments = value_of(exchange.body(), "[]");
            if (arguments && arguments->starts_with('[')) {
                question.members =
                    asked("action") + element +
                    fmt::format(R"(,"signal":{},"arguments":{})", quoted(rest[3]), *arguments);
            } else {
                question.trouble = "the body must be a JSON array of the arguments";
            }
        }
        return question;
    }
    return std::nullopt;
}

/// The answer of the control protocol as an HTTP one.
void reply_with(HttpExchange& exchange, const Result<std::string>& line) {
    if (!line) {
        exchange.problem(SOUP_STATUS_CONFLICT, line.error().text);
        return;
    }
    const auto document = json::Document::parse_object(*line);
    if (!document) {
        exchange.problem(SOUP_STATUS_BAD_GATEWAY, "the process gave an answer that is none");
        return;
    }
    const auto root = document->root();
    const auto text = root.text_or("text", "");
    const auto type = root.text_or("type", "");
    if (!type || *type != "done") {
        exchange.problem(SOUP_STATUS_UNPROCESSABLE_ENTITY, text ? *text : "it was refused");
        return;
    }
    auto* const value = root.node("value");
    const auto printed = value != nullptr ? json::to_text(value) : Result<std::string>{"null"};
    reply_json(exchange, printed ? *printed : "null");
}

void ask(HttpExchange& exchange, const Found& found, std::string members) {
    exchange.defer();
    const auto context = ref_ptr(g_main_context_get_thread_default());
    found.control->request(
        found.info.id, std::move(members), [exchange, context](Result<std::string> line) {
            call_in(context.get(),
                    [exchange, line = std::move(line)]() mutable { reply_with(exchange, line); });
        });
}

void stop(HttpExchange& exchange, const Found& found) {
    exchange.defer();
    const auto context = ref_ptr(g_main_context_get_thread_default());
    found.control->stop(found.info.id, [exchange, context](const Result<std::string>& done) {
        call_in(context.get(), [exchange, done]() mutable {
            if (done) {
                exchange.reply_empty(SOUP_STATUS_ACCEPTED);
            } else {
                exchange.problem(SOUP_STATUS_CONFLICT, done.error().text);
            }
        });
    });
}

} // namespace

void serve_egress(HttpExchange& exchange, const std::string& server_name) {
    const auto path = exchange.segments();
    const auto method = exchange.method();
    if (path.size() == base) {
        if (method == "GET" || method == "HEAD") {
            list_all(exchange, server_name);
        } else {
            exchange.method_not_allowed("GET, HEAD");
        }
        return;
    }
    const auto found = find(server_name, path[base]);
    if (!found) {
        exchange.problem(SOUP_STATUS_NOT_FOUND,
                         fmt::format("there is no egress \"{}\": /api/v1/egress lists them",
                                     json::cut(path[base], 100)));
        return;
    }
    if (path.size() == base + 1) {
        if (method == "GET" || method == "HEAD") {
            Writer w;
            print(w, found->info);
            reply_json(exchange, w.take());
        } else if (method == "DELETE") {
            stop(exchange, *found);
        } else {
            exchange.method_not_allowed("GET, HEAD, DELETE");
        }
        return;
    }
    auto question = question_of(exchange, {path.begin() + base + 1, path.end()});
    if (!question) {
        exchange.problem(SOUP_STATUS_NOT_FOUND,
                         "an egress has /elements, /elements/ELEMENT, "
                         "/elements/ELEMENT/properties/NAME, /elements/ELEMENT/actions/NAME "
                         "and /stats");
    } else if (!question->trouble.empty()) {
        exchange.problem(SOUP_STATUS_BAD_REQUEST, question->trouble);
    } else if (question->members.empty()) {
        exchange.method_not_allowed(question->allowed.c_str());
    } else {
        ask(exchange, *found, std::move(question->members));
    }
}

} // namespace parley::signaling
