// The calls that are made for every message, directly: the C library's are points where a thread
// may be cancelled, which costs two atomic exchanges each once a program has threads. Nobody
// cancels a worker's thread.
//
// Each returns what the C library's function would, errno included.
#pragma once

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstddef>

namespace greenroom::detail {

// The sanitizers watch the C library's functions, to know what memory the kernel touches.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GREENROOM_SANITIZED_CALLS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define GREENROOM_SANITIZED_CALLS 1
#endif
#endif

#if defined(GREENROOM_SANITIZED_CALLS)

inline ssize_t direct_receive(int fd, void* buffer, std::size_t bytes) noexcept {
    return ::recv(fd, buffer, bytes, 0);
}
inline ssize_t direct_send(int fd, const void* data, std::size_t bytes) noexcept {
    return ::send(fd, data, bytes, MSG_NOSIGNAL);
}
inline ssize_t direct_send(int fd, const msghdr& message) noexcept {
    return ::sendmsg(fd, &message, MSG_NOSIGNAL);
}

#else

inline ssize_t direct_receive(int fd, void* buffer, std::size_t bytes) noexcept {
    return ::syscall(SYS_recvfrom, fd, buffer, bytes, 0, nullptr, nullptr);
}
inline ssize_t direct_send(int fd, const void* data, std::size_t bytes) noexcept {
    return ::syscall(SYS_sendto, fd, data, bytes, MSG_NOSIGNAL, nullptr, 0);
}
inline ssize_t direct_send(int fd, const msghdr& message) noexcept {
    return ::syscall(SYS_sendmsg, fd, &message, MSG_NOSIGNAL);
}

#endif

#undef GREENROOM_SANITIZED_CALLS

}  // namespace greenroom::detail
