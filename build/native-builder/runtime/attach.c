/* libchelper: the UNIX socket at which tools such as jcmd attach to the process. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Removes what an earlier process with our id left behind. */
void svm_attach_startup(const char *path) {
  struct stat st;
  if (lstat(path, &st) == 0) unlink(path);
}

bool svm_attach_check_socket_file(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

bool svm_attach_is_init_trigger(const char *path) {
  struct stat st;
  if (stat(path, &st) != 0 || st.st_uid != geteuid()) return false;
  unlink(path);
  return true;
}

/* The listening socket, -1 when it failed. It gets its name when it listens already, so that no client is refused. */
int svm_attach_create_listener(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  char *unfinished = address.sun_path;
  int length = snprintf(unfinished, sizeof address.sun_path, "%s.tmp", path);
  if (length >= (int) sizeof address.sun_path) return -1;

  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) return -1;
  unlink(unfinished);
  if (bind(listener, (struct sockaddr *) &address, sizeof address) == 0 && chmod(unfinished, 0600) == 0 &&
      listen(listener, 5) == 0 && rename(unfinished, path) == 0) {
    return listener;
  }
  close(listener);
  unlink(unfinished);
  return -1;
}

/* The next connection of our own user or root, -1 once the listener is closed. */
int svm_attach_wait_for_request(int listener) {
  for (;;) {
    int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (connection < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      return -1;
    }
    struct ucred peer;
    socklen_t size = sizeof peer;
    bool known = getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
    if (known && (peer.uid == 0 || peer.uid == geteuid())) return connection;
    close(connection);
  }
}

void svm_attach_listener_cleanup(int listener, const char *path) {
  if (listener != -1) {
    shutdown(listener, SHUT_RDWR);
    close(listener);
  }
  unlink(path);
}

void svm_attach_shutdown_socket(int connection) { shutdown(connection, SHUT_RDWR); }
