/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/file.h"
#include "tenant/yaml_value.h"
#include "json/json_value.h"

_Static_assert(OPTIONS <= 64, "a set of options is one word");

enum option_type { VALUE, LIST, SWITCH };

/* clang-format off */
static const struct {
	const char *name;
	enum option_type type;
	const char *value;
	const char *text;
} table[OPTIONS] = {
	[OPTION_CONFIG]         = { "config", VALUE, "FILE", "take options from this YAML file" },
	[OPTION_DATA]           = { "data", VALUE, "DIR", "the data folder [./tacit-data]" },
	[OPTION_STORE]          = { "store", VALUE, "URL", "where the database is [sqlite:DIR]" },
	[OPTION_ISSUER]         = { "issuer", VALUE, "URL", "the tenant's issuer [http://localhost:PORT/]; port 0 becomes the real one" },
	[OPTION_LISTEN]         = { "listen", LIST, "ADDR:PORT", "where to listen [127.0.0.1:8080]; port 0 takes a free one; may be repeated" },
	[OPTION_ADMIN_LISTEN]   = { "admin-listen", LIST, "ADDR:PORT", "where /metrics is answered; may be repeated" },
	[OPTION_TLS_CERT]       = { "tls-cert", LIST, "FILE", "certificate and chain (PEM); may be repeated, the name that is asked for chooses" },
	[OPTION_TLS_KEY]        = { "tls-key", LIST, "FILE", "its key (PEM), in the same order" },
	[OPTION_TLS]            = { "tls", SWITCH, NULL, "serve https with a certificate made here" },
	[OPTION_THREADS]        = { "threads", VALUE, "N", "loop threads for each address [processors]" },
	[OPTION_TENANT_FILE]    = { "tenant-file", VALUE, "FILE", "apply this tenant file at start" },
	[OPTION_TRUSTED_PROXY]  = { "trusted-proxy", LIST, "NETWORK", "believe X-Forwarded-For, -Proto and -Host from here; may be repeated" },
	[OPTION_MTLS_HOST]      = { "mtls-host", VALUE, "NAME", "the host name whose visitors are asked for a client certificate; discovery names its endpoints" },
	[OPTION_MTLS_CA]        = { "mtls-ca", VALUE, "FILE", "authorities for tls_client_auth (PEM)" },
	[OPTION_MTLS_HEADER]    = { "mtls-header", VALUE, "NAME", "the header in which a trusted proxy passes the client's certificate on" },
	[OPTION_NO_LIMITS]      = { "no-limits", SWITCH, NULL, "switch off rate limits (loopback listeners only)" },
	[OPTION_MAIL_SINK]      = { "mail-sink", VALUE, "DIR", "write mail into files here instead of sending it" },
	[OPTION_BREACHED]       = { "breached-passwords", VALUE, "FILE", "refuse new passwords of this list: sorted SHA-1 lines, or one password a line" },
	[OPTION_ACCESS_LOG]     = { "access-log", VALUE, "WHICH", "requests to log: failures, all or off [failures]" },
	[OPTION_JSON]           = { "json", SWITCH, NULL, "answer in JSON" },
	[OPTION_DRY_RUN]        = { "dry-run", SWITCH, NULL, "say what would change, and change nothing" },
	[OPTION_PRUNE]          = { "prune", SWITCH, NULL, "delete what a part of the file does not name (never users)" },
	[OPTION_SECRETS]        = { "secrets", SWITCH, NULL, "with secrets and password hashes" },
	[OPTION_CLIENT]         = { "client", VALUE, "ID", "the client" },
	[OPTION_ORIGIN]         = { "origin", VALUE, "URL", "the origin of the app" },
	[OPTION_USER]           = { "user", VALUE, "USER", "the user: user_id, e-mail or user name" },
	[OPTION_TYPE]           = { "type", VALUE, "CODE", "events of this type (ssa, fsa, s, ...)" },
	[OPTION_REQUEST]        = { "request", VALUE, "ID", "events of this request" },
	[OPTION_SINCE]          = { "since", VALUE, "SECONDS", "events of the last so many seconds" },
	[OPTION_MAX]            = { "max", VALUE, "N", "at most so many [50]" },
	[OPTION_FOLLOW]         = { "follow", SWITCH, NULL, "go on as they come" },
	[OPTION_ALG]            = { "alg", VALUE, "ALG", "RS256, ES256, PS256, EdDSA, or ECDH-ES for encryption to us [all that sign and have keys]" },
	[OPTION_PASSWORD_STDIN] = { "password-stdin", SWITCH, NULL, "read the password from standard input" },
	[OPTION_SETTINGS]       = { "settings", SWITCH, NULL, "print every setting as Markdown" },
	[OPTION_EVENT]          = { "event", VALUE, "FILE", "the event, as JSON [one of a sign-in with a password]" },
	[OPTION_SILENT]         = { "silent", SWITCH, NULL, "as a request with prompt=none would" },
};
/* clang-format on */

struct str option(const struct options *o, enum option_id id)
{
	return o->values[id].count ? o->values[id].list[0] : (struct str){ 0 };
}

bool option_on(const struct options *o, enum option_id id)
{
	return str_is(option(o, id), "true");
}

static enum err refused(struct str *ret_why, struct str why)
{
	*ret_why = why;
	return ERR_INVALID;
}

static enum err add(
	struct arena *a, struct options *o, int id, struct str value, struct str *ret_why)
{
	struct option_value *v = &o->values[id];

	if (table[id].type != LIST && v->count)
		return refused(ret_why, arena_printf(a, "--%s is there twice", table[id].name));
	if (v->count == OPTION_VALUES_MOST)
		return refused(
			ret_why, arena_printf(a, "--%s is there too often", table[id].name));
	v->list[v->count++] = arena_str(a, value);
	return OK;
}

/* A switch that the environment or the file turns on or off. */
static enum err add_switch(
	struct arena *a, struct options *o, int id, struct str value, struct str *ret_why)
{
	if (str_is(value, "true") || str_is(value, "1"))
		return add(a, o, id, S("true"), ret_why);
	if (str_is(value, "false") || str_is(value, "0"))
		return OK;
	return refused(ret_why, arena_printf(a, "%s must be true or false", table[id].name));
}

static int find(struct str name, uint64_t takes)
{
	for (int id = 0; id < OPTIONS; id++)
		if (takes & OPTION_BIT(id) && str_is(name, table[id].name))
			return id;
	return OPTIONS;
}

/* One option that begins at argv[*i]: --name value, --name=value, or a switch. */
static enum err read_one(struct arena *a, char **argv, int argc, int *i, uint64_t takes,
	struct options *o, struct str *ret_why)
{
	struct str text = str_after(str_from(argv[*i]), 2);
	ptrdiff_t equals = str_index(text, '=');
	struct str name = equals < 0 ? text : str_first(text, (size_t)equals);
	int id = find(name, takes);

	if (id == OPTIONS)
		return refused(ret_why, arena_printf(a, "there is no option --" STR_FMT " here",
						STR_ARG(str_first(name, 64))));
	if (table[id].type == SWITCH && equals >= 0)
		return refused(ret_why, arena_printf(a, "--%s takes no value", table[id].name));
	if (table[id].type == SWITCH)
		return add(a, o, id, S("true"), ret_why);
	if (equals >= 0)
		return add(a, o, id, str_after(text, (size_t)equals + 1), ret_why);
	if (*i + 1 >= argc)
		return refused(ret_why, arena_printf(a, "--%s wants a value (%s)",
						table[id].name, table[id].value));
	*i += 1;
	return add(a, o, id, str_from(argv[*i]), ret_why);
}

static enum err read_arguments(struct arena *a, int argc, char **argv, uint64_t takes,
	struct options *o, struct str *args, size_t *ret_count, struct str *ret_why)
{
	size_t n = 0;
	bool ended = false;

	for (int i = 0; i < argc; i++) {
		enum err e;

		if (ended || strncmp(argv[i], "--", 2) != 0) {
			args[n++] = str_from(argv[i]);
			continue;
		}
		ended = argv[i][2] == '\0';
		e = ended ? OK : read_one(a, argv, argc, &i, takes, o, ret_why);
		if (e)
			return e;
	}
	*ret_count = n;
	return OK;
}

/* TACIT_ADMIN_LISTEN for admin-listen. */
static const char *from_environment(int id)
{
	char name[64] = "TACIT_";
	size_t n = strlen(name);

	for (const char *c = table[id].name; *c && n + 1 < sizeof(name); c++)
		name[n++] = (char)(*c == '-' ? '_' : *c - 'a' + 'A');
	name[n] = '\0';
	return getenv(name);
}

static enum err add_words(
	struct arena *a, struct options *o, int id, struct str words, struct str *ret_why)
{
	enum err e = OK;

	if (table[id].type == SWITCH)
		return add_switch(a, o, id, words, ret_why);
	if (table[id].type != LIST)
		return add(a, o, id, words, ret_why);
	while (!e && words.n) {
		size_t n = 0;

		while (n < words.n && words.p[n] != ' ' && words.p[n] != ',')
			n++;
		if (n)
			e = add(a, o, id, str_first(words, n), ret_why);
		words = str_after(words, n + 1);
	}
	return e;
}

static enum err read_environment(
	struct arena *a, uint64_t takes, struct options *o, struct str *ret_why)
{
	enum err e = OK;

	for (int id = 0; !e && id < OPTIONS; id++) {
		const char *value = from_environment(id);

		if (takes & OPTION_BIT(id) && o->values[id].count == 0 && value && *value)
			e = add_words(a, o, id, str_from(value), ret_why);
	}
	return e;
}

static struct str text_of(struct arena *a, const struct json *value)
{
	if (value->type == JSON_STR)
		return value->str;
	if (value->type == JSON_INT)
		return arena_printf(a, "%lld", (long long)value->integer);
	if (value->type == JSON_TRUE_VALUE || value->type == JSON_FALSE_VALUE)
		return value->type == JSON_TRUE_VALUE ? S("true") : S("false");
	return (struct str){ 0 };
}

static enum err add_plain(struct arena *a, struct options *o, int id, const struct json *value,
	struct str *ret_why)
{
	struct str text = text_of(a, value);

	if (text.n == 0)
		return refused(
			ret_why, arena_printf(a, "%s must be a plain value", table[id].name));
	return table[id].type == SWITCH ? add_switch(a, o, id, text, ret_why)
					: add(a, o, id, text, ret_why);
}

static enum err add_member(struct arena *a, struct options *o, int id,
	const struct json *member, struct str *ret_why)
{
	enum err e = OK;

	if (member->type != JSON_LIST)
		return add_plain(a, o, id, member, ret_why);
	json_each(item, member) if (!e) e = add_plain(a, o, id, item, ret_why);
	return e;
}

/* Keys may be spelled with _ for -. */
static int find_key(struct arena *a, struct str key)
{
	char *name = arena_alloc(a, key.n + 1);

	for (size_t i = 0; i < key.n; i++)
		name[i] = (char)(key.p[i] == '_' ? '-' : key.p[i]);
	return find((struct str){ name, key.n }, ~OPTION_BIT(OPTION_CONFIG));
}

/* Options of other commands are passed over: the file may serve them all. */
static enum err add_config(struct arena *a, const struct json *config, uint64_t takes,
	struct options *o, struct str *ret_why)
{
	uint64_t set = 0;

	for (int id = 0; id < OPTIONS; id++)
		set |= o->values[id].count ? OPTION_BIT(id) : 0;
	json_each(member, config)
	{
		int id = find_key(a, member->key);
		enum err e = OK;

		if (id == OPTIONS)
			e = refused(ret_why, arena_printf(a, "there is no option " STR_FMT,
						     STR_ARG(str_first(member->key, 64))));
		else if (takes & OPTION_BIT(id) && !(set & OPTION_BIT(id)))
			e = add_member(a, o, id, member, ret_why);
		if (e) {
			*ret_why = arena_printf(
				a, "line %u: " STR_FMT, yaml_line(member), STR_ARG(*ret_why));
			return e;
		}
	}
	return OK;
}

static enum err read_config(
	struct arena *a, uint64_t takes, struct options *o, struct str *ret_why)
{
	struct str path = option(o, OPTION_CONFIG);
	const struct json *config = NULL;
	struct str text;
	unsigned line = 0;
	enum err e;

	if (path.n == 0)
		return OK;
	if (file_read(a, path, &text))
		return refused(ret_why,
			arena_printf(a, "--config: cannot read " STR_FMT, STR_ARG(path)));
	e = yaml_parse(a, text, &config, ret_why, &line);
	if (e)
		*ret_why = arena_printf(a, "line %u: " STR_FMT, line, STR_ARG(*ret_why));
	else if (config->type != JSON_MAP)
		e = refused(ret_why, S("it must be a map of options"));
	else
		e = add_config(a, config, takes, o, ret_why);
	if (e)
		*ret_why =
			arena_printf(a, STR_FMT ": " STR_FMT, STR_ARG(path), STR_ARG(*ret_why));
	return e;
}

enum err options_read(struct arena *a, int argc, char **argv, uint64_t takes,
	struct options *ret, struct str **ret_args, size_t *ret_arg_count, struct str *ret_why)
{
	struct options o = { 0 };
	struct str *args = arena_array(a, struct str, (size_t)argc + 1);
	size_t count = 0;
	enum err e = read_arguments(a, argc, argv, takes, &o, args, &count, ret_why);

	if (!e)
		e = read_environment(a, takes, &o, ret_why);
	if (!e)
		e = read_config(a, takes, &o, ret_why);
	if (e)
		return e;
	*ret = o;
	*ret_args = args;
	*ret_arg_count = count;
	return OK;
}

int option_length(const char *word)
{
	struct str text = str_from(word);
	int id;

	if (!str_starts(text, S("--")))
		return 0;
	id = find(str_after(text, 2), ~0u);
	return id < OPTIONS && table[id].type != SWITCH ? 2 : 1;
}

void options_print(uint64_t takes)
{
	for (int id = 0; id < OPTIONS; id++) {
		char left[48];

		if (!(takes & OPTION_BIT(id)))
			continue;
		snprintf(left, sizeof(left), "--%s%s%s", table[id].name,
			table[id].value ? " " : "", table[id].value ? table[id].value : "");
		printf("  %-26s %s\n", left, table[id].text);
	}
}

void options_print_markdown(void)
{
	printf("\n## Options of the program\n\n"
	       "On the command line, as `TACIT_OPTION` in the environment, or as a key of the "
	       "YAML file given with `--config`; `tacit COMMAND --help` says which a command "
	       "takes.\n\n"
	       "| option | meaning |\n|---|---|\n");
	for (int id = 0; id < OPTIONS; id++)
		printf("| `--%s%s%s` | %s |\n", table[id].name, table[id].value ? " " : "",
			table[id].value ? table[id].value : "", table[id].text);
}
