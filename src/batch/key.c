#include "batch/key.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fail.h"
#include "base/grow.h"
#include "batch/files.h"

/* What a reader of outcomes would have to know; a change of it is a change of the program too, but says so. */
static const char SCHEMA[] = "evdiff.outcome/2";

enum { PROGRAM_BYTES_MAX = 1 << 30, FILE_BYTES_MAX = 64 << 20 };

struct evd_key_file {
    char *path;
    struct evd_hash128 hash;
};

static enum evd_status hash_file(const char *path, size_t most, struct evd_hash128 *hash, struct evd_error *error)
{
    struct evd_buffer bytes = {0};
    const enum evd_status status = evd_read_file(path, most, 0, &bytes, NULL, error);
    if (status == EVD_OK)
        *hash = evd_hash_bytes(bytes.data, bytes.length);
    evd_buffer_release(&bytes);
    return status;
}

enum evd_status evd_key_maker_init(struct evd_key_maker *maker, const struct evd_batch_options *options,
                                   const char *folder, struct evd_error *error)
{
    *maker = (struct evd_key_maker){.options = options, .folder = folder};
    return hash_file(options->program != NULL ? options->program : "/proc/self/exe", PROGRAM_BYTES_MAX, &maker->program,
                     error);
}

void evd_key_maker_release(struct evd_key_maker *maker)
{
    for (size_t i = 0; i < maker->file_count; i++)
        free(maker->files[i].path);
    free(maker->files);
    *maker = (struct evd_key_maker){0};
}

/* The hash of a file, read once however many jobs name it: what changes while a night runs is seen by the next one. */
static enum evd_status find_file(struct evd_key_maker *maker, const char *path, struct evd_hash128 *hash,
                                 struct evd_error *error)
{
    for (size_t i = 0; i < maker->file_count; i++)
        if (strcmp(maker->files[i].path, path) == 0) {
            *hash = maker->files[i].hash;
            return EVD_OK;
        }
    enum evd_status status = hash_file(path, FILE_BYTES_MAX, hash, error);
    struct evd_key_file *files =
        status == EVD_OK ? evd_grow(maker->files, maker->file_count, &maker->file_capacity, sizeof *files) : NULL;
    if (files == NULL)
        return status == EVD_OK ? evd_fail_memory(error) : status;
    maker->files = files;
    files[maker->file_count] = (struct evd_key_file){strdup(path), *hash};
    return files[maker->file_count].path != NULL ? (maker->file_count++, EVD_OK) : evd_fail_memory(error);
}

/* Each part with its length before it, so that no two lists of parts are one text. */
static void add(struct evd_buffer *text, const void *bytes, size_t length)
{
    const uint64_t count = length;
    evd_buffer_append(text, &count, sizeof count);
    evd_buffer_append(text, bytes, length);
}

static void add_text(struct evd_buffer *text, const char *string)
{
    add(text, string, strlen(string));
}

static void add_hash(struct evd_buffer *text, struct evd_hash128 hash)
{
    const uint64_t halves[] = {hash.high, hash.low};
    add(text, halves, sizeof halves);
}

/* The content of a file that a setting names; a word that names none is its own content but for rules that come with the
 * program, which have a file. */
static enum evd_status add_file(struct evd_key_maker *maker, struct evd_buffer *text, const struct evd_setting_key *key,
                                const char *name, struct evd_error *error)
{
    struct stat file;
    struct evd_hash128 hash;
    struct evd_buffer path = {0};
    const char *found = evd_path_from(&path, maker->folder, name) ? path.data : NULL;
    enum evd_status status = found == NULL ? evd_fail_memory(error) : EVD_OK;
    if (status == EVD_OK && (stat(found, &file) != 0 || !S_ISREG(file.st_mode)))
        found = strcmp(key->name, "rules") == 0 && maker->options->find_rules != NULL
                    ? maker->options->find_rules(maker->options->find_rules_context, name)
                    : NULL;
    if (status == EVD_OK && found != NULL)
        status = find_file(maker, found, &hash, error);
    if (status == EVD_OK && found != NULL)
        add_hash(text, hash);
    else
        add_text(text, name);
    evd_buffer_release(&path);
    return status;
}

static enum evd_status add_settings(struct evd_key_maker *maker, struct evd_buffer *text,
                                    const struct evd_batch_job *job, struct evd_error *error)
{
    struct evd_batch_settings settings = job->settings;
    enum evd_status status = EVD_OK;
    for (const struct evd_setting_key *key = evd_setting_keys; status == EVD_OK && key->name != NULL; key++) {
        if (!key->is_in_key || evd_setting_is_unset(&settings, key))
            continue;
        add_text(text, key->name);
        if (key->kind == EVD_KIND_FILE)
            status = add_file(maker, text, key, *evd_setting_text(&settings, key), error);
        else if (evd_setting_is_text(key))
            add_text(text, *evd_setting_text(&settings, key));
    }
    return status;
}

enum evd_status evd_key_make(struct evd_key_maker *maker, const struct evd_batch_job *job, struct evd_record *record,
                             struct evd_error *error)
{
    struct evd_buffer text = {0};
    add_text(&text, SCHEMA);
    add_hash(&text, maker->program);
    const enum evd_status status = add_settings(maker, &text, job, error);
    add(&text, &job->control.count, sizeof job->control.count);
    /* The outcome tells the paths too. */
    for (size_t i = 0; i < record->log_count; i++) {
        const struct evd_record_log *log = &record->logs[i];
        add_text(&text, log->path);
        add(&text, &log->identity.size, sizeof log->identity.size);
        add_hash(&text, log->identity.hash);
    }
    record->key = evd_hash_bytes(text.data, text.length);
    const bool is_whole = !text.failed;
    evd_buffer_release(&text);
    return status != EVD_OK ? status : is_whole ? EVD_OK : evd_fail_memory(error);
}
