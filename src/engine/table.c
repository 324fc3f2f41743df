/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/engine.h"

#include "base/text.h"

#include <string.h>

static bk_status name_column(const bk_model *model, bk_column column, bool deviation,
                             bk_text *text)
{
    static const char *const words[] = {
        [BK_AS_DEFAULT] = "",          [BK_AS_AMOUNT] = "amount",
        [BK_AS_DRIVE] = "drive",       [BK_AS_CONCENTRATION] = "concentration",
        [BK_AS_ACTIVITY] = "activity", [BK_AS_RATE] = "rate"};
    const char *const id = bk_symbol_id(model, column.symbol);
    bk_text_clear(text);
    bk_text_add(text, deviation ? "sd(" : "");
    if (column.aspect == BK_AS_DEFAULT) {
        bk_text_add(text, id);
    } else {
        bk_text_printf(text, "%s(%s)", words[column.aspect], id);
    }
    bk_text_add(text, deviation ? ")" : "");
    return text->failed ? BK_NO_MEMORY : BK_OK;
}

static bk_status add_columns(const bk_outcome *outcome, const bk_model *model,
                             bk_table *table)
{
    int column;
    bk_text name = {0};
    const int32_t taken = bk_model_find(model, "time");
    const bool clash = taken >= 0 && strcmp(bk_symbol_id(model, taken), "time") == 0;
    bk_status status =
        bk_table_add_column(table, clash ? "run time" : "time", BK_REAL, &column);
    const int halves = bk_outcome_deviates(outcome) ? 2 : 1;
    const int n = bk_outcome_columns(outcome);
    for (int c = 0; c < halves * n && status == BK_OK; c++) {
        status = name_column(model, bk_outcome_column(outcome, c % n), c >= n, &name);
        if (status == BK_OK) {
            status = bk_table_add_column(table, name.data, BK_REAL, &column);
        }
    }
    bk_text_free(&name);
    return status;
}

static bk_status add_rows(const bk_outcome *outcome, bk_table *table)
{
    const int n = bk_outcome_columns(outcome);
    bk_status status = BK_OK;
    for (size_t r = 0; r < bk_outcome_rows(outcome) && status == BK_OK; r++) {
        size_t row;
        status = bk_table_add_row(table, &row);
        if (status == BK_OK) {
            status = bk_table_set_real(table, row, 0, bk_outcome_time(outcome, r));
        }
        for (int c = 0; c < n && status == BK_OK; c++) {
            status =
                bk_table_set_real(table, row, c + 1, bk_outcome_value(outcome, r, c));
            if (status == BK_OK && bk_outcome_deviates(outcome)) {
                status = bk_table_set_real(table, row, n + c + 1,
                                           bk_outcome_deviation(outcome, r, c));
            }
        }
    }
    return status;
}

bk_status bk_outcome_table(const bk_outcome *outcome, const bk_model *model,
                           bk_table **table)
{
    bk_table *const made = bk_table_new();
    if (made == NULL) {
        return BK_NO_MEMORY;
    }
    bk_status status = add_columns(outcome, model, made);
    if (status == BK_OK) {
        status = add_rows(outcome, made);
    }
    if (status != BK_OK) {
        bk_table_free(made);
        return status;
    }
    *table = made;
    return BK_OK;
}
