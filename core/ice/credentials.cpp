#include "core/ice/credentials.hpp"

#include "core/base/random.hpp"

namespace parley::ice {

Credentials Credentials::random() {
    return {random_token(8), random_token(24)};
}

std::string_view target_ufrag(const stun::MessageView& request) {
    const auto username = request.username().value_or(std::string_view{});
    const auto colon = username.find(':');
    return colon == std::string_view::npos ? std::string_view{} : username.substr(0, colon);
}

} // namespace parley::ice
