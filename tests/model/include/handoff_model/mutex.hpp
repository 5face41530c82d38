// The model's mutex and condition variable (impls/detail/mutex.hpp).
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "engine.hpp"

namespace handoff::impls {

class mutex {
public:
    mutex() { model::construct(this, sizeof(state_), 0); }
    ~mutex() { model::destroy(this, sizeof(state_)); }
    mutex(const mutex&) = delete;
    mutex& operator=(const mutex&) = delete;
    void lock(model::where place = model::where::current()) { model::lock(this, place); }
    bool try_lock(model::where place = model::where::current()) { return model::try_lock(this, place); }
    void unlock(model::where place = model::where::current()) { model::unlock(this, place); }

private:
    unsigned state_ = 0;
};

class condition_variable {
public:
    condition_variable() { model::construct(this, sizeof(sleepers_), 0); }
    ~condition_variable() { model::destroy(this, sizeof(sleepers_)); }
    condition_variable(const condition_variable&) = delete;
    condition_variable& operator=(const condition_variable&) = delete;

    void notify_one(model::where place = model::where::current()) { model::notify(this, 1, place); }
    void notify_all(model::where place = model::where::current()) { model::notify(this, 1 << 20, place); }

    void wait(std::unique_lock<mutex>& lock, model::where place = model::where::current()) {
        model::wait(this, lock.mutex(), false, place);
    }
    template <class Predicate>
        requires requires(Predicate done) { static_cast<bool>(done()); }
    void wait(std::unique_lock<mutex>& lock, Predicate done, model::where place = model::where::current()) {
        while (!done()) {
            wait(lock, place);
        }
    }
    template <class Time>
    std::cv_status wait_until(std::unique_lock<mutex>& lock, const Time&,
                              model::where place = model::where::current()) {
        if (model::choose(2) == 1) {
            return std::cv_status::timeout;
        }
        model::wait(this, lock.mutex(), true, place);
        return std::cv_status::no_timeout;
    }
    template <class Time, class Predicate>
    bool wait_until(std::unique_lock<mutex>& lock, const Time&, Predicate done,
                    model::where place = model::where::current()) {
        while (!done()) {
            if (model::choose(2) == 1) {
                return done();
            }
            model::wait(this, lock.mutex(), true, place);
        }
        return true;
    }

private:
    unsigned long sleepers_ = 0;
};

}  // namespace handoff::impls
