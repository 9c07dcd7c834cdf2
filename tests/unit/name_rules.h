/* Rules with names of every form, for tests. */
#ifndef EVD_TESTS_NAME_RULES_H
#define EVD_TESTS_NAME_RULES_H

/* Addresses are each thread's own; handles are the log's or each thread's. */
#define NAME_RULES_WITH(scope_of_handles)                                                                 \
    "{\"rules\":\"evdiff.rules/1\",\"name\":\"n\","                                                       \
    "\"pairing\":{\"kind\":\"first\",\"field\":\"f\",\"why\":\"w\"},"                                     \
    "\"skipped_fields\":[{\"kind\":\"call\",\"fields\":[\"skipped\"],\"why\":\"w\"},"                     \
    "{\"kind\":\"return\",\"fields\":[\"skipped\"],\"why\":\"w\"}],"                                      \
    "\"name_classes\":["                                                                                  \
    "{\"class\":\"address\",\"at_least\":\"0x100\",\"scope\":\"thread\",\"why\":\"w\"},"                  \
    "{\"class\":\"handle\",\"at_least\":\"0x4\",\"at_most\":\"0xfff\",\"scope\":\"" scope_of_handles      \
    "\",\"why\":\"w\"}],"                                                                                 \
    "\"names\":["                                                                                         \
    "{\"form\":\"value\",\"class\":\"address\",\"kind\":\"call\",\"fields\":[\"args.*\"],\"why\":\"w\"}," \
    "{\"form\":\"value\",\"class\":\"handle\",\"kind\":\"call\",\"name_field\":\"name\","                 \
    "\"calls\":[\"read\"],\"fields\":[\"args.a0\"],\"why\":\"w\"},"                                       \
    "{\"form\":\"end\",\"class\":\"handle\",\"kind\":\"call\",\"name_field\":\"name\","                   \
    "\"calls\":[\"close\"],\"fields\":[\"args.a0\"],\"why\":\"w\"},"                                      \
    "{\"form\":\"end\",\"class\":\"address\",\"kind\":\"call\",\"name_field\":\"name\","                  \
    "\"calls\":[\"free\"],\"fields\":[\"args.a0\"],\"why\":\"w\"},"                                       \
    "{\"form\":\"birth\",\"class\":\"address\",\"kind\":\"return\",\"name_field\":\"name\","              \
    "\"calls\":[\"malloc\"],\"fields\":[\"value\"],\"why\":\"w\","                                        \
    "\"size\":{\"kind\":\"call\",\"field\":\"args.a0\"}},"                                                \
    "{\"form\":\"birth\",\"class\":\"handle\",\"kind\":\"return\",\"name_field\":\"name\","               \
    "\"calls\":[\"open\"],\"fields\":[\"value\"],\"why\":\"w\"}],"                                        \
    "\"priority_fields\":[{\"kind\":\"call\",\"form\":\"members\",\"fields\":[\"args\"],"                 \
    "\"name_field\":\"name\",\"why\":\"w\"}]}"

#define NAME_RULES             NAME_RULES_WITH("log")
#define NAME_RULES_OWN_HANDLES NAME_RULES_WITH("thread")

/* The names of calls that the rules know, and of two that they do not. */
static const char *const NAME_CALLS[] = {"use", "free", "malloc", "malloc", "open", "read", "close", "plain"};

#endif
