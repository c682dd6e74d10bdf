#include "tests/tools/netem_conditions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

namespace parley::netem {

namespace {

std::optional<double> number(std::string_view text, double most) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return {};
    if (!(value >= 0 && value <= most)) return {};
    return value;
}

Duration milliseconds(double value) {
    return Duration{static_cast<std::int64_t>(value * 1e6)};
}

std::optional<GilbertElliott> bursts(std::string_view text) {
    std::array<double, 4> values{};
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto comma = text.find(',');
        if ((comma == std::string_view::npos) != (i + 1 == values.size())) return {};
        const auto value = number(text.substr(0, comma), 100);
        if (!value) return {};
        values[i] = *value / 100;
        if (comma != std::string_view::npos) text.remove_prefix(comma + 1);
    }
    return GilbertElliott{values[0], values[1], values[2], values[3]};
}

struct Word {
    std::string_view name;
    double most; ///< of its value
    void (*set)(LinkConfig&, double);
};

constexpr double a_minute = 60'000;
constexpr std::array<Word, 7> words{{
    {"loss", 100, [](LinkConfig& link, double value) { link.loss = value / 100; }},
    {"delay", a_minute, [](LinkConfig& link, double value) { link.latency = milliseconds(value); }},
    {"jitter", a_minute, [](LinkConfig& link, double value) { link.jitter = milliseconds(value); }},
    {"reorder", 100, [](LinkConfig& link, double value) { link.reorder = value / 100; }},
    {"duplicate", 100, [](LinkConfig& link, double value) { link.duplicate = value / 100; }},
    {"rate", 1e8,
     [](LinkConfig& link, double value) { link.rate = static_cast<std::uint64_t>(value * 1000); }},
    {"queue", 1e6,
     [](LinkConfig& link, double value) { link.queue = static_cast<std::size_t>(value * 1024); }},
}};

Result<void> set(LinkConfig& link, std::string_view name, std::string_view value) {
    if (is_flag(name)) {
        if (!value.empty()) return fail(fmt::format("{} takes no value", name));
        link.blocked = name == "block";
        return {};
    }
    if (name == "burst-loss") {
        const auto parsed = bursts(value);
        if (!parsed) return fail("burst-loss wants four percentages: to-bad,to-good,good,bad");
        link.bursts = parsed;
        return {};
    }
    for (const auto& word : words) {
        if (word.name != name) continue;
        const auto parsed = number(value, word.most);
        if (!parsed) return fail(fmt::format("{} wants a number from 0 to {}", name, word.most));
        word.set(link, *parsed);
        return {};
    }
    return fail(fmt::format("\"{}\" is no condition", name));
}

Result<void> set_both(Conditions& conditions, std::string_view name, std::string_view value) {
    if (auto done = set(conditions.up, name, value); !done) return done;
    return set(conditions.down, name, value);
}

} // namespace

bool is_flag(std::string_view option) {
    return option == "block" || option == "unblock";
}

Result<void> apply(Conditions& conditions, std::string_view line) {
    std::vector<std::string_view> parts;
    while (!line.empty()) {
        const auto end = std::min(line.find_first_of(" \t\r"), line.size());
        if (end != 0) parts.push_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    LinkConfig* one = nullptr;
    if (!parts.empty() && parts[0] == "up") one = &conditions.up;
    if (!parts.empty() && parts[0] == "down") one = &conditions.down;
    if (one != nullptr) parts.erase(parts.begin());
    if (parts.empty() || parts.size() > 2) return fail("want [up|down] CONDITION [VALUE]");
    const auto value = parts.size() == 2 ? parts[1] : std::string_view{};
    return one != nullptr ? set(*one, parts[0], value) : set_both(conditions, parts[0], value);
}

Result<void> apply_option(Conditions& conditions, std::string_view option, std::string_view value) {
    if (option.starts_with("up-")) return set(conditions.up, option.substr(3), value);
    if (option.starts_with("down-")) return set(conditions.down, option.substr(5), value);
    return set_both(conditions, option, value);
}

} // namespace parley::netem
