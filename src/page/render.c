/* SPDX-License-Identifier: Apache-2.0 */
#include "page/escape.h"
#include "page/script.h"
#include "page/template.h"
#include "page/text.h"

/* What a node may look at. */
struct scope {
	struct buf *out;
	const struct page *page;
	const struct page_row *row; /* the list entry that is being rendered, or NULL */
	const struct template *content;
};

static const struct page_value *find_value(
	const struct page_value *values, size_t count, struct str name)
{
	for (size_t i = 0; i < count; i++) {
		if (str_is(name, values[i].name))
			return &values[i];
	}
	return NULL;
}

static const struct page_value *look_up(const struct scope *sc, struct str name)
{
	static const struct page_value nothing;
	const struct page_value *found = NULL;

	if (sc->row != NULL)
		found = find_value(sc->row->values, sc->row->count, name);
	if (found == NULL)
		found = find_value(sc->page->values, sc->page->count, name);
	return found != NULL ? found : &nothing;
}

static bool is_empty(const struct page_value *v)
{
	return v->text.n == 0 && v->row_count == 0;
}

/* A text of the dictionary, its {name} filled in. Both are escaped: neither is HTML. */
static void render_text(const struct scope *sc, struct str key)
{
	struct str text = text_find(sc->page->locale, key);

	if (text.p == NULL)
		text = key;
	while (text.n > 0) {
		ptrdiff_t open = str_index(text, '{');
		ptrdiff_t close = str_index(text, '}');
		size_t before = open >= 0 && close > open ? (size_t)open : text.n;

		escape_add(sc->out, str_first(text, before));
		if (before == text.n)
			return;
		text = str_after(text, before + 1);
		close -= open + 1;
		escape_add(sc->out, look_up(sc, str_first(text, (size_t)close))->text);
		text = str_after(text, (size_t)close + 1);
	}
}

static void render_title(const struct scope *sc)
{
	struct str template = str_from(sc->page->template);
	struct buf key = buf_new(sc->out->arena, template.n + sizeof(".title"));

	buf_add(&key, template);
	buf_add(&key, S(".title"));
	render_text(sc, buf_str(&key));
}

static void render_nodes(const struct scope *, const struct node *, size_t from, size_t to);

static void render_section(const struct scope *sc, const struct node *nodes, size_t at)
{
	const struct page_value *v = look_up(sc, nodes[at].s);
	size_t rows = v->row_count;

	if (nodes[at].kind == NODE_INVERTED) {
		if (is_empty(v))
			render_nodes(sc, nodes, at + 1, nodes[at].end);
		return;
	}
	if (v->text.n > 0)
		render_nodes(sc, nodes, at + 1, nodes[at].end);
	for (size_t i = 0; i < rows; i++) {
		struct scope inner = *sc;

		inner.row = &v->rows[i];
		render_nodes(&inner, nodes, at + 1, nodes[at].end);
	}
}

static void render_content(const struct scope *sc)
{
	struct scope inner = *sc;

	if (sc->content == NULL)
		return;
	inner.content = NULL;
	render_nodes(&inner, sc->content->nodes, 0, sc->content->count);
}

/* Whole and as it was compiled in, so that its hash fits; data for it are in attributes. */
static void render_script(const struct scope *sc)
{
	const struct script *script = script_find(sc->page->script);

	if (script == NULL)
		return;
	buf_add(sc->out, S("<script>"));
	buf_add(sc->out, script->text);
	buf_add(sc->out, S("</script>\n"));
}

static void render_nodes(
	const struct scope *sc, const struct node *nodes, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		switch (nodes[i].kind) {
		case NODE_HTML:
			buf_add(sc->out, nodes[i].s);
			break;
		case NODE_VALUE:
			escape_add(sc->out, look_up(sc, nodes[i].s)->text);
			break;
		case NODE_TEXT:
			render_text(sc, nodes[i].s);
			break;
		case NODE_SECTION:
		case NODE_INVERTED:
			render_section(sc, nodes, i);
			i = nodes[i].end;
			break;
		case NODE_END:
			break;
		case NODE_TITLE:
			render_title(sc);
			break;
		case NODE_CONTENT:
			render_content(sc);
			break;
		case NODE_SCRIPT:
			render_script(sc);
			break;
		}
	}
}

void template_render(struct buf *out, const struct template *frame,
	const struct template *content, const struct page *page)
{
	struct scope sc = { .out = out, .page = page, .content = content };

	render_nodes(&sc, frame->nodes, 0, frame->count);
}
