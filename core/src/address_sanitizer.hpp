// under_address_sanitizer: whether this file is compiled with AddressSanitizer. The macro is for
// what must not even be defined there.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define GREENROOM_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GREENROOM_ADDRESS_SANITIZER 1
#endif
#endif
#ifndef GREENROOM_ADDRESS_SANITIZER
#define GREENROOM_ADDRESS_SANITIZER 0
#endif

namespace greenroom::detail {

constexpr bool under_address_sanitizer = GREENROOM_ADDRESS_SANITIZER != 0;

}  // namespace greenroom::detail
