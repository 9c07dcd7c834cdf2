/* What a text is that is not UTF-8. */
#ifndef EVD_BASE_ENCODING_H
#define EVD_BASE_ENCODING_H

#include <stddef.h>

enum { EVD_ENCODING_BYTES = 4 }; /* so many of a text's first bytes tell all there is to tell */

/* The encoding of a text of 16 or 32 bits a letter, by the name that iconv knows: by its byte-order mark, or by the
 * zeros around its first letters, which are ASCII. NULL: nothing tells that it is one. */
const char *evd_wide_encoding(const char *text, size_t length);

#endif
