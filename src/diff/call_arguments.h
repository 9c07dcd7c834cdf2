/* Call arguments: what a call is about, in one line. A return says that a call failed; on what, the call before it says. */
#ifndef EVD_DIFF_CALL_ARGUMENTS_H
#define EVD_DIFF_CALL_ARGUMENTS_H

#include "base/buffer.h"
#include "log/log.h"
#include "walk/event_view.h"

/* Appends what evd_quotation::arguments has of `count` events at a position of a thread; nothing where there is none. Errors: as
 * evd_reader_read. Cost: a parse of at most EVD_QUOTATION_RUN_MAX + EVD_ARGUMENTS_BACK_MAX events. */
enum evd_status evd_call_arguments(struct evd_reader *reader, const struct evd_log *log,
                                   const struct evd_stream *stream, uint64_t position, uint64_t count,
                                   struct evd_buffer *scratch, struct evd_buffer *out, struct evd_error *error);

#endif
