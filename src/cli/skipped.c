#include "skipped.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "plain.h"

void cli_tell_skipped(const struct evd_log *log)
{
    const uint64_t count = evd_log_skipped_count(log);
    if (count > 0)
        cli_say("%s: %" PRIu64 " line%s skipped", evd_log_path(log), count,
                count == 1 ? " is no event and was" : "s are no events and were");
}

void cli_print_skipped(const struct evd_log *log)
{
    uint64_t line, column;
    const char *reason;
    size_t listed = 0;
    for (; (reason = evd_log_skipped_line(log, listed, &line, &column)) != NULL; listed++)
        cli_print_line("  skipped %" PRIu64 ":%" PRIu64 ": %s", line, column, reason);
    if (evd_log_skipped_count(log) > listed)
        printf("  and %" PRIu64 " more\n", evd_log_skipped_count(log) - listed);
}

void cli_print_skipped_json(const struct evd_log *log)
{
    uint64_t line, column;
    const char *reason;
    printf("{\"count\": %" PRIu64 ", \"listed\": [", evd_log_skipped_count(log));
    for (size_t i = 0; (reason = evd_log_skipped_line(log, i, &line, &column)) != NULL; i++) {
        printf("%s{\"line\": %" PRIu64 ", \"column\": %" PRIu64 ", \"message\": ", i > 0 ? ", " : "", line, column);
        cli_print_json(stdout, reason, strlen(reason));
        putchar('}');
    }
    fputs("]}", stdout);
}
