/*
 * The binfmt_misc handler for programs of another architecture (registered with flags PF, so that the kernel
 * calls it as: handler PATH ARGV0 ARGS…).
 *
 * For PATH it looks for a native twin: TWINS + the path with every link resolved. Found: it becomes the twin,
 * through the native tree's own dynamic loader, so that nothing of the build machine's architecture has to be
 * in the rootfs. Not found: it becomes qemu. Which twins exist is decided in twins.ts; nothing is decided here,
 * but for one thing: an interpreter with many faces (python3) is native only for scripts listed below SCRIPTS.
 *
 * TWINS, SCRIPTS, LOADER, LIBRARIES, QEMU and PROFILE are set when it is compiled (handler.ts).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
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

/* Profiling: qemu runs as a child, and a line `WALL CPU PROGRAM[ TASK]` says what it took (seconds). */
static pid_t running;
static void forward(int number) { kill(running, number); }

static int profiled(int log, char **call, const char *program, const char *task) {
  struct timespec begun, ended;
  struct rusage used;
  int status;
  clock_gettime(CLOCK_MONOTONIC, &begun);
  /* Whoever started us may ignore it, and then there is nobody to wait for. */
  void (*inherited)(int) = signal(SIGCHLD, SIG_DFL);
  running = fork();
  if (running == 0) {
    signal(SIGCHLD, inherited);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execv(QEMU, call);
    _exit(127);
  }
  if (running < 0) return -1;
  for (int number = 1; number < 32; number++)
    if (number != SIGCHLD && number != SIGTSTP && number != SIGCONT) signal(number, forward);
  while (wait4(running, &status, 0, &used) < 0)
    if (errno != EINTR) return 127;
  clock_gettime(CLOCK_MONOTONIC, &ended);

  char line[PIPE_BUF];
  double wall = ended.tv_sec - begun.tv_sec + (ended.tv_nsec - begun.tv_nsec) / 1e9;
  double cpu = used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  int length = snprintf(line, sizeof line, "%.6f %.6f %s%s%s\n", wall, cpu, program, *task ? " " : "", task);
  for (char *at = line; at < line + length - 1 && *at; at++)
    if (*at == '\n') *at = ' ';
  /* Shorter than PIPE_BUF and appended: lines of programs at the same time don't mix. */
  if (length < (int)sizeof line && write(log, line, length) < 0) return 127;
  if (!WIFSIGNALED(status)) return WEXITSTATUS(status);
  signal(WTERMSIG(status), SIG_DFL);
  raise(WTERMSIG(status));
  return 128 + WTERMSIG(status);
}

/* Where a program is kept: before usrmerge has run /bin/sed is a file of its own, and the same as /usr/bin/sed. */
static int locate(const char *given, char *path) {
  char resolved[PATH_MAX];
  if (!realpath(given, resolved)) return 0;
  int bare = !strncmp(resolved, "/bin/", 5) || !strncmp(resolved, "/sbin/", 6);
  return snprintf(path, PATH_MAX, "%s%s", bare ? "/usr" : "", resolved) < PATH_MAX;
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

  if (locate(argv[1], path) && native(path, argv + 3) && snprintf(twin, sizeof twin, "%s%s", TWINS, path) < (int)sizeof twin) {
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
  /* There only with --profile-foreign. */
  int log = open(PROFILE, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (log >= 0) {
    char task[PATH_MAX];
    const char *program = locate(argv[1], path) ? path : argv[1];
    const char *told = listed(SCRIPTS, program) && task_of(argv + 3, task) ? task : "";
    int status = profiled(log, call, program, told);
    if (status >= 0) return status;
  }
  execv(QEMU, call);
  perror("rootsmith: cannot start " QEMU);
  return 127;
}
