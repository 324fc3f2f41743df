/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_SUCCESSION_H
#define BK_LOGIC_SUCCESSION_H

#include "logic/attractors_impl.h"

/* From trap space to trap space down to all minimal ones, and on the way the proof that
 * no asynchronous attractor lies elsewhere (succession diagrams, and blocks in them: Rozum
 * et al. 2021, doi:10.1126/sciadv.abf8124; Trinh, Park, Pastva, Rozum 2025,
 * doi:10.1093/bioinformatics/btaf280).
 *
 * A block is a strongly connected component of influences with all that is upstream of
 * it.  It moves on its own, so that an attractor of the whole is seen in it as one of its
 * attractors.  Its trap spaces are split into disjoint large ones that hold all minimal
 * ones; when no attractor of the block lies outside them, each is percolated and gone on
 * with alone.  What is left of the network in one trap space is often what was left in
 * another, and so is a block: each is answered once.
 *
 * Adds the minimal trap spaces within low .. high [n], a box that no run leaves, to the
 * list of the search, at most max_results; with the state of an attractor where it is
 * shown that it holds one only.  *all: these are all. */
bk_status bk_succession(bk_search *search, const uint8_t *low, const uint8_t *high,
                        bool *all);

#endif
