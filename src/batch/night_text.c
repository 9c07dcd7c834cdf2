/* text: what has changed, for people; one line when nothing has. What is gravest comes first; a family that several jobs have is
 * told once. */
#include <string.h>

#include "base/letters.h"
#include "base/table.h"
#include "batch/night.h"
#include "report/root.h"

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

/* A command is of no use when it is cut. */
static void add_command(struct evd_buffer *out, const char *text)
{
    evd_append_line(out, (struct evd_text){text, strlen(text)});
}

/* ── The line for all ── */

/* "3 new, 190 unchanged" */
static void say_summary(struct evd_buffer *out, const struct evd_night *night, const struct evd_batch_tally *tally)
{
    static const enum evd_job_state ORDER[] = {
        EVD_JOB_NEW,   EVD_JOB_MOVED,     EVD_JOB_REGRESSED,    EVD_JOB_EXPIRED, EVD_JOB_UNCONFIRMED, EVD_JOB_GROWN,
        EVD_JOB_FIXED, EVD_JOB_UNCHANGED, EVD_JOB_INCONCLUSIVE, EVD_JOB_TROUBLE, EVD_JOB_NOT_RUN,
    };
    evd_buffer_string(out, "night ");
    add_text(out, night->name);
    evd_buffer_format(out, ": %s job%s:", evd_grouped(night->job_count).text, night->job_count == 1 ? "" : "s");
    const char *between = " ";
    for (size_t i = 0; i < sizeof ORDER / sizeof ORDER[0]; i++) {
        const bool is_unchanged = ORDER[i] == EVD_JOB_UNCHANGED;
        const bool is_always =
            ORDER[i] == EVD_JOB_NEW || ORDER[i] == EVD_JOB_TROUBLE || ORDER[i] == EVD_JOB_INCONCLUSIVE || is_unchanged;
        const size_t count = night->counts[ORDER[i]] + (is_unchanged ? night->counts[EVD_JOB_KNOWN] : 0);
        if (count == 0 && !is_always)
            continue;
        evd_buffer_format(out, "%s%s %s", between, evd_grouped(count).text, evd_job_state_summary(ORDER[i]));
        if (is_unchanged && tally != NULL && tally->cached > 0)
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
    enum evd_standing standing;
    struct evd_output *out;
    struct evd_table told; /* signatures */
};

static const struct evd_night_families *families_of(const struct telling *telling, const struct evd_night_job *job)
{
    static const struct evd_night_families NONE = {0};
    return telling->are_gone ? &job->gone : job->is_conclusive ? &job->families : &NONE;
}

static bool has_family(const struct telling *telling, const struct evd_night_job *job, uint64_t signature)
{
    const struct evd_night_families *families = families_of(telling, job);
    for (size_t i = 0; i < families->count; i++)
        if (families->list[i].signature == signature && families->list[i].standing == telling->standing)
            return true;
    return false;
}

static bool has_line(const struct telling *telling, const struct evd_night_job *job, uint64_t signature)
{
    for (size_t i = 0; job->is_conclusive && i < job->lines.count; i++)
        if (job->lines.list[i].signature == signature && job->lines.list[i].standing == telling->standing)
            return true;
    return false;
}

/* "boot/a, boot/b, boot/c and 11 more" */
static void name_jobs(const struct telling *telling, uint64_t signature,
                      bool (*has)(const struct telling *, const struct evd_night_job *, uint64_t))
{
    struct evd_buffer *out = &telling->out->buffer;
    size_t count = 0;
    for (size_t i = 0; i < telling->night->job_count; i++) {
        if (!has(telling, &telling->night->jobs[i], signature))
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

static void say_first(struct evd_buffer *out, const struct evd_memory *memory)
{
    if (memory->first[0] != '\0') {
        evd_buffer_string(out, "; first seen in night ");
        add_text(out, memory->first);
    }
    evd_buffer_byte(out, '\n');
}

/* What makes it known; what is in capitals is to be filled in. */
static void say_add(struct evd_buffer *out, const struct evd_night *night, const struct evd_night_job *job,
                    const struct evd_night_family *family)
{
    struct evd_buffer path = {0};
    char outcome[EVD_FILE_NAME_MAX];
    evd_outcome_name(family->run, outcome);
    evd_buffer_format(&path, "%s/jobs/%s/%s", night->folder, job->name, outcome);
    out->failed |= path.failed;
    evd_buffer_string(out, "    evdiff known add ");
    evd_append_shell_word(out, (struct evd_text){path.data, path.length});
    evd_buffer_format(out, " %016llx --state known --bug URL --file ", (unsigned long long)family->signature);
    if (job->ledger != NULL)
        evd_append_shell_word(out, (struct evd_text){job->ledger, strlen(job->ledger)});
    else
        evd_buffer_string(out, "FILE");
    evd_buffer_byte(out, '\n');
    evd_buffer_release(&path);
}

/* Lines of ledgers say for themselves what is known; what is new gets a line that says how to make it known. */
static void say_family(const struct telling *telling, const struct evd_night_job *job,
                       const struct evd_night_family *family)
{
    struct evd_buffer *out = &telling->out->buffer;
    evd_buffer_string(out, "  ");
    add_text(out, family->what);
    evd_buffer_string(out, "\n    in ");
    name_jobs(telling, family->signature, has_family);
    say_first(out, &family->memory);
    if (telling->are_gone)
        return;
    if (family->note[0] != '\0') {
        evd_buffer_string(out, "    ");
        add_text(out, family->note);
        evd_buffer_byte(out, '\n');
    }
    evd_buffer_string(out, "    ");
    add_text(out, family->difference);
    evd_buffer_string(out, "\n    at ");
    add_text(out, family->place);
    evd_buffer_string(out, ": ");
    add_command(out, family->show);
    evd_buffer_byte(out, '\n');
    if (family->entry == NULL)
        say_add(out, telling->night, job, family);
    evd_output_flush_some(telling->out);
}

/* Whether it is the first time that a signature is told. */
static bool is_untold(struct telling *telling, uint64_t signature)
{
    bool is_new = true;
    if (evd_table_put(&telling->told, signature, 1, &is_new) == NULL)
        telling->out->buffer.failed = true;
    return is_new;
}

static void say_title(const struct telling *telling, const char *title, bool *is_first)
{
    if (*is_first)
        evd_buffer_format(&telling->out->buffer, "\n%s\n", title);
    *is_first = false;
}

static void say_families(const struct evd_night *night, bool are_gone, enum evd_standing standing, const char *title,
                         struct evd_output *out, bool *is_first)
{
    struct telling telling = {.night = night, .are_gone = are_gone, .standing = standing, .out = out};
    for (size_t i = 0; i < night->job_count; i++) {
        const struct evd_night_families *families = families_of(&telling, &night->jobs[i]);
        for (size_t j = 0; j < families->count; j++) {
            if (families->list[j].standing != standing || !is_untold(&telling, families->list[j].signature))
                continue;
            say_title(&telling, title, is_first);
            say_family(&telling, &night->jobs[i], &families->list[j]);
        }
    }
    evd_table_release(&telling.told);
}

/* ── Lines ── */

/* Of what is noise or flaky it is no news that it is not there. */
static bool is_told(const struct evd_night_line *line)
{
    const bool is_bug = line->entry->state == EVD_LEDGER_KNOWN || line->entry->state == EVD_LEDGER_FIXED;
    return is_bug || line->standing == EVD_STANDING_STALE;
}

static void say_line(const struct telling *telling, const struct evd_night_line *line)
{
    struct evd_buffer *out = &telling->out->buffer;
    evd_buffer_string(out, "  ");
    add_text(out, line->what);
    evd_buffer_string(out, "\n    in ");
    name_jobs(telling, line->signature, has_line);
    say_first(out, &line->memory);
    evd_buffer_string(out, "    ");
    add_text(out, line->path);
    evd_buffer_format(out, ":%llu: ", (unsigned long long)line->entry->line);
    add_text(out, line->note);
    if (line->masked_by != 0)
        evd_buffer_format(out, "; its place lies in family %08llx", (unsigned long long)(line->masked_by >> 32));
    if (line->memory.passed_nights > 0)
        evd_buffer_format(out, "; passed in %s night%s in a row%s", evd_grouped(line->memory.passed_nights).text,
                          line->memory.passed_nights == 1 ? "" : "s", line->is_confirmed ? ", which confirms it" : "");
    if (line->is_expired)
        evd_buffer_string(out, "; expired");
    evd_buffer_byte(out, '\n');
    evd_output_flush_some(telling->out);
}

static void say_lines(const struct evd_night *night, enum evd_standing standing, const char *title,
                      struct evd_output *out)
{
    struct telling telling = {.night = night, .standing = standing, .out = out};
    bool is_first = true;
    for (size_t i = 0; i < night->job_count; i++) {
        const struct evd_night_job *job = &night->jobs[i];
        for (size_t j = 0; job->is_conclusive && j < job->lines.count; j++) {
            const struct evd_night_line *line = &job->lines.list[j];
            if (line->standing != standing || !is_told(line) || !is_untold(&telling, line->signature))
                continue;
            say_title(&telling, title, &is_first);
            say_line(&telling, line);
        }
    }
    evd_table_release(&telling.told);
}

/* ── All ── */

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

static void say_all_of(const struct evd_night *night, enum evd_standing standing, const char *title,
                       struct evd_output *out)
{
    bool is_first = true;
    say_families(night, false, standing, title, out, &is_first);
}

static void render(const struct evd_night *night, const struct evd_batch_tally *tally, struct evd_output *out)
{
    bool is_first = true;
    say_summary(&out->buffer, night, tally);
    say_jobs(out, night, EVD_JOB_TROUBLE, "Trouble");
    say_jobs(out, night, EVD_JOB_NOT_RUN, "Not run");
    say_jobs(out, night, EVD_JOB_INCONCLUSIVE, "Inconclusive");
    say_all_of(night, EVD_STANDING_NEW, "New", out);
    say_others(out, night);
    say_all_of(night, EVD_STANDING_MOVED, "Moved", out);
    say_all_of(night, EVD_STANDING_REGRESSED, "Regressed", out);
    say_all_of(night, EVD_STANDING_UNCONFIRMED, "Unconfirmed", out);
    say_lines(night, EVD_STANDING_FIXED_MAYBE, "Fixed?", out);
    say_lines(night, EVD_STANDING_MASKED, "Masked", out);
    say_lines(night, EVD_STANDING_NOT_REACHED, "Not reached", out);
    say_all_of(night, EVD_STANDING_EXPIRED, "Expired", out);
    say_lines(night, EVD_STANDING_STALE, "Stale", out);
    say_all_of(night, EVD_STANDING_GROWN, "Grown", out);
    say_families(night, true, EVD_STANDING_NEW, "Gone", out, &is_first);
    say_families(night, true, EVD_STANDING_MOVED, "Gone", out, &is_first);
}

const struct evd_night_format evd_night_text = {"text", "what has changed, for people", render};
