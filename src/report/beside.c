/* Events beside each other, as text: which threads they are of, then the events. */
#include <inttypes.h>

#include "base/fail.h"
#include "report/text.h"

enum evd_status evd_report_beside(const struct evd_beside *beside, const struct evd_report_options *options,
                                  evd_write *write, void *context, struct evd_error *error)
{
    static const struct evd_report_options DEFAULTS = {.has_color = false};
    struct evd_output out = {.write = write, .context = context};
    evd_buffer_format(&out.buffer, "canary %" PRId64 " (-), ours %" PRId64 " (+)\n", beside->tid[EVD_CANARY],
                      beside->tid[EVD_OURS]);
    evd_text_render_beside(beside, options != NULL ? options : &DEFAULTS, &out);
    return evd_output_finish(&out, error);
}
