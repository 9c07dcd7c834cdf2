/* The same inside a Criterion test: the run must be red, not only the program's output. */
#include <criterion/criterion.h>
#include <limits.h>

Test(should_fail, overflow)
{
    volatile int most = INT_MAX;
    volatile int more = most + 1;
    (void)more;
}
