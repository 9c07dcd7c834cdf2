/* Fuzzes the reader of saved outcomes: any bytes are either refused in words, with a place, or become an outcome that every
 * report can be made of, and that is read again as the same. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <evdiff/report.h>
#include <evdiff/saved.h>

#include "base/buffer.h"
#include "demand.h"

static bool keep(void *context, const char *bytes, size_t length)
{
    evd_buffer_append(context, bytes, length);
    return true;
}

static struct evd_buffer report(const struct evd_outcome *outcome, const char *format)
{
    struct evd_buffer text = {0};
    demand(evd_report_write(outcome, format, NULL, keep, &text, NULL) == EVD_OK);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct evd_outcome *outcome, *again;
    struct evd_error error = {0};
    const enum evd_status status = evd_saved_read_text("fuzz", (const char *)data, size, &outcome, &error);
    if (status != EVD_OK) {
        demand(outcome == NULL && status == EVD_E_INPUT && error.status == status);
        demand(error.line > 0 && error.column > 0 && error.message[0] != '\0' && strchr(error.message, '\n') == NULL);
        return 0;
    }
    for (size_t i = 0; evd_report_format_name(i) != NULL; i++) {
        struct evd_buffer text = report(outcome, evd_report_format_name(i));
        evd_buffer_release(&text);
    }
    struct evd_buffer first = report(outcome, "json");
    demand(evd_saved_read_text("again", first.data, first.length, &again, &error) == EVD_OK);
    struct evd_buffer second = report(again, "json");
    demand(first.length == second.length && memcmp(first.data, second.data, first.length) == 0);
    evd_buffer_release(&first);
    evd_buffer_release(&second);
    evd_outcome_free(again);
    evd_outcome_free(outcome);
    return 0;
}
