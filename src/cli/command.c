/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_BLOCK = 64 * 1024, ANY = 1000, WORDS_MOST = 2, ID_SHOWN = 100 };

#define BIT(name) OPTION_BIT(OPTION_##name)
/* What every command beside a server takes. */
#define STORE (BIT(CONFIG) | BIT(DATA) | BIT(STORE))
#define SERVE                                                                         \
	(STORE | BIT(ISSUER) | BIT(LISTEN) | BIT(ADMIN_LISTEN) | BIT(TLS_CERT) |      \
		BIT(TLS_KEY) | BIT(THREADS) | BIT(TENANT_FILE) | BIT(TRUSTED_PROXY) | \
		BIT(MTLS_HOST) | BIT(MTLS_CA) | BIT(MTLS_HEADER) | BIT(NO_LIMITS) |   \
		BIT(MAIL_SINK) | BIT(BREACHED) | BIT(ACCESS_LOG))

/* clang-format off */
static const struct command commands[] = {
	{ "serve", "", 0, 0, SERVE, cmd_serve, "serve the tenant" },
	{ "demo", "", 0, 0, BIT(CONFIG) | BIT(DATA) | BIT(LISTEN) | BIT(TLS), cmd_demo, "serve a tenant to try, with its apps (--data ./tacit-demo, --listen 127.0.0.1:8400 unless said)" },
	{ "apply", "FILE", 1, 1, STORE | BIT(ISSUER) | BIT(DRY_RUN) | BIT(PRUNE) | BIT(JSON), cmd_apply, "make the tenant what a tenant file says" },
	{ "export", "", 0, 0, STORE | BIT(SECRETS), cmd_export, "print the tenant as a tenant file" },
	{ "client list", "", 0, 0, STORE | BIT(JSON), cmd_client_list, "list the clients" },
	{ "client show", "ID", 1, 1, STORE | BIT(JSON), cmd_client_show, "show a client" },
	{ "client create", "FIELD=VALUE...", 1, ANY, STORE | BIT(ISSUER) | BIT(JSON), cmd_client_create, "make a client; VALUE is YAML" },
	{ "client update", "ID FIELD=VALUE...", 2, ANY, STORE | BIT(ISSUER) | BIT(JSON), cmd_client_update, "change fields; FIELD+=VALUE adds to a list, FIELD-=VALUE takes away" },
	{ "client secret", "ID", 1, 1, STORE | BIT(JSON), cmd_client_secret, "give it a new secret, shown once" },
	{ "client delete", "ID", 1, 1, STORE | BIT(JSON), cmd_client_delete, "delete a client" },
	{ "user list", "", 0, 0, STORE | BIT(MAX) | BIT(JSON), cmd_user_list, "list users" },
	{ "user show", "USER", 1, 1, STORE | BIT(JSON), cmd_user_show, "show a user: user_id, e-mail or user name" },
	{ "user create", "FIELD=VALUE...", 1, ANY, STORE | BIT(PASSWORD_STDIN) | BIT(JSON), cmd_user_create, "make a user; VALUE is YAML" },
	{ "user update", "USER [FIELD=VALUE...]", 1, ANY, STORE | BIT(PASSWORD_STDIN) | BIT(JSON), cmd_user_update, "change fields of a user" },
	{ "user delete", "USER", 1, 1, STORE | BIT(JSON), cmd_user_delete, "delete a user and what is theirs" },
	{ "user browsers", "USER", 1, 1, STORE | BIT(JSON), cmd_user_browsers, "list the browsers that do not ask the user for the second factor" },
	{ "user forget-browsers", "USER", 1, 1, STORE | BIT(JSON), cmd_user_forget_browsers, "ask for it again in all of them" },
	{ "session list", "", 0, 0, STORE | BIT(USER) | BIT(JSON), cmd_session_list, "list the sessions of a user (--user)" },
	{ "session show", "SID", 1, 1, STORE | BIT(JSON), cmd_session_show, "show a session" },
	{ "session revoke", "SID", 1, 1, STORE | BIT(JSON), cmd_session_revoke, "end a session" },
	{ "session delete", "SID", 1, 1, STORE | BIT(JSON), cmd_session_revoke, "the same" },
	{ "grant list", "", 0, 0, STORE | BIT(USER) | BIT(JSON), cmd_grant_list, "list what a user (--user) allowed" },
	{ "grant delete", "GRANT_ID", 1, 1, STORE | BIT(JSON), cmd_grant_delete, "take a grant back, with the tokens that live by it" },
	{ "action list", "", 0, 0, STORE | BIT(JSON), cmd_action_list, "list the actions" },
	{ "action show", "NAME", 1, 1, STORE | BIT(JSON), cmd_action_show, "show an action" },
	{ "action deploy", "NAME", 1, 1, STORE | BIT(JSON), cmd_action_deploy, "run what was written last" },
	{ "action rollback", "NAME VERSION", 2, 2, STORE | BIT(JSON), cmd_action_rollback, "run an older version again" },
	{ "action test", "NAME", 1, 1, STORE | BIT(EVENT) | BIT(SILENT) | BIT(JSON), cmd_action_test, "run what was written last against a sample event, and write nothing" },
	{ "action log", "", 0, 0, STORE | BIT(REQUEST) | BIT(MAX) | BIT(JSON), cmd_action_log, "show what actions printed, and how they failed" },
	{ "action delete", "NAME", 1, 1, STORE | BIT(JSON), cmd_action_delete, "delete an action that no trigger runs" },
	{ "tenant show", "", 0, 0, STORE | BIT(JSON), cmd_tenant_show, "show the settings" },
	{ "key list", "", 0, 0, STORE | BIT(JSON), cmd_key_list, "list the signing keys" },
	{ "key rotate", "", 0, 0, STORE | BIT(ALG) | BIT(JSON), cmd_key_rotate, "next becomes current, and a new next is published: for each algorithm that has keys" },
	{ "key revoke", "KID", 1, 1, STORE | BIT(JSON), cmd_key_revoke, "a previous key verifies no more" },
	{ "explain", "REQUEST_ID", 1, 1, STORE | BIT(JSON), cmd_explain, "say why a request ended as it did" },
	{ "log", "", 0, 0, STORE | BIT(CLIENT) | BIT(USER) | BIT(TYPE) | BIT(REQUEST) | BIT(SINCE) | BIT(MAX) | BIT(FOLLOW) | BIT(JSON), cmd_log, "show events" },
	{ "doctor", "", 0, 0, STORE | BIT(ISSUER) | BIT(CLIENT) | BIT(ORIGIN) | BIT(JSON), cmd_doctor, "say whether the issuer's URL leads here, and whether silent authentication can work (--client, --origin)" },
	{ "backup", "FILE", 1, 1, STORE, cmd_backup, "copy the database while it is in use" },
	{ "restore", "FILE", 1, 1, STORE, cmd_restore, "make the database from a backup, where there is none" },
	{ "migrate", "", 0, 0, STORE, cmd_migrate, "bring the database to this version's shape" },
	{ "version", "", 0, 0, BIT(SETTINGS), cmd_version, "print the version" },
};
/* clang-format on */

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

int refuse(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("tacit: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return EXIT_REFUSED;
}

int refuse_missing(const char *word, struct str id)
{
	return refuse("there is no %s " STR_FMT, word, STR_ARG(str_first(id, ID_SHOWN)));
}

int read_number(
	struct cli *cli, enum option_id id, const char *name, int64_t most, int64_t *ret)
{
	struct str given = option(&cli->options, id);

	if (given.n && !str_digits(given, most, ret))
		return refuse("--%s must be a number", name);
	return EXIT_DONE;
}

static void print_usage(const struct command *c)
{
	printf("usage: tacit %s%s%s [OPTION]...\n\n%s\n\n", c->words, *c->args ? " " : "",
		c->args, c->text);
	options_print(c->takes);
}

static void print_commands(void)
{
	printf("usage: tacit COMMAND [OPTION]...\n\n");
	for (const struct command *c = commands; c < commands + COMMANDS; c++)
		printf("  %-15s %-22s %s\n", c->words, c->args, c->text);
	printf("\nEvery option is also TACIT_OPTION in the environment and a key of the "
	       "file given with --config.\n`tacit COMMAND --help` says more.\n");
}

static int misuse(const char *what)
{
	fprintf(stderr, "tacit: %s (tacit help)\n", what);
	return EXIT_USAGE;
}

/*
 * Is argv this command? Its words are the first that are no options, which may stand between
 * them. Then they are taken out of argv.
 */
static bool take_words(const struct command *c, int *argc, char **argv)
{
	struct str rest = str_from(c->words);
	struct str word;
	int places[WORDS_MOST];
	int words = 0;
	int at = 0;
	int kept = 0;

	while (str_split(&rest, ' ', &word)) {
		while (at < *argc && option_length(argv[at]))
			at += option_length(argv[at]);
		if (at >= *argc || !str_is(word, argv[at]))
			return false;
		places[words++] = at++;
	}
	for (int i = 0, next = 0; i < *argc; i++) {
		if (next < words && places[next] == i)
			next++;
		else
			argv[kept++] = argv[i];
	}
	*argc = kept;
	return true;
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (is_help(argv[i]))
			return true;
	return false;
}

static int run(const struct command *c, int argc, char **argv)
{
	struct cli cli = { .arena = arena_new(FIRST_BLOCK), .command = c->words };
	struct str *args = NULL;
	struct str why;
	int status;

	if (options_read(
		    cli.arena, argc, argv, c->takes, &cli.options, &args, &cli.arg_count, &why))
		status = misuse(why.p);
	else if (cli.arg_count < c->args_least || cli.arg_count > c->args_most)
		status = misuse(
			arena_printf(cli.arena, "usage: tacit %s %s", c->words, c->args).p);
	else {
		cli.args = args;
		status = c->run(&cli);
	}
	arena_free(cli.arena);
	return status;
}

int command_main(int argc, char **argv)
{
	argc--;
	argv++;
	if (argc == 0) {
		print_commands();
		return EXIT_USAGE;
	}
	if (is_help(argv[0]) || strcmp(argv[0], "help") == 0) {
		print_commands();
		return EXIT_DONE;
	}
	if (strcmp(argv[0], "--version") == 0)
		return cmd_version(&(struct cli){ 0 });
	for (const struct command *c = commands; c < commands + COMMANDS; c++) {
		if (!take_words(c, &argc, argv))
			continue;
		if (asks_for_help(argc, argv)) {
			print_usage(c);
			return EXIT_DONE;
		}
		return run(c, argc, argv);
	}
	return misuse("there is no such command");
}
