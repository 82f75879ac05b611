/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/tenant_file.h"

#include "crypto/password.h"
#include "store/document.h"
#include "store/factor.h"
#include "store/user.h"
#include "tenant_support.h"

static struct seal *seal;

static const char whole[] =
	"tenant: {friendly_name: Demo, session_lifetime: 100, idle_session_lifetime: 72}\n"
	"clients:\n"
	"  - {name: Shop, client_id: shop, app_type: spa,\n"
	"     callbacks: [\"https://shop.example/cb\"], web_origins: "
	"[\"https://shop.example\"]}\n"
	"  - {name: Office, client_id: office, client_secret: office-secret}\n"
	"  - {name: Sealed, client_id: sealed, client_secret: "
	"a-secret-of-at-least-32-bytes-long,\n"
	"     jwt_configuration: {alg: HS256}}\n"
	"resourceServers: [{name: API, identifier: \"https://api.example\", signing_alg: "
	"HS256,\n"
	"  signing_secret: a-secret-of-an-api-that-is-long}]\n"
	"clientGrants: [{client_id: office, audience: \"##ISSUER##api/v2/\", scope: [a, b]}]\n"
	"users:\n"
	"  - {email: ana@example.com, email_verified: true, password: correct horse,\n"
	"     given_name: Ana, app_metadata: {plan: [1, 2]},\n"
	"     authentication_methods: [{type: totp, totp_secret: "
	"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP}]}\n"
	"  - {username: ben, user_id: \"auth0|ben\", blocked: true, password_hash:\n"
	"     \"$2b$10$GQbXGG8E3kcvMYtqtxUfrOsBTSrlRPzZPCsYKvqLhKpRV2JBHBhIm\"}\n"
	"actions: [{name: hello, code: \"exports.x = 1;\\nexports.y = 2;\\n\",\n"
	"  secrets: [{name: KEY, value: hush}], supported_triggers: [{id: post-login, version: "
	"v3}]}]\n"
	"triggers: {post-login: [hello]}\n"
	"guardianPolicies: {policies: []}\n"
	"customDomains: [{domain: auth.shop.example}]\n"
	"attackProtection: {bruteForceProtection: {max_attempts: 5}}\n"
	"prompts: {identifier_first: true}\n";

static struct change_report report;
static struct str why;

static enum err apply_with(
	struct str text, bool dry_run, bool prune, struct str issuer, struct str from)
{
	struct tenant_file_options options = {
		.issuer = issuer, .dry_run = dry_run, .prune = prune
	};
	struct tenant_file file;
	enum err e;

	report = (struct change_report){ 0 };
	why = (struct str){ 0 };
	e = tenant_file_read(a, text, from, S("https://auth.example/"), &file, &why);
	return e ? e : tenant_file_apply(db, seal, a, &file, &options, &report, &why);
}

static enum err apply(const char *text)
{
	return apply_with(
		str_from(text), false, false, S("https://auth.example/"), (struct str){ 0 });
}

static void applied(const char *text)
{
	if (apply(text))
		fail_msg("%s\n    refused: " STR_FMT, text, STR_ARG(why));
}

static size_t count(enum change_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < report.count; i++)
		n += report.changes[i].kind == kind;
	return n;
}

static int64_t version(void)
{
	int64_t v = -1;

	row_int("the version is there", configuration_version(db_reader(db), &v), OK);
	return v;
}

static void the_second_time_nothing_changes(void **state)
{
	int64_t before;

	(void)state;
	applied(whole);
	row_int("all is new", (int64_t)count(CHANGE_CREATED), 10);
	row_int("nothing else", (int64_t)report.count, 10);
	before = version();
	applied(whole);
	row_int("unchanged", (int64_t)count(CHANGE_NONE), 10);
	row_int("and nothing was written", version(), before);
}

static void the_order_of_members_is_no_change(void **state)
{
	(void)state;
	applied("clients: [{client_id: c, name: C, app_type: spa}]");
	applied("clients: [{app_type: spa, name: C, client_id: c}]");
	row_int("the same", (int64_t)count(CHANGE_NONE), 1);
	applied("clients: [{app_type: native, name: C, client_id: c}]");
	row_int("another", (int64_t)count(CHANGE_UPDATED), 1);
}

static void an_export_is_such_a_file(void **state)
{
	struct str open_text;
	struct str secret_text;
	int64_t before;

	(void)state;
	applied(whole);
	row_int("without secrets",
		tenant_file_export(db_reader(db), seal, a, false, &open_text), OK);
	row_int("with secrets", tenant_file_export(db_reader(db), seal, a, true, &secret_text),
		OK);
	before = version();
	applied(open_text.p);
	row_int("changes nothing", (int64_t)count(CHANGE_NONE), (int64_t)report.count);
	applied(secret_text.p);
	row_int("nor does this", (int64_t)count(CHANGE_NONE), (int64_t)report.count);
	row_int("nothing was written", version(), before);

	for (size_t i = 0; i < 6; i++) {
		static const char *const secrets[] = { "office-secret", "a-secret-of", "hush",
			"JBSWY3DP", "$2b$", "client_secret_mac" };

		row_true(secrets[i], str_find(open_text, str_from(secrets[i])) < 0);
	}
	row_true(
		"the sealed one is told", str_find(secret_text, S("a-secret-of-at-least")) > 0);
	row_true("the API's", str_find(secret_text, S("a-secret-of-an-api")) > 0);
	row_true("the action's", str_find(secret_text, S("hush")) > 0);
	row_true("the factor's", str_find(secret_text, S("JBSWY3DPEHPK3PXP")) > 0);
	row_true("the hash", str_find(secret_text, S("$2b$10$")) > 0);
	row_true("the digest", str_find(secret_text, S("client_secret_mac")) > 0);

	store_close();
	store_open();
	applied(secret_text.p);
	row_int("elsewhere it makes the same", (int64_t)count(CHANGE_CREATED),
		(int64_t)report.count);
	row_int("which exports", tenant_file_export(db_reader(db), seal, a, true, &open_text),
		OK);
	row_bytes("as the same", open_text, secret_text);
}

static void an_error_changes_nothing_and_names_the_place(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "clients:\n  - client_id: a\n  - client_id: b\n    callbacks:\n      - "
		  "ftp://x\n",
			"line 5: clients[1] (b): callbacks: " },
		{ "clients:\n  - client_id: a\n    jwt_configuration:\n      alg: RS1\n",
			"line 4: clients[0] (a): jwt_configuration.alg: " },
		{ "clients:\n  - name: a\n    web_origin: [x]\n",
			"line 3: clients[0] (a): web_origin: there is no such field; did you "
			"mean "
			"web_origins?" },
		{ "clients: [{client_id: a}, {client_id: a}]",
			"line 1: clients[1] (a): is there twice" },
		{ "clients: {client_id: a}", "line 1: clients: must be a list" },
		{ "tenant:\n  friendly_name: x\n  session_lifetime: 0\n",
			"line 3: tenant: session_lifetime: must be at least one minute" },
		{ "tenant:\n  friendly_name: x\n  sesion_lifetime: 1\n",
			"line 3: tenant: sesion_lifetime: " },
		{ "guardianPolicies:\n  policies: [some]\n",
			"line 2: the settings: guardianPolicies: " },
		{ "resourceServers: [{name: x}]", "line 1: resourceServers[0]: identifier: " },
		{ "clientGrants: [{client_id: nobody, audience: a}]",
			"line 1: clientGrants[0] (nobody): client_id: there is no such "
			"client" },
		{ "triggers: {post-login: [nothing]}", "line 1: triggers (post-login): each "
						       "must be the name of an action" },
		{ "actions: [{name: x, code: ./is-not-there.js}]",
			"line 1: actions[0] (x): code: the file ./is-not-there.js cannot be "
			"read" },
		{ "users: [{email: nobody}]", "line 1: users[0]: email: must be an e-mail" },
		{ "users: [{given_name: x}]", "line 1: users[0]: email: an e-mail" },
		{ "users: [{email: a@b.c, password_hash: x}]",
			"line 1: users[0]: password_hash: must be" },
		{ "users: [{email: a@b.c}, {email: A@B.C}]",
			"line 1: users[1] (A@B.C): is there twice" },
		{ "users: [{email: a@b.c, authentication_methods: [{type: totp, totp_secret: "
		  "'1'}]}]",
			"line 1: users[0] (a@b.c): authentication_methods: totp_secret" },
		{ "users: [{email: a@b.c, phone_number: 123}]",
			"line 1: users[0]: phone_number: must be a string" },
		{ "tenants: {}", "line 1: there is no part \"tenants\"" },
		{ "a: [", "line 2: not YAML" },
		{ "{\"clients\": [{\"client_id\": \"a\", \"x\": 1}]}",
			"clients[0] (a): x: there is no such field" },
		{ "{\"clients\": [\n{\"client_id\": \"a\"]}", "line 2: not YAML" },
		{ "{\"clients\": [],\n\"clients\": []}", "line 2: the key clients twice" },
		{ "- a", "the file must be a map" },
	};
	struct str before;
	struct str after;

	(void)state;
	applied(whole);
	row_int("export", tenant_file_export(db_reader(db), seal, a, true, &before), OK);
	for (size_t i = 0; i < ROWS(rows); i++) {
		/* Something good before it, which must not be stored either. */
		const char *text = rows[i].text;

		row_int(text, apply(text), ERR_INVALID);
		if (!str_starts(why, str_from(rows[i].why)))
			fail_msg("%s\n    want %s\n    says " STR_FMT, text, rows[i].why,
				STR_ARG(why));
	}
	row_int("a good part before a bad one",
		apply("clients: [{client_id: new}]\nusers: [{email: bad}]"), ERR_INVALID);
	row_int("export", tenant_file_export(db_reader(db), seal, a, true, &after), OK);
	row_bytes("the store is as it was", after, before);
}

static void a_dry_run_changes_nothing(void **state)
{
	int64_t before = version();
	struct document row;

	(void)state;
	row_int("would work",
		apply_with(str_from(whole), true, false, S("https://auth.example/"),
			(struct str){ 0 }),
		OK);
	row_int("says so", (int64_t)count(CHANGE_CREATED), 10);
	row_int("nothing is there",
		document_find(db_reader(db), a, DOCUMENT_CLIENT, S("shop"), &row),
		ERR_NOT_FOUND);
	row_int("nothing moved", version(), before);
}

static void pruning_deletes_what_a_part_leaves_out(void **state)
{
	struct document row;
	struct user user;

	(void)state;
	applied(whole);
	row_int("prunes",
		apply_with(S("clients: [{client_id: shop, name: Shop}]\nusers: []"), false,
			true, (struct str){ 0 }, (struct str){ 0 }),
		OK);
	row_int("two clients go", (int64_t)count(CHANGE_DELETED), 2);
	row_int("this one", document_find(db_reader(db), a, DOCUMENT_CLIENT, S("office"), &row),
		ERR_NOT_FOUND);
	row_int("a part that is not in the file stays",
		document_find(db_reader(db), a, DOCUMENT_ACTION, S("hello"), &row), OK);
	row_int("users stay always",
		user_find_by_login(db_reader(db), a, S("ana@example.com"), &user), OK);
}

static void parts_of_the_settings_replace_each_its_own(void **state)
{
	struct document row;

	(void)state;
	applied(whole);
	applied("tenant: {friendly_name: Other}");
	row_int("is there",
		document_find(db_reader(db), a, DOCUMENT_SETTINGS, S("tenant"), &row), OK);
	row_true("the part is new", str_find(row.body, S("\"Other\"")) > 0);
	row_true("as a whole", str_find(row.body, S("session_lifetime")) < 0);
	row_true("the other parts stay", str_find(row.body, S("auth.shop.example")) > 0);
	applied("customDomains: []");
	row_int("is there",
		document_find(db_reader(db), a, DOCUMENT_SETTINGS, S("tenant"), &row), OK);
	row_true("a part can be emptied", str_find(row.body, S("auth.shop.example")) < 0);
	row_true("and the first stays", str_find(row.body, S("\"Other\"")) > 0);
}

static struct user ana(void)
{
	struct user user = { 0 };

	row_int("ana is there",
		user_find_by_login(db_reader(db), a, S("ana@example.com"), &user), OK);
	return user;
}

static void passwords_are_hashed_once(void **state)
{
	struct str hash;
	bool rehash;

	(void)state;
	applied("users: [{email: ana@example.com, password: one}]");
	hash = ana().password_hash;
	row_int("it fits", password_verify(hash, S("one"), &rehash), OK);
	applied("users: [{email: ana@example.com, password: one}]");
	row_bytes("the same password is no change", ana().password_hash, hash);
	applied("users: [{email: Ana@Example.com, password: two}]");
	row_int("another is", password_verify(ana().password_hash, S("two"), &rehash), OK);
	row_int("and none that she set herself", ana().last_password_reset, 0);
	applied("users: [{email: Ana@Example.com, given_name: Ana}]");
	row_int("no password leaves it",
		password_verify(ana().password_hash, S("two"), &rehash), OK);
}

static enum err sign_in(struct db_conn *conn, void *arg)
{
	return user_note_login(conn, ((struct user *)arg)->user_id, S("127.0.0.1"), 1000);
}

static void an_imported_hash_counts_until_the_first_sign_in(void **state)
{
	static const char *const hashes[] = {
		"$2b$10$GQbXGG8E3kcvMYtqtxUfrOsBTSrlRPzZPCsYKvqLhKpRV2JBHBhIm",
		"$2b$10$abcdefghijklmnopqrstuuNxB4UFYCHVnTwKKIQXNQwBdyMmPeyQe",
	};
	struct user user;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		applied(arena_printf(a,
			"users: [{email: ana@example.com, password_hash: \"%s\"}]", hashes[i])
				.p);
		row_str("taken as it is", ana().password_hash, hashes[i]);
	}
	user = ana();
	row_int("she signs in", db_write(db, sign_in, &user), OK);
	applied(arena_printf(
		a, "users: [{email: ana@example.com, password_hash: \"%s\"}]", hashes[0])
			.p);
	row_str("now it stays", ana().password_hash, hashes[1]);
	row_int("and that is no change", (int64_t)count(CHANGE_NONE), 1);
}

static void only_named_fields_of_a_user_change(void **state)
{
	(void)state;
	applied("users: [{email: ana@example.com, email_verified: true, given_name: Ana,\n"
		"  picture: 'https://x.example/a', app_metadata: {a: 1}, user_metadata: {b: "
		"2}}]");
	applied("users: [{email: ana@example.com, given_name: Anna, app_metadata: {c: 3}}]");
	row_true("verified stays", ana().email_verified);
	row_str("a named claim changes, others stay", ana().profile,
		"{\"given_name\":\"Anna\",\"picture\":\"https://x.example/a\"}");
	row_str("a named map is replaced", ana().app_metadata, "{\"c\":3}");
	row_str("another stays", ana().user_metadata, "{\"b\":2}");
}

static void a_totp_secret_is_sealed_and_there_once(void **state)
{
	struct factor *factors;
	size_t n = 0;
	struct str plain;

	(void)state;
	for (int i = 0; i < 2; i++) {
		applied(whole);
		row_int("list", factor_list(db_reader(db), a, ana().user_id, &factors, &n), OK);
		row_int("one", (int64_t)n, 1);
	}
	row_int("it opens", seal_open(seal, a, SEAL_STORE, factors[0].sealed, &plain), OK);
	row_bytes("to the bytes", plain, S("Hello!\xde\xad\xbe\xefHello!\xde\xad\xbe\xef"));
	row_true("it counts", factors[0].confirmed);
	row_str("totp", factors[0].type, "totp");
}

static void clients_are_known_by_their_names(void **state)
{
	struct document *rows;
	size_t n;

	(void)state;
	applied("clients: [{name: Shop, app_type: spa}]");
	applied("clients: [{name: Shop, app_type: native}]");
	row_int("updated", (int64_t)count(CHANGE_UPDATED), 1);
	row_int("list", document_list(db_reader(db), a, DOCUMENT_CLIENT, &rows, &n), OK);
	row_int("one", (int64_t)n, 1);
	row_int("with an id that nobody guesses", (int64_t)rows[0].id.n, 32);
}

static bool warns(const char *words)
{
	for (size_t i = 0; i < report.warning_count; i++)
		if (str_find(report.warnings[i], str_from(words)) >= 0)
			return true;
	return false;
}

static void warnings(void **state)
{
	(void)state;
	applied("clients: [{client_id: a, app_type: spa, web_origins: "
		"[\"https://app.example.com\"]}]");
	row_true("another site",
		warns("silent authentication will fail for https://app.example.com in browsers "
		      "that withhold third-party cookies: give the tenant an issuer on its "
		      "site "
		      "(customDomains)"));
	applied("customDomains: [auth.example.com]\n"
		"clients: [{client_id: a, app_type: spa, web_origins: "
		"[\"https://app.example.com\"]}]");
	row_int("an issuer there", (int64_t)report.warning_count, 0);
	applied("clients: [{client_id: b, app_type: regular_web}]");
	row_true("no secret", warns("client b has no client_secret"));
	applied("roles: [{name: x}]\nrules: []\nbranding: {colors: {}}\nclients: []");
	row_true("parts of no effect", warns("without effect here, and not kept: roles"));
	row_int("nothing of empty ones", (int64_t)report.warning_count, 1);
}

static void code_comes_from_files_beside_the_file(void **state)
{
	struct str path = arena_printf(a, "%s/hello.js", folder);
	FILE *file = fopen(path.p, "w");
	struct document row;

	(void)state;
	fputs("exports.x = 'from the file';\n", file);
	fclose(file);
	row_int("applied",
		apply_with(S("actions: [{name: x, code: ./hello.js}]"), false, false,
			(struct str){ 0 }, arena_printf(a, "%s/", folder)),
		OK);
	unlink(path.p);
	row_int("is there", document_find(db_reader(db), a, DOCUMENT_ACTION, S("x"), &row), OK);
	row_true("as text", str_find(row.body, S("from the file")) > 0);
}

static void the_issuer_is_put_in_everywhere(void **state)
{
	struct document row;

	(void)state;
	applied("clients: [{client_id: c}]\n"
		"clientGrants: [{client_id: c, audience: ##ISSUER##api/v2/, scope: []}]");
	row_int("under that name",
		document_find(db_reader(db), a, DOCUMENT_CLIENT_GRANT,
			S("c https://auth.example/api/v2/"), &row),
		OK);
}

static int set_up(void **state)
{
	(void)state;
	store_open();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	store_close();
	return 0;
}

static int group_set_up(void **state)
{
	arena_set_up(state);
	seal = seal_new(&secret, 1);
	return 0;
}

static int group_tear_down(void **state)
{
	seal_free(seal);
	return arena_tear_down(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_second_time_nothing_changes),
		TEST(the_order_of_members_is_no_change),
		TEST(an_export_is_such_a_file),
		TEST(an_error_changes_nothing_and_names_the_place),
		TEST(a_dry_run_changes_nothing),
		TEST(pruning_deletes_what_a_part_leaves_out),
		TEST(parts_of_the_settings_replace_each_its_own),
		TEST(passwords_are_hashed_once),
		TEST(an_imported_hash_counts_until_the_first_sign_in),
		TEST(only_named_fields_of_a_user_change),
		TEST(a_totp_secret_is_sealed_and_there_once),
		TEST(clients_are_known_by_their_names),
		TEST(warnings),
		TEST(code_comes_from_files_beside_the_file),
		TEST(the_issuer_is_put_in_everywhere),
	};

	return cmocka_run_group_tests(tests, group_set_up, group_tear_down);
}
