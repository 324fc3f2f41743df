/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_NETWORK_NETWORK_IMPL_H
#define BK_NETWORK_NETWORK_IMPL_H

#include "base/arena.h"
#include "model/model.h"

#include <blockade/network.h>
#include <igraph/igraph.h>

typedef struct bk_node {
    int32_t symbol;
    const char *id, *label, *kind;
    int max;
    double activity; /* NaN: unpainted */
} bk_node;

typedef struct bk_arc {
    int32_t source, target; /* nodes */
    int sign;
    const char *kind, *mechanism, *references, *confidence, *loop;
} bk_arc;

struct bk_network {
    bk_arena *arena; /* all texts */
    igraph_t graph;
    bool has_graph;
    bk_view view;
    bk_node *nodes;
    bk_arc *arcs;
    size_t n_nodes, n_arcs, node_capacity, arc_capacity;
};

/* The nodes and arcs of each view, before igraph sees them. */
bk_status bk_network_collect_levels(bk_network *network, const bk_model *model);
bk_status bk_network_collect_kinetics(bk_network *network, const bk_model *model);
bk_status bk_network_collect_reactions(bk_network *network, const bk_model *model);
bk_status bk_network_add_node(bk_network *network, const bk_model *model,
                              int32_t symbol);
/* The texts may be NULL ("" then) and must live in the network's arena or be literals. */
bk_status bk_network_add_arc(bk_network *network, bk_arc arc);

#endif
