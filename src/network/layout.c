/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "network/network_impl.h"

static igraph_error_t layered(const igraph_t *graph, igraph_matrix_t *where)
{
#if IGRAPH_VERSION_MAJOR >= 1
    return igraph_layout_sugiyama(graph, where, NULL, NULL, 1.0, 1.0, 100, NULL);
#else
    return igraph_layout_sugiyama(graph, where, NULL, NULL, NULL, 1.0, 1.0, 100, NULL);
#endif
}

static igraph_error_t force(const igraph_t *graph, igraph_matrix_t *where)
{
    const igraph_integer_t n = igraph_vcount(graph);
    return igraph_layout_kamada_kawai(graph, where, 0, 50 * (n + 1), 0.0,
                                      (igraph_real_t)n + 1, NULL, NULL, NULL, NULL,
                                      NULL);
}

/* A copy without the arcs that close a named feedback loop: with them the layering has to
 * break cycles itself and may put a kinase above its receptor. */
static igraph_error_t forward_copy(const bk_network *network, igraph_t *copy)
{
    igraph_vector_int_t edges;
    IGRAPH_CHECK(igraph_vector_int_init(&edges, 0));
    IGRAPH_FINALLY(igraph_vector_int_destroy, &edges);
    for (size_t i = 0; i < network->n_arcs; i++) {
        if (network->arcs[i].loop[0] == '\0') {
            IGRAPH_CHECK(igraph_vector_int_push_back(&edges, network->arcs[i].source));
            IGRAPH_CHECK(igraph_vector_int_push_back(&edges, network->arcs[i].target));
        }
    }
    IGRAPH_CHECK(igraph_create(copy, &edges, (igraph_integer_t)network->n_nodes,
                               IGRAPH_DIRECTED));
    igraph_vector_int_destroy(&edges);
    IGRAPH_FINALLY_CLEAN(1);
    return IGRAPH_SUCCESS;
}

static igraph_error_t compute(const bk_network *network, bk_layout layout, double *x,
                              double *y)
{
    igraph_matrix_t where;
    IGRAPH_CHECK(igraph_matrix_init(&where, 0, 0));
    IGRAPH_FINALLY(igraph_matrix_destroy, &where);
    if (layout == BK_LAYERED) {
        igraph_t forward;
        IGRAPH_CHECK(forward_copy(network, &forward));
        IGRAPH_FINALLY(igraph_destroy, &forward);
        IGRAPH_CHECK(layered(&forward, &where));
        igraph_destroy(&forward);
        IGRAPH_FINALLY_CLEAN(1);
    } else {
        IGRAPH_CHECK(force(&network->graph, &where));
    }
    for (size_t i = 0; i < network->n_nodes; i++) {
        x[i] = MATRIX(where, (igraph_integer_t)i, 0);
        y[i] = MATRIX(where, (igraph_integer_t)i, 1);
    }
    igraph_matrix_destroy(&where);
    IGRAPH_FINALLY_CLEAN(1);
    return IGRAPH_SUCCESS;
}

bk_status bk_network_layout(const bk_network *network, bk_layout layout, double *x,
                            double *y)
{
    if (network->n_nodes == 0) {
        return BK_OK;
    }
    return compute(network, layout, x, y) == IGRAPH_SUCCESS ? BK_OK : BK_NO_MEMORY;
}
