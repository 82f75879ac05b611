/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/delivery.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err write_all(int fd, struct str s)
{
	while (s.n > 0) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0)
			return ERR_IO;
		s = str_after(s, (size_t)n);
	}
	return OK;
}

enum err delivery_sink(struct arena *a, const char *folder, struct str name, struct str message)
{
	const char *half = arena_printf(a, "%s/" STR_FMT ".part", folder, STR_ARG(name)).p;
	const char *whole = arena_printf(a, "%s/" STR_FMT ".eml", folder, STR_ARG(name)).p;
	enum err err;
	int fd;

	(void)mkdir(folder, 0700);
	fd = open(half, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return ERR_IO;
	err = write_all(fd, message);
	if (close(fd) || err != OK || rename(half, whole)) {
		(void)unlink(half);
		return ERR_IO;
	}
	return OK;
}
