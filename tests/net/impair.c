// SPDX-License-Identifier: MIT
/*
 * impair: a bad wire between two ends, for tests of TCP against Linux's:
 *
 *     impair [-l LOSS] [-r REORDER] [-d DUPLICATE] [-c CORRUPT] [-t DELAY]
 *            [-s SEED] END END
 *
 * The first four are percentages of frames, DELAY is in milliseconds, each way;
 * a reordered frame comes up to 10 ms later than it should. An END is
 * tap:NAME, a device that is made here and belongs to whoever puts addresses on
 * it, or packet:NAME, a device that is there. Every frame must be one segment
 * with its sums: no offloads. Frames of a direction meet the same fate every
 * time, since it depends on the seed and their number alone.
 *
 * `impair: ready` on stdout says that both ends are there.
 */
#include <errno.h>
#include <fcntl.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MAX  2048
#define QUEUE_MAX  4096 /* frames a direction; more are lost */
#define REORDER_NS 10000000u
#define PERCENT    (UINT32_MAX / 100.0)

struct frame {
    uint64_t due;
    size_t len;
    uint8_t bytes[FRAME_MAX];
};

/* One direction: frames on their way, a heap with the earliest on top. */
struct way {
    int from, to;
    uint64_t random, last_due;
    size_t count;
    struct frame *heap[QUEUE_MAX];
};

static double loss, reorder, duplicate, corrupt, delay_ms;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static uint64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* splitmix64 */
static uint32_t random32(struct way *w)
{
    uint64_t z = w->random += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

/* --- ends --- */

static int open_tap(const char *name)
{
    struct ifreq r = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

    strncpy(r.ifr_name, name, IFNAMSIZ - 1);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &r) < 0)
        fail(name);
    return fd;
}

/* What the device's other end sends, and not what is sent to it. */
static int open_packet(const char *name)
{
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL));
    struct sockaddr_ll a = {.sll_family = AF_PACKET,
                            .sll_protocol = htons(ETH_P_ALL),
                            .sll_ifindex = (int)if_nametoindex(name)};
    int on = 1, room = 16 << 20;

    if (fd < 0 || !a.sll_ifindex ||
        bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
        fail(name);
    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
    return fd;
}

static int open_end(const char *name)
{
    if (!strncmp(name, "tap:", 4))
        return open_tap(name + 4);
    if (!strncmp(name, "packet:", 7))
        return open_packet(name + 7);
    fprintf(stderr, "impair: %s: neither tap: nor packet:\n", name);
    exit(2);
}

/* --- frames on their way --- */

static void put(struct way *w, const struct frame *f)
{
    size_t i = w->count;
    struct frame *copy;

    if (w->count == QUEUE_MAX || !(copy = malloc(sizeof(*copy))))
        return;
    memcpy(copy, f, sizeof(*copy));
    for (w->count++; i && w->heap[(i - 1) / 2]->due > copy->due;
         i = (i - 1) / 2)
        w->heap[i] = w->heap[(i - 1) / 2];
    w->heap[i] = copy;
}

static struct frame *take(struct way *w)
{
    struct frame *first = w->heap[0], *last = w->heap[--w->count];
    size_t i = 0, child;

    while ((child = 2 * i + 1) < w->count) {
        if (child + 1 < w->count &&
            w->heap[child + 1]->due < w->heap[child]->due)
            child++;
        if (w->heap[child]->due >= last->due)
            break;
        w->heap[i] = w->heap[child];
        i = child;
    }
    w->heap[i] = last;
    return first;
}

/* What becomes of a frame that came in. */
static void impair(struct way *w, struct frame *f)
{
    uint32_t lost = random32(w), late = random32(w), twice = random32(w);
    uint32_t damaged = random32(w), where = random32(w);

    if (lost < loss * PERCENT)
        return;
    /* A frame more between two nanoseconds keeps the order of the heap. */
    f->due = now() + (uint64_t)(delay_ms * 1e6);
    if (f->due <= w->last_due)
        f->due = w->last_due + 1;
    w->last_due = f->due;
    if (late < reorder * PERCENT)
        f->due += where % REORDER_NS;
    if (twice < duplicate * PERCENT)
        put(w, f);
    if (damaged < corrupt * PERCENT && f->len > ETH_HLEN)
        f->bytes[ETH_HLEN + where % (f->len - ETH_HLEN)] ^=
            (uint8_t)(1u << (where >> 29));
    put(w, f);
}

static void receive(struct way *w)
{
    struct frame f;
    ssize_t n;

    while ((n = read(w->from, f.bytes, sizeof(f.bytes))) > 0) {
        f.len = (size_t)n;
        impair(w, &f);
    }
}

/* Sends what is due; until when the next one has time. */
static uint64_t deliver(struct way *w)
{
    while (w->count && w->heap[0]->due <= now()) {
        struct frame *f = take(w);

        while (write(w->to, f->bytes, f->len) < 0 && errno == EAGAIN)
            poll(&(struct pollfd){w->to, POLLOUT, 0}, 1, 1);
        free(f);
    }
    return w->count ? w->heap[0]->due : UINT64_MAX;
}

static void carry(struct way ways[2])
{
    struct pollfd p[2] = {{ways[0].from, POLLIN, 0}, {ways[1].from, POLLIN, 0}};

    for (;;) {
        uint64_t a = deliver(&ways[0]), b = deliver(&ways[1]), t = now();
        uint64_t next = a < b ? a : b, wait = next > t ? next - t : 0;
        struct timespec until = {(time_t)(wait / 1000000000u),
                                 (long)(wait % 1000000000u)};

        ppoll(p, 2, next == UINT64_MAX ? NULL : &until, NULL);
        receive(&ways[0]);
        receive(&ways[1]);
    }
}

int main(int argc, char **argv)
{
    static struct way ways[2];
    uint64_t seed = 1;
    int c, ends[2];

    while ((c = getopt(argc, argv, "l:r:d:c:t:s:")) != -1) {
        double v = optarg ? atof(optarg) : 0;

        if (c == 'l')
            loss = v;
        else if (c == 'r')
            reorder = v;
        else if (c == 'd')
            duplicate = v;
        else if (c == 'c')
            corrupt = v;
        else if (c == 't')
            delay_ms = v;
        else if (c == 's')
            seed = (uint64_t)v;
        else
            return 2;
    }
    if (argc - optind != 2) {
        fprintf(stderr, "usage: impair [-lrdc PERCENT] [-t MS] [-s SEED] END "
                        "END\n");
        return 2;
    }
    for (int i = 0; i < 2; i++)
        ends[i] = open_end(argv[optind + i]);
    for (int i = 0; i < 2; i++) {
        ways[i].from = ends[i];
        ways[i].to = ends[!i];
        ways[i].random = seed * 2 + (uint64_t)i;
    }
    puts("impair: ready");
    fflush(stdout);
    carry(ways);
}
