/* text: what has changed, for people; one line when nothing has. */
#include <string.h>

#include "base/letters.h"
#include "batch/night.h"

static void add_line(struct evd_buffer *out, const char *text, size_t length)
{
    evd_append_line(out, (struct evd_text){text, length});
}

/* "3 new, 190 unchanged" */
static void say_summary(struct evd_buffer *out, const struct evd_night *night, const struct evd_batch_tally *tally)
{
    static const struct {
        enum evd_job_state state;
        const char *word;
        bool is_always;
    } PARTS[] = {
        {EVD_JOB_NEW, "new", true},
        {EVD_JOB_UNCHANGED, "unchanged", true},
        {EVD_JOB_INCONCLUSIVE, "inconclusive", true},
        {EVD_JOB_TROUBLE, "trouble", true},
        {EVD_JOB_NOT_RUN, "not run", false},
    };
    evd_buffer_string(out, "night ");
    add_line(out, night->name, strlen(night->name));
    evd_buffer_format(out, ": %s job%s:", evd_grouped(night->job_count).text, night->job_count == 1 ? "" : "s");
    const char *between = " ";
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        const size_t count = night->counts[PARTS[i].state];
        if (count == 0 && !PARTS[i].is_always)
            continue;
        evd_buffer_format(out, "%s%s %s", between, evd_grouped(count).text, PARTS[i].word);
        if (PARTS[i].state == EVD_JOB_UNCHANGED && tally != NULL && tally->cached > 0)
            evd_buffer_format(out, " (%s run%s cached)", evd_grouped(tally->cached).text,
                              tally->cached == 1 ? "" : "s");
        between = ", ";
    }
    evd_buffer_byte(out, '\n');
}

/* A message, each of its lines on its own. */
static void say_message(struct evd_buffer *out, const char *message)
{
    while (*message != '\0') {
        const size_t length = strcspn(message, "\n");
        evd_buffer_string(out, "    ");
        add_line(out, message, length);
        evd_buffer_byte(out, '\n');
        message += length + (message[length] != '\0');
    }
}

static void say_run(struct evd_buffer *out, const struct evd_night_job *job, size_t run)
{
    const struct evd_night_run *told = &job->runs[run];
    evd_buffer_string(out, "  ");
    add_line(out, job->name, strlen(job->name));
    if (job->run_count > 1)
        evd_buffer_format(out, ", run %zu", run + 1);
    evd_buffer_format(out, ": %s\n", told->verdict != NULL ? told->verdict : evd_result_name(told->result));
    if (told->result != EVD_RESULT_DONE)
        say_message(out, told->message);
}

static void say_section(struct evd_output *out, const struct evd_night *night, enum evd_job_state state,
                        const char *title)
{
    if (night->counts[state] == 0)
        return;
    evd_buffer_format(&out->buffer, "\n%s\n", title);
    for (size_t i = 0; i < night->job_count; i++)
        if (night->jobs[i].state == state)
            for (size_t j = 0; j < night->jobs[i].run_count; j++) {
                say_run(&out->buffer, &night->jobs[i], j);
                evd_output_flush_some(out);
            }
}

static void render(const struct evd_night *night, const struct evd_batch_tally *tally, struct evd_output *out)
{
    say_summary(&out->buffer, night, tally);
    say_section(out, night, EVD_JOB_TROUBLE, "Trouble");
    say_section(out, night, EVD_JOB_NOT_RUN, "Not run");
    say_section(out, night, EVD_JOB_INCONCLUSIVE, "Inconclusive");
    say_section(out, night, EVD_JOB_NEW, "New");
}

const struct evd_night_format evd_night_text = {"text", "what has changed, for people", render};
