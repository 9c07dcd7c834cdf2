#include "selftest/copies.h"

#include "base/fail.h"

enum {
    BATCH_BYTES = 32 << 20, /* text of one log */
    BATCH_WINDOWS = 8192,
};

/* One thread of a copy while it is written. */
struct writer {
    struct evd_copies *copies;
    enum evd_copy copy;
    uint64_t idx;
};

bool evd_copies_init(struct evd_copies *copies, const struct evd_selftest_plan *plan,
                     const struct evd_log *const logs[EVD_SIDES], const struct evd_window *windows)
{
    bool is_ready = true;
    *copies = (struct evd_copies){.plan = plan, .logs = logs, .windows = windows};
    for (int side = 0; side < EVD_SIDES; side++)
        is_ready = evd_excerpt_reader_init(&copies->readers[side]) && is_ready;
    return is_ready;
}

void evd_copies_release(struct evd_copies *copies)
{
    for (int side = 0; side < EVD_SIDES; side++)
        evd_excerpt_reader_release(&copies->readers[side]);
    for (int copy = 0; copy < EVD_COPIES; copy++)
        evd_buffer_release(&copies->texts[copy]);
}

bool evd_copies_begin(struct evd_copies *copies)
{
    bool is_done = true;
    copies->thread_count = 0;
    for (int copy = 0; copy < EVD_COPIES; copy++) {
        evd_buffer_clear(&copies->texts[copy]);
        evd_buffer_string(&copies->texts[copy], "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
        is_done = !copies->texts[copy].failed && is_done;
    }
    return is_done;
}

/* Begins a thread with an event of its own, so that no thread is empty. */
static struct writer begin_thread(struct evd_copies *copies, enum evd_copy copy)
{
    evd_buffer_format(&copies->texts[copy], "{\"kind\":\"evdiff.selftest\",\"tid\":%zu,\"tid_event_idx\":0}\n",
                      copies->thread_count);
    return (struct writer){copies, copy, 1};
}

/* Writes one event; `payload` replaces its own unless it is NULL. */
static bool write_event(struct writer *writer, const struct evd_stretch *stretch, uint64_t position,
                        const struct evd_text *payload)
{
    struct evd_copies *copies = writer->copies;
    struct evd_buffer *out = &copies->texts[writer->copy];
    const int side = writer->copy == EVD_COPY_CANARY ? EVD_CANARY : EVD_OURS;
    struct evd_excerpt excerpt;
    if (!evd_excerpt_read(&copies->readers[side], copies->logs[side], evd_stream_event(stretch->stream[side], position),
                          &excerpt))
        return false;
    evd_buffer_string(out, "{\"kind\":\"");
    evd_append_spelled(out, excerpt.kind);
    evd_buffer_format(out, "\",\"tid\":%zu,\"tid_event_idx\":%llu", copies->thread_count,
                      (unsigned long long)writer->idx++);
    const struct evd_string text =
        payload == NULL ? excerpt.payload : (struct evd_string){payload->bytes, payload->length};
    if (text.length > 0) {
        evd_buffer_string(out, ",\"payload\":");
        evd_buffer_append(out, text.bytes, text.length);
    }
    evd_buffer_string(out, "}\n");
    return !out->failed;
}

static bool write_events(struct writer *writer, const struct evd_stretch *stretch, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++)
        if (!write_event(writer, stretch, i, NULL))
            return false;
    return true;
}

/* Writes a window of ours with a mutation in it. */
static bool write_mutated(struct writer *writer, const struct evd_mutant *mutant, const struct evd_stretch *stretch,
                          const struct evd_window *window)
{
    const uint64_t at = mutant->at.position, other = mutant->other.position;
    uint64_t next = at + 1;
    if (!write_events(writer, stretch, window->from.ours, at))
        return false;
    switch (mutant->mutation) {
    case EVD_MUTATION_DUPLICATE:
        if (!write_event(writer, stretch, at, NULL) || !write_event(writer, stretch, at, NULL))
            return false;
        break;
    case EVD_MUTATION_SWAP:
        if (!write_event(writer, stretch, other, NULL) || !write_events(writer, stretch, at + 1, other) ||
            !write_event(writer, stretch, at, NULL))
            return false;
        next = other + 1;
        break;
    case EVD_MUTATION_CHANGE:
        if (!write_event(writer, stretch, at, &mutant->payload))
            return false;
        break;
    case EVD_MUTATION_CUT: return true;
    case EVD_MUTATION_LOSE_THREAD: next = at; break; /* no excerpt tells */
    default: /* dropped */ break;
    }
    return write_events(writer, stretch, next, window->to.ours);
}

/* Writes the windows of a mutant to all copies. */
static bool write_mutant(struct evd_copies *copies, size_t index)
{
    const struct evd_mutant *mutant = &copies->plan->mutants[index];
    const struct evd_window *windows = &copies->windows[index * EVD_WINDOWS_PER_MUTANT];
    const struct evd_stretch *stretches = copies->plan->stretches.items;
    const size_t count = evd_window_count(mutant);
    for (size_t i = 0; i < count; i++) {
        const struct evd_window *window = &windows[i], *rest = &windows[count - 1 - i];
        const struct evd_stretch *stretch = &stretches[window->from.stretch];
        copies->thread_count++;
        struct writer canary = begin_thread(copies, EVD_COPY_CANARY);
        struct writer ours = begin_thread(copies, EVD_COPY_OURS);
        struct writer mutated = begin_thread(copies, EVD_COPY_MUTATED);
        if (!write_events(&canary, stretch, window->from.canary, window->to.canary) ||
            !write_events(&ours, stretch, window->from.ours, window->to.ours))
            return false;
        if (mutant->mutation != EVD_MUTATION_SWAP_THREADS) {
            if (!write_mutated(&mutated, mutant, stretch, window))
                return false;
            continue;
        }
        const uint64_t own_end = i == 0 ? mutant->at.position : mutant->other.position;
        const uint64_t rest_start = i == 0 ? mutant->other.position : mutant->at.position;
        if (!write_events(&mutated, stretch, window->from.ours, own_end) ||
            !write_events(&mutated, &stretches[rest->from.stretch], rest_start, rest->to.ours))
            return false;
    }
    return true;
}

enum evd_status evd_copies_add(struct evd_copies *copies, size_t mutant, struct evd_error *error)
{
    if (write_mutant(copies, mutant))
        return EVD_OK;
    for (int side = 0; side < EVD_SIDES; side++) {
        const enum evd_status status = evd_log_check(copies->logs[side], copies->readers[side].has_changed, error);
        if (status != EVD_OK)
            return status;
    }
    return evd_fail_memory(error);
}

bool evd_copies_are_full(const struct evd_copies *copies)
{
    return copies->thread_count >= BATCH_WINDOWS ||
           copies->texts[EVD_COPY_CANARY].length + copies->texts[EVD_COPY_OURS].length >= 2 * BATCH_BYTES;
}
