/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs tests/text/<name>.test.  A line is `expression | bindings | expected` with the
 * bars between spaces; `#` starts a comment line.  Bindings are name=value, time
 * is 2.5. Expected is a number, met to 1e-15 of its size by the tree, by the folded
 * tree and by the program; or `error` and a part of the message.  A fourth field is the
 * expression as it must be printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "math/expr.h"
#include "math/program.h"

enum { FIELDS = 4, MOST_BINDINGS = 8 };
static const double now = 2.5;

typedef struct bindings {
    char names[MOST_BINDINGS][32];
    double values[MOST_BINDINGS];
    int n;
    bk_diag *diag;
} bindings;

static char *trim(char *s)
{
    s += strspn(s, " \t\r\n");
    size_t length = strlen(s);
    while (length > 0 && strchr(" \t\r\n", s[length - 1]) != NULL) {
        s[--length] = '\0';
    }
    return s;
}

/* Cuts a line at its " | "; how many fields there are. */
static int split(char *line, char *fields[FIELDS])
{
    int n = 0;
    while (n < FIELDS) {
        char *const bar = strstr(line, " | ");
        if (bar != NULL) {
            *bar = '\0';
        }
        fields[n++] = trim(line);
        if (bar == NULL) {
            break;
        }
        /* the space after a bar may be the one before the next */
        line = bar + 2;
    }
    return n;
}

static void bind(bindings *b, char *text)
{
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        char *const equals = strchr(word, '=');
        assert_true(equals != NULL && b->n < MOST_BINDINGS && equals - word < 32);
        *equals = '\0';
        strcpy(b->names[b->n], word);
        assert_true(bk_double_parse(equals + 1, strlen(equals + 1), &b->values[b->n]));
        b->n++;
    }
}

static bk_expr find(void *context, bk_exprs *pool, const char *name, bk_where where)
{
    const bindings *const b = context;
    for (int i = 0; i < b->n; i++) {
        if (strcmp(b->names[i], name) == 0) {
            return bk_expr_symbol(pool, i);
        }
    }
    bk_diag_add(b->diag, BK_ERROR, where, "test", "unknown name \"%s\"", name);
    return BK_NO_EXPR;
}

static const char *name_of(void *context, int32_t symbol)
{
    const bindings *const b = context;
    return b->names[symbol];
}

static bool near(double got, double wanted)
{
    if (isnan(wanted) || isinf(wanted)) {
        return isnan(wanted) ? isnan(got) : got == wanted;
    }
    return fabs(got - wanted) <= 1e-15 * fmax(1.0, fabs(wanted));
}

/* NaN stands for "has no program": calls and delays. */
static double run_program(const bk_exprs *pool, bk_expr e, const bindings *b)
{
    bk_program_builder *const builder = bk_program_builder_new(b->n, 1);
    bk_program *program = NULL;
    const bk_status status = bk_program_add(builder, pool, e, b->n, NULL);
    assert_int_equal(BK_OK, bk_program_finish(builder, &program));
    double slots[128];
    unsigned char truths[64];
    double gaps[64];
    assert_true(bk_program_slots(program) <= 128);
    memcpy(slots, b->values, (size_t)b->n * sizeof *slots);
    bk_program_prepare(program, slots);
    bk_program_run(program, 0, bk_program_laws(program), slots, now, BK_FREE, truths,
                   gaps);
    bk_program_free(program);
    return status == BK_OK ? slots[b->n] : (double)NAN;
}

static void check_value(const char *place, bk_exprs *pool, bk_expr e, const bindings *b,
                        const char *expected)
{
    double wanted;
    if (!bk_double_parse(expected, strlen(expected), &wanted)) {
        fail_msg("%s: \"%s\" is no number", place, expected);
    }
    const bool delays = bk_expr_uses_op(pool, e, BK_OP_DELAY) ||
                        bk_expr_uses_op(pool, e, BK_OP_RATE_OF);
    const bk_expr folded = bk_expr_fold(pool, e);
    const double tree = bk_expr_evaluate(pool, e, b->values, now, NULL);
    const double fold = bk_expr_evaluate(pool, folded, b->values, now, NULL);
    const double code = delays ? tree : run_program(pool, e, b);
    if (!near(tree, wanted) || !near(fold, wanted) || !near(code, wanted)) {
        fail_msg("%s: expected %.17g; tree %.17g, folded %.17g, program %.17g", place,
                 wanted, tree, fold, code);
    }
}

static void check_error(const char *place, bk_status status, const bk_diag *diag,
                        const char *part)
{
    if (status != BK_BAD_INPUT || bk_diag_size(diag) == 0) {
        fail_msg("%s: parsed, but \"%s\" was expected", place, part);
    }
    const char *const text = bk_diag_message(diag, 0)->text;
    if (strstr(text, part) == NULL) {
        fail_msg("%s: the message is \"%s\", expected \"%s\"", place, text, part);
    }
}

static void check_line(const char *place, char *line)
{
    char *fields[FIELDS];
    const int n = split(line, fields);
    if (n < 3) {
        fail_msg("%s: fewer than three fields", place);
    }
    bindings b = {.n = 0, .diag = bk_diag_new()};
    bind(&b, fields[1]);
    bk_exprs *const pool = bk_exprs_new();
    const bk_resolver resolver = {.context = &b, .name = find};
    bk_expr e = BK_NO_EXPR;
    const bk_status status = bk_expr_parse(pool, fields[0], strlen(fields[0]),
                                           &resolver, (bk_where){0}, b.diag, &e);
    if (strncmp(fields[2], "error ", 6) == 0) {
        check_error(place, status, b.diag, fields[2] + 6);
    } else if (status != BK_OK) {
        fail_msg("%s: %s", place, bk_diag_message(b.diag, 0)->text);
    } else {
        check_value(place, pool, e, &b, fields[2]);
    }
    if (n > 3) {
        bk_text text = {0};
        const bk_naming naming = {.context = &b, .symbol = name_of};
        bk_expr_print(pool, e, &naming, NULL, &text);
        if (text.failed || strcmp(text.data, fields[3]) != 0) {
            fail_msg("%s: printed as %s", place, text.data);
        }
        bk_text_free(&text);
    }
    bk_exprs_free(pool);
    bk_diag_free(b.diag);
}

static void every_line_holds(void **state)
{
    const char *const path = *state;
    FILE *const file = fopen(path, "r");
    assert_non_null(file);
    char line[1024];
    for (int number = 1; fgets(line, sizeof line, file) != NULL; number++) {
        char place[300];
        snprintf(place, sizeof place, "%s:%d", path, number);
        if (line[0] != '#' && *trim(line) != '\0') {
            char padded[1100];
            snprintf(padded, sizeof padded, " %s", line);
            check_line(place, padded);
        }
    }
    fclose(file);
}

int main(void)
{
    glob_t files;
    if (glob("tests/text/*.test", 0, NULL, &files) != 0) {
        fprintf(stderr, "no tests/text/*.test: run me at the top of the source tree\n");
        return 1;
    }
    struct CMUnitTest *const tests = calloc(files.gl_pathc, sizeof *tests);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        tests[i].name = files.gl_pathv[i];
        tests[i].test_func = every_line_holds;
        tests[i].initial_state = files.gl_pathv[i];
    }
    const int failed =
        _cmocka_run_group_tests("text", tests, files.gl_pathc, NULL, NULL);
    free(tests);
    globfree(&files);
    return failed;
}
