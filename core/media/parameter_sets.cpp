#include "core/media/parameter_sets.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace parley::media {

namespace {
bool before(const ParameterSet& a, const ParameterSet& b) {
    return std::tie(a.kind, a.id) < std::tie(b.kind, b.id);
}
} // namespace

bool ParameterSets::put(ParameterSet set) {
    if (set.nal.size() > max_set_size) return false;
    const auto at = std::lower_bound(sets_.begin(), sets_.end(), set, before);
    if (at != sets_.end() && !before(set, *at)) {
        *at = std::move(set);
        return true;
    }
    if (sets_.size() >= max_sets) return false;
    sets_.insert(at, std::move(set));
    return true;
}

const ParameterSet* ParameterSets::find(NalKind kind, unsigned id) const {
    const auto found = std::ranges::find_if(
        sets_, [&](const ParameterSet& set) { return set.kind == kind && set.id == id; });
    return found == sets_.end() ? nullptr : &*found;
}

std::span<const ParameterSet> ParameterSets::all(NalKind kind) const {
    const auto [first, last] = std::ranges::equal_range(sets_, kind, {}, &ParameterSet::kind);
    return {first, last};
}

} // namespace parley::media
