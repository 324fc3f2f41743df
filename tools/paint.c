/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A network painted by a steady state. */

#include "cli.h"

#include <stdlib.h>

/* One row, one column a node, under the node's id. */
static bk_status node_table(const bk_network *network, const bk_outcome *outcome,
                            const int32_t *nodes, int n, bk_table **table)
{
    bk_table *t = bk_table_new();
    size_t row = 0;
    bk_status status = t != NULL ? bk_table_add_row(t, &row) : BK_NO_MEMORY;
    for (int i = 0; i < n && status == BK_OK; i++) {
        int column = 0;
        status = bk_table_add_column(t, bk_network_node_id(network, nodes[i]), BK_REAL,
                                     &column);
        if (status == BK_OK) {
            status = bk_table_set_real(t, row, column, bk_outcome_value(outcome, 0, i));
        }
    }
    if (status != BK_OK) {
        bk_table_free(t);
        return status;
    }
    *table = t;
    return BK_OK;
}

int cli_paint(cli *c, const cli_model *m, const bk_engine *engine,
              const bk_system *system, const bk_overlay *overlay,
              const bk_settings *settings, bk_network *network)
{
    const int32_t nodes = bk_network_nodes(network);
    bk_column *columns = calloc((size_t)nodes + 1, sizeof *columns);
    int32_t *which = calloc((size_t)nodes + 1, sizeof *which);
    bk_workspace *workspace = NULL;
    bk_outcome *outcome = NULL;
    bk_table *table = NULL;
    bk_status status = columns != NULL && which != NULL
                           ? engine->workspace(system, &workspace)
                           : BK_NO_MEMORY;
    int n = 0;
    for (int32_t i = 0; i < nodes && status == BK_OK; i++) {
        const int32_t s = bk_model_find(m->used, bk_network_node_id(network, i));
        if (s >= 0 && bk_symbol_kind_of(m->used, s) != BK_EVENT) {
            columns[n] = (bk_column){.symbol = s, .aspect = BK_AS_ACTIVITY};
            which[n++] = i;
        }
    }
    if (status == BK_OK) {
        bk_settings own = *settings;
        own.columns = columns;
        own.n_columns = n;
        status = engine->settle(system, overlay, &own, workspace, c->diag, &outcome);
    }
    if (status == BK_OK && bk_outcome_stop(outcome) != BK_STOP_END) {
        bk_diag_add(c->diag, BK_WARNING, (bk_where){0}, "not-steady", "%s",
                    bk_outcome_text(outcome));
    }
    if (status == BK_OK) {
        status = node_table(network, outcome, which, n, &table);
    }
    if (status == BK_OK) {
        status = bk_network_paint(network, table, 0);
    }
    bk_table_free(table);
    bk_outcome_free(outcome);
    bk_workspace_free(workspace);
    free(columns);
    free(which);
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}
