// SPDX-License-Identifier: GPL-2.0-only
/*
 * More than one gigabyte: memory is tracked by regions of that size, and what
 * tracks one may have to lie in another.
 */
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "rmm.h"

/*
 * Most of memory, in pieces of many sizes: each region is tracked with memory of
 * its own or of another, wherever the kernel has any, and all is undone again.
 */
TEST_SECONDS(R04_all_of_memory_can_be_delegated_whatever_tracks_it, 120)
{
	static const uint64_t pieces[] = {
		T_PAGE, 64 * T_BLOCK, 3 * T_PAGE, 16 * T_BLOCK, 700 * T_PAGE, T_BLOCK,
	};
	int dev, memory[600];
	unsigned int i, n = 0, before;
	struct cca_delegate arg;
	struct cca_info info;
	uint64_t length, granules, operations, all = 0;

	if (t_rmmod("cca"))
		errno = 0;
	r_open();
	granules = r_granules(&operations);
	T_EQ(t_insmod(T_MODULE, ""), 0);
	before = r_fine();
	dev = t_open();
	for (i = 0; n < T_ARRAY_SIZE(memory); i++) {
		length = pieces[i % T_ARRAY_SIZE(pieces)];
		arg = (struct cca_delegate){
			.size = sizeof(arg), .length = length,
			.block_size = length % T_BLOCK ? T_PAGE : T_BLOCK,
		};
		if (t_ioctl(dev, CCA_DELEGATE, &arg)) {
			T_EQ(arg.out.reason, CCA_REASON_NO_MEMORY);
			break;
		}
		memory[n++] = arg.out_fd;
		all += length;
	}
	t_note("%u pieces, %llu MiB, %u regions tracked, %u before", n,
	       (unsigned long long)all >> 20, r_fine(), before);
	/* All that there is, but for what the kernel keeps for itself. */
	T_ASSERT(all > (uint64_t)h_info(dev).out_ledger.held * T_PAGE / 10 * 9);
	T_ASSERT(r_fine() > before);
	T_ASSERT(all > 2 * R_REGION);
	while (n)
		close(memory[--n]);
	T_ASSERT(t_idle(dev, &info));
	T_EQ(r_fine(), before);
	close(dev);
	T_EQ(t_rmmod("cca"), 0);
	T_EQ(r_granules(&operations), granules);
	r_close();
}

/* Small and large ones in turn: each time all has to be made ready anew. */
TEST_SECONDS(R04_every_piece_is_to_be_had_from_the_beginning, 120)
{
	struct cca_info info;
	int dev, memory, other;
	unsigned int i;

	if (t_insmod(T_MODULE, ""))
		errno = 0;
	dev = t_open();
	for (i = 0; i < 100; i++) {
		memory = h_memory(dev, (1 + i % 40) * T_PAGE, T_PAGE);
		if (i % 3 == 0) {
			other = h_memory(dev, (1 + i % 5) * T_BLOCK, T_BLOCK);
			close(other);
		}
		close(memory);
		T_ASSERT(t_idle(dev, &info));
		T_EQ(info.out_ledger.lent, 0);
	}
	close(dev);
	T_EQ(t_rmmod("cca"), 0);
}

int main(void)
{
	return t_main(0);
}
