// The first and only process of a diskless test guest: it dirties memory at a set rate, burns CPU, and can verify every
// page that it ever wrote.
//
// Settings come as `rig.KEY=VALUE` on the kernel's command line, and as lines `KEY VALUE` on the serial console later:
//   cold MiB    memory that is written once               hot MiB     memory that is written again and again, page by page
//   rate MiB/s  pages written, 4 KiB each                 cpu %       busy share of one virtual CPU
//   write       touch (8 bytes of a page) | full          beat ms     a line on the console this often; 0: none
// Lines without a value: check (verify all pages), spoil (damage one cold and one hot page, which a check must find), off.

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { words_per_page = 512, page_bytes = 4096, pages_per_mib = 256 };
static const double tick_seconds = 0.02;

static struct {
    long cold_mib, hot_mib, cpu_percent, beat_ms;
    double rate_mib;
    bool writes_full_pages;
} settings;

static uint64_t *cold, *hot;
static long cold_pages, hot_pages;
// What each hot page must hold: its first word is the number of the last write to it, the others follow from the number
// of the last write of the whole page.
static uint64_t *last_write, *last_full_write;
static uint64_t writes;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static uint64_t mix(uint64_t x) {
    x ^= x >> 31;
    x *= 0x9E3779B97F4A7C15ULL;
    return x ^ (x >> 29);
}

// Fills a page with words that do not compress and that follow from `number` alone.
static void write_page(uint64_t *page, uint64_t number) {
    for (int i = 0; i < words_per_page; i++) page[i] = mix(number * words_per_page + i + 1);
}

static bool page_holds(const uint64_t *page, uint64_t number, int first) {
    for (int i = first; i < words_per_page; i++)
        if (page[i] != mix(number * words_per_page + i + 1)) return false;
    return true;
}

static void write_hot_page(long index) {
    uint64_t *page = hot + index * words_per_page;
    writes++;
    if (settings.writes_full_pages) {
        write_page(page, writes);
        last_full_write[index] = writes;
    }
    page[0] = last_write[index] = writes;
}

static void check(void) {
    long bad_cold = 0, bad_hot = 0;
    for (long i = 0; i < cold_pages; i++) bad_cold += !page_holds(cold + i * words_per_page, i, 0);
    for (long i = 0; i < hot_pages; i++) {
        const uint64_t *page = hot + i * words_per_page;
        bad_hot += page[0] != last_write[i] || !page_holds(page, last_full_write[i], 1);
    }
    printf("rig: check cold %ld pages %ld bad, hot %ld pages %ld bad\n", cold_pages, bad_cold, hot_pages, bad_hot);
}

static void spoil(void) {
    if (cold_pages) cold[words_per_page / 2] ^= 1;
    if (hot_pages) hot[words_per_page - 1] ^= 1;
}

static uint64_t *map_pages(uint64_t *old, long *pages, long mib) {
    if (old) munmap(old, *pages * (size_t)page_bytes);
    *pages = 0;
    if (mib <= 0) return NULL;
    void *new = mmap(NULL, mib * (size_t)pages_per_mib * page_bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (new == MAP_FAILED) {
        printf("rig: no memory for %ld MiB: %s\n", mib, strerror(errno));
        return NULL;
    }
    *pages = mib * pages_per_mib;
    return new;
}

static void apply_settings(void) {
    if (cold_pages != settings.cold_mib * pages_per_mib) {
        cold = map_pages(cold, &cold_pages, settings.cold_mib);
        for (long i = 0; i < cold_pages; i++) write_page(cold + i * words_per_page, i);
    }
    if (hot_pages != settings.hot_mib * pages_per_mib) {
        hot = map_pages(hot, &hot_pages, settings.hot_mib);
        free(last_write);
        free(last_full_write);
        last_write = calloc(hot_pages + 1, sizeof *last_write);
        last_full_write = calloc(hot_pages + 1, sizeof *last_full_write);
        if (!last_write || !last_full_write) hot_pages = 0;
        for (long i = 0; i < hot_pages; i++) {
            write_page(hot + i * words_per_page, ++writes);
            hot[i * words_per_page] = last_write[i] = last_full_write[i] = writes;
        }
    }
    printf("rig: cold=%ld hot=%ld rate=%g cpu=%ld write=%s beat=%ld\n", settings.cold_mib, settings.hot_mib,
           settings.rate_mib, settings.cpu_percent, settings.writes_full_pages ? "full" : "touch", settings.beat_ms);
}

static void set(const char *key, const char *value) {
    if (!strcmp(key, "cold")) settings.cold_mib = atol(value);
    else if (!strcmp(key, "hot")) settings.hot_mib = atol(value);
    else if (!strcmp(key, "rate")) settings.rate_mib = atof(value);
    else if (!strcmp(key, "cpu")) settings.cpu_percent = atol(value);
    else if (!strcmp(key, "beat")) settings.beat_ms = atol(value);
    else if (!strcmp(key, "write")) settings.writes_full_pages = !strcmp(value, "full");
    else printf("rig: unknown setting %s\n", key);
}

static void read_command_line(void) {
    char text[2048] = {0};
    int file = open("/proc/cmdline", O_RDONLY);
    if (file < 0 || read(file, text, sizeof text - 1) < 0) return;
    close(file);
    for (char *word = strtok(text, " \n"); word; word = strtok(NULL, " \n")) {
        char *equals = strchr(word, '=');
        if (strncmp(word, "rig.", 4) || !equals) continue;
        *equals = 0;
        set(word + 4, equals + 1);
    }
}

static void obey(char *line) {
    char *key = strtok(line, " ="), *value = key ? strtok(NULL, " =") : NULL;
    if (!key) return;
    if (!strcmp(key, "check")) check();
    else if (!strcmp(key, "spoil")) spoil();
    else if (!strcmp(key, "off")) reboot(RB_POWER_OFF);
    else {
        set(key, value ? value : "");
        apply_settings();
    }
}

// Waits for a line on the console, at most `seconds`, and does what it says.
static void listen(double seconds) {
    static char text[256];
    static size_t length;
    struct pollfd console = {0, POLLIN, 0};
    if (poll(&console, 1, seconds > 0 ? (int)(seconds * 1000) : 0) <= 0) return;
    ssize_t count = read(0, text + length, sizeof text - 1 - length);
    if (count <= 0) {
        usleep(1000 * (int)(tick_seconds * 1000));
        return;
    }
    length += count;
    text[length] = 0;
    for (char *end; (end = strpbrk(text, "\r\n"));) {
        *end = 0;
        obey(text);
        length -= end + 1 - text;
        memmove(text, end + 1, length + 1);
    }
    if (length >= sizeof text - 1) length = 0;
}

// Writes as many pages as have fallen due. What a pause kept from being written is not made up for, nor what a hypervisor
// kept back that throttles the guest, as a guest that is busy with its work could not make up for it.
static void dirty_memory(double elapsed) {
    static const double longest = 0.1;
    static double due;
    static long next;
    double start = now(), most = settings.rate_mib * pages_per_mib * longest;
    due += (elapsed < longest ? elapsed : longest) * settings.rate_mib * pages_per_mib;
    if (due > most) due = most;
    for (; hot_pages && due >= 1; due--) {
        if (next >= hot_pages) next = 0;
        write_hot_page(next++);
        if (!(writes & 1023) && now() - start > 0.1) break;
    }
}

static void beat(double time) {
    static double last, next;
    static uint64_t last_writes;
    if (!settings.beat_ms || time < next) return;
    printf("beat %llu %.3f rate %.1f\n", (unsigned long long)writes, time,
           (writes - last_writes) / (double)pages_per_mib / (time - last + 1e-9));
    last = time;
    last_writes = writes;
    next = time + settings.beat_ms / 1000.0;
}

static void open_console(void) {
    mkdir("/proc", 0755);
    mkdir("/dev", 0755);
    mount("proc", "/proc", "proc", 0, NULL);
    mount("dev", "/dev", "devtmpfs", 0, NULL);
    int console = open("/dev/console", O_RDWR);
    if (console >= 0) for (int i = 0; i < 3; i++) dup2(console, i);
    struct termios terminal;
    if (tcgetattr(0, &terminal)) return;
    terminal.c_lflag &= ~ECHO;
    tcsetattr(0, TCSANOW, &terminal);
}

int main(void) {
    open_console();
    setvbuf(stdout, NULL, _IOLBF, 0);
    read_command_line();
    apply_settings();
    printf("rig: ready after %.2f s\n", now());
    for (double last = now();;) {
        double start = now(), elapsed = start - last;
        dirty_memory(elapsed);
        last = start;
        while (now() - start < settings.cpu_percent / 100.0 * (elapsed < 0.2 ? elapsed : 0.2)) {}
        beat(now());
        listen(tick_seconds - (now() - start));
    }
}
