// SwitchHooks: what a sanitizer must hear about one context, chosen by the build.
//
// Each variant has the same members; the plain build's are empty and cost nothing.
//
//   adopt()           the context is the one that runs here, on a stack that is not ours
//   create(bounds)    a context begins its life on a stack of ours
//   destroy(bounds)   and ends it; it is suspended, or has never run
//   leave(next)       immediately before the jump to `next`, in the frame that jumps
//   arrive(from)      immediately after it, on the stack of `this`
//   wants_farewell()  must the context run once more before destroy()? Then begin_farewell(), a
//                     switch to it, and it sees in_farewell() and jumps back for good
#pragma once

#if defined(__has_feature)
#define GREENROOM_HAS_FEATURE(feature) __has_feature(feature)
#else
#define GREENROOM_HAS_FEATURE(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || GREENROOM_HAS_FEATURE(address_sanitizer)
#include "switch_hooks_asan.hpp"
#elif defined(__SANITIZE_THREAD__) || GREENROOM_HAS_FEATURE(thread_sanitizer)
#include "switch_hooks_tsan.hpp"
#else
#include "switch_hooks_none.hpp"
#endif

#undef GREENROOM_HAS_FEATURE
