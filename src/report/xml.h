/* Text in XML 1.0. */
#ifndef EVD_REPORT_XML_H
#define EVD_REPORT_XML_H

#include "base/buffer.h"
#include "evdiff/text.h"

/* Appends a text as the content of an element, or of an attribute in double quotes. What is no line of UTF-8, and so
 * whatever XML 1.0 forbids, is escaped as in the text report; line ends stay where `has_lines`. */
void evd_append_xml(struct evd_buffer *out, struct evd_text text, bool has_lines);

#endif
