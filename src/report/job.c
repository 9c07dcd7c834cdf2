#include "evdiff/report.h"

#include <string.h>

static bool is_blank(struct evd_text name)
{
    size_t blanks = 0;
    while (blanks < name.length && name.bytes[blanks] == ' ')
        blanks++;
    return blanks == name.length;
}

struct evd_text evd_report_job(const struct evd_outcome *outcome, const struct evd_report_options *options)
{
    struct evd_text name = outcome->path[EVD_OURS];
    if (options->job != NULL)
        return (struct evd_text){options->job, strlen(options->job)};
    for (size_t i = name.length; i > 0; i--)
        if (name.bytes[i - 1] == '/') {
            name.bytes += i;
            name.length -= i;
            break;
        }
    for (size_t i = 1; i < name.length; i++)
        if (name.bytes[i] == '.') {
            name.length = i;
            break;
        }
    const bool is_name = !is_blank(name) && !(name.length == 1 && (name.bytes[0] == '-' || name.bytes[0] == '.'));
    return is_name ? name : (struct evd_text){"diff", 4};
}
