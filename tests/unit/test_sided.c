/* Values that a rule takes both sides for, in lists that are put in order: each is held against the one at its place, however
 * far apart the two lie in their payloads. */
#include <criterion/criterion.h>

#include "memory_log.h"
#include "random.h"
#include "rules_text.h"

static const char RULES[] =
    "{\"rules\":\"evdiff.rules/2\",\"name\":\"n\",\"pairing\":{\"kind\":\"p\",\"field\":\"f\",\"why\":\"w\"},"
    "\"compare\":[{\"name\":\"order\",\"fields\":\"list\",\"as\":\"multiset\",\"why\":\"w\"},"
    "{\"name\":\"close\",\"fields\":\"list[].v\",\"as\":{\"within\":2},\"why\":\"w\"}]}";

enum { ITEMS = 4000, AHEAD = 2 };

/* The numbers of the items in some order. */
static void shuffle(struct random *random, unsigned *order)
{
    for (unsigned i = 0; i < ITEMS; i++) {
        const unsigned j = (unsigned)random_below(random, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}

/* How many events differ of two whose lists have the same items in other orders, one of them by `beyond` more. */
static size_t divergences_of(unsigned seed, unsigned beyond)
{
    static unsigned order[ITEMS];
    struct random random = {seed};
    struct evd_rules *rules = load_text(RULES, NULL);
    struct evd_log *logs[EVD_SIDES];
    struct evd_outcome *outcome;
    struct evd_error error;
    const struct evd_diff_options options = {.threads = 1, .resync = true};
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_buffer text = {0}, payload = {0};
        shuffle(&random, order);
        evd_buffer_string(&payload, "{\"f\":1,\"list\":[");
        for (unsigned i = 0; i < ITEMS; i++) {
            const unsigned ahead = side == EVD_CANARY ? 0 : order[i] == ITEMS / 3 ? AHEAD + beyond : AHEAD;
            evd_buffer_format(&payload, "%s{\"id\":%u,\"v\":%u}", i > 0 ? "," : "", order[i], 10 * order[i] + ahead);
        }
        evd_buffer_string(&payload, "]}");
        evd_buffer_byte(&payload, '\0');
        evd_buffer_string(&text, LOG_HEADER);
        append_event(&text, "p", 1, 0, payload.data);
        logs[side] = memory_log(&text, rules);
        evd_buffer_release(&payload);
        evd_buffer_release(&text);
    }
    cr_assert_eq(evd_diff(logs[0], logs[1], &options, &outcome, &error), EVD_OK, "%s", error.message);
    const size_t count = outcome->pairs[0].divergence_count;
    evd_outcome_free(outcome);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_log_free(logs[side]);
    evd_rules_free(rules);
    return count;
}

Test(sided, values_of_lists_that_are_put_in_order_have_the_place_that_they_come_to)
{
    for (unsigned seed = 1; seed <= 3; seed++) {
        cr_expect_eq(divergences_of(seed, 0), 0, "seed %u", seed);
        cr_expect_eq(divergences_of(seed, 1), 1, "seed %u", seed);
    }
}
