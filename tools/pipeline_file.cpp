#include "tools/pipeline_file.hpp"

#include "tools/spelling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace parley::tools {
namespace {

// The C locale's classes, whatever the process has set: GStreamer's lexer knows no others.
constexpr bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}
constexpr bool is_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
constexpr bool is_name(char c) {
    return is_alnum(c) || c == '-' || c == '_';
}
/// What may stand in a property's name, e.g. `video_0::name`.
constexpr bool is_property(char c) {
    return is_name(c) || c == ':' || c == '%';
}
/// What a variable may put into caps: `video`, `x-raw`, `I420`, `30/1`, `-1`, `1.5`.
constexpr bool is_caps_value(char c) {
    return is_name(c) || c == '/' || c == '.' || c == '+';
}

bool is_variable_name(std::string_view name) {
    return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && name[0] != '-' &&
           std::all_of(name.begin(), name.end(), is_name);
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

bool starts_with_at(std::string_view text, std::size_t at, std::string_view what) {
    return text.substr(std::min(at, text.size())).starts_with(what);
}

/// What gst_parse_launch makes of a value as written: backslashes go, except within inner quotes.
std::string unescape(std::string_view text) {
    std::string out;
    bool in_quotes = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && !in_quotes) {
            if (++i == text.size()) break;
        } else if (text[i] == '"' && (!in_quotes || text[i - 1] != '\\')) {
            in_quotes = !in_quotes;
        }
        out += text[i];
    }
    return out;
}

} // namespace

class PipelineFile::Parser {
  public:
    explicit Parser(std::string_view text) : text_{text} {}

    Result<PipelineFile> run() {
        if (const auto nul = text_.find('\0'); nul != std::string_view::npos) {
            at_ = nul;
            return error("a zero byte: this is not a text file");
        }
        read_header();
        at_ = 0;
        while (at_ < text_.size()) {
            if (auto step = next(); !step) return tl::make_unexpected(step.error());
        }
        flush();
        for (auto& variable : file_.variables_) {
            const auto help = help_.find(variable.name);
            if (help != help_.end()) variable.help = help->second;
        }
        const auto loop = help_.find("loop");
        if (loop != help_.end() && !is_variable("loop")) {
            if (loop->second != "true" && loop->second != "false") {
                return fail(fmt::format("\"# loop: {}\": must be true or false", loop->second));
            }
            file_.loops_ = loop->second == "true";
        }
        file_.description_ = describe();
        return std::move(file_);
    }

  private:
    using Step = Result<std::monostate>;

    [[nodiscard]] std::size_t line() const {
        const auto end = text_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, text_.size()));
        return 1 + static_cast<std::size_t>(std::count(text_.begin(), end, '\n'));
    }
    [[nodiscard]] tl::unexpected<Error> error(std::string_view what) const {
        return fail(fmt::format("line {}: {}", line(), what));
    }
    [[nodiscard]] bool at_variable(std::size_t at) const { return starts_with_at(text_, at, "${"); }

    /// The comment lines that open the file; `# name: help` may later turn out to be a variable's.
    void read_header() {
        std::size_t at = 0;
        if (text_.starts_with("#!")) at = std::min(text_.find('\n'), text_.size() - 1) + 1;
        while (at < text_.size() && text_[at] == '#') {
            const std::size_t end = std::min(text_.find('\n', at), text_.size());
            std::string_view comment = text_.substr(at + 1, end - at - 1);
            if (comment.starts_with(' ')) comment.remove_prefix(1);
            header_.emplace_back(comment);
            const auto colon = comment.find(':');
            if (colon != std::string_view::npos) {
                const auto name = trim(comment.substr(0, colon));
                if (is_variable_name(name)) {
                    help_.emplace(name, trim(comment.substr(colon + 1)));
                }
            }
            at = end + 1;
        }
    }

    /// The header without the lines that became a variable's help.
    [[nodiscard]] std::string describe() const {
        std::string out;
        for (const auto& text : header_) {
            const auto name = trim(std::string_view{text}.substr(0, text.find(':')));
            const bool is_help = help_.contains(name) && (is_variable(name) || name == "loop");
            if (!is_help) out += text + '\n';
        }
        return std::string{trim(out)};
    }

    [[nodiscard]] bool is_variable(std::string_view name) const {
        return std::any_of(file_.variables_.begin(), file_.variables_.end(),
                           [&](const Variable& variable) { return variable.name == name; });
    }

    Step next() {
        const char c = text_[at_];
        if (c == '#' && at_token_start()) {
            at_ = std::min(text_.find('\n', at_), text_.size());
            return {};
        }
        if (at_variable(at_)) return add_variable(in_caps_ ? Place::caps : Place::word);
        if (c == '\\' && at_ + 1 < text_.size()) {
            // `\${` is how a file writes those two characters themselves.
            literal_ += text_.substr(at_, 2);
            at_ += 2;
            return {};
        }
        if (c == '!' || (c == ':' && at_token_start())) {
            in_caps_ = !in_caps_ && caps_follow(at_ + 1);
        } else if (c == '=' && !in_caps_) {
            return add_value();
        }
        literal_ += c;
        ++at_;
        return {};
    }

    [[nodiscard]] bool at_token_start() const { return at_ == 0 || is_space(text_[at_ - 1]); }

    /// Whether a media type such as `video/x-raw` stands here, behind a link.
    [[nodiscard]] bool caps_follow(std::size_t at) const {
        while (at < text_.size()) {
            if (is_space(text_[at])) {
                ++at;
            } else if (text_[at] == '#') {
                at = std::min(text_.find('\n', at), text_.size());
            } else {
                break;
            }
        }
        const std::size_t begin = at;
        while (at < text_.size()) {
            if (is_alnum(text_[at]) || text_[at] == '-') {
                ++at;
            } else if (at_variable(at)) {
                at = std::min(text_.find('}', at), text_.size() - 1) + 1;
            } else {
                break;
            }
        }
        return at > begin && at < text_.size() && text_[at] == '/';
    }

    /// `=` and what is assigned, up to the end of the quotes or to the next space.
    Step add_value() {
        std::size_t name = literal_.size();
        while (name > 0 && is_space(literal_[name - 1]))
            --name;
        if (name == 0 || !is_property(literal_[name - 1])) {
            literal_ += text_[at_++];
            return {};
        }
        do {
            literal_ += text_[at_++];
        } while (at_ < text_.size() && is_space(text_[at_]));
        if (at_ == text_.size()) return error("nothing follows the last \"=\"");

        const std::size_t opened = at_;
        const char quote = text_[at_] == '"' || text_[at_] == '\'' ? text_[at_] : '\0';
        Piece piece{Place::value, true, {}, line()};
        std::string raw{};
        if (quote != '\0') raw += text_[at_++];
        bool closed = quote == '\0';
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (quote == '\0' && is_space(c)) break;
            if (at_variable(at_)) {
                // Only double quotes mean something to gst_parse_launch; others are text.
                add_raw(piece, raw, quote == '"');
                auto variable = read_variable();
                if (!variable) return tl::make_unexpected(variable.error());
                piece.parts.emplace_back(*variable);
                piece.verbatim = false;
                continue;
            }
            if (c == '\\' && at_ + 1 < text_.size()) {
                raw += text_.substr(at_, 2);
                at_ += 2;
                continue;
            }
            raw += c;
            ++at_;
            if (quote != '\0' && c == quote) {
                closed = true;
                break;
            }
        }
        if (!closed) {
            at_ = opened;
            return error(fmt::format("the quote {} is never closed", quote));
        }
        if (piece.verbatim) {
            literal_ += raw;
            return {};
        }
        if (quote == '"') raw.pop_back();
        add_raw(piece, raw, false);
        flush();
        file_.pieces_.push_back(std::move(piece));
        return {};
    }

    static void add_raw(Piece& piece, std::string& raw, bool drop_quote) {
        std::string_view text = raw;
        if (drop_quote && piece.parts.empty()) text.remove_prefix(1);
        piece.parts.emplace_back(unescape(text));
        raw.clear();
    }

    Step add_variable(Place place) {
        flush();
        Piece piece{place, false, {}, line()};
        auto variable = read_variable();
        if (!variable) return tl::make_unexpected(variable.error());
        piece.parts.emplace_back(*variable);
        file_.pieces_.push_back(std::move(piece));
        return {};
    }

    /// Reads `${...}`, and gives the variable's index.
    Result<std::size_t> read_variable() {
        const std::size_t begin = at_ + 2;
        std::size_t end = begin;
        while (end < text_.size() && is_name(text_[end]))
            ++end;
        Variable variable;
        variable.name = text_.substr(begin, end - begin);
        if (!is_variable_name(variable.name)) {
            return error("\"${\" needs a name of letters, digits, \"-\" or \"_\" (write \"\\${\" "
                         "for those characters themselves)");
        }
        variable.line = line();
        const bool has_default = starts_with_at(text_, end, ":-");
        const bool has_message = starts_with_at(text_, end, ":?");
        if (has_default || has_message) end += 2;
        std::string rest;
        while (end < text_.size() && text_[end] != '}') {
            if (starts_with_at(text_, end, "\\}")) ++end;
            if (at_variable(end)) {
                return error(fmt::format("\"{}\": a variable within a variable is not possible",
                                         variable.name));
            }
            rest += text_[end++];
        }
        if (end == text_.size()) return error("\"${" + variable.name + "\" is never closed");
        if (!has_default && !has_message && !rest.empty()) {
            return error(fmt::format("\"${{{}{}}}\": only ${{name}}, ${{name:-default}} and "
                                     "${{name:?message}} are known",
                                     variable.name, rest));
        }
        if (has_default) variable.fallback = rest;
        if (has_message) variable.message = rest;
        auto index = declare(std::move(variable));
        at_ = end + 1;
        return index;
    }

    Result<std::size_t> declare(Variable variable) {
        auto& known = file_.variables_;
        const auto same = std::find_if(known.begin(), known.end(), [&](const Variable& other) {
            return other.name == variable.name;
        });
        if (same == known.end()) {
            known.push_back(std::move(variable));
            return known.size() - 1;
        }
        if (variable.fallback) {
            if (same->fallback && *same->fallback != *variable.fallback) {
                return error(fmt::format(
                    "the variable \"{}\" has two defaults, \"{}\" here and \"{}\" before",
                    variable.name, *variable.fallback, *same->fallback));
            }
            same->fallback = std::move(variable.fallback);
        }
        if (same->message.empty()) same->message = std::move(variable.message);
        return static_cast<std::size_t>(same - known.begin());
    }

    void flush() {
        if (literal_.empty()) return;
        file_.pieces_.push_back({Place::word, true, {std::move(literal_)}, line()});
        literal_.clear();
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool in_caps_ = false;
    std::string literal_;
    std::vector<std::string> header_;
    std::map<std::string, std::string, std::less<>> help_;
    PipelineFile file_;
};

Result<PipelineFile> PipelineFile::parse(std::string_view text) {
    return Parser{text}.run();
}

Result<std::string> PipelineFile::value_of(std::size_t variable, const Values& values) const {
    const Variable& declared = variables_[variable];
    const auto given = values.find(declared.name);
    if (given != values.end() && !given->second.empty()) return given->second;
    if (declared.fallback) return *declared.fallback;
    return fail(fmt::format("the variable \"{0}\" needs a value: {1} ({0}=...)", declared.name,
                            declared.message.empty() ? "give one" : declared.message));
}

Result<std::string> PipelineFile::expand(const Values& values) const {
    for (const auto& [name, value] : values) {
        std::vector<std::string> known;
        for (const auto& variable : variables_)
            known.push_back(variable.name);
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            return fail(fmt::format("the pipeline has no variable \"{}\"{}", name,
                                    did_you_mean(name, known)));
        }
        if (value.find('\0') != std::string::npos) {
            return fail(fmt::format("the value of \"{}\" holds a zero byte", name));
        }
    }
    std::string out;
    for (const auto& piece : pieces_) {
        std::string text;
        for (const auto& part : piece.parts) {
            if (const auto* literal = std::get_if<std::string>(&part)) {
                text += *literal;
                continue;
            }
            const std::size_t index = std::get<std::size_t>(part);
            auto value = value_of(index, values);
            if (!value) return value;
            const auto& name = variables_[index].name;
            if (piece.place == Place::caps &&
                !std::all_of(value->begin(), value->end(), is_caps_value)) {
                return fail(fmt::format("line {}: \"{}\" stands in caps, where its value may have "
                                        "letters, digits and \"-_/.+\" only, not \"{}\"",
                                        piece.line, name, *value));
            }
            if (piece.place == Place::word && !std::all_of(value->begin(), value->end(), is_name)) {
                return fail(fmt::format("line {}: \"{}\" stands for a name, where its value may "
                                        "have letters, digits, \"-\" and \"_\" only, not \"{}\"",
                                        piece.line, name, *value));
            }
            text += *value;
        }
        out += piece.place == Place::value && !piece.verbatim ? quote_value(text) : text;
    }
    if (trim(out).empty()) return fail("the pipeline is empty");
    return out;
}

std::string quote_value(std::string_view value) {
    if (value.empty()) return "\"\"";
    // Two levels read the value: gst_parse_launch drops one backslash a character, and then the
    // property's type may unwrap a string that begins with a quote, and takes NULL for no string.
    // Control characters survive only in that second, octal form; and a backslash at the end would
    // let the lexer, which takes the longest match, swallow the space behind it and what follows.
    const bool wrap = value.front() == '"' || value.back() == '\\' || value == "NULL" ||
                      std::any_of(value.begin(), value.end(), [](char c) {
                          return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
                      });
    std::string out;
    if (wrap) {
        out = "\\\"";
        for (const char c : value) {
            if (is_alnum(c)) {
                out += c;
            } else {
                out += fmt::format("\\\\{:03o}", static_cast<unsigned char>(c));
            }
        }
        return out + "\\\"";
    }
    for (const char c : value) {
        const bool plain = is_alnum(c) || static_cast<unsigned char>(c) >= 0x80 ||
                           std::string_view{"-_./:+@,%"}.find(c) != std::string_view::npos;
        if (!plain) out += '\\';
        out += c;
    }
    return out;
}

Result<std::pair<std::string, std::string>> parse_assignment(std::string_view argument) {
    const auto equals = argument.find('=');
    if (equals == std::string_view::npos) {
        return fail(fmt::format("\"{}\": variables are given as name=value", argument));
    }
    const auto name = argument.substr(0, equals);
    if (!is_variable_name(name)) {
        return fail(fmt::format("\"{}\" is no variable's name", name));
    }
    return std::pair{std::string{name}, std::string{argument.substr(equals + 1)}};
}

} // namespace parley::tools
