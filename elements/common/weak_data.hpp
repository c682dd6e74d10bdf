// A weak hold on a C++ object as the user data of a C callback, which may outlive the object.
#pragma once

#include <glib.h>

#include <memory>

namespace parley {

template <class T>
gpointer new_weak(std::weak_ptr<T> object) {
    return new std::weak_ptr<T>{std::move(object)};
}

/// The GDestroyNotify that belongs to new_weak().
template <class T>
void free_weak(gpointer data) {
    delete static_cast<std::weak_ptr<T>*>(data);
}

/// Null where the object is gone.
template <class T>
std::shared_ptr<T> lock_weak(gpointer data) {
    return static_cast<std::weak_ptr<T>*>(data)->lock();
}

} // namespace parley
