/* A program that uses the installed library, as C and as C++. Arguments: two logs. */
#include <stdio.h>

#include <evdiff/evdiff.h>

int main(int argc, char **argv)
{
    struct evd_rules *rules = NULL;
    struct evd_log *logs[2] = {NULL, NULL};
    struct evd_outcome *outcome = NULL;
    struct evd_error error;
    if (argc != 3)
        return 2;
    const char *paths[2] = {argv[1], argv[2]};
    enum evd_status status = evd_rules_load(NULL, NULL, &rules, &error);
    if (status == EVD_OK)
        status = evd_logs_open(paths, 2, rules, NULL, logs, NULL, NULL, NULL, &error);
    if (status == EVD_OK)
        status = evd_diff(logs[0], logs[1], NULL, &outcome, &error);
    if (status == EVD_OK)
        printf("%zu pairs\n", outcome->pair_count);
    else
        fprintf(stderr, "%s\n", error.message);
    evd_outcome_free(outcome);
    evd_log_free(logs[0]);
    evd_log_free(logs[1]);
    evd_rules_free(rules);
    return status != EVD_OK;
}
