// The one error type, and results instead of exceptions.
#pragma once

#include <tl/expected.hpp>

#include <string>
#include <utility>

namespace parley {

/// What went wrong, in words for whoever can mend it: the text names the thing and the remedy.
struct Error {
    std::string text;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string text) {
    return tl::make_unexpected(Error{std::move(text)});
}

} // namespace parley
