/* What emitting costs: nanoseconds of processor time an event on the emitting thread, the writer going beside it.
 * Arguments: the log to write, the number of events. Prints a JSON object. */
#define EVD_EMIT_IMPLEMENTATION
#include <evdiff/emit.h>

static double thread_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(int argc, char **argv)
{
    const uint64_t count = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
    if (count == 0) {
        fprintf(stderr, "usage: evdiff-emit LOG EVENTS\n");
        return 2;
    }
    struct evd_emitter *emitter = evd_emit_open(argv[1], "bench", NULL);
    struct evd_emit_thread *thread = emitter ? evd_emit_thread_of(emitter, 4) : NULL;
    if (!thread) {
        perror(argv[1]);
        return 1;
    }
    const double start = thread_ns();
    for (uint64_t i = 0; i < count; i++) {
        if (i % 2 == 0)
            EVD_EMIT(thread, "kernel.call", evd_emit_text("name", "NtReadFile"), evd_emit_object("args"),
                     evd_emit_hex("a0", i), evd_emit_hex("a1", 0x7ffe0000 + i), evd_emit_end());
        else
            EVD_EMIT(thread, "kernel.return", evd_emit_text("name", "NtReadFile"), evd_emit_hex("return_value", i * 77),
                     evd_emit_unsigned("status", 0));
    }
    const double ns = (thread_ns() - start) / (double)count;
    const int error = evd_emit_close(emitter);
    if (error) {
        fprintf(stderr, "%s: %s\n", argv[1], strerror(error));
        return 1;
    }
    printf("{\"ns_per_event\": %.1f}\n", ns);
    return 0;
}
