#include "batch/manifest_settings.h"

#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "batch/files.h"
#include "evdiff/ledger.h"
#include "evdiff/rules.h"

static bool is_file(const struct evd_manifest_reader *reader, const char *path, struct evd_buffer *buffer)
{
    struct stat status;
    return evd_path_from(buffer, reader->plan->folder, path) && stat(buffer->data, &status) == 0 &&
           S_ISREG(status.st_mode);
}

static bool check_file(struct evd_manifest_reader *reader, const char *name, const struct evd_setting *setting,
                       const char *path)
{
    struct evd_buffer buffer = {0};
    const bool is_there = is_file(reader, path, &buffer);
    evd_buffer_release(&buffer);
    const bool is_ledger = strcmp(name, "known") == 0;
    return is_there || evd_manifest_refuse(reader, setting->line, setting->column,
                                           "\"%s\": there is no file '%s' beside the manifest%s", name, path,
                                           is_ledger ? EVD_LEDGER_TO_BEGIN : "");
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

static bool read_file(struct evd_manifest_reader *reader, const struct evd_setting_key *key,
                      const struct evd_setting *setting, const char **text)
{
    return evd_manifest_string(reader, key->name, setting, text) &&
           (is_word_for(key, *text) || check_file(reader, key->name, setting, *text));
}

static bool read_files(struct evd_manifest_reader *reader, const struct evd_setting_key *key,
                       const struct evd_setting *setting, struct evd_batch_list *list)
{
    if (!evd_manifest_list(reader, key->name, setting, list))
        return false;
    if (list->count > EVD_LEDGER_FILES_MAX)
        return evd_manifest_refuse(reader, setting->line, setting->column, "\"%s\" is to name at most %d files",
                                   key->name, EVD_LEDGER_FILES_MAX);
    for (size_t i = 0; i < list->count; i++) {
        const struct evd_setting *item = setting->type == EVD_SETTING_ARRAY ? &setting->array.items[i] : setting;
        if (!check_file(reader, key->name, item, list->items[i]))
            return false;
    }
    return true;
}

static bool read_word(struct evd_manifest_reader *reader, const struct evd_setting_key *key,
                      const struct evd_setting *setting, const char **text)
{
    static const char *const INDEX_WORDS[] = {"auto", "off", "require", "save"};
    if (!evd_manifest_string(reader, key->name, setting, text))
        return false;
    if (strcmp(key->name, "index") != 0)
        return true;
    for (size_t i = 0; i < sizeof INDEX_WORDS / sizeof INDEX_WORDS[0]; i++)
        if (strcmp(*text, INDEX_WORDS[i]) == 0)
            return true;
    return evd_manifest_refuse_type(reader, key->name, setting, "\"auto\", \"off\", \"require\" or \"save\"");
}

bool evd_manifest_setting(struct evd_manifest_reader *reader, const struct evd_setting_key *key,
                          const struct evd_setting *setting, struct evd_batch_settings *settings)
{
    switch (key->kind) {
    case EVD_KIND_WORD: return read_word(reader, key, setting, evd_setting_text(settings, key));
    case EVD_KIND_FILE: return read_file(reader, key, setting, evd_setting_text(settings, key));
    case EVD_KIND_AMOUNT:
    case EVD_KIND_SIZE: return evd_manifest_amount(reader, key, setting, evd_setting_text(settings, key));
    case EVD_KIND_NAMES: return evd_manifest_names(reader, key->name, setting, evd_setting_text(settings, key));
    case EVD_KIND_FILES: return read_files(reader, key, setting, evd_setting_list(settings, key));
    case EVD_KIND_DURATION: return evd_manifest_duration(reader, key->name, setting, evd_setting_number(settings, key));
    case EVD_KIND_FLAG:
        *evd_setting_flag(settings, key) = setting->boolean;
        return setting->type == EVD_SETTING_BOOLEAN ||
               evd_manifest_refuse_type(reader, key->name, setting, "true or false");
    case EVD_KIND_COUNT:
        *evd_setting_number(settings, key) = (uint64_t)setting->integer;
        return (setting->type == EVD_SETTING_INTEGER && setting->integer >= 1 && setting->integer <= EVD_CONFIRM_MAX) ||
               evd_manifest_refuse_type(reader, key->name, setting, "a number of nights from 1 to 1000");
    }
    return false;
}

bool evd_manifest_refuse_key(struct evd_manifest_reader *reader, const struct evd_setting_member *member,
                             const char *where, const char *const *others, size_t other_count)
{
    const char *names[64];
    size_t count = 0;
    for (const struct evd_setting_key *key = evd_setting_keys; key->name != NULL; key++)
        names[count++] = key->name;
    for (size_t i = 0; i < other_count; i++)
        names[count++] = others[i];
    const char *meant = evd_suggest_name(member->key, strlen(member->key), names, count);
    return evd_manifest_refuse(
        reader, member->line, member->column, "\"%.64s\" is no key of %s%s%s%s", member->key, where,
        meant != NULL ? "; did you mean \"" : "", meant != NULL ? meant : "", meant != NULL ? "\"?" : "");
}

bool evd_manifest_defaults(struct evd_manifest_reader *reader, const struct evd_setting *table,
                           struct evd_batch_settings *defaults)
{
    if (table->type != EVD_SETTING_TABLE)
        return evd_manifest_refuse_type(reader, "defaults", table, "a table: [defaults]");
    for (size_t i = 0; i < table->table.count; i++) {
        const struct evd_setting_member *member = &table->table.members[i];
        const struct evd_setting_key *key = evd_setting_key(member->key);
        if (key == NULL)
            return evd_manifest_refuse_key(reader, member, "[defaults]", NULL, 0);
        if (!evd_manifest_setting(reader, key, &member->value, defaults))
            return false;
    }
    return true;
}
