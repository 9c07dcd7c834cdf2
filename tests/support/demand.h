/* What must hold outside of a unit test's own asserts: in a fuzz target, in a test's support. */
#ifndef EVD_TESTS_DEMAND_H
#define EVD_TESTS_DEMAND_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Aborts, which a fuzzer and Criterion take for a failure, and says what did not hold. */
static inline void demand_that(bool holds, const char *what, const char *file, int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

#define demand(...) demand_that((__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)

#endif
