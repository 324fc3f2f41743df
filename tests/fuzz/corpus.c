/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const fuzz_suffix[FUZZ_FORMS] = {"xml", "bnet",  "booleannet", "sif",
                                             "bnd", "edits", "tables"};
const char *const fuzz_topic_name[FUZZ_TOPICS] = {
    "core",       "MathML", "qual",   "comp",  "other packages", "bnet",
    "BooleanNet", "SIF",    "MaBoSS", "edits", "tables"};

/* Where namespaces begin the package is plain to see, mutated or not. */
static fuzz_topic topic_of(const fuzz_input *input)
{
    if (input->form != FUZZ_SBML) {
        return (fuzz_topic)(FUZZ_FIRST_TEXT + (int)input->form - FUZZ_BNET);
    }
    return strstr(input->data, "/comp/version") != NULL      ? FUZZ_COMP
           : strstr(input->data, "/qual/version") != NULL    ? FUZZ_QUAL
           : strstr(input->data, "/fbc/version") != NULL     ? FUZZ_PACKAGES
           : strstr(input->data, "/distrib/version") != NULL ? FUZZ_PACKAGES
                                                             : FUZZ_CORE;
}

/* --- reading --- */

/* After what is there. */
static bool append_file(const char *path, fuzz_input *input)
{
    FILE *const file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    input->length +=
        fread(input->data + input->length, 1, FUZZ_LONGEST - input->length, file);
    input->data[input->length] = '\0';
    const bool whole = feof(file) != 0 || fgetc(file) == EOF;
    fclose(file);
    return whole;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool append_table(const char *folder, const char *name, fuzz_input *input)
{
    char path[512];
    const int head = snprintf(path, sizeof path, "\f%s\n", name);
    if (input->length + (size_t)head > FUZZ_LONGEST) {
        return false;
    }
    memcpy(input->data + input->length, path, (size_t)head);
    input->length += (size_t)head;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return append_file(path, input);
}

static bool read_tables(const char *folder, fuzz_input *input)
{
    struct dirent **names;
    const int n = scandir(folder, &names, NULL, by_name);
    bool good = n >= 0;
    input->form = FUZZ_TABLES;
    for (int i = 0; i < n; i++) {
        const char *const dot = strrchr(names[i]->d_name, '.');
        if (dot != NULL && (strcmp(dot, ".tsv") == 0 || strcmp(dot, ".maf") == 0)) {
            good = append_table(folder, names[i]->d_name, input) && good;
        }
        free(names[i]);
    }
    if (n >= 0) {
        free(names);
    }
    return good && input->length > 0;
}

bool fuzz_read(const char *path, fuzz_input *input)
{
    const char *const slash = strrchr(path, '/');
    const char *const dot = strrchr(slash == NULL ? path : slash, '.');
    const char *suffix = dot == NULL ? "" : dot + 1;
    suffix = strcmp(suffix, "sbml") == 0 ? "xml" : suffix;
    int form = 0;
    while (form < FUZZ_FORMS && strcmp(suffix, fuzz_suffix[form]) != 0) {
        form++;
    }
    input->length = 0;
    bool good = form < FUZZ_FORMS;
    if (good) {
        input->form = (fuzz_form)form;
        good = append_file(path, input);
    } else {
        good = read_tables(path, input);
    }
    if (good && form == FUZZ_MABOSS && strchr(input->data, '\f') == NULL &&
        input->length < FUZZ_LONGEST) {
        char beside[256];
        snprintf(beside, sizeof beside, "%.*s.cfg", (int)(dot - path), path);
        input->data[input->length++] = '\f';
        if (!append_file(beside, input)) {
            input->length--;
        }
    }
    input->data[input->length] = '\0';
    input->topic = topic_of(input);
    return good;
}

/* --- entries --- */

static bool has_mathematics(const fuzz_corpus *corpus, const fuzz_entry *e)
{
    return e->topic == FUZZ_CORE &&
           memmem(corpus->arena + e->at, e->length, "<math", 5) != NULL;
}

bool fuzz_corpus_add(fuzz_corpus *corpus, const fuzz_input *input, const char *path)
{
    if (corpus->n == FUZZ_MOST_ENTRIES || corpus->used + input->length > FUZZ_ARENA) {
        return false;
    }
    fuzz_entry *const e = &corpus->entries[corpus->n];
    *e = (fuzz_entry){.form = input->form,
                      .topic = topic_of(input),
                      .at = corpus->used,
                      .length = input->length};
    snprintf(e->path, sizeof e->path, "%s", path);
    memcpy(corpus->arena + corpus->used, input->data, input->length);
    corpus->used += input->length;
    corpus->of_topic[e->topic][corpus->n_topic[e->topic]++] = (uint16_t)corpus->n;
    if (has_mathematics(corpus, e)) {
        corpus->of_topic[FUZZ_MATHML][corpus->n_topic[FUZZ_MATHML]++] =
            (uint16_t)corpus->n;
    }
    corpus->n++;
    return true;
}

void fuzz_corpus_is_model(fuzz_corpus *corpus, size_t entry)
{
    const fuzz_entry *const e = &corpus->entries[entry];
    corpus->models[e->topic][corpus->n_models[e->topic]++] = (uint16_t)entry;
    if (has_mathematics(corpus, e)) {
        corpus->models[FUZZ_MATHML][corpus->n_models[FUZZ_MATHML]++] = (uint16_t)entry;
    }
}

void fuzz_corpus_add_path(fuzz_corpus *corpus, const char *path, fuzz_input *scratch)
{
    struct dirent **names;
    const int n = scandir(path, &names, NULL, by_name);
    for (int i = 0; i < n; i++) {
        if (names[i]->d_name[0] != '.') {
            char inner[512];
            snprintf(inner, sizeof inner, "%s/%s", path, names[i]->d_name);
            fuzz_corpus_add_path(corpus, inner, scratch);
        }
        free(names[i]);
    }
    if (n >= 0) {
        free(names);
    }
    if (fuzz_read(path, scratch)) {
        fuzz_corpus_add(corpus, scratch, path);
    }
}

static void load(const fuzz_corpus *corpus, const fuzz_entry *e, fuzz_input *input)
{
    input->form = e->form;
    input->topic = e->topic;
    input->length = e->length;
    memcpy(input->data, corpus->arena + e->at, e->length);
    input->data[e->length] = '\0';
}

/* Half of them from the later half. */
static const fuzz_entry *some_entry(const fuzz_corpus *corpus, fuzz_topic topic,
                                    fuzz_random *random)
{
    const fuzz_entry *e;
    do {
        const bool good = corpus->n_models[topic] > 0 && fuzz_below(random, 2) == 0;
        const uint16_t *const list =
            good ? corpus->models[topic] : corpus->of_topic[topic];
        const size_t n = good ? corpus->n_models[topic] : corpus->n_topic[topic];
        const size_t from = fuzz_below(random, 2) * (n / 2);
        e = &corpus->entries[list[from + fuzz_below(random, n - from)]];
    } while (e->length > FUZZ_LARGE && fuzz_below(random, 64) != 0);
    return e;
}

void fuzz_corpus_choose(fuzz_corpus *corpus, fuzz_random *random, fuzz_input *input,
                        char *path)
{
    static fuzz_input other;
    if (corpus->next_seed < corpus->n_seeds) {
        const fuzz_entry *const e = &corpus->entries[corpus->next_seed++];
        load(corpus, e, input);
        memcpy(path, e->path, sizeof e->path);
        return;
    }
    fuzz_topic topic;
    do {
        topic = (fuzz_topic)fuzz_below(random, FUZZ_TOPICS);
    } while (corpus->n_topic[topic] == 0);
    const fuzz_entry *const e = some_entry(corpus, topic, random);
    load(corpus, e, input);
    memcpy(path, e->path, sizeof e->path);
    input->topic = topic;
    /* packages lend each other parts */
    fuzz_topic from = topic;
    if (e->form == FUZZ_SBML && topic != FUZZ_MATHML && fuzz_below(random, 4) == 0) {
        do {
            from = (fuzz_topic)fuzz_below(random, FUZZ_FIRST_TEXT);
        } while (corpus->n_topic[from] == 0);
    }
    load(corpus, some_entry(corpus, from, random), &other);
    fuzz_mutate(input, &other, random);
}
