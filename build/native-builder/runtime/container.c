/* libsvm_container: the memory and CPU limits of the process's cgroup (version 2, and 1's memory and cpu). */
#define _GNU_SOURCE
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INTERFACE_VERSION 240100
#define NO_LIMIT (-1L)
#define PATH_SIZE 4096

/* Our own cgroup's folder for one controller, "" when unknown; the first `mount` bytes are the mount point. */
typedef struct {
  char folder[PATH_SIZE];
  size_t mount;
} hierarchy;

static bool version_2;
static hierarchy memory, cpu;

static bool listed(char *comma_separated, const char *word) {
  char *save;
  for (char *w = strtok_r(comma_separated, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
    if (!strcmp(w, word)) return true;
  }
  return false;
}

/* Finds where the version 1 hierarchy of a controller is mounted, or version 2 (controller NULL). */
static bool find_mount(hierarchy *h, const char *controller) {
  char line[2 * PATH_SIZE], type[64], options[1024];
  bool found = false;
  FILE *file = fopen("/proc/self/mountinfo", "r");
  while (file && !found && fgets(line, sizeof line, file)) {
    const char *rest = strstr(line, " - ");
    if (!rest || sscanf(rest, " - %63s %*s %1023s", type, options) != 2) continue;
    if (sscanf(line, "%*s %*s %*s %*s %4095s", h->folder) != 1) continue;
    found = controller ? !strcmp(type, "cgroup") && listed(options, controller) : !strcmp(type, "cgroup2");
  }
  if (file) fclose(file);
  if (!found) *h->folder = 0;
  h->mount = strlen(h->folder);
  return found;
}

/* Goes from the mount point down to our own cgroup, where that is to be seen. In a container it mostly is "/". */
static void descend(hierarchy *h, const char *controller) {
  char line[PATH_SIZE], full[PATH_SIZE];
  FILE *file = fopen("/proc/self/cgroup", "r");
  while (file && fgets(line, sizeof line, file)) { /* number:controllers:path */
    line[strcspn(line, "\n")] = 0;
    char *controllers = strchr(line, ':');
    char *path = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!path) continue;
    *controllers++ = *path++ = 0;
    bool ours = controller ? listed(controllers, controller) : !*controllers;
    if (!ours || !strcmp(path, "/") || strstr(path, "..")) continue;
    int length = snprintf(full, sizeof full, "%.*s%s", (int) h->mount, h->folder, path);
    if (length < (int) sizeof full && access(full, R_OK) == 0) memcpy(h->folder, full, length + 1);
  }
  if (file) fclose(file);
}

/* Cuts the last part off the path; false at the mount point. */
static bool ascend(hierarchy *h) {
  char *slash = strlen(h->folder) > h->mount ? strrchr(h->folder, '/') : NULL;
  if (!slash) return false;
  *slash = 0;
  return true;
}

static FILE *open_file(const hierarchy *h, const char *name) {
  char path[2 * PATH_SIZE];
  snprintf(path, sizeof path, "%s/%s", h->folder, name);
  return *h->folder ? fopen(path, "r") : NULL;
}

static bool read_line(const hierarchy *h, const char *name, char *line, int size) {
  FILE *file = open_file(h, name);
  bool done = file && fgets(line, size, file);
  if (file) fclose(file);
  return done;
}

static long read_number(const hierarchy *h, const char *name) {
  char line[128];
  if (!read_line(h, name, line, sizeof line) || !strncmp(line, "max", 3)) return NO_LIMIT;
  unsigned long number = strtoul(line, NULL, 10);
  return number > (unsigned long) INT64_MAX / 2 ? NO_LIMIT : (long) number; /* version 1's way to say none */
}

static long lesser(long a, long b) {
  if (a < 0) return b;
  return b < 0 || a < b ? a : b;
}

/* The least limit from our cgroup up to the mount point, as all of them hold. */
static long least_memory(const char *name) {
  hierarchy h = memory;
  long least = NO_LIMIT;
  do least = lesser(least, read_number(&h, name));
  while (ascend(&h));
  return least;
}

static long memory_statistic(const char *name) {
  char key[64];
  long value, found = NO_LIMIT;
  FILE *file = open_file(&memory, "memory.stat");
  while (file && found < 0 && fscanf(file, "%63s %ld", key, &value) == 2) {
    if (!strcmp(key, name)) found = value;
  }
  if (file) fclose(file);
  return found;
}

/* CPUs that one folder's quota is worth, rounded up. */
static long quota_of(const hierarchy *h) {
  char line[128];
  long quota = NO_LIMIT, period = 0;
  if (version_2) {
    if (!read_line(h, "cpu.max", line, sizeof line) || sscanf(line, "%ld %ld", &quota, &period) != 2) return NO_LIMIT;
  } else {
    quota = read_line(h, "cpu.cfs_quota_us", line, sizeof line) ? atol(line) : NO_LIMIT;
    period = read_line(h, "cpu.cfs_period_us", line, sizeof line) ? atol(line) : 0;
  }
  return quota > 0 && period > 0 ? (quota + period - 1) / period : NO_LIMIT;
}

static long least_quota(void) {
  hierarchy h = cpu;
  long least = NO_LIMIT;
  do least = lesser(least, quota_of(&h));
  while (ascend(&h));
  return least;
}

static unsigned long host_memory(void) {
  return (unsigned long) sysconf(_SC_PHYS_PAGES) * (unsigned long) sysconf(_SC_PAGESIZE);
}

static long host_cpus(void) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : sysconf(_SC_NPROCESSORS_ONLN);
}

long svm_container_memory_limit_in_bytes(void) {
  long limit = least_memory(version_2 ? "memory.max" : "memory.limit_in_bytes");
  return limit >= 0 && (unsigned long) limit < host_memory() ? limit : NO_LIMIT;
}

unsigned long svm_container_physical_memory(void) {
  long limit = svm_container_memory_limit_in_bytes();
  return limit > 0 ? (unsigned long) limit : host_memory();
}

long svm_container_memory_and_swap_limit_in_bytes(void) {
  if (!version_2) return least_memory("memory.memsw.limit_in_bytes");
  long limit = least_memory("memory.max"), swap = least_memory("memory.swap.max");
  return limit < 0 || swap < 0 ? NO_LIMIT : limit + swap;
}

long svm_container_memory_soft_limit_in_bytes(void) {
  return least_memory(version_2 ? "memory.high" : "memory.soft_limit_in_bytes");
}

long svm_container_memory_usage_in_bytes(void) {
  return read_number(&memory, version_2 ? "memory.current" : "memory.usage_in_bytes");
}

long svm_container_memory_max_usage_in_bytes(void) {
  return read_number(&memory, version_2 ? "memory.peak" : "memory.max_usage_in_bytes");
}

long svm_container_rss_usage_in_bytes(void) { return memory_statistic(version_2 ? "anon" : "rss"); }
long svm_container_cache_usage_in_bytes(void) { return memory_statistic(version_2 ? "file" : "cache"); }

int svm_container_active_processor_count(void) { return (int) lesser(host_cpus(), least_quota()); }

/* 0: no limits, 1: limits, 2 and 3: this library is older or newer than the caller expects. */
int svm_container_initialize(int version) {
  if (version != INTERFACE_VERSION) return version > INTERFACE_VERSION ? 2 : 3;
  if (find_mount(&memory, "memory")) {
    version_2 = false;
    descend(&memory, "memory");
    if (find_mount(&cpu, "cpu")) descend(&cpu, "cpu");
  } else {
    version_2 = true;
    if (find_mount(&memory, NULL)) descend(&memory, NULL);
    cpu = memory;
  }
  return svm_container_memory_limit_in_bytes() > 0 || least_quota() > 0;
}
