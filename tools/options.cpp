#include "tools/options.hpp"

#include "elements/common/gst_ptr.hpp"

#include <fmt/format.h>

#include <memory>

namespace parley::tools {

Result<CommandLine> parse_command_line(const Help& help, const GOptionEntry* entries, int argc,
                                       char** argv) {
    // File names, not strings: a name is bytes, and need not suit the locale.
    gchar** rest = nullptr;
    const GOptionEntry remaining[] = {
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &rest, nullptr, nullptr},
        {nullptr, 0, 0, G_OPTION_ARG_NONE, nullptr, nullptr, nullptr},
    };
    const std::unique_ptr<GOptionContext, FreeWith<g_option_context_free>> context{
        g_option_context_new(help.arguments)};
    g_set_prgname(fmt::format("parley {}", help.command).c_str());
    g_option_context_set_summary(context.get(), help.summary);
    g_option_context_set_description(context.get(), help.description);
    if (entries != nullptr) g_option_context_add_main_entries(context.get(), entries, nullptr);
    g_option_context_add_main_entries(context.get(), remaining, nullptr);
    g_option_context_add_group(context.get(), gst_init_get_option_group());

    GErrorOut error;
    const bool parsed = g_option_context_parse(context.get(), &argc, &argv, error) != FALSE;
    const std::unique_ptr<gchar*, FreeWith<g_strfreev>> owned{rest};
    if (!parsed) {
        return fail(fmt::format("{}; `parley {} --help` explains", error.message(), help.command));
    }
    CommandLine line;
    for (gchar** argument = rest; argument != nullptr && *argument != nullptr; ++argument) {
        if (line.file.empty() && std::string_view{*argument}.find('=') == std::string_view::npos) {
            line.file = *argument;
            continue;
        }
        auto assignment = parse_assignment(*argument);
        if (!assignment) return tl::make_unexpected(assignment.error());
        auto [place, is_new] = line.values.insert(std::move(*assignment));
        if (!is_new) return fail(fmt::format("\"{}\" is given twice", place->first));
    }
    return line;
}

} // namespace parley::tools
