"""A result file with series of threads: what has a law, what has none, and why."""

from typing import Any

from synthetic import LINEARIZABLE, ResultFile, rivals_of

THREADS = (1, 2, 3, 4, 6, 8, 12, 16, 24)
CPUS = 16
FEW = "2 thread counts with counted trials and a CPU for each thread; a law takes 6"
NAME = "counters/contended_add/{}/threads:n/work:{}"


def law(n: float, rate: float, sigma: float, kappa: float) -> float:
    return rate * n / (1 + sigma * (n - 1) + kappa * n * (n - 1))


def estimate(value: float, spread: float = 0.1, **more: Any) -> dict[str, Any]:
    return {"value": value, "low": value * (1 - spread), "high": value * (1 + spread), **more}


def fit(rate: float, sigma: float, kappa: float, counts: tuple[int, ...]) -> dict[str, Any]:
    """As the runner writes it; a peak where kappa is above 0, and no upper limit of the last prediction."""
    most = counts[-1]
    curve = [estimate(law(n, rate, sigma, kappa), 0.05, threads=float(n), prediction=n > most)
             for n in (*counts, round(1.4 * most), 2 * most)]
    curve[-1]["high"] = None
    found = {"lambda": estimate(rate), "sigma": estimate(sigma), "kappa": estimate(kappa), "confidence": 0.95,
             "relative_rms": 0.021, "thread_counts": len(counts), "trials": 3 * len(counts),
             "most_threads": float(most),
             "curve": curve}
    if kappa:
        at = ((1 - sigma) / kappa) ** 0.5
        found["peak"] = estimate(at, prediction=at > most)
    return found


def add(file: ResultFile, impl: str, counts: tuple[int, ...], at: Any, verdict: dict[str, Any], work: int = 0) -> None:
    """A series whose points have three counted trials each; `at` gives million items per second."""
    listed = []
    for n in counts:
        point = file.team("counters", "contended_add", impl, LINEARIZABLE, threads=n, work_ns=work, cpus=CPUS,
                          rivals=rivals_of(LINEARIZABLE))
        point.rates(*(off * at(n) for off in (0.97, 1.0, 1.02)))
        listed.append({"threads": n, "name": point.name})
    file.scaling.append({"name": NAME.format(impl, work), "axis": "threads", "points": listed,
                         "point": {"family": "counters", "workload": "contended_add", "impl": impl, "work_ns": work,
                                   "placement": "spread"}, **verdict})


def scaled() -> ResultFile:
    """Laws with a peak inside, with a predicted one and without; refusals; a setting in which nobody has a law."""
    file = ResultFile()
    for impl, sigma, kappa in (("peaks", 0.05, 0.01), ("will_peak", 0.05, 0.0015), ("grows", 0.02, 0.0)):
        add(file, impl, THREADS, lambda n, s=sigma, k=kappa: law(n, 4.0, s, k),
            {"verdict": "fitted", "fit": fit(4e6, sigma, kappa, THREADS[:-1])})
    add(file, "falls", THREADS, lambda n: 500.0 if n == 1 else 90.0,
        {"verdict": "retrograde", "reason": "with 1 thread 500 million per second, with more never above 90"})
    add(file, "few", (1, 2), lambda n: float(n), {"verdict": "refused", "reason": FEW})
    add(file, "grows", (1, 2), lambda n: float(n), {"verdict": "refused", "reason": FEW}, work=300)
    return file
