/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/response_mode/page_parts.h"

#include "base/base64.h"
#include "crypto/digest.h"

/*
 * The scripts, called with one object. They are the whole of what runs in a silent frame.
 *
 * ask() is the answer to withheld cookies (browsers-measured, 2): requestStorageAccess first,
 * without a click; granted, the frame loads itself again, once; refused, it answers. It is
 * given a second, because a browser that shows a prompt would leave the caller waiting.
 */
#define ASK                                                                       \
	"function ask(p,done){var d=document,n=0,end=function(u){n++||done(u)};"  \
	"if(!p.again||!d.requestStorageAccess)return end();setTimeout(end,1000);" \
	"d.hasStorageAccess().then(function(has){if(has)return end(p.otherwise);" \
	"return d.requestStorageAccess().then(function(){n++||location.replace("  \
	"p.again)})}).catch(function(){end()})}"

/* The opener if it lives, else the parent if that is another window, else nobody. */
#define TARGET "var o=window.opener,t=o&&!o.closed?o:window.parent!==window?window.parent:null;"

static const char *const scripts[] = {
	[PAGE_WEB_MESSAGE] = "(function(p){" TARGET "if(t)t.postMessage(p.message,p.origin);"
			     "else document.getElementById('alone').hidden=false})",
	[PAGE_ASK_OR_RELAY] = "(function(p){" ASK TARGET
			      "function post(u){if(u)p.message.response.error_uri=u;"
			      "if(!t)document.getElementById('alone').hidden=false;"
			      "else if(!p.relay)t.postMessage(p.message,p.origin);"
			      "else{addEventListener('message',function(e){"
			      "if(e.origin!==p.origin||!e.data||e.data.type!=='relay_response')"
			      "return;var w=e.source.frames[p.relay.target];"
			      "if(w)w.postMessage(p.message,p.relay.origin);window.close()});"
			      "t.postMessage({type:'relay_request'},p.origin)}}"
			      "ask(p,post)})",
	[PAGE_ASK_THEN_REDIRECT] =
		"(function(p){" ASK "ask(p,function(u){location.replace(u||p.to)})})",
	[PAGE_FORM_POST] = "(function(){document.forms[0].submit()})",
	[PAGE_ERROR] =
		"(function(p){" TARGET "if(t&&p.origin)t.postMessage(p.message,p.origin)})",
};

static void add_head(struct buf *b, const struct script_page *page)
{
	buf_add(b, S("<!doctype html><html lang=\""));
	buf_add(b, page->locale.n > 0 ? page->locale : S("en"));
	buf_add(b, S("\"><head><meta charset=\"utf-8\"><title>"));
	buf_add(b, page->title);
	buf_add(b, S("</title>"));
	if (page->style.n > 0) {
		buf_add(b, S("<meta name=\"viewport\" content=\"width=device-width\"><style>"));
		buf_add(b, page->style);
		buf_add(b, S("</style>"));
	}
	buf_add(b, S("</head><body>"));
	buf_add(b, page->body);
}

void page_script_begin(
	struct page_script *script, const struct script_page *page, struct arena *a)
{
	script->buf = buf_new(a, page->body.n + page->style.n + 3072);
	add_head(&script->buf, page);
	buf_add(&script->buf, S("<script>"));
	script->script = script->buf.n;
	buf_add(&script->buf, str_from(scripts[page->kind]));
	buf_addc(&script->buf, '(');
	script->writer = json_writer_on(&script->buf);
	script->writer.html_safe = true;
	json_begin_map(&script->writer);
}

void page_script_put_message(struct page_script *script, const struct authorize_response *r)
{
	struct json_writer *w = &script->writer;

	json_key(w, "message");
	json_begin_map(w);
	json_put_str(w, "type", S("authorization_response"));
	json_key(w, "response");
	json_begin_map(w);
	for (size_t i = 0; i < r->count; i++) {
		if (r->members[i].is_number)
			json_put_raw(w, r->members[i].name, r->members[i].value);
		else
			json_put_str(w, r->members[i].name, r->members[i].value);
	}
	json_end_map(w);
	json_end_map(w);
}

static void add_hash(struct buf *out, struct arena *a, struct str text)
{
	unsigned char hash[SHA256_SIZE];

	sha256_into(text, hash);
	buf_add(out, S("'sha256-"));
	buf_add(out, base64_encode(a, hash, sizeof(hash)));
	buf_addc(out, '\'');
}

static struct str policy(struct arena *a, const struct script_page *page, struct str script)
{
	struct buf out = buf_new(a, 320);

	buf_add(&out, S("default-src 'none'; script-src "));
	add_hash(&out, a, script);
	if (page->style.n > 0) {
		buf_add(&out, S("; style-src "));
		add_hash(&out, a, page->style);
	}
	buf_add(&out, S("; base-uri 'none'; form-action "));
	buf_add(&out, page->form_action.n > 0 ? page->form_action : S("'none'"));
	buf_add(&out, S("; frame-ancestors "));
	buf_add(&out, page->ancestors.n > 0 ? page->ancestors : S("'none'"));
	return buf_str(&out);
}

static void add_headers(
	struct http_response *rs, const struct script_page *page, struct str csp)
{
	response_no_store(rs);
	response_header(rs, "Content-Security-Policy", csp);
	if (page->ancestors.n == 0)
		response_header(rs, "X-Frame-Options", S("DENY"));
	response_header(rs, "Cross-Origin-Resource-Policy", S("cross-origin"));
	response_header(rs, "Cross-Origin-Embedder-Policy", S("require-corp"));
}

void page_script_respond(struct page_script *script, const struct script_page *page,
	const struct http_request *rq, struct http_response *rs)
{
	struct str text;

	json_end_map(&script->writer);
	buf_add(&script->buf, S(");"));
	text = str_after(buf_str(&script->buf), script->script);
	add_headers(rs, page, policy(rq->arena, page, text));
	buf_add(&script->buf, S("</script></body></html>"));
	response_html(rs, page->status, buf_str(&script->buf));
}
