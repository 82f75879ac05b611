/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	HOST_FD = 3,
	FILES_MOST = 64,
	FOLDERS_MOST = 64,
	ARGS_MOST = 16 + FOLDERS_MOST,
	MB = 1024 * 1024,
	PERMISSIONS_SINCE = 20,
};

/* What Node itself reads: its libraries, the resolver's files, certificates. */
static const char *const system_folders[] = { "/usr", "/lib", "/lib64", "/bin", "/etc/ssl",
	"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf",
	"/etc/gai.conf", "/etc/services", "/etc/localtime", "/etc/ld.so.cache",
	"/etc/alternatives", "/dev/null", "/dev/urandom", "/dev/random", "/proc/meminfo",
	"/proc/cpuinfo", "/proc/stat", "/sys/devices/system/cpu", "/sys/fs/cgroup",
	"/proc/sys/vm/overcommit_memory" };

#define LANDLOCK_ALL                                                             \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |            \
		LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |     \
		LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
		LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |     \
		LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |     \
		LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |   \
		LANDLOCK_ACCESS_FS_MAKE_SYM)
#define LANDLOCK_FILE (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE)
#define LANDLOCK_READ (LANDLOCK_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* From here to the exec we are a fork of a program with threads: only system calls. */

static void allow_path(int rules, const char *path)
{
	struct landlock_path_beneath_attr beneath = { .allowed_access = LANDLOCK_READ };
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return;
	beneath.parent_fd = fd;
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) !=
		0) {
		/* A file takes no rights of folders. */
		beneath.allowed_access = LANDLOCK_FILE;
		(void)syscall(
			SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
	}
	close(fd);
}

/* As newer kernels have it; the headers of Debian 12 know its first member only. */
struct ruleset {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

enum {
	RULESET_FILES_SIZE = sizeof(uint64_t),
	ABI_WITH_SCOPES = 6,
	SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 3,
};

/* Also takes away ptrace and /proc/PID/mem of whatever is outside, the server first, and on
 * new kernels its signals. */
static bool restrict_files(const struct process_config *c)
{
	struct ruleset attr = { .handled_access_fs = LANDLOCK_ALL };
	long abi =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	size_t size = abi < ABI_WITH_SCOPES ? RULESET_FILES_SIZE : sizeof(attr);
	int rules;

	attr.scoped = abi < ABI_WITH_SCOPES ? 0 : SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS;
	rules = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);

	if (rules < 0)
		return false;
	for (size_t i = 0; i < sizeof(system_folders) / sizeof(system_folders[0]); i++)
		allow_path(rules, system_folders[i]);
	allow_path(rules, c->node);
	for (size_t i = 0; i < c->folder_count; i++)
		if (c->folders[i].n > 0)
			allow_path(rules, c->folders[i].p);
	return syscall(SYS_landlock_restrict_self, rules, 0) == 0;
}

static bool set_limit(int resource, rlim_t value)
{
	struct rlimit limit = { value, value };

	return setrlimit((__rlimit_resource_t)resource, &limit) == 0;
}

static bool restrict_self(const struct process_config *c)
{
	/* Twice: Buffers are not of the heap. What Node needs to begin with comes on top. */
	rlim_t memory = ((rlim_t)c->memory_mb * 2 + 64) * MB;

	return setpgid(0, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
	       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && set_limit(RLIMIT_CORE, 0) &&
	       set_limit(RLIMIT_FSIZE, 0) && set_limit(RLIMIT_NOFILE, FILES_MOST) &&
	       set_limit(RLIMIT_DATA, memory) &&
	       (c->shut_in != SHUT_IN_LANDLOCK || restrict_files(c));
}

static void become(const struct process_config *c, char *const *args, int fd)
{
	char path[] = "PATH=/usr/bin:/bin";
	char language[] = "LANG=C.UTF-8";
	char quiet[] = "NODE_NO_WARNINGS=1";
	char *const environment[] = { path, language, quiet, NULL };
	sigset_t none;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
		_exit(127);
	if (fd == HOST_FD ? fcntl(fd, F_SETFD, 0) < 0 : dup2(fd, HOST_FD) < 0)
		_exit(127);
	if (syscall(SYS_close_range, HOST_FD + 1, ~0U, 0) != 0 || chdir("/") != 0 ||
		!restrict_self(c))
		_exit(127);
	execve(c->node, args, environment);
	_exit(127);
}

/* The arguments in memory of the caller's: a fork may not allocate. */
struct command {
	const char *args[ARGS_MOST + 1];
	char heap[64];
	char reads[FOLDERS_MOST][512];
};

static void make_command(const struct process_config *c, struct command *ret)
{
	size_t n = 0;

	(void)snprintf(ret->heap, sizeof(ret->heap), "--max-old-space-size=%u", c->memory_mb);
	ret->args[n++] = c->node;
	ret->args[n++] = ret->heap;
	if (c->shut_in == SHUT_IN_PERMISSIONS) {
		ret->args[n++] = "--experimental-permission";
		ret->args[n++] = "--allow-fs-read=/usr/*";
		for (size_t i = 0; i < c->folder_count && i < FOLDERS_MOST; i++) {
			if (c->folders[i].n == 0)
				continue;
			(void)snprintf(ret->reads[i], sizeof(ret->reads[i]),
				"--allow-fs-read=%s/*", c->folders[i].p);
			ret->args[n++] = ret->reads[i];
		}
	}
	ret->args[n++] = "--input-type=module";
	ret->args[n++] = "--eval";
	ret->args[n++] = c->source;
	ret->args[n] = NULL;
}

enum err process_start(const struct process_config *c, struct process *ret)
{
	struct command *command;
	int pair[2];
	pid_t pid;

	if (c->node == NULL)
		return ERR_NOT_FOUND;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return ERR_IO;
	command = calloc(1, sizeof(*command));
	if (command == NULL)
		abort();
	make_command(c, command);
	pid = fork();
	if (pid == 0)
		become(c, (char *const *)(uintptr_t)command->args, pair[1]);
	free(command);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return ERR_IO;
	}
	*ret = (struct process){ pid, pair[0] };
	return OK;
}

void process_kill(struct process *p)
{
	if (p->pid <= 0)
		return;
	/* The group may not be there yet. */
	if (kill(-p->pid, SIGKILL) != 0)
		(void)kill(p->pid, SIGKILL);
	close(p->fd);
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR) {
	}
	*p = (struct process){ 0, -1 };
}

static long node_major(const char *node)
{
	char line[512];
	FILE *f;
	long major = 0;

	(void)snprintf(line, sizeof(line), "exec '%s' --version", node);
	f = popen(line, "re");
	if (f == NULL)
		return 0;
	if (fgets(line, sizeof(line), f) != NULL && line[0] == 'v')
		major = strtol(line + 1, NULL, 10);
	(void)pclose(f);
	return major;
}

enum shut_in process_shut_in(const char *node)
{
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0)
		return SHUT_IN_LANDLOCK;
	return node_major(node) >= PERMISSIONS_SINCE ? SHUT_IN_PERMISSIONS : SHUT_IN_NOT;
}
