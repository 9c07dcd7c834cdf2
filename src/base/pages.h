/* Pages: large zeroed memory straight from the system, which it goes back to at once when freed. */
#ifndef EVD_BASE_PAGES_H
#define EVD_BASE_PAGES_H

#include <stddef.h>

enum { EVD_LARGE_PAGE_BYTES = 2 << 20 }; /* of most processors; elsewhere less is gained by them */

/* Zeroed memory of `size` bytes, which costs nothing until it is touched; NULL when the system
 * refuses. A size of 0 gives a pointer that is only good for evd_pages_free. */
void *evd_pages_alloc(size_t size);

/* The same for memory that is about to be written from end to end: the system is asked for all of it at once, in
 * large pages where it has them, instead of page by page. */
void *evd_pages_alloc_whole(size_t size);

/* The same for memory that is written from its beginning on, who knows how far: from EVD_LARGE_PAGE_BYTES on in large pages where the system has
 * them, each when it is touched. */
void *evd_pages_alloc_large(size_t size);

/* The same for memory of which little will be touched, likely: never in large pages, which take all of one at once. */
void *evd_pages_alloc_small(size_t size);

/* Makes memory of evd_pages_alloc longer or shorter; it may move, and is not copied. NULL when the system refuses, and then
 * it is as it was. */
void *evd_pages_resize(void *pages, size_t size, size_t new_size);

/* Gives the whole pages among `size` bytes at `begin` back to the system. What was there is lost; the memory stays the
 * caller's, of whatever allocator it is. Cost: a call of the system. */
void evd_pages_forget(void *begin, size_t size);

/* `size` as allocated. Takes NULL too. */
void evd_pages_free(void *pages, size_t size);

#endif
