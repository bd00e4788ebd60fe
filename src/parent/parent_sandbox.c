/*
 * parent_sandbox - what workers are confined to, made ready once for all of them
 *
 * Runs in:  the parent
 * Owns:     the ruleset of the present configuration, in struct parent
 * Errors:   what cannot be had is left out, and parent_sandbox_words says so
 *
 * Two fences stand one behind the other. Landlock decides by what a path leads to: documents may be
 * read, nothing else can be reached. Seccomp decides by the call, before any path is looked at, and
 * keeps most of the kernel out of a worker's sight. Making them takes a millisecond; a worker that
 * is born only enters. Programs (CGI) have fences of the same two kinds, much lower ones: the
 * starter enters them, and each program once more.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "config/config_cgi.h"
#include "os/os_capability.h"
#include "os/os_landlock.h"
#include "parent/parent_entry.h"
#include "parent/parent_sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The run-time parts of sanitizers read files, make calls and even trace their own process. */
#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ ||                                 \
	__has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
static const bool sanitized = true;
#else
static const bool sanitized = false;
#endif

/* Not every machine has every call: newer ones lack those that others have replaced. */
enum { MISSING = -1 };
#ifndef SYS_open
#define SYS_open MISSING
#define SYS_stat MISSING
#define SYS_lstat MISSING
#define SYS_readlink MISSING
#endif
#ifndef SYS_dup2
#define SYS_dup2 MISSING
#endif
#ifndef SYS_alarm
#define SYS_alarm MISSING
#endif
#ifndef SYS_poll
#define SYS_poll MISSING
#endif
#ifndef SYS_epoll_wait
#define SYS_epoll_wait MISSING
#endif
#ifndef SYS_modify_ldt
#define SYS_modify_ldt MISSING
#endif
#ifndef SYS_kexec_load
#define SYS_kexec_load MISSING
#endif
#ifndef SYS_kexec_file_load
#define SYS_kexec_file_load MISSING
#endif
#ifndef SYS_process_madvise /* nor does every C library know the newest */
#define SYS_process_madvise MISSING
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr MISSING
#endif
#ifndef SYS_newfstatat
#define SYS_newfstatat SYS_fstatat
#endif
#define SYS_others OS_SECCOMP_OTHERS

/* clone(2) has its flags first, but on this machine; a namespace is one of them. */
#ifdef __s390x__
enum { CLONE_FLAGS = 1 };
#else
enum { CLONE_FLAGS = 0 };
#endif
enum {
	NAMESPACES = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
		     CLONE_NEWUTS | CLONE_NEWCGROUP
};

enum { EVENT = PARENT_SANDBOX_EVENT, CLASSIC = PARENT_SANDBOX_CLASSIC };
enum { KEEPER = PARENT_SANDBOX_KEEPER, ASKER = PARENT_SANDBOX_ASKER };
enum { ONESHOT = PARENT_SANDBOX_ONESHOT, EVERY = EVENT | CLASSIC | ONESHOT };
enum { PROGRAM = PARENT_SANDBOX_PROGRAM };

#define ALWAYS .test = OS_SECCOMP_ALWAYS
#define EQUAL(index, what) .test = OS_SECCOMP_EQUAL, .argument = (index), .value = (what)
#define UNLESS(index, what) .test = OS_SECCOMP_UNLESS, .argument = (index), .value = (what)
#define WITHOUT(index, bits) .test = OS_SECCOMP_WITHOUT, .argument = (index), .value = (bits)
#define SELF(index) .test = OS_SECCOMP_SELF, .argument = (index)

static const struct {
	unsigned who;
	struct os_seccomp_rule rule;
} calls[] = {
#define SANDBOX_CALL(name, who_, verdict_, condition, why)                                         \
	{(who_), {.number = SYS_##name, .verdict = OS_SECCOMP_##verdict_, condition}},
#include "parent/sandbox_calls.def"
#undef SANDBOX_CALL
};

size_t parent_sandbox_rules(unsigned who, struct os_seccomp_rule *rules, size_t room)
{
	size_t count = 0;
	for (size_t i = 0; i < COUNT_OF(calls) && count < room; i++)
		if (calls[i].who & who && calls[i].rule.number != MISSING)
			rules[count++] = calls[i].rule;
	return count;
}

/* ---- making ---- */

struct parent_sandbox_kernel parent_sandbox_kernel(void)
{
	if (sanitized)
		return (struct parent_sandbox_kernel){0, false};
	return (struct parent_sandbox_kernel){os_landlock_abi(), os_seccomp_available()};
}

/* The root of the file system is never granted: it is held open for what is not there yet, and by
 * a mistake of whoever wrote the configuration. */
static int grant_fd(int ruleset, int fd)
{
	struct stat st, slash;
	if (fstat(fd, &st) < 0 || stat("/", &slash) < 0)
		return -1;
	if (st.st_dev == slash.st_dev && st.st_ino == slash.st_ino)
		return 0;
	return os_landlock_grant(ruleset, fd, OS_LANDLOCK_READ);
}

/* A path that is not there is nothing to be read. */
static int grant_path(int ruleset, const char *path)
{
	int fd = path ? open(path, O_PATH | O_CLOEXEC) : -1;
	if (fd < 0)
		return !path || errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	int result = grant_fd(ruleset, fd);
	close(fd);
	return result;
}

static int grant_dir(int ruleset, const struct config_dir *dir)
{
	return grant_path(ruleset, dir->access.user_file) < 0 ||
			       grant_path(ruleset, dir->access.group_file) < 0
		       ? -1
		       : 0;
}

/* As deep as sections stand in sections. */
static int grant_sections(int ruleset, const struct config_sections *sections)
{
	for (size_t i = 0; i < sections->count; i++) {
		const struct config_section *section = sections->all[i];
		bool place = section->kind == CONFIG_SECTION_DIRECTORY && section->size &&
			     !section->pattern && !section->regex;
		if ((place && grant_path(ruleset, section->path) < 0) ||
			grant_dir(ruleset, &section->dir) < 0 ||
			grant_sections(ruleset, &section->inner) < 0)
			return -1;
	}
	return 0;
}

static int grant_host(int ruleset, const struct config_host *host)
{
	return grant_dir(ruleset, &host->dir) < 0 ? -1 : grant_sections(ruleset, &host->sections);
}

/* All that a worker opens by a path: what is served, the files that say who may have it, and the
 * time zone. Logs, listeners and the rest it has from its birth. */
static int grant(int ruleset, const struct config *config)
{
	static const char *const needed[] = {"/etc/localtime", "/usr/share/zoneinfo"};
	for (size_t i = 0; i < COUNT_OF(needed); i++)
		if (grant_path(ruleset, needed[i]) < 0)
			return -1;
	for (size_t i = 0; i < config->fd_count; i++)
		if (grant_fd(ruleset, config->fds[i]) < 0)
			return -1;
	for (size_t i = 0; i < config->host_count; i++)
		if (grant_host(ruleset, config->hosts[i]) < 0)
			return -1;
	return grant_host(ruleset, &config->host);
}

static int make_ruleset(const struct config *config, int abi)
{
	int ruleset = os_landlock_new(abi);
	if (ruleset >= 0 && grant(ruleset, config) == 0)
		return ruleset;
	log_error("cannot confine workers to their files (Landlock): %m");
	if (ruleset >= 0)
		close(ruleset);
	return -1;
}

static unsigned who_serves(const struct config *config)
{
	unsigned asker = config_has_cgi(config) ? ASKER : 0;
	if (config->process_model == CONFIG_FORK)
		return asker | ONESHOT;
	return asker | (config->worker_connections > 1 ? EVENT : CLASSIC);
}

static bool make_filter(
	struct os_seccomp_program *filter, const struct config *config, unsigned who)
{
	struct os_seccomp_rule rules[COUNT_OF(calls)];
	size_t count = parent_sandbox_rules(who, rules, COUNT_OF(rules));
	if (os_seccomp_compile(filter, rules, count, config->sandbox == CONFIG_SANDBOX_LOG) == 0)
		return true;
	log_error("cannot confine workers to their system calls (seccomp): %m");
	return false;
}

static void filter_calls(
	struct wire_sandbox *sandbox, const struct config *config, unsigned who, bool available)
{
	if (config->sandbox == CONFIG_SANDBOX_OFF || !available)
		return;
	sandbox->filtered = make_filter(&sandbox->filter, config, who);
	sandbox->failed |= !sandbox->filtered;
}

/* Whoever may not change the bounding set need not try at every birth. */
static uint64_t unbound(void)
{
	uint64_t permitted;
	bool may = os_capability_permitted(&permitted) == 0 && permitted >> CAP_SETPCAP & 1;
	return may ? os_capability_bounding() : 0;
}

void parent_sandbox_make_for(struct wire_sandbox *sandbox, const struct config *config,
	struct parent_sandbox_kernel kernel)
{
	*sandbox = WIRE_SANDBOX_NONE;
	/* A child of one request is not worth it: it counts only when a program is executed that
	 * gives privileges, and none can since no_new_privs. */
	if (config->process_model != CONFIG_FORK)
		sandbox->bounding = unbound();
	if (config->sandbox == CONFIG_SANDBOX_ON && kernel.landlock)
		sandbox->failed |= (sandbox->ruleset = make_ruleset(config, kernel.landlock)) < 0;
	filter_calls(sandbox, config, who_serves(config), kernel.seccomp);
}

void parent_sandbox_make(struct wire_sandbox *sandbox, const struct config *config)
{
	parent_sandbox_make_for(sandbox, config, parent_sandbox_kernel());
}

/* Of a process that serves no documents: the files below these paths, and the calls of `who`. */
static void make_aside(struct wire_sandbox *sandbox, const struct config *config, unsigned who,
	const char *const *paths)
{
	struct parent_sandbox_kernel kernel = parent_sandbox_kernel();
	*sandbox = WIRE_SANDBOX_NONE;
	sandbox->bounding = unbound();
	if (config->sandbox == CONFIG_SANDBOX_ON && kernel.landlock) {
		sandbox->ruleset = os_landlock_new(kernel.landlock);
		for (sandbox->failed |= sandbox->ruleset < 0; *paths && !sandbox->failed; paths++)
			sandbox->failed |= grant_path(sandbox->ruleset, *paths) < 0;
	}
	filter_calls(sandbox, config, who, kernel.seccomp);
}

void parent_sandbox_make_keeper(struct wire_sandbox *sandbox, const struct config *config)
{
	static const char *const none[] = {NULL};
	make_aside(sandbox, config, KEEPER, none);
}

void parent_sandbox_make_status(struct wire_sandbox *sandbox, const struct config *config)
{
	static const char *const paths[] = {"/proc", "/etc/localtime", "/usr/share/zoneinfo", NULL};
	make_aside(sandbox, config, EVENT, paths);
}

/* Its programs inherit the calls, so they are a program's. */
void parent_sandbox_make_starter(struct wire_sandbox *sandbox, const struct config *config)
{
	struct parent_sandbox_kernel kernel = parent_sandbox_kernel();
	*sandbox = WIRE_SANDBOX_NONE;
	sandbox->bounding = unbound();
	if (config->sandbox == CONFIG_SANDBOX_ON && kernel.landlock >= OS_LANDLOCK_REFER) {
		sandbox->ruleset = os_landlock_new_apart(kernel.landlock);
		if (sandbox->ruleset < 0)
			log_error("cannot keep programs apart (Landlock): %m");
		sandbox->failed |= sandbox->ruleset < 0;
	}
	filter_calls(sandbox, config, PROGRAM, kernel.seccomp);
}

void parent_sandbox_free(struct wire_sandbox *sandbox)
{
	if (sandbox->ruleset >= 0)
		close(sandbox->ruleset);
	*sandbox = WIRE_SANDBOX_NONE;
}

/* ---- saying ---- */

/* What Landlock confines, and since when. */
static const struct {
	int abi;
	const char *what;
} reach[] = {{1, "files"}, {OS_LANDLOCK_TRUNCATE, "truncation"}, {OS_LANDLOCK_TCP, "TCP"},
	{OS_LANDLOCK_IOCTL, "devices"}, {OS_LANDLOCK_SCOPE, "signals"}};

static void put_reach(bool has, int abi, struct buffer *to)
{
	const char *comma = "";
	for (size_t i = 0; i < COUNT_OF(reach); i++)
		if ((abi >= reach[i].abi) == has) {
			buffer_printf(to, "%s%s", comma, reach[i].what);
			comma = ", ";
		}
}

static void put_lacks(struct parent_sandbox_kernel kernel, struct buffer *to)
{
	if (sanitized) {
		buffer_string(to, "; it is built with sanitizers, which do not bear more");
		return;
	}
	if (!kernel.landlock) {
		buffer_string(to, "; the kernel has no Landlock");
	} else if (kernel.landlock < OS_LANDLOCK_SCOPE) {
		buffer_string(to, "; Landlock of this kernel lacks ");
		put_reach(false, kernel.landlock, to);
	}
	if (!kernel.seccomp)
		buffer_string(to, "; the kernel has no seccomp");
}

void parent_sandbox_words(
	enum config_sandbox mode, struct parent_sandbox_kernel kernel, struct buffer *to)
{
	static const char *const modes[] = {[CONFIG_SANDBOX_OFF] = "Off",
		[CONFIG_SANDBOX_ON] = "On",
		[CONFIG_SANDBOX_LOG] = "Log"};
	buffer_printf(to, "%s: no new privileges, no capabilities", modes[mode]);
	if (mode == CONFIG_SANDBOX_OFF)
		return;
	if (mode == CONFIG_SANDBOX_ON && kernel.landlock) {
		buffer_printf(to, ", Landlock %d (", kernel.landlock);
		put_reach(true, kernel.landlock, to);
		buffer_string(to, ")");
	}
	if (kernel.seccomp)
		buffer_string(to, mode == CONFIG_SANDBOX_ON ? ", seccomp" : ", seccomp only logs");
	put_lacks(kernel, to);
}

bool parent_sandbox_lacks(enum config_sandbox mode, struct parent_sandbox_kernel kernel)
{
	bool landlock = mode == CONFIG_SANDBOX_ON && !kernel.landlock;
	return !sanitized && (landlock || (mode != CONFIG_SANDBOX_OFF && !kernel.seccomp));
}

void parent_sandbox_program_words(
	enum config_sandbox mode, struct parent_sandbox_kernel kernel, struct buffer *to)
{
	bool landlock = mode == CONFIG_SANDBOX_ON && kernel.landlock >= OS_LANDLOCK_REFER;
	if (mode == CONFIG_SANDBOX_OFF)
		return;
	buffer_string(to, "; programs (CGI): ");
	if (!landlock && !kernel.seccomp)
		buffer_string(to, "free");
	if (landlock)
		buffer_printf(to, "%sno tracing (Landlock)%s",
			kernel.landlock >= OS_LANDLOCK_SCOPE ? "no signals, " : "",
			kernel.seccomp ? ", " : "");
	if (kernel.seccomp)
		buffer_string(to, mode == CONFIG_SANDBOX_ON ? "seccomp" : "seccomp only logs");
}

void parent_sandbox_here(struct buffer *to)
{
	struct parent_sandbox_kernel kernel = parent_sandbox_kernel();
	parent_sandbox_words(CONFIG_SANDBOX_ON, kernel, to);
	parent_sandbox_program_words(CONFIG_SANDBOX_ON, kernel, to);
}

/* ---- the parent's own ---- */

void parent_sandbox_renew(struct parent *p)
{
	struct parent_sandbox_kernel kernel = parent_sandbox_kernel();
	struct buffer words = BUFFER_INIT;
	parent_sandbox_free(&p->sandbox);
	parent_sandbox_make(&p->sandbox, p->config);
	parent_sandbox_words(p->config->sandbox, kernel, &words);
	if (config_has_cgi(p->config))
		parent_sandbox_program_words(p->config->sandbox, kernel, &words);
	struct text said = text_from(p->board->sandbox, strlen(p->board->sandbox));
	struct text line = buffer_view(&words);
	if (line.size >= sizeof p->board->sandbox)
		line.size = sizeof p->board->sandbox - 1;
	/* Said again only when it is another. */
	if (line.size && !text_equal(said, line)) {
		if (parent_sandbox_lacks(p->config->sandbox, kernel))
			log_warn("Sandbox %.*s", TEXT_ARGS(line));
		else
			log_notice("Sandbox %.*s", TEXT_ARGS(line));
		text_copy(p->board->sandbox, sizeof p->board->sandbox, line);
	}
	buffer_free(&words);
}

/* As root it opens logs and documents whatever their modes, keeps its pid file, listens on low
 * ports, and makes of its children whom the configuration names. */
int parent_sandbox_shrink(void)
{
	static const int kept[] = {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER,
		CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SETPCAP, CAP_NET_BIND_SERVICE,
		CAP_SYS_RESOURCE};
	uint64_t set = 0;
	for (size_t i = 0; i < COUNT_OF(kept); i++)
		set |= UINT64_C(1) << kept[i];
	return os_capability_keep(set);
}
