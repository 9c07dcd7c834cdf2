#include "base/pages.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

void *evd_pages_alloc(size_t size)
{
    void *pages =
        mmap(NULL, size ? size : 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

void *evd_pages_alloc_small(size_t size)
{
    void *pages = evd_pages_alloc(size);
#ifdef MADV_NOHUGEPAGE
    if (pages != NULL)
        madvise(pages, size ? size : 1, MADV_NOHUGEPAGE);
#endif
    return pages;
}

void *evd_pages_alloc_whole(size_t size)
{
    void *pages = evd_pages_alloc(size);
    if (pages == NULL)
        return NULL;
        /* Hints: what the system does not know costs time only. */
#ifdef MADV_HUGEPAGE
    madvise(pages, size, MADV_HUGEPAGE);
#endif
#ifdef MADV_POPULATE_WRITE
    madvise(pages, size, MADV_POPULATE_WRITE);
#endif
    return pages;
}

void *evd_pages_alloc_large(size_t size)
{
    if (size < EVD_LARGE_PAGE_BYTES)
        return evd_pages_alloc(size);
    /* Some more, and what is before and after the pages that are wanted given back. */
    if (size > SIZE_MAX - EVD_LARGE_PAGE_BYTES)
        return NULL;
    char *pages = evd_pages_alloc(size + EVD_LARGE_PAGE_BYTES);
    if (pages == NULL)
        return NULL;
    const size_t before = (EVD_LARGE_PAGE_BYTES - (uintptr_t)pages % EVD_LARGE_PAGE_BYTES) % EVD_LARGE_PAGE_BYTES;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t kept = (size + page - 1) / page * page;
    if (before > 0)
        munmap(pages, before);
    if (EVD_LARGE_PAGE_BYTES - before > kept - size)
        munmap(pages + before + kept, EVD_LARGE_PAGE_BYTES - before - (kept - size));
#ifdef MADV_HUGEPAGE
    madvise(pages + before, kept, MADV_HUGEPAGE);
#endif
    return pages + before;
}

void *evd_pages_resize(void *pages, size_t size, size_t new_size)
{
    void *moved = mremap(pages, size ? size : 1, new_size ? new_size : 1, MREMAP_MAYMOVE);
    return moved == MAP_FAILED ? NULL : moved;
}

void evd_pages_forget(void *begin, size_t size)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t from = ((uintptr_t)begin + page - 1) / page * page, to = ((uintptr_t)begin + size) / page * page;
    /* A hint: what the system does not take costs memory only. */
    if (from < to)
        madvise((unsigned char *)begin + (from - (uintptr_t)begin), to - from, MADV_DONTNEED);
}

void evd_pages_free(void *pages, size_t size)
{
    if (pages != NULL)
        munmap(pages, size ? size : 1);
}
