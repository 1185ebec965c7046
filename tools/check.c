// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca check: can this machine host realms, and the command that mends each gap.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "command.h"

#define KERNEL_MIN_MAJOR	6
#define KERNEL_MIN_MINOR	1

enum state { OK, MISSING, UNKNOWN };

struct result {
	enum state state;
	char detail[256];
	char remedy[160];
};

/* What is looked at before anything is said: the device knows most. */
struct findings {
	struct utsname uts;
	bool arm;
	bool device;			/* there is a node */
	struct stat node;
	int open_error;			/* 0, or -errno */
	struct cca *c;
	bool asked;			/* it told us */
	struct cca_info info;
};

#define FOUND(r, good, ...) \
	((r)->state = (good) ? OK : MISSING, \
	 (void)snprintf((r)->detail, sizeof((r)->detail), __VA_ARGS__))
#define MEND(r, ...)	((void)snprintf((r)->remedy, sizeof((r)->remedy), __VA_ARGS__))

static void check_architecture(struct findings *f, struct result *r)
{
	FOUND(r, f->arm, "%s", f->uts.machine);
	MEND(r, "use a 64-bit Arm machine; `make demo` emulates one");
}

static void check_kernel(struct findings *f, struct result *r)
{
	unsigned int major = 0, minor = 0;

	sscanf(f->uts.release, "%u.%u", &major, &minor);
	FOUND(r, major > KERNEL_MIN_MAJOR || (major == KERNEL_MIN_MAJOR && minor >= KERNEL_MIN_MINOR),
	      "%s %s", f->uts.sysname, f->uts.release);
	MEND(r, "apt install linux-image-arm64, for a kernel from %d.%d on", KERNEL_MIN_MAJOR,
	     KERNEL_MIN_MINOR);
}

static void check_page_size(struct findings *f, struct result *r)
{
	long size = sysconf(_SC_PAGESIZE);

	FOUND(r, size == CCA_PAGE_SIZE, "%ld bytes", size);
	MEND(r, "apt install linux-image-arm64, for a kernel with pages of 4096 bytes");
}

static bool file_has(const char *path, const char *text)
{
	FILE *file = fopen(path, "re");
	char line[512];
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = strstr(line, text);
	fclose(file);
	return found;
}

static bool module_loaded(void)
{
	FILE *file = fopen("/proc/modules", "re");
	char line[512];
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = !strncmp(line, "cca ", 4);
	fclose(file);
	return found;
}

static void not_yet(struct result *r, const char *what)
{
	FOUND(r, false, "not known without %s", what);
	r->state = UNKNOWN;
}

/* Whether the driver has an opinion. */
static bool asked(struct findings *f, struct result *r)
{
	if (!f->arm)
		not_yet(r, "an Arm CPU");
	else if (!f->asked)
		not_yet(r, f->device ? "opening the device" : "the module");
	return f->asked;
}

static void missing_by(struct findings *f, struct result *r)
{
	const char *help = remedy(f->info.out_reason);

	FOUND(r, false, "%s", cca_strreason(f->info.out_reason));
	MEND(r, "%s", help ? help : "see dmesg | grep cca");
}

/* The driver looks at one after the other, and stops where something is missing. */
static void check_rme(struct findings *f, struct result *r)
{
	if (!asked(f, r))
		return;
	if (f->info.out_reason == CCA_REASON_NO_RME)
		missing_by(f, r);
	else
		FOUND(r, true, "the CPU has it");
}

static void check_el2(struct findings *f, struct result *r)
{
	if (!asked(f, r))
		return;
	if (f->info.out_reason == CCA_REASON_NOT_EL2)
		missing_by(f, r);
	else if (f->info.out_reason == CCA_REASON_NO_RME || f->info.out_reason == CCA_REASON_NO_SMC)
		not_yet(r, "what is missing above");
	else
		FOUND(r, true, "the kernel runs there, with VHE");
}

static void check_rmm(struct findings *f, struct result *r)
{
	if (!asked(f, r))
		return;
	if (f->info.out_reason == CCA_REASON_NO_RME || f->info.out_reason == CCA_REASON_NOT_EL2)
		not_yet(r, "what is missing above");
	else if (f->info.out_reason)
		missing_by(f, r);
	else
		FOUND(r, true, "RMI %u.%u, profile %s", f->info.out_rmi_version >> 16,
		      f->info.out_rmi_version & 0xffff, cca_profile_name(f->info.out_profile));
}

static void check_module(struct findings *f, struct result *r)
{
	char path[256], kept[128];

	keepers_text(kept, sizeof(kept));
	FOUND(r, module_loaded(), "%s%s%s", module_loaded() ? "cca is loaded" : "cca is not loaded",
	      kept[0] ? "; it cannot be unloaded while these are kept: " : "", kept);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", f->uts.release);
	if (file_has(path, "/cca.ko"))
		MEND(r, "modprobe cca");
	else
		MEND(r, "make dkms && modprobe cca");
}

/* The variable of UEFI: four bytes of attributes, and one that is 1 if it is on. */
static bool secure_boot(void)
{
	FILE *file = fopen("/sys/firmware/efi/efivars/SecureBoot-"
			   "8be4df61-93ca-11d2-aa0d-00e098032b8c", "rbe");
	unsigned char value[5] = { 0 };
	bool on;

	if (!file)
		return false;
	on = fread(value, 1, sizeof(value), file) == sizeof(value) && value[4] == 1;
	fclose(file);
	return on;
}

/* Whom the file names: what modinfo says of the one that modprobe would take. */
static void read_signer(char *signer, size_t size)
{
	/* Not everybody has the folders of the administrator in the path. */
	FILE *said = popen("PATH=$PATH:/usr/sbin:/sbin modinfo -F signer cca 2>/dev/null", "re");

	signer[0] = '\0';
	if (!said)
		return;
	if (!fgets(signer, size, said))
		signer[0] = '\0';
	signer[strcspn(signer, "\n")] = '\0';
	pclose(said);
}

/* Without Secure Boot nobody insists on a signature, and the kernel notes that there is none. */
static void check_signature(struct findings *f, struct result *r)
{
	/* E: the kernel found no signature by a key that it knows. */
	bool unknown = file_has("/sys/module/cca/taint", "E");
	char signer[96];

	if (!module_loaded())
		return not_yet(r, "the module");
	read_signer(signer, sizeof(signer));
	FOUND(r, true, "%s%s%s", unknown ? "loaded, not signed" : "loaded, signed or not asked for it",
	      signer[0] ? "; its file names " : "", signer);
}

/* With it, a kernel takes only modules whose signer it knows: DKMS has a key of its own. */
static void check_secure_boot(struct findings *f, struct result *r)
{
	bool on = secure_boot();

	FOUND(r, !on || module_loaded(), "%s", !on ? "off: the module needs no signature" :
	      module_loaded() ? "on, and the module was taken" :
	      "on: the module needs a signature that the firmware knows");
	MEND(r, "mokutil --import /var/lib/dkms/mok.pub, then reboot and confirm; docs/secure-boot.md");
}

static void check_device(struct findings *f, struct result *r)
{
	bool good = f->device && S_ISCHR(f->node.st_mode);
	const struct passwd *user = f->device ? getpwuid(f->node.st_uid) : NULL;
	const struct group *group = f->device ? getgrgid(f->node.st_gid) : NULL;

	if (good)
		FOUND(r, true, CCA_DEVICE ", %s:%s, mode %04o", user ? user->pw_name : "?",
		      group ? group->gr_name : "?", f->node.st_mode & 07777);
	else
		FOUND(r, false, CCA_DEVICE " %s", f->device ? "is not a device" : "does not exist");
	MEND(r, "%s", f->device ? "rm " CCA_DEVICE " && modprobe -r cca && modprobe cca" :
	     "modprobe cca");
}

/* The udev rule gives the node to the group cca. */
static void check_permission(struct findings *f, struct result *r)
{
	const struct group *group;
	const struct passwd *me = getpwuid(getuid());

	if (!f->device)
		return not_yet(r, "a device");
	FOUND(r, !f->open_error, "%s",
	      f->open_error ? strerror(-f->open_error) : "may open " CCA_DEVICE);
	group = getgrgid(f->node.st_gid);
	if (f->open_error != -EACCES && f->open_error != -EPERM)
		MEND(r, "see dmesg | grep cca");
	else if (f->node.st_mode & 0060 && f->node.st_gid && group && me)
		MEND(r, "sudo usermod -aG %s %s, then log in again", group->gr_name, me->pw_name);
	else
		MEND(r, "sudo cca check, or install the udev rule: make install");
}

/* What is loaded needs none; the next kernel does. */
static void check_headers(struct findings *f, struct result *r)
{
	char path[256];
	bool there;

	snprintf(path, sizeof(path), "/lib/modules/%s/build/Makefile", f->uts.release);
	there = !access(path, R_OK);
	FOUND(r, there || module_loaded(), "%s", there ? "those of this kernel, for DKMS" :
	      module_loaded() ? "none, but the module is there; DKMS wants them for other kernels" :
	      "none of this kernel: DKMS cannot build the module");
	MEND(r, "apt install linux-headers-%s", f->uts.release);
}

/* "64 MiB", or "none". */
static const char *limit_text(uint64_t bytes)
{
	return bytes ? size_text(bytes) : "none";
}

static void check_limits(struct findings *f, struct result *r)
{
	const uint64_t driver = f->info.out_granules_max, user = f->info.out_user_granules_max;
	struct rlimit lock = { RLIM_INFINITY, RLIM_INFINITY };
	bool reached;

	if (!asked(f, r))
		return;
	getrlimit(RLIMIT_MEMLOCK, &lock);
	reached = driver && f->info.out_ledger.held >= driver;
	if (reached || (user && f->info.out_user_granules >= user)) {
		FOUND(r, false, "%s has all that is allowed: %s", reached ? "the driver" : "this user",
		      size_text((reached ? driver : user) * CCA_PAGE_SIZE));
		MEND(r, "echo 0 >/sys/module/cca/parameters/%s",
		     reached ? "max_granules" : "max_granules_per_user");
		return;
	}
	FOUND(r, true, "driver %s, each user %s, locked to share %s", limit_text(driver * CCA_PAGE_SIZE),
	      limit_text(user * CCA_PAGE_SIZE),
	      lock.rlim_cur == RLIM_INFINITY ? "any" : size_text(lock.rlim_cur));
}

/* From the machine to the module, to who may use it, and how much. */
static const struct {
	const char *name;
	void (*check)(struct findings *f, struct result *r);
} checks[] = {
	{ "architecture", check_architecture },
	{ "kernel", check_kernel },
	{ "page size", check_page_size },
	{ "RME", check_rme },
	{ "EL2", check_el2 },
	{ "firmware", check_rmm },
	{ "module", check_module },
	{ "signature", check_signature },
	{ "secure boot", check_secure_boot },
	{ "device", check_device },
	{ "permission", check_permission },
	{ "headers", check_headers },
	{ "limits", check_limits },
};

static void look(struct findings *f)
{
	uname(&f->uts);
	f->arm = !strcmp(f->uts.machine, "aarch64");
	f->device = !stat(CCA_DEVICE, &f->node);
	if (!f->device)
		return;
	f->open_error = cca_open(NULL, &f->c);
	f->info.size = sizeof(f->info);
	f->asked = !f->open_error && !cca_get_info(f->c, &f->info);
}

int verb_check(const struct settings *s, struct problem *p)
{
	static const struct column columns[] = {
		{ "check", "CHECK" }, { "state", "STATE" }, { "detail", "FOUND" },
		{ "remedy", "TO MEND IT" }, {},
	};
	static const char *const states[] = { "ok", "missing", "unknown" };
	struct document *d = document_new(s->json);
	struct section *list = document_list(d, "check", NULL, columns);
	struct findings f = { 0 };
	bool all = true;
	int status;

	look(&f);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct result r = { 0 };
		const char *cells[] = { checks[i].name, NULL, r.detail, NULL };

		checks[i].check(&f, &r);
		cells[1] = states[r.state];
		if (r.state != OK) {
			cells[3] = r.remedy;
			all = false;
		}
		list_row(list, cells);
	}
	cca_close(f.c);
	status = document_finish(d, s, p);
	if (status)
		return status;
	if (!s->json && !s->columns && !s->no_headings)
		printf("\nThis machine %s.\n", all ? "can host realms" : "cannot host realms yet");
	return all ? STATUS_OK : STATUS_HOST;
}
