/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SBML_SBML_IMPL_H
#define BK_SBML_SBML_IMPL_H

/* What the files of this room share.
 *
 * Reading goes over the document twice: first every symbol (so that an expression may
 * name what stands further down), then everything with mathematics.  Nothing stops at
 * the first problem: a part that is wrong is told and left out, and the status is
 * looked up in the diag at the end. */

#include "base/names.h"
#include "math/expr.h"
#include "model/builder.h"
#include "xml/xml.h"

#include <blockade/sbml.h>

typedef enum bk_word {
#define SPACE(name, uri) BK_S_##name,
#define WORD(name) BK_W_##name,
#define NAMED(name, text, op) BK_W_##name,
#include "sbml/words.def"
    BK_WORDS
} bk_word;
extern const char *const bk_sbml_words[BK_WORDS];

typedef struct bk_reader {
    const bk_xml *xml;
    bk_builder *builder;
    bk_exprs *pool; /* the builder's */
    bk_diag *diag;
    bool lax, ignore_fast;
    size_t errors_before; /* in the diag when the read began */
    bool no_memory;       /* remembered; the read ends with BK_NO_MEMORY */
    struct bk_comp *comp; /* when the document has submodels */
    int level, version;   /* 3, 1 where the file does not say */
    int core;             /* namespace of core elements: BK_S_L1 .. BK_S_L3V2 */
    int fbc;              /* namespace of flux balance, or 0 */
    bool qual;            /* the qual namespace is declared */
    bk_names *functions;  /* function id -> its number; INT32_MAX: told to be wrong */
    bk_names *units;      /* what a units attribute may name */
    bk_names *other_ids;  /* Level 3 Version 2: ids of what is no symbol */
    bk_arena *texts;      /* texts until the builder has copied them */
    bk_text scratch;
    struct bk_pending *pending; /* references of our annotation to later symbols */
    size_t n_pending, pending_capacity;
    int suggestions; /* how many unknown names were told with the nearest ones */
    int made_events; /* events without an id so far */
    bool told_semantics;
} bk_reader;

/* drive="x" or part="x" of our annotation, until x is known. */
typedef struct bk_pending {
    int32_t symbol;
    const char *drive, *part; /* in the document; or NULL */
    bk_xml_node node;
} bk_pending;

/* True when the level and version are at least these. */
static inline bool bk_reader_since(const bk_reader *reader, int level, int version)
{
    return reader->level > level ||
           (reader->level == level && reader->version >= version);
}

/* A located message about an element. */
void bk_reader_error(bk_reader *reader, bk_xml_node node, const char *code,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));
void bk_reader_warning(bk_reader *reader, bk_xml_node node, const char *code,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));
void bk_reader_note(bk_reader *reader, bk_xml_node node, const char *code,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* What `lax` forgives: a warning then, else an error.  True when forgiven. */
bool bk_reader_forgive(bk_reader *reader, bk_xml_node node, const char *code,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Warns of attributes of no namespace or of namespace `space` whose word is not among
 * known[n]; id, name, metaid, sboTerm need not be listed. */
void bk_reader_known(bk_reader *reader, bk_xml_node node, int space, const int *known,
                     int n);
/* The notes of an element; the texts live as long as the reader. */
bk_notes bk_reader_notes(bk_reader *reader, bk_xml_node node);
/* The id attribute in a namespace (NO_NAMESPACE for core), checked; NULL when
 * absent. */
const char *bk_reader_id(bk_reader *reader, bk_xml_node node, int space);
const char *bk_reader_name(bk_reader *reader, bk_xml_node node, int space); /* or "" */

/* group and slow of our annotation into a symbol that was filled from `node`; then,
 * when it is in the builder, aliases="a; b c; d" (or, without a semicolon, separated by
 * white space and commas), drive and part. */
void bk_reader_ours_symbol(bk_reader *reader, bk_xml_node node, bk_symbol *symbol);
void bk_reader_ours_aliases(bk_reader *reader, bk_xml_node node, int32_t symbol);
/* mechanism, references, confidence, loop, slow of our annotation. */
void bk_reader_ours_influence(bk_reader *reader, bk_xml_node node,
                              bk_influence *influence);

/* The influences in the annotation of the model, and drives and parts of symbols, when
 * every symbol is there. */
void bk_reader_ours_model(bk_reader *reader, bk_xml_node model);
void bk_reader_ours_finish(bk_reader *reader);

/* Tells that a name is unknown, with the nearest ones of the model. */
void bk_reader_unknown(bk_reader *reader, bk_where where, const char *code,
                       const char *what, const char *name);
/* A reference by id to a symbol, told when absent or unknown; -1 then. */
int32_t bk_reader_symbol(bk_reader *reader, bk_xml_node node, int word,
                         const char *code);
/* A units attribute, with a warning when nothing has that name; NULL when absent. */
const char *bk_reader_units(bk_reader *reader, bk_xml_node node, int word);
/* Level 3 Version 2 gives ids to everything: checks that of an element which is no
 * symbol of ours. */
void bk_reader_other_id(bk_reader *reader, bk_xml_node node);
/* A boolean attribute: `otherwise` where the level has a default or lax forgives. */
bool bk_reader_bool(bk_reader *reader, bk_xml_node node, int word, bool required,
                    bool otherwise, const char *code);
/* Warns of children in core's namespace that are not the `word` of a list. */
void bk_reader_stray(bk_reader *reader, bk_xml_node child, bk_xml_node parent);

/* --- mathematics --- */

/* What names mean, innermost first: the arguments of a function, then `name`, then
 * local parameters, then symbols of the model. */
typedef struct bk_math_scope {
    const char *const *arguments;
    int n_arguments;
    /* A name of the caller's own (qual: an input's id stands for its threshold); return
     * BK_NO_EXPR for names it does not know. */
    bk_expr (*name)(void *context, bk_reader *reader, const char *name, bk_where where);
    void *context;
    const char *reaction; /* its local parameters come before the model's symbols */
} bk_math_scope;

/* The expression of a <math> element (or of its parent's <math> child: see
 * bk_mathml_of); scope may be NULL.  BK_NO_EXPR after telling what is wrong. */
bk_expr bk_mathml_read(bk_reader *reader, bk_xml_node math, const bk_math_scope *scope);
/* That of the <math> child of an element; BK_NO_EXPR, and *present false, when there is
 * none (present may be NULL). */
bk_expr bk_mathml_of(bk_reader *reader, bk_xml_node parent, const bk_math_scope *scope,
                     bool *present);
/* That of an element of MathML itself: the body of a lambda. */
bk_expr bk_mathml_body(bk_reader *reader, bk_xml_node node, const bk_math_scope *scope);
/* The symbol named by an id under a scope, told when unknown. */
bk_expr bk_math_name(bk_reader *reader, const char *name, const bk_math_scope *scope,
                     bk_where where);
/* Level 1: a formula string with the function names of Level 1. */
bk_expr bk_formula_read(bk_reader *reader, bk_xml_node node, const char *formula,
                        const bk_math_scope *scope);

/* Writes <math> with the expression; nothing for BK_NO_EXPR.  Local parameters go by
 * their own names. */
typedef struct bk_math_writing {
    const bk_model *model;
    int32_t reaction;             /* index in reactions, or -1 */
    const char *const *arguments; /* of a function definition */
    int level, version;           /* of the document: 3, 1 or 2 */
} bk_math_writing;
void bk_mathml_write(bk_xml_writer *writer, const bk_math_writing *writing, bk_expr e);
/* The same without <math> round it, for a lambda's body. */
void bk_mathml_write_tree(bk_xml_writer *writer, const bk_math_writing *writing,
                          bk_expr e);

/* The open tag of <math>. */
void bk_mathml_open(bk_xml_writer *writer);
/* A unit as Level 3 names it, or NULL. */
const char *bk_write_unit(const bk_model *model, const char *unit);
/* The id of a symbol; of a local parameter without that of its reaction. */
const char *bk_write_own_name(const bk_model *model, int32_t symbol);

/* --- parts --- */

/* The lists of a <model>, none where it has none of that name. */
typedef struct bk_lists {
    bk_xml_node functions, units, compartments, species, parameters, initials, rules,
        constraints, reactions, events;
} bk_lists;

/* Symbols in this order, then what has mathematics. */
void bk_core_read_units(bk_reader *reader, bk_xml_node list);
void bk_core_read_compartments(bk_reader *reader, bk_xml_node list);
void bk_core_read_parameters(bk_reader *reader, bk_xml_node list);
void bk_core_read_species(bk_reader *reader, bk_xml_node list);
void bk_core_read_reaction_symbols(bk_reader *reader, bk_xml_node list);
void bk_core_read_functions(bk_reader *reader, bk_xml_node list);
void bk_core_read_event_symbols(bk_reader *reader, bk_xml_node list);
void bk_core_read_initials(bk_reader *reader, bk_xml_node list);
void bk_core_read_rules(bk_reader *reader, bk_xml_node list);
void bk_core_read_constraints(bk_reader *reader, bk_xml_node list);
void bk_core_read_reactions(bk_reader *reader, bk_xml_node list);
void bk_core_read_events(bk_reader *reader, bk_xml_node list);

/* qual_read.c: the qualitative species and transitions under a <model>.  Called once,
 * after the symbols of core (compartments) and before core's mathematics. */
void bk_qual_read(bk_reader *reader, bk_xml_node model);
/* fbc_read.c: flux bounds and objectives under a <model> (fbc Version 1 and 2).  Called
 * once, when the symbols of core are there. */
void bk_fbc_read(bk_reader *reader, bk_xml_node model, bk_xml_node reactions);
/* qual_write.c: the two qual lists, inside an open <model> of an L3V1 document whose
 * root declares xmlns:qual. */
void bk_qual_write(bk_xml_writer *writer, const bk_model *model);

/* comp_flat.c: a document that uses the comp package as one without submodels, which
 * becomes the reader's document.  False after telling why not.  *comp holds what both
 * documents need; free it after the reading, in any case. */
typedef struct bk_comp bk_comp;
bool bk_comp_flatten(bk_reader *reader, bk_xml_node model, bk_comp **comp);
void bk_comp_free(bk_comp *comp);

/* metaid and sboTerm as attributes of the open tag. */
void bk_write_sbase(bk_xml_writer *writer, const bk_notes *notes);
/* Notes and annotation as children; `ours` is the whole of our own element as XML,
 * merged into the original annotation, or NULL. */
void bk_write_notes(bk_xml_writer *writer, const bk_notes *notes, const char *ours);
/* Our annotation element of a symbol (aliases, group, slow, drive) or of an influence,
 * appended to text; nothing when there is nothing to say. */
void bk_write_ours_symbol(bk_text *text, const bk_model *model, int32_t symbol);
void bk_write_ours_influence(bk_text *text, const bk_influence *influence);
/* Influences between what is no level, for the model's annotation. */
void bk_write_ours_model(bk_text *text, const bk_model *model);

#endif
