#include "tools/control_client.hpp"

#include <fmt/format.h>
#include <gio/gunixsocketaddress.h>

namespace parley::tools {

Result<ControlClient> ControlClient::connect(const std::string& path) {
    const auto client = adopt_ptr(g_socket_client_new());
    const auto address = adopt_ptr(g_unix_socket_address_new(path.c_str()));
    GErrorOut error;
    auto connection = adopt_ptr(
        g_socket_client_connect(client.get(), G_SOCKET_CONNECTABLE(address.get()), nullptr, error));
    if (!connection) {
        return fail(fmt::format("{}: {}. Is a pipeline running with --control={}?", path,
                                error.message(), path));
    }
    auto input = adopt_ptr(
        g_data_input_stream_new(g_io_stream_get_input_stream(G_IO_STREAM(connection.get()))));
    return ControlClient{std::move(connection), std::move(input)};
}

Result<void> ControlClient::send(const std::string& line) {
    GErrorOut error;
    auto* const stream = g_io_stream_get_output_stream(G_IO_STREAM(connection_.get()));
    const auto whole = line + "\n";
    if (!g_output_stream_write_all(stream, whole.data(), whole.size(), nullptr, nullptr, error)) {
        return fail(fmt::format("the pipeline does not listen: {}", error.message()));
    }
    return {};
}

Result<std::string> ControlClient::line() {
    GErrorOut error;
    const GStringPtr text{
        g_data_input_stream_read_line_utf8(input_.get(), nullptr, nullptr, error)};
    if (error) return fail(fmt::format("the pipeline does not answer: {}", error.message()));
    return std::string{text ? text.get() : ""};
}

Result<std::string> ControlClient::answer() {
    for (;;) {
        auto text = line();
        if (!text) return text;
        if (text->empty()) return fail("the pipeline has ended without an answer");
        const auto document = json::Document::parse_object(*text);
        if (!document) return tl::make_unexpected(document.error());
        const auto root = document->root();
        PARLEY_READ(type, root.text("type"));
        if (type == "event") continue;
        if (type == "done") return json::to_text(root.node("value"));
        PARLEY_READ(why, root.text("text"));
        return fail(why);
    }
}

} // namespace parley::tools
