/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sbml/qual_impl.h"

#include "base/alloc.h"

#include <string.h>

/* SBML Level 3 qual, version 1 (Chaouiya et al. 2013, doi:10.1186/1752-0509-7-135).
 *
 * Qualitative species become levels, and each output of a transition a logic whose
 * terms stand in the order of the file.  Files with one transition a node and files
 * with one an arc need no difference: the builder joins the logics of one target.  A
 * transition without function terms gives its outputs no rule: that is how inputs are
 * written by several tools. */

int bk_qual_space(bk_xml_node node, int word)
{
    /* attributes belong in qual's namespace, and some writers leave that out */
    return bk_xml_attribute(node, BK_S_QUAL, word) != NULL ? BK_S_QUAL
                                                           : BK_XML_NO_NAMESPACE;
}

const char *bk_qual_text(bk_xml_node node, int word)
{
    return bk_xml_attribute(node, bk_qual_space(node, word), word);
}

static void known(bk_qual *q, bk_xml_node node, const int *words, int n)
{
    bk_reader_known(q->reader, node, BK_S_QUAL, words, n);
}

static int32_t compartment_of(bk_qual *q, bk_xml_node node)
{
    const char *const id = bk_qual_text(node, BK_W_compartment);
    if (id == NULL) {
        if (q->without_compartment++ == 0) {
            q->first_without = node;
        }
        return -1;
    }
    const bk_model *const model = bk_builder_model(q->reader->builder);
    const int32_t symbol = bk_builder_find(q->reader->builder, id);
    if (symbol < 0 || model->symbols[symbol].kind != BK_COMPARTMENT) {
        bk_reader_error(q->reader, node, "qual-compartment",
                        "there is no compartment \"%s\"; add it or change the name",
                        id);
        return -1;
    }
    return symbol;
}

static void read_level_attributes(bk_qual *q, bk_xml_node node, bk_symbol *symbol)
{
    bk_diag *const diag = q->reader->diag;
    (void)bk_xml_get_bool(node, bk_qual_space(node, BK_W_constant), BK_W_constant, diag,
                          &symbol->constant);
    int level;
    if (bk_xml_get_int(node, bk_qual_space(node, BK_W_initialLevel), BK_W_initialLevel,
                       diag, &level)) {
        symbol->start_level = level;
        if (level < 0) {
            bk_reader_error(q->reader, node, "level-range",
                            "the initial level of \"%s\" is negative", symbol->id);
        }
    }
    if (bk_qual_text(node, BK_W_maxLevel) == NULL) {
        symbol->max_level = BK_QUAL_UNKNOWN_MAX;
    } else if (bk_xml_get_int(node, bk_qual_space(node, BK_W_maxLevel), BK_W_maxLevel,
                              diag, &level)) {
        symbol->max_level = level == BK_QUAL_UNKNOWN_MAX ? -1 : level;
    }
}

/* Remembers a name so that a file may use it in place of the id. */
static void keep_name(bk_qual *q, const char *name, int32_t symbol)
{
    if (*name == '\0') {
        return;
    }
    const int32_t had = bk_names_add(q->by_name, name, symbol);
    if (had == -2 || (had >= 0 && !bk_names_set(q->by_name, name, INT32_MAX))) {
        q->reader->no_memory = true;
    }
}

static void read_species(bk_qual *q, bk_xml_node node)
{
    static const int words[] = {BK_W_compartment, BK_W_constant, BK_W_initialLevel,
                                BK_W_maxLevel};
    known(q, node, words, 4);
    const char *const id = bk_reader_id(q->reader, node, bk_qual_space(node, BK_W_id));
    if (id == NULL) {
        if (bk_qual_text(node, BK_W_id) == NULL) {
            bk_reader_error(q->reader, node, "qual-id",
                            "this qualitative species has no id; give it one");
        }
        return;
    }
    bk_symbol symbol = bk_symbol_blank(BK_LEVEL, id);
    symbol.name = bk_reader_name(q->reader, node, bk_qual_space(node, BK_W_name));
    symbol.compartment = compartment_of(q, node);
    read_level_attributes(q, node, &symbol);
    symbol.notes = bk_reader_notes(q->reader, node);
    symbol.where = bk_xml_where(node);
    bk_reader_ours_symbol(q->reader, node, &symbol);
    const int32_t added = bk_builder_symbol(q->reader->builder, &symbol);
    if (added >= 0) {
        bk_reader_ours_aliases(q->reader, node, added);
        keep_name(q, symbol.name, added);
    }
}

int32_t bk_qual_by_name(bk_qual *q, const char *name, bk_where where)
{
    const int32_t symbol = bk_names_find(q->by_name, name);
    if (symbol < 0 || symbol == INT32_MAX) {
        return -1;
    }
    if (!q->told_names) {
        bk_diag_add(q->reader->diag, BK_WARNING, where, "qual-name",
                    "\"%s\" is the name of a qualitative species and not its id; names "
                    "are taken for ids in this file where they are unique",
                    name);
        q->told_names = true;
    }
    return symbol;
}

/* The species that an input or output names, or -1 after telling. */
static int32_t species_of(bk_qual *q, bk_xml_node node)
{
    const char *const id = bk_qual_text(node, BK_W_qualitativeSpecies);
    if (id == NULL) {
        bk_reader_error(q->reader, node, "qual-species",
                        "this %s names no qualitative species; add the attribute "
                        "qual:qualitativeSpecies",
                        bk_xml_name(node));
        return -1;
    }
    const bk_model *const model = bk_builder_model(q->reader->builder);
    int32_t symbol = bk_builder_find(q->reader->builder, id);
    if (symbol < 0 || model->symbols[symbol].kind != BK_LEVEL) {
        symbol = bk_qual_by_name(q, id, bk_xml_where(node));
    }
    if (symbol < 0) {
        bk_reader_error(q->reader, node, "qual-species",
                        "there is no qualitative species \"%s\"; add it or change the "
                        "name",
                        id);
    }
    return symbol;
}

/* The number of the word among words[n], `otherwise` when the attribute is absent;
 * tells of other words. */
static int choice(bk_qual *q, bk_xml_node node, int word, const char *const *words,
                  int n, int otherwise)
{
    const char *const text = bk_qual_text(node, word);
    if (text == NULL) {
        return otherwise;
    }
    for (int i = 0; i < n; i++) {
        if (strcmp(text, words[i]) == 0) {
            return i;
        }
    }
    bk_text_clear(&q->key);
    for (int i = 0; i < n; i++) {
        bk_text_add(&q->key, i > 0 ? ", " : "");
        bk_text_add(&q->key, words[i]);
    }
    bk_reader_error(q->reader, node, "qual-word", "%s=\"%s\" is none of %s",
                    bk_sbml_words[word], text, q->key.failed ? "" : q->key.data);
    return otherwise;
}

static void require(bk_qual *q, bk_xml_node node, const char *what, const char *detail)
{
    const bk_requirement requirement = {.what = what,
                                        .detail = detail != NULL ? detail : "",
                                        .where = bk_xml_where(node),
                                        .logical = true};
    bk_builder_requirement(q->reader->builder, &requirement);
}

static int sign_of(bk_qual *q, bk_xml_node node)
{
    static const char *const words[] = {"positive", "negative", "dual", "unknown"};
    const int found = choice(q, node, BK_W_sign, words, 4, 3);
    return found == 0 ? 1 : found == 1 ? -1 : 0;
}

static void check_threshold(bk_qual *q, const bk_qual_input *input)
{
    if (!input->has_threshold) {
        return;
    }
    const bk_model *const model = bk_builder_model(q->reader->builder);
    const int max = input->species >= 0 ? model->symbols[input->species].max_level
                                        : BK_QUAL_UNKNOWN_MAX;
    if (input->threshold < 0) {
        bk_reader_error(q->reader, input->node, "level-range",
                        "the threshold %d of this input is negative", input->threshold);
    } else if (max >= 0 && input->threshold > max) {
        bk_reader_warning(
            q->reader, input->node, "level-range",
            "the threshold %d of this input is never reached: the highest "
            "level is %d",
            input->threshold, max);
    }
}

static void read_input(bk_qual *q, bk_xml_node node)
{
    static const char *const effects[] = {"none", "consumption"};
    if (!bk_grow(&q->inputs, &q->input_capacity, q->n_inputs + 1, sizeof *q->inputs)) {
        q->reader->no_memory = true;
        return;
    }
    bk_qual_input input = {.node = node};
    input.id = bk_reader_id(q->reader, node, bk_qual_space(node, BK_W_id));
    input.species = species_of(q, node);
    input.sign = sign_of(q, node);
    input.has_threshold =
        bk_xml_get_int(node, bk_qual_space(node, BK_W_thresholdLevel),
                       BK_W_thresholdLevel, q->reader->diag, &input.threshold);
    check_threshold(q, &input);
    if (choice(q, node, BK_W_transitionEffect, effects, 2, 0) == 1) {
        require(q, node, "input with transitionEffect consumption",
                bk_qual_text(node, BK_W_qualitativeSpecies));
    }
    q->inputs[q->n_inputs++] = input;
}

static void read_output(bk_qual *q, bk_xml_node node)
{
    static const char *const effects[] = {"assignmentLevel", "production"};
    static const int words[] = {BK_W_qualitativeSpecies, BK_W_transitionEffect,
                                BK_W_outputLevel};
    known(q, node, words, 3);
    const int32_t species = species_of(q, node);
    if (choice(q, node, BK_W_transitionEffect, effects, 2, 0) == 1) {
        require(q, node, "output with transitionEffect production",
                bk_qual_text(node, BK_W_qualitativeSpecies));
    }
    if (species < 0) {
        return;
    }
    if (!bk_grow(&q->outputs, &q->output_capacity, q->n_outputs + 1,
                 sizeof *q->outputs)) {
        q->reader->no_memory = true;
        return;
    }
    q->outputs[q->n_outputs++] = species;
}

static void read_list(bk_qual *q, bk_xml_node transition, int list, int item,
                      void (*read)(bk_qual *q, bk_xml_node node))
{
    const bk_xml_node parent = bk_xml_child(transition, BK_S_QUAL, list);
    for (bk_xml_node c = bk_xml_first(parent); bk_xml_some(c); c = bk_xml_next(c)) {
        if (bk_xml_is(c, BK_S_QUAL, item)) {
            read(q, c);
        }
    }
}

/* An arc of the file.  The same pair may come more than once, with several thresholds
 * or in several transitions; signs that do not agree leave it without one. */
static void declare_arc(bk_qual *q, const bk_qual_input *input, int32_t target)
{
    bk_influence arc = {.source = input->species,
                        .target = target,
                        .sign = input->sign,
                        .declared = input->sign,
                        .effective = true,
                        .mechanism = "",
                        .references = "",
                        .confidence = "",
                        .loop = ""};
    bk_text_clear(&q->key);
    bk_text_printf(&q->key, "%d %d", (int)input->species, (int)target);
    if (q->key.failed) {
        q->reader->no_memory = true;
        return;
    }
    bk_model *const model = bk_builder_model(q->reader->builder);
    const int32_t had = bk_names_add(q->arcs, q->key.data, model->n_influences);
    if (had >= 0) {
        bk_influence *const first = &model->influences[had];
        first->declared = first->declared == input->sign ? input->sign : 0;
        return;
    }
    bk_reader_ours_influence(q->reader, input->node, &arc);
    if (had == -2 || bk_builder_influence(q->reader->builder, &arc) < 0) {
        q->reader->no_memory = true;
    }
}

static void read_transition(bk_qual *q, bk_xml_node node)
{
    known(q, node, NULL, 0);
    q->n_inputs = 0;
    q->n_outputs = 0;
    q->id = bk_reader_id(q->reader, node, bk_qual_space(node, BK_W_id));
    read_list(q, node, BK_W_listOfInputs, BK_W_input, read_input);
    read_list(q, node, BK_W_listOfOutputs, BK_W_output, read_output);
    if (!bk_xml_some(bk_xml_child(node, BK_S_QUAL, BK_W_listOfOutputs))) {
        bk_reader_warning(q->reader, node, "qual-no-output",
                          "this transition has no output and changes nothing");
    }
    for (size_t i = 0; i < q->n_inputs && !q->reader->no_memory; i++) {
        for (size_t k = 0; k < q->n_outputs && q->inputs[i].species >= 0; k++) {
            declare_arc(q, &q->inputs[i], q->outputs[k]);
        }
    }
    bk_qual_read_terms(q, node);
}

static void read_all(bk_qual *q, bk_xml_node model)
{
    read_list(q, model, BK_W_listOfQualitativeSpecies, BK_W_qualitativeSpecies,
              read_species);
    if (q->without_compartment > 0) {
        bk_reader_warning(
            q->reader, q->first_without, "qual-compartment",
            "%d qualitative species, this one first, name no compartment, "
            "which qual requires; nothing here depends on it",
            q->without_compartment);
    }
    read_list(q, model, BK_W_listOfTransitions, BK_W_transition, read_transition);
    bk_qual_infer_max(q);
}

void bk_qual_read(bk_reader *reader, bk_xml_node model)
{
    bk_qual q = {.reader = reader};
    q.by_name = bk_names_new();
    q.arcs = bk_names_new();
    if (q.by_name != NULL && q.arcs != NULL) {
        read_all(&q, model);
    } else {
        reader->no_memory = true;
    }
    bk_names_free(q.by_name);
    bk_names_free(q.arcs);
    bk_free(q.inputs);
    bk_free(q.outputs);
    bk_free(q.terms);
    bk_text_free(&q.key);
}
