#include "batch/manifest.h"

#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/grow.h"
#include "batch/files.h"
#include "batch/json_lines.h"
#include "batch/template.h"
#include "evdiff/rules.h"
#include "toml/toml.h"
#include "json/json.h"

enum { MANIFEST_BYTES_MAX = 64 << 20, VERSION = 1 };

struct reader {
    struct evd_batch_plan *plan;
    struct evd_batch_job *jobs; /* grows; in the plan's arena once all are there */
    size_t capacity;
    enum evd_status status;
    struct evd_error *error;
};

/* ── Refusing ── */

static bool refuse(struct reader *reader, uint64_t line, uint64_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static bool refuse(struct reader *reader, uint64_t line, uint64_t column, const char *format, ...)
{
    char message[EVD_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    const char *path = strcmp(reader->plan->manifest, "-") == 0 ? "standard input" : reader->plan->manifest;
    reader->status = evd_fail_at(reader->error, EVD_E_ARGUMENT, path, line, column, "%s", message);
    return false;
}

static bool refuse_memory(struct reader *reader)
{
    reader->status = evd_fail_memory(reader->error);
    return false;
}

static bool refuse_type(struct reader *reader, const char *name, const struct evd_setting *setting, const char *wanted)
{
    return refuse(reader, setting->line, setting->column, "\"%s\" is to be %s", name, wanted);
}

/* ── Values ── */

static bool read_string(struct reader *reader, const char *name, const struct evd_setting *setting, const char **text)
{
    if (setting->type != EVD_SETTING_STRING)
        return refuse_type(reader, name, setting, "a text");
    if (setting->string.length == 0)
        return refuse(reader, setting->line, setting->column, "\"%s\" is empty", name);
    *text = setting->string.text;
    return true;
}

/* A text, or an array of texts. */
static bool read_list(struct reader *reader, const char *name, const struct evd_setting *setting,
                      struct evd_batch_list *list)
{
    const bool is_array = setting->type == EVD_SETTING_ARRAY;
    const size_t count = is_array ? setting->array.count : 1;
    if (!is_array && setting->type != EVD_SETTING_STRING)
        return refuse_type(reader, name, setting, "a text or an array of texts");
    list->items = evd_arena_array(&reader->plan->arena, count, sizeof *list->items);
    if (list->items == NULL)
        return refuse_memory(reader);
    list->count = count;
    for (size_t i = 0; i < count; i++)
        if (!read_string(reader, name, is_array ? &setting->array.items[i] : setting, &list->items[i]))
            return false;
    return true;
}

static bool read_names(struct reader *reader, const char *name, const struct evd_setting *setting, const char **text)
{
    struct evd_batch_list list;
    struct evd_buffer joined = {0};
    if (!read_list(reader, name, setting, &list))
        return false;
    for (size_t i = 0; i < list.count; i++) {
        evd_buffer_string(&joined, i > 0 ? "," : "");
        evd_buffer_string(&joined, list.items[i]);
    }
    *text = joined.failed
                ? NULL
                : evd_keep_string(&reader->plan->arena, joined.data != NULL ? joined.data : "", joined.length);
    evd_buffer_release(&joined);
    return *text != NULL || refuse_memory(reader);
}

static size_t count_digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* "1000", "95%" or "99.5%". */
static bool is_amount(const char *text)
{
    size_t length = count_digits(text);
    if (length == 0 || length > 18)
        return false;
    if (text[length] == '.') {
        const size_t digits = count_digits(text + length + 1);
        if (digits == 0)
            return false;
        length += 1 + digits;
        return strcmp(text + length, "%") == 0 && strtod(text, NULL) <= 100;
    }
    return text[length] == '\0' || (strcmp(text + length, "%") == 0 && strtod(text, NULL) <= 100);
}

static bool is_size(const char *text)
{
    const size_t length = count_digits(text);
    return length > 0 && length <= 18 && text[strspn(text, "0")] >= '1' &&
           (text[length] == '\0' || (strchr("KMGT", text[length]) != NULL && text[length + 1] == '\0'));
}

/* A whole number stands for its digits. */
static bool read_amount(struct reader *reader, const struct evd_setting_key *key, const struct evd_setting *setting,
                        const char **text)
{
    const bool is_of_bytes = key->kind == EVD_KIND_SIZE;
    if (setting->type == EVD_SETTING_INTEGER && setting->integer >= (is_of_bytes ? 1 : 0)) {
        char digits[24];
        const int length = snprintf(digits, sizeof digits, "%lld", (long long)setting->integer);
        *text = evd_keep_string(&reader->plan->arena, digits, (size_t)length);
        return *text != NULL || refuse_memory(reader);
    }
    if (setting->type == EVD_SETTING_STRING) {
        *text = setting->string.text;
        if (is_of_bytes ? is_size(*text) : is_amount(*text))
            return true;
    }
    return refuse_type(reader, key->name, setting,
                       is_of_bytes ? "a number of bytes, such as \"4G\", \"512M\" or 1000000"
                                   : "a number of events, or a share such as \"95%\" from 0% to 100%");
}

static bool read_duration(struct reader *reader, const char *name, const struct evd_setting *setting, uint64_t *seconds)
{
    if (setting->type == EVD_SETTING_STRING) {
        const char *text = setting->string.text;
        const size_t length = count_digits(text);
        static const char UNITS[] = "smh";
        static const uint64_t SECONDS[] = {1, 60, 3600};
        const char *unit = text[length] == '\0' ? NULL : strchr(UNITS, text[length]);
        if (length > 0 && length <= 9 && unit != NULL && text[length + 1] == '\0') {
            *seconds = strtoull(text, NULL, 10) * SECONDS[unit - UNITS];
            if (*seconds > 0 && *seconds <= EVD_TIMEOUT_SECONDS_MAX)
                return true;
        }
    }
    return refuse_type(reader, name, setting, "a time from \"1s\" to \"168h\", such as \"90s\", \"20m\" or \"2h\"");
}

/* ── Settings ── */

static bool is_file(const struct reader *reader, const char *path, struct evd_buffer *buffer)
{
    struct stat status;
    if (path[0] == '/')
        return stat(path, &status) == 0 && S_ISREG(status.st_mode);
    return evd_join(buffer, reader->plan->folder, NULL, path) && stat(buffer->data, &status) == 0 &&
           S_ISREG(status.st_mode);
}

static bool check_file(struct reader *reader, const char *name, const struct evd_setting *setting, const char *path)
{
    struct evd_buffer buffer = {0};
    const bool is_there = is_file(reader, path, &buffer);
    evd_buffer_release(&buffer);
    return is_there || refuse(reader, setting->line, setting->column,
                              "\"%s\": there is no file '%s' beside the manifest", name, path);
}

static bool is_shipped(const char *name)
{
    for (size_t i = 0; evd_rules_shipped_name(i) != NULL; i++)
        if (strcmp(evd_rules_shipped_name(i), name) == 0)
            return true;
    return false;
}

/* Words that stand in the place of a file. */
static bool is_word_for(const struct evd_setting_key *key, const char *text)
{
    if (strcmp(key->name, "pair") == 0)
        return strcmp(text, "first-call") == 0 || strcmp(text, "similarity") == 0;
    return strcmp(key->name, "rules") == 0 && is_shipped(text);
}

static bool read_file(struct reader *reader, const struct evd_setting_key *key, const struct evd_setting *setting,
                      const char **text)
{
    return read_string(reader, key->name, setting, text) &&
           (is_word_for(key, *text) || check_file(reader, key->name, setting, *text));
}

static bool read_files(struct reader *reader, const struct evd_setting_key *key, const struct evd_setting *setting,
                       struct evd_batch_list *list)
{
    if (!read_list(reader, key->name, setting, list))
        return false;
    for (size_t i = 0; i < list->count; i++) {
        const struct evd_setting *item = setting->type == EVD_SETTING_ARRAY ? &setting->array.items[i] : setting;
        if (!check_file(reader, key->name, item, list->items[i]))
            return false;
    }
    return true;
}

static bool read_word(struct reader *reader, const struct evd_setting_key *key, const struct evd_setting *setting,
                      const char **text)
{
    static const char *const INDEX_WORDS[] = {"auto", "off", "require", "save"};
    if (!read_string(reader, key->name, setting, text))
        return false;
    if (strcmp(key->name, "index") != 0)
        return true;
    for (size_t i = 0; i < sizeof INDEX_WORDS / sizeof INDEX_WORDS[0]; i++)
        if (strcmp(*text, INDEX_WORDS[i]) == 0)
            return true;
    return refuse_type(reader, key->name, setting, "\"auto\", \"off\", \"require\" or \"save\"");
}

static bool read_setting(struct reader *reader, const struct evd_setting_key *key, const struct evd_setting *setting,
                         struct evd_batch_settings *settings)
{
    switch (key->kind) {
    case EVD_KIND_WORD: return read_word(reader, key, setting, evd_setting_text(settings, key));
    case EVD_KIND_FILE: return read_file(reader, key, setting, evd_setting_text(settings, key));
    case EVD_KIND_AMOUNT:
    case EVD_KIND_SIZE: return read_amount(reader, key, setting, evd_setting_text(settings, key));
    case EVD_KIND_NAMES: return read_names(reader, key->name, setting, evd_setting_text(settings, key));
    case EVD_KIND_FILES: return read_files(reader, key, setting, evd_setting_list(settings, key));
    case EVD_KIND_DURATION: return read_duration(reader, key->name, setting, evd_setting_number(settings, key));
    case EVD_KIND_FLAG:
        *evd_setting_flag(settings, key) = setting->boolean;
        return setting->type == EVD_SETTING_BOOLEAN || refuse_type(reader, key->name, setting, "true or false");
    case EVD_KIND_COUNT:
        *evd_setting_number(settings, key) = (uint64_t)setting->integer;
        return (setting->type == EVD_SETTING_INTEGER && setting->integer >= 1 && setting->integer <= EVD_CONFIRM_MAX) ||
               refuse_type(reader, key->name, setting, "a number of nights from 1 to 1000");
    }
    return false;
}

/* The keys of a job beside its settings. */
static const char *const JOB_KEYS[] = {"name", "canary", "ours", "control", "control_of_ours"};
enum { KEY_NAME, KEY_CANARY, KEY_OURS, KEY_CONTROL, KEY_CONTROL_OF_OURS, JOB_KEY_COUNT };

static bool refuse_key(struct reader *reader, const struct evd_setting_member *member, const char *where, bool is_job)
{
    const char *names[64];
    size_t count = 0;
    for (const struct evd_setting_key *key = evd_setting_keys; key->name != NULL; key++)
        names[count++] = key->name;
    for (size_t i = 0; is_job && i < JOB_KEY_COUNT; i++)
        names[count++] = JOB_KEYS[i];
    const char *meant = evd_suggest_name(member->key, strlen(member->key), names, count);
    return refuse(reader, member->line, member->column, "\"%.64s\" is no key of %s%s%s%s", member->key, where,
                  meant != NULL ? "; did you mean \"" : "", meant != NULL ? meant : "", meant != NULL ? "\"?" : "");
}

static bool read_defaults(struct reader *reader, const struct evd_setting *table, struct evd_batch_settings *defaults)
{
    if (table->type != EVD_SETTING_TABLE)
        return refuse_type(reader, "defaults", table, "a table: [defaults]");
    for (size_t i = 0; i < table->table.count; i++) {
        const struct evd_setting_member *member = &table->table.members[i];
        const struct evd_setting_key *key = evd_setting_key(member->key);
        if (key == NULL)
            return refuse_key(reader, member, "[defaults]", false);
        if (!read_setting(reader, key, &member->value, defaults))
            return false;
    }
    return true;
}

/* ── Jobs ── */

/* A [[job]] as it is written: its paths are templates. */
struct family {
    const struct evd_setting *table;
    const struct evd_setting *places[JOB_KEY_COUNT]; /* of the keys that it has */
    struct evd_batch_job job;
};

static bool check_templates(struct reader *reader, const struct evd_setting *setting, const struct evd_batch_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct evd_setting *item = setting->type == EVD_SETTING_ARRAY ? &setting->array.items[i] : setting;
        const char *fault = evd_template_fault(list->items[i]);
        if (fault != NULL)
            return refuse(reader, item->line, item->column, "%s", fault);
    }
    return true;
}

static bool read_job_key(struct reader *reader, struct family *family, int which, const struct evd_setting *setting)
{
    struct evd_batch_job *job = &family->job;
    const char **const texts[] = {[KEY_NAME] = &job->name, [KEY_CANARY] = &job->canary};
    struct evd_batch_list *const lists[] = {
        [KEY_OURS] = &job->ours, [KEY_CONTROL] = &job->control, [KEY_CONTROL_OF_OURS] = &job->control_of_ours};
    family->places[which] = setting;
    if (which <= KEY_CANARY) {
        struct evd_batch_list one = {.items = texts[which], .count = 1};
        return read_string(reader, JOB_KEYS[which], setting, texts[which]) && check_templates(reader, setting, &one);
    }
    return read_list(reader, JOB_KEYS[which], setting, lists[which]) && check_templates(reader, setting, lists[which]);
}

static bool read_members(struct reader *reader, struct family *family)
{
    const struct evd_setting *table = family->table;
    for (size_t i = 0; i < table->table.count; i++) {
        const struct evd_setting_member *member = &table->table.members[i];
        const struct evd_setting_key *key = evd_setting_key(member->key);
        int which = 0;
        while (which < JOB_KEY_COUNT && strcmp(JOB_KEYS[which], member->key) != 0)
            which++;
        if (which == JOB_KEY_COUNT && key == NULL)
            return refuse_key(reader, member, "a job", true);
        if (which < JOB_KEY_COUNT ? !read_job_key(reader, family, which, &member->value)
                                  : !read_setting(reader, key, &member->value, &family->job.settings))
            return false;
    }
    return true;
}

static bool has_member(const struct evd_setting *table, const char *key)
{
    for (size_t i = 0; i < table->table.count; i++)
        if (strcmp(table->table.members[i].key, key) == 0)
            return true;
    return false;
}

/* A job that pairs threads one way does not pair them as the defaults say. */
static void settle_pairing(struct family *family)
{
    const bool has_pair = has_member(family->table, "pair"), has_map = has_member(family->table, "tid_map");
    if (has_map && !has_pair)
        family->job.settings.pair = NULL;
    else if (has_pair && !has_map)
        family->job.settings.tid_map = NULL;
}

static bool check_family(struct reader *reader, const struct family *family)
{
    const struct evd_batch_job *job = &family->job;
    const struct evd_setting *ours = family->places[KEY_OURS];
    for (int which = KEY_NAME; which <= KEY_OURS; which++)
        if (family->places[which] == NULL)
            return refuse(reader, family->table->line, family->table->column, "the job has no \"%s\"", JOB_KEYS[which]);
    if (job->ours.count == 0 || job->ours.count > EVD_RUNS_MAX)
        return refuse(reader, ours->line, ours->column, "\"ours\" is to name 1 to %d logs", EVD_RUNS_MAX);
    if (job->control.count + job->control_of_ours.count > 64)
        return refuse(reader, family->table->line, family->table->column, "a job has at most 64 control runs");
    if (job->settings.tid_map != NULL && job->settings.pair != NULL)
        return refuse(reader, family->table->line, family->table->column,
                      "the job has \"tid_map\" and \"pair\"; threads are paired one way");
    return true;
}

static bool add_job(struct reader *reader, const struct evd_batch_job *job, const struct evd_setting *name_place)
{
    const char *fault = evd_job_name_fault(job->name);
    if (fault != NULL)
        return refuse(reader, name_place->line, name_place->column, "no job can be called '%.128s': %s", job->name,
                      fault);
    if (reader->plan->job_count == EVD_JOBS_MAX)
        return refuse(reader, name_place->line, name_place->column, "there are more than %d jobs", EVD_JOBS_MAX);
    struct evd_batch_job *jobs = evd_grow(reader->jobs, reader->plan->job_count, &reader->capacity, sizeof *jobs);
    if (jobs == NULL)
        return refuse_memory(reader);
    reader->jobs = jobs;
    reader->jobs[reader->plan->job_count++] = *job;
    return true;
}

static bool fill_list(struct reader *reader, const struct evd_bindings *bindings, struct evd_batch_list *list)
{
    const char **items = evd_arena_array(&reader->plan->arena, list->count, sizeof *items);
    if (items == NULL)
        return refuse_memory(reader);
    for (size_t i = 0; i < list->count; i++) {
        items[i] = evd_template_fill(&reader->plan->arena, list->items[i], bindings);
        if (items[i] == NULL)
            return refuse_memory(reader);
    }
    list->items = items;
    return true;
}

static bool add_match(struct reader *reader, const struct family *family, const struct evd_bindings *bindings)
{
    struct evd_batch_job job = family->job;
    job.name = evd_template_fill(&reader->plan->arena, job.name, bindings);
    job.canary = evd_template_fill(&reader->plan->arena, job.canary, bindings);
    if (job.name == NULL || job.canary == NULL)
        return refuse_memory(reader);
    return fill_list(reader, bindings, &job.ours) && fill_list(reader, bindings, &job.control) &&
           fill_list(reader, bindings, &job.control_of_ours) && add_job(reader, &job, family->places[KEY_NAME]);
}

/* Every name of `text` is one of those. */
static bool check_names(struct reader *reader, const struct evd_setting *place, const char *text,
                        const struct evd_bindings *names)
{
    struct evd_bindings all = *names;
    if (!evd_template_names(&reader->plan->arena, text, &all))
        return all.count < EVD_BINDINGS_MAX
                   ? refuse_memory(reader)
                   : refuse(reader, place->line, place->column, "a job has at most %d names in braces",
                            EVD_BINDINGS_MAX);
    return all.count == names->count ||
           refuse(reader, place->line, place->column, "{%s} is not in \"ours\", where it would get its values",
                  all.list[names->count].name);
}

static bool check_all_names(struct reader *reader, const struct family *family, const struct evd_bindings *names)
{
    const struct evd_batch_job *job = &family->job;
    const struct evd_batch_list lists[] = {
        [KEY_NAME] = {(const char **)&job->name, 1},
        [KEY_CANARY] = {(const char **)&job->canary, 1},
        [KEY_OURS] = job->ours,
        [KEY_CONTROL] = job->control,
        [KEY_CONTROL_OF_OURS] = job->control_of_ours};
    for (int which = 0; which < JOB_KEY_COUNT; which++)
        for (size_t i = 0; i < lists[which].count; i++)
            if (!check_names(reader, family->places[which], lists[which].items[i], names))
                return false;
    return true;
}

/* A template that has all the names tells their values by its files. */
static bool has_all(struct reader *reader, const char *text, const struct evd_bindings *names)
{
    struct evd_bindings own = {.count = 0};
    return evd_template_names(&reader->plan->arena, text, &own) && own.count == names->count;
}

/* What there is of either log is a job: a log that tonight did not write is trouble, and must not be a job less. */
static bool expand(struct reader *reader, const struct family *family)
{
    const struct evd_batch_job *job = &family->job;
    const struct evd_setting *ours = family->places[KEY_OURS];
    struct evd_bindings names = {.count = 0};
    struct evd_matches matches = {0};
    bool is_good = evd_template_names(&reader->plan->arena, job->ours.items[0], &names) ||
                   refuse(reader, ours->line, ours->column, "a job has at most %d names in braces", EVD_BINDINGS_MAX);
    if (!is_good || !check_all_names(reader, family, &names))
        return false;
    if (names.count == 0)
        return add_job(reader, job, family->places[KEY_NAME]);
    evd_template_match(&reader->plan->arena, reader->plan->folder, job->ours.items[0], &names, &matches);
    if (has_all(reader, job->canary, &names))
        evd_template_match(&reader->plan->arena, reader->plan->folder, job->canary, &names, &matches);
    evd_matches_settle(&matches);
    if (matches.has_failed)
        is_good =
            refuse(reader, ours->line, ours->column, "more than %d files match, or memory ran out", EVD_MATCHES_MAX);
    else if (matches.count == 0)
        is_good = refuse(reader, ours->line, ours->column, "no file matches '%s'", job->ours.items[0]);
    for (size_t i = 0; is_good && i < matches.count; i++)
        is_good = add_match(reader, family, &matches.list[i]);
    evd_matches_release(&matches);
    return is_good;
}

static bool read_job(struct reader *reader, const struct evd_setting *table, const struct evd_batch_settings *defaults)
{
    struct family family = {.table = table, .job = {.settings = *defaults, .line = table->line}};
    if (table->type != EVD_SETTING_TABLE)
        return refuse_type(reader, "job", table, "a table: [[job]]");
    if (!read_members(reader, &family))
        return false;
    settle_pairing(&family);
    return check_family(reader, &family) && expand(reader, &family);
}

static bool read_jobs(struct reader *reader, const struct evd_setting *jobs, const struct evd_batch_settings *defaults)
{
    if (jobs->type != EVD_SETTING_ARRAY)
        return refuse_type(reader, "job", jobs, "an array of tables: [[job]]");
    for (size_t i = 0; i < jobs->array.count; i++)
        if (!read_job(reader, &jobs->array.items[i], defaults))
            return false;
    return true;
}

/* ── The whole ── */

static bool read_fail_on(struct reader *reader, const struct evd_setting *setting)
{
    const char *text;
    struct evd_text wrong;
    if (!read_names(reader, "fail_on", setting, &text))
        return false;
    return evd_night_states_read(text, &reader->plan->fail_on, &wrong) ||
           refuse(reader, setting->line, setting->column, "\"fail_on\": '%.*s' is no state that a night can fail on",
                  (int)(wrong.length < 64 ? wrong.length : 64), wrong.bytes);
}

static const struct evd_setting_member *find_member(const struct evd_setting *root, const char *key)
{
    for (size_t i = 0; i < root->table.count; i++)
        if (strcmp(root->table.members[i].key, key) == 0)
            return &root->table.members[i];
    return NULL;
}

static bool check_top(struct reader *reader, const struct evd_setting *root)
{
    static const char *const KEYS[] = {"evdiff", "fail_on", "defaults", "job"};
    for (size_t i = 0; i < root->table.count; i++) {
        const struct evd_setting_member *member = &root->table.members[i];
        size_t which = 0;
        while (which < 4 && strcmp(member->key, KEYS[which]) != 0)
            which++;
        if (which == 4) {
            const char *meant = evd_suggest_name(member->key, strlen(member->key), KEYS, 4);
            return refuse(reader, member->line, member->column, "\"%.64s\" is no key of a manifest%s%s%s", member->key,
                          meant != NULL ? "; did you mean \"" : "", meant != NULL ? meant : "",
                          meant != NULL ? "\"?" : "");
        }
    }
    const struct evd_setting_member *version = find_member(root, "evdiff");
    if (version == NULL)
        return refuse(reader, 1, 1, "a manifest says which version of the format it is: evdiff = %d", VERSION);
    return (version->value.type == EVD_SETTING_INTEGER && version->value.integer == VERSION) ||
           refuse(reader, version->value.line, version->value.column,
                  "this program reads manifests of version %d: evdiff = %d", VERSION, VERSION);
}

static bool read_root(struct reader *reader, const struct evd_setting *root, bool is_made)
{
    struct evd_batch_settings settings = {0};
    if (!is_made && !check_top(reader, root))
        return false;
    const struct evd_setting_member *fail_on = find_member(root, "fail_on"), *jobs = find_member(root, "job"),
                                    *defaults = find_member(root, "defaults");
    if ((fail_on != NULL && !read_fail_on(reader, &fail_on->value)) ||
        (defaults != NULL && !read_defaults(reader, &defaults->value, &settings)) ||
        (jobs != NULL && !read_jobs(reader, &jobs->value, &settings)))
        return false;
    return reader->plan->job_count > 0 || refuse(reader, 1, 1, "there is no job in it");
}

/* The jobs move to the arena, in order. */
static bool settle(struct reader *reader)
{
    struct evd_batch_plan *plan = reader->plan;
    plan->jobs = evd_arena_array(&plan->arena, plan->job_count, sizeof *plan->jobs);
    if (plan->jobs == NULL)
        return refuse_memory(reader);
    memcpy(plan->jobs, reader->jobs, plan->job_count * sizeof *plan->jobs);
    const struct evd_batch_job *twin = evd_plan_sort(plan);
    return twin == NULL || refuse(reader, twin->line, 1, "two jobs are called '%s'", twin->name);
}

/* The folder that paths are relative to. */
static bool find_folder(struct reader *reader)
{
    char *copy = strdup(reader->plan->manifest);
    char *slash = copy == NULL ? NULL : strrchr(copy, '/');
    if (slash != NULL)
        slash[slash == copy] = '\0';
    char *absolute = copy == NULL ? NULL : realpath(slash != NULL ? copy : ".", NULL);
    reader->plan->folder = absolute == NULL ? NULL : evd_keep_string(&reader->plan->arena, absolute, strlen(absolute));
    free(copy);
    free(absolute);
    return reader->plan->folder != NULL || refuse_memory(reader);
}

enum evd_status evd_manifest_read(const char *path, struct evd_batch_plan *plan, struct evd_error *error)
{
    struct reader reader = {.plan = plan, .status = EVD_OK, .error = error};
    const bool is_made = strcmp(path, "-") == 0;
    struct evd_buffer text = {0};
    struct evd_setting root;
    struct evd_setting_fault fault;
    plan->fail_on = EVD_NIGHT_FAILS_DEFAULT;
    plan->manifest = evd_keep_string(&plan->arena, path, strlen(path));
    if (plan->manifest == NULL)
        return evd_fail_memory(error);
    enum evd_status status =
        is_made
            ? evd_read_descriptor(STDIN_FILENO, "standard input", MANIFEST_BYTES_MAX, EVD_JSON_PADDING, &text, error)
            : evd_read_file(path, MANIFEST_BYTES_MAX, EVD_JSON_PADDING, &text, NULL, error);
    if (status == EVD_OK && find_folder(&reader)) {
        const bool is_read = is_made ? evd_json_lines_read(text.data, text.length, &plan->arena, &root, &fault)
                                     : evd_toml_read(text.data, text.length, &plan->arena, &root, &fault);
        if (is_read)
            (void)(read_root(&reader, &root, is_made) && settle(&reader));
        else if (fault.message[0] != '\0')
            refuse(&reader, fault.line, fault.column, "%s", fault.message);
        else
            refuse_memory(&reader);
    }
    free(reader.jobs);
    evd_buffer_release(&text);
    return status != EVD_OK ? status : reader.status;
}
