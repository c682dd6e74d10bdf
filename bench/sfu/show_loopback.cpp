// LD_PRELOAD for Janus, which offers no address of an interface that is marked as loopback.
#include <net/if.h>

#include <dlfcn.h>
#include <ifaddrs.h>

extern "C" int getifaddrs(ifaddrs** list) noexcept {
    using Function = int (*)(ifaddrs**);
    const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "getifaddrs"));
    if (real == nullptr) return -1;
    const int result = real(list);
    if (result != 0) return result;
    for (auto* at = *list; at != nullptr; at = at->ifa_next) {
        at->ifa_flags &= ~static_cast<unsigned>(IFF_LOOPBACK);
    }
    return 0;
}
