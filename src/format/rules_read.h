/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_FORMAT_RULES_READ_H
#define BK_FORMAT_RULES_READ_H

/* What the readers of .bnet and of BooleanNet share: lines that each define one level. */

#include "model/builder.h"

#include <blockade/format.h>

typedef struct bk_rules_line {
    const char *function; /* in the text */
    size_t length;
    int number, column; /* where the function starts */
    bk_where where;     /* of the target */
    bk_expr condition;
} bk_rules_line;

/* `X = True` of BooleanNet. */
typedef struct bk_rules_start {
    const char *name;
    bk_where where;
    int level; /* -1: drawn */
} bk_rules_start;

typedef struct bk_rules_reader {
    bool booleannet;
    bk_rules_start *starts;
    size_t n_starts, starts_capacity;
    const char *at, *end;
    int number; /* of the line at `at` */
    const char *file;
    bk_diag *diag;
    bk_builder *builder;
    bk_arena *arena;
    bk_names *numbers;    /* name -> symbol */
    bk_rules_line *lines; /* by symbol: targets only */
    const char **names;   /* by symbol: targets, then inputs */
    bk_where *wheres;     /* by symbol */
    size_t n_lines, line_capacity, n_names, name_capacity, where_capacity;
    bool bad, memory; /* something was wrong; memory was short */
} bk_rules_reader;

void bk_rules_wrong(bk_rules_reader *r, bk_where where, const char *code,
                    const char *what);
/* The number of a name, new ones being added; -1 without memory. */
int32_t bk_rules_number(bk_rules_reader *r, const char *name, bk_where where);
const char *bk_rules_skip(const char *s, const char *end); /* white space */
bool bk_rules_is_word(const char *s, size_t length, const char *word);
/* A rule: function to end, in the line that begins at start. */
void bk_rules_target(bk_rules_reader *r, const char *name, bk_where where,
                     const char *start, const char *function, const char *end);

/* One line of BooleanNet. */
void bk_booleannet_statement(bk_rules_reader *r, const char *start, const char *end);
/* Levels whose start alone is said are inputs too; doubles are told. */
void bk_booleannet_names(bk_rules_reader *r);
void bk_booleannet_starts(bk_rules_reader *r);

#endif
