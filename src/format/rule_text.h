/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_FORMAT_RULE_TEXT_H
#define BK_FORMAT_RULE_TEXT_H

/* Boolean rules as text with the signs ! & | ( ) 0 1, which .bnet and .bnd share, or
 * with the words of BooleanNet: not and or True False. */

#include "model/model.h"

typedef struct bk_rule_text {
    const bk_model *model;
    const char *format; /* what it is called in messages */
    bool words;
    bk_text *text;
    bk_diag *diag;
    bk_exprs *pool;     /* a copy of the model's, to hold the functions */
    const char **names; /* by symbol, NULL unless a level; to be filled */
    bool *used;         /* by symbol: stands in a function */
    bool foreign;       /* a condition held what such a text cannot say */
} bk_rule_text;

/* Room for the rules of a model (the first five members are set), when such a text can
 * say the model: BK_UNSUPPORTED, told, for levels above 1, activities at a scale, required
 * packages of logic, and models without logic. */
bk_status bk_rule_text_open(bk_rule_text *rule);
void bk_rule_text_close(bk_rule_text *rule);
/* Appends one formula of the terms of a rule.  BK_UNSUPPORTED, told, when it is nested too
 * deep or bk_rule_fits says so. */
bk_status bk_rule_write(bk_rule_text *rule, const bk_logic *logic);
/* Appends a condition of a rule that was written. */
void bk_rule_print(bk_rule_text *rule, bk_expr e);
/* BK_UNSUPPORTED, told, when what was appended of this rule holds more than levels and
 * logic, or has grown too long. */
bk_status bk_rule_fits(const bk_rule_text *rule, const bk_logic *logic);

#endif
