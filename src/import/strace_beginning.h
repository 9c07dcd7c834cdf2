/* What a line of strace begins with: a thread, with -f, and a time, with -t, -tt or -ttt. */
#ifndef EVD_IMPORT_STRACE_BEGINNING_H
#define EVD_IMPORT_STRACE_BEGINNING_H

#include "import/strace_values.h"

struct evd_strace_beginning {
    int64_t pid; /* 0: there is none */
    bool has_time;
    int64_t ns; /* since 1970, or of the day; with has_time */
    /* Of a time since 1970 its digits, before and behind the point; NULL: `ns` has it. */
    const char *whole, *fraction;
    size_t whole_length, fraction_length;
};

/* Moves behind it; false when nothing follows or it is none. */
bool evd_strace_take_beginning(struct evd_strace_cursor *cursor, struct evd_strace_beginning *beginning);

#endif
