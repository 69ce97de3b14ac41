"""Do what a newcomer does: make run, watch it count, end it, and see that nothing is left."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

START_SECONDS = 60
END_SECONDS = 5


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def scrape(url):
    """Return the sum of each family, or nothing while nobody answers yet."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            text = answer.read().decode()
    except (urllib.error.URLError, OSError):
        return {}
    sums = {}
    for name, value in re.findall(r"^(pmta_\w+)(?:{.*})? (\S+)$", text, re.MULTILINE):
        sums[name] = sums.get(name, 0) + float(value)
    return sums


def watch(url):
    """Wait until PowerMTA is up, its block shows and the outcomes grow."""
    first = None
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        now = scrape(url)
        shows = ("pmta_outcomes_total", "pmta_deferrals_total", "pmta_queue_recipients", "pmta_queue_backoff")
        if now.get("pmta_up") == 1 and all(now.get(name, 0) > 0 for name in shows):
            first = first or now
            grown = now["pmta_outcomes_total"] - first["pmta_outcomes_total"]
            if grown > 0:
                print(f"pmta_up 1, {now['pmta_outcomes_total']:.0f} outcomes ({grown:.0f} new while watching), "
                      f"{now['pmta_queue_recipients']:.0f} recipients queued, {now['pmta_queue_backoff']:.0f} queues in backoff")
                return True
        time.sleep(1)
    return False


def members(group):
    """List the processes of a group that still run."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as f:
                name, _, rest = f.read().partition(") ")
        except OSError:
            continue
        state, _, pgrp = rest.split()[:3]
        if int(pgrp) == group and state != "Z":
            found.append(f"{pid} {name.partition('(')[2]}")
    return found


def main():
    address = f"127.0.0.1:{free_port()}"
    command = ["make", "run", "SCENARIO=gmail-block", f"LISTEN={address}"]
    print("==", *command, flush=True)
    run = subprocess.Popen(command, start_new_session=True)
    try:
        if not watch(f"http://{address}/metrics"):
            print(f"no pmta_up 1 with growing outcomes within {START_SECONDS} s")
            return 1
        print("== SIGTERM to its process group", flush=True)
        os.killpg(run.pid, signal.SIGTERM)
        begin = time.monotonic()
        while (left := members(run.pid)) and time.monotonic() - begin < END_SECONDS:
            run.poll()
            time.sleep(0.05)
        if left:
            print(f"still running {END_SECONDS} s later: {left}")
            return 1
        print(f"all ended within {time.monotonic() - begin:.1f} s")
        return 0
    finally:
        if members(run.pid):
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()


sys.exit(main())
