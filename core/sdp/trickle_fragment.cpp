#include "core/sdp/trickle_fragment.hpp"

#include "core/sdp/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace parley::sdp {

namespace {

constexpr std::size_t max_bytes = std::size_t{64} * 1024;
constexpr std::size_t max_sections = 128;
constexpr std::size_t max_candidates = 64; // a section

class FragmentParser {
  public:
    Result<TrickleFragment> parse(std::string_view text);

  private:
    std::string_view line(std::string_view line);
    std::string_view attribute(std::string_view name, std::string_view value);

    TrickleFragment out_;
};

Result<TrickleFragment> FragmentParser::parse(std::string_view text) {
    if (text.size() > max_bytes) return fail("the fragment is too large");
    std::size_t number = 0;
    while (!text.empty()) {
        auto current = text::take_until(text, '\n');
        ++number;
        if (!current.empty() && current.back() == '\r') current.remove_suffix(1);
        if (current.empty()) continue;
        if (const auto fault = line(current); !fault.empty()) {
            return fail(fmt::format("line {}: {}", number, fault));
        }
    }
    return std::move(out_);
}

std::string_view FragmentParser::line(std::string_view line) {
    if (line.size() < 2 || line[1] != '=' || line[0] < 'a' || line[0] > 'z') {
        return "a line is a letter, \"=\" and a value";
    }
    if (std::any_of(line.begin(), line.end(),
                    [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\t'; })) {
        return "there is a control character in it";
    }
    auto value = text::trim(line.substr(2));
    if (line[0] == 'm') {
        // A pseudo m= line (RFC 8840, section 4.4): only its place counts, a=mid names it.
        if (out_.sections.size() >= max_sections) return "too many media sections";
        out_.sections.emplace_back();
        return {};
    }
    if (line[0] != 'a') return {};
    const auto name = text::take_until(value, ':');
    return attribute(name, text::trim(value));
}

std::string_view FragmentParser::attribute(std::string_view name, std::string_view value) {
    auto* const section = out_.sections.empty() ? nullptr : &out_.sections.back();
    if (name == "ice-ufrag") {
        if (!text::is_ice_chars(value) || value.size() < 4 || value.size() > 256) {
            return "a ufrag has 4 to 256 ICE characters";
        }
        if (out_.ice_ufrag.empty()) out_.ice_ufrag = value;
    } else if (name == "ice-pwd") {
        if (!text::is_ice_chars(value) || value.size() < 22 || value.size() > 256) {
            return "an ICE password has 22 to 256 ICE characters";
        }
        if (out_.ice_pwd.empty()) out_.ice_pwd = value;
    } else if (name == "ice-options") {
        while (!value.empty() && out_.ice_options.size() < 16)
            out_.ice_options.emplace_back(text::take_word(value));
    } else if (name == "ice-lite") {
        out_.ice_lite = true;
    } else if (name == "end-of-candidates") {
        (section != nullptr ? section->end_of_candidates : out_.end_of_candidates) = true;
    } else if (name == "mid") {
        if (section == nullptr) return "a mid belongs into a media section";
        if (!text::is_token(value) || value.size() > 64) return "a mid is a token";
        section->mid = value;
    } else if (name == "candidate") {
        if (section == nullptr) return "a candidate belongs into a media section";
        auto candidate = parse_candidate(fmt::format("candidate:{}", value));
        if (candidate && section->candidates.size() < max_candidates) {
            section->candidates.push_back(std::move(*candidate));
        }
    }
    return {};
}

} // namespace

Result<TrickleFragment> parse_trickle_fragment(std::string_view text) {
    return FragmentParser{}.parse(text);
}

std::string to_string(const TrickleFragment& fragment) {
    std::string out;
    const auto line = [&out](std::string_view text) {
        out += text;
        out += "\r\n";
    };
    if (fragment.ice_lite) line("a=ice-lite");
    if (!fragment.ice_options.empty()) {
        line(fmt::format("a=ice-options:{}", fmt::join(fragment.ice_options, " ")));
    }
    if (!fragment.ice_ufrag.empty()) line("a=ice-ufrag:" + fragment.ice_ufrag);
    if (!fragment.ice_pwd.empty()) line("a=ice-pwd:" + fragment.ice_pwd);
    if (fragment.end_of_candidates) line("a=end-of-candidates");
    for (const auto& section : fragment.sections) {
        line("m=audio 9 UDP/TLS/RTP/SAVPF 0");
        if (!section.mid.empty()) line("a=mid:" + section.mid);
        for (const auto& candidate : section.candidates)
            line("a=" + to_string(candidate));
        if (section.end_of_candidates) line("a=end-of-candidates");
    }
    return out;
}

} // namespace parley::sdp
