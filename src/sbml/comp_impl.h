/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SBML_COMP_IMPL_H
#define BK_SBML_COMP_IMPL_H

/* Hierarchical composition (SBML Level 3 package comp, Version 1 Release 3) as one step
 * before the reader of core: a document with submodels becomes one flat document.
 *
 * Every use of a model definition by a submodel is an instance of its own, numbered from
 * 0 (the model of the document) with parents before children.  Nothing is copied until
 * the end: what is deleted or replaced is written in a state beside the element, and an
 * element that stands for another is found by following states.  Then the flat document
 * is made in one walk, with ids prefixed `submodel__` and mathematics converted. */

#include "sbml/sbml_impl.h"

typedef struct bk_comp_document {
    const char *path;
    const char *real; /* the same without . and .. and links, to know it again */
    const bk_xml *xml;
    bk_xml *own; /* NULL for the document the reader came with */
} bk_comp_document;

typedef enum bk_comp_kind {
    BK_COMP_KEPT,
    BK_COMP_DELETED,
    BK_COMP_REPLACED
} bk_comp_kind;

/* An element of an instance. */
typedef struct bk_comp_place {
    int32_t instance;
    bk_xml_node node;
} bk_comp_place;

typedef struct bk_comp_state {
    bk_comp_kind kind;
    bk_comp_place by;   /* REPLACED: by whom */
    const char *factor; /* ... times this parameter of factor_in, or NULL */
    int32_t factor_in;  /* instance */
    bool renamed;       /* stands under the id of `as` (replacedBy) */
    bk_comp_place as;
} bk_comp_state;

typedef struct bk_comp_instance {
    bk_xml_node model;
    int32_t document, parent;  /* -1: no parent */
    bk_xml_node submodel;      /* in the parent; none for the top */
    const char *prefix;        /* "a__b__", "" for the top */
    const char *time, *extent; /* conversion factors, ids in the parent, or NULL */
    bool gone;                 /* its submodel was deleted or replaced */
    bk_names *ids, *units, *metaids; /* -> node index */
    int32_t *states; /* [n_nodes], of node model.index + i: index, -1: kept */
    int32_t n_nodes;
} bk_comp_instance;

struct bk_comp {
    bk_reader *reader;
    bk_arena *arena;
    bk_comp_document *documents;
    size_t n_documents, documents_capacity;
    bk_comp_instance *instances;
    size_t n_instances, instances_capacity;
    bk_comp_state *states;
    size_t n_states, states_capacity;
    size_t n_nodes; /* of all instances */
    bk_xml_graft *out;
    int depth; /* of conversion factors that are converted themselves */
    bk_xml *flat;
};

/* comp_tree.c: instance 0 and, below it, those of all submodels; false after telling
 * what is wrong. */
bool bk_comp_tree(bk_comp *comp, bk_xml_node model);
/* The document that the reader came with, as document 0. */
bool bk_comp_begin(bk_comp *comp, const char *path, const bk_xml *xml);
/* The instance of a submodel element, or -1. */
int32_t bk_comp_instance_of(const bk_comp *comp, bk_comp_place submodel);

/* comp_replace.c: deletions and replacements into the states. */
void bk_comp_replace(bk_comp *comp);
/* The state of an element (KEPT when there is none). */
bk_comp_state bk_comp_state_of(const bk_comp *comp, bk_comp_place place);
/* Who stands for an element in the end: itself when nobody replaces it. */
bk_comp_place bk_comp_final(const bk_comp *comp, bk_comp_place place);

/* comp_flat.c */
/* The id in the flat document of an element that has one; NULL without memory. */
const char *bk_comp_id(bk_comp *comp, bk_comp_place place);
/* prefix + id. */
const char *bk_comp_prefixed(bk_comp *comp, int32_t instance, const char *id);
/* A units attribute as the flat document names it. */
const char *bk_comp_unit(bk_comp *comp, int32_t instance, const char *unit);

/* comp_math.c: factors round an expression, as parameters of instances. */
enum { BK_COMP_MOST_FACTORS = 64 };
typedef struct bk_comp_factors {
    const char *over[BK_COMP_MOST_FACTORS], *under[BK_COMP_MOST_FACTORS];
    int32_t over_in[BK_COMP_MOST_FACTORS], under_in[BK_COMP_MOST_FACTORS];
    int n_over, n_under;
    bool full; /* some did not fit */
} bk_comp_factors;
/* Those of time and extent between an instance and the whole. */
void bk_comp_time(const bk_comp *comp, int32_t instance, bool under,
                  bk_comp_factors *factors);
void bk_comp_extent(const bk_comp *comp, int32_t instance, bool under,
                    bk_comp_factors *factors);
/* The conversion factors on the way from an element to who stands for it. */
void bk_comp_way(const bk_comp *comp, bk_comp_place place, bk_comp_factors *factors);
/* <math> of an element of an instance, its value times factors; law is the kineticLaw
 * round it, or none. */
void bk_comp_math(bk_comp *comp, int32_t instance, bk_xml_node math, bk_xml_node law,
                  const bk_comp_factors *factors);

#endif
