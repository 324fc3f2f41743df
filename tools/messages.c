/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Messages to standard error, and what statuses become. */

#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool coloured(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && getenv("NO_COLOR") == NULL && term != NULL &&
           term[0] != '\0' && !(term[0] == 'd' && term[1] == 'u');
}

static void print_message(const bk_message *m, bool colour)
{
    static const char *const words[] = {"note", "warning", "error"};
    static const char *const codes[] = {"\033[36m", "\033[33m", "\033[31m"};
    if (m->where.file != NULL && m->where.file[0] != '\0') {
        fprintf(stderr, "%s:", m->where.file);
        if (m->where.line > 0) {
            fprintf(stderr, "%d:", m->where.line);
        }
        if (m->where.column > 0) {
            fprintf(stderr, "%d:", m->where.column);
        }
        fputc(' ', stderr);
    } else {
        fprintf(stderr, "blockade: ");
    }
    fprintf(stderr, "%s%s%s: %s", colour ? codes[m->severity] : "", words[m->severity],
            colour ? "\033[0m" : "", m->text);
    fprintf(stderr, m->code[0] != '\0' ? " [%s]\n" : "\n", m->code);
}

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Every condition of a scan tells what is odd about the perturbations that all share. */
static bool said_before(const bk_diag *diag, size_t i)
{
    const bk_message *const m = bk_diag_message(diag, i);
    for (size_t k = 0; k < i; k++) {
        const bk_message *const old = bk_diag_message(diag, k);
        if (old->where.line == m->where.line && old->where.column == m->where.column &&
            same(old->text, m->text) && same(old->where.file, m->where.file)) {
            return true;
        }
    }
    return false;
}

void cli_messages(const cli *c)
{
    const bool quiet = cli_flag(c, "quiet");
    const bool colour = coloured();
    const size_t n = bk_diag_size(c->diag);
    for (size_t i = 0; i < n; i++) {
        const bk_message *m = bk_diag_message(c->diag, i);
        if ((!quiet || m->severity == BK_ERROR) && !said_before(c->diag, i)) {
            print_message(m, colour);
        }
    }
    const size_t all = bk_diag_count(c->diag, BK_NOTE);
    if (all > n) {
        fprintf(stderr, "blockade: %zu further messages not kept\n", all - n);
    }
    bk_diag_clear(c->diag);
}

int cli_status(const cli *c, bk_status status)
{
    const bool said = bk_diag_count(c->diag, BK_ERROR) > 0;
    cli_messages(c);
    if (status != BK_OK && !said) {
        fprintf(stderr, "blockade: %s\n", bk_status_text(status));
    }
    switch (status) {
    case BK_OK:
        return EXIT_DONE;
    case BK_NUMERICAL:
    case BK_NO_MEMORY:
        return EXIT_NUMERICAL;
    case BK_PARTIAL:
        return EXIT_PARTIAL;
    case BK_MISUSE:
        return EXIT_USAGE;
    case BK_BAD_INPUT:
    case BK_UNSUPPORTED:
    case BK_NOT_FOUND:
    case BK_IO:
        break;
    }
    return EXIT_INPUT;
}
