/* What is known, folded: a line for each family that a ledger's line lists as a bug; the rest is counted. */
#include "report/counts.h"
#include "report/known.h"
#include "report/root.h"
#include "report/text.h"

enum { KNOWN_SHOWN = 10, NAME_MAX = 200 };

void evd_text_render_known(const struct evd_outcome *outcome, const struct evd_report_options *options,
                           struct evd_buffer *line, struct evd_output *out)
{
    const struct evd_report_filter *filter = &options->filter;
    const uint64_t most = !filter->has_limit ? KNOWN_SHOWN : filter->limit > 0 ? filter->limit : UINT64_MAX;
    uint64_t count = 0;
    for (size_t i = 0; i < outcome->family_count; i++) {
        if (!evd_is_known_bug(options->known, i) || count++ >= most)
            continue;
        if (count == 1)
            evd_buffer_string(&out->buffer, "\nKnown, by the ledger:\n");
        evd_buffer_clear(line);
        evd_buffer_string(line, "  ");
        evd_describe_root_name(line, &outcome->families[i], NAME_MAX);
        evd_buffer_format(line, ": %s time%s; ", evd_grouped(outcome->families[i].count).text,
                          evd_plural(outcome->families[i].count));
        evd_describe_known_line(line, &options->known->families[i]);
        evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, 4);
    }
    if (count > most)
        evd_buffer_format(&out->buffer, "  and %s more\n", evd_grouped(count - most).text);
}
