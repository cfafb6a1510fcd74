package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// A process that was started for the benchmark.
type process struct {
	name string
	cmd  *exec.Cmd
	done chan struct{}
}

// Its output goes to a file of its own in the directory.
func start(logs, name string, env []string, command ...string) (*process, error) {
	return startIn("", logs, name, env, command...)
}

// In a folder of its own, for a program that looks for its files there.
func startIn(folder, logs, name string, env []string, command ...string) (*process, error) {
	out, err := os.Create(filepath.Join(logs, name+".log"))
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{name, cmd, make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// What processes that have ended had used, as far as the benchmark ended them.
var endedCPU atomic.Int64

// The whole group: some start workers of their own.
func (p *process) kill() {
	select {
	case <-p.done:
		return
	default:
	}
	endedCPU.Add(int64(p.cpu()))
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.done
}

// The processor time, user's and system's, that it has used, with its living children.
func (p *process) cpu() time.Duration {
	var sum time.Duration
	for _, pid := range p.group() {
		sum += processorClock(pid)
	}
	return sum
}

// The clock that counts what all threads of a process have used, as clock_getcpuclockid(3) names it: in nanoseconds, where
// /proc has hundredths of a second. Nothing for a process that has ended.
func processorClock(pid int) time.Duration {
	const scheduled = 2
	var at syscall.Timespec
	_, _, failed := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, uintptr(int32(^pid<<3|scheduled)), uintptr(unsafe.Pointer(&at)), 0)
	if failed != 0 {
		return 0
	}
	return time.Duration(at.Nano())
}

const ticksPerSecond = 100

func ofTicks(ticks int64) time.Duration { return time.Duration(ticks) * time.Second / ticksPerSecond }

// Of this process, which is the client.
func ownCPU() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// What all processes have used since the machine started.
func machineCPU() time.Duration {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	return busyTime(string(stat))
}

// Of the columns of /proc/stat's first line the processes' three: user, nice, system. Interrupts are everybody's.
func busyTime(stat string) time.Duration {
	line, _, _ := strings.Cut(stat, "\n")
	var ticks int64
	for i, column := range strings.Fields(line) {
		if i >= 1 && i <= 3 {
			value, _ := strconv.ParseInt(column, 10, 64)
			ticks += value
		}
	}
	return ofTicks(ticks)
}

// What it has in memory, in bytes.
func (p *process) rss() int64 {
	var bytes int64
	for _, pid := range p.group() {
		statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
		if err != nil {
			continue
		}
		pages, _ := strconv.ParseInt(strings.Fields(string(statm))[1], 10, 64)
		bytes += pages * int64(os.Getpagesize())
	}
	return bytes
}

func (p *process) group() []int {
	pids := []int{p.cmd.Process.Pid}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pids[0], pids[0]))
	if err == nil {
		for _, child := range strings.Fields(string(children)) {
			if pid, err := strconv.Atoi(child); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

func freePort() int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// Waits until an answer comes through from the upstream, or one of the processes that it needs has ended.
func awaitAnswer(url string, d dialect, within time.Duration, needed ...*process) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	last := errors.New("nothing was tried")
	for ctx.Err() == nil {
		_, err := ask(ctx, url, d, script{tokens: 1, id: "0"}, func(int64, int64) {})
		if err == nil && ctx.Err() == nil {
			return nil
		}
		if err != nil {
			last = err
		}
		for _, p := range needed {
			select {
			case <-p.done:
				return fmt.Errorf("%s has ended: %s.log tells why", p.name, p.name)
			default:
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	return fmt.Errorf("%s does not answer within %s: %w", url, within, last)
}

func awaitListening(url string, within time.Duration) error {
	deadline := time.Now().Add(within)
	for time.Now().Before(deadline) {
		response, err := http.Get(url)
		if err == nil {
			return response.Body.Close()
		}
		time.Sleep(5 * time.Millisecond)
	}
	return fmt.Errorf("%s does not answer within %s", url, within)
}
