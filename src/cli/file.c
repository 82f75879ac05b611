/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/random.h"

enum { FILE_MOST = 64 * 1024 * 1024, PIECE = 16 * 1024, NAME_BYTES = 9 };

static enum err read_all(struct arena *a, int fd, struct str *ret)
{
	struct buf b = buf_new(a, PIECE);
	char piece[PIECE];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) > 0) {
		buf_add(&b, (struct str){ piece, (size_t)n });
		if (b.n > FILE_MOST)
			return ERR_INVALID;
	}
	if (n < 0)
		return ERR_IO;
	if (!str_is_utf8(buf_str(&b)))
		return ERR_INVALID;
	*ret = buf_str(&b);
	return OK;
}

enum err file_read(struct arena *a, struct str path, struct str *ret)
{
	bool standard_input = str_is(path, "-");
	int fd = standard_input ? STDIN_FILENO
				: open(arena_cstr(a, arena_str(a, path)), O_RDONLY | O_CLOEXEC);
	enum err e;

	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	e = read_all(a, fd, ret);
	if (!standard_input)
		close(fd);
	return e;
}

static enum err write_all(int fd, struct str text)
{
	while (text.n) {
		ssize_t n = write(fd, text.p, text.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		text = str_after(text, (size_t)n);
	}
	return fsync(fd) == 0 ? OK : ERR_IO;
}

/* Makes the name durable, too. */
static void sync_folder(struct arena *a, struct str path)
{
	struct str folder = file_folder(path);
	int fd = open(
		folder.n ? arena_cstr(a, folder) : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

static enum err write_temporary(
	struct arena *a, struct str path, struct str text, struct str *ret)
{
	struct str name = arena_printf(
		a, STR_FMT "." STR_FMT, STR_ARG(path), STR_ARG(random_token(a, NAME_BYTES)));
	int fd = open(name.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	enum err e;

	if (fd < 0)
		return ERR_IO;
	e = write_all(fd, text);
	close(fd);
	if (e)
		unlink(name.p);
	else
		*ret = name;
	return e;
}

enum err file_write(struct arena *a, struct str path, struct str text)
{
	struct str name;
	enum err e = write_temporary(a, path, text, &name);

	if (e)
		return e;
	if (rename(name.p, arena_cstr(a, path)) != 0) {
		unlink(name.p);
		return ERR_IO;
	}
	sync_folder(a, path);
	return OK;
}

enum err file_create(struct arena *a, struct str path, struct str text)
{
	struct str name;
	enum err e = write_temporary(a, path, text, &name);

	if (e)
		return e;
	if (link(name.p, arena_cstr(a, path)) != 0)
		e = errno == EEXIST ? ERR_CONFLICT : ERR_IO;
	unlink(name.p);
	sync_folder(a, path);
	return e;
}

struct str file_folder(struct str path)
{
	size_t n = path.n;

	while (n > 0 && path.p[n - 1] != '/')
		n--;
	return str_first(path, n);
}
