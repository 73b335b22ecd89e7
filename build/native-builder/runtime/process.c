/* libchelper: process, threads, memory, and libc functions whose signature Java cannot call. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;
extern char *findJavaTZ_md(const char *java_home); /* in the JDK's libjava */

char **getEnviron(void) { return environ; }

/* Only Windows needs the mapping table. */
char *SVM_FindJavaTZmd(const char *mappings, int length) {
  (void) mappings;
  (void) length;
  return findJavaTZ_md("");
}

void codeSynchronization_clearCache(long start, long size) {
  __builtin___clear_cache((char *) start, (char *) start + size);
}

int getThreadId(void) { return (int) syscall(SYS_gettid); }

/* User-mode CPU time of one thread in nanoseconds, -1 when it is not known. */
long getThreadUserTimeSlow(int tid) {
  char path[64], stat[1024];
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
  FILE *file = fopen(path, "r");
  if (!file) return -1;
  size_t length = fread(stat, 1, sizeof stat - 1, file);
  fclose(file);
  stat[length] = 0;

  /* The second field, the command in parentheses, may hold blanks and parentheses itself. */
  const char *after_command = strrchr(stat, ')');
  unsigned long ticks;
  if (!after_command || sscanf(after_command + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu", &ticks) != 1) {
    return -1;
  }
  long per_second = sysconf(_SC_CLK_TCK);
  return per_second > 0 ? (long) (ticks * (1000000000.0 / per_second)) : -1;
}

void *mremapP(void *old, unsigned long old_size, unsigned long new_size, int flags, void *wanted) {
  return mremap(old, old_size, new_size, flags, wanted);
}

int openSII(const char *path, int flags, int mode) { return open(path, flags, mode); }

int openatISII(int folder, const char *path, int flags, int mode) { return openat(folder, path, flags, mode); }

int fprintfSD(FILE *file, const char *format, const char *text, int number) {
  return fprintf(file, format, text, number);
}
