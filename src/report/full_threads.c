/* The full report's tables of threads: those that differ, worst first; those without a counterpart; and, folded, how the
 * events of every pair came out, the equal ones too: what was absorbed and passed over there says what "equal" means. */
#include <inttypes.h>
#include <stdlib.h>

#include "report/counts.h"
#include "report/describe.h"
#include "report/full.h"
#include "report/threads.h"

static struct evd_buffer *buffer_of(const struct evd_full *full)
{
    return &full->out->buffer;
}

static void put_thread(struct evd_full *full, const struct evd_thread_row *row)
{
    const struct evd_pair_outcome *pair = row->pair;
    struct evd_buffer first = {0};
    evd_describe_thread(&first, full->outcome, row);
    evd_buffer_format(&full->row, "| %" PRId64 " | %" PRId64 " | %s | %s | %.1f %% | ", pair->tid[EVD_CANARY],
                      pair->tid[EVD_OURS], evd_grouped(row->matched).text, evd_grouped(pair->total[EVD_CANARY]).text,
                      evd_percent(row->matched, pair->total[EVD_CANARY]));
    if (full->outcome->control_count > 0)
        evd_buffer_format(&full->row, "%s | ", evd_grouped(row->news).text);
    evd_buffer_string(&full->row, "\t |\n");
    evd_full_row(full, &first, 1);
    evd_buffer_release(&first);
}

static void render_differing(struct evd_full *full, const struct evd_thread_row *rows)
{
    const bool has_controls = full->outcome->control_count > 0;
    size_t differing = 0, told = 0;
    while (differing < full->outcome->pair_count && rows[differing].state != EVD_STATE_EQUAL)
        differing++;
    if (differing > 0)
        evd_buffer_format(buffer_of(full),
                          "\n| canary | ours | matched | of | |%s first difference [tid_event_idx] |\n"
                          "|---:|---:|---:|---:|---:|%s---|\n",
                          has_controls ? " new |" : "", has_controls ? "---:|" : "");
    for (; told < differing && told < full->sections; told++)
        put_thread(full, &rows[told]);
    evd_full_rest(full, differing - told, "thread", "threads");
    const size_t equal = full->outcome->pair_count - differing;
    if (equal > 0)
        evd_buffer_format(buffer_of(full), "\n%s thread%s equal.\n", evd_grouped(equal).text,
                          equal == 1 ? " is" : "s are");
}

/* "98.5 %, 0.46 sure; then 192 with 53.7 %" */
static void add_pairing(struct evd_buffer *row, const struct evd_pairing_evidence *pairing)
{
    if (pairing == NULL)
        return;
    evd_buffer_format(row, "%.1f %%, %.2f sure", 100 * pairing->similarity, pairing->confidence);
    if (pairing->has_runner_up)
        evd_buffer_format(row, "; then %" PRId64 " with %.1f %%", pairing->runner_up_tid,
                          100 * pairing->runner_up_similarity);
}

static void add_both(struct evd_buffer *row, uint64_t canary, uint64_t ours)
{
    evd_buffer_string(row, evd_grouped(canary).text);
    if (canary != ours)
        evd_buffer_format(row, "/%s", evd_grouped(ours).text);
    evd_buffer_string(row, " | ");
}

static void put_counts(struct evd_full *full, const struct evd_pair_outcome *pair)
{
    const struct evd_event_counts *c = &pair->counts[EVD_CANARY], *o = &pair->counts[EVD_OURS];
    struct evd_buffer *row = &full->row;
    evd_buffer_format(row, "| %" PRId64 " | %" PRId64 " | ", pair->tid[EVD_CANARY], pair->tid[EVD_OURS]);
    add_both(row, pair->total[EVD_CANARY], pair->total[EVD_OURS]);
    add_both(row, c->matched, o->matched);
    add_both(row, c->differing, o->differing);
    add_both(row, c->absorbed, o->absorbed);
    add_both(row, c->engine_local, o->engine_local);
    add_both(row, c->left_over, o->left_over);
    add_pairing(row, pair->pairing);
    evd_buffer_string(row, " |\n");
    evd_full_row(full, NULL, 0);
}

static void render_counts(struct evd_full *full, const struct evd_thread_row *rows)
{
    size_t told = 0;
    evd_buffer_string(buffer_of(full),
                      "\n<details><summary>How the events of each pair came out (canary/ours)</summary>\n\n"
                      "| canary | ours | all | matched | differing | absorbed | engine-local | left over | alike |\n"
                      "|---:|---:|---:|---:|---:|---:|---:|---:|---|\n");
    for (; told < full->outcome->pair_count && told < full->sections; told++)
        put_counts(full, rows[told].pair);
    evd_full_rest(full, full->outcome->pair_count - told, "pair", "pairs");
    evd_buffer_string(buffer_of(full), "\n</details>\n");
}

static void render_cut_short(struct evd_full *full)
{
    size_t count;
    const struct evd_pair_outcome *first = evd_first_cut_short(full->outcome, &count);
    if (count == 0)
        return;
    evd_buffer_format(&full->writer.text,
                      "In %s thread%s (%scanary %" PRId64 ", ours %" PRId64
                      ") the search for the best alignment was cut short: there may be fewer divergences "
                      "than told.",
                      evd_grouped(count).text, evd_plural(count), count > 1 ? "the first is " : "",
                      first->tid[EVD_CANARY], first->tid[EVD_OURS]);
    evd_buffer_byte(buffer_of(full), '\n');
    evd_section_words(&full->writer, buffer_of(full));
}

static void put_unpaired(struct evd_full *full, int side, const struct evd_unpaired *thread)
{
    const struct evd_outcome *outcome = full->outcome;
    struct evd_buffer *row = &full->row;
    evd_buffer_format(row, "| %" PRId64 " | %s | ", thread->tid, evd_grouped(thread->total).text);
    if (thread->is_never_created)
        evd_buffer_format(row, "never created in %s%s", evd_side_name(!side),
                          thread->cause == EVD_CAUSE_NONE ? ""
                          : thread->is_cause_creation     ? "; lost in "
                                                          : "; follows from ");
    if (thread->cause != EVD_CAUSE_NONE)
        evd_describe_place(row, outcome, thread->cause_pair, thread->cause_divergence);
    if (outcome->control_count > 0)
        evd_buffer_format(row, "%s%s", thread->is_never_created || thread->cause != EVD_CAUSE_NONE ? "; " : "",
                          thread->is_new ? "new" : "noise");
    evd_buffer_string(row, " |\n");
    evd_full_row(full, NULL, 0);
}

static void render_unpaired(struct evd_full *full, int side)
{
    const size_t count = full->outcome->unpaired_count[side];
    size_t told = 0;
    if (count == 0)
        return;
    evd_buffer_format(buffer_of(full),
                      "\n## Threads of %s without a counterpart\n\n"
                      "| tid | events | follows from |\n|---:|---:|---|\n",
                      evd_side_name(side));
    for (; told < count && told < full->sections; told++)
        put_unpaired(full, side, &full->outcome->unpaired[side][told]);
    evd_full_rest(full, count - told, "thread", "threads");
}

void evd_full_render_threads(struct evd_full *full)
{
    if (full->outcome->pair_count > 0) {
        struct evd_thread_row *rows = evd_threads_worst_first(full->outcome, full->known);
        buffer_of(full)->failed |= rows == NULL;
        if (rows == NULL)
            return;
        evd_buffer_string(buffer_of(full), "\n## Threads\n");
        render_differing(full, rows);
        render_cut_short(full);
        render_counts(full, rows);
        free(rows);
    }
    render_unpaired(full, EVD_CANARY);
    render_unpaired(full, EVD_OURS);
}
