"""Placements by role and by kind of core."""

import os

from cli.support import BUILD, HANDOFF, CommandTest, run

BENCH_LOCKS = BUILD / "bin" / "bench_locks"
SECTION = ("--workload=critical_section", "--impl=std_mutex", "--benchmark_list_tests")
NAME = "locks/critical_section/std_mutex/threads:{}/hold:0/think:0"


class RolesAndKinds(CommandTest):
    def test_only_roles_of_several_threads_can_be_kept_apart(self):
        self.assert_one_line_refusal(run(BENCH_LOCKS, *SECTION, "--placement=roles_apart"),
                                     "placement roles_apart (--placement): only one role has several threads")

    def test_a_role_has_its_seats_before_the_next(self):
        block = {"family": "queues", "workload": ["transfer"], "impl": ["mutex_queue"], "producers": [1],
                 "consumers": [1], "bytes": [8], "placement": ["roles_apart"]}
        out = self.folder / "out"
        if len(os.sched_getaffinity(0)) < 2:
            self.skipTest("needs two CPUs")
        done = run(HANDOFF, "run", self.sweep(blocks=[block], repetitions=1), "--out", out)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for row in self.results(out)["benchmarks"]:
            self.assertTrue(row["name"].removesuffix("/check:full").endswith("/place:roles_apart"))
            seats = [thread["cpu"] for thread in row["team"]]
            self.assertEqual(len(set(seats)), 2)

    def test_kinds_of_core_are_those_that_the_topology_ranks(self):
        self.need_topology()
        allowed = sorted(os.sched_getaffinity(0))
        if allowed[:2] != [0, 1]:
            self.skipTest("takes CPUs 0 and 1")
        flags = (*SECTION, "--threads=1")
        done = run(BENCH_LOCKS, *flags, "--placement=performance,efficiency",
                   env={**os.environ, "HWLOC_XMLFILE": str(self.two_kinds()), "HWLOC_THISSYSTEM": "1"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.split(), [NAME.format(1) + "/place:performance",
                                               NAME.format(1) + "/place:efficiency"])
        plain = run(BENCH_LOCKS, *flags, "--placement=efficiency",
                    env={**os.environ, "HWLOC_SYNTHETIC": "core:2 pu:1", "HWLOC_THISSYSTEM": "1"})
        self.assert_one_line_refusal(plain, "placement efficiency (--placement): this machine (",
                                     "has cores of one kind, as far as the kernel says")

    def two_kinds(self):
        """A machine of two cores, the first of which is the slower one, as hwloc writes it down."""
        def where(cpus):
            return f'cpuset="{cpus:#x}" complete_cpuset="{cpus:#x}" nodeset="0x1" complete_nodeset="0x1"'

        cores = "".join(
            f'<object type="Core" os_index="{cpu}" {where(1 << cpu)} gp_index="{10 + cpu}">'
            f'<object type="PU" os_index="{cpu}" {where(1 << cpu)} gp_index="{20 + cpu}"/></object>' for cpu in (0, 1))
        path = self.folder / "machine.xml"
        path.write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE topology SYSTEM "hwloc2.dtd">\n<topology version="2.0">'
            f'<object type="Machine" os_index="0" {where(3)} allowed_cpuset="0x3" allowed_nodeset="0x1" gp_index="1">'
            f'<object type="NUMANode" os_index="0" {where(3)} gp_index="2" local_memory="1000000"/>{cores}</object>'
            '<cpukind cpuset="0x1" forced_efficiency="1"/><cpukind cpuset="0x2" forced_efficiency="5"/></topology>\n')
        return path
