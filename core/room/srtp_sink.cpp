#include "core/room/srtp_sink.hpp"

#include "core/srtp/profile.hpp"

namespace parley::room {
