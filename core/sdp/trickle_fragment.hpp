// application/trickle-ice-sdpfrag (RFC 8840): what WHIP and WHEP clients PATCH, and what we answer.
#pragma once

#include "core/base/result.hpp"
#include "core/sdp/candidate.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace parley::sdp {

struct TrickleFragment {
    struct Section {
        std::string mid;
        std::vector<Candidate> candidates;
        bool end_of_candidates = false;
    };

    std::string ice_ufrag; ///< empty where absent; of the first section where only that has one
    std::string ice_pwd;
    std::vector<std::string> ice_options;
    bool ice_lite = false;
    bool end_of_candidates = false; ///< at session level
    std::vector<Section> sections;
};

/// Candidates that cannot be read (an unknown transport, a name) are left out; lines that are
/// no SDP are an error that names them.
Result<TrickleFragment> parse_trickle_fragment(std::string_view text);

std::string to_string(const TrickleFragment& fragment);

} // namespace parley::sdp
