/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Nodes and arcs are collected in plain arrays first and given to igraph in one batch:
 * edges added one by one cost a copy of the graph each. */

#include "network/network_impl.h"

#include "base/alloc.h"
#include "base/text.h"
#include "init/init.h"

#include <blockade/network_igraph.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

bk_status bk_network_add_node(bk_network *network, const bk_model *model,
                              int32_t symbol)
{
    if (!bk_grow(&network->nodes, &network->node_capacity, network->n_nodes + 1,
                 sizeof *network->nodes)) {
        return BK_NO_MEMORY;
    }
    const bk_symbol *s = &model->symbols[symbol];
    const bk_node node = {
        .symbol = symbol,
        .id = bk_arena_text(network->arena, s->id),
        .label = bk_arena_text(network->arena, s->name[0] != '\0' ? s->name : s->id),
        .kind = bk_symbol_kind_text(s->kind),
        .max = s->kind == BK_LEVEL ? s->max_level : 1,
        .activity = NAN};
    if (node.id == NULL || node.label == NULL) {
        return BK_NO_MEMORY;
    }
    network->nodes[network->n_nodes++] = node;
    return BK_OK;
}

bk_status bk_network_add_arc(bk_network *network, bk_arc arc)
{
    if (!bk_grow(&network->arcs, &network->arc_capacity, network->n_arcs + 1,
                 sizeof *network->arcs)) {
        return BK_NO_MEMORY;
    }
    arc.mechanism = arc.mechanism != NULL ? arc.mechanism : "";
    arc.references = arc.references != NULL ? arc.references : "";
    arc.confidence = arc.confidence != NULL ? arc.confidence : "";
    arc.loop = arc.loop != NULL ? arc.loop : "";
    network->arcs[network->n_arcs++] = arc;
    return BK_OK;
}

static igraph_error_t make_graph(bk_network *network)
{
    igraph_vector_int_t edges;
    IGRAPH_CHECK(
        igraph_vector_int_init(&edges, (igraph_integer_t)(2 * network->n_arcs)));
    IGRAPH_FINALLY(igraph_vector_int_destroy, &edges);
    for (size_t i = 0; i < network->n_arcs; i++) {
        VECTOR(edges)[2 * i] = network->arcs[i].source;
        VECTOR(edges)[2 * i + 1] = network->arcs[i].target;
    }
    IGRAPH_CHECK(igraph_create(&network->graph, &edges,
                               (igraph_integer_t)network->n_nodes, IGRAPH_DIRECTED));
    igraph_vector_int_destroy(&edges);
    IGRAPH_FINALLY_CLEAN(1);
    network->has_graph = true;
    return IGRAPH_SUCCESS;
}

static igraph_error_t set_node_attributes(bk_network *network)
{
    igraph_t *g = &network->graph;
    for (size_t i = 0; i < network->n_nodes; i++) {
        const bk_node *n = &network->nodes[i];
        const igraph_integer_t v = (igraph_integer_t)i;
        IGRAPH_CHECK(igraph_cattribute_VAS_set(g, "name", v, n->id));
        IGRAPH_CHECK(igraph_cattribute_VAS_set(g, "label", v, n->label));
        IGRAPH_CHECK(igraph_cattribute_VAS_set(g, "kind", v, n->kind));
        IGRAPH_CHECK(igraph_cattribute_VAN_set(g, "max", v, n->max));
    }
    return IGRAPH_SUCCESS;
}

static igraph_error_t set_arc_attributes(bk_network *network)
{
    igraph_t *g = &network->graph;
    for (size_t i = 0; i < network->n_arcs; i++) {
        const bk_arc *a = &network->arcs[i];
        const igraph_integer_t e = (igraph_integer_t)i;
        IGRAPH_CHECK(igraph_cattribute_EAN_set(g, "sign", e, a->sign));
        IGRAPH_CHECK(igraph_cattribute_EAS_set(g, "kind", e, a->kind));
        IGRAPH_CHECK(igraph_cattribute_EAS_set(g, "mechanism", e, a->mechanism));
        IGRAPH_CHECK(igraph_cattribute_EAS_set(g, "references", e, a->references));
        IGRAPH_CHECK(igraph_cattribute_EAS_set(g, "confidence", e, a->confidence));
        IGRAPH_CHECK(igraph_cattribute_EAS_set(g, "loop", e, a->loop));
    }
    return IGRAPH_SUCCESS;
}

static bk_status collect(bk_network *network, const bk_model *model)
{
    if (network->view == BK_REACTION_VIEW) {
        return bk_network_collect_reactions(network, model);
    }
    return model->n_influences > 0 || bk_model_has_logic(model)
               ? bk_network_collect_levels(network, model)
               : bk_network_collect_kinetics(network, model);
}

bk_status bk_network_new(const bk_model *model, bk_view view, bk_diag *diag,
                         bk_network **result)
{
    if (view == BK_REACTION_VIEW && model->n_reactions == 0) {
        bk_diag_add(diag, BK_ERROR, (bk_where){model->source, 0, 0}, "no-reactions",
                    "the model has no reactions; use its influence graph");
        return BK_UNSUPPORTED;
    }
    bk_network *network = bk_alloc_zero(1, sizeof *network);
    if (network == NULL) {
        return BK_NO_MEMORY;
    }
    network->view = view;
    network->arena = bk_arena_new();
    bk_status status = network->arena != NULL ? collect(network, model) : BK_NO_MEMORY;
    if (status == BK_OK && (make_graph(network) != IGRAPH_SUCCESS ||
                            set_node_attributes(network) != IGRAPH_SUCCESS ||
                            set_arc_attributes(network) != IGRAPH_SUCCESS)) {
        status = BK_NO_MEMORY;
    }
    if (status != BK_OK) {
        bk_network_free(network);
        return status;
    }
    *result = network;
    return BK_OK;
}

void bk_network_free(bk_network *network)
{
    if (network == NULL) {
        return;
    }
    if (network->has_graph) {
        igraph_destroy(&network->graph);
    }
    bk_free(network->nodes);
    bk_free(network->arcs);
    bk_arena_free(network->arena);
    bk_free(network);
}

int32_t bk_network_nodes(const bk_network *network)
{
    return (int32_t)network->n_nodes;
}

int32_t bk_network_arcs(const bk_network *network)
{
    return (int32_t)network->n_arcs;
}

const char *bk_network_node_id(const bk_network *network, int32_t node)
{
    return network->nodes[node].id;
}

int32_t bk_network_symbol(const bk_network *network, int32_t node)
{
    return network->nodes[node].symbol;
}

void bk_network_arc(const bk_network *network, int32_t arc, int32_t *source,
                    int32_t *target, int *sign)
{
    *source = network->arcs[arc].source;
    *target = network->arcs[arc].target;
    *sign = network->arcs[arc].sign;
}

double bk_network_activity(const bk_network *network, int32_t node)
{
    return network->nodes[node].activity;
}

int bk_network_max(const bk_network *network, int32_t node)
{
    return network->nodes[node].max;
}

const igraph_t *bk_network_igraph(const bk_network *network)
{
    return &network->graph;
}

bk_status bk_network_paint(bk_network *network, const bk_table *table, size_t row)
{
    if (row >= bk_table_rows(table)) {
        return BK_MISUSE;
    }
    for (size_t i = 0; i < network->n_nodes; i++) {
        bk_node *n = &network->nodes[i];
        const int column = bk_table_find_column(table, n->id);
        n->activity = NAN;
        if (column >= 0 && !bk_table_missing(table, row, column)) {
            const char *text = bk_table_text(table, row, column);
            if (bk_table_column_type(table, column) != BK_TEXT) {
                n->activity = bk_table_real(table, row, column);
            } else if (!bk_double_parse(text, strlen(text), &n->activity)) {
                n->activity = NAN;
            }
        }
        if (igraph_cattribute_VAN_set(&network->graph, "activity", (igraph_integer_t)i,
                                      n->activity) != IGRAPH_SUCCESS) {
            return BK_NO_MEMORY;
        }
    }
    return BK_OK;
}

static igraph_error_t count_components(const bk_network *network,
                                       bk_network_summary *summary)
{
    igraph_integer_t weak = 0, strong = 0;
    igraph_vector_int_t sizes;
    IGRAPH_CHECK(igraph_vector_int_init(&sizes, 0));
    IGRAPH_FINALLY(igraph_vector_int_destroy, &sizes);
    IGRAPH_CHECK(
        igraph_connected_components(&network->graph, NULL, NULL, &weak, IGRAPH_WEAK));
    IGRAPH_CHECK(igraph_connected_components(&network->graph, NULL, &sizes, &strong,
                                             IGRAPH_STRONG));
    summary->components = (int32_t)weak;
    summary->strong_components = (int32_t)strong;
    summary->largest_strong = strong > 0 ? (int32_t)igraph_vector_int_max(&sizes) : 0;
    igraph_vector_int_destroy(&sizes);
    IGRAPH_FINALLY_CLEAN(1);
    return IGRAPH_SUCCESS;
}

bk_status bk_network_summarise(const bk_network *network, bk_network_summary *summary)
{
    bk_network_summary s = {.nodes = (int32_t)network->n_nodes,
                            .arcs = (int32_t)network->n_arcs};
    unsigned char *seen = bk_alloc_zero(network->n_nodes + 1, 1);
    if (seen == NULL || count_components(network, &s) != IGRAPH_SUCCESS) {
        bk_free(seen);
        return BK_NO_MEMORY;
    }
    for (size_t i = 0; i < network->n_arcs; i++) {
        const bk_arc *a = &network->arcs[i];
        seen[a->source] |= 1;
        seen[a->target] |= 2;
        s.positive += a->sign > 0;
        s.negative += a->sign < 0;
        s.unsigned_arcs += a->sign == 0;
    }
    for (size_t i = 0; i < network->n_nodes; i++) {
        s.inputs += (seen[i] & 2) == 0;
        s.outputs += (seen[i] & 1) == 0;
    }
    bk_free(seen);
    *summary = s;
    return BK_OK;
}

/* igraph's default handlers abort the process, its warnings print. */
void bk_network_init(void)
{
    igraph_set_error_handler(igraph_error_handler_ignore);
    igraph_set_warning_handler(igraph_warning_handler_ignore);
    igraph_set_attribute_table(&igraph_cattribute_table);
}
