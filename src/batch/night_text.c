/* text: what has changed, for people; one line when nothing has. */
#include <string.h>

#include "base/letters.h"
#include "base/table.h"
#include "batch/night.h"

enum { JOBS_NAMED_MAX = 3, LINE_LETTERS_MAX = 400 };

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

/* ── The line for all ── */

/* "3 new, 190 unchanged" */
static void say_summary(struct evd_buffer *out, const struct evd_night *night, const struct evd_batch_tally *tally)
{
    static const struct {
        enum evd_job_state state;
        const char *word;
        bool is_always;
    } PARTS[] = {
        {EVD_JOB_NEW, "new", true},
        {EVD_JOB_UNCONFIRMED, "unconfirmed", false},
        {EVD_JOB_UNCHANGED, "unchanged", true},
        {EVD_JOB_INCONCLUSIVE, "inconclusive", true},
        {EVD_JOB_TROUBLE, "trouble", true},
        {EVD_JOB_NOT_RUN, "not run", false},
    };
    evd_buffer_string(out, "night ");
    add_text(out, night->name);
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

/* ── Jobs ── */

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
    add_text(out, job->name);
    if (job->run_count > 1)
        evd_buffer_format(out, ", run %zu", run + 1);
    evd_buffer_format(out, ": %s\n", told->verdict != NULL ? told->verdict : evd_result_name(told->result));
    if (told->result != EVD_RESULT_DONE)
        say_message(out, told->message);
}

static void say_jobs(struct evd_output *out, const struct evd_night *night, enum evd_job_state state, const char *title)
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

/* ── Families ── */

/* A family that several jobs have in one state is told once: which jobs. */
struct telling {
    const struct evd_night *night;
    bool are_gone;
    enum evd_family_state state;
    struct evd_output *out;
    struct evd_table told; /* signatures */
};

static const struct evd_night_families *families_of(const struct telling *telling, const struct evd_night_job *job)
{
    static const struct evd_night_families NONE = {0};
    return telling->are_gone ? &job->gone : job->is_conclusive ? &job->families : &NONE;
}

static const struct evd_night_family *find(const struct telling *telling, const struct evd_night_job *job,
                                           uint64_t signature)
{
    const struct evd_night_families *families = families_of(telling, job);
    for (size_t i = 0; i < families->count; i++)
        if (families->list[i].signature == signature && families->list[i].state == telling->state)
            return &families->list[i];
    return NULL;
}

/* "boot/a, boot/b, boot/c and 11 more" */
static void name_jobs(const struct telling *telling, uint64_t signature)
{
    struct evd_buffer *out = &telling->out->buffer;
    size_t count = 0;
    for (size_t i = 0; i < telling->night->job_count; i++) {
        if (find(telling, &telling->night->jobs[i], signature) == NULL)
            continue;
        if (count < JOBS_NAMED_MAX) {
            evd_buffer_string(out, count > 0 ? ", " : "");
            add_text(out, telling->night->jobs[i].name);
        }
        count++;
    }
    if (count > JOBS_NAMED_MAX)
        evd_buffer_format(out, " and %s more", evd_grouped(count - JOBS_NAMED_MAX).text);
}

static void say_family(const struct telling *telling, const struct evd_night_family *family)
{
    struct evd_buffer *out = &telling->out->buffer;
    evd_buffer_string(out, "  ");
    add_text(out, family->what);
    evd_buffer_string(out, "\n    in ");
    name_jobs(telling, family->signature);
    evd_buffer_string(out, "; first seen in night ");
    add_text(out, family->first);
    evd_buffer_byte(out, '\n');
    if (telling->are_gone)
        return;
    evd_buffer_string(out, "    ");
    add_text(out, family->difference);
    evd_buffer_string(out, "\n    at ");
    add_text(out, family->place);
    evd_buffer_string(out, ": ");
    add_text(out, family->show);
    evd_buffer_byte(out, '\n');
    evd_output_flush_some(telling->out);
}

static void say_families(struct telling *telling, const char *title)
{
    bool is_first = true;
    for (size_t i = 0; i < telling->night->job_count; i++) {
        const struct evd_night_families *families = families_of(telling, &telling->night->jobs[i]);
        for (size_t j = 0; j < families->count; j++) {
            bool is_new = true;
            if (families->list[j].state != telling->state)
                continue;
            if (evd_table_put(&telling->told, families->list[j].signature, 1, &is_new) == NULL)
                telling->out->buffer.failed = true;
            if (!is_new)
                continue;
            if (is_first)
                evd_buffer_format(&telling->out->buffer, "\n%s\n", title);
            is_first = false;
            say_family(telling, &families->list[j]);
        }
    }
    evd_table_release(&telling->told);
}

/* What has diverged without a family: a thread that ends early or has no counterpart. */
static void say_others(struct evd_output *out, const struct evd_night *night)
{
    bool is_first = true;
    for (size_t i = 0; i < night->job_count; i++) {
        if (night->jobs[i].state != EVD_JOB_NEW || night->jobs[i].families.count > 0)
            continue;
        if (is_first)
            evd_buffer_string(&out->buffer, "\nNew, without a family\n");
        is_first = false;
        for (size_t j = 0; j < night->jobs[i].run_count; j++)
            say_run(&out->buffer, &night->jobs[i], j);
    }
}

static void render(const struct evd_night *night, const struct evd_batch_tally *tally, struct evd_output *out)
{
    say_summary(&out->buffer, night, tally);
    say_jobs(out, night, EVD_JOB_TROUBLE, "Trouble");
    say_jobs(out, night, EVD_JOB_NOT_RUN, "Not run");
    say_jobs(out, night, EVD_JOB_INCONCLUSIVE, "Inconclusive");
    say_families(&(struct telling){.night = night, .state = EVD_FAMILY_NEW, .out = out}, "New");
    say_others(out, night);
    say_families(&(struct telling){.night = night, .state = EVD_FAMILY_UNCONFIRMED, .out = out}, "Unconfirmed");
    say_families(&(struct telling){.night = night, .are_gone = true, .state = EVD_FAMILY_NEW, .out = out}, "Gone");
}

const struct evd_night_format evd_night_text = {"text", "what has changed, for people", render};
