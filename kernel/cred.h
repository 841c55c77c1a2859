// SPDX-License-Identifier: MIT
/*
 * cred: who a process is and what that lets it do: user and group ids,
 * supplementary groups and capabilities (credentials(7), capabilities(7)).
 *
 * A struct cred that others can see never changes: who wants to be somebody
 * else makes a copy, changes that, and hands it to cred_install. Each thread
 * has its own, and that of a process is its first thread's: C libraries ask
 * every thread to make a change, the calls here change one.
 *
 * The functions that take a struct cred are pure. Context: any.
 */
#pragma once

#include "abi/capability.h"
#include "lib/base.h"

struct process;
struct thread;

#define CRED_GROUPS_MAX 65536 /* NGROUPS_MAX */
#define CRED_KEEP_ID    UINT32_MAX

/* All capabilities that there are. */
#define CAP_ALL    ((2ull << CAP_LAST_CAP) - 1)
#define CAP_BIT(c) (1ull << (c))

struct cred {
    uint32_t refs;
    uint32_t uid, euid, suid, fsuid;
    uint32_t gid, egid, sgid, fsgid;
    uint64_t permitted, effective, inheritable, bounding, ambient; /* CAP_BIT */
    uint32_t securebits; /* SECBIT_* */
    bool no_new_privs;
    uint32_t group_count;
    uint32_t groups[]; /* supplementary, in ascending order */
};

/* uid 0 with all capabilities: the kernel's own threads, and the first
 * process. */
extern const struct cred cred_root;

/* References; a put may free. cred_get returns its argument. */
const struct cred *cred_get(const struct cred *c);
void cred_put(const struct cred *c);

/* A copy to be changed, with one reference and room for group_count groups, of
 * which as many as fit are old's. NULL: no memory. */
struct cred *cred_copy(const struct cred *old, uint32_t group_count);

/* Makes new the calling thread's; takes the reference. May sleep not. */
void cred_install(struct cred *new);

/* Is cap in the effective set? */
static inline bool cred_has(const struct cred *c, unsigned cap)
{
    return c->effective >> cap & 1;
}

/* The same for the calling thread. */
bool capable(unsigned cap);

/* Is gid the group of file accesses, or a supplementary one? */
bool cred_in_group(const struct cred *c, uint32_t gid);
/* The same with the effective group. */
bool cred_in_egroup(const struct cred *c, uint32_t gid);

/* May from send a signal to a process of to (kill(2))? The exception for
 * SIGCONT within a session is the caller's. */
bool cred_may_signal(const struct cred *from, const struct cred *to);
/* The same for the caller of the present call. */
bool kill_permitted(const struct process *target);

/* May the caller look into target: its memory, its files (ptrace(2), "Ptrace
 * access mode checking", with real ids)? */
bool process_inspectable(const struct process *target);

/*
 * The set*id calls: new is a copy of old; 0, or -EPERM, -EINVAL. Capabilities
 * follow the ids. CRED_KEEP_ID leaves an id as it is where the call has that.
 */
int cred_set_uid(struct cred *new, const struct cred *old, uint32_t uid);
int cred_set_reuid(struct cred *new, const struct cred *old, uint32_t ruid,
                   uint32_t euid);
int cred_set_resuid(struct cred *new, const struct cred *old, uint32_t ruid,
                    uint32_t euid, uint32_t suid);
int cred_set_fsuid(struct cred *new, const struct cred *old, uint32_t uid);
int cred_set_gid(struct cred *new, const struct cred *old, uint32_t gid);
int cred_set_regid(struct cred *new, const struct cred *old, uint32_t rgid,
                   uint32_t egid);
int cred_set_resgid(struct cred *new, const struct cred *old, uint32_t rgid,
                    uint32_t egid, uint32_t sgid);
int cred_set_fsgid(struct cred *new, const struct cred *old, uint32_t gid);

/* Puts groups into ascending order: a cred's must be. */
void cred_sort_groups(uint32_t *groups, uint32_t count);

/* capset(2): -EPERM. */
int cred_set_caps(struct cred *new, const struct cred *old, uint64_t effective,
                  uint64_t permitted, uint64_t inheritable);

/*
 * What execve(2) of a file with this mode and owner makes of old: set-user-id
 * and set-group-id bits, the capabilities of root, the ambient set. *secure:
 * the AT_SECURE of the new program. File capabilities are not looked at. A
 * reference; NULL: no memory.
 */
struct cred *cred_for_exec(const struct cred *old, uint32_t mode,
                           uint32_t file_uid, uint32_t file_gid, bool *secure);

/* Does new differ so that the process is no longer open to who it was:
 * prctl(2), PR_SET_DUMPABLE. */
bool cred_is_other(const struct cred *new, const struct cred *old);
