// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca check: can this machine host realms, and the command that mends each gap.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
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

/* What earlier checks found out, for later ones. */
struct findings {
	struct utsname uts;
	struct cca *c;
	struct cca_info info;
	bool device;			/* there is a node */
};

#define FOUND(r, good, ...) \
	((r)->state = (good) ? OK : MISSING, \
	 (void)snprintf((r)->detail, sizeof((r)->detail), __VA_ARGS__))
#define MEND(r, ...)	((void)snprintf((r)->remedy, sizeof((r)->remedy), __VA_ARGS__))

static void check_architecture(struct findings *f, struct result *r)
{
	FOUND(r, !strcmp(f->uts.machine, "aarch64"), "%s", f->uts.machine);
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

/* With it, a kernel takes only modules whose signer it knows: DKMS has a key of its own. */
static void check_secure_boot(struct findings *f, struct result *r)
{
	bool on = secure_boot();

	FOUND(r, !on || module_loaded(), "%s", !on ? "off: the module needs no signature" :
	      module_loaded() ? "on, and the module was taken" :
	      "on: the module needs a signature that the firmware knows");
	MEND(r, "mokutil --import /var/lib/dkms/mok.pub, then reboot and confirm; docs/secure-boot.md");
}

static void check_module(struct findings *f, struct result *r)
{
	/* E: the kernel found no signature by a key that it knows. */
	bool unsigned_module = file_has("/sys/module/cca/taint", "E");
	char path[256], kept[128];

	keepers_text(kept, sizeof(kept));
	FOUND(r, module_loaded(), "%s%s%s", !module_loaded() ? "cca is not loaded" :
	      unsigned_module ? "loaded, not signed" : "loaded, signed or not asked for it",
	      kept[0] ? "; it cannot be unloaded while these are kept: " : "", kept);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", f->uts.release);
	if (file_has(path, "/cca.ko"))
		MEND(r, "modprobe cca");
	else
		MEND(r, "make dkms && modprobe cca");
}

static void check_device(struct findings *f, struct result *r)
{
	struct stat st;
	bool found = f->device = !stat(CCA_DEVICE, &st);

	FOUND(r, found && S_ISCHR(st.st_mode), "%s%s", CCA_DEVICE,
	      !found ? " does not exist" : S_ISCHR(st.st_mode) ? "" : " is not a device");
	MEND(r, "%s", found ? "rm " CCA_DEVICE " && modprobe -r cca && modprobe cca" :
	     "modprobe cca");
}

static void not_yet(struct result *r, const char *what)
{
	FOUND(r, false, "not known without %s", what);
	r->state = UNKNOWN;
}

static void check_permission(struct findings *f, struct result *r)
{
	int err;

	if (!f->device)
		return not_yet(r, "a device");
	err = cca_open(NULL, &f->c);
	FOUND(r, !err, "%s", err ? strerror(-err) : "may open " CCA_DEVICE);
	if (err == -EACCES || err == -EPERM)
		MEND(r, "sudo cca check, or join the group that owns " CCA_DEVICE);
	else
		MEND(r, "see dmesg | grep cca");
}

static void check_rmm(struct findings *f, struct result *r)
{
	const char *help;

	f->info.size = sizeof(f->info);
	if (!f->c)
		return not_yet(r, "opening the device");
	if (cca_get_info(f->c, &f->info)) {
		FOUND(r, false, "%s", strerror(errno));
		return;
	}
	if (f->info.out_reason) {
		help = remedy(f->info.out_reason);
		FOUND(r, false, "%s", cca_strreason(f->info.out_reason));
		MEND(r, "%s", help ? help : "see dmesg | grep cca");
		return;
	}
	FOUND(r, true, "RMI %u.%u, profile %s", f->info.out_rmi_version >> 16,
	      f->info.out_rmi_version & 0xffff, cca_profile_name(f->info.out_profile));
}

/* In the order in which gaps have to be mended. */
static const struct {
	const char *name;
	void (*check)(struct findings *f, struct result *r);
} checks[] = {
	{ "architecture", check_architecture },
	{ "kernel", check_kernel },
	{ "page size", check_page_size },
	{ "secure boot", check_secure_boot },
	{ "module", check_module },
	{ "device", check_device },
	{ "permission", check_permission },
	{ "firmware", check_rmm },
};

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

	uname(&f.uts);
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
