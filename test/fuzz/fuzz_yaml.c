/* SPDX-License-Identifier: Apache-2.0 */
/* YAML: what was read is written, and reads back as the same; settings and clients that are
 * refused say why. */
#include "fuzz.h"
#include "tenant/client.h"
#include "tenant/document_secret.h"
#include "tenant/settings.h"
#include "tenant/yaml_value.h"

static void fuzz_input(struct arena *a, struct str text)
{
	const struct json *value = NULL;
	const struct json *again = NULL;
	struct str why = { 0 };
	struct settings settings;
	struct client client;
	unsigned line = 0;
	enum err err;

	if (yaml_parse(a, text, &value, &why, &line) != OK) {
		assert(why.n > 0 && line > 0);
		return;
	}
	err = yaml_parse(a, yaml_write(a, value), &again, &why, &line);
	assert(!err && document_same(value, again));

	why = (struct str){ 0 };
	assert(settings_read(a, value, &settings, &why) == OK || why.n > 0);
	why = (struct str){ 0 };
	assert(client_read(a, text, value, &client, &why) == OK || why.n > 0);
}
