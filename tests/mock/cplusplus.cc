// SPDX-License-Identifier: GPL-2.0-only
/*
 * libcca from C++: every function of it is called, and the device is a mock.
 * Which ones there are the test asks the map; see cplusplus.
 */
#include <cca.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

namespace {

unsigned int failed;

void expect(bool good, const char *what)
{
	if (!good) {
		failed++;
		std::printf("# %s\n", what);
	}
}

#define EXPECT(what)	expect(what, #what)

/* As a C++ program would keep handles. */
template <typename T, void (*close)(T *)> struct Closer {
	void operator()(T *handle) const { close(handle); }
};

using Device = std::unique_ptr<cca, Closer<cca, cca_close>>;
using Memory = std::unique_ptr<cca_memory, Closer<cca_memory, cca_memory_close>>;
using Realm = std::unique_ptr<cca_realm, Closer<cca_realm, cca_realm_close>>;
using Rec = std::unique_ptr<cca_rec, Closer<cca_rec, cca_rec_close>>;
using Measurement = std::unique_ptr<cca_measurement, Closer<cca_measurement, cca_measurement_free>>;

void memories(cca *c)
{
	cca_memory_options options{};
	cca_memory_info info{};
	cca_memory *raw = nullptr;
	std::uint64_t done = 0;
	std::uint32_t id = 0;

	options.size = sizeof(options);
	options.name = "plus";
	info.size = sizeof(info);
	EXPECT(!cca_delegate(c, 4096, 4096, &done, &raw));
	Memory first(raw);
	EXPECT(!cca_memory_create(c, 4096, &options, &done, &raw));
	Memory second(raw);
	EXPECT(!cca_memory_open(c, "plus", &raw));
	Memory third(raw);
	EXPECT(!cca_memory_open_id(c, 1, &raw));
	Memory fourth(raw);
	EXPECT(!cca_memory_next(c, &id));
	EXPECT(!cca_memory_get_info(first.get(), &info));
	EXPECT(!cca_memory_grow(first.get(), 4096, nullptr));
	EXPECT(!cca_memory_shrink(first.get(), 4096, nullptr));
	EXPECT(!cca_memory_last_outcome(first.get())->reason);
	EXPECT(!cca_memory_destroy(second.get()));
}

void recs(cca_realm *realm)
{
	cca_rec_options options{};
	cca_rec_info info{};
	cca_rec *raw = nullptr;

	options.size = sizeof(options);
	info.size = sizeof(info);
	EXPECT(!cca_rec_create(realm, &options, &raw));
	Rec rec(raw);
	EXPECT(!cca_rec_open(realm, 0, &raw));
	Rec again(raw);
	EXPECT(cca_rec_index(rec.get()) == 0 && cca_rec_mpidr(rec.get()) == 0);
	EXPECT(!cca_rec_get_info(rec.get(), &info));
	cca_rec_kick(rec.get());
	EXPECT(cca_rec_page(rec.get())->immediate_exit == 1);
	EXPECT(!cca_rec_run(rec.get()));
	EXPECT(!cca_rec_last_outcome(rec.get())->reason);
}

void realms(cca *c)
{
	cca_realm_options options{};
	cca_realm_info info{};
	std::vector<char> page(CCA_PAGE_SIZE);
	cca_realm *raw = nullptr;
	std::uint64_t done = 0;
	std::uint32_t id = 0;

	options.size = sizeof(options);
	info.size = sizeof(info);
	EXPECT(!cca_realm_create(c, &options, &raw));
	Realm realm(raw);
	EXPECT(!cca_realm_open(c, "plus", &raw));
	Realm second(raw);
	EXPECT(!cca_realm_open_id(c, 1, &raw));
	Realm third(raw);
	EXPECT(!cca_realm_next(c, &id));
	EXPECT(!cca_realm_get_info(realm.get(), &info));
	EXPECT(!cca_realm_add_memory(realm.get(), 0, 4096, nullptr));
	EXPECT(!cca_realm_add_memory_flags(realm.get(), 0, 4096, nullptr, CCA_MEM_F_RIPAS_EXIT));
	EXPECT(!cca_realm_share(realm.get(), 1ULL << 39, 4096, page.data(), 0));
	EXPECT(!cca_realm_unshare(realm.get(), 1ULL << 39, 4096));
	EXPECT(!cca_realm_populate(realm.get(), 0, 4096, page.data(), 0, &done));
	EXPECT(!cca_realm_prefault(realm.get(), 0, 4096, &done));
	recs(realm.get());
	EXPECT(!cca_realm_activate(realm.get()));
	EXPECT(!cca_realm_terminate(realm.get()));
	EXPECT(!cca_realm_destroy(realm.get()));
	EXPECT(!cca_realm_last_outcome(realm.get())->reason);
}

void measurements()
{
	const std::vector<char> page(CCA_PAGE_SIZE);
	std::uint8_t value[CCA_HASH_SIZE_MAX];
	cca_rec_options rec{};
	cca_measurement *raw = nullptr;

	rec.size = sizeof(rec);
	rec.flags = CCA_REC_F_RUNNABLE;
	EXPECT(!cca_measurement_new(CCA_PROFILE_BET3, nullptr, &raw));
	Measurement m(raw);
	EXPECT(!cca_measurement_extend_data(m.get(), 0, CCA_PAGE_SIZE, page.data(),
					    CCA_POPULATE_F_MEASURE));
	EXPECT(!cca_measurement_extend_rec(m.get(), &rec));
	EXPECT(cca_measurement_value(m.get(), value) == cca_hash_size(CCA_HASH_SHA256));
}

/* No module, and perhaps no right: that they come back is what there is to see. */
void events()
{
	cca_events *handle = nullptr;
	cca_event event{};

	event.size = sizeof(event);
	if (!cca_events_open(&handle)) {
		EXPECT(cca_events_fd(handle) >= 0);
		EXPECT(cca_events_next(handle, &event, 0) == -EAGAIN);
	}
	cca_events_close(handle);
	handle = nullptr;
	if (!cca_events_open_own(&handle))
		EXPECT(cca_events_fd(handle) >= 0);
	cca_events_close(handle);
}

void words()
{
	EXPECT(cca_version()[0] && cca_strreason(0)[0] && cca_rmi_command_name(0x150)[0]);
	EXPECT(!std::strcmp(cca_rmi_status_name(0), "RMI_SUCCESS"));
	EXPECT(!std::strcmp(cca_exit_name(CCA_EXIT_MMIO), "MMIO"));
	EXPECT(!std::strcmp(cca_event_name(CCA_EVENT_LOST), "lost"));
	EXPECT(!std::strcmp(cca_hash_name(CCA_HASH_SHA256), "sha256"));
	EXPECT(!std::strcmp(cca_profile_name(CCA_PROFILE_BET3), "bet3"));
	EXPECT(!std::strcmp(cca_realm_state_name(CCA_REALM_NEW), "new"));
	EXPECT(cca_leak_name(CCA_LEAK_SRO)[0]);
}

}

int main()
{
	cca_info info{};
	cca *raw = nullptr;

	info.size = sizeof(info);
	EXPECT(!cca_open(nullptr, &raw));
	Device c(raw);
	EXPECT(!cca_get_info(c.get(), &info));
	EXPECT(!cca_last_outcome(c.get())->reason);
	memories(c.get());
	realms(c.get());
	measurements();
	events();
	words();
	return failed != 0;
}
