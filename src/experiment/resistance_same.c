/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/resistance_impl.h"

#include "base/alloc.h"
#include "model/model.h"

#include <math.h>
#include <string.h>

/* Pairs that need not be run.  Where the cell of one alteration rests with a node at the
 * very level at which the other alteration holds it, this holds nothing back: the state
 * is one of the pair as well. */

static const double rounding = 1e-9; /* the tolerance of a settle */

static bk_status read_nodes(bk_levels *levels, const bk_resistance *q,
                            const bk_alterations *alterations, bk_readouts *readouts)
{
    const bk_model *const model = bk_system_model(q->system);
    bk_status status = BK_OK;
    for (size_t i = 0; i < alterations->n && status == BK_OK; i++) {
        const int32_t node = alterations->items[i].node;
        if (node < 0 || levels->readout[node] >= 0) {
            continue;
        }
        const char *const id = bk_symbol_id(q->logic, node);
        const char *const drive = bk_arena_printf(alterations->arena, "drive(%s)", id);
        levels->readout[node] = (int32_t)bk_readouts_count(readouts);
        status = drive != NULL ? bk_readouts_add(readouts, model, id, drive,
                                                 (bk_where){.file = NULL}, NULL)
                               : BK_NO_MEMORY;
    }
    return status;
}

static bk_status measure(bk_levels *levels, const bk_resistance *q,
                         const bk_alterations *alterations, const bk_readouts *readouts)
{
    const size_t n = alterations->n;
    bk_resistance of_nodes = *q;
    of_nodes.readouts = readouts;
    levels->n = bk_readouts_count(readouts);
    levels->values = bk_alloc((2 * n * levels->n + 1) * sizeof *levels->values);
    bk_measured *const both = bk_alloc_zero(2 * n + 1, sizeof *both);
    bk_status status = levels->values != NULL && both != NULL ? BK_OK : BK_NO_MEMORY;
    for (size_t i = 0; i < 2 * n && status == BK_OK; i++) {
        both[i] =
            (bk_measured){.condition = {alterations->items[i / 2].text,
                                        i % 2 == 1 ? q->treatment : NULL, q->cell},
                          .values = levels->values + i * levels->n};
    }
    if (status == BK_OK) {
        status = bk_measure_all(&of_nodes, both, 2 * n, alterations->arena);
    }
    bk_free(both);
    return status;
}

bk_status bk_levels_measure(const bk_resistance *question,
                            const bk_alterations *alterations, bk_levels *levels)
{
    const bk_screen_settings *const s = &question->screen;
    const size_t symbols = (size_t)bk_model_symbols(question->logic);
    *levels = (bk_levels){.n = 0};
    /* By synchronous logic all pairs are run: they cost little, and a cycle that a pair
     * keeps need not be the one that it comes to. */
    if (!bk_system_model(question->system)->is_form || s->early ||
        s->measure != BK_MEASURE_STEADY) {
        return BK_OK;
    }
    bk_readouts *const readouts = bk_readouts_new();
    levels->readout = bk_alloc((symbols + 1) * sizeof *levels->readout);
    bk_status status =
        readouts != NULL && levels->readout != NULL ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK) {
        memset(levels->readout, -1, symbols * sizeof *levels->readout);
        status = read_nodes(levels, question, alterations, readouts);
    }
    if (status == BK_OK && bk_readouts_count(readouts) > 0) {
        status = measure(levels, question, alterations, readouts);
    }
    bk_readouts_free(readouts);
    if (status != BK_OK) {
        bk_levels_free(levels);
    }
    return status;
}

void bk_levels_free(bk_levels *levels)
{
    bk_free(levels->readout);
    bk_free(levels->values);
    *levels = (bk_levels){.n = 0};
}

bool bk_levels_same(const bk_levels *levels, const bk_alteration *other, size_t cell,
                    bool treated)
{
    if (other->node < 0 || levels->n == 0) {
        return false;
    }
    const double *const row = levels->values + (2 * cell + treated) * levels->n;
    return fabs(row[levels->readout[other->node]] - other->level) <= rounding;
}
