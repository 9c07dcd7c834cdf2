/* markdown: the reference's report, byte for byte. */
#include <inttypes.h>

#include "base/letters.h"
#include "report/describe.h"
#include "report/python.h"
#include "report/report.h"

static const char PREAMBLE[] =
    "# Phase A diff report\n"
    "\n"
    "**This report is the output of Phase A's diff harness. Divergences\n"
    "shown here are INPUT for Phase B (first-divergence localization),\n"
    "not findings of Phase A.** Phase A's job is to make the harness\n"
    "itself correct, not to analyze what it surfaces.\n"
    "\n"
    "## Summary\n"
    "\n"
    "| canary_tid | ours_tid | matched | canary_total | ours_total | first_divergence_at | "
    "floating_create (c/o) | floating_wait (c/o) |\n"
    "|---|---|---|---|---|---|---|---|\n";

static const char SUMMARY_NOTE[] =
    "\n"
    "*`floating_create (c/o)` counts shared-global `handle.create` events absorbed by Phase C+18 "
    "cross-tid SID matching. `floating_wait (c/o)` counts `wait.begin` events on shared-global "
    "dispatchers absorbed by Phase C+21 (scheduling-jitter window — canary's contention slow path "
    "may fire while ours fast-paths or vice versa). See schema-v1.md §\"Shared-global SIDs\" and "
    "§\"Wait-begin floating absorb\".*\n";

static const char COUNTED_HEAD[] =
    "\n"
    "## Counted engine-local kinds (v1.6)\n"
    "\n"
    "| kind | canary total | ours total | per-tid (canary) | per-tid (ours) |\n"
    "|---|---:|---:|---|---|\n";

static const char COUNTED_NOTE[] =
    "\n"
    "*These kinds are positionally engine-local (see `ENGINE_LOCAL_KINDS`) — the diff tool does NOT "
    "align them. Per-engine total cadence is surfaced here so regressions are visible "
    "at-a-glance.*\n";

/* "canary/ours": what the absorbers of a column took from a pair. */
static void render_absorbed(const struct evd_outcome *outcome, const struct evd_pair_outcome *pair,
                            enum evd_absorbed_column column, struct evd_buffer *out)
{
    uint64_t count[EVD_SIDES] = {0, 0};
    for (size_t i = 0; i < outcome->absorber_count; i++)
        for (int side = 0; outcome->absorbers[i].column == column && side < EVD_SIDES; side++)
            count[side] += pair->absorbed[side][i];
    evd_buffer_format(out, " | %" PRIu64 "/%" PRIu64, count[EVD_CANARY], count[EVD_OURS]);
}

static void render_row(const struct evd_outcome *outcome, const struct evd_pair_outcome *pair, struct evd_buffer *out)
{
    evd_buffer_format(out, "| %" PRId64 " | %" PRId64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | ",
                      pair->tid[EVD_CANARY], pair->tid[EVD_OURS], pair->matched, pair->total[EVD_CANARY],
                      pair->total[EVD_OURS]);
    if (pair->is_diverged)
        evd_buffer_format(out, "%" PRIu64, pair->matched);
    else
        evd_buffer_string(out, "—");
    render_absorbed(outcome, pair, EVD_COLUMN_FLOATING_CREATE, out);
    render_absorbed(outcome, pair, EVD_COLUMN_FLOATING_WAIT, out);
    evd_buffer_string(out, " |\n");
}

static uint64_t count_all(const struct evd_counted_kind *kind, int side)
{
    uint64_t total = 0;
    for (size_t i = 0; i < kind->tid_count[side]; i++)
        total += kind->tids[side][i].count;
    return total;
}

static void render_tids(const struct evd_counted_kind *kind, int side, struct evd_buffer *out)
{
    if (kind->tid_count[side] == 0)
        evd_buffer_string(out, "—");
    for (size_t i = 0; i < kind->tid_count[side]; i++)
        evd_buffer_format(out, "%stid%" PRId64 "=%" PRIu64, i ? ", " : "", kind->tids[side][i].tid,
                          kind->tids[side][i].count);
}

static void render_counted(const struct evd_outcome *outcome, struct evd_buffer *out)
{
    bool has_any = false;
    for (size_t i = 0; i < outcome->counted_count; i++)
        has_any |= outcome->counted[i].tid_count[EVD_CANARY] > 0 || outcome->counted[i].tid_count[EVD_OURS] > 0;
    if (!has_any)
        return;
    evd_buffer_string(out, COUNTED_HEAD);
    for (size_t i = 0; i < outcome->counted_count; i++) {
        const struct evd_counted_kind *kind = &outcome->counted[i];
        evd_buffer_string(out, "| `");
        evd_append_text(out, kind->kind);
        evd_buffer_format(out, "` | %" PRIu64 " | %" PRIu64 " | ", count_all(kind, EVD_CANARY),
                          count_all(kind, EVD_OURS));
        render_tids(kind, EVD_CANARY, out);
        evd_buffer_string(out, " | ");
        render_tids(kind, EVD_OURS, out);
        evd_buffer_string(out, " |\n");
    }
    evd_buffer_string(out, COUNTED_NOTE);
}

static void render_line(struct evd_buffer *out, const char *label, struct evd_text text)
{
    evd_buffer_string(out, label);
    evd_append_text(out, text);
    evd_buffer_byte(out, '\n');
}

/* "[5] kernel.return NtClose" */
static void render_event(struct evd_buffer *out, const char *label, const struct evd_quoted_event *event)
{
    evd_buffer_format(out, "%s[%" PRId64 "] ", label, event->tid_event_idx);
    evd_append_text(out, event->kind);
    evd_buffer_byte(out, ' ');
    if (event->has_label) {
        evd_append_text(out, event->label);
        evd_buffer_byte(out, '=');
    }
    evd_append_python_str(out, event->value);
    evd_buffer_byte(out, '\n');
}

static void render_next(struct evd_buffer *out, const char *label, const struct evd_first_divergence *divergence,
                        int side)
{
    if (divergence->has_next[side])
        render_event(out, label, &divergence->next[side]);
    else
        evd_buffer_format(out, "%s<end of stream>\n", label);
}

static void render_divergence(const struct evd_pair_outcome *pair, struct evd_buffer *out)
{
    const struct evd_first_divergence *divergence = pair->divergence;
    evd_buffer_format(
        out,
        "First divergence at matched-prefix position %" PRIu64 " (canary raw tid_event_idx=%" PRId64
        ", ours raw tid_event_idx=%" PRId64 "): ",
        pair->matched, divergence->event[EVD_CANARY].tid_event_idx, divergence->event[EVD_OURS].tid_event_idx);
    evd_describe_first(out, divergence);
    evd_buffer_string(out, "\n\n**Pre-context (last 5 matching events):**\n```\n");
    for (size_t i = 0; i < divergence->context_count; i++) {
        render_event(out, "  canary: ", &divergence->context[i][EVD_CANARY]);
        render_event(out, "  ours:   ", &divergence->context[i][EVD_OURS]);
    }
    evd_buffer_string(out, "```\n\n**Divergent event:**\n```\n");
    render_event(out, "  canary: ", &divergence->event[EVD_CANARY]);
    render_event(out, "  ours:   ", &divergence->event[EVD_OURS]);
    evd_buffer_string(out, "```\n\n**Next event after the divergence (if any):**\n```\n");
    render_next(out, "  canary: ", divergence, EVD_CANARY);
    render_next(out, "  ours:   ", divergence, EVD_OURS);
    evd_buffer_string(out, "```\n\n**Raw events (JSON):**\n```json\n");
    render_line(out, "", divergence->event[EVD_CANARY].json);
    render_line(out, "", divergence->event[EVD_OURS].json);
    evd_buffer_string(out, "```\n");
}

static void render_pair(const struct evd_pair_outcome *pair, struct evd_buffer *out)
{
    evd_buffer_format(out, "\n## canary_tid=%" PRId64 " → ours_tid=%" PRId64 "\n\n", pair->tid[EVD_CANARY],
                      pair->tid[EVD_OURS]);
    if (pair->is_diverged)
        render_divergence(pair, out);
    else
        evd_buffer_format(
            out,
            "No divergence within the %" PRIu64 " compared events (canary has %" PRIu64 ", ours has %" PRIu64 ").\n",
            pair->matched, pair->total[EVD_CANARY], pair->total[EVD_OURS]);
}

static void render(const struct evd_outcome *outcome, const struct evd_report_options *options, struct evd_output *out)
{
    (void)options;
    struct evd_buffer *buffer = &out->buffer;
    evd_buffer_string(buffer, PREAMBLE);
    for (size_t i = 0; i < outcome->pair_count; i++) {
        render_row(outcome, &outcome->pairs[i], buffer);
        evd_output_flush_some(out);
    }
    evd_buffer_string(buffer, SUMMARY_NOTE);
    render_counted(outcome, buffer);
    for (size_t i = 0; i < outcome->pair_count; i++) {
        render_pair(&outcome->pairs[i], buffer);
        evd_output_flush_some(out);
    }
}

const struct evd_report_format evd_format_markdown = {
    "markdown", "every thread's first divergence with its context, in Markdown", false, false, ".md", render};
