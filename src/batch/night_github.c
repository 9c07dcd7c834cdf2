/* github: a job summary of a night, in GitHub's Markdown; and its annotations. Each row once for all jobs that have it, the gravest
 * first. */
#include <string.h>

#include "base/letters.h"
#include "batch/night_rows.h"
#include "report/command.h"
#include "report/summary.h"

enum { NAME_MAX_LETTERS = 200, LINE_LETTERS_MAX = 400 };

static void add_text(struct evd_summary *s, const char *text, bool is_cell, size_t most)
{
    evd_append_line(&s->text, (struct evd_text){text, strlen(text)});
    evd_summary_add_span(s, is_cell, most);
}

/* ── Jobs without a result ── */

static void put_jobs(struct evd_summary *s, const struct evd_night *night, enum evd_job_state state, const char *title)
{
    size_t left = 0;
    if (night->counts[state] == 0)
        return;
    evd_buffer_format(&s->piece, "\n### %s\n\n| job | run | result | it said |\n|---|---:|---|---|\n", title);
    evd_summary_put_frame(s);
    for (size_t i = 0; i < night->job_count; i++) {
        const struct evd_night_job *job = &night->jobs[i];
        for (size_t j = 0; job->state == state && j < job->run_count; j++) {
            const struct evd_night_run *run = &job->runs[j];
            evd_buffer_string(&s->piece, "| ");
            add_text(s, job->name, true, NAME_MAX_LETTERS);
            evd_buffer_format(&s->piece, " | %zu | %s | ", j + 1, evd_night_run_summary(run));
            add_text(s, run->message, true, LINE_LETTERS_MAX);
            evd_buffer_string(&s->piece, " |\n");
            left += left > 0 || !evd_summary_put(s);
        }
    }
    evd_buffer_clear(&s->piece);
    evd_summary_put_rest(s, left, "run is", "runs are", "text=PATH");
}

/* ── Families and lines ── */

static void add_jobs(struct evd_summary *s, const struct evd_night_row *row)
{
    for (size_t i = 0; i < row->job_count && i < EVD_ROW_JOBS_MAX; i++) {
        evd_buffer_string(&s->piece, i > 0 ? ", " : "");
        add_text(s, row->names[i], true, NAME_MAX_LETTERS);
    }
    if (row->job_count > EVD_ROW_JOBS_MAX)
        evd_buffer_format(&s->piece, " and %s more", evd_grouped(row->job_count - EVD_ROW_JOBS_MAX).text);
}

/* What fails is told with what it takes to look at it, the rest as a row. */
static void add_block(struct evd_summary *s, const struct evd_night *night, const struct evd_night_row *row)
{
    const struct evd_night_family *family = row->family;
    evd_buffer_string(&s->piece, "\n#### ");
    add_text(s, family->what, false, NAME_MAX_LETTERS);
    evd_buffer_string(&s->piece, "\n\nIn ");
    add_jobs(s, row);
    evd_buffer_string(&s->piece, "; first seen in night ");
    add_text(s, family->memory.first, false, NAME_MAX_LETTERS);
    evd_buffer_string(&s->piece, ". ");
    if (family->note[0] != '\0') {
        add_text(s, family->note, false, LINE_LETTERS_MAX);
        evd_buffer_string(&s->piece, ". ");
    }
    add_text(s, family->difference, false, LINE_LETTERS_MAX);
    evd_buffer_format(&s->piece, " at ");
    add_text(s, family->place, false, NAME_MAX_LETTERS);
    evd_buffer_string(&s->piece, ":\n\n    ");
    evd_append_line(&s->piece, (struct evd_text){family->show, strlen(family->show)});
    if (family->entry == NULL) {
        evd_buffer_string(&s->piece, "\n    ");
        evd_append_known_add(&s->piece, night, row);
    }
    evd_buffer_byte(&s->piece, '\n');
}

static void add_row(struct evd_summary *s, const struct evd_night_row *row)
{
    const struct evd_memory *memory = row->line != NULL ? &row->line->memory : &row->family->memory;
    evd_buffer_string(&s->piece, "| ");
    add_text(s, row->line != NULL ? row->line->what : row->family->what, true, NAME_MAX_LETTERS);
    evd_buffer_string(&s->piece, " | ");
    add_jobs(s, row);
    evd_buffer_string(&s->piece, " | ");
    add_text(s, memory->first, true, NAME_MAX_LETTERS);
    evd_buffer_string(&s->piece, " | ");
    if (row->line != NULL)
        evd_describe_night_line(&s->text, row->line);
    else
        evd_append_line(&s->text, (struct evd_text){row->family->note, strlen(row->family->note)});
    evd_summary_add_span(s, true, LINE_LETTERS_MAX);
    evd_buffer_string(&s->piece, " |\n");
}

static void put_section(struct evd_summary *s, const struct evd_night *night, const struct evd_night_section *section)
{
    const bool has_blocks = !section->are_lines && evd_night_section_fails(night, section);
    struct evd_night_rows rows;
    size_t told = 0;
    s->out->buffer.failed |= !evd_night_rows_make(night, section, &rows);
    if (rows.count > 0) {
        evd_buffer_format(&s->piece, "\n### %s\n", section->title);
        if (!has_blocks)
            evd_buffer_string(&s->piece, "\n| what | in | first seen | |\n|---|---|---|---|\n");
        evd_summary_put_frame(s);
    }
    for (; told < rows.count; told++) {
        if (has_blocks)
            add_block(s, night, &rows.list[told]);
        else
            add_row(s, &rows.list[told]);
        if (!evd_summary_put(s))
            break;
    }
    evd_summary_put_rest(s, rows.count - told, "of them is", "of them are", "text=PATH");
    evd_night_rows_release(&rows);
}

static void put_others(struct evd_summary *s, const struct evd_night *night)
{
    size_t left = 0;
    bool is_first = true;
    for (size_t i = 0; i < night->job_count; i++) {
        if (!evd_job_is_new_without_family(&night->jobs[i]))
            continue;
        if (is_first)
            evd_buffer_string(&s->piece, "\n### New, without a family\n\n");
        is_first = false;
        evd_buffer_string(&s->piece, "- ");
        add_text(s, night->jobs[i].name, false, NAME_MAX_LETTERS);
        evd_buffer_byte(&s->piece, '\n');
        left += left > 0 || !evd_summary_put(s);
    }
    evd_summary_put_rest(s, left, "job is", "jobs are", "text=PATH");
}

static void render_summary(const struct evd_night *night, const struct evd_batch_tally *tally, struct evd_output *out)
{
    struct evd_summary s = {.out = out};
    evd_buffer_string(&s.piece, "## evdiff\n\n");
    evd_describe_night(&s.text, night, tally);
    evd_summary_add_span(&s, false, 0);
    evd_buffer_byte(&s.piece, '\n');
    evd_summary_put_frame(&s);
    put_jobs(&s, night, EVD_JOB_TROUBLE, "Trouble");
    put_jobs(&s, night, EVD_JOB_NOT_RUN, "Not run");
    put_jobs(&s, night, EVD_JOB_INCONCLUSIVE, "Inconclusive");
    for (const struct evd_night_section *section = evd_night_sections; section->title != NULL; section++) {
        put_section(&s, night, section);
        if (section == evd_night_sections)
            put_others(&s, night);
    }
    evd_summary_release(&s);
}

/* ── Annotations ── */

static void put_job(struct evd_output *out, const struct evd_night_job *job, struct evd_buffer *line)
{
    const size_t begin = line->length;
    evd_buffer_string(&out->buffer, "::error title=evdiff%3A ");
    evd_append_line(line, (struct evd_text){job->name, strlen(job->name)});
    evd_cut_letters(line, begin, NAME_MAX_LETTERS);
    evd_append_command(&out->buffer, line, true);
    evd_buffer_format(&out->buffer, "::%s\n", evd_job_state_summary(job->state));
    evd_buffer_clear(line);
}

static void put_failure(struct evd_output *out, const struct evd_night_section *section,
                        const struct evd_night_row *row, struct evd_buffer *line)
{
    const char *what = row->line != NULL ? row->line->what : row->family->what;
    const char *note = row->line != NULL ? row->line->note : row->family->note;
    evd_buffer_string(&out->buffer, "::error title=");
    evd_append_line(line, (struct evd_text){what, strlen(what)});
    evd_append_command(&out->buffer, line, true);
    evd_buffer_clear(line);
    evd_buffer_format(line, "%s in ", section->title);
    evd_append_line(line, (struct evd_text){row->names[0], strlen(row->names[0])});
    if (row->job_count > 1)
        evd_buffer_format(line, " and %s more", evd_grouped(row->job_count - 1).text);
    if (row->family != NULL) {
        evd_buffer_format(line, "; first seen in night ");
        evd_append_line(line, (struct evd_text){row->family->memory.first, strlen(row->family->memory.first)});
        evd_buffer_string(line, "; ");
        evd_append_line(line, (struct evd_text){row->family->difference, strlen(row->family->difference)});
    }
    if (note[0] != '\0') {
        evd_buffer_string(line, "; ");
        evd_append_line(line, (struct evd_text){note, strlen(note)});
    }
    evd_cut_letters(line, 0, LINE_LETTERS_MAX);
    evd_buffer_string(&out->buffer, "::");
    evd_append_command(&out->buffer, line, false);
    evd_buffer_byte(&out->buffer, '\n');
    evd_buffer_clear(line);
}

static size_t count_jobs(const struct evd_night *night)
{
    return night->counts[EVD_JOB_TROUBLE] + night->counts[EVD_JOB_NOT_RUN] + night->counts[EVD_JOB_INCONCLUSIVE];
}

/* The first tells how the night went; then jobs without a result, then what fails. */
static void render_annotations(const struct evd_night *night, const struct evd_batch_tally *tally,
                               struct evd_output *out)
{
    struct evd_buffer line = {0};
    size_t told = 1;
    const int code = evd_night_exit_code(night);
    evd_buffer_format(&out->buffer, "::%s title=evdiff::", code == 0 ? "notice" : "error");
    evd_describe_night(&line, night, tally);
    evd_append_command(&out->buffer, &line, false);
    evd_buffer_byte(&out->buffer, '\n');
    evd_buffer_clear(&line);
    for (size_t i = 0; count_jobs(night) > 0 && i < night->job_count && told < EVD_ANNOTATIONS_MAX; i++)
        if (night->jobs[i].state <= EVD_JOB_INCONCLUSIVE) {
            put_job(out, &night->jobs[i], &line);
            told++;
        }
    for (const struct evd_night_section *section = evd_night_sections; section->title != NULL; section++) {
        struct evd_night_rows rows;
        if (!evd_night_section_fails(night, section))
            continue;
        out->buffer.failed |= !evd_night_rows_make(night, section, &rows);
        for (size_t i = 0; i < rows.count && told < EVD_ANNOTATIONS_MAX; i++, told++)
            put_failure(out, section, &rows.list[i], &line);
        evd_night_rows_release(&rows);
    }
    evd_buffer_release(&line);
}

const struct evd_night_format evd_night_github = {
    "github", "a job summary for GitHub, in Markdown, at most 900 KiB", render_summary};
const struct evd_night_format evd_night_annotations = {
    "github-annotations", "how the night went and what fails as workflow commands, at most 10", render_annotations};
