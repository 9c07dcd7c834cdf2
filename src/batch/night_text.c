/* text: what has changed, for people; one line when nothing has. */
#include <string.h>

#include "base/letters.h"
#include "batch/night_rows.h"
#include "report/text.h"

enum { LINE_LETTERS_MAX = 400 };

static void add_line(struct evd_buffer *out, const char *text, size_t length)
{
    const size_t begin = out->length;
    evd_append_line(out, (struct evd_text){text, length});
    evd_cut_letters(out, begin, LINE_LETTERS_MAX);
}

static void add_text(struct evd_buffer *out, const char *text)
{
    add_line(out, text, strlen(text));
}

enum { WIDTH = 80, INDENT = 6 };

/* Ends a line, which goes on below where it is wider than a screen. */
static void end_line(struct evd_output *out, struct evd_buffer *line)
{
    static const struct evd_report_options OPTIONS = {.width = WIDTH};
    evd_text_put_wrapped(out, &OPTIONS, EVD_COLOR_NONE, line, INDENT);
    evd_buffer_clear(line);
}

/* A command is one line however wide it is: it is to be copied. */
static void end_command(struct evd_output *out, struct evd_buffer *line)
{
    out->buffer.failed |= line->failed;
    evd_buffer_append(&out->buffer, line->data, line->length);
    evd_buffer_byte(&out->buffer, '\n');
    evd_output_flush_some(out);
    evd_buffer_clear(line);
}

/* ── Jobs ── */

/* A message, each of its lines on its own. */
static void say_message(struct evd_output *out, struct evd_buffer *line, const char *message)
{
    while (*message != '\0') {
        const size_t length = strcspn(message, "\n");
        evd_buffer_string(line, "    ");
        add_line(line, message, length);
        end_line(out, line);
        message += length + (message[length] != '\0');
    }
}

static void say_run(struct evd_output *out, const struct evd_night_job *job, size_t run)
{
    const struct evd_night_run *told = &job->runs[run];
    struct evd_buffer line = {0};
    evd_buffer_string(&line, "  ");
    add_text(&line, job->name);
    if (job->run_count > 1)
        evd_buffer_format(&line, ", run %zu", run + 1);
    evd_buffer_format(&line, ": %s", evd_night_run_summary(told));
    end_line(out, &line);
    if (told->result != EVD_RESULT_DONE)
        say_message(out, &line, told->message);
    evd_buffer_release(&line);
}

static void say_jobs(struct evd_output *out, const struct evd_night *night, enum evd_job_state state, const char *title)
{
    if (night->counts[state] == 0)
        return;
    evd_buffer_format(&out->buffer, "\n%s\n", title);
    for (size_t i = 0; i < night->job_count; i++)
        if (night->jobs[i].state == state)
            for (size_t j = 0; j < night->jobs[i].run_count; j++)
                say_run(out, &night->jobs[i], j);
}

/* ── Rows ── */

/* "    in boot/a, boot/b, boot/c and 11 more; first seen in night n1" */
static void say_jobs_of(struct evd_buffer *out, const struct evd_night_row *row, const struct evd_memory *memory)
{
    evd_buffer_string(out, "    in ");
    for (size_t i = 0; i < row->job_count && i < EVD_ROW_JOBS_MAX; i++) {
        evd_buffer_string(out, i > 0 ? ", " : "");
        add_text(out, row->names[i]);
    }
    if (row->job_count > EVD_ROW_JOBS_MAX)
        evd_buffer_format(out, " and %s more", evd_grouped(row->job_count - EVD_ROW_JOBS_MAX).text);
    if (memory->first[0] != '\0') {
        evd_buffer_string(out, "; first seen in night ");
        add_text(out, memory->first);
    }
}

/* What a line of a ledger says is known needs no line that makes it known. */
static void say_family(struct evd_output *out, struct evd_buffer *line, const struct evd_night *night,
                       const struct evd_night_row *row)
{
    const struct evd_night_family *family = row->family;
    if (family->note[0] != '\0') {
        evd_buffer_string(line, "    ");
        add_text(line, family->note);
        end_line(out, line);
    }
    evd_buffer_string(line, "    ");
    add_text(line, family->difference);
    end_line(out, line);
    evd_buffer_string(line, "    at ");
    add_text(line, family->place);
    end_line(out, line);
    evd_buffer_string(line, "    ");
    evd_append_line(line, (struct evd_text){family->show, strlen(family->show)});
    end_command(out, line);
    if (family->entry != NULL)
        return;
    evd_buffer_string(line, "    ");
    evd_append_known_add(line, night, row);
    end_command(out, line);
}

static void say_row(struct evd_output *out, const struct evd_night *night, const struct evd_night_section *section,
                    const struct evd_night_row *row)
{
    struct evd_buffer line = {0};
    evd_buffer_string(&line, "  ");
    add_text(&line, row->line != NULL ? row->line->what : row->family->what);
    end_line(out, &line);
    say_jobs_of(&line, row, row->line != NULL ? &row->line->memory : &row->family->memory);
    end_line(out, &line);
    if (row->line != NULL) {
        const size_t begin = line.length;
        evd_buffer_string(&line, "    ");
        evd_describe_night_line(&line, row->line);
        evd_cut_letters(&line, begin, LINE_LETTERS_MAX);
        end_line(out, &line);
    } else if (!section->are_gone) {
        say_family(out, &line, night, row);
    }
    evd_buffer_release(&line);
}

static void say_section(struct evd_output *out, const struct evd_night *night, const struct evd_night_section *section)
{
    struct evd_night_rows rows;
    out->buffer.failed |= !evd_night_rows_make(night, section, &rows);
    for (size_t i = 0; i < rows.count; i++) {
        if (i == 0)
            evd_buffer_format(&out->buffer, "\n%s\n", section->title);
        say_row(out, night, section, &rows.list[i]);
    }
    evd_night_rows_release(&rows);
}

/* What has diverged without a family: a thread that ends early or has no counterpart. */
static void say_others(struct evd_output *out, const struct evd_night *night)
{
    bool is_first = true;
    for (size_t i = 0; i < night->job_count; i++) {
        if (!evd_job_is_new_without_family(&night->jobs[i]))
            continue;
        if (is_first)
            evd_buffer_string(&out->buffer, "\nNew, without a family\n");
        is_first = false;
        for (size_t j = 0; j < night->jobs[i].run_count; j++)
            say_run(out, &night->jobs[i], j);
    }
}

/* Events are missing there, whatever the verdict says. */
static void say_skipped(struct evd_output *out, const struct evd_night *night)
{
    bool is_first = true;
    for (size_t i = 0; i < night->job_count; i++)
        for (size_t j = 0; j < night->jobs[i].run_count; j++) {
            const struct evd_night_job *job = &night->jobs[i];
            const uint64_t count = job->runs[j].skipped_lines;
            if (count == 0)
                continue;
            evd_buffer_string(&out->buffer, is_first ? "\nLines that are no events and were skipped\n  " : "  ");
            is_first = false;
            add_text(&out->buffer, job->name);
            if (job->run_count > 1)
                evd_buffer_format(&out->buffer, ", run %zu", j + 1);
            evd_buffer_format(&out->buffer, ": %s\n", evd_grouped(count).text);
            evd_output_flush_some(out);
        }
}

static void render(const struct evd_night *night, const struct evd_batch_tally *tally, struct evd_output *out)
{
    evd_describe_night(&out->buffer, night, tally);
    evd_buffer_byte(&out->buffer, '\n');
    say_jobs(out, night, EVD_JOB_TROUBLE, "Trouble");
    say_jobs(out, night, EVD_JOB_NOT_RUN, "Not run");
    say_jobs(out, night, EVD_JOB_INCONCLUSIVE, "Inconclusive");
    for (const struct evd_night_section *section = evd_night_sections; section->title != NULL; section++) {
        say_section(out, night, section);
        if (section == evd_night_sections)
            say_others(out, night);
    }
    say_skipped(out, night);
}

const struct evd_night_format evd_night_text = {"text", "what has changed, for people", render};
