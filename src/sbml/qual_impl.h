/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SBML_QUAL_IMPL_H
#define BK_SBML_QUAL_IMPL_H

/* What the files that read qual share: the state of one read. */

#include "sbml/sbml_impl.h"

/* A maxLevel that the file does not give, until the rules are known. */
#define BK_QUAL_UNKNOWN_MAX (-1000)

typedef struct bk_qual_input {
    const char *id;  /* or NULL; in the mathematics it stands for the threshold */
    int32_t species; /* -1: unknown */
    int threshold, sign;
    bool has_threshold;
    bk_xml_node node;
} bk_qual_input;

typedef struct bk_qual {
    bk_reader *reader;
    bk_names *by_name; /* name -> level; INT32_MAX: several have it */
    bk_names *arcs;    /* "source target" -> influence */
    bk_text key;
    int without_compartment;
    bk_xml_node first_without;
    bool told_names;
    /* of the transition being read */
    const char *id; /* or NULL */
    bk_qual_input *inputs;
    int32_t *outputs;
    bk_term *terms;
    size_t n_inputs, input_capacity, n_outputs, output_capacity, n_terms, term_capacity;
} bk_qual;

/* The namespace in which an attribute of a qual element stands; its text, or NULL. */
int bk_qual_space(bk_xml_node node, int word);
const char *bk_qual_text(bk_xml_node node, int word);
/* The level of a unique name, with one warning a file, or -1. */
int32_t bk_qual_by_name(bk_qual *q, const char *name, bk_where where);
/* The function terms of a transition, as a logic of each of its outputs. */
void bk_qual_read_terms(bk_qual *q, bk_xml_node transition);
/* Gives levels without maxLevel the highest that the rules name. */
void bk_qual_infer_max(bk_qual *q);

/* The compartment of levels that name none, which qual requires: the first of the
 * model, or the id of one that the document must have made for them. */
const char *bk_qual_compartment(const bk_model *model);

#endif
