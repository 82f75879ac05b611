/* SPDX-License-Identifier: Apache-2.0 */
#include "login/device_name.h"

struct mark {
	const char *mark;
	const char *name;
};

/* The first that fits: most say that they are several. */
static const struct mark browsers[] = { { "Edg", "Edge" }, { "OPR/", "Opera" },
	{ "SamsungBrowser/", "Samsung Internet" }, { "Firefox/", "Firefox" },
	{ "FxiOS/", "Firefox" }, { "CriOS/", "Chrome" }, { "Chrome/", "Chrome" },
	{ "Safari/", "Safari" } };
static const struct mark systems[] = { { "iPhone", "iPhone" }, { "iPad", "iPad" },
	{ "Android", "Android" }, { "Windows", "Windows" }, { "Mac OS X", "macOS" },
	{ "CrOS", "ChromeOS" }, { "Linux", "Linux" } };

static const char *first_of(const struct mark *marks, size_t count, struct str s)
{
	for (size_t i = 0; i < count; i++)
		if (str_find(s, str_from(marks[i].mark)) >= 0)
			return marks[i].name;
	return NULL;
}

struct str device_name(struct arena *a, struct str agent)
{
	const char *browser = first_of(browsers, sizeof(browsers) / sizeof(browsers[0]), agent);
	const char *system = first_of(systems, sizeof(systems) / sizeof(systems[0]), agent);

	if (browser && system)
		return arena_printf(a, "%s, %s", browser, system);
	return str_from(browser ? browser : system);
}
