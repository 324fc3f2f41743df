/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sbml/qual_impl.h"

#include "base/arena.h"
#include "model/dd.h"

#include <string.h>

/* One transition a ruled level.  Our terms are tried in order and qual's are not, so
 * where two terms of different level hold in one state each gets `and not` those before
 * it that give another level. */

enum { MOST_NODES = 100000 };

typedef struct qual_writer {
    bk_xml_writer *xml;
    const bk_model *model;
    bk_arena *arena;
    bk_names *taken; /* ids of the document */
    bk_text ours;
    bool no_memory;
} qual_writer;

/* wanted, or wanted with a number behind it; "" without memory. */
static const char *free_id(qual_writer *w, const char *wanted)
{
    const char *id = wanted;
    for (int k = 2; id != NULL; k++) {
        const int32_t had = bk_names_add(w->taken, id, 0);
        if (had == -1) {
            return id;
        }
        id = had == -2 ? NULL : bk_arena_printf(w->arena, "%s_%d", wanted, k);
    }
    w->no_memory = true;
    return "";
}

static void write_species(qual_writer *w, int32_t symbol, const char *compartment)
{
    const bk_symbol *const s = &w->model->symbols[symbol];
    bk_xml_open(w->xml, "qual:qualitativeSpecies");
    bk_write_sbase(w->xml, &s->notes);
    bk_xml_put(w->xml, "qual:id", s->id);
    bk_xml_put_some(w->xml, "qual:name", s->name);
    bk_xml_put(w->xml, "qual:compartment",
               s->compartment >= 0 ? w->model->symbols[s->compartment].id
                                   : compartment);
    bk_xml_put_bool(w->xml, "qual:constant", s->constant);
    if (s->start_level >= 0) {
        bk_xml_put_int(w->xml, "qual:initialLevel", s->start_level);
    }
    bk_xml_put_int(w->xml, "qual:maxLevel", s->max_level);
    bk_text_clear(&w->ours);
    bk_write_ours_symbol(&w->ours, w->model, symbol);
    bk_write_notes(w->xml, &s->notes, w->ours.length > 0 ? w->ours.data : NULL);
    bk_xml_close(w->xml, "qual:qualitativeSpecies");
}

/* Appends the resources that references name: PMID:1 and doi:10... , separated by white
 * space, commas or semicolons. */
static void write_resources(bk_text *text, const char *references)
{
    static const struct {
        const char *prefix, *resource;
    } kinds[] = {{"PMID:", "https://identifiers.org/pubmed/"},
                 {"doi:", "https://identifiers.org/doi/"}};
    while (*references != '\0') {
        const size_t length = strcspn(references, " ,;");
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            const size_t n = strlen(kinds[i].prefix);
            if (length > n && strncmp(references, kinds[i].prefix, n) == 0) {
                char rest[200];
                const size_t keep =
                    length - n < sizeof rest ? length - n : sizeof rest - 1;
                memcpy(rest, references + n, keep);
                rest[keep] = '\0';
                bk_text_printf(text, "<rdf:li rdf:resource=\"%s", kinds[i].resource);
                bk_text_xml(text, rest);
                bk_text_add(text, "\"/>");
            }
        }
        references += length + (references[length] != '\0');
    }
}

/* The publications of an arc as MIRIAM says it, for tools that do not know us. */
static void write_described_by(qual_writer *w, const char *metaid,
                               const char *references)
{
    bk_text items = {0};
    write_resources(&items, references);
    if (items.length > 0) {
        bk_text_printf(
            &w->ours,
            "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\""
            " xmlns:bqbiol=\"http://biomodels.net/biology-qualifiers/\">"
            "<rdf:Description rdf:about=\"#%s\"><bqbiol:isDescribedBy>"
            "<rdf:Bag>",
            metaid);
        bk_text_add_n(&w->ours, items.data, items.length);
        bk_text_add(&w->ours, "</rdf:Bag></bqbiol:isDescribedBy></rdf:Description>"
                              "</rdf:RDF>");
    }
    w->no_memory = w->no_memory || items.failed;
    bk_text_free(&items);
}

/* As declared; where nothing was, as the function has it. */
static const char *sign_word(const bk_influence *arc)
{
    const int sign = arc->declared == 2 ? arc->sign : arc->declared;
    return sign > 0                           ? "positive"
           : sign < 0                         ? "negative"
           : arc->sign == 0 && arc->effective ? "dual"
                                              : "unknown";
}

static void write_input(qual_writer *w, int32_t number)
{
    const bk_influence *const arc = &w->model->influences[number];
    bk_notes notes = {0};
    bk_text_clear(&w->ours);
    bk_write_ours_influence(&w->ours, arc);
    if (arc->references[0] != '\0') {
        const char *const wanted = bk_arena_printf(w->arena, "arc_%d", (int)number + 1);
        w->no_memory = w->no_memory || wanted == NULL;
        notes.metaid = free_id(w, wanted != NULL ? wanted : "");
        write_described_by(w, notes.metaid, arc->references);
    }
    bk_xml_open(w->xml, "qual:input");
    bk_write_sbase(w->xml, &notes);
    bk_xml_put(w->xml, "qual:qualitativeSpecies", w->model->symbols[arc->source].id);
    bk_xml_put(w->xml, "qual:transitionEffect", "none");
    bk_xml_put(w->xml, "qual:sign", sign_word(arc));
    bk_write_notes(w->xml, &notes, w->ours.length > 0 ? w->ours.data : NULL);
    bk_xml_close(w->xml, "qual:input");
}

static void write_inputs(qual_writer *w, int32_t target)
{
    const bk_model *const model = w->model;
    bool open = false;
    for (int32_t i = 0; i < model->n_influences; i++) {
        if (model->influences[i].target != target) {
            continue;
        }
        if (!open) {
            bk_xml_open(w->xml, "qual:listOfInputs");
            open = true;
        }
        write_input(w, i);
    }
    if (open) {
        bk_xml_close(w->xml, "qual:listOfInputs");
    }
}

/* The condition of a term, and not those of the first `before` terms that give another
 * level. */
static void write_condition(qual_writer *w, const bk_logic *logic, int32_t number,
                            int32_t before)
{
    const bk_math_writing writing = {
        .model = w->model, .reaction = -1, .level = 3, .version = 1};
    const bk_term *const terms = &w->model->terms[logic->first_term];
    int32_t others = 0;
    for (int32_t k = 0; k < before; k++) {
        others += terms[k].level != terms[number].level;
    }
    if (others == 0) {
        bk_mathml_write(w->xml, &writing, terms[number].condition);
        return;
    }
    bk_xml_open(w->xml, "math");
    bk_xml_put(w->xml, "xmlns", "http://www.w3.org/1998/Math/MathML");
    bk_xml_open(w->xml, "apply");
    bk_xml_open(w->xml, "and");
    bk_xml_close(w->xml, "and");
    bk_mathml_write_tree(w->xml, &writing, terms[number].condition);
    for (int32_t k = 0; k < before; k++) {
        if (terms[k].level != terms[number].level) {
            bk_xml_open(w->xml, "apply");
            bk_xml_open(w->xml, "not");
            bk_xml_close(w->xml, "not");
            bk_mathml_write_tree(w->xml, &writing, terms[k].condition);
            bk_xml_close(w->xml, "apply");
        }
    }
    bk_xml_close(w->xml, "apply");
    bk_xml_close(w->xml, "math");
}

static void write_terms(qual_writer *w, int32_t number)
{
    const bk_logic *const logic = &w->model->logics[number];
    int32_t earlier = -1;
    int32_t later = -1;
    const bk_status status =
        bk_dd_overlap(w->model, number, MOST_NODES, &earlier, &later);
    w->no_memory = w->no_memory || status == BK_NO_MEMORY;
    const bool exclusive = status == BK_OK && earlier < 0;
    bk_xml_open(w->xml, "qual:listOfFunctionTerms");
    bk_xml_open(w->xml, "qual:defaultTerm");
    bk_xml_put_int(w->xml, "qual:resultLevel", logic->otherwise);
    bk_xml_close(w->xml, "qual:defaultTerm");
    for (int32_t k = 0; k < logic->terms; k++) {
        bk_xml_open(w->xml, "qual:functionTerm");
        bk_xml_put_int(w->xml, "qual:resultLevel",
                       w->model->terms[logic->first_term + k].level);
        write_condition(w, logic, k, exclusive ? 0 : k);
        bk_xml_close(w->xml, "qual:functionTerm");
    }
    bk_xml_close(w->xml, "qual:listOfFunctionTerms");
}

static void write_transition(qual_writer *w, int32_t number)
{
    const bk_logic *const logic = &w->model->logics[number];
    const char *const target = w->model->symbols[logic->target].id;
    const char *const made = bk_arena_printf(w->arena, "tr_%s", target);
    w->no_memory = w->no_memory || made == NULL;
    const bool kept = logic->transition != NULL && bk_is_sid(logic->transition);
    bk_xml_open(w->xml, "qual:transition");
    bk_xml_put(w->xml, "qual:id",
               free_id(w, kept           ? logic->transition
                          : made != NULL ? made
                                         : "tr"));
    write_inputs(w, logic->target);
    bk_xml_open(w->xml, "qual:listOfOutputs");
    bk_xml_open(w->xml, "qual:output");
    bk_xml_put(w->xml, "qual:qualitativeSpecies", target);
    bk_xml_put(w->xml, "qual:transitionEffect", "assignmentLevel");
    bk_xml_close(w->xml, "qual:output");
    bk_xml_close(w->xml, "qual:listOfOutputs");
    write_terms(w, number);
    bk_xml_close(w->xml, "qual:transition");
}

const char *bk_qual_compartment(const bk_model *model)
{
    static const char *const made[] = {"cell", "compartment", "cell_", "compartment_"};
    for (int32_t i = 0; i < model->n_symbols; i++) {
        if (model->symbols[i].kind == BK_COMPARTMENT) {
            return model->symbols[i].id;
        }
    }
    size_t i = 0;
    while (i < 3 && bk_names_find(model->ids, made[i]) >= 0) {
        i++;
    }
    return made[i];
}

static bool take_ids(qual_writer *w)
{
    const bk_model *const model = w->model;
    bool fine = true;
    for (int32_t i = 0; i < model->n_symbols && fine; i++) {
        const char *const metaid = model->symbols[i].notes.metaid;
        fine = bk_names_add(w->taken, model->symbols[i].id, 0) != -2 &&
               (metaid == NULL || bk_names_add(w->taken, metaid, 0) != -2);
    }
    for (int32_t i = 0; i < model->n_functions && fine; i++) {
        fine = bk_names_add(w->taken, model->functions[i].id, 0) != -2;
    }
    return fine && bk_names_add(w->taken, model->id, 0) != -2;
}

static void write_lists(qual_writer *w)
{
    const bk_model *const model = w->model;
    const char *const compartment = bk_qual_compartment(model);
    w->no_memory = w->no_memory || bk_names_add(w->taken, compartment, 0) == -2;
    bk_xml_open(w->xml, "qual:listOfQualitativeSpecies");
    for (int32_t i = 0; i < model->n_symbols; i++) {
        if (model->symbols[i].kind == BK_LEVEL) {
            write_species(w, i, compartment);
        }
    }
    bk_xml_close(w->xml, "qual:listOfQualitativeSpecies");
    if (model->n_logics == 0) {
        return;
    }
    bk_xml_open(w->xml, "qual:listOfTransitions");
    for (int32_t i = 0; i < model->n_logics; i++) {
        write_transition(w, i);
    }
    bk_xml_close(w->xml, "qual:listOfTransitions");
}

void bk_qual_write(bk_xml_writer *writer, const bk_model *model)
{
    qual_writer w = {.xml = writer, .model = model};
    w.arena = bk_arena_new();
    w.taken = bk_names_new();
    if (w.arena != NULL && w.taken != NULL && take_ids(&w)) {
        write_lists(&w);
    } else {
        w.no_memory = true;
    }
    /* the one place where the writer of the document looks */
    writer->text->failed = writer->text->failed || w.no_memory || w.ours.failed;
    bk_text_free(&w.ours);
    bk_names_free(w.taken);
    bk_arena_free(w.arena);
}
