/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/readouts_impl.h"

#include "base/alloc.h"
#include "model/model.h"

#include <math.h>
#include <string.h>

/* While a text is parsed a leaf carries symbol * ASPECTS + aspect, so that drive(X)
 * does not leave a column for X behind; afterwards it carries the number of its
 * column. */

enum { ASPECTS = BK_AS_RATE + 1 };

bk_readouts *bk_readouts_new(void)
{
    bk_readouts *const readouts = bk_alloc_zero(1, sizeof *readouts);
    if (readouts == NULL) {
        return NULL;
    }
    readouts->arena = bk_arena_new();
    readouts->pool = bk_exprs_new();
    if (readouts->arena == NULL || readouts->pool == NULL) {
        bk_readouts_free(readouts);
        return NULL;
    }
    return readouts;
}

void bk_readouts_free(bk_readouts *readouts)
{
    if (readouts != NULL) {
        bk_exprs_free(readouts->pool);
        bk_arena_free(readouts->arena);
        bk_free(readouts->items);
        bk_free(readouts->columns);
        bk_free(readouts);
    }
}

size_t bk_readouts_count(const bk_readouts *readouts)
{
    return readouts->n;
}

const char *bk_readouts_name(const bk_readouts *readouts, size_t i)
{
    return readouts->items[i].name;
}

const bk_column *bk_readouts_columns(const bk_readouts *readouts, int *count)
{
    *count = (int)readouts->n_columns;
    return readouts->columns;
}

double bk_readouts_value(const bk_readouts *readouts, size_t i, const double *columns,
                         double time)
{
    return bk_expr_evaluate(readouts->pool, readouts->items[i].math, columns, time,
                            NULL);
}

/* The columns of a row; NULL: memory. */
static double *columns_of(const bk_readouts *readouts, const bk_outcome *outcome,
                          size_t row)
{
    double *const values = bk_alloc(readouts->n_columns * sizeof *values);
    for (size_t c = 0; values != NULL && c < readouts->n_columns; c++) {
        values[c] = bk_outcome_value(outcome, row, (int)c);
    }
    return values;
}

typedef struct chaining {
    bk_exprs *pool;
    bk_expr math;
    const double *values, *slopes;
    double time, sum;
} chaining;

static void add_column_slope(void *context, int32_t column)
{
    chaining *const k = context;
    const bk_expr by = bk_expr_derivative(k->pool, k->math, column);
    const double slope =
        by < 0 ? (double)NAN : bk_expr_evaluate(k->pool, by, k->values, k->time, NULL);
    k->sum += k->slopes[column] == 0.0 ? 0.0 : slope * k->slopes[column];
}

double bk_readouts_slope(const bk_readouts *readouts, size_t i,
                         const bk_outcome *outcome, size_t row, const double *slopes)
{
    double *const values = columns_of(readouts, outcome, row);
    chaining k = {.pool = bk_exprs_clone(readouts->pool),
                  .values = values,
                  .slopes = slopes,
                  .time = bk_outcome_time(outcome, row)};
    if (values != NULL && k.pool != NULL) {
        k.math = bk_expr_fold(k.pool, readouts->items[i].math);
        bk_expr_symbols(k.pool, k.math, add_column_slope, &k);
    } else {
        k.sum = (double)NAN;
    }
    bk_exprs_free(k.pool);
    bk_free(values);
    return k.sum;
}

double bk_readouts_measure(const bk_readouts *readouts, size_t i,
                           const bk_outcome *outcome, size_t row)
{
    double *const values = columns_of(readouts, outcome, row);
    if (values == NULL) {
        return (double)NAN;
    }
    const double value =
        bk_readouts_value(readouts, i, values, bk_outcome_time(outcome, row));
    bk_free(values);
    return value;
}

/* --- adding ----------------------------------------------------------------------- */

typedef struct adding {
    const bk_model *model;
    bk_diag *diag;
    bk_readouts *readouts;
    bk_status status;
} adding;

static bk_expr resolve_name(void *context, bk_exprs *pool, const char *name,
                            bk_where where)
{
    adding *const a = context;
    int32_t symbol = -1;
    const bk_status status = bk_model_bind(a->model, name, where, a->diag, &symbol);
    if (status != BK_OK) {
        a->status = status;
        return BK_NO_EXPR;
    }
    if (a->model->symbols[symbol].kind == BK_EVENT) {
        bk_diag_add(a->diag, BK_ERROR, where, "readout",
                    "\"%s\" is an event and has no value", name);
        a->status = BK_BAD_INPUT;
        return BK_NO_EXPR;
    }
    return bk_expr_symbol(pool, symbol * ASPECTS + BK_AS_ACTIVITY);
}

static bk_expr resolve_call(void *context, bk_exprs *pool, const char *name,
                            const bk_expr *args, int n, bk_where where)
{
    static const struct {
        const char *name;
        bk_aspect aspect;
    } aspects[] = {{"drive", BK_AS_DRIVE},
                   {"activity", BK_AS_ACTIVITY},
                   {"amount", BK_AS_AMOUNT},
                   {"concentration", BK_AS_CONCENTRATION},
                   {"rate", BK_AS_RATE}};
    adding *const a = context;
    a->status = BK_BAD_INPUT;
    for (size_t i = 0; i < sizeof aspects / sizeof *aspects; i++) {
        if (strcmp(aspects[i].name, name) != 0) {
            continue;
        }
        if (n != 1 || bk_expr_op(pool, args[0]) != BK_OP_SYMBOL) {
            bk_diag_add(a->diag, BK_ERROR, where, "readout",
                        "%s() takes the name of one thing in the model", name);
            return BK_NO_EXPR;
        }
        const int32_t symbol = bk_expr_payload_of(pool, args[0]) / ASPECTS;
        const bool quantity = aspects[i].aspect == BK_AS_AMOUNT ||
                              aspects[i].aspect == BK_AS_CONCENTRATION;
        if (quantity && a->model->symbols[symbol].kind != BK_SPECIES) {
            bk_diag_add(a->diag, BK_ERROR, where, "readout",
                        "%s() is of a species, and \"%s\" is a %s", name,
                        a->model->symbols[symbol].id,
                        bk_symbol_kind_text(a->model->symbols[symbol].kind));
            return BK_NO_EXPR;
        }
        a->status = BK_OK;
        return bk_expr_symbol(pool, symbol * ASPECTS + (int32_t)aspects[i].aspect);
    }
    bk_diag_add(
        a->diag, BK_ERROR, where, "readout",
        "there is no function \"%s\"; a read-out knows drive, activity, amount, "
        "concentration, rate and the functions of mathematics",
        name);
    return BK_NO_EXPR;
}

static void note_column(void *context, int32_t code)
{
    adding *const a = context;
    bk_readouts *const r = a->readouts;
    const bk_column column = {.symbol = code / ASPECTS,
                              .aspect = (bk_aspect)(code % ASPECTS)};
    for (size_t c = 0; c < r->n_columns; c++) {
        if (r->columns[c].symbol == column.symbol &&
            r->columns[c].aspect == column.aspect) {
            return;
        }
    }
    if (bk_grow(&r->columns, &r->column_capacity, r->n_columns + 1, sizeof column)) {
        r->columns[r->n_columns++] = column;
    } else {
        a->status = BK_NO_MEMORY;
    }
}

static bk_expr to_column(void *context, bk_exprs *target, const bk_exprs *source,
                         bk_expr node)
{
    const adding *const a = context;
    if (bk_expr_op(source, node) != BK_OP_SYMBOL) {
        return BK_NO_EXPR;
    }
    const int32_t code = bk_expr_payload_of(source, node);
    size_t c = 0;
    while (a->readouts->columns[c].symbol != code / ASPECTS ||
           (int32_t)a->readouts->columns[c].aspect != code % ASPECTS) {
        c++;
    }
    return bk_expr_symbol(target, (int32_t)c);
}

static bk_status parse(adding *a, const char *expression, bk_where where, bk_expr *math)
{
    const bk_resolver resolver = {
        .context = a, .name = resolve_name, .call = resolve_call};
    bk_expr coded = BK_NO_EXPR;
    const bk_status status =
        bk_expr_parse(a->readouts->pool, expression, strlen(expression), &resolver,
                      where, a->diag, &coded);
    if (status != BK_OK) {
        return a->status != BK_OK && status != BK_NO_MEMORY ? a->status : status;
    }
    bk_expr_symbols(a->readouts->pool, coded, note_column, a);
    if (a->status != BK_OK) {
        return a->status;
    }
    *math = bk_expr_rewrite(a->readouts->pool, a->readouts->pool, coded, to_column, a);
    return *math >= 0 ? BK_OK : BK_NO_MEMORY;
}

bool bk_readouts_have(const bk_readouts *readouts, const char *name)
{
    for (size_t i = 0; i < readouts->n; i++) {
        if (strcmp(readouts->items[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

bk_status bk_readouts_add(bk_readouts *readouts, const bk_model *model,
                          const char *name, const char *expression, bk_where where,
                          bk_diag *diag)
{
    if (bk_readouts_have(readouts, name)) {
        bk_diag_add(diag, BK_ERROR, where, "readout",
                    "the read-out \"%s\" is there twice; rename one", name);
        return BK_BAD_INPUT;
    }
    const size_t columns = readouts->n_columns;
    adding a = {.model = model, .diag = diag, .readouts = readouts, .status = BK_OK};
    bk_readout made = {.name = bk_arena_text(readouts->arena, name)};
    bk_status status =
        made.name != NULL ? parse(&a, expression, where, &made.math) : BK_NO_MEMORY;
    if (status == BK_OK &&
        !bk_grow(&readouts->items, &readouts->capacity, readouts->n + 1, sizeof made)) {
        status = BK_NO_MEMORY;
    }
    if (status != BK_OK) {
        readouts->n_columns = columns;
        return status;
    }
    readouts->items[readouts->n++] = made;
    return BK_OK;
}
