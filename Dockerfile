# The README's two commands in a container of Debian 12.
#   docker build -t handoff .
#   docker run --rm -v "$PWD/results:/handoff/results" handoff            # ./bench
#   docker run --rm --entrypoint ./check handoff
# A container shares the machine's kernel and CPUs: give it CPUs (--cpuset-cpus), not a quota (--cpus). docs/building.md
# says what else differs.
FROM debian:12
WORKDIR /handoff
COPY . .
RUN ./bench --build-only && rm -rf /var/lib/apt/lists/*
ENTRYPOINT ["./bench"]
