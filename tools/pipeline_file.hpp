// A .pipeline file: gst-launch text with `#` comments, line breaks anywhere and variables.
#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace parley::tools {

/// A variable as a file declares it by using it: `${name}`, `${name:-default}` or
/// `${name:?message}`.
struct Variable {
    std::string name;
    std::optional<std::string> fallback; ///< the default; none: a value must be given
    std::string message;                 ///< what `:?` says when no value is given
    std::string help;                    ///< from a header line `# name: help`
    std::size_t line = 0;                ///< of its first use, from 1
};

/// What the user gave: name to value. As in a shell, an empty value counts as not given.
using Values = std::map<std::string, std::string, std::less<>>;

/// Where a variable stands decides how its value is written into the text.
enum class Place {
    value, ///< behind `property=`: any text, quoted so that it stays one value
    caps,  ///< in a caps filter: characters of a media type, number or fraction only
    word,  ///< anywhere else, e.g. an element's name: letters, digits, `-`, `_` only
};

class PipelineFile {
  public:
    /// Errors name the line.
    static Result<PipelineFile> parse(std::string_view text);

    /// The comment that opens the file, without its `#` and without the variables' lines.
    [[nodiscard]] const std::string& description() const { return description_; }
    /// The header says `# loop: true`: at its end it begins again (see loop.hpp).
    [[nodiscard]] bool loops() const { return loops_; }
    /// In order of first use.
    [[nodiscard]] const std::vector<Variable>& variables() const { return variables_; }

    /// The text for gst_parse_launch. An unknown name in `values`, a variable without a value, or
    /// a value that cannot stand where it is used is an error that names it.
    [[nodiscard]] Result<std::string> expand(const Values& values) const;

  private:
    class Parser;

    /// Text, or the index of a variable.
    using Part = std::variant<std::string, std::size_t>;
    struct Piece {
        Place place = Place::word;
        bool verbatim = true; ///< without variables: the author's own text, as written
        std::vector<Part> parts;
        std::size_t line = 0;
    };

    [[nodiscard]] Result<std::string> value_of(std::size_t variable, const Values& values) const;

    std::string description_;
    bool loops_ = false;
    std::vector<Variable> variables_;
    std::vector<Piece> pieces_;
};

/// Writes `value` as one unquoted gst-launch property value, whatever it contains.
std::string quote_value(std::string_view value);

/// Splits `name=value`. An error when there is no `=` or the name is no variable's name.
Result<std::pair<std::string, std::string>> parse_assignment(std::string_view argument);

} // namespace parley::tools
