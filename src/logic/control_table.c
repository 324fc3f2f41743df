/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "base/text.h"
#include "logic/control_impl.h"

void bk_controls_free(bk_controls *controls)
{
    if (controls != NULL) {
        bk_arena_free(controls->arena);
        bk_free(controls->sets);
        bk_free(controls);
    }
}

size_t bk_controls_count(const bk_controls *controls)
{
    return controls->count;
}

bool bk_controls_complete(const bk_controls *controls)
{
    return controls->complete;
}

const char *bk_controls_text(const bk_controls *controls)
{
    return controls->text;
}

double bk_controls_tried(const bk_controls *controls)
{
    return controls->tried;
}

double bk_controls_examined(const bk_controls *controls)
{
    return controls->examined;
}

size_t bk_control_size(const bk_controls *controls, size_t i)
{
    return (size_t)controls->sets[i].n;
}

bk_intervention bk_control_part(const bk_controls *controls, size_t i, size_t part)
{
    return controls->parts[controls->sets[i].part[part]];
}

bool bk_control_percolates(const bk_controls *controls, size_t i)
{
    return controls->sets[i].percolates;
}

int bk_control_low(const bk_controls *controls, size_t i, int32_t symbol)
{
    const int32_t x = controls->node[symbol];
    return x < 0 ? 0 : controls->sets[i].low[x];
}

int bk_control_high(const bk_controls *controls, size_t i, int32_t symbol)
{
    const int32_t x = controls->node[symbol];
    return x < 0 ? 0 : controls->sets[i].high[x];
}

static void print_set(const bk_controls *c, size_t i, bk_text *text)
{
    for (size_t k = 0; k < bk_control_size(c, i); k++) {
        const bk_intervention part = bk_control_part(c, i, k);
        const char *const symbol = bk_symbol_id(c->model, part.symbol);
        bk_text_add(text, k > 0 ? "; " : "");
        if (part.target < 0) {
            bk_text_printf(text, "fix %s = %d", symbol, part.level);
        } else {
            bk_text_printf(text, "cut %s -> %s at %d", symbol,
                           bk_symbol_id(c->model, part.target), part.level);
        }
    }
}

bk_status bk_control_print(const bk_controls *controls, size_t i, char **text)
{
    bk_text made = {0};
    bk_text_add(&made, "");
    print_set(controls, i, &made);
    if (made.failed || made.data == NULL) {
        bk_text_free(&made);
        return BK_NO_MEMORY;
    }
    *text = made.data;
    return BK_OK;
}

static bool is_held(const bk_controls *c, size_t i, int32_t symbol)
{
    for (size_t k = 0; k < bk_control_size(c, i); k++) {
        const bk_intervention part = bk_control_part(c, i, k);
        if (part.target < 0 && part.symbol == symbol) {
            return true;
        }
    }
    return false;
}

/* Levels that follow from the set and would not without it. */
static void print_consequences(const bk_controls *c, size_t i, bk_text *text)
{
    const bk_set *const set = &c->sets[i];
    for (int32_t s = 0; s < bk_model_symbols(c->model); s++) {
        const int32_t x = c->node[s];
        if (x < 0 || set->low[x] != set->high[x] || is_held(c, i, s) ||
            (c->low[x] == set->low[x] && c->high[x] == set->high[x])) {
            continue;
        }
        bk_text_printf(text, "%s%s=%d", text->length > 0 ? " " : "",
                       bk_symbol_id(c->model, s), set->low[x]);
    }
}

static bk_status add_row(const bk_controls *c, size_t i, bk_table *table, bk_text *text)
{
    size_t row = 0;
    bk_status status = bk_table_add_row(table, &row);
    if (status == BK_OK) {
        status = bk_table_set_integer(table, row, 0, (int64_t)i + 1);
    }
    if (status == BK_OK) {
        status = bk_table_set_integer(table, row, 1, (int64_t)bk_control_size(c, i));
    }
    bk_text_clear(text);
    print_set(c, i, text);
    if (status == BK_OK) {
        status = text->failed ? BK_NO_MEMORY
                 : text->length > 0
                     ? bk_table_set_text(table, row, 2, text->data)
                     : bk_table_set_text(table, row, 2, "none is needed");
    }
    if (status == BK_OK) {
        status = bk_table_set_text(
            table, row, 3, bk_control_percolates(c, i) ? "percolation" : "attractors");
    }
    bk_text_clear(text);
    print_consequences(c, i, text);
    if (status == BK_OK && text->length > 0) {
        status =
            text->failed ? BK_NO_MEMORY : bk_table_set_text(table, row, 4, text->data);
    }
    return status;
}

bk_status bk_controls_table(const bk_controls *controls, bk_table **table)
{
    static const struct {
        const char *name;
        bk_type type;
    } columns[] = {{"number", BK_INTEGER},
                   {"size", BK_INTEGER},
                   {"interventions", BK_TEXT},
                   {"known by", BK_TEXT},
                   {"follows", BK_TEXT}};
    bk_table *const made = bk_table_new();
    bk_text text = {0};
    bk_status status = made == NULL ? BK_NO_MEMORY : BK_OK;
    for (size_t i = 0; i < sizeof columns / sizeof *columns && status == BK_OK; i++) {
        status = bk_table_add_column(made, columns[i].name, columns[i].type, NULL);
    }
    for (size_t i = 0; i < controls->count && status == BK_OK; i++) {
        status = add_row(controls, i, made, &text);
    }
    bk_text_free(&text);
    if (status != BK_OK) {
        bk_table_free(made);
        return status;
    }
    *table = made;
    return BK_OK;
}
