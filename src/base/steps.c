#include "base/steps.h"

const char *evd_step_words(enum evd_step step)
{
    static const char *const WORDS[EVD_STEPS] = {
        [EVD_STEP_PAIR] = "pairing threads",     [EVD_STEP_ALIGN] = "aligning",
        [EVD_STEP_NAMES] = "checking names",     [EVD_STEP_FINISH] = "looking at what differs",
        [EVD_STEP_EXPLAIN] = "explaining",       [EVD_STEP_QUOTE] = "quoting",
        [EVD_STEP_PLANT] = "planting mutations", [EVD_STEP_SWAP] = "swapping threads",
        [EVD_STEP_LEARN] = "counting",
    };
    return (unsigned)step < EVD_STEPS ? WORDS[step] : NULL;
}

const char *evd_step_unit(enum evd_step step)
{
    static const char *const UNITS[EVD_STEPS] = {
        [EVD_STEP_PAIR] = "threads",   [EVD_STEP_ALIGN] = "events",    [EVD_STEP_NAMES] = "matching events",
        [EVD_STEP_FINISH] = "threads", [EVD_STEP_PLANT] = "mutations", [EVD_STEP_SWAP] = "mutations",
        [EVD_STEP_LEARN] = "events",
    };
    return (unsigned)step < EVD_STEPS ? UNITS[step] : NULL;
}

static void tell(struct evd_steps *steps)
{
    if (atomic_flag_test_and_set_explicit(&steps->is_telling, memory_order_acquire))
        return;
    const uint64_t done = atomic_load_explicit(&steps->done, memory_order_relaxed);
    /* What is told must be believed: work that was estimated too low does not go beyond its end. */
    steps->tell(steps->context, steps->step, done < steps->total ? done : steps->total, steps->total);
    atomic_flag_clear_explicit(&steps->is_telling, memory_order_release);
}

void evd_steps_begin(struct evd_steps *steps, enum evd_step step, uint64_t total)
{
    if (steps == NULL || steps->tell == NULL)
        return;
    steps->step = step;
    steps->total = total > 0 ? total : 1;
    atomic_store_explicit(&steps->done, 0, memory_order_relaxed);
    tell(steps);
}

void evd_steps_advance(struct evd_steps *steps, uint64_t count)
{
    if (steps == NULL || steps->tell == NULL)
        return;
    atomic_fetch_add_explicit(&steps->done, count, memory_order_relaxed);
    tell(steps);
}
