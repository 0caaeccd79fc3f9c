// What ThreadSanitizer is told to overlook in the test programs, and no more:
// - moodycamel's queue, whose fences it does not see. Entries are handed over by InjectQueue's own
//   count, so races on them still show.
// - The end of an exception that two threads held: the count of its holders is in libstdc++, which
//   is built without ThreadSanitizer.
extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
    return "race:moodycamel::ConcurrentQueue<greenroom::detail::Runnable*\n"
           "race:std::__exception_ptr::exception_ptr::_M_release\n";
}
