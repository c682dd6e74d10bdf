#include "recording/evidence/utc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace parley::recording {

std::string to_text(Utc time) {
    using namespace std::chrono;
    const auto since = std::max(time.since_1970, Duration::zero());
    const sys_time<nanoseconds> point{since};
    const auto day = floor<days>(point);
    const year_month_day date{day};
    const hh_mm_ss clock{point - day};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

std::optional<Utc> parse_utc(std::string_view text) {
    using namespace std::chrono;
    constexpr std::string_view form = "0000-00-00T00:00:00.000000000Z";
    if (text.size() != form.size()) return std::nullopt;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == '0' ? !digit : text[i] != form[i]) return std::nullopt;
    }
    const auto number = [text](std::size_t at, std::size_t size) {
        int value = 0;
        std::from_chars(text.data() + at, text.data() + at + size, value);
        return value;
    };
    const year_month_day date{year{number(0, 4)}, month{static_cast<unsigned>(number(5, 2))},
                              day{static_cast<unsigned>(number(8, 2))}};
    constexpr int last_year = 2261; // 64 bits of nanoseconds end in 2262
    const int year_number = number(0, 4);
    if (!date.ok() || year_number < 1970 || year_number > last_year) return std::nullopt;
    if (number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59) return std::nullopt;
    return Utc{sys_days{date}.time_since_epoch() + hours{number(11, 2)} + minutes{number(14, 2)} +
               seconds{number(17, 2)} + nanoseconds{number(20, 9)}};
}

} // namespace parley::recording
