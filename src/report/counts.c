#include "report/counts.h"

const char *evd_plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

double evd_percent(uint64_t part, uint64_t whole)
{
    if (part >= whole)
        return 100.0;
    const double percent = 100.0 * (double)part / (double)whole;
    return percent < 99.9 ? percent : 99.9;
}
