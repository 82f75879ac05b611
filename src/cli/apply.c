/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/apply.h"

#include <stdio.h>

#include "base/log.h"
#include "cli/file.h"
#include "cli/print.h"
#include "tenant/tenant_file.h"

static struct str name_of(const struct apply_source *source)
{
	if (source->path.n)
		return source->path;
	return source->name ? str_from(source->name) : S("built-in tenant file");
}

static int read_source(struct arena *a, const struct apply_source *source, struct str issuer,
	struct tenant_file *ret)
{
	struct str text = source->text;
	struct str name = name_of(source);
	struct str why;

	if (source->path.n && file_read(a, source->path, &text))
		return refuse("cannot read " STR_FMT, STR_ARG(name));
	if (issuer.n == 0 && str_find(text, S("##ISSUER##")) >= 0)
		return refuse(STR_FMT " says ##ISSUER##, and no server was started here yet: "
				      "say --issuer",
			STR_ARG(name));
	if (tenant_file_read(a, text, file_folder(source->path), issuer, ret, &why))
		return refuse(STR_FMT ": " STR_FMT, STR_ARG(name), STR_ARG(why));
	return EXIT_DONE;
}

static int apply(struct arena *a, const struct place *place, const struct apply_source *source,
	const struct tenant_file_options *options, struct change_report *ret)
{
	struct tenant_file file;
	struct str why;
	int status = read_source(a, source, options->issuer, &file);

	if (status)
		return status;
	if (tenant_file_apply(place->db, place->seal, a, &file, options, ret, &why))
		return refuse(STR_FMT ": " STR_FMT, STR_ARG(name_of(source)), STR_ARG(why));
	return EXIT_DONE;
}

int apply_quietly(struct cli *cli, const struct place *place, const struct apply_source *source,
	struct str issuer)
{
	struct tenant_file_options options = { .issuer = issuer, .command = cli->command };
	struct change_report report;
	int status = apply(cli->arena, place, source, &options, &report);

	for (size_t i = 0; !status && i < report.warning_count; i++)
		log_line(LOG_WARN, "tenant", report.warnings[i].p, NULL);
	return status;
}

int apply_item(struct cli *cli, const struct place *place, const char *part,
	const struct json *item, const char *what)
{
	struct buf b = buf_new(cli->arena, 1024);
	struct json_writer w = json_writer_on(&b);
	struct apply_source source = { .name = "refused" };
	struct tenant_file_options options = { .issuer = place->issuer,
		.sets_passwords = true,
		.command = cli->command,
		.item = what };
	struct change_report report;
	int status;

	json_begin_map(&w);
	json_key(&w, part);
	json_begin_list(&w);
	json_value(&w, item);
	json_end_list(&w);
	json_end_map(&w);
	source.text = buf_str(&b);
	status = apply(cli->arena, place, &source, &options, &report);
	for (size_t i = 0; !status && i < report.warning_count; i++)
		fprintf(stderr, "warning: " STR_FMT "\n", STR_ARG(report.warnings[i]));
	return status;
}

static void print_json(struct arena *a, const struct change_report *r)
{
	struct buf b = buf_new(a, 4096);
	struct json_writer w = json_writer_on(&b);

	json_begin_map(&w);
	json_key(&w, "changes");
	json_begin_list(&w);
	for (size_t i = 0; i < r->count; i++) {
		json_begin_map(&w);
		json_put_str(&w, "part", str_from(r->changes[i].part));
		json_put_str(&w, "id", r->changes[i].id);
		json_put_str(&w, "change", str_from(change_word(r->changes[i].kind)));
		json_end_map(&w);
	}
	json_end_list(&w);
	json_key(&w, "warnings");
	json_begin_list(&w);
	for (size_t i = 0; i < r->warning_count; i++)
		json_str(&w, r->warnings[i]);
	json_end_list(&w);
	json_end_map(&w);
	print_text(buf_str(&b));
}

static void print_report(const struct change_report *r, bool dry_run)
{
	size_t counts[CHANGE_DELETED + 1] = { 0 };

	for (size_t i = 0; i < r->count; i++) {
		const struct change *c = &r->changes[i];

		counts[c->kind]++;
		if (c->kind != CHANGE_NONE)
			printf("%-9s %s " STR_FMT "\n", change_word(c->kind), c->part,
				STR_ARG(c->id));
	}
	printf("%s%zu created, %zu updated, %zu deleted, %zu unchanged\n",
		dry_run ? "dry run: " : "", counts[CHANGE_CREATED], counts[CHANGE_UPDATED],
		counts[CHANGE_DELETED], counts[CHANGE_NONE]);
	fflush(stdout);
	for (size_t i = 0; i < r->warning_count; i++)
		fprintf(stderr, "warning: " STR_FMT "\n", STR_ARG(r->warnings[i]));
}

int cmd_apply(struct cli *cli)
{
	auto_place place = { 0 };
	struct apply_source source = { .path = cli->args[0] };
	struct change_report report;
	struct tenant_file_options options = {
		.command = cli->command,
		.dry_run = option_on(&cli->options, OPTION_DRY_RUN),
		.prune = option_on(&cli->options, OPTION_PRUNE),
	};
	int status = place_open(cli, options.dry_run ? PLACE_EXISTS : PLACE_MAKE, &place);

	if (status)
		return status;
	options.issuer = place.issuer;
	status = apply(cli->arena, &place, &source, &options, &report);
	if (status)
		return status;
	if (option_on(&cli->options, OPTION_JSON))
		print_json(cli->arena, &report);
	else
		print_report(&report, options.dry_run);
	return EXIT_DONE;
}

int cmd_export(struct cli *cli)
{
	auto_place place = { 0 };
	struct str text;
	int status = place_open(cli, PLACE_EXISTS, &place);

	if (status)
		return status;
	if (tenant_file_export(db_reader(place.db), place.seal, cli->arena,
		    option_on(&cli->options, OPTION_SECRETS), &text))
		return refuse("the store cannot be read");
	fwrite(text.p, 1, text.n, stdout);
	return EXIT_DONE;
}
