/* Sleeps as the kernel does. libfaketime 0.9.10 (Debian 12) takes the end of a sleep on the monotonic
 * clock, which it is told to leave alone, for a time of its own, and Python's time.sleep fails.
 * Source: github.com/wolfcw/libfaketime, issue 426. */
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *asked, struct timespec *rest)
{
	return syscall(SYS_clock_nanosleep, clock, flags, asked, rest) ? errno : 0;
}
