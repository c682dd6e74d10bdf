#include "elements/common/json.hpp"
#include "recording/evidence/hex.hpp"
#include "recording/evidence/utc.hpp"
#include "recording/evidence/verify.hpp"

#include <fmt/format.h>

namespace parley::recording {
namespace {

std::string_view word(Severity severity) {
    switch (severity) {
    case Severity::note:
        return "note";
    case Severity::incomplete:
        return "incomplete";
    case Severity::altered:
        break;
    }
    return "altered";
}

std::string_view result_word(Severity severity) {
    return severity == Severity::note ? "good" : word(severity);
}

std::string printable(std::string text) {
    for (auto& c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    return text;
}

std::string where(const Finding& finding) {
    std::string text = finding.file;
    if (finding.line) text += fmt::format(" line {}", *finding.line);
    if (finding.chunk) text += fmt::format(" chunk {}", *finding.chunk);
    return text;
}

} // namespace

std::string to_text(const Verification& v) {
    const auto& about = v.manifest.about();
    auto text = fmt::format("{}: {}\n", result_word(v.result),
                            v.result == Severity::note         ? "nothing was altered"
                            : v.result == Severity::incomplete ? "not all is there or proven; "
                                                                 "nothing was altered"
                                                               : "this is not what was recorded");
    text +=
        printable(fmt::format("  recording  {} of room {}, {}", about.id, about.room, v.state)) +
        '\n';
    text += fmt::format("  started    {}\n", to_text(v.manifest.started()));
    text += fmt::format("  duration   {:.3f} s\n",
                        std::chrono::duration<double>(v.manifest.duration()).count());
    text += fmt::format("  files      {}, {} bytes\n", v.manifest.files().size(), v.bytes);
    text +=
        fmt::format("  events     {}, {} of them signed\n", v.manifest.events(), v.signed_events);
    text += fmt::format("  signed by  {}{}\n", v.signer.empty() ? "nobody" : v.signer,
                        v.signer_known ? ", the key that was given" : "");
    text += fmt::format("  head       {}\n", to_hex(v.manifest.head()));
    for (const auto& finding : v.findings) {
        text += printable(fmt::format("{}: {}: {}", word(finding.severity), where(finding),
                                      finding.text)) +
                '\n';
    }
    return text;
}

std::string to_json(const Verification& v) {
    json::Writer w;
    w.begin_object().member("result", result_word(v.result)).member("state", v.state);
    w.member("id", v.manifest.about().id).member("room", v.manifest.about().room);
    w.member("signer", v.signer).member("signer_known", v.signer_known);
    w.member("events", v.manifest.events()).member("signed_events", v.signed_events);
    w.member("files", std::uint64_t{v.manifest.files().size()}).member("bytes", v.bytes);
    w.member("chain_head", to_hex(v.manifest.head())).begin_array("findings");
    for (const auto& finding : v.findings) {
        w.begin_object().member("severity", word(finding.severity));
        // Names of files that were added need not be UTF-8.
        const GStringPtr file{g_utf8_make_valid(finding.file.c_str(), -1)};
        const GStringPtr text{g_utf8_make_valid(finding.text.c_str(), -1)};
        w.member("file", file.get());
        if (finding.line) w.member("line", *finding.line);
        if (finding.chunk) w.member("chunk", *finding.chunk);
        w.member("text", text.get()).end_object();
    }
    w.end_array().end_object();
    return w.take() + '\n';
}

} // namespace parley::recording
