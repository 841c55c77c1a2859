// SPDX-License-Identifier: MIT
/*
 * p9_client: transports, sessions, and the life of a request.
 *
 * Requests are made when there is need, up to a number that serves as their
 * tags; then whoever wants one waits. The first is made with the session, so
 * that lack of memory only slows things down.
 */
#include "vfs/p9_client.h"

#include "abi/errno.h"
#include "kernel/kmalloc.h"
#include "kernel/page.h"
#include "lib/string.h"
#include "vfs/p9_priv.h"

#define LOG_TAG "9p"
#include "kernel/log.h"

#define BUFFER_ORDER 1 /* the longest message but data: two paths */
#define IO_MAX       (512 * 1024u)
#define VERSION      "9P2000.L"

static struct p9_transport *transports;

void p9_transport_register(struct p9_transport *t)
{
    t->pieces_max = MIN(t->pieces_max, (unsigned)P9_PIECES_MAX);
    t->next = transports;
    transports = t;
}

/* --- requests --- */

static void request_free(struct p9_request *r)
{
    if (r->out.data)
        page_free(page_of_virt(r->out.data));
    if (r->in.data)
        page_free(page_of_virt(r->in.data));
    kfree(r);
}

static struct p9_request *request_create(struct p9_client *c, uint16_t tag)
{
    struct page *out = page_alloc(BUFFER_ORDER);
    struct page *in = page_alloc(BUFFER_ORDER);
    struct p9_request *r = kzalloc(sizeof(*r));

    if (!out || !in || !r) {
        if (out)
            page_free(out);
        if (in)
            page_free(in);
        kfree(r);
        return NULL;
    }
    r->client = c;
    r->tag = tag;
    r->out.data = page_virt(out);
    r->in.data = page_virt(in);
    wait_queue_init(&r->answered);
    return r;
}

static struct p9_request *take_free(struct p9_client *c)
{
    unsigned long irq = spin_lock(&c->lock);
    struct p9_request *r = NULL;

    if (!list_empty(&c->free)) {
        r = list_first_entry(&c->free, struct p9_request, node);
        list_del(&r->node);
    }
    spin_unlock(&c->lock, irq);
    return r;
}

/* One more, if there may be. */
static struct p9_request *make_more(struct p9_client *c)
{
    unsigned long irq = spin_lock(&c->lock);
    unsigned tag = c->requests;
    struct p9_request *r;

    if (tag < P9_REQUESTS)
        c->requests++;
    spin_unlock(&c->lock, irq);
    if (tag == P9_REQUESTS)
        return NULL;
    r = request_create(c, (uint16_t)tag);
    if (!r) { /* its number is lost, which does no harm but at the limit */
        irq = spin_lock(&c->lock);
        if (c->requests == tag + 1)
            c->requests--;
        spin_unlock(&c->lock, irq);
    }
    return r;
}

struct p9_request *p9_request_get(struct p9_client *c, uint8_t type)
{
    struct p9_request *r = take_free(c);

    if (!r)
        r = make_more(c);
    if (!r)
        wait_event_always(&c->returned, (r = take_free(c)));
    r->type = type;
    r->done = r->unattended = false;
    r->out.size = r->in.size = PAGE_SIZE << BUFFER_ORDER;
    p9_begin(&r->out, type, type == P9_VERSION ? P9_NO_TAG : r->tag);
    r->out_pieces = r->in_pieces = 0;
    return r;
}

void p9_request_put(struct p9_request *r)
{
    struct p9_client *c = r->client;
    unsigned long irq = spin_lock(&c->lock);

    list_add(&c->free, &r->node);
    spin_unlock(&c->lock, irq);
    wait_queue_wake(&c->returned, 1);
}

void p9_request_done(struct p9_request *r, uint32_t written, int err)
{
    bool unattended = r->unattended;

    r->written = written;
    r->err = err;
    __atomic_store_n(&r->done, true, __ATOMIC_RELEASE);
    if (unattended)
        p9_request_put(r);
    else
        wait_queue_wake_all(&r->answered);
}

static void add_piece(struct p9_request *r, const void *data, size_t len)
{
    r->piece[r->out_pieces + r->in_pieces] = (struct p9_piece){
        page_phys(page_of_virt(data)) + ((uintptr_t)data & PAGE_MASK),
        (uint32_t)len,
    };
}

/* Adds the pages' bytes behind the n pieces there are; how many fitted. */
static size_t add_data(struct p9_request *r, const struct p9_data *d,
                       size_t len, unsigned *count)
{
    unsigned max = r->client->transport->pieces_max - 1; /* the other side's */
    unsigned n = r->out_pieces + r->in_pieces, first = n;
    size_t offset = d->offset, done = 0;

    for (size_t i = 0; done < len; i++, offset = 0) {
        paddr_t addr = page_phys(d->pages[i]) + offset;
        size_t part = MIN(PAGE_SIZE - offset, len - done);
        struct p9_piece *last = &r->piece[n - 1];

        if (n > first && last->addr + last->len == addr) {
            last->len += (uint32_t)part;
        } else {
            if (n == max)
                break;
            r->piece[n++] = (struct p9_piece){addr, (uint32_t)part};
        }
        done += part;
    }
    *count += n - first;
    return done;
}

static void submit(struct p9_request *r, size_t payload)
{
    struct p9_client *c = r->client;

    p9_finish(&r->out, payload);
    c->calls++;
    c->transport->ops->submit(c->transport, r);
}

static void complain(struct p9_request *r)
{
    if (!r->client->complained)
        log_error("%s: a bad answer to request %u", r->client->transport->tag,
                  r->type);
    r->client->complained = true;
}

/* Waits for the answer, and looks at its head. */
static int await(struct p9_request *r)
{
    int err;

    wait_event_always(&r->answered,
                      __atomic_load_n(&r->done, __ATOMIC_ACQUIRE));
    if (r->err)
        return r->err;
    err = p9_check_reply(&r->in, r->written, r->type,
                         r->type == P9_VERSION ? P9_NO_TAG : r->tag);
    if (err == -EIO)
        complain(r);
    return err;
}

/* The two buffers alone; the request must fit (-ENAMETOOLONG). */
static int plain_pieces(struct p9_request *r)
{
    if (r->out.bad)
        return -ENAMETOOLONG;
    add_piece(r, r->out.data, r->out.at);
    r->out_pieces = 1;
    add_piece(r, r->in.data, r->in.size);
    r->in_pieces = 1;
    return 0;
}

int p9_call(struct p9_request *r)
{
    int err = plain_pieces(r);

    if (err)
        return err;
    submit(r, 0);
    return await(r);
}

void p9_call_unattended(struct p9_request *r)
{
    if (plain_pieces(r)) {
        p9_request_put(r);
        return;
    }
    r->unattended = true;
    submit(r, 0);
}

int p9_end(struct p9_request *r, int err)
{
    if (!err && r->in.bad) {
        complain(r);
        err = -EIO;
    }
    p9_request_put(r);
    return err;
}

/* --- data, which goes to and from pages as they are --- */

static struct p9_request *data_request(struct p9_client *c, uint8_t type,
                                       uint32_t fid, uint64_t pos)
{
    struct p9_request *r = p9_request_get(c, type);

    p9_put_u32(&r->out, fid);
    p9_put_u64(&r->out, pos);
    return r;
}

ssize_t p9_read_data(struct p9_client *c, uint8_t type, uint32_t fid,
                     uint64_t pos, const struct p9_data *data)
{
    struct p9_request *r = data_request(c, type, fid, pos);
    size_t len = MIN(data->len, c->io_max);
    ssize_t n;

    add_piece(r, r->out.data, P9_WRITE_HEADER);
    r->out_pieces = 1;
    add_piece(r, r->in.data, P9_READ_HEADER);
    r->in_pieces = 1;
    len = add_data(r, data, len, &r->in_pieces);
    p9_put_u32(&r->out, (uint32_t)len);
    submit(r, 0);
    r->in.size = P9_READ_HEADER;
    n = await(r);
    if (!n) {
        n = p9_get_u32(&r->in);
        if ((size_t)n > len || (size_t)n != r->written - P9_READ_HEADER)
            r->in.bad = true;
    }
    if (n < 0)
        return p9_end(r, (int)n);
    return p9_end(r, 0) ? -EIO : n;
}

ssize_t p9_write(struct p9_client *c, uint32_t fid, uint64_t pos,
                 const struct p9_data *data)
{
    struct p9_request *r = data_request(c, P9_WRITE, fid, pos);
    size_t len = MIN(data->len, c->io_max);
    ssize_t n;

    add_piece(r, r->out.data, P9_WRITE_HEADER);
    r->out_pieces = 1;
    len = add_data(r, data, len, &r->out_pieces);
    p9_put_u32(&r->out, (uint32_t)len);
    add_piece(r, r->in.data, r->in.size);
    r->in_pieces = 1;
    submit(r, len);
    n = await(r);
    if (!n) {
        n = p9_get_u32(&r->in);
        if ((size_t)n > len || !n)
            r->in.bad = true;
    }
    if (n < 0)
        return p9_end(r, (int)n);
    return p9_end(r, 0) ? -EIO : n;
}

/* --- sessions --- */

static int take_transport(struct p9_client *c, const char *tag)
{
    struct p9_transport *t = transports;

    while (t && strcmp(t->tag, tag))
        t = t->next;
    if (!t)
        return -ENODEV;
    if (__atomic_exchange_n(&t->in_use, true, __ATOMIC_ACQUIRE))
        return -EBUSY;
    c->transport = t;
    return 0;
}

static int agree(struct p9_client *c)
{
    struct p9_request *r = p9_request_get(c, P9_VERSION);
    const char *version;
    uint32_t msize;
    size_t len;
    int err;

    p9_put_u32(&r->out, IO_MAX + P9_WRITE_HEADER + 1);
    p9_put_string(&r->out, VERSION, strlen(VERSION));
    err = p9_call(r);
    if (!err) {
        msize = p9_get_u32(&r->in);
        version = p9_get_string(&r->in, &len);
        if (len != strlen(VERSION) || memcmp(version, VERSION, len))
            err = -EPROTONOSUPPORT;
        /* The longest message without data must fit. */
        else if (msize < (PAGE_SIZE << BUFFER_ORDER) + P9_WRITE_HEADER)
            err = -EPROTONOSUPPORT;
        else
            c->io_max = MIN(IO_MAX, ALIGN_DOWN(msize - P9_WRITE_HEADER,
                                               (uint32_t)PAGE_SIZE));
    }
    return p9_end(r, err);
}

int p9_client_open(struct p9_client *c, const char *tag)
{
    struct p9_request *r;
    int err;

    *c = (struct p9_client){.next_fid = 1};
    list_init(&c->free);
    wait_queue_init(&c->returned);
    err = take_transport(c, tag);
    if (err)
        return err;
    r = make_more(c);
    err = -ENOMEM;
    if (r) {
        p9_request_put(r);
        err = agree(c);
    }
    if (err)
        p9_client_close(c);
    return err;
}

void p9_client_close(struct p9_client *c)
{
    struct p9_request *r;

    while (c->requests) {
        wait_event_always(&c->returned, (r = take_free(c)));
        request_free(r);
        c->requests--;
    }
    __atomic_store_n(&c->transport->in_use, false, __ATOMIC_RELEASE);
}

uint32_t p9_fid_new(struct p9_client *c)
{
    uint32_t fid;

    /* There is no more than this many in a machine's life. */
    do
        fid = __atomic_fetch_add(&c->next_fid, 1, __ATOMIC_RELAXED);
    while (fid == P9_NO_FID);
    return fid;
}
