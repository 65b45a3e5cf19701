/*
 * The binfmt_misc handler for programs of another architecture (registered with flags PF, so that the kernel
 * calls it as: handler PATH ARGV0 ARGS…).
 *
 * For PATH it looks for a native twin: TWINS + the path with every link resolved. Found: it becomes the twin,
 * through the native tree's own dynamic loader, so that nothing of the build machine's architecture has to be
 * in the rootfs. Not found: it becomes qemu. Which twins exist is decided in twins.ts; nothing is decided here,
 * but for one thing: an interpreter with many faces (python3) is native only for scripts listed below SCRIPTS.
 *
 * TWINS, SCRIPTS, LOADER, LIBRARIES and QEMU are set when it is compiled (foreign.ts).
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int listed(const char *folder, const char *path) {
  char entry[PATH_MAX];
  int length = snprintf(entry, sizeof entry, "%s%s", folder, path);
  return length > 0 && length < (int)sizeof entry && access(entry, F_OK) == 0;
}

/* What an interpreter is told to run, as SCRIPTS names it: a script's path, /-m/MODULE or /-c/TEXT. */
static const char *task_of(char **args, char *task) {
  for (; *args; args++) {
    if (!strcmp(*args, "-m") || !strcmp(*args, "-c")) {
      if (!args[1] || snprintf(task, PATH_MAX, "/%s/%s", *args, args[1]) >= PATH_MAX) return NULL;
      return task;
    }
    if ((*args)[0] != '-') return realpath(*args, task);
  }
  return NULL;
}

/* Whether the program at `path` runs natively with these arguments. */
static int native(const char *path, char **args) {
  char task[PATH_MAX];
  if (!listed(TWINS, path)) return 0;
  if (!listed(SCRIPTS, path)) return 1;
  return task_of(args, task) && listed(SCRIPTS, task);
}

int main(int argc, char **argv) {
  char path[PATH_MAX], twin[PATH_MAX];
  if (argc < 3) return 127;

  if (realpath(argv[1], path) && native(path, argv + 3) && snprintf(twin, sizeof twin, "%s%s", TWINS, path) < (int)sizeof twin) {
    char **call = calloc(argc + 8, sizeof *call);
    if (!call) return 127;
    int n = 0;
    call[n++] = LOADER;
    call[n++] = "--argv0";
    call[n++] = argv[2];
    call[n++] = "--inhibit-cache";
    call[n++] = "--library-path";
    call[n++] = LIBRARIES;
    call[n++] = twin;
    memcpy(call + n, argv + 3, (argc - 2) * sizeof *call);
    execv(LOADER, call);
  }

  /* qemu -0 ARGV0 PATH ARGS…: the slots of handler, PATH and ARGV0 are reused. */
  char **call = calloc(argc + 2, sizeof *call);
  if (!call) return 127;
  call[0] = QEMU;
  call[1] = "-0";
  call[2] = argv[2];
  call[3] = argv[1];
  memcpy(call + 4, argv + 3, (argc - 2) * sizeof *call);
  execv(QEMU, call);
  perror("rootsmith: cannot start " QEMU);
  return 127;
}
