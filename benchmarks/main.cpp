#include "benchmark_main.hpp"

int main(int argc, char** argv) {
    return handoff::harness::benchmark_main(argc, argv);
}
