/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_FORMAT_RULE_TEXT_H
#define BK_FORMAT_RULE_TEXT_H

/* Boolean rules as text with the signs ! & | ( ) 0 1, which .bnet and .bnd share, or
 * with the words of BooleanNet: not and or True False. */

#include "model/model.h"

/* No text of rules grows longer. */
#define BK_LONGEST_RULES ((size_t)256 << 20)
enum { BK_DEEPEST_RULE = 4000 };

typedef struct bk_rule_text {
    const bk_model *model;
    bk_exprs *pool;           /* a copy of the model's, to hold the functions */
    const char *const *names; /* by symbol, NULL unless a level */
    bool *used;               /* by symbol: stands in a function */
    bk_text *text;
    bool words;
    bool foreign; /* a condition held what such a text cannot say */
} bk_rule_text;

/* One formula of the terms of a rule; -1: memory. */
bk_expr bk_rule_formula(bk_rule_text *rule, const bk_logic *logic);
/* Appends a condition, at most BK_DEEPEST_RULE deep. */
void bk_rule_print(bk_rule_text *rule, bk_expr e);

#endif
