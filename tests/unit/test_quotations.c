/* The events that reports quote around a family's place: each number of include/evdiff/family.h has a case at its limit and
 * one beyond. */
#include <stdlib.h>
#include <string.h>

#include "diff_case.h"

static const struct evd_quotation *quote(struct case_ *c)
{
    const struct evd_diff_options options = {.threads = 1, .resync = true, .quotations = true};
    for (int side = 0; side < EVD_SIDES; side++)
        c->logs[side] = memory_log(&c->text[side], c->rules);
    cr_assert_eq(evd_diff(c->logs[0], c->logs[1], &options, &c->outcome, NULL), EVD_OK);
    cr_assert_geq(c->outcome->quotation_count, 1);
    return &c->outcome->quotations[0];
}

/* Events of an engine's own, which take no part in the alignment. */
static void pass(struct case_ *c, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        for (int side = 0; side < EVD_SIDES; side++)
            append_event(&c->text[side], "contention.observed", c->tid, c->count[side]++, "{}");
}

Test(quotations, five_events_before_and_five_behind)
{
    for (unsigned around = 4; around <= 6; around++) {
        struct case_ c;
        begin(&c);
        same(&c, 'a', around - 1); /* and the one that a thread begins with */
        differing(&c, "f", "1", "2");
        same(&c, 'b', around);
        const struct evd_quotation *quotation = quote(&c);
        for (int side = 0; side < EVD_SIDES; side++) {
            cr_expect_eq(quotation->before[side], around < 5 ? around : 5, "%u", around);
            cr_expect_eq(quotation->inside[side], 1);
            cr_expect_eq(quotation->behind[side], around < 5 ? around : 5, "%u", around);
            cr_expect_eq(quotation->events[side][quotation->before[side]].tid_event_idx, around);
        }
        end(&c);
    }
}

Test(quotations, eight_events_of_a_run)
{
    for (unsigned run = 7; run <= 9; run++) {
        struct case_ c;
        begin(&c);
        same(&c, 'a', 20);
        fresh(&c, EVD_OURS, "f", run);
        same(&c, 'b', 20);
        const struct evd_quotation *quotation = quote(&c);
        cr_expect_eq(quotation->inside[EVD_CANARY], 0);
        cr_expect_eq(quotation->inside[EVD_OURS], run < 8 ? run : 8, "%u", run);
        const struct evd_event_quotation *behind =
            &quotation->events[EVD_OURS][quotation->before[EVD_OURS] + quotation->inside[EVD_OURS]];
        cr_expect_eq(behind->tid_event_idx, 21 + run, "what is behind the whole run");
        end(&c);
    }
}

Test(quotations, a_thousand_events_before_are_looked_at)
{
    for (unsigned passed = 999; passed <= 1000; passed++) {
        struct case_ c;
        begin(&c);
        pass(&c, passed);
        differing(&c, "f", "1", "2");
        const struct evd_quotation *quotation = quote(&c);
        for (int side = 0; side < EVD_SIDES; side++)
            cr_expect_eq(quotation->before[side], passed == 999 ? 1 : 0, "%u passed", passed);
        end(&c);
    }
}

Test(quotations, a_thousand_bytes_of_a_payload)
{
    static const char FRAME[] = "{\"name\": \"f\", \"return_value\": 0, \"text\": \"\"}"; /* as it is quoted */
    for (unsigned length = 1000; length <= 1001; length++) {
        struct case_ c;
        char payload[1100], text[1100];
        begin(&c);
        memset(text, 'x', sizeof text);
        for (int side = 0; side < EVD_SIDES; side++) {
            snprintf(payload, sizeof payload, "{\"name\":\"f\",\"return_value\":%d,\"text\":\"%.*s\"}", side,
                     (int)(length - (sizeof FRAME - 1)), text);
            append_event(&c.text[side], "kernel.return", c.tid, c.count[side]++, payload);
        }
        const struct evd_quotation *quotation = quote(&c);
        for (int side = 0; side < EVD_SIDES; side++) {
            const struct evd_event_quotation *event = &quotation->events[side][quotation->before[side]];
            cr_expect_eq(event->payload.length, 1000, "%u: %zu", length, event->payload.length);
            cr_expect_eq(event->payload_length, length);
        }
        end(&c);
    }
}

Test(quotations, thirty_two_fields)
{
    for (unsigned fields = 31; fields <= 33; fields++) {
        struct case_ c;
        char payload[1024];
        begin(&c);
        for (int side = 0; side < EVD_SIDES; side++) {
            int length = snprintf(payload, sizeof payload, "{\"name\":\"f\",\"return_value\":%d", side);
            for (unsigned i = 1; i < fields; i++)
                length += snprintf(payload + length, sizeof payload - (size_t)length, ",\"m%u\":%d", i, side);
            snprintf(payload + length, sizeof payload - (size_t)length, "}");
            append_event(&c.text[side], "kernel.return", c.tid, c.count[side]++, payload);
        }
        cr_expect_eq(quote(&c)->field_count, fields < 32 ? fields : 32, "%u", fields);
        end(&c);
    }
}

Test(quotations, five_hundred_families)
{
    for (unsigned families = 500; families <= 501; families++) {
        struct case_ c;
        char name[16];
        begin(&c);
        for (unsigned i = 0; i < families; i++) {
            snprintf(name, sizeof name, "call%u", i);
            differing(&c, name, "1", "2");
            snprintf(name, sizeof name, "met%u", i);
            both(&c, name, "0");
        }
        quote(&c);
        cr_assert_eq(c.outcome->family_count, families);
        cr_expect_eq(c.outcome->quotation_count, 500);
        end(&c);
    }
}
