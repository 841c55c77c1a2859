// SPDX-License-Identifier: MIT
/* shm: System V shared memory. */
#define _GNU_SOURCE
#include <sys/shm.h>

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { PAGE = 4096, KEY = 0x5eed0001 };

static struct shmid_ds stat_of(int id)
{
    struct shmid_ds ds;

    CHECK_EQ(shmctl(id, IPC_STAT, &ds), 0);
    return ds;
}

/* A private segment that goes with its last attachment. */
static char *fresh(size_t size, int *id)
{
    char *p;

    *id = shmget(IPC_PRIVATE, size, 0600);
    CHECK(*id >= 0);
    p = shmat(*id, NULL, 0);
    CHECK(p != (void *)-1);
    CHECK_EQ(shmctl(*id, IPC_RMID, NULL), 0);
    return p;
}

static int status_of(pid_t pid)
{
    int status = -1;

    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

static void a_segment_is_found_by_its_key(void)
{
    int id = shmget(KEY, 3 * PAGE + 1, IPC_CREAT | IPC_EXCL | 0640);

    CHECK(id >= 0);
    CHECK_EQ(shmget(KEY, 0, 0), id);
    CHECK_EQ(shmget(KEY, 3 * PAGE + 1, IPC_CREAT | 0600), id);
    CHECK_ERRNO(shmget(KEY, 3 * PAGE + 2, 0), EINVAL);
    CHECK_ERRNO(shmget(KEY, PAGE, IPC_CREAT | IPC_EXCL), EEXIST);
    CHECK_EQ(shmctl(id, IPC_RMID, NULL), 0);
    CHECK_ERRNO(shmget(KEY, 0, 0), ENOENT);
    CHECK_ERRNO(shmctl(id, IPC_RMID, NULL), EINVAL);
}

static void shmget_names_its_errors(void)
{
    CHECK_ERRNO(shmget(IPC_PRIVATE, 0, 0600), EINVAL);
    CHECK_ERRNO(shmget(IPC_PRIVATE, SIZE_MAX, 0600), EINVAL);
    CHECK_ERRNO(shmget(IPC_PRIVATE, (size_t)1 << 62, 0600), ENOMEM);
    CHECK_ERRNO(shmget(KEY, PAGE, 0), ENOENT);
}

static void a_segment_tells_of_itself(void)
{
    int id = shmget(IPC_PRIVATE, 5000, 0640);
    struct shmid_ds ds = stat_of(id);
    char *p;

    CHECK_EQ(ds.shm_segsz, 5000);
    CHECK_EQ(ds.shm_perm.mode, 0640);
    CHECK_EQ(ds.shm_perm.__key, IPC_PRIVATE);
    CHECK_EQ(ds.shm_perm.uid, geteuid());
    CHECK_EQ(ds.shm_perm.cuid, geteuid());
    CHECK_EQ(ds.shm_cpid, getpid());
    CHECK_EQ(ds.shm_lpid, 0);
    CHECK_EQ(ds.shm_nattch, 0);
    CHECK_EQ(ds.shm_atime, 0);
    CHECK(ds.shm_ctime != 0);
    p = shmat(id, NULL, SHM_RDONLY);
    CHECK(p != (void *)-1);
    ds = stat_of(id);
    CHECK_EQ(ds.shm_nattch, 1);
    CHECK_EQ(ds.shm_lpid, getpid());
    CHECK(ds.shm_atime != 0);
    CHECK_EQ(ds.shm_dtime, 0);
    CHECK_EQ(shmdt(p), 0);
    ds = stat_of(id);
    CHECK_EQ(ds.shm_nattch, 0);
    CHECK(ds.shm_dtime != 0);
    ds.shm_perm.mode = 0777 | SHM_DEST;
    CHECK_EQ(shmctl(id, IPC_SET, &ds), 0);
    CHECK_EQ(stat_of(id).shm_perm.mode, 0777);
    CHECK_EQ(shmctl(id, SHM_LOCK, NULL), 0);
    CHECK_EQ(stat_of(id).shm_perm.mode, 0777 | SHM_LOCKED);
    CHECK_EQ(shmctl(id, SHM_UNLOCK, NULL), 0);
    CHECK_EQ(shmctl(id, IPC_RMID, NULL), 0);
}

static void two_attachments_are_one_memory(void)
{
    int id;
    char *p = fresh(2 * PAGE, &id), *q = shmat(id, NULL, 0);

    CHECK(q != (void *)-1 && q != p);
    CHECK_EQ(stat_of(id).shm_nattch, 2);
    p[PAGE] = 'a';
    CHECK_EQ(q[PAGE], 'a');
    CHECK_EQ(p[0], 0);
    CHECK_EQ(shmdt(p), 0);
    CHECK_EQ(q[PAGE], 'a');
    CHECK_EQ(shmdt(q), 0);
    CHECK_ERRNO(shmctl(id, IPC_STAT, NULL), EINVAL);
}

static void a_removed_segment_lives_while_it_is_attached(void)
{
    int id = shmget(KEY, PAGE, IPC_CREAT | 0600);
    char *p = shmat(id, NULL, 0);
    struct shmid_ds ds;

    CHECK(p != (void *)-1);
    CHECK_EQ(shmctl(id, IPC_RMID, NULL), 0);
    ds = stat_of(id);
    CHECK_EQ(ds.shm_perm.mode, 0600 | SHM_DEST);
    CHECK_EQ(ds.shm_perm.__key, IPC_PRIVATE);
    CHECK_ERRNO(shmget(KEY, 0, 0), ENOENT);
    p[0] = 1;
    CHECK_EQ(shmdt(p), 0);
    CHECK_ERRNO(shmctl(id, IPC_STAT, &ds), EINVAL);
    CHECK_ERRNO((long)shmat(id, NULL, 0), EINVAL);
}

static void a_child_is_attached_too(void)
{
    int id;
    char *p = fresh(PAGE, &id);
    pid_t pid = fork();

    if (pid == 0) {
        struct shmid_ds ds;

        p[1] = 'c';
        _exit(shmctl(id, IPC_STAT, &ds) == 0 ? (int)ds.shm_nattch : 99);
    }
    CHECK_EQ(status_of(pid), 2 << 8);
    CHECK_EQ(stat_of(id).shm_nattch, 1);
    CHECK_EQ(stat_of(id).shm_lpid, pid);
    CHECK_EQ(p[1], 'c');
    CHECK_EQ(shmdt(p), 0);
}

static void execve_lets_attachments_go(void)
{
    int id;
    char *p = fresh(PAGE, &id);
    pid_t pid = fork();

    if (pid == 0) {
        execl("/proc/self/exe", "shm", "nothing", (char *)NULL);
        _exit(1);
    }
    CHECK_EQ(status_of(pid), 0);
    CHECK_EQ(stat_of(id).shm_nattch, 1);
    CHECK_EQ(shmdt(p), 0);
}

static void the_place_can_be_asked_for(void)
{
    char *room =
        mmap(NULL, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int id;
    char *p = fresh(PAGE + 1, &id);

    CHECK(room != MAP_FAILED);
    CHECK_ERRNO((long)shmat(id, room, 0), EINVAL); /* not free */
    CHECK_ERRNO((long)shmat(id, room + 1, SHM_REMAP), EINVAL);
    CHECK_ERRNO((long)shmat(id, NULL, SHM_REMAP), EINVAL);
    CHECK_EQ((long)shmat(id, room + 5, SHM_REMAP | SHM_RND), (long)room);
    room[0] = 'r';
    CHECK_EQ(p[0], 'r');
    CHECK_EQ(room[2 * PAGE], 0);
    CHECK_EQ(shmdt(room), 0);
    CHECK_ERRNO(shmdt(room), EINVAL);
    CHECK_EQ((long)shmat(id, room, 0), (long)room);
    CHECK_EQ(shmdt(room), 0);
    CHECK_EQ(shmdt(p), 0);
    munmap(room, 4 * PAGE);
}

static void shmdt_wants_the_beginning(void)
{
    int id;
    char *p = fresh(3 * PAGE, &id);
    unsigned char core;

    CHECK_ERRNO(shmdt(p + PAGE), EINVAL);
    CHECK_ERRNO(shmdt(p + 1), EINVAL);
    CHECK_ERRNO(shmdt(check_pointer(PAGE)), EINVAL);
    /* parts count as attachments, and go together */
    CHECK_EQ(mprotect(p + PAGE, PAGE, PROT_READ), 0);
    CHECK_EQ(stat_of(id).shm_nattch, 3);
    CHECK_EQ(munmap(p + PAGE, PAGE), 0);
    CHECK_EQ(shmdt(p), 0);
    CHECK_ERRNO(mincore(p, PAGE, &core), ENOMEM);
    CHECK_ERRNO(mincore(p + 2 * PAGE, PAGE, &core), ENOMEM);
}

static void read_only_stays_so(void)
{
    int id;
    char *p = fresh(PAGE, &id), *q = shmat(id, NULL, SHM_RDONLY);

    CHECK(q != (void *)-1);
    CHECK_ERRNO(mprotect(q, PAGE, PROT_READ | PROT_WRITE), EACCES);
    CHECK_EQ(shmdt(q), 0);
    CHECK_EQ(shmdt(p), 0);
}

static int as_nobody(int id)
{
    struct shmid_ds ds;

    if (setgid(65534) || setuid(65534))
        return 1;
    if (shmctl(id, IPC_STAT, &ds) != 0)
        return 2;
    if (shmat(id, NULL, 0) != (void *)-1 || errno != EACCES)
        return 3;
    if (shmat(id, NULL, SHM_RDONLY) == (void *)-1)
        return 4;
    if (shmctl(id, IPC_RMID, NULL) != -1 || errno != EPERM)
        return 5;
    if (shmget(KEY, 0, 0200) != -1 || errno != EACCES)
        return 6;
    return shmget(KEY, 0, 0400) == id ? 0 : 7;
}

static void permissions_hold(void)
{
    int id;
    pid_t pid;
    int status;

    if (geteuid() != 0)
        CHECK_SKIP("not root");
    id = shmget(KEY, PAGE, IPC_CREAT | IPC_EXCL | 0604);
    CHECK(id >= 0);
    pid = fork();
    if (pid == 0)
        _exit(as_nobody(id));
    status = status_of(pid);
    CHECK_EQ(shmctl(id, IPC_RMID, NULL), 0);
    CHECK_EQ(status, 0);
}

static void segments_can_be_listed(void)
{
    int id = shmget(IPC_PRIVATE, PAGE, 0600), highest;
    struct shm_info used;
    struct shminfo limits;
    struct shmid_ds ds;

    CHECK(id >= 0);
    highest = shmctl(0, SHM_INFO, (struct shmid_ds *)&used);
    CHECK(highest >= 0 && used.used_ids >= 1 && used.shm_tot >= 1);
    CHECK(shmctl(0, IPC_INFO, (struct shmid_ds *)&limits) >= highest);
    CHECK_EQ(limits.shmmin, 1);
    for (; highest >= 0; highest--)
        if (shmctl(highest, SHM_STAT, &ds) == id)
            break;
    CHECK(highest >= 0);
    CHECK_EQ(ds.shm_segsz, PAGE);
    CHECK_EQ(shmctl(id, IPC_RMID, NULL), 0);
    CHECK_ERRNO(shmctl(-1, IPC_STAT, &ds), EINVAL);
    CHECK_ERRNO(shmctl(0, 77, &ds), EINVAL);
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        return 0;
    RUN(a_segment_is_found_by_its_key);
    RUN(shmget_names_its_errors);
    RUN(a_segment_tells_of_itself);
    RUN(two_attachments_are_one_memory);
    RUN(a_removed_segment_lives_while_it_is_attached);
    RUN(a_child_is_attached_too);
    RUN(execve_lets_attachments_go);
    RUN(the_place_can_be_asked_for);
    RUN(shmdt_wants_the_beginning);
    RUN(read_only_stays_so);
    RUN(permissions_hold);
    RUN(segments_can_be_listed);
    return check_end();
}
