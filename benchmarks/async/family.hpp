// What the harness may ask of a style of asynchronous steps, and the workloads that it is measured in.
//
// A workload has, beside `declare`,
//
//   static bool suits(const style_traits&)     whether the style has its program
//   static harness::measurement run(const harness::trial&, const style_traits&)
//
// A style is compiled once for all of them, into function pointers (async/style.hpp): its units do not see this
// header.
#pragma once

#include "async/workloads/cancel.hpp"
#include "async/workloads/chain.hpp"
#include "async/workloads/cross.hpp"
#include "async/workloads/error.hpp"
#include "async/workloads/fan.hpp"
#include "async/workloads/first.hpp"
#include "async/workloads/loop.hpp"
#include "async/workloads/nested.hpp"
#include "async/workloads/sequence.hpp"
#include "async/workloads/timeout.hpp"
#include "shared/workloads.hpp"

namespace handoff::benchmarks {

/// A line for each workload of asynchronous steps.
using async_workloads = workloads<  //
    async_chain,                    //
    async_nested,                   //
    async_sequence,                 //
    async_first,                    //
    async_fan,                      //
    async_error,                    //
    async_cancel,                   //
    async_timeout,                  //
    async_cross,                    //
    async_loop>;

}  // namespace handoff::benchmarks
