/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/lesions_impl.h"

#include "base/alloc.h"
#include "scenario/library_impl.h"

#include <string.h>

/* Each line finds its edit; gains go first, so that a loss can see what it meets. */

typedef struct found_edit {
    const char *edit;
    int32_t node; /* -1: the model does not know the gene */
    bool gain;
} found_edit;

typedef struct matching {
    bk_lesion_list *list;
    const bk_library *library;
    const bk_model *model;
    bk_scenario *scenario;
    found_edit *edits;
    size_t n_edits, capacity;
    bk_text kept_out, body;
    bk_text foreign; /* genes that are not in the network */
    size_t n_foreign;
} matching;

static const char *const gain_states[] = {"amp", "over", "high", "on", NULL};
static const char *const loss_states[] = {"loss", "absent", "null", "neg", NULL};

/* The table's gene is the line's, or is the id of the node that the line's gene is. */
static bool same_gene(matching *m, const bk_lesion *lesion, const char *gene,
                      size_t length)
{
    bk_text name = {0};
    bk_text_add_n(&name, gene, length);
    const int32_t node = bk_model_find(m->model, lesion->gene);
    const bool same =
        name.data != NULL &&
        (bk_text_equal_nocase(name.data, lesion->gene) ||
         (node >= 0 && strcmp(bk_symbol_id(m->model, node), name.data) == 0));
    m->list->memory = m->list->memory || name.failed;
    bk_text_free(&name);
    return same;
}

/* The variant `GENE:state` of a line's gene, or NULL. */
static const char *variant_of(matching *m, const bk_lesion *lesion, const char *state)
{
    for (size_t i = 0; i < bk_library_variants(m->library); i++) {
        const char *const name = bk_library_variant(m->library, i);
        const char *const colon = strchr(name, ':');
        if (colon != NULL && bk_text_equal_nocase(colon + 1, state) &&
            same_gene(m, lesion, name, (size_t)(colon - name))) {
            return name;
        }
    }
    for (size_t i = 0; m->library != NULL && i < m->library->n_alleles; i++) {
        const char *const gene = m->library->alleles[i].gene;
        if (same_gene(m, lesion, gene, strlen(gene)) &&
            bk_library_find_allele(m->library, gene, state) == (int32_t)i) {
            return bk_library_variant(m->library, m->library->alleles[i].variant);
        }
    }
    return NULL;
}

static const char *first_variant(matching *m, const bk_lesion *lesion,
                                 const char *const *states)
{
    const char *variant = NULL;
    for (; *states != NULL && variant == NULL; states++) {
        variant = variant_of(m, lesion, *states);
    }
    return variant;
}

static void keep_out(matching *m, const bk_lesion *lesion, const char *why)
{
    bk_diag_add(m->list->diag, BK_WARNING, lesion->where, "lesion-kept-out",
                "%s %s is kept out: %s", lesion->gene, lesion->words, why);
    bk_text_printf(&m->kept_out, "# kept out: %s %s (%s:%d): %s\n", lesion->gene,
                   lesion->words, lesion->where.file, lesion->where.line, why);
}

static bool already(const matching *m, const char *edit)
{
    for (size_t i = 0; i < m->n_edits; i++) {
        if (strcmp(m->edits[i].edit, edit) == 0) {
            return true;
        }
    }
    return false;
}

static void take(matching *m, const bk_lesion *lesion, int32_t node, const char *edit)
{
    bk_lesion_list *const list = m->list;
    if (edit == NULL ||
        !bk_grow(&m->edits, &m->capacity, m->n_edits + 1, sizeof *m->edits)) {
        list->memory = true;
        return;
    }
    const bool known = already(m, edit);
    m->edits[m->n_edits++] = (found_edit){edit, node, lesion->kind != BK_LESION_LOSS};
    if (known) {
        bk_text_printf(&m->body, "#   also %s %s, %s:%d\n", lesion->gene, lesion->words,
                       lesion->where.file, lesion->where.line);
        return;
    }
    bk_text_printf(&m->body, "%s  # %s %s, %s:%d\n", edit, lesion->gene, lesion->words,
                   lesion->where.file, lesion->where.line);
    const bk_status status =
        bk_scenario_parse(m->scenario, BK_BACKGROUND, edit, lesion->where, list->diag);
    list->memory = list->memory || status == BK_NO_MEMORY;
    list->wrong = list->wrong || status != BK_OK;
}

static void take_variant(matching *m, const bk_lesion *lesion, int32_t node,
                         const char *variant)
{
    bk_text edit = {0};
    bk_text_add(&edit, "variant ");
    bk_name_print(&edit, variant, false);
    take(m, lesion, node,
         edit.failed ? NULL : bk_arena_text(m->list->arena, edit.data));
    bk_text_free(&edit);
}

static void match_loss(matching *m, const bk_lesion *lesion, int32_t node)
{
    const char *const variant = first_variant(m, lesion, loss_states);
    const char *const id = node >= 0 ? bk_symbol_id(m->model, node) : "";
    const bool own = bk_text_equal_nocase(id, lesion->gene);
    for (size_t i = 0; i < m->n_edits; i++) {
        if (node >= 0 && m->edits[i].node == node && m->edits[i].gain) {
            keep_out(m, lesion,
                     "the gene is amplified or activated as well, and which copy is "
                     "lost is not known");
            return;
        }
    }
    if (variant != NULL) {
        if (!own && strncmp(variant, lesion->gene, strlen(lesion->gene)) != 0) {
            bk_diag_add(m->list->diag, BK_WARNING, lesion->where, "lesion-lump",
                        "%s is read as %s; where that node stands for several genes, "
                        "the loss of all of them is assumed",
                        lesion->gene, variant);
        }
        take_variant(m, lesion, node, variant);
    } else if (!own) {
        keep_out(
            m, lesion,
            "its node stands for more than this gene; write `fix NODE = 0` if it is "
            "to be lost altogether");
    } else {
        take(m, lesion, node,
             bk_arena_printf(
                 m->list->arena,
                 bk_symbol_input(m->model, node) ? "start %s = 0" : "fix %s = 0", id));
    }
}

/* A word with a residue and its number. */
static bool is_change(const char *words)
{
    return words[0] >= 'A' && words[0] <= 'Z' && words[1] >= '0' && words[1] <= '9';
}

static void match(matching *m, const bk_lesion *lesion)
{
    const int32_t node = bk_model_find(m->model, lesion->gene);
    /* A truncating change may still be a variant by name. */
    const char *const named = variant_of(m, lesion, lesion->words);
    const char *const gained =
        lesion->kind == BK_LESION_GAIN ? first_variant(m, lesion, gain_states) : NULL;
    if (named != NULL || gained != NULL) {
        take_variant(m, lesion, node, named != NULL ? named : gained);
    } else if (node < 0) {
        bk_text_printf(&m->foreign, "%s%s %s", m->n_foreign > 0 ? ", " : "",
                       lesion->gene, lesion->words);
        m->n_foreign++;
    } else if (lesion->kind == BK_LESION_LOSS) {
        match_loss(m, lesion, node);
    } else if (lesion->kind == BK_LESION_GAIN) {
        keep_out(m, lesion, "an amplification without a variant of its own");
    } else if (is_change(lesion->words)) {
        keep_out(m, lesion, "a change without known effect");
    } else {
        m->list->wrong = true;
        bk_diag_add(m->list->diag, BK_ERROR, lesion->where, "lesion-state",
                    "%s has no variant or state \"%s\"; expected a protein change "
                    "(H1047R), truncating, amp, loss or a variant of the library",
                    lesion->gene, lesion->words);
    }
}

static void match_all(matching *m)
{
    const bk_lesion_list *const list = m->list;
    for (int losses = 0; losses < 2; losses++) {
        for (size_t i = 0; i < list->n && !list->memory; i++) {
            if ((list->items[i].kind == BK_LESION_LOSS) == (losses == 1)) {
                match(m, &list->items[i]);
            }
        }
    }
}

static void print(const matching *m, const char *const *paths, size_t n, bk_text *text)
{
    const bk_lesion_list *const list = m->list;
    const char *const sample =
        list->settings->sample != NULL ? list->settings->sample : list->sample;
    bk_text_printf(text, "# background of %s from",
                   sample != NULL && sample[0] != '\0' ? sample : "one sample");
    for (size_t i = 0; i < n; i++) {
        bk_text_printf(text, "%s %s", i > 0 ? "," : "", paths[i]);
    }
    bk_text_add(text, "\nbackground\n");
    bk_text_add(text, m->body.data != NULL ? m->body.data : "");
    bk_text_add(text, m->kept_out.data != NULL ? m->kept_out.data : "");
    if (m->n_foreign > 0) {
        bk_text_printf(text, "# %zu not in the network: %s\n", m->n_foreign,
                       m->foreign.data);
    }
    if (list->silent + list->neutral > 0) {
        bk_text_printf(text,
                       "# %zu silent or non-coding, %zu without a change in copy "
                       "number or state\n",
                       list->silent, list->neutral);
    }
}

/* The sample must be there, and the edits must go together. */
static void check(matching *m)
{
    bk_lesion_list *const list = m->list;
    bk_overlay *overlay = NULL;
    if (list->settings->sample != NULL && !list->sample_seen) {
        bk_diag_add(list->diag, BK_ERROR, (bk_where){.file = NULL}, "lesion-sample",
                    "no table has a sample \"%s\"", list->settings->sample);
        list->wrong = true;
    }
    if (!list->wrong && !list->memory) {
        const bk_status status =
            bk_scenario_bind(m->scenario, m->library, m->model, list->diag, &overlay);
        list->memory = status == BK_NO_MEMORY;
        list->wrong = status != BK_OK;
    }
    bk_overlay_free(overlay);
    if (m->n_foreign > 0 && m->foreign.data != NULL) {
        bk_diag_add(list->diag, BK_NOTE, (bk_where){.file = NULL}, "lesion-foreign",
                    "%zu lesions are of genes that the network does not have: %s",
                    m->n_foreign, m->foreign.data);
    }
}

bk_status bk_lesions_print(const char *const *paths, size_t n,
                           const bk_lesion_settings *settings,
                           const bk_library *library, const bk_model *model,
                           bk_diag *diag, char **text)
{
    bk_lesion_list list = {.arena = bk_arena_new(), .diag = diag, .settings = settings};
    matching m = {.list = &list,
                  .library = library,
                  .model = model,
                  .scenario = bk_scenario_new("lesions")};
    bk_text out = {0};
    list.memory = list.arena == NULL || m.scenario == NULL;
    for (size_t i = 0; i < n && !list.memory; i++) {
        bk_lesions_read(&list, paths[i]);
    }
    if (!list.memory) {
        match_all(&m);
        check(&m);
        print(&m, paths, n, &out);
    }
    list.memory = list.memory || out.failed || m.body.failed || m.kept_out.failed ||
                  m.foreign.failed;
    bk_free(m.edits);
    bk_free(list.items);
    bk_text_free(&m.body);
    bk_text_free(&m.kept_out);
    bk_text_free(&m.foreign);
    bk_scenario_free(m.scenario);
    bk_arena_free(list.arena);
    if (list.memory || list.wrong) {
        bk_text_free(&out);
        return list.memory ? BK_NO_MEMORY : BK_BAD_INPUT;
    }
    *text = out.data;
    return BK_OK;
}
