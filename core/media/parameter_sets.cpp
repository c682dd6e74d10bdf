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
    const auto is_before = [&](const ParameterSet& set) { return set.kind < kind; };
    const auto is_kind = [&](const ParameterSet& set) { return set.kind <= kind; };
    const auto first = std::partition_point(sets_.begin(), sets_.end(), is_before);
    const auto last = std::partition_point(first, sets_.end(), is_kind);
    return {sets_.data() + (first - sets_.begin()), static_cast<std::size_t>(last - first)};
}

} // namespace parley::media
