#include "log/reread.h"

#include "base/fail.h"

bool evd_reread_init(struct evd_reread *reread)
{
    *reread = (struct evd_reread){.parser = evd_json_parser_create()};
    return reread->parser != NULL;
}

void evd_reread_release(struct evd_reread *reread)
{
    evd_line_reader_release(&reread->lines);
    evd_json_parser_destroy(reread->parser);
    evd_hasher_release(&reread->hasher);
    evd_member_list_release(&reread->members);
}

enum evd_status evd_reread_event(struct evd_reread *reread, const struct evd_log *log, const struct evd_event *event,
                                 struct evd_reread_event *read, struct evd_error *error)
{
    struct evd_json_fault json_fault;
    struct evd_line_fault fault;
    evd_hasher_reset(&reread->hasher);
    read->text = evd_line_read(&reread->lines, log, evd_event_offset(event));
    reread->bytes_read += read->text.length;
    if (read->text.bytes == NULL)
        return reread->lines.copy.failed ? evd_fail_memory(error) : evd_log_check(log, true, error);
    read->tape = evd_json_parse(reread->parser, read->text.bytes, read->text.length, &json_fault);
    if (read->tape == NULL)
        return json_fault.reason == NULL ? evd_fail_memory(error) : evd_log_check(log, true, error);
    if (!evd_event_read(&reread->hasher, log->rules, read->tape, &read->fields, &fault))
        return fault.reason == NULL ? evd_fail_memory(error) : evd_log_check(log, true, error);
    evd_event_summarize(&reread->hasher, &reread->members, read->tape, &read->fields, &read->summary);
    if (reread->hasher.failed)
        return evd_fail_memory(error);
    /* One that takes part by its text may have been left out since (walk/arrange.h). */
    const bool is_left_out = log->rules->arranges && evd_event_tag(event) == EVD_TAG_ENGINE_LOCAL;
    const unsigned tag = is_left_out ? EVD_TAG_ENGINE_LOCAL : read->summary.tag;
    return evd_event_is(event, read->summary.key, tag) ? EVD_OK : evd_log_check(log, true, error);
}
