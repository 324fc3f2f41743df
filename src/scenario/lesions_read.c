/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/lesions_impl.h"

#include "base/alloc.h"

#include <string.h>

typedef struct sheet {
    bk_lesion_list *list;
    const bk_table *table;
    int gene, change, class, gistic, copies, state, sample; /* columns, -1: none */
} sheet;

static int find_column(const bk_table *table, const char *const *names)
{
    for (; *names != NULL; names++) {
        for (int i = 0; i < bk_table_columns(table); i++) {
            if (bk_text_equal_nocase(bk_table_column_name(table, i), *names)) {
                return i;
            }
        }
    }
    return -1;
}

/* "" for a missing column, an empty cell and the usual marks of nothing. */
static const char *cell(const sheet *s, size_t row, int column)
{
    static const char *const nothing[] = {"NA", ".", "-", "NaN", NULL};
    const char *const text = column >= 0 ? bk_table_text(s->table, row, column) : "";
    return bk_text_is_one_of(text, nothing) ? "" : text;
}

static void complain(const sheet *s, size_t row, int column, const char *code,
                     const char *expected, const char *got)
{
    bk_diag_add(s->list->diag, BK_ERROR, bk_table_where(s->table, row, column), code,
                "expected %s, got '%s'", expected, got);
    s->list->wrong = true;
}

static const char *keep(bk_lesion_list *list, const char *text)
{
    const char *const copy = bk_arena_text(list->arena, text);
    list->memory = list->memory || copy == NULL;
    return copy != NULL ? copy : "";
}

static void add(const sheet *s, size_t row, int column, bk_lesion_kind kind,
                const char *words)
{
    bk_lesion_list *const list = s->list;
    if (words == NULL ||
        !bk_grow(&list->items, &list->capacity, list->n + 1, sizeof *list->items)) {
        list->memory = true;
        return;
    }
    bk_where where = bk_table_where(s->table, row, column);
    where.file = keep(list, where.file != NULL ? where.file : "");
    list->items[list->n++] = (bk_lesion){.kind = kind,
                                         .gene = keep(list, cell(s, row, s->gene)),
                                         .words = keep(list, words),
                                         .where = where};
}

/* --- protein changes -------------------------------------------------------------- */

/* One-letter codes of amino acids by their three-letter ones (IUPAC-IUB 1983). */
static char residue(const char *three)
{
    static const char codes[] = "AlaAArgRAsnNAspDCysCGlnQGluEGlyGHisHIleILeuLLysKMetM"
                                "PhePProPSerSThrTTrpWTyrYValVTer*";
    for (size_t i = 0; i + 3 < sizeof codes; i += 4) {
        if (strncmp(codes + i, three, 3) == 0) {
            return codes[i + 3];
        }
    }
    return '\0';
}

const char *bk_lesion_change(bk_arena *arena, const char *text)
{
    const char *const colon = strrchr(text, ':');
    text = colon != NULL ? colon + 1 : text;
    text += strncmp(text, "p.", 2) == 0 ? 2 : 0;
    char *const made = bk_arena_text(arena, text);
    if (made == NULL) {
        return NULL;
    }
    char *to = made;
    for (const char *at = text; *at != '\0';) {
        const char one = strlen(at) >= 3 ? residue(at) : '\0';
        if (*at == '(' || *at == ')') {
            at++;
        } else if (one != '\0') {
            *to++ = one;
            at += 3;
        } else {
            *to++ = *at++;
        }
    }
    *to = '\0';
    return made;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A stop, a frame shift, a lost splice site or start. */
static bool truncates(const char *change)
{
    const size_t n = strlen(change);
    return strchr(change, '*') != NULL || strstr(change, "fs") != NULL ||
           strstr(change, "splice") != NULL || strcmp(change, "M1?") == 0 ||
           (n > 2 && change[n - 1] == 'X' && is_digit(change[n - 2]));
}

/* A residue with its number, as every protein change has it. */
static bool is_change(const char *text)
{
    return text[0] >= 'A' && text[0] <= 'Z' && is_digit(text[1]);
}

static const char *const truncating_classes[] = {
    "Nonsense_Mutation", "Frame_Shift_Del",        "Frame_Shift_Ins",
    "Splice_Site",       "Translation_Start_Site", NULL};
static const char *const changing_classes[] = {
    "Missense_Mutation", "In_Frame_Del", "In_Frame_Ins", "Nonstop_Mutation", NULL};
static const char *const silent_classes[] = {
    "Silent",          "Synonymous", "Intron",  "RNA",     "IGR",
    "3'UTR",           "5'UTR",      "3'Flank", "5'Flank", "Splice_Region",
    "Targeted_Region", "lincRNA",    NULL};

static void read_mutation(sheet *s, size_t row)
{
    const char *const class = cell(s, row, s->class);
    const char *const text = cell(s, row, s->change);
    const char *const change = bk_lesion_change(s->list->arena, text);
    const int column = text[0] != '\0' || s->class < 0 ? s->change : s->class;
    if (change == NULL) {
        s->list->memory = true;
    } else if (bk_text_is_one_of(class, silent_classes)) {
        s->list->silent++;
    } else if (bk_text_is_one_of(class, truncating_classes) ||
               (change[0] != '\0' && truncates(change))) {
        add(s, row, column, BK_LESION_LOSS, change[0] != '\0' ? change : class);
    } else if (bk_text_is_one_of(class, changing_classes) ||
               (class[0] == '\0' && change[0] != '\0')) {
        add(s, row, column, BK_LESION_CHANGE, change[0] != '\0' ? change : class);
    } else if (class[0] == '\0') {
        complain(s, row, s->change >= 0 ? s->change : s->class, "lesion-empty",
                 "a protein change or a Variant_Classification", "");
    } else {
        complain(
            s, row, s->class, "lesion-class",
            "a Variant_Classification such as Missense_Mutation, Nonsense_Mutation, "
            "Frame_Shift_Del or Silent",
            class);
    }
}

/* --- copy numbers and plain tables ------------------------------------------------ */

static void read_copies(sheet *s, size_t row)
{
    const bool absolute = s->gistic < 0;
    const int column = absolute ? s->copies : s->gistic;
    const char *const text = cell(s, row, column);
    const double amplified =
        s->list->settings->amplified > 0 ? s->list->settings->amplified : 6;
    double value = 0;
    if (text[0] == '\0') {
        s->list->neutral++;
    } else if (!bk_double_parse(text, strlen(text), &value) ||
               !(absolute ? value >= 0 && value < 1e6 : value >= -2 && value <= 2)) {
        complain(s, row, column, "lesion-copies",
                 absolute ? "a number of copies, 0 or more"
                          : "a copy-number call from -2 to 2",
                 text);
    } else if (absolute ? value >= amplified : value >= 2) {
        add(s, row, column, BK_LESION_GAIN,
            bk_arena_printf(s->list->arena, "%s %s",
                            absolute ? "copy number" : "copy-number call", text));
    } else if (absolute ? value < 0.5 : value <= -2) {
        add(s, row, column, BK_LESION_LOSS,
            bk_arena_printf(s->list->arena, "%s %s",
                            absolute ? "copy number" : "copy-number call", text));
    } else {
        s->list->neutral++;
    }
}

static void read_state(sheet *s, size_t row)
{
    static const char *const gains[] = {"amp", "amplified", "amplification", NULL};
    static const char *const losses[] = {
        "loss", "lost", "deletion", "deleted", "truncated", "truncating", NULL};
    static const char *const plain[] = {"wt", "normal", "wild-type", "none", NULL};
    const char *const text = cell(s, row, s->state);
    const char *const change = bk_lesion_change(s->list->arena, text);
    if (change == NULL) {
        s->list->memory = true;
    } else if (change[0] == '\0') {
        complain(s, row, s->state, "lesion-empty",
                 "a protein change (H1047R), a state (amp, loss, pos ...) or wt", "");
    } else if (bk_text_is_one_of(change, plain)) {
        s->list->neutral++;
    } else if (bk_text_is_one_of(change, gains)) {
        add(s, row, s->state, BK_LESION_GAIN, change);
    } else if (bk_text_is_one_of(change, losses) ||
               (is_change(change) && truncates(change))) {
        add(s, row, s->state, BK_LESION_LOSS, change);
    } else {
        add(s, row, s->state, BK_LESION_CHANGE, change);
    }
}

/* --- tables ----------------------------------------------------------------------- */

/* True when the row is of the sample that is read. */
static bool of_sample(sheet *s, size_t row)
{
    bk_lesion_list *const list = s->list;
    const char *const name = cell(s, row, s->sample);
    if (s->sample < 0) {
        return true;
    }
    if (list->settings->sample != NULL) {
        const bool same = strcmp(name, list->settings->sample) == 0;
        list->sample_seen = list->sample_seen || same;
        return same;
    }
    list->sample_seen = true;
    if (list->sample == NULL) {
        list->sample = keep(list, name);
    }
    if (strcmp(list->sample, name) == 0) {
        return true;
    }
    if (!list->wrong) {
        bk_diag_add(
            list->diag, BK_ERROR, bk_table_where(s->table, row, s->sample),
            "lesion-samples",
            "there is more than one sample here, \"%s\" and \"%s\" the first of "
            "them; name the one to read (--sample)",
            list->sample, name);
    }
    list->wrong = true;
    return false;
}

static void read_rows(sheet *s)
{
    for (size_t i = 0; i < bk_table_rows(s->table) && !s->list->memory; i++) {
        if (!of_sample(s, i)) {
            continue;
        }
        if (cell(s, i, s->gene)[0] == '\0') {
            complain(s, i, s->gene, "lesion-gene", "a gene", "");
        } else if (s->change >= 0 || s->class >= 0) {
            read_mutation(s, i);
        } else if (s->gistic >= 0 || s->copies >= 0) {
            read_copies(s, i);
        } else {
            read_state(s, i);
        }
    }
}

void bk_lesions_read(bk_lesion_list *list, const char *path)
{
    bk_table *table = NULL;
    const bk_status status =
        bk_table_read(path, bk_table_form_of(path, BK_TSV), list->diag, &table);
    list->memory = list->memory || status == BK_NO_MEMORY;
    list->wrong = list->wrong || status != BK_OK;
    if (status != BK_OK) {
        return;
    }
    sheet s = {
        .list = list,
        .table = table,
        .gene = find_column(table, (const char *[]){"Hugo_Symbol", "gene", "symbol",
                                                    "gene_symbol", NULL}),
        .change = find_column(
            table, (const char *[]){"HGVSp_Short", "Protein_Change", "HGVSp", NULL}),
        .class = find_column(table, (const char *[]){"Variant_Classification", NULL}),
        .gistic = find_column(table, (const char *[]){"gistic", "cna", NULL}),
        .copies = find_column(
            table, (const char *[]){"copy_number", "copies", "cn", "total_cn", NULL}),
        .state = find_column(
            table, (const char *[]){"alteration", "variant", "allele", "state", NULL}),
        .sample = find_column(table, (const char *[]){"Tumor_Sample_Barcode", "sample",
                                                      "sample_id", NULL})};
    if (s.gene < 0 ||
        (s.change < 0 && s.class < 0 && s.gistic < 0 && s.copies < 0 && s.state < 0)) {
        bk_diag_add(list->diag, BK_ERROR, (bk_where){.file = path, .line = 1},
                    "lesion-columns",
                    "expected a column of genes (Hugo_Symbol or gene) and one of "
                    "HGVSp_Short, Protein_Change, Variant_Classification, gistic, "
                    "copy_number or alteration");
        list->wrong = true;
    } else {
        read_rows(&s);
    }
    bk_table_free(table);
}
