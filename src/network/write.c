/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "network/network_impl.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum form { GRAPHML, GML, DOT, SIF, UNKNOWN } form;

static form form_of(const char *path)
{
    static const char *const suffixes[] = {".graphml", ".gml", ".dot", ".sif"};
    const size_t n = strlen(path);
    for (int i = 0; i < UNKNOWN; i++) {
        const size_t k = strlen(suffixes[i]);
        if (n > k && strcmp(path + n - k, suffixes[i]) == 0) {
            return (form)i;
        }
    }
    return UNKNOWN;
}

/* One line an arc; a node without arcs stands alone on its line. */
static void print_sif(const bk_network *network, bk_text *text)
{
    for (size_t v = 0; v < network->n_nodes; v++) {
        bool alone = true;
        for (size_t i = 0; i < network->n_arcs && alone; i++) {
            alone = network->arcs[i].source != (int32_t)v &&
                    network->arcs[i].target != (int32_t)v;
        }
        if (alone) {
            bk_text_printf(text, "%s\n", network->nodes[v].id);
        }
    }
    for (size_t i = 0; i < network->n_arcs; i++) {
        const bk_arc *a = &network->arcs[i];
        bk_text_printf(text, "%s\t%s\t%s\n", network->nodes[a->source].id, a->kind,
                       network->nodes[a->target].id);
    }
}

/* igraph writes to streams; the text goes out whole or not at all. */
static bk_status print_by_igraph(const bk_network *network, form f, bk_text *text)
{
    char *data = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&data, &size);
    if (stream == NULL) {
        return BK_NO_MEMORY;
    }
    const igraph_t *g = &network->graph;
    igraph_error_t error = IGRAPH_SUCCESS;
    if (f == GRAPHML) {
        error = igraph_write_graph_graphml(g, stream, true);
    } else if (f == GML) {
        error = igraph_write_graph_gml(g, stream, IGRAPH_WRITE_GML_DEFAULT_SW, NULL,
                                       "blockade");
    } else {
        error = igraph_write_graph_dot(g, stream);
    }
    const bool good = fclose(stream) == 0 && error == IGRAPH_SUCCESS;
    if (good) {
        bk_text_add_n(text, data, size);
    }
    (free)(data); /* the stream's memory is the C library's, not ours */
    return good ? BK_OK : BK_NO_MEMORY;
}

bk_status bk_network_write(const bk_network *network, const char *path, bk_diag *diag)
{
    const form f = form_of(path);
    if (f == UNKNOWN) {
        bk_diag_add(diag, BK_ERROR, (bk_where){path, 0, 0}, "graph-form",
                    "graphs are written as .graphml, .gml, .dot or .sif; give the file "
                    "one of these suffixes");
        return BK_UNSUPPORTED;
    }
    bk_text text = {0};
    bk_status status = BK_OK;
    if (f == SIF) {
        print_sif(network, &text);
    } else {
        status = print_by_igraph(network, f, &text);
    }
    if (status == BK_OK && text.failed) {
        status = BK_NO_MEMORY;
    }
    if (status == BK_OK) {
        status = (bk_status)bk_file_write(path, text.data != NULL ? text.data : "",
                                          text.length, diag);
    }
    bk_text_free(&text);
    return status;
}
