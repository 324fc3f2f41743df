/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_NETWORK_H
#define BLOCKADE_NETWORK_H

/* A model as a graph, held by igraph.
 *
 * Two views.  The INFLUENCE graph has one node a quantity and one signed arc an
 * influence; of a logical model the influences of its rules, of a kinetic one those
 * that its rate laws have (a species acts on what its laws change, with the sign of the
 * partial derivative where that is the same in all sampled states, else 0).  The
 * REACTION graph is bipartite: species and reactions, with arcs reactant -> reaction,
 * reaction -> product, modifier -> reaction.
 *
 * igraph as distributions build it is not safe for threads: call everything here from
 * one thread only. Call bk_init (blockade.h) once before. */

#include <blockade/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bk_network bk_network;
typedef enum bk_view { BK_INFLUENCE_VIEW, BK_REACTION_VIEW } bk_view;

/* Node attributes: name (the symbol's id, as igraph and its bindings expect), label (its
 * name), kind, max, activity (when painted); arc attributes: sign (+1 -1 0), kind
 * (activation, inhibition, influence; reactant, product, modifier), mechanism,
 * references, confidence, loop. */
bk_status bk_network_new(const bk_model *model, bk_view view, bk_diag *diag,
                         bk_network **network);
void bk_network_free(bk_network *network);
int32_t bk_network_nodes(const bk_network *network);
int32_t bk_network_arcs(const bk_network *network);
const char *bk_network_node_id(const bk_network *network, int32_t node);
int32_t bk_network_symbol(const bk_network *network, int32_t node);
void bk_network_arc(const bk_network *network, int32_t arc, int32_t *source,
                    int32_t *target, int *sign);

/* What it was painted with (NaN: unpainted), and its highest level (1 where the model has
 * no levels). */
double bk_network_activity(const bk_network *network, int32_t node);
int bk_network_max(const bk_network *network, int32_t node);

/* Sets the activity attribute of every node from one row of a result: a value per
 * column of the table whose name is the node's id; others, and where it holds no number,
 * stay unpainted (NaN). */
bk_status bk_network_paint(bk_network *network, const bk_table *table, size_t row);

/* What the graph says about itself. */
typedef struct bk_network_summary {
    int32_t nodes, arcs, inputs, outputs, positive, negative, unsigned_arcs, components,
        strong_components, largest_strong;
} bk_network_summary;
bk_status bk_network_summarise(const bk_network *network, bk_network_summary *summary);

/* Positions in abstract units, y downwards, one pair a node: Sugiyama layers for
 * signaling cascades, with Kamada-Kawai for what has no direction. */
typedef enum bk_layout { BK_LAYERED, BK_FORCE } bk_layout;
bk_status bk_network_layout(const bk_network *network, bk_layout layout, double *x,
                            double *y);

/* By suffix: .graphml .gml .dot (igraph's writers), .sif (ours); .svg by report.h. */
bk_status bk_network_write(const bk_network *network, const char *path, bk_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
