"""The conformance and stress tests name planted faults, pass correct implementations, and say where a hang is."""

import os
import re
import subprocess
import time

from cli.support import PLANTED, ROOT, CommandTest, run

#: implementation -> (the test that names its fault, its words)
NAMED = {
    "notifies_early": ("QueueStress/0.EveryItemWakesItsConsumer", "lost wake-up: after "),
    "notifies_early_seldom": ("QueueStress/0.EveryItemWakesItsConsumer", "lost wake-up: after "),
    "two_lanes": ("QueueConformance/0.WhatIsPushedFirstIsPoppedFirstWhoeverDoesIt",
                  "pushed after an item that is still inside"),
    "relaxed_beyond_its_bound": ("QueueStress/0.PopsPassOverNoMoreThanPromised",
                                 "a pop passed over more items than the queue promises"),
    "lets_two_in_seldom": ("LockStress/0.NobodyElseIsEverInside", "met another one inside"),
}

#: fault of faulty_ring -> (the test that names it, its words)
FAULTS = {
    "holds_one_more": ("HoldsWhatItsCapacityRuleSays", "asked for 1000, lap 0"),
    "overflows": ("WhatThrowsChangesNothing", "item 1 of 1152921504606846977"),
    "consumers_keep_one": ("WhatIsPushedFirstIsPoppedFirstWhoeverDoesIt",
                           "pushed after an item that is still inside, by its producer"),
    "puts_values_anywhere": ("DestructorFreesWhatIsLeft", "values stood at addresses that are no multiple of 128"),
    "leaks_behind_the_wrap": ("DestructorFreesWhatIsLeft", "the queue has left values behind"),
    "compares_across_the_wrap": ("DestructorFreesWhatIsLeft", "counting from 18446744073709551360"),
    "moves_before_it_allocates": ("WhatThrowsChangesNothing", "a push that threw kept or lost its value"),
    "claims_before_it_moves": ("WhatThrowsChangesNothing",
                               "a push whose move threw left something behind; a queue that cannot promise that takes "
                               "impls::nothrow_movable values"),
}

#: likewise of channels, which are one program
CHANNELS = {
    "loses_the_last_at_close": ("AfterACloseSendsAreRefusedAndReceivesGetWhatIsLeft", "lost at close: item "),
    "accepts_after_close": ("AfterACloseSendsAreRefusedAndReceivesGetWhatIsLeft", "a send was accepted after close()"),
    "keeps_the_oldest": ("TheNewestItemReplacesTheOneBefore", "not the newest item"),
    "selects_unfairly": ("ASelectTakesFirstComesFirstOrEachInTurn", "unfair: another channel's turn was passed over"),
}

#: likewise of event processors
PROCESSORS = {
    "loses_one_at_stop": ("AStopThatDrainsHandlesWhatIsInside", "lost at stop()"),
    "runs_one_after_stop": ("AStopThatDrainsHandlesWhatIsInside", "lost at stop()"),
    "breaks_key_order": ("AStopThatDrainsHandlesWhatIsInside", "out of order"),
    "ends_at_an_exception": ("AnExceptionIsCountedAndStopsNothing", "events behind one whose handler threw"),
    "runs_an_event_twice": ("HandlesEveryEventOnceAndInOrder", "seen.count()"),
    "accepts_after_stop": ("AfterAStopSubmissionsAreRefused", "accepted after stop()"),
    "miscounts_what_it_gave_up": ("AStopAtOnceSaysWhatItGaveUp", "events that nobody accounts for"),
    "loses_what_handlers_submit": ("NothingIsLostOrComesTwice", "said.handled"),
}


#: likewise of buses
BUSES = {
    "calls_after_unsubscribe": ("NoCallBeginsAfterUnsubscribe",
                                "a handler was called after unsubscribe() had returned"),
    "leaves_while_called": ("UnsubscribeWaitsForTheCallThatRuns", "a call ran when unsubscribe() had returned"),
    "skips_a_handler": ("EachHandlerIsCalledOnceForEachPublicationInOrder", "a handler was skipped by a publication"),
    "calls_twice": ("EachHandlerIsCalledOnceForEachPublicationInOrder", "a handler was called twice for a publication"),
    "stops_at_an_exception": ("AHandlerThatThrowsKeepsNobodyFromBeingCalled", "a handler was skipped by a publication"),
    "breaks_publishers_order": ("EachHandlerIsCalledOnceForEachPublicationInOrder",
                                "a publisher's publications came out of order"),
    "forgets_a_new_subscriber": ("ANewHandlerIsCalledForWhatComesAfter", "second.size()"),
    "overlaps_calls": ("CallsOfOneHandlerDoNotOverlapWhereWorkersCall", "two calls of one handler ran at once"),
}

#: likewise of overload policies
OVERLOAD = {
    "refuses_to_wait": "it does not wait for room",
    "refuses_with_room": "item 2",
    "drops_the_other_end": "not the newest",
    "counts_a_drop_twice": "its own counts are wrong",
    "drops_the_newest_inside": "not the oldest",
    "keeps_the_older": "not the newest",
    "keeps_one_of_three": "not one of 4",
    "runs_twice": "not once each",
}

#: likewise of styles of asynchronous steps
ASYNC = {
    "runs_a_continuation_twice": ("AChainGivesTheKnownAnswer", "duplicated: 3 steps ran, not 2"),
    "loses_a_continuation": ("AChainGivesTheKnownAnswer", "lost: 1 of 2 steps did not run"),
    "mixes_up_values": ("AChainGivesTheKnownAnswer", "wrong: the result is "),
    "runs_on_after_an_error": ("AFailureReachesTheEndAndNoStepRunsAfterIt",
                               "ran on: 8 steps ran after step 1 had failed"),
    "swallows_an_error": ("AFailureReachesTheEndAndNoStepRunsAfterIt", "lost error: the failure of step 1"),
    "runs_on_after_a_stop": ("AChainThatIsToldToStopRunsNoFurtherStep",
                             "ran on: 8 steps ran after the request to stop"),
    "gives_up_early": ("AWaitIsGivenUpAndNotEarly", "early: the wait was given up before its time"),
    "runs_the_last_twice": ("IndependentStepsRunOnceEach", "duplicated: step 0 ran 2 times"),
    "names_another_first": ("TheFirstOfIndependentStepsHasRun", "wrong: step 1 came first, and did not run"),
    "runs_ahead_of_its_caller": ("ASequenceGivesEachValueOnceBeforeTheNextStep",
                                 "ran ahead: step 2 ran before value 1 was given"),
    "gives_a_value_twice": ("ASequenceGivesEachValueOnceBeforeTheNextStep",
                            "duplicated: 2 of 1 values were given"),
    "gives_another_value": ("ASequenceGivesEachValueOnceBeforeTheNextStep",
                            "wrong: value 1 is not the result of its step"),
    "drops_the_last_value": ("ASequenceGivesEachValueOnceBeforeTheNextStep",
                             "lost: 0 of 1 values were given"),
    "gives_a_value_for_a_failure": ("ASequenceThatFailsHasGivenTheValuesBeforeIt",
                                    "duplicated: 1 of 0 values were given"),
}


#: likewise of event loops, which are one program, too
LOOPS = {
    "fires_early": ("LoopConformance/0.TimersFireOnceAndNeverEarly", "fired a timer early"),
    "loses_a_wake_up": ("LoopStress/0.EveryPostWakesTheLoop", "lost wake-up: after "),
    "runs_after_stop": ("LoopConformance/0.NothingBeginsAfterStopUntilItRunsAgain", "ran after stop"),
    "runs_a_post_twice": ("LoopConformance/0.PostsRunOnceInTheirOrder", "a post ran twice"),
    "swaps_two_posts": ("LoopConformance/0.PostsRunOnceInTheirOrder", "posts of one thread ran out of order"),
    "loses_a_post": ("LoopConformance/0.PostsRunOnceInTheirOrder", "a post was lost"),
    "cancels_nothing": ("LoopConformance/0.ACancelledTimerDoesNotFire", "a cancelled timer fired"),
    "leaves_a_descriptor": ("LoopConformance/0.LeavesNoDescriptorBehind", "descriptors are left over"),
}


def tests_of(name, only="*", again=1, fault=None):
    return run(PLANTED / f"check_{name}", f"--gtest_filter={only}", "--gtest_color=no", f"--gtest_repeat={again}",
               env=os.environ | ({"HANDOFF_FAULT": fault} if fault else {}), timeout=200)


class PlantedInTests(CommandTest):
    def test_each_fault_is_named(self):
        for name, (test, words) in NAMED.items():
            with self.subTest(name):
                # what is rare shows only while two threads really run at once: later, where others have the machine
                again = {"lets_two_in_seldom": 20, "notifies_early_seldom": 10}.get(name, 1)
                for _ in range(4 if again > 1 else 1):
                    done = tests_of(name, f"{name}/{test}", again=again)
                    if done.returncode != 0:
                        break
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertIn("[ RUN      ]", done.stdout)
                self.assertIn(words, done.stdout)

    def test_each_fault_of_one_queue_is_named(self):
        for fault, (test, words) in FAULTS.items():
            with self.subTest(fault):
                done = tests_of("faulty_ring", f"faulty_ring/QueueConformance/0.{test}", fault=fault)
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertIn(f"[  FAILED  ] faulty_ring/QueueConformance/0.{test}", done.stdout)
                self.assertIn(words, done.stdout)
        done = tests_of("faulty_ring", "faulty_ring/QueueConformance/*")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_two_lanes_are_also_seen_under_threads(self):
        done = tests_of("two_lanes", "two_lanes/QueueStress/0.PushesOneAfterTheOtherStayInOrder", again=20)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("whose push had ended before theirs began", done.stdout)

    def test_two_lanes_are_also_seen_in_histories(self):
        done = tests_of("two_lanes", "two_lanes/QueueStress/0.HistoriesAreLinearizable", again=20)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"out of order: the push of \d+ had ended before that of \d+ began")
        self.assertRegex(done.stdout, r"thread \d  push \d+ +\d+ \.\. +\d+ ns")

    def test_a_bound_is_also_judged_one_thread_at_a_time(self):
        done = tests_of("relaxed_beyond_its_bound",
                        "relaxed_beyond_its_bound/QueueConformance/0.WhatIsPushedFirstIsPoppedFirstWhoeverDoesIt")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("passed over 11 items, and the queue promises at most 7", done.stdout)

    def test_each_fault_of_a_channel_is_named(self):
        for name, (test, words) in CHANNELS.items():
            with self.subTest(name):
                done = tests_of("channels", f"{name}/ChannelConformance/0.{test}")
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertIn(words, done.stdout)
        hangs = "hangs_a_receiver_at_close/ChannelConformance/0.ACloseWakesAllReceiversThatWait"
        done = tests_of("channels", hangs)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn(f"hang: {hangs}: no thread has run for 5 s", done.stderr)
        done = tests_of("channels", "sound_channel/*")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_fault_of_a_bus_is_named(self):
        for name, (test, words) in BUSES.items():
            with self.subTest(name):
                done = tests_of("buses", f"{name}/BusConformance/0.{test}")
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertIn(words, done.stdout)
        done = tests_of("buses", "sound_bus/*")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_fault_of_an_event_processor_is_named(self):
        for name, (test, words) in PROCESSORS.items():
            with self.subTest(name):
                done = tests_of("processors", f"{name}/Processor*/0.{test}")
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertIn(words, done.stdout)
        done = tests_of("processors", "sound_processor/*")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_fault_of_an_overload_policy_is_named(self):
        for name, words in OVERLOAD.items():
            with self.subTest(name):
                done = tests_of("overload", f"planted/OverloadPolicy/{name}.*")
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertIn(words, done.stdout)
        done = tests_of("overload", "forgets_at_the_time_limit/*")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("lost an item of a batch that timed out", done.stdout)

    def test_each_fault_of_an_asynchronous_style_is_named(self):
        for name, (test, words) in ASYNC.items():
            with self.subTest(name):
                done = tests_of("async", f"{name}/StyleConformance.{test}/0")
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertIn(words, done.stdout)
        hangs = "loses_the_last_continuation/StyleConformance.AChainGivesTheKnownAnswer/0"
        done = tests_of("async", hangs)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn(f"hang: {hangs}", done.stderr)
        done = tests_of("async", "sound_style/*")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_fault_of_a_loop_is_named(self):
        for name, (test, words) in LOOPS.items():
            with self.subTest(name):
                done = tests_of("loops", f"{name}/{test}")
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertIn(words, done.stdout)
        done = tests_of("loops", "sound_loop/*")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_what_is_correct_passes(self):
        # moves its values under a lock, and keeps free slots constructed
        done = tests_of("locked_slots", "-*AStalledPush*:*CloseInFullFlight*")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = tests_of("locked_slots", "*AStalledPush*:*DestructorFrees*")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("2 tests from 2 test suites ran", done.stdout)

    def test_a_hang_is_told_and_the_rest_is_skipped(self):
        hangs = "keeps_its_lock/QueueConformance/0.TimedOperationsGiveUpWhenTimeIsOver"
        began = time.monotonic()
        done = tests_of("keeps_its_lock", hangs)
        self.assertLess(time.monotonic() - began, 60, "nobody waits for the time limit of 120 s")
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"hang: {hangs}: no thread has run for 5 s; its step: yield", done.stderr)
        self.assertRegex(done.stderr, r"thread \d+ \(the test's own\), asleep:")
        self.assertIn("blocking<>::producer_handle::try_push_for", done.stderr)
        self.assertNotIn("std::allocator", done.stderr, "names without what stands in their brackets")
        self.assertIn(f"[  FAILED  ] {hangs}", done.stdout)

        again = tests_of("keeps_its_lock", "*DeclaresItself")
        self.assertEqual(again.returncode, 0)
        self.assertIn(f"keeps_its_lock hung in {hangs}", again.stdout)
        self.assertIn("Skipped", again.stdout)
        # another parent, as the next ctest is
        program = PLANTED / "check_keeps_its_lock"
        fresh = subprocess.run(["sh", "-c", f"'{program}' --gtest_filter='*DeclaresItself'; true"],
                               capture_output=True, text=True, timeout=60)
        self.assertIn("[       OK ]", fresh.stdout)

    def test_check_impl_tells_what_failed_in_few_lines(self):
        tree = self.folder / "build" / "release" / "check"
        tree.mkdir(parents=True)
        (tree / "environment.txt").write_text("\n")
        told = {}
        for name in ("two_lanes", "keeps_its_lock"):
            (tree / f"check_{name}").symlink_to(PLANTED / f"check_{name}")
            program = ("import sys, pathlib, check_impl\n"
                       "check_impl.ROOT = pathlib.Path(sys.argv[1])\n"
                       "check_impl.tell(sys.argv[2], 'release', check_impl.run(sys.argv[2], 'release'), 0)\n")
            done = subprocess.run(["/usr/bin/python3", "-c", program, self.folder, name], capture_output=True,
                                  text=True, cwd=ROOT / "cmake", timeout=200)
            self.assertEqual(done.returncode, 0, done.stderr)
            told[name] = done.stdout
        lanes = told["two_lanes"]
        self.assertIn("FAILED two_lanes/QueueConformance/0.WhatIsPushedFirstIsPoppedFirstWhoeverDoesIt", lanes)
        self.assertIn("pushed after an item that is still inside", lanes)
        self.assertLess(len(lanes.splitlines()), 60)
        hang = told["keeps_its_lock"]
        self.assertIn("hangs: no thread has run for 5 s", hang)
        self.assertIn("the rest of its tests is skipped", hang)
        self.assertIn("TestBody", hang)

    def test_what_is_missing_in_a_header_is_said_in_few_lines(self):
        header = (ROOT / "impls" / "queues" / "spinlock_ring.hpp").read_text()
        queues = self.folder / "queues"
        queues.mkdir()
        header = re.sub(r"    bool try_pop\(T& out\) \{.*?\n    \}\n", "", header, flags=re.S)
        header = re.sub(r"    static constexpr auto order = .*\n", "", header).replace("../", f"{ROOT}/impls/")
        (queues / "spinlock_ring.hpp").write_text(header)
        unit = (ROOT / "tests" / "queues" / "conformance.cpp.in").read_text()
        unit = unit.replace("@HEADER@", str(queues / "spinlock_ring.hpp")).replace("@NAME@", "spinlock_ring")
        unit = unit.replace("@TYPE@", "handoff::impls::spinlock_ring")
        unit = unit.replace("@WAIT_INCLUDES@", '#include "wait/yield.hpp"\n').replace("@WAIT_TYPES@", ", impls::yield")
        (self.folder / "unit.cpp").write_text(unit)
        done = subprocess.run([os.environ.get("CXX", "c++"), "-std=c++20", "-fsyntax-only", f"-I{ROOT}/tests",
                               f"-I{ROOT}/impls", self.folder / "unit.cpp"], capture_output=True, text=True,
                              timeout=120)
        self.assertNotEqual(done.returncode, 0)
        words = subprocess.run(["/usr/bin/python3", "-c", "import sys, check_impl\n"
                                "print('\\n'.join(check_impl.compile_errors(sys.stdin.read())))"],
                               input=done.stdout + done.stderr, capture_output=True, text=True, cwd=ROOT / "cmake")
        self.assertIn("a queue, or its consumer(), has: bool try_pop(T&)", words.stdout, words.stderr)
        self.assertIn("a queue declares its order", words.stdout)
        self.assertGreater(len(done.stderr.splitlines()), 100, "what it is made of")
        self.assertLess(len(words.stdout.splitlines()), 30)
