/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_NETWORK_IGRAPH_H
#define BLOCKADE_NETWORK_IGRAPH_H

/* Opt-in: the igraph graph behind a network, for those who want all of igraph. */

#include <blockade/network.h>
#include <igraph/igraph.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Belongs to the network; do not destroy it. */
const igraph_t *bk_network_igraph(const bk_network *network);

#ifdef __cplusplus
}
#endif
#endif
