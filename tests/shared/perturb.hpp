// Disturbs waiting protocols where they are most delicate: between two of their steps.
#pragma once

namespace handoff::tests {

/// While one lives, threads lose some microseconds at random around what waiting protocols are made of: locking
/// and unlocking a pthread mutex, waiting for and notifying a condition variable, semaphores, and futex calls.
/// So also of libraries. Under a sanitizer, which takes these functions for itself, nobody is disturbed. One at
/// a time.
class perturbed {
public:
    explicit perturbed(unsigned seed);
    ~perturbed();
    perturbed(const perturbed&) = delete;
    perturbed& operator=(const perturbed&) = delete;
};

/// Whether it reaches mutexes, condition variables and futexes: false under a sanitizer.
bool disturbs_libraries();

/// A step of a protocol that a test has in its own hands: the calling thread loses its CPU there once in
/// `once_in` calls, while a `perturbed` lives. Under every sanitizer.
void between_two_steps(unsigned once_in);

}  // namespace handoff::tests
