"""bench/run hosts: what it costs to have zest inside a host, in each language."""

from compare import goals as judges
from compare.hosts import accepting, boundary, proxies

ROWS = (*(row.name for row in proxies.SCENARIOS), accepting.ROW, boundary.ROW)


def run(options, goals):
    found = {"proxies": proxies.run(options, goals), "accepting": accepting.run(options, goals),
             "boundary": boundary.run(options, goals)}
    judges.judge_hosts(goals, found)
    return found
