/* Validate: the slow, plain twin of the parser, which says where a text stops being JSON. */
#ifndef EVD_JSON_VALIDATE_H
#define EVD_JSON_VALIDATE_H

#include "json/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Finds the first byte at which a text stops being one JSON object; the slow, plain twin of
 * evd_json_parse, which asks it for the place once simdjson has refused. True: the text is valid.
 * Reads no byte beyond `length`. Cost: linear in length, about a tenth of evd_json_parse's rate. */
bool evd_json_validate(const char *text, size_t length, struct evd_json_fault *fault);

/* The closing quote of the string whose first byte after the opening quote is at `text`, or NULL when it
 * is not valid before `end`. Cost: linear. */
const char *evd_json_skip_string(const char *text, const char *end);

#ifdef __cplusplus
}
#endif

#endif
