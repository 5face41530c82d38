"""Reads a result file of any schema into plain values."""

from typing import Any

from . import schema_1, schema_2
from .axes import Axes, guessed
from .document import EXPECTED, Document, NotAResultFile, Unreadable
from .escape import Names, sentence
from .fields import Field, Malformed
from .records import (CAUGHT, PERCENTILES, Estimate, Failure, Hump, LatencyHump, Law, Matrix, NotBuilt, Part,
                      Point, RankedBy, Run, Series, State, Trial)

SCHEMAS = {1: schema_1, 2: schema_2}  # what differs from one to the next
NO_AXES = ("family", "workload", "impl")
LEAST_CURVE = 2  # points of a fitted law


def load(document: Document) -> Run:
    """The run in a file. Raises NotAResultFile or Unreadable, with a message of one line."""
    root = _checked(document)
    try:
        return _Reader(root).run()
    except Malformed as error:
        raise Unreadable(f"{document.path}: breaks results/schema.json: {error}") from error


def _checked(document: Document) -> Field:
    path, root = document.path, document.value
    context = root.get("context") if isinstance(root, dict) else None
    if not isinstance(context, dict) or not isinstance(root.get("benchmarks"), list):
        raise NotAResultFile(f"{path}: JSON, but not a Handoff result file; {EXPECTED}")
    run = root.get("run")
    if not isinstance(run, dict) or "handoff" not in context:
        raise NotAResultFile(f"{path}: a plain Google Benchmark file, without `run`; {EXPECTED}")
    schema = run.get("schema")
    if type(schema) is not int or schema not in SCHEMAS:
        raise NotAResultFile(f"{path}: result file of schema {sentence(str(schema))[:20]}; "
                             f"expected schema {' or '.join(map(str, SCHEMAS))}")
    return document.root


class _Reader:
    """Reads one document. Joins are by the names in the file, what is kept of a name is what can be shown of it."""

    def __init__(self, root: Field) -> None:
        self.root, self.file = root, root["run"]
        self.names = Names()
        self.schema: Any = SCHEMAS[self.file["schema"].value]
        self.measures: dict[str, RankedBy] = self.schema.measures(self.file)

    def run(self) -> Run:
        file, machine = self.file, self.root["context"]["handoff"]
        entries = file["points"].items()
        table = self._table(self.schema.axes(file, self.names), entries)
        implementations = [self.names(name.text()) for name in file["implementations"].items()]
        by_name = {entry["name"].text(): self._point(entry, table) for entry in entries}
        if len(by_name) < len(entries):
            raise Malformed("run.points lists a point twice")
        stray = self._hand_out(by_name)
        scaling, not_built = file.get("scaling"), file.get("not_built")
        return Run(
            points=list(by_name.values()),
            states=[self._state(entry) for entry in file["states"].items()],
            implementations=implementations,
            repetitions=file["sweep"]["repetitions"].count(),
            complete=file["complete"].flag(),
            trials_planned=file["trials_planned"].count(),
            trials_done=file["trials_done"].count(),
            cpus=machine["cpus_allowed"].count(1),
            facts=self._facts(),
            stray=stray,
            scaling=[self._series(entry, table, by_name) for entry in (scaling.items() if scaling else [])],
            matrices=self._matrices(),
            kernels=self._kernels(),
            measures=self.measures,
            not_built=[NotBuilt(self._name(entry["impl"]), self._name(entry["family"]),
                                sentence(entry["reason"].text()), entry.get("option") is not None)
                       for entry in (not_built.items() if not_built else [])],
        )

    def _name(self, field: Field) -> str:
        return self.names(field.text())

    # --- points -------------------------------------------------------------------------------------

    def _table(self, known: Axes, points: list[Field]) -> Axes:
        """The known axes, and after them those that only the points have."""
        table = dict(known)
        for entry in points:
            for axis, field in entry["point"].fields().items():
                name = self.names(axis)
                if axis not in NO_AXES and name not in table:
                    table[name] = schema_1.AXES.get(name) or guessed(name, field.value)
        return table

    def _axes(self, stated: Field, table: Axes) -> dict[str, str | int]:
        return {name: table[name].checked(field, self.names) for axis, field in stated.fields().items()
                if axis not in NO_AXES for name in [self.names(axis)]}

    def _point(self, entry: Field, table: Axes) -> Point:
        stated, summary = entry["point"], entry.get("summary")
        measure = entry["measure"].text()
        humps, latency_humps, fault = (entry.get(key) for key in ("humps", "latency_humps", "caught"))
        return Point(
            name=self._name(entry["name"]),
            family=self._name(stated["family"]),
            workload=self._name(stated["workload"]),
            impl=self._name(stated["impl"]),
            threads=entry["threads"].count(1),
            axes=self._axes(stated, table),
            table=table,
            oversubscribed=entry["oversubscribed"].flag(),
            guarantees={key: sentence(value.text()) for key, value in entry["guarantees"].fields().items()},
            rivals=sentence(entry["rivals"].text()),
            measure=measure,
            humps=tuple(self._hump(hump, measure) for hump in (humps.items() if humps else ())),
            latency_humps=tuple(LatencyHump(max(1.0, hump["median"].number()), hump["share"].number())
                                for hump in (latency_humps.items() if latency_humps else ())),
            saturated=_stated_saturation(summary or entry),
            known_fault=fault.flag() if fault else None if entry.get("failed") is None else False,
        )

    def _hump(self, entry: Field, measure: str) -> Hump:
        """Files have the humps of a rate in ns per operation."""
        median, low, high = (entry[key].positive() for key in ("median", "low", "high"))
        ranked = self.measures.get(measure)
        if ranked and ranked.unit == "1/s":
            median, low, high = schema_1.NS / median, schema_1.NS / high, schema_1.NS / low
        return Hump(median, low, high, entry["trials"].count(1))

    # --- trials -------------------------------------------------------------------------------------

    def _hand_out(self, by_name: dict[str, Point]) -> list[str]:
        """Gives each trial and failure to its point; the names of those that have none."""
        stray = []
        for row in self.root["benchmarks"].items():
            check = row.get("check")
            if check and check.value == "full":
                continue  # it vouches for the others, and its number stands beside none
            name = row["name"].text()
            point = by_name.get(name)
            trial = self._trial(row, point.measure if point else "")
            if point:
                point.trials.append(trial)
            else:
                stray.append(self.names(name))
        for entry in self.file["failed"].items():
            name = entry["point"].text()
            failure = Failure(self.names(name), self._name(entry["status"]), sentence(entry["reason"].text()))
            point = by_name.get(name)
            if not point:
                stray.append(failure.point)
                continue
            point.failed.append(failure)
        caught = {(point.family, point.impl) for point in by_name.values() if point.caught}
        for point in by_name.values():
            if (point.family, point.impl) in caught:
                point.impl += CAUGHT
        return stray

    def _trial(self, row: Field, measure: str) -> Trial:
        latency, retry, capacity, level = (row.get(key) for key in ("latency", "retry_of", "actual_capacity", "level"))
        limit_ns, limit_share, limit_by = (row.get(key) for key in ("limit_ns", "limit_share", "limit_by"))
        course, allocations = row.get("course"), row.get("allocations_per_item")
        return Trial(
            counted=row["counted"].flag(),
            flags=tuple(self._name(flag) for flag in row["flags"].items()),
            state=self._name(row["state"]),
            items_per_second=row["items_per_second"].positive(),
            wall_time=row["real_time"].positive(),
            thread_time=row["thread_time"].positive(),
            cpu_time=row["cpu_time"].number(),
            retry_of=retry.count() if retry else None,
            fairness={key: value.positive() for key, value in row["fairness"].fields().items()},
            metrics={key: value.number() for key, value in row["metrics"].fields().items()},
            latency={p: latency[p].number() for p in PERCENTILES} if latency else None,
            latency_of=sentence(latency["what"].text()) if latency else "",
            samples=tuple(sorted((ns, count) for ns, count in self.schema.samples(latency["histogram"]) if count))
            if latency else (),
            actual_capacity=capacity.count(1) if capacity else None,
            limit_ns=limit_ns.positive() if limit_ns else None,
            limit_share=limit_share.positive() if limit_share else None,
            limit_by=self._name(limit_by) if limit_by else "",
            ranked_value=self.schema.ranked_value(row, measure),
            level=self._name(level) if level else "",
            course=tuple(map(_part, course.items())) if course else (),
            allocations=allocations.number() if allocations else None,
        )

    # --- what the run says of itself ----------------------------------------------------------------

    def _series(self, entry: Field, table: Axes, by_name: dict[str, Point]) -> Series:
        stated, reason, fit = entry["point"], entry.get("reason"), entry.get("fit")
        points = [(p["threads"].count(1), p["name"].text()) for p in entry["points"].items()]
        impl = self._name(stated["impl"])
        caught = any(by_name[name].impl == impl + CAUGHT for _, name in points if name in by_name)
        return Series(
            name=self._name(entry["name"]),
            family=self._name(stated["family"]),
            workload=self._name(stated["workload"]),
            impl=impl + CAUGHT if caught else impl,
            axis=self._name(entry["axis"]),
            fixed=self._axes(stated, table),
            points=tuple((threads, self.names(name)) for threads, name in points),
            verdict=self._name(entry["verdict"]),
            reason=sentence(reason.text()) if reason else "",
            law=_law(fit) if fit else None,
        )

    def _state(self, entry: Field) -> State:
        ends = entry["transfer_ns"].items()
        if len(ends) != 2:
            raise entry["transfer_ns"].wrong("two numbers")
        return State(self._name(entry["label"]), (ends[0].positive(), ends[1].positive()), entry["counted"].flag())

    def _matrices(self) -> list[Matrix]:
        """Those of the calibrations that are used."""
        limits = self.file.get("limits")
        calibrations = limits.get("calibrations") if limits else None
        return [self._matrix(c, c["matrix"]) for c in (calibrations.items() if calibrations else [])
                if c["used"].flag() and c.get("matrix")]

    def _kernels(self) -> dict[str, float]:
        """Those of the machine state that counts."""
        limits, found = self.file.get("limits"), {}
        by_state = limits.get("kernels") if limits else None
        for state in self.file["states"].items() if by_state else ():
            kernels = by_state.get(state["label"].text()) if state["counted"].flag() else None
            for name, kernel in kernels.fields().items() if kernels else ():
                found.setdefault(self.names(name), kernel["median"].positive())
        return found

    def _matrix(self, calibration: Field, found: Field) -> Matrix:
        cpus = tuple(cpu.count() for cpu in found["cpus"].items())
        rows = tuple(tuple(ns.positive_or_none() for ns in row.items()) for row in found["ns"].items())
        if any(len(row) != len(cpus) for row in rows) or len(rows) != len(cpus):
            raise Malformed(f"{found.place}: a core-to-core matrix of {len(rows)} rows for {len(cpus)} CPUs")
        return Matrix(self._name(calibration["state"]), cpus, rows,
                      tuple((self._name(c["class"]), c["measured"].count(), c["pairs"].count())
                            for c in found["classes"].items()))

    def _facts(self) -> dict[str, str]:
        context, run = self.root["context"], self.file
        machine = context["handoff"]
        cpus, allowed = context["num_cpus"].count(1), machine["cpus_allowed"].count(1)
        words = {key: sentence(machine[key].text())
                 for key in ("cpu_model", "virtualization", "kernel", "compiler", "git_commit")}
        return {
            **words,
            "cpus": f"{cpus} CPUs" if cpus == allowed else f"{allowed} of {cpus} CPUs allowed",
            "date": sentence(context["date"].text()),
            "commit": words["git_commit"] + (" (dirty)" if machine["git_dirty"].flag() else ""),
            "id": sentence(run["id"].text()),
            "sweep": sentence(run["sweep"]["name"].text()),
        }


def _stated_saturation(entry: Field) -> tuple[int, int] | None:
    """In how many of how many trials the file says that the point was saturated; None where it does not say."""
    saturated, trials = entry.get("saturated"), entry.get("trials")
    return (saturated.count(), trials.count()) if saturated and trials else None


def _part(entry: Field) -> Part:
    def number(key: str) -> float | None:
        field = entry.get(key)
        return field.number() if field else None

    return Part(entry["to_seconds"].positive(), *(number(key) for key in (
        "load", "p50", "p99", "memory_bytes", "cpu_ns_per_item")))


def _law(fit: Field) -> Law:
    curve = tuple((at["threads"].positive(), _estimate(at), at["prediction"].flag()) for at in fit["curve"].items())
    rising = all(a[0] < b[0] for a, b in zip(curve, curve[1:]))
    if len(curve) < LEAST_CURVE or not rising or not all(at.value for _, at, _ in curve):
        raise fit["curve"].wrong("rates above 0 at two rising numbers of threads or more")
    peak = fit.get("peak")
    return Law(
        sigma=_estimate(fit["sigma"]),
        kappa=_estimate(fit["kappa"]),
        confidence=fit["confidence"].number(),
        relative_rms=fit["relative_rms"].number(),
        most_threads=fit["most_threads"].positive(),
        peak=_estimate(peak) if peak else None,
        curve=curve,
    )


def _estimate(entry: Field) -> Estimate:
    high = entry.get("high")
    return Estimate(entry["value"].number(), entry["low"].number(), high.number() if high else None)
