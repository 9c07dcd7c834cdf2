/* The absorbed events of all pairs, a line of JSON each: keys sorted, as ASCII, in the reference's names. */
#include "base/fail.h"
#include "base/json_writer.h"
#include "base/letters.h"
#include "evdiff/report.h"

/* A text as a string of JSON that is ASCII. */
static void append_ascii(struct evd_buffer *out, struct evd_text text)
{
    struct evd_letter letter;
    evd_buffer_byte(out, '"');
    while (evd_text_next(&text, &letter)) {
        static const char SHORT[] = "\bb\ff\nn\rr\tt\"\"\\\\";
        const uint32_t code = letter.code_point;
        const char *spelled = NULL;
        for (const char *pair = SHORT; *pair != '\0'; pair += 2)
            if (code == (unsigned char)*pair)
                spelled = pair + 1;
        if (spelled != NULL)
            evd_buffer_format(out, "\\%c", *spelled);
        else if (code >= 0x20 && code <= '~')
            evd_buffer_byte(out, (char)code);
        else if (code <= 0xffff)
            evd_buffer_format(out, "\\u%04x", (unsigned)code);
        else
            evd_buffer_format(out, "\\u%04x\\u%04x", (unsigned)(0xd800 + ((code - 0x10000) >> 10)),
                              (unsigned)(0xdc00 + (code & 0x3ff)));
    }
    evd_buffer_byte(out, '"');
}

static void append_line(struct evd_buffer *out, const struct evd_outcome *outcome, const struct evd_pair_outcome *pair,
                        const struct evd_absorbed_event *absorbed)
{
    evd_buffer_string(out, "{\"absorber\": ");
    append_ascii(out, outcome->absorbers[absorbed->absorber].name);
    evd_buffer_format(out, ", \"canary_tid\": %lld, \"event\": ", (long long)pair->tid[EVD_CANARY]);
    evd_append_text(out, absorbed->event.json);
    evd_buffer_format(out, ", \"matched_at\": %llu, \"ours_tid\": %lld", (unsigned long long)absorbed->matched,
                      (long long)pair->tid[EVD_OURS]);
    if (absorbed->blocks > 0)
        evd_buffer_format(out, ", \"pairs_consumed\": %llu", (unsigned long long)absorbed->blocks);
    evd_buffer_format(out, ", \"side\": \"%s\"", evd_side_name(absorbed->side));
    if (absorbed->blocks > 0)
        evd_buffer_format(out, ", \"window_offset\": %llu", (unsigned long long)absorbed->offset);
    evd_buffer_string(out, "}\n");
}

enum evd_status evd_report_absorbed_events(const struct evd_outcome *outcome, evd_write *write, void *context,
                                           uint64_t *count, struct evd_error *error)
{
    struct evd_output out = {.write = write, .context = context};
    *count = 0;
    for (size_t i = 0; i < outcome->pair_count; i++) {
        const struct evd_pair_outcome *pair = &outcome->pairs[i];
        for (size_t j = 0; j < pair->absorbed_event_count; j++) {
            append_line(&out.buffer, outcome, pair, &pair->absorbed_events[j]);
            evd_output_flush_some(&out);
        }
        *count += pair->absorbed_event_count;
    }
    evd_output_flush(&out);
    const bool failed = out.buffer.failed;
    evd_buffer_release(&out.buffer);
    if (failed)
        return evd_fail_memory(error);
    return out.is_stopped ? evd_fail(error, EVD_E_IO, "the absorbed events could not be written") : EVD_OK;
}
