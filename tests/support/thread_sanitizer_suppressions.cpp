// What ThreadSanitizer is told to overlook in the test programs: moodycamel's queue, whose fences
// it does not see. Entries are handed over by InjectQueue's own count, so races on them still show.
extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
    return "race:moodycamel::ConcurrentQueue<greenroom::detail::Runnable*\n";
}
