/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stand-ins for the kernel: types, arithmetic, atomics, messages, and what has
 * no meaning in a process.
 */
#ifndef FUZZ_BASE_H
#define FUZZ_BASE_H

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <linux/errno.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef int s32;
typedef long long s64;
typedef u64 phys_addr_t;
typedef unsigned int gfp_t;
typedef s64 ktime_t;

#define __init
#define __exit
#define __initconst
#define __ro_after_init
#define __percpu
#define __user
#define __must_check		__attribute__((warn_unused_result))
#define noinline
#define __maybe_unused		__attribute__((unused))
#define fallthrough		__attribute__((fallthrough))
#define likely(x)		(x)
#define unlikely(x)		(x)

#define static_assert(cond, ...) _Static_assert(cond, "" __VA_ARGS__)
#define READ_ONCE(x)		(*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile typeof(x) *)&(x) = (v))
#define smp_store_mb(x, v)	WRITE_ONCE(x, v)
#define smp_mb()		((void)0)
#define smp_mb__after_atomic()	((void)0)
#define smp_load_acquire(p)	READ_ONCE(*(p))
#define smp_store_release(p, v)	WRITE_ONCE(*(p), v)

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define BIT(n)			(1UL << (n))
#define SZ_2M			0x200000UL
#define SZ_64M			0x4000000UL
#define PHYS_ADDR_MAX		(~(phys_addr_t)0)
#define IS_ALIGNED(x, a)	(((x) & ((typeof(x))(a) - 1)) == 0)
#define ALIGN(x, a)		(((x) + (typeof(x))(a) - 1) & ~((typeof(x))(a) - 1))
#define ALIGN_DOWN(x, a)	((x) & ~((typeof(x))(a) - 1))
#define IS_ENABLED(option)	0

#define min(a, b)		({ typeof(a) a_ = (a); typeof(b) b_ = (b); a_ < b_ ? a_ : b_; })
#define max(a, b)		({ typeof(a) a_ = (a); typeof(b) b_ = (b); a_ > b_ ? a_ : b_; })
#define min3(a, b, c)		min(min(a, b), c)
#define min_t(t, a, b)		({ t at_ = (a); t bt_ = (b); at_ < bt_ ? at_ : bt_; })
#define max_t(t, a, b)		({ t at_ = (a); t bt_ = (b); at_ > bt_ ? at_ : bt_; })
#define clamp_t(t, v, lo, hi)	min_t(t, max_t(t, v, lo), hi)
#define U32_MAX			UINT32_MAX
#define NSEC_PER_SEC		1000000000UL
#define div_u64(a, b)		((u64)(a) / (b))
#define DIV_ROUND_UP_ULL(a, b)	(((u64)(a) + (b) - 1) / (b))
#define container_of(p, t, m)	((t *)((char *)(p) - offsetof(t, m)))
#define check_add_overflow(a, b, d) __builtin_add_overflow(a, b, d)

static inline void *memchr_inv(const void *from, int c, size_t size)
{
	const unsigned char *at = from;

	for (; size; size--, at++)
		if (*at != (unsigned char)c)
			return (void *)at;
	return NULL;
}

static inline int ilog2(u64 n)
{
	return 63 - __builtin_clzll(n);
}

/* ------------------------------------------------------------------ atomics */

/* Tasks change places at known points only: no access is torn here. */
typedef struct { s64 counter; } atomic64_t;
typedef struct { int counter; } atomic_t;

#define ATOMIC_INIT(n)			{ (n) }
#define ATOMIC64_INIT(n)		{ (n) }
#define atomic_read(a)			((a)->counter)
#define atomic_set(a, n)		((a)->counter = (n))
#define atomic_inc(a)			((void)(a)->counter++)
#define atomic_dec(a)			((void)(a)->counter--)
#define atomic_inc_return(a)		(++(a)->counter)
#define atomic_dec_return(a)		(--(a)->counter)
static inline int atomic_xchg(atomic_t *a, int n)
{
	int old = a->counter;

	a->counter = n;
	return old;
}
#define atomic_dec_and_test(a)		(!--(a)->counter)
#define atomic64_read(a)		((a)->counter)
#define atomic64_set(a, n)		((a)->counter = (n))
#define atomic64_inc(a)			((void)(a)->counter++)
#define atomic64_dec(a)			((void)(a)->counter--)
#define atomic64_add(n, a)		((void)((a)->counter += (n)))
#define atomic64_sub(n, a)		((void)((a)->counter -= (n)))
#define atomic64_add_return(n, a)	((a)->counter += (n))
#define atomic64_sub_return(n, a)	((a)->counter -= (n))
#define atomic64_try_cmpxchg(a, old, n)	((a)->counter = (n), (void)(old), true)

struct kref {
	int count;
};

static inline void kref_init(struct kref *ref)
{
	ref->count = 1;
}

static inline void kref_get(struct kref *ref)
{
	ref->count++;
}

static inline unsigned int kref_read(const struct kref *ref)
{
	return ref->count;
}

static inline bool kref_get_unless_zero(struct kref *ref)
{
	return ref->count && ++ref->count;
}

static inline int kref_put(struct kref *ref, void (*release)(struct kref *ref))
{
	if (--ref->count)
		return 0;
	release(ref);
	return 1;
}

/* ----------------------------------------------------------------- messages */

/* Kept, counted, and judged by what the test expects. */
enum fuzz_level { FUZZ_ERR, FUZZ_WARN, FUZZ_INFO, FUZZ_EMERG, FUZZ_ONCE,
		  FUZZ_LEVELS };
void fuzz_printk(enum fuzz_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#define pr_err(...)		fuzz_printk(FUZZ_ERR, __VA_ARGS__)
#define pr_warn(...)		fuzz_printk(FUZZ_WARN, __VA_ARGS__)
#define pr_notice(...)		fuzz_printk(FUZZ_INFO, __VA_ARGS__)
#define pr_info(...)		fuzz_printk(FUZZ_INFO, __VA_ARGS__)
#define pr_debug(...)		((void)(0 ? fuzz_printk(FUZZ_INFO, __VA_ARGS__) : (void)0))
#define pr_warn_once(...) do {						\
	static bool said_;						\
	if (!said_)							\
		fuzz_printk(FUZZ_ONCE, __VA_ARGS__);			\
	said_ = true;							\
} while (0)
#define pr_err_once(...)	pr_warn_once(__VA_ARGS__)
#define pr_emerg(...)		fuzz_printk(FUZZ_EMERG, __VA_ARGS__)

/* Nothing that an RMM or a user does may get here. */
void fuzz_broken(const char *what, ...) __attribute__((format(printf, 1, 2), noreturn));
#define WARN_ON(cond)		((cond) ? (fuzz_broken("WARN_ON(%s)", #cond), 1) : 0)
#define WARN_ON_ONCE(cond)	WARN_ON(cond)
#define WARN_ONCE(cond, ...)	WARN_ON(cond)
#define BUG_ON(cond)		((void)WARN_ON(cond))

/* ------------------------------------------------------------ the CPU, SMCs */

#define SMCCC_CONDUIT_SMC	1
struct arm_smccc_1_2_regs {
	unsigned long a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12,
		      a13, a14, a15, a16, a17;
};

/* The seam: tests/fuzz/seam.c. */
void arm_smccc_1_2_smc(const struct arm_smccc_1_2_regs *args,
		       struct arm_smccc_1_2_regs *res);

#define arm_smccc_1_1_get_conduit()	SMCCC_CONDUIT_SMC
#define is_kernel_in_hyp_mode()		true
#define ID_AA64PFR0_EL1			0
#define read_cpuid(reg)			(1ULL << 52)	/* FEAT_RME */

/* ------------------------------------------------------- modules and tracing */

struct module;
#define THIS_MODULE			((struct module *)NULL)
void __module_get(struct module *module);
void module_put(struct module *module);
#define module_param(...)
#define module_param_named(...)

/* A parameter that has its own functions can be set by the tests. */
struct kernel_param_ops;
struct kernel_param {
	const struct kernel_param_ops *ops;
	void *arg;
};
struct kernel_param_ops {
	int (*set)(const char *text, const struct kernel_param *param);
	int (*get)(char *text, const struct kernel_param *param);
};
#define module_param_cb(name, functions, argument, mode)		\
	extern const struct kernel_param fuzz_param_##name;		\
	const struct kernel_param fuzz_param_##name = { functions, argument }
int param_get_ulong(char *text, const struct kernel_param *param);
int kstrtoul(const char *text, unsigned int base, unsigned long *value);
#define MODULE_PARM_DESC(...)
#define EXPORT_SYMBOL_GPL(...)
#define MODULE_DESCRIPTION(...)
#define MODULE_AUTHOR(...)
#define MODULE_LICENSE(...)
#define MODULE_VERSION(...)
#define module_init(init)		int fuzz_module_init(void); \
					int fuzz_module_init(void) { return init(); }
#define module_exit(exit)		void fuzz_module_exit(void); \
					void fuzz_module_exit(void) { exit(); }

#define DECLARE_STATIC_KEY_FALSE(key)	extern bool key
#define static_branch_unlikely(key)	(*(key))

#define TP_PROTO(...)			__VA_ARGS__
#define TP_ARGS(...)
#define TRACE_EVENT(name, proto, ...)					\
static inline __maybe_unused void trace_##name(proto)			\
{									\
}

#endif
