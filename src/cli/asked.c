#include "asked.h"

#include <string.h>

static struct evd_text text_of(const char *text)
{
    return (struct evd_text){text, strlen(text)};
}

static void add(struct cli_asked *asked, const char *option, const char *argument, bool is_path)
{
    if (argument != NULL && asked->count < CLI_ASKED_MAX)
        asked->options[asked->count++] = (struct evd_asked_option){text_of(option), text_of(argument), is_path};
}

static void add_flag(struct cli_asked *asked, const char *option, bool is_set)
{
    add(asked, option, is_set ? "" : NULL, false);
}

void cli_asked_list(struct cli_asked *asked, const struct cli_foreign *foreign, const struct cli_comparison *comparison,
                    const struct cli_pairing *pairing, const struct evd_read_options *reading)
{
    *asked = (struct cli_asked){.count = 0};
    add(asked, "--from", foreign->format, false);
    add(asked, "--mapping", foreign->mapping, true);
    /* Rules that were found by a name are not of the path that was given. */
    add(asked, "--rules", comparison->rules != NULL ? comparison->given : NULL, comparison->rules == comparison->given);
    add_flag(asked, "--no-canonicalize-allocators", comparison->options.keep_allocator_returns);
    add_flag(asked, "--no-canonicalize-host-heap-fields", comparison->options.keep_host_heap_fields);
    add(asked, "--disable-absorber", comparison->disabled, false);
    add(asked, "--tid-map", pairing->tid_map != NULL && pairing->from_file == NULL ? pairing->map : NULL, false);
    if (pairing->has_pair && pairing->pairing != EVD_PAIR_FIRST_CALL)
        add(asked, "--pair", "similarity", false);
    add(asked, "--pair", pairing->file, true);
    add_flag(asked, "--tolerant", reading->is_tolerant);
}

const struct evd_text *cli_asked_argument(const struct evd_outcome *outcome, const char *option)
{
    for (size_t i = 0; i < outcome->asked_count; i++) {
        const struct evd_asked_option *asked = &outcome->asked[i];
        if (asked->option.length == strlen(option) && memcmp(asked->option.bytes, option, asked->option.length) == 0)
            return &asked->argument;
    }
    return NULL;
}
