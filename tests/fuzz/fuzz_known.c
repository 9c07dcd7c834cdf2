/* Fuzzes the reader of ledgers: any bytes are refused, or become a file that is written as it was read, whose problems have
 * places, and whose lines say again what they said. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <evdiff/ledger.h>

#include "base/buffer.h"
#include "demand.h"

static bool keep(void *context, const char *bytes, size_t length)
{
    evd_buffer_append(context, bytes, length);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct evd_ledger_file *file, *again, *base;
    struct evd_error error = {0};
    size_t count, problem_count, conflicts, rekeyed;
    if (evd_ledger_file_read_text("fuzz", (const char *)data, size, &file, &error) != EVD_OK) {
        demand(file == NULL && error.message[0] != '\0' && strchr(error.message, '\n') == NULL);
        return 0;
    }
    const struct evd_ledger_problem *problems = evd_ledger_file_problems(file, &problem_count);
    for (size_t i = 0; i < problem_count; i++)
        demand(problems[i].line > 1 && problems[i].column > 0 && strchr(problems[i].message, '\n') == NULL);
    struct evd_buffer text = {0};
    demand(evd_ledger_file_write(file, keep, &text, NULL) == EVD_OK);
    demand(text.length == size || text.length == size + 1);
    demand(memcmp(text.data, data, size) == 0);
    /* All entries into an empty file, and as a merge from an empty one. */
    static const char HEADER[] = "#evdiff known 1\n";
    demand(evd_ledger_file_read_text("again", HEADER, sizeof HEADER - 1, &again, NULL) == EVD_OK);
    demand(evd_ledger_file_read_text("base", HEADER, sizeof HEADER - 1, &base, NULL) == EVD_OK);
    const struct evd_ledger_entry *entries = evd_ledger_file_entries(file, &count);
    for (size_t i = 0; i < count && problem_count == 0; i++)
        demand(evd_ledger_file_put(again, &entries[i], NULL, NULL) == EVD_OK);
    if (problem_count == 0) {
        size_t put_count;
        evd_ledger_file_entries(again, &put_count);
        demand(put_count == count);
        demand(evd_ledger_file_merge(again, base, file, &conflicts, NULL) == EVD_OK && conflicts == 0);
    }
    demand(evd_ledger_file_rekey(file, &rekeyed, NULL) == EVD_OK);
    evd_buffer_release(&text);
    evd_ledger_file_free(file);
    evd_ledger_file_free(again);
    evd_ledger_file_free(base);
    return 0;
}
