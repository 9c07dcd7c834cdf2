/* json: all of a night for programs, and what later nights compare with: DIR/night.json. */

#include "base/json_writer.h"
#include "batch/night.h"
#include "report/json_facts.h"

static void write_run(struct evd_json_writer *json, const struct evd_night_run *run)
{
    evd_json_begin(json, NULL, '{');
    evd_json_string(json, "result", evd_result_name(run->result));
    if (run->verdict != NULL)
        evd_json_string(json, "verdict", run->verdict);
    if (run->skipped_lines > 0)
        evd_json_unsigned(json, "skipped_lines", run->skipped_lines);
    if (run->result != EVD_RESULT_DONE && run->message[0] != '\0')
        evd_json_string(json, "message", run->message);
    evd_json_end(json, '}');
}

static void write_text(struct evd_json_writer *json, const char *key, const char *text)
{
    if (text[0] != '\0')
        evd_json_string(json, key, text);
}

/* Of noise there is a lot, and nobody reads of it. */
static void write_words(struct evd_json_writer *json, const struct evd_night_family *family)
{
    if (family->standing == EVD_STANDING_NOISE)
        return;
    evd_json_string(json, "what", family->what);
    evd_json_string(json, "difference", family->difference);
    evd_json_string(json, "place", family->place);
    evd_json_string(json, "show", family->show);
    write_text(json, "note", family->note);
}

/* The line of a ledger that is meant. */
static void write_entry(struct evd_json_writer *json, const struct evd_ledger_entry *entry, const char *path)
{
    if (entry == NULL)
        return;
    evd_json_begin(json, "listed", '{');
    evd_json_string(json, "state", evd_ledger_state_name(entry->state));
    evd_json_string(json, "path", path);
    evd_json_unsigned(json, "line", entry->line);
    if (entry->bug.length > 0)
        evd_json_text(json, "bug", entry->bug);
    if (entry->owner.length > 0)
        evd_json_text(json, "owner", entry->owner);
    if (entry->reason.length > 0)
        evd_json_text(json, "reason", entry->reason);
    evd_json_end(json, '}');
}

static void write_families(struct evd_json_writer *json, const char *key, const struct evd_night_families *families)
{
    if (families->count == 0)
        return;
    evd_json_begin_lines(json, key, '[');
    for (size_t i = 0; i < families->count; i++) {
        const struct evd_night_family *family = &families->list[i];
        evd_json_line(json);
        evd_json_begin(json, NULL, '{');
        evd_json_hash(json, "signature", family->signature);
        evd_json_string(json, "state", evd_standing_name(family->standing));
        evd_memory_write(json, &family->memory);
        evd_json_unsigned(json, "count", family->count);
        evd_json_unsigned(json, "runs", family->runs);
        evd_json_unsigned(json, "run", family->run);
        if (family->follows != 0)
            evd_json_hash(json, "follows", family->follows);
        write_words(json, family);
        write_entry(json, family->entry, family->path);
        evd_json_end(json, '}');
        evd_output_flush_some(json->out);
    }
    evd_json_end_lines(json, ']');
}

static void write_lines(struct evd_json_writer *json, const struct evd_night_lines *lines)
{
    if (lines->count == 0)
        return;
    evd_json_begin_lines(json, "lines", '[');
    for (size_t i = 0; i < lines->count; i++) {
        const struct evd_night_line *line = &lines->list[i];
        evd_json_line(json);
        evd_json_begin(json, NULL, '{');
        evd_json_hash(json, "signature", line->signature);
        evd_json_string(json, "state", evd_standing_name(line->standing));
        if (line->standing == EVD_STANDING_FIXED_MAYBE)
            evd_json_bool(json, "is_confirmed", line->is_confirmed);
        if (line->is_expired)
            evd_json_bool(json, "is_expired", true);
        evd_memory_write(json, &line->memory);
        if (line->masked_by != 0)
            evd_json_hash(json, "masked_by", line->masked_by);
        evd_json_string(json, "what", line->what);
        write_text(json, "note", line->note);
        write_entry(json, line->entry, line->path);
        evd_json_end(json, '}');
        evd_output_flush_some(json->out);
    }
    evd_json_end_lines(json, ']');
}

static void write_job(struct evd_json_writer *json, const struct evd_night_job *job)
{
    evd_json_line(json);
    evd_json_begin(json, NULL, '{');
    evd_json_string(json, "name", job->name);
    evd_json_unsigned(json, "line", job->line);
    evd_json_string(json, "state", evd_job_state_name(job->state));
    if (job->canary != NULL)
        evd_json_string(json, "canary", job->canary);
    evd_json_begin(json, "runs", '[');
    for (size_t i = 0; i < job->run_count; i++)
        write_run(json, &job->runs[i]);
    evd_json_end(json, ']');
    write_families(json, "families", &job->families);
    write_families(json, "gone", &job->gone);
    write_lines(json, &job->lines);
    evd_json_end(json, '}');
}

static void write_counts(struct evd_json_writer *json, const struct evd_night *night)
{
    evd_json_line(json);
    evd_json_begin(json, "counts", '{');
    evd_json_unsigned(json, "jobs", night->job_count);
    for (int state = 0; state < EVD_JOB_STATES; state++)
        evd_json_unsigned(json, evd_job_state_name((enum evd_job_state)state), night->counts[state]);
    evd_json_end(json, '}');
}

static void render(const struct evd_night *night, const struct evd_batch_tally *tally, struct evd_output *out)
{
    (void)tally;
    struct evd_json_writer json = {.out = out};
    evd_json_begin_lines(&json, NULL, '{');
    evd_json_line(&json);
    evd_json_string(&json, "schema", "evdiff.night/1");
    evd_json_line(&json);
    evd_json_string(&json, "night", night->name);
    evd_json_line(&json);
    evd_json_unsigned(&json, "exit_code", (uint64_t)evd_night_exit_code(night));
    write_counts(&json, night);
    evd_json_line(&json);
    evd_json_begin_lines(&json, "jobs", '[');
    for (size_t i = 0; i < night->job_count; i++)
        write_job(&json, &night->jobs[i]);
    evd_json_end_lines(&json, ']');
    evd_json_end_lines(&json, '}');
    evd_buffer_byte(&out->buffer, '\n');
}

const struct evd_night_format evd_night_json = {"json", "all of it for programs, as DIR/night.json", render};
