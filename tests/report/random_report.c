/* Writes a report of a random outcome: arguments FORMAT SEED DIVERGENCES [WIDTH]. */
#include <stdio.h>
#include <stdlib.h>

#include <evdiff/report.h>

#include "random_outcome.h"

static bool write_out(void *context, const char *bytes, size_t length)
{
    return fwrite(bytes, 1, length, context) == length;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    struct random_outcome made;
    struct evd_error error;
    const struct evd_report_options options = {
        .has_color = argc > 4, .width = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 0};
    random_outcome_make(&made, strtoull(argv[2], NULL, 10), (unsigned)strtoul(argv[3], NULL, 10));
    const enum evd_status status = evd_report_write(&made.outcome, argv[1], &options, write_out, stdout, &error);
    random_outcome_release(&made);
    if (status != EVD_OK)
        fprintf(stderr, "%s\n", error.message);
    return status != EVD_OK || fclose(stdout) != 0;
}
