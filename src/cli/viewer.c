/* The viewer's screen and keys, on ncurses. Pages lie on each other: what is opened comes on top, and is put away again. */
#define _XOPEN_SOURCE_EXTENDED 1 /* wide characters */

#include "viewer.h"

#include <curses.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "cli.h"

enum {
    PAGES_MAX = 32,
    CONTEXT = 5,
    CONTROL = 0x1f,
    ESCAPE = 27,
    KEY_DELAY_MS = 25,
    MESSAGE_MAX = 400,
    SKIPPED_MAX = 1 << 20
};
enum color { COLOR_PLAIN, COLOR_CANARY, COLOR_OURS, COLOR_SOFT };

struct viewer {
    struct cli_viewed *viewed;
    struct cli_page pages[PAGES_MAX];
    size_t depth; /* pages; the last one is shown */
    int skipped;  /* columns of lines that lie before the screen */
    char search[CLI_SEARCH_MAX + 1];
    char message[MESSAGE_MAX];
    bool has_failed; /* memory ran out */
};

static struct cli_page *shown(struct viewer *viewer)
{
    return &viewer->pages[viewer->depth - 1];
}

static size_t screen_rows(void)
{
    return LINES > 2 ? (size_t)LINES - 2 : 1;
}

/* ── Drawing ── */

/* Where a line is cut. */
static int put_ellipsis(void)
{
    addstr(MB_CUR_MAX > 1 ? "…" : "~");
    return 1;
}

/* The text of a line but for its first `skipped` columns, cut to the screen. Without UTF-8 what is not ASCII is a question
 * mark. */
static void put_line_from(int row, const char *text, int skipped, attr_t attributes, short color)
{
    mbstate_t state = {0};
    int column = 0, passed = 0, width;
    const int rest = cli_columns(text) - skipped;
    const bool is_cut = rest > COLS;
    attr_set(attributes, color, NULL);
    move(row, 0);
    if (skipped > 0 && cli_columns(text) > 0) {
        column += put_ellipsis();
        skipped++;
    }
    for (size_t length; *text != '\0' && column < COLS - is_cut; text += length) {
        length = cli_next_letter(text, &state, &width);
        const int wide = width < 0 ? 1 : width;
        if (passed < skipped) {
            passed += wide;
            continue;
        }
        if (column + wide > COLS - is_cut)
            break;
        if (width < 0)
            addch('?');
        else
            addnstr(text, (int)length);
        column += wide;
    }
    if (is_cut && column < COLS)
        column += put_ellipsis();
    for (; (attributes & A_REVERSE) != 0 && column < COLS; column++)
        addch(' ');
    attr_set(A_NORMAL, 0, NULL);
    clrtoeol();
}

static void put_line(int row, const char *text, attr_t attributes, short color)
{
    put_line_from(row, text, 0, attributes, color);
}

/* The colour of a line of a text: canary's and our side of a change. */
static short color_of(const struct cli_page *page, const char *line)
{
    if (page->kind != CLI_PAGE_FAMILY || strncmp(line, "   ", 3) != 0)
        return COLOR_PLAIN;
    return line[3] == '-' ? COLOR_CANARY : line[3] == '+' ? COLOR_OURS : COLOR_PLAIN;
}

static void draw(struct viewer *viewer)
{
    struct cli_page *page = shown(viewer);
    const size_t rows = screen_rows();
    if (page->cursor < page->top)
        page->top = page->cursor;
    if (page->cursor >= page->top + rows)
        page->top = page->cursor - rows + 1;
    erase();
    char line[CLI_TITLE_MAX];
    cli_page_title(page, viewer->viewed, line, sizeof line);
    put_line(0, line, A_REVERSE, 0);
    for (size_t i = 0; i < rows && page->top + i < page->count; i++) {
        char *row = cli_page_row(page, viewer->viewed, page->top + i);
        viewer->has_failed |= row == NULL;
        if (row == NULL)
            return;
        const bool is_chosen = page->text == NULL && page->top + i == page->cursor;
        put_line_from((int)i + 1, row, viewer->skipped, is_chosen ? A_REVERSE : A_NORMAL, color_of(page, row));
        free(row);
    }
    cli_page_keys(page, line, sizeof line);
    put_line(LINES - 1, viewer->message[0] != '\0' ? viewer->message : line,
             viewer->message[0] != '\0' ? A_BOLD : A_DIM, viewer->message[0] != '\0' ? 0 : COLOR_SOFT);
    viewer->message[0] = '\0';
    refresh();
}

/* ── Pages ── */

static void make_text(struct viewer *viewer, struct cli_page *page)
{
    if (viewer->viewed->logs[EVD_CANARY] == NULL && !viewer->viewed->has_tried && page->kind == CLI_PAGE_FAMILY) {
        put_line(LINES - 1, " reading the logs …", A_BOLD, 0);
        refresh();
    }
    const bool is_made =
        page->kind == CLI_PAGE_FAMILY
            ? cli_page_family(page, viewer->viewed, COLS > 20 ? (unsigned)COLS : 20, viewer->message, MESSAGE_MAX)
            : cli_page_help(page);
    viewer->has_failed |= !is_made;
    if (is_made && page->cursor >= page->count)
        page->cursor = page->count > 0 ? page->count - 1 : 0;
}

static struct cli_page *push(struct viewer *viewer)
{
    if (viewer->depth == PAGES_MAX) { /* the oldest but one goes */
        cli_page_release(&viewer->pages[1]);
        memmove(&viewer->pages[1], &viewer->pages[2], (PAGES_MAX - 2) * sizeof viewer->pages[0]);
        viewer->depth--;
    }
    struct cli_page *page = &viewer->pages[viewer->depth++];
    *page = (struct cli_page){.context = CONTEXT};
    return page;
}

static void open_family(struct viewer *viewer, size_t family)
{
    struct cli_page *page = push(viewer);
    page->kind = CLI_PAGE_FAMILY;
    page->family = family;
    make_text(viewer, page);
}

/* Shows another list instead of all that is there. */
static void show_list(struct viewer *viewer, enum cli_page_kind kind, bool looks_only)
{
    while (viewer->depth > 0)
        cli_page_release(&viewer->pages[--viewer->depth]);
    struct cli_page *page = push(viewer);
    page->looks_only = looks_only;
    viewer->has_failed |=
        kind == CLI_PAGE_THREADS ? !cli_page_threads(page, viewer->viewed) : !cli_page_families(page, viewer->viewed);
}

static void open_chosen(struct viewer *viewer)
{
    const struct cli_page *page = shown(viewer);
    if (page->text != NULL || page->count == 0)
        return;
    const size_t item = page->items[page->cursor];
    if (page->kind == CLI_PAGE_FAMILIES) {
        open_family(viewer, item);
        return;
    }
    struct cli_page *families = push(viewer);
    families->has_pair = true;
    families->pair = item;
    viewer->has_failed |= !cli_page_families(families, viewer->viewed);
}

/* Brings the events around the place to the top. */
static void show_place(struct viewer *viewer)
{
    static const char HEAD[] = "Place ";
    struct cli_page *page = shown(viewer);
    for (size_t i = 0; i < page->count; i++)
        if (strncmp(page->text + page->lines[i], HEAD, sizeof HEAD - 1) == 0)
            page->cursor = page->top = i;
}

/* Shows another family, or another place of it, in the page that is there. */
static void change_family(struct viewer *viewer, size_t family, size_t place)
{
    struct cli_page *page = shown(viewer);
    page->cursor = page->family == family ? page->cursor : 0;
    page->family = family;
    page->place = place;
    make_text(viewer, page);
}

static void step_root(struct viewer *viewer, bool forward)
{
    const struct evd_outcome *outcome = viewer->viewed->outcome;
    const struct cli_page *page = shown(viewer);
    size_t family = page->family;
    while (forward ? family + 1 < outcome->family_count : family > 0) {
        family += forward ? 1 : (size_t)-1;
        if (outcome->families[family].is_root) {
            change_family(viewer, family, 0);
            return;
        }
    }
    snprintf(viewer->message, MESSAGE_MAX, "no %s root", forward ? "next" : "earlier");
}

static void step_place(struct viewer *viewer, bool forward)
{
    const struct cli_page *page = shown(viewer);
    size_t pair, divergence;
    if (!forward && page->place == 0)
        snprintf(viewer->message, MESSAGE_MAX, "this is its first place");
    else if (!cli_family_place(viewer->viewed->outcome, page->family, page->place + (forward ? 1 : (size_t)-1), &pair,
                               &divergence))
        snprintf(viewer->message, MESSAGE_MAX, "this is its last place");
    else
        change_family(viewer, page->family, page->place + (forward ? 1 : (size_t)-1));
    show_place(viewer);
}

static void follow_cause(struct viewer *viewer)
{
    const struct evd_family *family = &viewer->viewed->outcome->families[shown(viewer)->family];
    if (family->is_root)
        snprintf(viewer->message, MESSAGE_MAX, "it is a root: it follows from no other family");
    else
        open_family(viewer, family->follows);
}

static void change_context(struct viewer *viewer, bool has_more)
{
    struct cli_page *page = shown(viewer);
    const uint64_t context = has_more ? page->context * 2 : page->context / 2;
    page->context = context < 1 ? 1 : context > EVD_BESIDE_CONTEXT_MAX ? EVD_BESIDE_CONTEXT_MAX : context;
    make_text(viewer, page);
    show_place(viewer);
}

/* ── Searching ── */

/* Reads a line below the screen; false when it is given up. */
static bool ask(const char *prompt, char *answer)
{
    char text[CLI_SEARCH_MAX + 1] = "", line[CLI_SEARCH_MAX + 16];
    size_t length = 0;
    for (;;) {
        snprintf(line, sizeof line, "%s%s", prompt, text);
        move(LINES - 1, 0);
        clrtoeol();
        put_line(LINES - 1, line, A_NORMAL, 0);
        refresh();
        const int key = getch();
        if (key == '\n' || key == '\r' || key == KEY_ENTER) {
            strcpy(answer, text);
            return true;
        }
        if (key == ESCAPE || key == ERR || key == ('c' & CONTROL))
            return false;
        if ((key == KEY_BACKSPACE || key == 127 || key == 8) && length > 0)
            text[--length] = '\0';
        else if (key >= ' ' && key < 256 && key != 127 && length < CLI_SEARCH_MAX) {
            text[length++] = (char)key;
            text[length] = '\0';
        }
    }
}

static void find_next(struct viewer *viewer, bool forward)
{
    struct cli_page *page = shown(viewer);
    if (viewer->search[0] == '\0')
        return;
    for (size_t i = 1; i <= page->count; i++) {
        const size_t at = (page->cursor + (forward ? i : page->count - i)) % page->count;
        char *row = cli_page_row(page, viewer->viewed, at);
        const bool fits = row != NULL && strcasestr(row, viewer->search) != NULL;
        viewer->has_failed |= row == NULL;
        free(row);
        if (fits) {
            page->cursor = at;
            if (page->text != NULL)
                page->top = at;
            return;
        }
    }
    snprintf(viewer->message, MESSAGE_MAX, "not found: %s", viewer->search);
}

static void set_filter(struct viewer *viewer)
{
    struct cli_page *page = shown(viewer);
    if (page->text != NULL || !ask("&", page->filter))
        return;
    page->cursor = page->top = 0;
    viewer->has_failed |= page->kind == CLI_PAGE_THREADS ? !cli_page_threads(page, viewer->viewed)
                                                         : !cli_page_families(page, viewer->viewed);
}

/* ── Keys ── */

/* Moves the cursor of a list; of a text what is on the screen. */
static void move_by(struct viewer *viewer, long rows)
{
    struct cli_page *page = shown(viewer);
    const size_t height = screen_rows();
    const size_t last = page->count == 0     ? 0
                        : page->text != NULL ? (page->count > height ? page->count - height : 0)
                                             : page->count - 1;
    size_t at = page->text != NULL ? page->top : page->cursor;
    if (rows < 0)
        at = at > (size_t)-rows ? at - (size_t)-rows : 0;
    else
        at = (size_t)rows < last && at < last - (size_t)rows ? at + (size_t)rows : last;
    page->cursor = at;
    if (page->text != NULL)
        page->top = at;
}

/* A key that only a family's text knows; false when it is another. */
static bool take_family_key(struct viewer *viewer, int key)
{
    switch (key) {
    case ']': step_root(viewer, true); return true;
    case '[': step_root(viewer, false); return true;
    case '>': step_place(viewer, true); return true;
    case '<': step_place(viewer, false); return true;
    case 'c': follow_cause(viewer); return true;
    case '+': change_context(viewer, true); return true;
    case '-': change_context(viewer, false); return true;
    default: return false;
    }
}

static void resize(struct viewer *viewer)
{
    for (size_t i = 0; i < viewer->depth; i++)
        if (viewer->pages[i].text != NULL)
            make_text(viewer, &viewer->pages[i]);
}

static void take_key(struct viewer *viewer, int key)
{
    const long screen = (long)screen_rows();
    if (shown(viewer)->kind == CLI_PAGE_FAMILY && take_family_key(viewer, key))
        return;
    switch (key) {
    case 'j':
    case KEY_DOWN:
    case 'e':
    case 'n' & CONTROL: move_by(viewer, 1); break;
    case 'k':
    case KEY_UP:
    case 'y':
    case 'p' & CONTROL: move_by(viewer, -1); break;
    case ' ':
    case 'f':
    case KEY_NPAGE:
    case 'f' & CONTROL: move_by(viewer, screen); break;
    case 'b':
    case KEY_PPAGE:
    case 'b' & CONTROL: move_by(viewer, -screen); break;
    case 'd':
    case 'd' & CONTROL: move_by(viewer, screen / 2); break;
    case 'u':
    case 'u' & CONTROL: move_by(viewer, -screen / 2); break;
    case 'g':
    case KEY_HOME: move_by(viewer, -(long)shown(viewer)->count); break;
    case 'G':
    case KEY_END: move_by(viewer, (long)shown(viewer)->count); break;
    case '\n':
    case '\r':
    case KEY_ENTER:
    case 'l':
    case KEY_RIGHT: open_chosen(viewer); break;
    case '1': show_list(viewer, CLI_PAGE_FAMILIES, true); break;
    case '2': show_list(viewer, CLI_PAGE_FAMILIES, false); break;
    case '3': show_list(viewer, CLI_PAGE_THREADS, false); break;
    case '}': viewer->skipped += viewer->skipped < SKIPPED_MAX ? COLS / 2 : 0; break;
    case '{': viewer->skipped -= viewer->skipped > COLS / 2 ? COLS / 2 : viewer->skipped; break;
    case '/':
        if (ask("/", viewer->search))
            find_next(viewer, true);
        break;
    case 'n': find_next(viewer, true); break;
    case 'N': find_next(viewer, false); break;
    case '&': set_filter(viewer); break;
    case '?':
        if (shown(viewer)->kind != CLI_PAGE_HELP) {
            struct cli_page *page = push(viewer);
            page->kind = CLI_PAGE_HELP;
            make_text(viewer, page);
        }
        break;
    case KEY_RESIZE: resize(viewer); break;
    default: break;
    }
}

static bool goes_back(int key)
{
    return key == 'q' || key == 'h' || key == KEY_LEFT || key == KEY_BACKSPACE || key == 127 || key == ESCAPE;
}

static void run(struct viewer *viewer)
{
    const struct cli_viewed *viewed = viewer->viewed;
    show_list(viewer, CLI_PAGE_FAMILIES,
              viewed->known != NULL ? viewed->known->told_count > 0 : viewed->outcome->look_count > 0);
    while (viewer->depth > 0 && !viewer->has_failed) {
        draw(viewer);
        const int key = getch();
        if (key == 'Q' || key == ERR || (viewer->depth == 1 && key == 'q'))
            break;
        if (!goes_back(key))
            take_key(viewer, key);
        else if (viewer->depth > 1)
            cli_page_release(&viewer->pages[--viewer->depth]);
    }
    while (viewer->depth > 0)
        cli_page_release(&viewer->pages[--viewer->depth]);
}

/* As ncurses' own handler, which exits with 1 though: the screen is given back, and the program ends by the signal. */
static void on_stop(int number)
{
    endwin();
    signal(number, SIG_DFL);
    raise(number);
}

/* ncurses takes SIGINT and SIGTERM only where nobody else has. Whoever started the program with one ignored wants it ignored. */
static void take_signals(void)
{
    static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction present, own = {.sa_handler = on_stop, .sa_flags = SA_NODEFER | SA_RESETHAND};
    sigemptyset(&own.sa_mask);
    for (size_t i = 0; i < sizeof SIGNALS / sizeof SIGNALS[0]; i++)
        if (sigaction(SIGNALS[i], NULL, &present) == 0 && present.sa_handler != SIG_IGN)
            sigaction(SIGNALS[i], &own, NULL);
}

int cli_viewer_run(struct cli_viewed *viewed)
{
    struct viewer *viewer = calloc(1, sizeof *viewer);
    if (viewer == NULL)
        return cli_report_no_memory();
    setlocale(LC_CTYPE, "");
    take_signals();
    SCREEN *screen = newterm(NULL, stdout, stdin);
    if (screen == NULL) {
        free(viewer);
        cli_say("the terminal is not known: TERM is to name one");
        return EXIT_TROUBLE;
    }
    set_escdelay(KEY_DELAY_MS);
    cbreak();
    noecho();
    keypad(stdscr, TRUE);
    curs_set(0);
    if (viewed->has_color && start_color() == OK && use_default_colors() == OK) {
        init_pair(COLOR_CANARY, COLOR_RED, -1);
        init_pair(COLOR_OURS, COLOR_GREEN, -1);
        init_pair(COLOR_SOFT, -1, -1);
    }
    viewer->viewed = viewed;
    run(viewer);
    endwin();
    delscreen(screen);
    const bool has_failed = viewer->has_failed;
    free(viewer);
    return has_failed ? cli_report_no_memory() : EXIT_DONE;
}
