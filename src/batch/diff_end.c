#include "batch/diff_end.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "batch/settings.h"

/* The key of a manifest whose option is at `text`, where a word begins; NULL: none. */
static const struct evd_setting_key *key_at(const char *text, size_t *length)
{
    for (const struct evd_setting_key *key = evd_setting_keys; key->name != NULL; key++) {
        *length = key->option != NULL ? strlen(key->option) : 0;
        const char after = *length > 0 && strncmp(text, key->option, *length) == 0 ? text[*length] : '-';
        if (after != '-' && (after < 'a' || after > 'z'))
            return key;
    }
    return NULL;
}

/* A diff knows options; whoever reads of it in a batch has a manifest, whose keys they are. */
static void tell_keys(const char *words, char *message, size_t size)
{
    size_t length = 0, option_length;
    for (size_t i = 0; words[i] != '\0' && length + 1 < size;) {
        const bool begins = words[i] == '-' && (i == 0 || strchr(" (\n", words[i - 1]) != NULL);
        const struct evd_setting_key *key = begins ? key_at(words + i, &option_length) : NULL;
        if (key == NULL) {
            message[length++] = words[i++];
            continue;
        }
        const int added =
            snprintf(message + length, size - length, key->kind == EVD_KIND_FLAG ? "%s = true" : "\"%s\"", key->name);
        length += (size_t)added < size - length ? (size_t)added : size - length - 1;
        i += option_length;
    }
    message[length] = '\0';
}

void evd_diff_tell_end(const struct evd_child *child, const struct evd_child_end *child_end, uint64_t timeout_seconds,
                       char *message, size_t size)
{
    const char *name = sigabbrev_np(child_end->signal);
    char how[128] = "";
    if (child->is_timeout)
        snprintf(how, sizeof how, "took longer than its timeout of %llu s, and was ended\n",
                 (unsigned long long)timeout_seconds);
    else if (child_end->signal == SIGKILL)
        snprintf(how, sizeof how, "was killed by SIGKILL, as the system does where memory runs out\n");
    else if (child_end->signal != 0)
        snprintf(how, sizeof how, "ended by SIG%s\n", name != NULL ? name : "?");
    size_t length = (size_t)snprintf(message, size, "%s", how);
    tell_keys(child->tail, message + length, size - length);
    length = strlen(message);
    while (length > 0 && message[length - 1] == '\n')
        message[--length] = '\0';
}

/* What the last words of a diff say: those of the system, or that no thread has a counterpart. */
static enum evd_batch_result result_of_words(const char *tail)
{
    if (strstr(tail, strerror(EIO)) != NULL)
        return EVD_RESULT_DEVICE;
    if (strstr(tail, strerror(ENOMEM)) != NULL || strstr(tail, "out of memory") != NULL)
        return EVD_RESULT_NO_MEMORY;
    return strstr(tail, "no two threads ") != NULL ? EVD_RESULT_NOT_PAIRED : EVD_RESULT_MALFORMED;
}

bool evd_diff_met_full_disk(const char *tail)
{
    return strstr(tail, strerror(ENOSPC)) != NULL || strstr(tail, strerror(EDQUOT)) != NULL ||
           strstr(tail, strerror(EFBIG)) != NULL;
}

enum evd_batch_result evd_diff_result(const struct evd_child *child, const struct evd_child_end *child_end)
{
    if (child->is_timeout)
        return EVD_RESULT_TIMEOUT;
    if (child_end->signal != 0)
        return child_end->signal == SIGKILL ? EVD_RESULT_KILLED : EVD_RESULT_CRASH;
    if (child_end->exit_code == 0 || child_end->exit_code == 3)
        return EVD_RESULT_DONE;
    return result_of_words(child->tail);
}
