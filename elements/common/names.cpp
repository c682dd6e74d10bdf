#include "elements/common/names.hpp"

#include <glib.h>

#include <algorithm>

namespace parley {

bool is_identifier(std::string_view text) {
    if (text.empty() || text.size() > max_name_length || text == "." || text == "..") return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return g_ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
    });
}

std::string as_identifier(std::string_view text) {
    std::string id{text.substr(0, max_name_length)};
    for (char& c : id) {
        if (!is_identifier({&c, 1}) && c != '.') c = '-';
    }
    return is_identifier(id) ? id : "unnamed";
}

bool is_rid(std::string_view text, std::size_t maximum) {
    return !text.empty() && text.size() <= maximum &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return g_ascii_isalnum(c) || c == '_' || c == '-'; });
}

bool is_display_name(std::string_view text) {
    if (text.empty() || !g_utf8_validate_len(text.data(), text.size(), nullptr)) return false;
    std::size_t characters = 0;
    bool visible = false;
    for (const char* p = text.data(); p < text.data() + text.size(); p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);
        if (g_unichar_iscntrl(c)) return false;
        // Marks that turn the writing direction could make a name read as another's.
        if ((c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069)) return false;
        visible = visible || !g_unichar_isspace(c);
        if (++characters > max_name_length) return false;
    }
    return visible;
}

} // namespace parley
