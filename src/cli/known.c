/* evdiff known: changes and checks ledgers of what is known (docs/ledger.md). */
#include "known.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ledgers.h"
#include "options.h"
#include "places.h"
#include "run_paths.h"

enum {
    OPTION_FILE = CLI_COMMAND_CODES,
    OPTION_STATE,
    OPTION_JOB,
    OPTION_BUG,
    OPTION_OWNER,
    OPTION_UNTIL,
    OPTION_REASON,
};

static const struct cli_option OPTIONS[] = {
    CLI_OPTION(OPTION_FILE, "file", "F", "add, learn: the ledger; made when it is not there"),
    CLI_OPTION(OPTION_STATE, "state", "STATE", "add, learn: noise, known, flaky or fixed"),
    CLI_OPTION(OPTION_JOB, "job", "PATTERN", "add, learn: for which jobs; default: *"),
    CLI_OPTION(OPTION_BUG, "bug", "URL", "add: where it is told"),
    CLI_OPTION(OPTION_OWNER, "owner", "NAME", "add: who looks after it"),
    CLI_OPTION(OPTION_UNTIL, "until", "DAY", "add: the last day it holds, as 2027-02-01"),
    CLI_OPTION(OPTION_REASON, "reason", "TEXT", "add, learn: why it is listed"),
    CLI_OPTION('n', "dry-run", NULL, "print what would change, and write nothing"),
    CLI_OPTIONS_END,
};

static struct evd_text text_of(const char *string)
{
    return (struct evd_text){string, strlen(string)};
}

static bool read_until(struct known_request *request, const char *text)
{
    request->given |= KNOWN_UNTIL;
    request->until = evd_ledger_read_day(text, strlen(text));
    if (request->until != 0 || *text == '\0')
        return true;
    cli_usage_error("known", "--until: '%s' is no day, as 2027-02-01", text);
    return false;
}

static bool read_state(struct known_request *request, const char *text)
{
    const char *words[EVD_LEDGER_STATES + 1];
    int word;
    for (int i = 0; i <= EVD_LEDGER_STATES; i++)
        words[i] = evd_ledger_state_name((enum evd_ledger_state)i);
    if (!cli_read_word_option("known", "state", text, words, &word))
        return false;
    request->given |= KNOWN_STATE;
    request->state = (enum evd_ledger_state)word;
    return true;
}

static bool read_job(struct known_request *request, const char *text)
{
    request->given |= KNOWN_JOB;
    request->job = text_of(text);
    if (*text != '\0')
        return true;
    cli_usage_error("known", "--job: an empty pattern is for no job; * is for all");
    return false;
}

static bool read_option(void *arguments, int code)
{
    struct known_request *request = arguments;
    switch (code) {
    case OPTION_STATE: return read_state(request, optarg);
    case OPTION_UNTIL: return read_until(request, optarg);
    case OPTION_JOB: return read_job(request, optarg);
    case OPTION_FILE:
        request->given |= KNOWN_FILE;
        request->file = optarg;
        return true;
    case OPTION_BUG:
        request->given |= KNOWN_BUG;
        request->bug = text_of(optarg);
        return true;
    case OPTION_OWNER:
        request->given |= KNOWN_OWNER;
        request->owner = text_of(optarg);
        return true;
    case OPTION_REASON:
        request->given |= KNOWN_REASON;
        request->reason = text_of(optarg);
        return true;
    case 'n': request->given |= KNOWN_DRY_RUN; return true;
    default: return false;
    }
}

static const struct cli_usage USAGE = {
    .command = "known",
    .synopsis = "evdiff known add OUTCOME|NIGHT SIG... --state STATE --file F [OPTION]...\n"
                "       evdiff known learn OUTCOME|NIGHT... --state STATE --file F [OPTION]...\n"
                "       evdiff known check F|NIGHT...\n"
                "       evdiff known prune [-n] NIGHT\n"
                "       evdiff known rekey [-n] F\n"
                "       evdiff known merge [-n] BASE OURS THEIRS",
    .summary =
        "Change and check ledgers, which list the families of divergences that are known.\n"
        "Add lists families of a saved outcome, or of a night's folder, by the first digits of their signatures; learn lists all of them, of a night's "
        "folder those of all jobs, and leaves alone what is listed in another state.\n"
        "Check tells lines that are none, doubled or expired; of a night's folder also those that prune would change.\n"
        "Prune makes lines of a night's ledgers fixed whose places were passed for three nights in a row in all jobs that had them, "
        "and takes out those that are stale.\n"
        "Rekey makes the signatures those of the words.\n"
        "Merge is a merge driver for git: it brings into OURS what THEIRS changed since BASE.",
    .options = OPTIONS,
    .epilogue = "What changes in the file is printed as diff -U0 does.\n"
                "Exit status: 0 done; 1 check found a fault, or a conflict is left by merge; 2 trouble: nothing is "
                "written.",
    .read = read_option,
};

/* ── check ── */

static void print_fault(const char *path, uint64_t line, uint64_t column, const char *message)
{
    cli_print_line("%s:%llu:%llu: %s", path, (unsigned long long)line, (unsigned long long)column, message);
}

/* Prints what is wrong with a file, by its lines; how many faults it has. */
static size_t print_faults(struct evd_ledger_file *file, const char *path, evd_day now)
{
    size_t count, entry_count, printed = 0, faults = 0;
    const struct evd_ledger_problem *problems = evd_ledger_file_problems(file, &count);
    const struct evd_ledger_entry *entries = evd_ledger_file_entries(file, &entry_count);
    for (size_t i = 0; i <= entry_count; i++) {
        const uint64_t line = i < entry_count ? entries[i].line : UINT64_MAX;
        for (; printed < count && problems[printed].line <= line; printed++, faults++)
            print_fault(path, problems[printed].line, problems[printed].column, problems[printed].message);
        if (i == entry_count || entries[i].until == 0 || entries[i].until >= now)
            continue;
        const evd_day until = entries[i].until;
        char message[128];
        snprintf(message, sizeof message, "expired: it held until %04u-%02u-%02u", (unsigned)(until / 10000 % 10000),
                 (unsigned)(until / 100 % 100), (unsigned)(until % 100));
        print_fault(path, line, 1, message);
        faults++;
    }
    return faults;
}

static int check_file(const char *path, evd_day now)
{
    struct evd_ledger_file *file;
    struct evd_error error;
    size_t entry_count;
    const enum evd_status status = evd_ledger_file_read(path, false, &file, &error);
    if (status == EVD_E_INPUT) {
        print_fault(path, error.line, error.column, error.message);
        return EXIT_FOUND;
    }
    if (status != EVD_OK)
        return cli_report_error(&error);
    const size_t faults = print_faults(file, path, now);
    evd_ledger_file_entries(file, &entry_count);
    if (faults == 0)
        cli_print_line("%s: %zu entr%s, no fault", path, entry_count, entry_count == 1 ? "y" : "ies");
    evd_ledger_file_free(file);
    return faults > 0 ? EXIT_FOUND : EXIT_DONE;
}

static int check_today(const char *path)
{
    return check_file(path, cli_today());
}

static int check(const struct known_request *request)
{
    int worst = EXIT_DONE;
    for (size_t i = 0; i < request->operand_count; i++) {
        const char *path = request->operands[i];
        const int code = cli_is_folder(path) ? known_check_night(path, check_today) : check_today(path);
        worst = code > worst ? code : worst;
    }
    return cli_finish_output(worst);
}

/* ── rekey ── */

static int rekey(const struct known_request *request)
{
    struct evd_error error;
    size_t count;
    struct known_edit *edit = known_edit_open(request, request->operands[0], false, true);
    if (edit == NULL)
        return EXIT_TROUBLE;
    if (evd_ledger_file_rekey(known_edit_file(edit), &count, &error) == EVD_OK)
        return known_edit_commit(edit, true);
    known_edit_discard(edit);
    return cli_report_error(&error);
}

/* ── merge ── */

/* Reads the file that both sides come from. Where both made the file, git's is empty. */
static enum evd_status read_base(const char *path, struct evd_ledger_file **file, struct evd_error *error)
{
    struct stat status;
    char header[32];
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > 0)
        return evd_ledger_file_read(path, false, file, error);
    const int length = snprintf(header, sizeof header, "#evdiff known %d\n", EVD_SIGNATURE_RECIPE);
    return evd_ledger_file_read_text(path, header, (size_t)length, file, error);
}

/* Reads the other side, which must be without faults: a line that is none could not be merged by what it says. */
static enum evd_status read_theirs(const char *path, struct evd_ledger_file **file, struct evd_error *error)
{
    size_t count;
    enum evd_status status = evd_ledger_file_read(path, false, file, error);
    if (status != EVD_OK)
        return status;
    const struct evd_ledger_problem *problem = evd_ledger_file_problems(*file, &count);
    if (count == 0)
        return EVD_OK;
    *error = (struct evd_error){.status = EVD_E_INPUT, .line = problem->line, .column = problem->column};
    snprintf(error->path, sizeof error->path, "%s", path);
    snprintf(error->message, sizeof error->message, "%s", problem->message);
    return EVD_E_INPUT;
}

static int merge_into(const struct known_request *request, struct evd_ledger_file *base, struct evd_ledger_file *theirs)
{
    struct evd_error error;
    size_t conflicts;
    struct known_edit *edit = known_edit_open(request, request->operands[1], false, false);
    if (edit == NULL)
        return EXIT_TROUBLE;
    if (evd_ledger_file_merge(known_edit_file(edit), base, theirs, &conflicts, &error) != EVD_OK) {
        known_edit_discard(edit);
        return cli_report_error(&error);
    }
    const int code = known_edit_commit(edit, false); /* git tells what a merge changed */
    if (code != EXIT_DONE || conflicts == 0)
        return code;
    cli_say("%s: %zu entr%s both sides changed differently %s between marks", request->operands[1], conflicts,
            conflicts == 1 ? "y that" : "ies that", conflicts == 1 ? "is" : "are");
    return EXIT_FOUND;
}

static int merge(const struct known_request *request)
{
    struct evd_ledger_file *base = NULL, *theirs = NULL;
    struct evd_error error;
    int code = EXIT_TROUBLE;
    if (read_base(request->operands[0], &base, &error) == EVD_OK &&
        read_theirs(request->operands[2], &theirs, &error) == EVD_OK)
        code = merge_into(request, base, theirs);
    else
        cli_report_error(&error);
    evd_ledger_file_free(base);
    evd_ledger_file_free(theirs);
    return code;
}

/* ── The command ── */

struct action {
    const char *name;
    const char *needs; /* in words, where it has too few operands or too many */
    size_t least, most;
    unsigned takes, wants; /* options */
    int (*run)(const struct known_request *request);
};

static const struct action ACTIONS[] = {
    {"add", "an outcome and signatures of its families are needed", 2, SIZE_MAX,
     KNOWN_FILE | KNOWN_STATE | KNOWN_JOB | KNOWN_BUG | KNOWN_OWNER | KNOWN_UNTIL | KNOWN_REASON | KNOWN_DRY_RUN,
     KNOWN_FILE | KNOWN_STATE, known_add},
    {"learn", "outcomes are needed, or folders of nights", 1, SIZE_MAX,
     KNOWN_FILE | KNOWN_STATE | KNOWN_JOB | KNOWN_REASON | KNOWN_DRY_RUN, KNOWN_FILE | KNOWN_STATE, known_learn},
    {"check", "a ledger is needed", 1, SIZE_MAX, 0, 0, check},
    {"prune", "the folder of one night is needed", 1, 1, KNOWN_DRY_RUN, 0, known_prune},
    {"rekey", "one ledger is needed", 1, 1, KNOWN_DRY_RUN, 0, rekey},
    {"merge", "three files are needed, BASE OURS THEIRS", 3, 3, KNOWN_DRY_RUN, 0, merge},
};
enum { ACTION_COUNT = sizeof ACTIONS / sizeof ACTIONS[0] };

static const struct action *find_action(const char *name)
{
    const char *names[ACTION_COUNT];
    for (size_t i = 0; i < ACTION_COUNT; i++) {
        names[i] = ACTIONS[i].name;
        if (strcmp(name, names[i]) == 0)
            return &ACTIONS[i];
    }
    const char *meant = evd_suggest_name(name, strlen(name), names, ACTION_COUNT);
    if (meant != NULL)
        cli_usage_error("known", "'%s' is not an action; did you mean '%s'?", name, meant);
    else
        cli_usage_error("known", "'%s' is not an action; they are add, learn, check, prune, rekey and merge", name);
    return NULL;
}

/* Options and operands fit the action; false after a message. */
static bool fits(const struct action *action, const struct known_request *request)
{
    static const char *const NAMES[] = {"file", "state", "job", "bug", "owner", "until", "reason", "dry-run"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        const unsigned bit = 1U << i;
        if ((request->given & bit) != 0 && (action->takes & bit) == 0) {
            cli_usage_error("known", "%s takes no --%s", action->name, NAMES[i]);
            return false;
        }
        if ((request->given & bit) == 0 && (action->wants & bit) != 0) {
            cli_usage_error("known", "%s needs --%s", action->name, NAMES[i]);
            return false;
        }
    }
    if (request->operand_count >= action->least && request->operand_count <= action->most)
        return true;
    cli_usage_error("known", "%s: %s", action->name, action->needs);
    return false;
}

/* Lists what is read and written, and compares it. */
static bool settle(const struct known_request *request, const struct action *action)
{
    const bool is_dry_run = (request->given & KNOWN_DRY_RUN) != 0;
    const bool is_merge = action->run == merge, has_file = request->file != NULL;
    const char *changed =
        has_file ? request->file
        : action->run == check || action->run == known_prune
            ? NULL
            : request->operands[is_merge];
    const size_t inputs = action->run == known_add ? 1 : request->operand_count;
    struct cli_run_paths paths = {0};
    for (size_t i = 0; i < inputs; i++)
        if (request->operands[i] != changed)
            cli_run_paths_read(&paths,
                               is_merge                     ? "one of the files to merge"
                               : has_file                   ? "one of the outcomes"
                               : action->run == known_prune ? "the night"
                                                            : "a ledger",
                               request->operands[i]);
    if (changed != NULL && is_dry_run)
        cli_run_paths_read(&paths, "the ledger", changed);
    else if (changed != NULL)
        cli_run_paths_write(&paths, has_file ? "--file" : "the ledger", changed);
    cli_run_paths_write(&paths, "what changed", NULL);
    return cli_run_paths_settle(&paths, "known");
}

static int run(int argc, char **argv)
{
    struct known_request request = {.file = NULL};
    int code;
    if (!cli_read_options(&USAGE, argc, argv, &request, &code))
        return code;
    if (optind == argc)
        return cli_usage_error("known", "an action is needed: add, learn, check, prune, rekey or merge");
    const struct action *action = find_action(argv[optind]);
    request.operands = argv + optind + 1;
    request.operand_count = (size_t)(argc - optind - 1);
    if (action == NULL || !fits(action, &request) || !settle(&request, action))
        return EXIT_TROUBLE;
    return action->run(&request);
}

const struct cli_command cli_known = {"known", "change and check ledgers of what is known", run};
