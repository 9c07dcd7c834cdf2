#include "batch/night_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/letters.h"
#include "base/table.h"
#include "report/root.h"

const struct evd_night_section evd_night_sections[] = {
    {"New", EVD_STANDING_NEW, false, false},
    {"Moved", EVD_STANDING_MOVED, false, false},
    {"Regressed", EVD_STANDING_REGRESSED, false, false},
    {"Unconfirmed", EVD_STANDING_UNCONFIRMED, false, false},
    {"Fixed?", EVD_STANDING_FIXED_MAYBE, true, false},
    {"Masked", EVD_STANDING_MASKED, true, false},
    {"Not reached", EVD_STANDING_NOT_REACHED, true, false},
    {"Expired", EVD_STANDING_EXPIRED, false, false},
    {"Stale", EVD_STANDING_STALE, true, false},
    {"Grown", EVD_STANDING_GROWN, false, false},
    {"Gone", EVD_STANDING_NEW, false, true},
    {"Gone, after it had moved", EVD_STANDING_MOVED, false, true},
    {NULL, EVD_STANDINGS, false, false},
};

/* How many bytes of whole parts, with the last '/', two names begin with. */
static size_t common_folder(const char *a, const char *b, size_t most)
{
    size_t length = 0;
    for (size_t i = 0; i < most && a[i] == b[i] && a[i] != '\0'; i++)
        length = a[i] == '/' ? i + 1 : length;
    return length;
}

/* Adds what a job has, or counts the job where another one had it. */
static bool take(struct evd_night_rows *rows, struct evd_table *places, uint64_t signature,
                 const struct evd_night_row *row)
{
    bool is_new;
    uint64_t *place = evd_table_put(places, signature, rows->count, &is_new);
    if (place == NULL)
        return false;
    if (is_new) {
        struct evd_night_row *list = evd_grow(rows->list, rows->count, &rows->capacity, sizeof *rows->list);
        if (list == NULL)
            return false;
        rows->list = list;
        list[rows->count++] = *row;
    }
    struct evd_night_row *told = &rows->list[*place];
    if (told->job_count < EVD_ROW_JOBS_MAX)
        told->names[told->job_count] = row->job->name;
    told->job_count++;
    told->folder_length =
        is_new ? strlen(row->job->name) : common_folder(told->job->name, row->job->name, told->folder_length);
    return true;
}

static bool take_families(const struct evd_night_job *job, const struct evd_night_section *section,
                          struct evd_night_rows *rows, struct evd_table *places)
{
    const struct evd_night_families *families = section->are_gone ? &job->gone : &job->families;
    for (size_t i = 0; i < families->count; i++) {
        const struct evd_night_row row = {.job = job, .family = &families->list[i]};
        if (row.family->standing == section->standing && !take(rows, places, row.family->signature, &row))
            return false;
    }
    return true;
}

/* Of what is noise or flaky it is no news that it is not there. */
static bool is_told(const struct evd_night_line *line)
{
    return line->standing == EVD_STANDING_STALE || line->entry->state == EVD_LEDGER_KNOWN ||
           line->entry->state == EVD_LEDGER_FIXED;
}

static bool take_lines(const struct evd_night_job *job, const struct evd_night_section *section,
                       struct evd_night_rows *rows, struct evd_table *places)
{
    for (size_t i = 0; i < job->lines.count; i++) {
        const struct evd_night_row row = {.job = job, .line = &job->lines.list[i]};
        if (row.line->standing == section->standing && is_told(row.line) &&
            !take(rows, places, row.line->signature, &row))
            return false;
    }
    return true;
}

bool evd_night_rows_make(const struct evd_night *night, const struct evd_night_section *section,
                         struct evd_night_rows *rows)
{
    struct evd_table places = {0};
    bool is_good = true;
    *rows = (struct evd_night_rows){.list = NULL};
    for (size_t i = 0; is_good && i < night->job_count; i++) {
        const struct evd_night_job *job = &night->jobs[i];
        if (job->is_conclusive)
            is_good = section->are_lines ? take_lines(job, section, rows, &places)
                                         : take_families(job, section, rows, &places);
    }
    evd_table_release(&places);
    return is_good;
}

void evd_night_rows_release(struct evd_night_rows *rows)
{
    free(rows->list);
    *rows = (struct evd_night_rows){.list = NULL};
}

bool evd_night_section_fails(const struct evd_night *night, const struct evd_night_section *section)
{
    const int state = evd_night_state_of(section->standing);
    return !section->are_gone && state >= 0 && (night->fail_on & 1u << state) != 0;
}

void evd_describe_night(struct evd_buffer *out, const struct evd_night *night, const struct evd_batch_tally *tally)
{
    static const enum evd_job_state ORDER[] = {
        EVD_JOB_NEW,   EVD_JOB_MOVED,     EVD_JOB_REGRESSED,    EVD_JOB_EXPIRED, EVD_JOB_UNCONFIRMED, EVD_JOB_GROWN,
        EVD_JOB_FIXED, EVD_JOB_UNCHANGED, EVD_JOB_INCONCLUSIVE, EVD_JOB_TROUBLE, EVD_JOB_NOT_RUN,
    };
    evd_buffer_string(out, "night ");
    evd_append_line(out, (struct evd_text){night->name, strlen(night->name)});
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
}

/* The job that has it, or the folder of all that do; nothing, so all jobs, when they have none in common. */
static void append_job(struct evd_buffer *out, const struct evd_night_row *row)
{
    struct evd_buffer pattern = {0};
    if (row->job_count == 1)
        evd_buffer_string(&pattern, row->job->name);
    else
        evd_buffer_format(&pattern, "%.*s*", (int)row->folder_length, row->job->name);
    out->failed |= pattern.failed;
    if (!pattern.failed && (row->job_count == 1 || row->folder_length > 0)) {
        evd_buffer_string(out, " --job ");
        evd_append_shell_word(out, (struct evd_text){pattern.data, pattern.length});
    }
    evd_buffer_release(&pattern);
}

void evd_append_known_add(struct evd_buffer *out, const struct evd_night *night, const struct evd_night_row *row)
{
    struct evd_buffer path = {0};
    char outcome[EVD_FILE_NAME_MAX];
    evd_outcome_name(row->family->run, outcome);
    evd_buffer_format(&path, "%s/jobs/%s/%s", night->folder, row->job->name, outcome);
    out->failed |= path.failed;
    evd_buffer_string(out, "evdiff known add ");
    evd_append_shell_word(out, (struct evd_text){path.data, path.length});
    evd_buffer_format(out, " %016llx --state known --bug URL", (unsigned long long)row->family->signature);
    append_job(out, row);
    evd_buffer_string(out, " --file ");
    const struct evd_job_ledger *listed = row->job->listed;
    const char *last = listed != NULL ? listed->paths[listed->count - 1] : NULL;
    if (last != NULL)
        evd_append_shell_word(out, (struct evd_text){last, strlen(last)});
    else
        evd_buffer_string(out, "FILE  # and known = [\"FILE\"] in the manifest");
    evd_buffer_release(&path);
}

void evd_describe_night_line(struct evd_buffer *out, const struct evd_night_line *line)
{
    evd_append_line(out, (struct evd_text){line->path, strlen(line->path)});
    evd_buffer_format(out, ":%llu: %s", (unsigned long long)line->entry->line, line->note);
    if (line->masked_by != 0)
        evd_buffer_format(out, "; its place lies in family %08llx", (unsigned long long)(line->masked_by >> 32));
    const uint64_t nights = line->memory.passed_nights;
    if (nights > 0)
        evd_buffer_format(out, "; passed in %s night%s in a row%s", evd_grouped(nights).text, nights == 1 ? "" : "s",
                          line->is_confirmed ? ", which confirms it" : "");
    if (line->is_expired)
        evd_buffer_string(out, "; expired");
}
