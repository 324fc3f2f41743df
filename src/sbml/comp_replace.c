/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Deletions and replacements: references from outside into submodels, written down as
 * states of the elements they end at.  Inner submodels come first, so that an outer
 * reference to what was replaced inside reaches who stands there now. */

#include "sbml/comp_impl.h"

#include "base/alloc.h"

#include <string.h>

enum { PLAIN = BK_XML_NO_NAMESPACE };

static const bk_comp_place nowhere = {-1, {NULL, -1}};

/* --- states --- */

static int32_t slot_of(const bk_comp *comp, bk_comp_place place)
{
    const bk_comp_instance *const instance = &comp->instances[place.instance];
    const int32_t i = place.node.index - instance->model.index;
    return i >= 0 && i < instance->n_nodes ? i : -1;
}

bk_comp_state bk_comp_state_of(const bk_comp *comp, bk_comp_place place)
{
    const int32_t slot = slot_of(comp, place);
    const int32_t state = slot >= 0 ? comp->instances[place.instance].states[slot] : -1;
    return state >= 0 ? comp->states[state] : (bk_comp_state){.kind = BK_COMP_KEPT};
}

static void set_state(bk_comp *comp, bk_comp_place place, bk_comp_state state)
{
    int32_t *const at = &comp->instances[place.instance].states[slot_of(comp, place)];
    if (*at < 0) {
        if (!bk_grow(&comp->states, &comp->states_capacity, comp->n_states + 1,
                     sizeof *comp->states)) {
            comp->reader->no_memory = true;
            return;
        }
        *at = (int32_t)comp->n_states++;
    }
    comp->states[*at] = state;
}

bk_comp_place bk_comp_final(const bk_comp *comp, bk_comp_place place)
{
    for (;;) {
        const bk_comp_state state = bk_comp_state_of(comp, place);
        if (state.kind != BK_COMP_REPLACED) {
            return place;
        }
        place = state.by;
    }
}

/* --- references --- */

static bk_comp_place named(bk_comp *comp, int32_t instance, const bk_names *names,
                           const char *name, bk_xml_node at)
{
    const int32_t index = bk_names_find(names, name);
    if (index < 0) {
        bk_reader_error(
            comp->reader, at, "comp-reference",
            "<%s> names \"%s\", which is not in the model \"%s\"", bk_xml_name(at),
            name,
            bk_xml_attribute(comp->instances[instance].model, PLAIN, BK_W_id) != NULL
                ? bk_xml_attribute(comp->instances[instance].model, PLAIN, BK_W_id)
                : "");
        return nowhere;
    }
    return (bk_comp_place){instance, {comp->instances[instance].model.xml, index}};
}

static bk_comp_place refer(bk_comp *comp, int32_t instance, bk_xml_node at);

static bk_comp_place through_port(bk_comp *comp, int32_t instance, const char *name,
                                  bk_xml_node at)
{
    const bk_xml_node list =
        bk_xml_child(comp->instances[instance].model, BK_S_COMP, BK_W_listOfPorts);
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        const char *const id = bk_xml_attribute(c, BK_S_COMP, BK_W_id);
        if (id == NULL || strcmp(id, name) != 0) {
            continue;
        }
        if (bk_xml_attribute(c, BK_S_COMP, BK_W_portRef) != NULL) {
            bk_reader_error(comp->reader, c, "comp-reference",
                            "a port stands for an element of its model by idRef, "
                            "unitRef or metaIdRef, not for a port");
            return nowhere;
        }
        return refer(comp, instance, c);
    }
    bk_reader_error(comp->reader, at, "comp-reference",
                    "<%s> names the port \"%s\", which its submodel has not",
                    bk_xml_name(at), name);
    return nowhere;
}

/* What a deletion that is named by id was to delete. */
static bk_comp_place through_deletion(bk_comp *comp, int32_t instance, const char *name,
                                      bk_xml_node at)
{
    const bk_xml_node list = bk_xml_child(comp->instances[instance].submodel, BK_S_COMP,
                                          BK_W_listOfDeletions);
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        const char *const id = bk_xml_attribute(c, BK_S_COMP, BK_W_id);
        if (id != NULL && strcmp(id, name) == 0) {
            return refer(comp, instance, c);
        }
    }
    bk_reader_error(comp->reader, at, "comp-reference",
                    "<%s> names the deletion \"%s\", which its submodel has not",
                    bk_xml_name(at), name);
    return nowhere;
}

/* One step of a reference: the element of the instance that it names. */
static bk_comp_place step(bk_comp *comp, int32_t instance, bk_xml_node at)
{
    static const int words[] = {BK_W_portRef, BK_W_idRef, BK_W_unitRef, BK_W_metaIdRef,
                                BK_W_deletion};
    int given = 0, which = -1;
    for (int i = 0; i < 5; i++) {
        if (bk_xml_attribute(at, BK_S_COMP, words[i]) != NULL) {
            given++;
            which = i;
        }
    }
    if (given != 1) {
        bk_reader_error(comp->reader, at, "comp-reference",
                        "<%s> names one thing by portRef, idRef, unitRef or metaIdRef; "
                        "this names %s",
                        bk_xml_name(at), given == 0 ? "nothing" : "several");
        return nowhere;
    }
    const char *const name = bk_xml_attribute(at, BK_S_COMP, words[which]);
    const bk_comp_instance *const instance_at = &comp->instances[instance];
    switch (words[which]) {
    case BK_W_portRef:
        return through_port(comp, instance, name, at);
    case BK_W_deletion:
        return through_deletion(comp, instance, name, at);
    case BK_W_idRef:
        return named(comp, instance, instance_at->ids, name, at);
    case BK_W_unitRef:
        return named(comp, instance, instance_at->units, name, at);
    default:
        return named(comp, instance, instance_at->metaids, name, at);
    }
}

/* The element of an instance that a reference ends at, through <sBaseRef> children into
 * its submodels. */
static bk_comp_place refer(bk_comp *comp, int32_t instance, bk_xml_node at)
{
    bk_comp_place place = step(comp, instance, at);
    const bk_xml_node inner = bk_xml_child(at, BK_S_COMP, BK_W_sBaseRef);
    if (place.instance < 0 || !bk_xml_some(inner)) {
        return place;
    }
    place = bk_comp_final(comp, place);
    const int32_t below = bk_xml_is(place.node, BK_S_COMP, BK_W_submodel)
                              ? bk_comp_instance_of(comp, place)
                              : -1;
    if (below < 0) {
        bk_reader_error(comp->reader, inner, "comp-reference",
                        "<sBaseRef> looks into a submodel, and what stands round it "
                        "names none");
        return nowhere;
    }
    return refer(comp, below, inner);
}

/* --- replacing --- */

static bool within(const bk_comp *comp, int32_t instance, int32_t outer)
{
    while (instance > outer) {
        instance = comp->instances[instance].parent;
    }
    return instance == outer;
}

/* The instance that submodelRef names in the instance of an element, or -1. */
static int32_t submodel_of(bk_comp *comp, int32_t instance, bk_xml_node at)
{
    const char *const name = bk_xml_attribute(at, BK_S_COMP, BK_W_submodelRef);
    const int32_t index =
        name != NULL ? bk_names_find(comp->instances[instance].ids, name) : -1;
    const bk_comp_place place = {instance,
                                 {comp->instances[instance].model.xml, index}};
    const int32_t found = bk_xml_is(place.node, BK_S_COMP, BK_W_submodel)
                              ? bk_comp_instance_of(comp, place)
                              : -1;
    if (found < 0) {
        bk_reader_error(comp->reader, at, "comp-reference",
                        "submodelRef of <%s> names a submodel of the model it stands "
                        "in; \"%s\" is none",
                        bk_xml_name(at), name != NULL ? name : "");
    }
    return found;
}

/* What a <replacedElement> or <replacedBy> names, as it stands now. */
static bk_comp_place target_of(bk_comp *comp, bk_comp_place place, bk_xml_node at)
{
    const int32_t submodel = submodel_of(comp, place.instance, at);
    const bk_comp_place named_place =
        submodel >= 0 ? refer(comp, submodel, at) : nowhere;
    if (named_place.instance < 0) {
        return nowhere;
    }
    const bk_comp_place target = bk_comp_final(comp, named_place);
    const bool by_deletion = bk_xml_attribute(at, BK_S_COMP, BK_W_deletion) != NULL;
    if (by_deletion && bk_comp_state_of(comp, target).kind != BK_COMP_DELETED) {
        return nowhere; /* several may stand for what is gone; the first is named */
    }
    if (!within(comp, target.instance, submodel)) {
        bk_reader_error(comp->reader, at, "comp-replaced",
                        "what this <%s> names is replaced by another element already; "
                        "keep one of the two",
                        bk_xml_name(at));
        return nowhere;
    }
    if (!by_deletion && bk_comp_state_of(comp, target).kind == BK_COMP_DELETED) {
        bk_reader_error(comp->reader, at, "comp-replaced",
                        "what this <%s> names is deleted; name the deletion instead, "
                        "or remove one of the two",
                        bk_xml_name(at));
        return nowhere;
    }
    return target;
}

static void replace_element(bk_comp *comp, bk_comp_place place, bk_xml_node at)
{
    const bk_comp_place target = target_of(comp, place, at);
    if (target.instance < 0) {
        return;
    }
    const bk_comp_place own = bk_comp_final(comp, place);
    if (own.instance == target.instance && own.node.index == target.node.index) {
        bk_reader_error(comp->reader, at, "comp-replaced",
                        "this element is replaced by what it would replace; keep one "
                        "of the two");
        return;
    }
    bk_comp_state state = bk_comp_state_of(comp, target);
    state.kind = BK_COMP_REPLACED;
    state.by = place;
    state.factor = bk_xml_attribute(at, BK_S_COMP, BK_W_conversionFactor);
    state.factor_in = place.instance;
    set_state(comp, target, state);
}

/* The element of the submodel stays, under the id of the one it replaces. */
static void replace_by(bk_comp *comp, bk_comp_place place, bk_xml_node at)
{
    const bk_comp_place target = target_of(comp, place, at);
    if (target.instance < 0) {
        return;
    }
    if (bk_comp_state_of(comp, place).kind != BK_COMP_KEPT) {
        bk_reader_error(comp->reader, at, "comp-replaced",
                        "this element is replaced twice; keep one <replacedBy>");
        return;
    }
    bk_comp_state state = bk_comp_state_of(comp, target);
    state.renamed = true;
    state.as = place;
    set_state(comp, target, state);
    set_state(comp, place, (bk_comp_state){.kind = BK_COMP_REPLACED, .by = target});
}

/* The replacements under every element of an instance: first those by submodels, which
 * say where the element itself is to be found. */
static void replace_in(bk_comp *comp, int32_t instance, bk_xml_node node)
{
    const bk_xml_node by = bk_xml_child(node, BK_S_COMP, BK_W_replacedBy);
    const bk_comp_place place = {instance, node};
    if (bk_xml_some(by)) {
        replace_by(comp, place, by);
    }
    const bk_xml_node list = bk_xml_child(node, BK_S_COMP, BK_W_listOfReplacedElements);
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        if (bk_xml_is(c, BK_S_COMP, BK_W_replacedElement)) {
            replace_element(comp, place, c);
        }
    }
    for (bk_xml_node c = bk_xml_first(node); bk_xml_some(c); c = bk_xml_next(c)) {
        const int word = bk_xml_word(c);
        if (word != BK_W_math && word != BK_W_notes && word != BK_W_annotation) {
            replace_in(comp, instance, c);
        }
    }
}

static void delete_in(bk_comp *comp, int32_t instance)
{
    const bk_xml_node list = bk_xml_child(comp->instances[instance].submodel, BK_S_COMP,
                                          BK_W_listOfDeletions);
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        if (!bk_xml_is(c, BK_S_COMP, BK_W_deletion)) {
            continue;
        }
        const bk_comp_place place = refer(comp, instance, c);
        if (place.instance < 0) {
            continue;
        }
        const bk_comp_place target = bk_comp_final(comp, place);
        bk_comp_state state = bk_comp_state_of(comp, target);
        state.kind = BK_COMP_DELETED;
        set_state(comp, target, state);
    }
}

void bk_comp_replace(bk_comp *comp)
{
    /* Children have higher numbers than their parents. */
    for (int32_t i = (int32_t)comp->n_instances - 1; i >= 0; i--) {
        for (int32_t k = i + 1; k < (int32_t)comp->n_instances; k++) {
            if (comp->instances[k].parent == i) {
                delete_in(comp, k);
            }
        }
        replace_in(comp, i, comp->instances[i].model);
    }
    for (size_t i = 1; i < comp->n_instances; i++) {
        bk_comp_instance *const instance = &comp->instances[i];
        const bk_comp_place submodel = {instance->parent, instance->submodel};
        instance->gone = comp->instances[instance->parent].gone ||
                         bk_comp_state_of(comp, submodel).kind != BK_COMP_KEPT;
    }
}
